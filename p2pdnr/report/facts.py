"""What a report tells of a result, as records: no words of layout, no markup."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

import numpy as np

from p2pdnr.network.arrays import Floats, Network
from p2pdnr.results.study_result import StudyResult
from p2pdnr.results.true_limits import true_network
from p2pdnr.scenario.calendar import time_stamps
from p2pdnr.scenario.schema import OutagePrice, Scenario

MOST_ROWS = 36
"""Of a table; what follows is counted in a last line, so that a report stays within six pages."""
_ROUNDING_PU = 1e-6


@dataclass(frozen=True)
class Assumption:
    """Something that was given, and what it was."""

    name: str
    value: str


@dataclass(frozen=True)
class Spell:
    """Hours in a row with the same topology: when it begins and ends, its open lines by name, and its losses."""

    begins: str
    ends: str
    open_lines: str
    loss_kwh: float


@dataclass(frozen=True)
class Instant:
    """What is operated at the start of an hour, in its order: "close 35, open 9"."""

    when: str
    order: str


@dataclass(frozen=True)
class Extreme:
    """A limit of the feeder and where the plan comes closest to it, or exceeds it."""

    name: str
    value: str
    limit: str
    where: str
    kept: bool


@dataclass(frozen=True)
class Bill:
    """What a prosumer pays over the horizon, and would pay by the retailer's tariff alone, EUR; less is income."""

    prosumer: str
    total_eur: float
    tariff_alone_eur: float


@dataclass(frozen=True)
class Table:
    """Rows of a table that are told, and how many are not."""

    rows: tuple[Any, ...]
    left_out: int


def hour_names(scenario: Scenario) -> list[str]:
    """What every instant between hours is called (T + 1): clock times, with the day where there are several."""
    stamps = time_stamps(scenario)
    if stamps is not None:
        moments = [datetime.fromisoformat(stamp) for stamp in stamps]
        one_day = moments[0].date() == moments[-1].date()
        names = [f"{at:%H:%M}" if one_day else f"{at:%d %b %H:%M}" for at in moments]
        return [*names, "the end"]
    return [_clock(hour * scenario.step_h) for hour in range(scenario.hours + 1)]


def _clock(hours: float) -> str:
    day, minutes = divmod(round(60 * hours), 1440)
    if day and not minutes:
        day, minutes = day - 1, 1440
    return (f"day {day + 1}, " if day else "") + f"{minutes // 60:02d}:{minutes % 60:02d}"


def assumptions(result: StudyResult) -> tuple[Assumption, ...]:
    """The feeder, the horizon, the people, prices and rules of the operator."""
    scenario, network = result.scenario, true_network(result)
    return tuple(Assumption(name, value) for name, value in _given(scenario, network))


def _given(scenario: Scenario, network: Network) -> Iterator[tuple[str, str]]:
    people, dso = scenario.prosumers, scenario.dso
    yield "Feeder", f"{network.name}: {network.n_buses} buses, {network.n_lines} lines, of which {_switchable(network)}"
    yield "Initially open", _lines(network, [line - 1 for line in network.initially_open])
    yield "Horizon", f"{scenario.hours} steps of {scenario.step_h:g} h" + _from(scenario)
    yield "Network's own loads", f"times {scenario.network.background_scale:g}"
    batteries = [person.battery for person in people if person.battery is not None]
    yield (
        "Prosumers",
        f"{len(people)}, with {sum(person.pv_kw for person in people):,.0f} kW of PV and "
        f"{sum(one.capacity_kwh for one in batteries):,.0f} kWh of batteries",
    )
    tariff = scenario.tariff
    yield (
        "Retailer",
        f"takes {_range(tariff.buy_eur_per_kwh)}, pays {_range(tariff.sell_eur_per_kwh)} EUR/kWh"
        + (", some prosumers have tariffs of their own" if any(person.tariff for person in people) else ""),
    )
    yield "Trade fee", f"{scenario.market.trade_fee_eur_per_kwh:g} EUR/kWh on each side"
    yield "Losses cost the operator", f"{dso.loss_price_eur_per_kwh:g} EUR/kWh"
    yield "An operation costs", f"{dso.switching_cost_eur:g} EUR" + _single_costs(dso.line_switching_costs_eur)
    if dso.outage_price is not None:
        yield "Energy not supplied costs", _outage_price(dso.outage_price)
    yield "Limits on switching", _switching_rules(scenario)
    yield "The operator's role", dso.role


def _switchable(network: Network) -> str:
    count = int(network.switchable.sum())
    return "all may be switched" if count == network.n_lines else f"{count} may be switched"


def _from(scenario: Scenario) -> str:
    if scenario.start is None:
        return ", on no day in particular"
    return f", from {scenario.start.replace('T', ' ')}" + (f" ({scenario.time_zone})" if scenario.time_zone else "")


def _range(values: tuple[float, ...]) -> str:
    low, high = min(values), max(values)
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"


