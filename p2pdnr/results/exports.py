"""Results for other programmes: one hour as a pandapower network, the tables as spreadsheets."""

from __future__ import annotations

import json
import unicodedata
import zipfile
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pandas as pd

from p2pdnr.errors import Problem, ResultError
from p2pdnr.market.terms import prosumer_terms
from p2pdnr.network import drawing
from p2pdnr.network import pandapower_net as writer
from p2pdnr.network.arrays import Network
from p2pdnr.network.generators import is_held
from p2pdnr.network.hourly import HourlyNetwork
from p2pdnr.results.columns import COLUMNS, EXPORTED
from p2pdnr.results.day_loads import inverters_kvar
from p2pdnr.results.generators import generator_table
from p2pdnr.results.study_result import StudyResult
from p2pdnr.results.summary import lever_positions, matrix
from p2pdnr.results.true_limits import true_network
from p2pdnr.scenario import assembly
from p2pdnr.scenario.calendar import time_stamps

_FORMULA_STARTS = "=+-@\u2212\t\r\n"


def pandapower_net(result: StudyResult, hour: int) -> Any:
    """The network of one hour as a pandapower net, solved: background loads, prosumers as loads and static generators,
    the hour's switch states, the upstream grid.

    A line of hardly any impedance is a switch between its buses. Raises ResultError when there is no such hour,
    PowerFlowError when pandapower does not solve it. Imports pandapower.
    """
    net = hour_net(result, hour)
    add_places(net, result)
    network = _at_hour(result, hour)
    writer.state_tolerance(net, network)
    writer.run(net, network)
    return net


def hour_net(result: StudyResult, hour: int, every_lever: bool = False) -> Any:
    """The same, not solved yet; every hour's net has the same elements, with ``every_lever`` also where tap changers or
    capacitors move. Raises ResultError."""
    if not 0 <= hour < result.scenario.hours:
        remedy = f"Choose an hour from 0 to {result.scenario.hours - 1}"
        raise ResultError([Problem("result", "hour", (str(hour),), "does not exist in this result", remedy)])
    closed = matrix(result.tables.lines, "closed", result.scenario)[hour] > 0.5
    network = _at_hour(result, hour)
    net = writer.build(_with_all_elements(network) if every_lever else network, closed[None]).net
    _add_background(net, result, hour)
    _add_prosumers(net, result, hour)
    _add_switches(net)
    return net


def add_places(net: Any, result: StudyResult) -> None:
    """Where buses stand, as pandapower keeps it: on the map, in the drawing, or where somebody has moved them."""
    moved = {bus - 1: (place.x, place.y) for bus, place in result.scenario.network.places.items()}
    points = drawing.coordinates(result.network, moved).tolist()
    net.bus["geo"] = [json.dumps({"type": "Point", "coordinates": point}) for point in points]


def _at_hour(result: StudyResult, hour: int) -> Network:
    """The network with its true limits, and levers as they stand in an hour."""
    levers = result.tables.levers
    positions = None if levers is None else lever_positions(result.scenario, levers)
    return HourlyNetwork(true_network(result), positions).at(hour)


HARDLY = 1e-12
"""Of a ratio beyond 1, and of a susceptance (p.u.): pandapower's transformer or shunt is there, and does nothing."""


def _with_all_elements(network: Network) -> Network:
    """The network whose tap changers of lines are transformers at any position, and whose capacitors are there when
    off."""
    if network.levers is None:
        return network
    ratio, shunt_b_pu = network.ratio.copy(), network.shunt_b_pu.copy()
    for item in network.levers.items:
        values, nothing = (shunt_b_pu, 0.0) if item.kind == "capacitor" else (ratio, 1.0)
        if item.kind != "substation tap" and values[item.place] == nothing:
            values[item.place] = nothing + HARDLY
    return network.with_(ratio=ratio, shunt_b_pu=shunt_b_pu)


def write_pandapower(result: StudyResult, hour: int, path: Path) -> None:
    """Write :func:`pandapower_net` as pandapower's JSON."""
    net = pandapower_net(result, hour)
    import pandapower as pp

    pp.to_json(net, str(path))


