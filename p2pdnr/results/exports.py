"""Results for other programmes: one hour as a pandapower network, the tables as spreadsheets."""

from __future__ import annotations

import zipfile
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from p2pdnr.errors import Problem, ResultError
from p2pdnr.market.terms import prosumer_terms
from p2pdnr.network.arrays import Network
from p2pdnr.results.columns import COLUMNS
from p2pdnr.results.study_result import StudyResult, Tables
from p2pdnr.results.summary import matrix
from p2pdnr.scenario import assembly

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def pandapower_net(result: StudyResult, hour: int) -> Any:
    """The network of one hour as a pandapower net, solved: background loads, prosumers as loads and static generators,
    the hour's switch states, the upstream grid.

    Raises ResultError when there is no such hour. Imports pandapower.
    """
    import pandapower as pp

    if not 0 <= hour < result.scenario.hours:
        remedy = f"Choose an hour from 0 to {result.scenario.hours - 1}"
        raise ResultError([Problem("result", "hour", (str(hour),), "does not exist in this result", remedy)])
    net = _lines_and_buses(result.network)
    _add_background(net, result, hour)
    _add_prosumers(net, result, hour)
    _add_switches(net, matrix(result.tables.lines, "closed", result.scenario)[hour] > 0.5)
    pp.runpp(net, numba=False, tolerance_mva=1e-9, max_iteration=40)
    return net


def write_pandapower(result: StudyResult, hour: int, path: Path) -> None:
    """Write :func:`pandapower_net` as pandapower's JSON."""
    import pandapower as pp

    pp.to_json(pandapower_net(result, hour), str(path))


def write_csv_zip(result: StudyResult, path: Path) -> None:
    """All tables as CSV files in one archive; text that a spreadsheet would take for a formula gets an apostrophe."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for item in fields(Tables):
            archive.writestr(f"{item.name}.csv", spreadsheet_csv(getattr(result.tables, item.name), item.name))
        if result.stress is not None:
            archive.writestr("stress.csv", spreadsheet_csv(result.stress, "stress"))


def spreadsheet_csv(table: pd.DataFrame, name: str) -> str:
    """CSV text of one table whose text cells are harmless in a spreadsheet; numbers stay numbers."""
    safe = table.copy()
    for column in COLUMNS[name]:
        if column.kind == "text":
            safe[column.name] = [harmless(str(cell)) for cell in table[column.name]]
    return safe.to_csv(index=False, lineterminator="\n")


def harmless(cell: str) -> str:
    """``cell`` with an apostrophe before it when its first visible character would start a formula."""
    return f"'{cell}" if cell.lstrip(" ").startswith(_FORMULA_STARTS) else cell


def _lines_and_buses(network: Network) -> Any:
    import pandapower as pp

    net = pp.create_empty_network(name=network.name, sn_mva=network.base_mva)
    names = [f"bus {bus + 1}" for bus in range(network.n_buses)]
    limits = {"min_vm_pu": network.vm_min_pu, "max_vm_pu": network.vm_max_pu}
    pp.create_buses(net, network.n_buses, network.vn_kv, name=names, **limits)
    base_ohm = network.vn_kv[network.from_bus] ** 2 / network.base_mva
    pp.create_lines_from_parameters(
        net,
        network.from_bus,
        network.to_bus,
        length_km=1.0,
        r_ohm_per_km=network.r_pu * base_ohm,
        x_ohm_per_km=network.x_pu * base_ohm,
        c_nf_per_km=0.0,
        max_i_ka=np.where(np.isfinite(network.limit_a), network.limit_a / 1e3, 99999.0),
        name=[f"line {line + 1}" for line in range(network.n_lines)],
    )
    for bus, vm_pu in zip(network.substations, network.substation_vm_pu, strict=True):
        pp.create_ext_grid(net, int(bus), float(vm_pu), name=f"substation {bus + 1}")
    return net


def _add_background(net: Any, result: StudyResult, hour: int) -> None:
    import pandapower as pp

    p_kw, q_kvar = (values[hour] for values in assembly.background_kw(result.scenario, result.network))
    for bus in np.flatnonzero((p_kw != 0.0) | (q_kvar != 0.0)):
        pp.create_load(net, int(bus), p_mw=p_kw[bus] / 1e3, q_mvar=q_kvar[bus] / 1e3, name=f"background {bus + 1}")


def _add_prosumers(net: Any, result: StudyResult, hour: int) -> None:
    """What a prosumer uses is a load (its reactive power follows the fixed load), what it makes a static generator."""
    import pandapower as pp

    injection_kw = matrix(result.tables.prosumers, "injection_kw", result.scenario)[hour]
    made = sum(
        matrix(result.tables.prosumers, name, result.scenario)[hour]
        for name in ("pv_kw", "discharge_kw", "generator_kw")
    )
    for k, prosumer in enumerate(result.scenario.prosumers):
        fixed_kw = float(prosumer_terms(result.scenario, prosumer).load_kw[hour])
        q_kvar = fixed_kw * float(np.tan(np.arccos(prosumer.power_factor)))
        used_kw = float(made[k] - injection_kw[k])
        pp.create_load(net, prosumer.bus - 1, p_mw=used_kw / 1e3, q_mvar=q_kvar / 1e3, name=prosumer.id)
        pp.create_sgen(net, prosumer.bus - 1, p_mw=float(made[k]) / 1e3, name=prosumer.id)


def _add_switches(net: Any, closed: np.ndarray) -> None:
    """A switch at the from end of every line, which is out of service where its switch is open."""
    import pandapower as pp

    buses = net.line["from_bus"].to_numpy()
    pp.create_switches(
        net,
        buses,
        np.arange(len(closed)),
        et="l",
        closed=closed,
        name=[f"switch {line + 1}" for line in range(len(closed))],
    )
    net.line["in_service"] = closed
