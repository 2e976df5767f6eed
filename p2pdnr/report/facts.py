"""What a report tells of a result, as records: no words of layout, no markup."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

import numpy as np

from p2pdnr.languages import ENGLISH, Language, sentence
from p2pdnr.network.arrays import Floats, Network
from p2pdnr.results.study_result import StudyResult
from p2pdnr.results.true_limits import true_network
from p2pdnr.scenario.calendar import time_stamps
from p2pdnr.scenario.schema import OutagePrice, Scenario
from p2pdnr.telling import told

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


def hour_names(scenario: Scenario, say: Language = ENGLISH) -> list[str]:
    """What every instant between hours is called (T + 1): clock times, with the day where there are several."""
    stamps = time_stamps(scenario)
    if stamps is not None:
        moments = [datetime.fromisoformat(stamp) for stamp in stamps]
        one_day = moments[0].date() == moments[-1].date()
        form = "%H:%M" if one_day else say("%d %b %H:%M")
        return [*(f"{at:{form}}" for at in moments), say("the end")]
    return [_clock(hour * scenario.step_h, say) for hour in range(scenario.hours + 1)]


def _clock(hours: float, say: Language) -> str:
    day, minutes = divmod(round(60 * hours), 1440)
    if day and not minutes:
        day, minutes = day - 1, 1440
    time = f"{minutes // 60:02d}:{minutes % 60:02d}"
    return say("day {0}, {1}", day + 1, time) if day else time


def assumptions(result: StudyResult, say: Language = ENGLISH) -> tuple[Assumption, ...]:
    """The feeder, the horizon, the people, prices and rules of the operator."""
    scenario, network = result.scenario, true_network(result)
    found = (*_grid(scenario, network, say), *_people(scenario, say), *_rules(scenario, say))
    return tuple(Assumption(name, value) for name, value in found)


def _grid(scenario: Scenario, network: Network, say: Language) -> Iterator[tuple[str, str]]:
    count = int(network.switchable.sum())
    free = say("all may be switched") if count == network.n_lines else say("{0} may be switched", count)
    size = say("{0} buses, {1} lines, of which {2}", network.n_buses, network.n_lines, free)
    yield say("Feeder"), f"{network.name}: {size}"
    yield say("Initially open"), _lines(network, [line - 1 for line in network.initially_open], say)
    yield say("Horizon"), say("{0} steps of {1} h", scenario.hours, _short(scenario.step_h, say)) + _from(scenario, say)
    yield say("Network's own loads"), say("times {0}", _short(scenario.network.background_scale, say))


def _people(scenario: Scenario, say: Language) -> Iterator[tuple[str, str]]:
    people, tariff = scenario.prosumers, scenario.tariff
    pv, stored = (
        say.number(sum(values))
        for values in (
            [person.pv_kw for person in people],
            [person.battery.capacity_kwh for person in people if person.battery is not None],
        )
    )
    yield say("Prosumers"), say("{0}, with {1} kW of PV and {2} kWh of batteries", len(people), pv, stored)
    takes, pays = _range(tariff.buy_eur_per_kwh, say), _range(tariff.sell_eur_per_kwh, say)
    own = say(", some prosumers have tariffs of their own") if any(person.tariff for person in people) else ""
    yield say("Retailer"), say("takes {0}, pays {1} EUR/kWh", takes, pays) + own
    yield say("Trade fee"), say("{0} EUR/kWh on each side", _short(scenario.market.trade_fee_eur_per_kwh, say))


def _rules(scenario: Scenario, say: Language) -> Iterator[tuple[str, str]]:
    dso = scenario.dso
    yield say("Losses cost the operator"), f"{_short(dso.loss_price_eur_per_kwh, say)} EUR/kWh"
    costs = len(dso.line_switching_costs_eur)
    single = say(", {0} lines have costs of their own", costs) if costs else ""
    yield say("An operation costs"), f"{_short(dso.switching_cost_eur, say)} EUR{single}"
    if dso.outage_price is not None:
        yield say("Energy not supplied costs"), _outage_price(dso.outage_price, say)
    yield say("Limits on switching"), _switching_rules(scenario, say)
    yield say("The operator's role"), say(_ROLES.get(dso.role, dso.role))


_ROLES = {
    "welfare": sentence("everybody's welfare"),
    "validate": sentence("validates what the market cleared"),
    "envelopes": sentence("publishes envelopes"),
    "leader": sentence("leads by charges"),
}


def _from(scenario: Scenario, say: Language) -> str:
    if scenario.start is None:
        return say(", on no day in particular")
    zone = f" ({scenario.time_zone})" if scenario.time_zone else ""
    return say(", from {0}", scenario.start.replace("T", " ") + zone)


def _short(value: float, say: Language) -> str:
    return say.marks(f"{value:g}")


def _range(values: tuple[float, ...], say: Language) -> str:
    low, high = _short(min(values), say), _short(max(values), say)
    return low if low == high else say("{0} to {1}", low, high)


def _outage_price(price: OutagePrice, say: Language) -> str:
    parts = (price.eur_per_kwh, price.faults_per_line_year, price.repair_h, price.operation_h)
    text = sentence("{0} EUR/kWh, {1} faults of a line a year, {2} h to repair, {3} h to switch")
    return say(text, *(_short(value, say) for value in parts))


def _switching_rules(scenario: Scenario, say: Language) -> str:
    dso = scenario.dso
    limits = (
        (dso.max_switching_per_hour, sentence("at most {0} operations an hour")),
        (dso.max_switching_per_day, sentence("at most {0} a day")),
        (dso.min_dwell_h, sentence("at least {0} h between two of a line")),
    )
    rules = [say(text, _short(value, say)) for value, text in limits if value is not None]
    rules += [say("the initial topology comes back at the end")] if dso.return_to_initial else []
    return ", ".join(rules) or say("none|rules")


def _lines(network: Network, indices: list[int], say: Language) -> str:
    return ", ".join(network.line_name(line) for line in indices) or say("none|lines")


def spells(result: StudyResult, say: Language = ENGLISH) -> Table:
    """Topologies in their order, each from when to when (:class:`Spell`)."""
    names, step_h, found = hour_names(result.scenario, say), result.scenario.step_h, []
    hours = result.tables.hours
    pairs = zip(range(len(hours)), hours["open_lines"].tolist(), strict=True)
    for opened, group in groupby(pairs, key=lambda pair: pair[1]):
        run = [hour for hour, _ in group]
        lines = _lines(result.network, [int(line) - 1 for line in str(opened).split()], say)
        lost = float(hours["loss_kw"].to_numpy(dtype=np.float64)[run].sum()) * step_h
        found.append(Spell(names[run[0]], names[run[-1] + 1], lines, lost))
    return _table(found)


def operations(result: StudyResult, say: Language = ENGLISH) -> Table:
    """Every instant at which lines are operated (:class:`Instant`)."""
    names, table = hour_names(result.scenario, say), result.tables.operations
    acts, found = {"close": say("close {0}"), "open": say("open {0}")}, []
    for hour, rows in table.groupby("hour"):
        done = zip(rows["action"], rows["line"], strict=True)
        order = ", ".join(acts[action].replace("{0}", result.network.line_name(int(line) - 1)) for action, line in done)
        found.append(Instant(names[int(str(hour))], order))
    return _table(found)


def extremes(result: StudyResult, say: Language = ENGLISH) -> tuple[Extreme, ...]:
    """Lowest and highest voltage and highest loading, each with the place and the hour."""
    network, scenario, names = true_network(result), result.scenario, hour_names(result.scenario, say)
    vm = _by_hour(result.tables.buses["vm_pu"].to_numpy(dtype=np.float64), scenario)
    rows = [_lowest(vm, network, names, say), _highest(vm, network, names, say)]
    limited = np.isfinite(network.limit_a)
    if limited.any():
        current = _by_hour(result.tables.lines["i_a"].to_numpy(dtype=np.float64), scenario)
        loading = np.where(limited, 100.0 * current / np.where(limited, network.limit_a, 1.0), -1.0)
        hour, line = np.unravel_index(loading.argmax(), loading.shape)
        value = float(loading[hour, line])
        place = f"{told(network.line_label(int(line)), say)}, {names[hour]}"
        name, share = say("Highest loading"), f"{say.number(value, 1)} %"
        rows.append(Extreme(name, share, "100 %", place, value <= 100.0 + 1e-3))
    return tuple(rows)


def _by_hour(values: Floats, scenario: Scenario) -> Floats:
    return values.reshape(scenario.hours, -1)


def _lowest(vm: Floats, network: Network, names: list[str], say: Language) -> Extreme:
    hour, bus = divmod(int(vm.argmin()), network.n_buses)
    kept, limit = float(vm.min()) >= network.vm_min_pu - _ROUNDING_PU, f"{_short(network.vm_min_pu, say)} p.u."
    where = f"{told(network.bus_label(bus), say)}, {names[hour]}"
    return Extreme(say("Lowest voltage"), f"{say.number(float(vm.min()), 4)} p.u.", limit, where, kept)


def _highest(vm: Floats, network: Network, names: list[str], say: Language) -> Extreme:
    hour, bus = divmod(int(vm.argmax()), network.n_buses)
    kept, limit = float(vm.max()) <= network.vm_max_pu + _ROUNDING_PU, f"{_short(network.vm_max_pu, say)} p.u."
    where = f"{told(network.bus_label(bus), say)}, {names[hour]}"
    return Extreme(say("Highest voltage"), f"{say.number(float(vm.max()), 4)} p.u.", limit, where, kept)


def bills(result: StudyResult) -> Table:
    """Every prosumer's bill, the highest first (:class:`Bill`)."""
    table = result.tables.bills.sort_values("total_eur", ascending=False, kind="stable")
    alone = "retail_only_uncharged_eur"
    rows = zip(table["prosumer"], table["total_eur"], table[alone], strict=True)
    return _table([Bill(str(name), float(total), float(other)) for name, total, other in rows])


def _table(rows: list[Any]) -> Table:
    return Table(tuple(rows[:MOST_ROWS]), max(0, len(rows) - MOST_ROWS))