def write_csv_zip(result: StudyResult, path: Path | BinaryIO) -> None:
    """All tables as CSV files in one archive, a file or a stream; text that a spreadsheet would take for a formula gets
    an apostrophe."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, table in all_tables(result).items():
            archive.writestr(f"{name}.csv", spreadsheet_csv(table, name))


def all_tables(result: StudyResult) -> dict[str, pd.DataFrame]:
    """Every table of a result by name, and one of generators where they hold their voltages; with a time stamp after
    the hour in all of them where the scenario has a start."""
    tables = result.tables.there | result.optional_tables
    if is_held(result.network):
        tables["generators"] = generator_table(result)
    stamps = time_stamps(result.scenario)
    return tables if stamps is None else {name: _dated(table, stamps) for name, table in tables.items()}


def _dated(table: pd.DataFrame, stamps: list[str]) -> pd.DataFrame:
    if "hour" not in table:
        return table
    rest = table.drop(columns=["time"], errors="ignore")
    # The return to the initial state stands after the last hour.
    rest.insert(1 + list(rest.columns).index("hour"), "time", [_stamp(stamps, hour) for hour in table["hour"]])
    return rest


def _stamp(stamps: list[str], hour: int) -> str:
    return stamps[hour] if hour < len(stamps) else ""


def spreadsheet_csv(table: pd.DataFrame, name: str) -> str:
    """CSV text of one table whose text cells are harmless in a spreadsheet; numbers stay numbers."""
    safe = table.copy()
    for column in (COLUMNS | EXPORTED)[name]:
        if column.kind == "text" and column.name in table:
            safe[column.name] = [harmless(str(cell)) for cell in table[column.name]]
    return safe.to_csv(index=False, lineterminator="\n")


def harmless(cell: str) -> str:
    """``cell`` with an apostrophe before it when its first visible character would start a formula."""
    return f"'{cell}" if _first_seen(cell).startswith(tuple(_FORMULA_STARTS)) else cell


def _first_seen(cell: str) -> str:
    """The first character that is seen or that a spreadsheet takes away, in its plain form: a spreadsheet of a language
    with wide characters reads a wide equals sign as one."""
    unseen = ("Cc", "Cf", "Zs", "Zl", "Zp")
    seen = (sign for sign in cell if sign in _FORMULA_STARTS or unicodedata.category(sign) not in unseen)
    return unicodedata.normalize("NFKC", next(seen, ""))


def _add_background(net: Any, result: StudyResult, hour: int) -> None:
    import pandapower as pp

    p_kw, q_kvar = assembly.background_kw(result.scenario, result.network)
    buses = np.flatnonzero((p_kw != 0.0).any(axis=0) | (q_kvar != 0.0).any(axis=0))
    names = [f"background {bus + 1}" for bus in buses.tolist()]
    pp.create_loads(net, buses, p_mw=p_kw[hour, buses] / 1e3, q_mvar=q_kvar[hour, buses] / 1e3, name=names)


def _add_prosumers(net: Any, result: StudyResult, hour: int) -> None:
    """What a prosumer uses is a load (its reactive power follows the fixed load), what it makes a static generator."""
    import pandapower as pp

    injection_kw = matrix(result.tables.prosumers, "injection_kw", result.scenario)[hour]
    made = sum(
        matrix(result.tables.prosumers, name, result.scenario)[hour]
        for name in ("pv_kw", "discharge_kw", "generator_kw")
    )
    fed = inverters_kvar(result)
    for k, prosumer in enumerate(result.scenario.prosumers):
        fixed_kw = float(prosumer_terms(result.scenario, prosumer).load_kw[hour])
        q_kvar = fixed_kw * float(np.tan(np.arccos(prosumer.power_factor)))
        used_kw = float(made[k] - injection_kw[k])
        pp.create_load(net, prosumer.bus - 1, p_mw=used_kw / 1e3, q_mvar=q_kvar / 1e3, name=prosumer.id)
        fed_mvar = 0.0 if fed is None else float(fed[hour, k]) / 1e3
        pp.create_sgen(net, prosumer.bus - 1, p_mw=float(made[k]) / 1e3, q_mvar=fed_mvar, name=prosumer.id)


def _add_switches(net: Any) -> None:
    """A switch at the from end of every line that has none; it is open where the line is out of service."""
    import pandapower as pp

    alone = net.line.index[~net.line.index.isin(net.switch.element[net.switch.et == "l"])]
    for kind, table, lines in (("l", net.line, alone), ("t", net.trafo, net.trafo.index)):
        if len(lines):
            rows = table.loc[lines]
            buses = rows["from_bus" if kind == "l" else "hv_bus"].to_numpy()
            names = [name.replace("line", "switch") for name in rows["name"]]
            pp.create_switches(net, buses, lines, et=kind, closed=rows["in_service"].to_numpy(), name=names)
