"""A scenario out of homes: where they stand, what they pay, and the profiles of their days."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from p2pdnr.errors import InputError, Problem
from p2pdnr.meters.homes import Home
from p2pdnr.meters.period import Period
from p2pdnr.meters.times import Clock
from p2pdnr.network.arrays import Network
from p2pdnr.scenario import document
from p2pdnr.scenario.schema import Scenario
from p2pdnr.sheets.columns import fold
from p2pdnr.sheets.sheet import Sheet

Json = dict[str, Any]
_MOST_TOLD = 12
_DAY_S = 24 * 3600
MOST_TOGETHER = 50
"""Homes of a community in which everyone may trade with everyone: nearest ones alone may all have PV, or none."""
_PRICE = {"ct": 0.01, "cent": 0.01, "p": 0.01}
_PER = {"mwh": 0.001}
_BUY, _SELL = ("buy", "bezug", "import", "retail", "arbeitspreis", "consumption"), (
    "sell", "einspeisung", "export", "feed", "verguetung", "surplus")  # fmt: skip


@dataclass(frozen=True)
class Setting:
    """What readings do not say: the network as the scenario names it, ``places`` (folded meter -> bus), prices by hour
    of the day or one for all, and the factor on the network's own loads."""

    source: str | Json
    name: str
    places: Mapping[str, str] = field(default_factory=dict)
    buy: Sequence[float] = (0.30,)
    sell: Sequence[float] = (0.08,)
    background: float = 0.0


def scenario_of(
    homes: Sequence[Home], period: Period, clock: Clock, network: Network, setting: Setting
) -> tuple[Scenario, list[str]]:
    """The scenario, and what was decided about places; raises InputError with every problem."""
    buses, notes = _buses(homes, network, setting.places)
    hours = [clock.local(at).hour for at in period.begins.tolist()]
    rows, profiles = list[Json](), dict[str, list[float]]()
    for home, bus in zip(homes, buses, strict=True):
        rows.append({"id": home.id, "bus": bus} | _part(home, "load", profiles) | _part(home, "pv", profiles))
    steps = len(period.begins)
    if not profiles:
        profiles["nothing"] = [0.0] * steps
    scale = {"background_scale": setting.background}
    made = {
        "name": f"{setting.name[:120]}, {period.first}",
        "step_h": period.step_s / 3600.0,
        "start": f"{clock.local(int(period.begins[0])):%Y-%m-%dT%H:%M}",
        **({"time_zone": clock.zone.key} if isinstance(clock.zone, ZoneInfo) else {}),
        **({"flexible_window_h": 24} if period.step_s * steps > _DAY_S and _DAY_S % period.step_s == 0 else {}),
        "network": {"source": setting.source} | scale,
        "profiles": profiles,
        "tariff": {"buy_eur_per_kwh": _by_hour(setting.buy, hours), "sell_eur_per_kwh": _by_hour(setting.sell, hours)},
        **({"market": {"partners": "all"}} if len(homes) <= MOST_TOGETHER else {}),
        "dso": {"switching_cost_eur": 1.0},
        "prosumers": rows,
    }
    notes.append(_said_of_trade(len(homes)))
    if not setting.background:
        notes.append("the network's own loads are left out; --background 1 keeps them")
    return document.from_dict(made), notes


def _said_of_trade(homes: int) -> str:
    if homes <= MOST_TOGETHER:
        return "every home may trade with every other (market.partners)"
    return "every home may trade with the nearest few alone (market.partners; all of them takes longer)"


def _part(home: Home, what: str, profiles: dict[str, list[float]]) -> Json:
    """The fields of a home's load or PV, and its profile: peak and shares of it."""
    kw = home.load_kw if what == "load" else home.pv_kw
    peak = math.ceil(float(kw.max(initial=0.0)) * 1000.0) / 1000.0
    if peak == 0.0:
        return {}
    named = f"{what} {home.id}"
    profiles[named] = np.round(kw / peak, 7).tolist()
    return {f"{what}_kw": peak, f"{what}_profile": named}


def _by_hour(prices: Sequence[float], hours: Sequence[int]) -> float | list[float]:
    """One price, or that of every step's hour of the day."""
    return float(prices[0]) if len(prices) == 1 else [float(prices[hour]) for hour in hours]


def _buses(homes: Sequence[Home], network: Network, places: Mapping[str, str]) -> tuple[list[Any], list[str]]:
    """The bus of every home: that of a map, of its file, or one after the other over the buses with load."""
    known = {fold(name): number for number, name in reversed([*enumerate(network.bus_ids, 1)]) if name}
    numbers = {str(number) for number in range(1, network.n_buses + 1)}
    loaded = [bus for bus in np.flatnonzero(network.p_kw > 0).tolist() if bus not in set(network.substations.tolist())]
    free = loaded or [bus for bus in range(network.n_buses) if bus not in set(network.substations.tolist())] or [0]
    found, wrong, spread = list[Any](), list[str](), 0
    for home in homes:
        named = places.get(fold(home.id), home.bus)
        if not named:
            found.append(free[spread * len(free) // _unplaced(homes, places) % len(free)] + 1)
            spread += 1
        elif fold(named) in known:
            found.append(known[fold(named)])
        elif named in numbers:
            found.append(int(named))
        else:
            wrong.append(f"{home.id} ({named})")
    if wrong:
        remedy = "Name a bus of the network, or its number"
        raise InputError([Problem("meter", "bus", tuple(wrong[:_MOST_TOLD]), "is at no bus of the network", remedy)])
    if not spread:
        return found, []
    over = "with a load" if loaded else "that are no substation"
    return found, [f"{spread} of {len(homes)} homes were spread evenly over the {len(free)} buses {over}"]


def _unplaced(homes: Sequence[Home], places: Mapping[str, str]) -> int:
    return sum(1 for home in homes if not places.get(fold(home.id), home.bus))


def tariff_of(sheet: Sheet) -> tuple[list[float], list[float]]:
    """Prices by hour of the day in EUR/kWh, from a table with a price to buy and one to sell in 24 rows, or in one.

    Raises InputError.
    """
    from p2pdnr.sheets.numbers import decimal_mark, number_of

    head = [str(cell or "") for cell in sheet.rows[0]]
    rows = sheet.rows[1:]
    mark = decimal_mark((cell for row in rows for cell in row if isinstance(cell, str)), sheet.delimiter) or ","
    found = []
    for words in (_BUY, _SELL):
        place = next((at for at, name in enumerate(head) if any(word in fold(name) for word in words)), None)
        values = [number_of(row[place], mark) if place is not None and place < len(row) else None for row in rows]
        if place is None or None in values or len(values) not in (1, 24):
            remedy = "Give 24 rows, hours 0 to 23, with columns such as buy ct/kWh and sell ct/kWh"
            raise InputError([Problem("tariff", "", (sheet.name,), f"has no {words[0]} price for each hour", remedy)])
        found.append([value * _price_unit(head[place]) for value in values if value is not None])
    return found[0], found[1]


def _price_unit(header: str) -> float:
    """What one of a column's unit is in EUR/kWh."""
    text = header.lower().replace("/", " ").replace("_", " ").replace("[", " ").replace("]", " ").split()
    factor = next((_PRICE[word] for word in text if word in _PRICE), 1.0)
    return factor * next((_PER[word] for word in text if word in _PER), 1.0)
