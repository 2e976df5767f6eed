"""What the page receives of a result: one JSON object, columnar and rounded.

Everything is in the units of docs/formats.md. ``T`` hours, ``n`` buses, ``m`` lines, ``K`` prosumers. Hours count from
0, buses and lines are *numbered* from 1, prosumers are *indices* from 0 into ``prosumers.id``. "(T, m)" is a list of T
lists of m values. Missing values (no limit, nothing computed) are ``null``; there is no NaN and no infinity.

::

    {
      "format": 1,
      "name": "IEEE 33, sunny working day", "mode": "hourly", "p2p": true, "hours": T, "step_h": 1.0,
      "times": null,                        (T) ISO time stamps where the scenario has a start
      "worst_hour": 13,                     hour that comes closest to a limit of voltage or loading, or exceeds it most
      "summary": {...},                     summary.json as it stands; its certificates are
                                            NAME: {"value": number|null, "limit": number|null, "holds": bool,
                                            "state": "holds"|"does not hold"|"not shown", "reason": text where it is
                                            not shown}
      "network": {
        "name": "case33bw", "buses": n, "lines": m,
        "from": (m), "to": (m),             bus numbers; a positive flow runs from -> to
        "limit_a": (m),                     null where there is none
        "r_pu", "x_pu", "base_current_a": (m), "base_kw": 1000.0,    for power flows in the browser
        "substation_vm_pu": [1.0],          voltages of the substations
        "earth": null,                      where there are ratios, charging or shunts: {"ratio", "g_from_pu",
                                            "b_from_pu", "g_to_pu", "b_to_pu", "opened_at": (m), "shunt_g_pu",
                                            "shunt_b_pu": (n)} as in p2pdnr.network.arrays
        "switchable": (m) of 0|1,
        "initially_open": [33, ...],        line numbers
        "bus_ids": null, "line_ids": null,  (n), (m) what people call them, "" where they have no name
        "substations": [1],                 bus numbers
        "vm_min_pu": 0.94, "vm_max_pu": 1.06
      },
      "diagram": {
        "x": (n), "y": (n),                 bus positions, y grows downward, a typical line is one unit long
        "routes": (m) of [[x, y], ...],     polyline of each line from its "from" bus to its "to" bus, ends included
        "plan": false,                      whether it is drawn from coordinates
        "places": {"5": [x, y]},            buses that somebody has moved, by number, y upwards from the lowest bus;
                                            "x", "y" and "routes" are as without that
        "prosumer_buses": [6, ...]          bus numbers with at least one prosumer, ascending
      },
      "series": {                           one value per hour
        "loss_kw", "vm_min_pu", "vm_max_pu", "max_loading_percent", "operations", "rank": (T),
        "open_lines": (T) of [line numbers], "switched": (T) of [lines that changed state at the start of the hour]
      },
      "lines": {"closed": (T, m) of 0|1, "p_kw", "q_kvar", "i_a", "loading_percent", "loss_kw": (T, m)},
      "buses": {"vm_pu", "charge_eur_per_kwh", "charge_loss", "charge_congestion", "charge_voltage": (T, n)},
      "prosumers": {
        "id": (K), "bus": (K) of bus numbers,
        "day": {"load_kw", "pv_available_kw", "injection_kw", "pv_kw", "charge_kw", "discharge_kw", "energy_kwh",
                "flexible_kw", "elastic_kw", "generator_kw", "import_kw", "export_kw", "unserved_kw",
                "net_trade_kw": (K, T)}
      },
      "role": null,                         where the operator's role is another than welfare: {"asked_kw", "low_kw",
                                            "high_kw", "curtailed_kw", "shed_kw": (K, T)}, as far as it has them
      "secure": null,                       where the plan was made to keep its limits on other days: {"fans":
                                            {"vm_min_pu", "vm_max_pu", "max_loading_percent": {"p05", "p25", "p50",
                                            "p75", "p95", "worst1", "worst2", "worst3": (T)}}, "limited": (T) of 0|1,
                                            "days_violated": (T)} over the unseen days; the rest is in summary.secure
      "dso": {...},                         the scenario's prices and limits of the operator
      "tariff": {"buy_eur_per_kwh": (T), "sell_eur_per_kwh": (T)},     the scenario's, without prosumers' own
      "partners": [[k, l], ...],            pairs that may trade
      "trades": (T) of {"seller": [k], "buyer": [k], "power_kw": [..], "price_eur_per_kwh": [..]}, largest first
                                            and without zeros
      "bills": {"retail_eur", ..., "total_eur", "retail_only_eur", "retail_only_uncharged_eur": (K)},
      "convergence": {"iteration", "phase", "primal", "dual", "rho", "objective_eur", "free_binaries",
                      "seconds": [..]},
      "operations": {"hour", "step", "line", "action": [..]},     in the order they are done; "close" or "open"
      "levers": null                        where tap changers or capacitors move: {"kind", "number", "min", "max": (L),
                                            "position", "steps": (T, L), "which": (T), "networks": [{"r_pu", "x_pu",
                                            "substation_vm_pu", "earth"}]}: what of "network" is otherwise in an hour,
                                            by its place among "networks"
    }
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from p2pdnr.market.terms import all_terms
from p2pdnr.network.arrays import Ints, Network
from p2pdnr.network.levers import at
from p2pdnr.results.grid_payload import FORMAT, diagram_of, network_of, people_of, rounded
from p2pdnr.results.study_result import StudyResult, Tables
from p2pdnr.results.summary import lever_positions, matrix
from p2pdnr.results.withdrawn import plain
from p2pdnr.scenario.calendar import time_stamps
from p2pdnr.scenario.schema import Scenario

TRADE_FLOOR_KW = 5e-4
"""Trades below this power round to zero and are not sent."""


def payload(result: StudyResult) -> dict[str, Any]:
    """The JSON object of the page for one result, in the shape the module's docstring gives; plain objects."""
    scenario, network, tables = result.scenario, result.network, result.tables
    return {
        "format": FORMAT,
        "name": scenario.name,
        "mode": result.summary.get("mode"),
        "p2p": result.summary.get("p2p"),
        "hours": scenario.hours,
        "step_h": scenario.step_h,
        "times": time_stamps(scenario),
        "worst_hour": worst_hour(network, tables),
        "summary": plain(result.summary),
        "network": network_of(network),
        "diagram": diagram_of(scenario, network),
        "series": _series(network, tables),
        "lines": _matrices(
            tables.lines, scenario.hours, ("closed", "p_kw", "q_kvar", "i_a", "loading_percent", "loss_kw")
        ),
        "buses": _matrices(tables.buses, scenario.hours, tuple(tables.buses.columns.drop(["hour", "bus"]))),
        "prosumers": _prosumers(scenario, tables),
        "role": _role(result),
        "secure": None if result.secure is None else _secure(result.secure),
        "dso": plain(scenario.dso.model_dump()),
        "tariff": plain(scenario.tariff.model_dump()),
        "partners": _partners(scenario, tables),
        "trades": _trades(scenario, tables),
        "bills": _columns(tables.bills.drop(columns="prosumer")),
        "convergence": _columns(tables.convergence),
        "operations": _columns(tables.operations),
        "levers": _levers(scenario, network, tables),
    }