def _single_costs(costs: Mapping[int, float]) -> str:
    return f", {len(costs)} lines have costs of their own" if costs else ""


def _outage_price(price: OutagePrice) -> str:
    times = f"{price.repair_h:g} h to repair, {price.operation_h:g} h to switch"
    return f"{price.eur_per_kwh:g} EUR/kWh, {price.faults_per_line_year:g} faults of a line a year, {times}"


def _switching_rules(scenario: Scenario) -> str:
    dso = scenario.dso
    told = (
        (dso.max_switching_per_hour, "at most {:g} operations an hour"),
        (dso.max_switching_per_day, "at most {:g} a day"),
        (dso.min_dwell_h, "at least {:g} h between two of a line"),
    )
    rules = [text.format(value) for value, text in told if value is not None]
    rules += ["the initial topology comes back at the end"] if dso.return_to_initial else []
    return ", ".join(rules) or "none"


def _lines(network: Network, indices: list[int]) -> str:
    return ", ".join(network.line_name(line) for line in indices) or "none"


def spells(result: StudyResult) -> Table:
    """Topologies in their order, each from when to when (:class:`Spell`)."""
    names, step_h, found = hour_names(result.scenario), result.scenario.step_h, []
    hours = result.tables.hours
    pairs = zip(range(len(hours)), hours["open_lines"].tolist(), strict=True)
    for opened, group in groupby(pairs, key=lambda pair: pair[1]):
        run = [hour for hour, _ in group]
        lines = _lines(result.network, [int(line) - 1 for line in str(opened).split()])
        lost = float(hours["loss_kw"].to_numpy(dtype=np.float64)[run].sum()) * step_h
        found.append(Spell(names[run[0]], names[run[-1] + 1], lines, lost))
    return _table(found)


def operations(result: StudyResult) -> Table:
    """Every instant at which lines are operated (:class:`Instant`)."""
    names, table = hour_names(result.scenario), result.tables.operations
    found = []
    for hour, rows in table.groupby("hour"):
        done = zip(rows["action"], rows["line"], strict=True)
        order = ", ".join(f"{action} {result.network.line_name(int(line) - 1)}" for action, line in done)
        found.append(Instant(names[int(str(hour))], order))
    return _table(found)


def extremes(result: StudyResult) -> tuple[Extreme, ...]:
    """Lowest and highest voltage and highest loading, each with the place and the hour."""
    network, scenario, names = true_network(result), result.scenario, hour_names(result.scenario)
    vm = _by_hour(result.tables.buses["vm_pu"].to_numpy(dtype=np.float64), scenario)
    rows = [_lowest(vm, network, names), _highest(vm, network, names)]
    limited = np.isfinite(network.limit_a)
    if limited.any():
        current = _by_hour(result.tables.lines["i_a"].to_numpy(dtype=np.float64), scenario)
        loading = np.where(limited, 100.0 * current / np.where(limited, network.limit_a, 1.0), -1.0)
        hour, line = np.unravel_index(loading.argmax(), loading.shape)
        value = float(loading[hour, line])
        place = f"{network.line_label(int(line))}, {names[hour]}"
        rows.append(Extreme("Highest loading", f"{value:.1f} %", "100 %", place, value <= 100.0 + 1e-3))
    return tuple(rows)


def _by_hour(values: Floats, scenario: Scenario) -> Floats:
    return values.reshape(scenario.hours, -1)


def _lowest(vm: Floats, network: Network, names: list[str]) -> Extreme:
    hour, bus = divmod(int(vm.argmin()), network.n_buses)
    where, kept = f"{network.bus_label(bus)}, {names[hour]}", float(vm.min()) >= network.vm_min_pu - _ROUNDING_PU
    return Extreme("Lowest voltage", f"{vm.min():.4f} p.u.", f"{network.vm_min_pu:g} p.u.", where, kept)


def _highest(vm: Floats, network: Network, names: list[str]) -> Extreme:
    hour, bus = divmod(int(vm.argmax()), network.n_buses)
    where, kept = f"{network.bus_label(bus)}, {names[hour]}", float(vm.max()) <= network.vm_max_pu + _ROUNDING_PU
    return Extreme("Highest voltage", f"{vm.max():.4f} p.u.", f"{network.vm_max_pu:g} p.u.", where, kept)


def bills(result: StudyResult) -> Table:
    """Every prosumer's bill, the highest first (:class:`Bill`)."""
    table = result.tables.bills.sort_values("total_eur", ascending=False, kind="stable")
    alone = "retail_only_uncharged_eur"
    rows = zip(table["prosumer"], table["total_eur"], table[alone], strict=True)
    return _table([Bill(str(name), float(total), float(other)) for name, total, other in rows])


def _table(rows: list[Any]) -> Table:
    return Table(tuple(rows[:MOST_ROWS]), max(0, len(rows) - MOST_ROWS))
