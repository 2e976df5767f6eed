"""Whether the tables of a result fit its scenario and network: which rows stand where, what a key may be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import cycle, product

import pandas as pd

from p2pdnr.errors import Problem
from p2pdnr.network.arrays import Lever, Network
from p2pdnr.results.csv_tables import problem
from p2pdnr.results.study_result import StudyResult, Tables
from p2pdnr.scenario.calendar import time_stamps
from p2pdnr.scenario.schema import Scenario


def problems(scenario: Scenario, network: Network, tables: Tables) -> list[Problem]:
    """Every way in which rows are missing, surplus, out of order or about something that does not exist."""
    return [
        *_complete("hours", tables.hours, {"hour": range(scenario.hours)}),
        *_complete("buses", tables.buses, {"hour": range(scenario.hours), "bus": range(1, network.n_buses + 1)}),
        *_complete("lines", tables.lines, {"hour": range(scenario.hours), "line": range(1, network.n_lines + 1)}),
        *_complete("prosumers", tables.prosumers, {"hour": range(scenario.hours), "prosumer": _ids(scenario)}),
        *_complete("bills", tables.bills, {"prosumer": _ids(scenario)}),
        *_among("lines", tables.lines, "closed", (0, 1)),
        *_open_lines(network, tables),
        *_times(scenario, tables.hours),
        *_trading(scenario, tables),
        *_operations(scenario, network, tables),
        *_levers(scenario, network, tables.levers),
        *_among("convergence", tables.convergence, "phase", ("binary", "convex", "polish")),
    ]


def stress_problems(scenario: Scenario, table: pd.DataFrame | None) -> list[Problem]:
    """Whether stress.csv, where there is one, has one row for every hour."""
    return [] if table is None else list(_complete("stress", table, {"hour": range(scenario.hours)}))


def role_problems(scenario: Scenario, table: pd.DataFrame | None) -> list[Problem]:
    """Whether role.csv stands where the operator's role is another than welfare, with a row for every hour and
    prosumer."""
    role = scenario.dso.role
    if (table is None) is (role == "welfare"):
        keys = {"hour": range(scenario.hours), "prosumer": _ids(scenario)}
        return [] if table is None else list(_complete("role", table, keys))
    said = "is missing" if table is None else "stands where nothing is to be told"
    return [problem("role", "", f"{said}: the operator's role is {role}")]


def secure_problems(result: StudyResult) -> list[Problem]:
    """Whether secure.csv stands where the summary tells of a secure plan, with a row for every hour and a limit for
    every line."""
    stated, table = result.summary.get("secure"), result.secure
    if (stated is None) is not (table is None):
        return [
            problem("secure", "", "stands without what summary.json should say" if stated is None else "is missing")
        ]
    if stated is None or table is None:
        return []
    found = list(_complete("secure", table, {"hour": range(result.scenario.hours)}))
    found += _among("secure", table, "limited", (0, 1))
    if len(stated["limits"]["limit_a"]) != result.network.n_lines:
        found.append(problem("secure", "limits", "states not as many limits as there are lines"))
    return found


def _ids(scenario: Scenario) -> list[str]:
    return [prosumer.id for prosumer in scenario.prosumers]


def _complete(name: str, table: pd.DataFrame, keys: Mapping[str, Sequence[object]]) -> Iterator[Problem]:
    """The table has one row for each combination of keys, in that order."""
    rows = list(product(*keys.values()))
    if len(table) != len(rows):
        yield problem(name, "", f"has {len(table)} rows where {len(rows)} are expected")
        return
    for position, key in enumerate(keys):
        found = table[key].tolist()
        wrong = next((row for row, expected in enumerate(rows) if found[row] != expected[position]), None)
        if wrong is not None:
            message = f"row {wrong + 2} is about {found[wrong]} where {rows[wrong][position]} is expected"
            yield problem(name, key, message)


def _among(name: str, table: pd.DataFrame, column: str, allowed: Sequence[object]) -> Iterator[Problem]:
    strange = table.loc[~table[column].isin(list(allowed)), column]
    if len(strange):
        message = f"row {strange.index[0] + 2} holds {strange.iloc[0]!r}, which is not among the possible values"
        yield problem(name, column, message)


def _open_lines(network: Network, tables: Tables) -> Iterator[Problem]:
    known = {str(line) for line in range(1, network.n_lines + 1)}
    for row, text in enumerate(tables.hours["open_lines"]):
        strange = sorted(set(str(text).split()) - known)
        if strange:
            yield problem("hours", "open_lines", f"row {row + 2} names the line {strange[0]}, which does not exist")


def _times(scenario: Scenario, table: pd.DataFrame) -> Iterator[Problem]:
    """Time stamps stand where the scenario has a start, and are those of its steps."""
    stamps = time_stamps(scenario)
    if ("time" in table) is (stamps is None):
        said = "stands without a start in the scenario" if stamps is None else "is missing"
        yield problem("hours", "time", said)
    elif stamps is not None:
        pairs = enumerate(zip(table["time"], stamps, strict=False))
        wrong = next(((row, told, meant) for row, (told, meant) in pairs if told != meant), None)
        if wrong is not None:
            yield problem("hours", "time", f"row {wrong[0] + 2} says {wrong[1]} where {wrong[2]} is expected")


def _trading(scenario: Scenario, tables: Tables) -> Iterator[Problem]:
    """Each partner pair trades once in every hour, in whichever direction."""
    ids, pairs, trades = _ids(scenario), tables.partners, tables.trades
    yield from _among("partners", pairs, "prosumer", ids)
    yield from _among("partners", pairs, "partner", ids)
    yield from _among("trades", trades, "hour", range(scenario.hours))
    expected = len(pairs) * scenario.hours
    if len(trades) != expected:
        yield problem(
            "trades", "", f"has {len(trades)} rows where {expected} are expected (each partner pair in every hour)"
        )
    known = set(_unordered(pairs["prosumer"], pairs["partner"]))
    found = list(zip(trades["hour"], _unordered(trades["seller"], trades["buyer"]), strict=True))
    strange = [pair for _, pair in found if pair not in known]
    if strange:
        yield problem("trades", "seller", f"{strange[0][0]} and {strange[0][-1]} trade but are no partners")
    if len(set(found)) < len(found):
        yield problem("trades", "hour", "a partner pair stands twice in the same hour")


def _unordered(first: pd.Series[str], second: pd.Series[str]) -> list[tuple[str, str]]:
    return [(min(one, other), max(one, other)) for one, other in zip(first, second, strict=True)]


def _operations(scenario: Scenario, network: Network, tables: Tables) -> Iterator[Problem]:
    # A return to the initial state stands after the last hour.
    last = scenario.hours + int(scenario.dso.return_to_initial)
    yield from _among("operations", tables.operations, "hour", range(last))
    yield from _among("operations", tables.operations, "line", range(1, network.n_lines + 1))
    yield from _among("operations", tables.operations, "action", ("close", "open"))


def _levers(scenario: Scenario, network: Network, table: pd.DataFrame | None) -> Iterator[Problem]:
    """levers.csv stands where levers move, with a row for every hour and lever, all within their range."""
    items = () if network.levers is None else network.levers.items
    if (table is None) is bool(items):
        yield problem("levers", "", "is missing" if items else "stands where no tap changer or capacitor moves")
    if table is None or not items:
        return
    found = [*_complete_rows(scenario, items, table)]
    yield from found
    if not found:
        beyond = [not item.least <= at <= item.most for item, at in zip(cycle(items), table["position"], strict=False)]
        if any(beyond):
            row = beyond.index(True)
            item, position = items[row % len(items)], table["position"].iloc[row]
            said = f"row {row + 2} holds {position}, beyond {item.least} to {item.most}"
            yield problem("levers", "position", said)


def _complete_rows(scenario: Scenario, items: Sequence[Lever], table: pd.DataFrame) -> Iterator[Problem]:
    """Every lever in every hour, in order."""
    expected = [(hour, item.kind, item.place + 1) for hour in range(scenario.hours) for item in items]
    found = list(zip(table["hour"], table["kind"], table["number"], strict=True))
    if found != expected:
        yield problem("levers", "hour", "does not have a row for every hour and lever, in their order")