def worst_hour(network: Network, tables: Tables) -> int:
    """Hour that comes closest to a limit of voltage or loading, or exceeds it most (ties: the first)."""
    hours = tables.hours
    middle, half = (network.vm_max_pu + network.vm_min_pu) / 2, (network.vm_max_pu - network.vm_min_pu) / 2
    high, low = (hours[name].to_numpy(dtype=np.float64) for name in ("vm_max_pu", "vm_min_pu"))
    voltage = np.maximum(high - middle, middle - low) / half
    loading = hours["max_loading_percent"].to_numpy(dtype=np.float64, na_value=0.0) / 100.0
    return int(np.argmax(np.maximum(voltage, loading)))


def _levers(scenario: Scenario, network: Network, tables: Tables) -> dict[str, Any] | None:
    """Where levers stand by hour, and the networks that makes; None where none moves."""
    if tables.levers is None or network.levers is None:
        return None
    items, positions = network.levers.items, lever_positions(scenario, tables.levers)
    return {
        "kind": [item.kind for item in items],
        "number": [item.place + 1 for item in items],
        "min": [item.least for item in items],
        "max": [item.most for item in items],
        "position": positions.tolist(),
        "steps": matrix(tables.levers, "steps", scenario).astype(np.int64).tolist(),
        **_networks_at(network, positions),
    }


def _networks_at(network: Network, positions: Ints) -> dict[str, Any]:
    """What differs of the network from hour to hour with levers at ``positions`` (T, L), and ``which`` each has."""
    different, which = np.unique(positions, axis=0, return_inverse=True)
    names = ("r_pu", "x_pu", "substation_vm_pu", "earth")
    networks = [{name: network_of(at(network, row))[name] for name in names} for row in different]
    return {"which": which.ravel().tolist(), "networks": networks}


def _series(network: Network, tables: Tables) -> dict[str, Any]:
    names = ("loss_kw", "vm_min_pu", "vm_max_pu", "max_loading_percent", "operations", "rank")
    opened = [[int(line) for line in str(text).split()] for text in tables.hours["open_lines"]]
    before = [list(network.initially_open), *opened[:-1]]
    switched = [sorted(set(old) ^ set(new)) for old, new in zip(before, opened, strict=True)]
    return _columns(tables.hours[list(names)]) | {"open_lines": opened, "switched": switched}


def _matrices(table: pd.DataFrame, rows: int, names: tuple[str, ...]) -> dict[str, Any]:
    """Columns of a table that is complete and ordered by its first index, as ``rows`` lists each."""
    return {name: rounded(table[name].to_numpy().reshape(rows, -1), name) for name in names}


def _columns(table: pd.DataFrame) -> dict[str, Any]:
    """Each column as one list; convergence measures keep six significant digits because they span decades."""
    return {str(name): _column(table[name]) for name in table.columns}


def _column(column: pd.Series[Any]) -> Any:
    values: npt.NDArray[Any] = column.to_numpy()
    if column.name in ("primal", "dual", "rho"):
        return [None if np.isnan(value) else float(f"{value:.6g}") for value in values]
    if pd.api.types.is_numeric_dtype(column):
        return rounded(values, str(column.name))
    return [None if pd.isna(value) else str(value) for value in column]


def _prosumers(scenario: Scenario, tables: Tables) -> dict[str, Any]:
    names = tuple(tables.prosumers.columns.drop(["hour", "prosumer"]))
    by_hour = {name: tables.prosumers[name].to_numpy().reshape(scenario.hours, -1).T for name in names}
    terms = all_terms(scenario)
    profiles = {"load_kw": [item.load_kw for item in terms], "pv_available_kw": [item.pv_kw for item in terms]}
    return people_of(scenario) | {"day": {name: rounded(values, name) for name, values in (profiles | by_hour).items()}}


def _role(result: StudyResult) -> dict[str, Any] | None:
    """What stands in role.csv in kW, without the quantities that the role does not have."""
    if result.role is None:
        return None
    names = [name for name in result.role.columns if str(name).endswith("_kw") and result.role[name].notna().any()]
    hours = result.scenario.hours
    return {name: rounded(result.role[name].to_numpy().reshape(hours, -1).T, name) for name in names}


FANS = ("vm_min_pu", "vm_max_pu", "max_loading_percent")
SPREAD = ("p05", "p25", "p50", "p75", "p95", "worst1", "worst2", "worst3")


def _secure(table: pd.DataFrame) -> dict[str, Any]:
    """What stands in secure.csv, without its outermost quantiles."""
    fans = {
        name: {label: rounded(table[f"{name}_{label}"].to_numpy(dtype=np.float64), name) for label in SPREAD}
        for name in FANS
    }
    return {"fans": fans} | {name: table[name].astype(int).tolist() for name in ("limited", "days_violated")}


def _index(scenario: Scenario) -> dict[str, int]:
    return {prosumer.id: index for index, prosumer in enumerate(scenario.prosumers)}


def _partners(scenario: Scenario, tables: Tables) -> list[list[int]]:
    index = _index(scenario)
    pairs = zip(tables.partners["prosumer"], tables.partners["partner"], strict=True)
    return [[index[first], index[second]] for first, second in pairs]


def _trades(scenario: Scenario, tables: Tables) -> list[dict[str, Any]]:
    index = _index(scenario)
    nonzero = tables.trades[tables.trades["power_kw"] >= TRADE_FLOOR_KW].sort_values(
        "power_kw", ascending=False, kind="stable"
    )
    hours = dict(tuple(nonzero.groupby("hour")))
    return [_hour_of_trades(hours.get(hour, nonzero.iloc[:0]), index) for hour in range(scenario.hours)]


def _hour_of_trades(trades: pd.DataFrame, index: dict[str, int]) -> dict[str, Any]:
    return {
        "seller": [index[name] for name in trades["seller"]],
        "buyer": [index[name] for name in trades["buyer"]],
        "power_kw": rounded(trades["power_kw"].to_numpy(), "power_kw"),
        "price_eur_per_kwh": rounded(trades["price_eur_per_kwh"].to_numpy(), "price_eur_per_kwh"),
    }
