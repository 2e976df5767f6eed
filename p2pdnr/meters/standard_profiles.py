"""Readings that nobody took: standard load profiles, PV under a clear sky at a place, and vehicles.

Loads are the standard load profiles of the German association of energy and water industries (BDEW), those of 1999 and
of 2025, as shipped with demandlib; of the profiles of 2025 P25 and S25 are what customers with PV, and with PV and a
battery, draw. PV is pvlib's clear sky (Ineichen and Perez, Linke turbidity 3.5) on a plane, PVWatts with -0.4 % per
kelvin and 14 % losses. Vehicles come home around 18:00 (standard deviation two hours) and charge at once what they
drove, which is drawn around the mean with a quarter of it as standard deviation. These figures are assumptions of this
module, and no measurement. A standard profile is the mean of many customers: a single one is spikier.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np

from p2pdnr.errors import InputError, Problem
from p2pdnr.network.arrays import Floats
from p2pdnr.sheets.writing import Value

if TYPE_CHECKING:
    import pandas as pd

OF_2025 = ("H25", "G25", "L25", "P25", "S25")
OF_1999 = {
    "H0": "h0_dyn",
    **{f"G{number}": f"g{number}" for number in range(7)},
    **{f"L{n}": f"l{n}" for n in range(3)},
}
KINDS = (*OF_2025, *OF_1999)
_WITH_PV = ("P25", "S25")
_EXTRA = "pip install 'p2pdnr[profiles]'"
_HAZE = 3.5
_AIR_C, _WIND_M_S = 20.0, 2.0
_HOME_AT_H, _HOME_SPREAD_H, _DRIVEN_SPREAD = 18.0, 2.0, 0.25
_STEPS = (5, 10, 15, 20, 30, 60)


@dataclass(frozen=True)
class Customers:
    """``count`` customers of a BDEW profile ``kind``, each with ``kwh`` a year."""

    kind: str
    count: int
    kwh: float = 3500.0


@dataclass(frozen=True)
class Roofs:
    """PV of ``kwp`` at ``count`` customers, ``azimuth`` in degrees from north (180 is south) and ``tilt``."""

    count: int
    kwp: float
    azimuth: float = 180.0
    tilt: float = 30.0


@dataclass(frozen=True)
class Vehicles:
    """``count`` vehicles that charge ``kwh`` a day at ``kw``."""

    count: int
    kwh: float = 6.0
    kw: float = 11.0


@dataclass(frozen=True)
class Span:
    """``days`` from the ``first`` on by the clock of ``zone``, in steps of ``minutes``; ``place`` is latitude and
    longitude in degrees and the height in metres, None without PV; ``seed`` of what is drawn at random."""

    first: date
    days: int = 1
    minutes: int = 15
    zone: str = "Europe/Berlin"
    place: tuple[float, float, float] | None = None
    seed: int = 0


def rows(
    customers: Sequence[Customers], span: Span, roofs: Sequence[Roofs] = (), vehicles: Sequence[Vehicles] = ()
) -> list[list[Value]]:
    """Column names and rows of a table that ``scenario from-meters`` reads: a column of what each customer draws in kW,
    and with PV of what it feeds in and generates.

    Raises :class:`InputError` with everything that does not fit.
    """
    _check(customers, span, roofs, vehicles)
    times = _times(span)
    kinds = [group.kind for group in customers for _ in range(group.count)]
    called = [f"{kind} {kinds[:place].count(kind) + 1}" for place, kind in enumerate(kinds)]
    load = np.repeat(np.array([_load(group, times) for group in customers]), [one.count for one in customers], axis=0)
    load = _with_vehicles(load, vehicles, times, span)
    pv = _pv(kinds, roofs, times, span)
    head: list[Value] = ["timestamp"]
    columns: list[Floats] = []
    for name, drawn, made in zip(called, load, pv, strict=True):
        head.append(f"{name} consumption kW")
        columns.append(np.maximum(drawn - made, 0.0))
        if made.any():
            head += [f"{name} feed-in kW", f"{name} generation kW"]
            columns += [np.maximum(made - drawn, 0.0), made]
    stamps = [stamp.isoformat() for stamp in times]
    values = np.round(np.array(columns), 5).T.tolist()
    return [head, *([stamp, *row] for stamp, row in zip(stamps, values, strict=True))]


def _check(customers: Sequence[Customers], span: Span, roofs: Sequence[Roofs], vehicles: Sequence[Vehicles]) -> None:
    total = sum(group.count for group in customers)
    without_pv = sum(group.count for group in customers if group.kind not in _WITH_PV)
    missing = [name for name in ("demandlib", *(("pvlib",) if roofs else ())) if find_spec(name) is None]
    problems = [
        Problem("profile", "", (group.kind,), "is no profile of the BDEW", f"Known are {', '.join(KINDS)}")
        for group in customers
        if group.kind not in KINDS
    ]
    said = "Give customers, such as --customers H25:20"
    if not total:
        problems.append(Problem("profile", "", (), "there are no customers", said))
    if missing:
        problems.append(Problem("profile", "", tuple(missing), "is not installed", _EXTRA))
    if span.minutes not in _STEPS:
        problems.append(Problem("profile", "step", (), f"is {span.minutes} minutes", f"Known are {_STEPS}"))
    if roofs and span.place is None:
        remedy = "Give latitude and longitude, such as --place 47.99,7.85"
        problems.append(Problem("pv", "place", (), "is not known, so nothing of the sun is", remedy))
    if sum(roof.count for roof in roofs) > without_pv:
        remedy = "Give more customers; those of P25 and S25 have PV in their profile"
        problems.append(Problem("pv", "", (), f"is at more customers than the {without_pv} without PV", remedy))
    if sum(one.count for one in vehicles) > total:
        problems.append(Problem("vehicle", "", (), f"are more than the {total} customers", "Give more customers"))
    if problems:
        raise InputError(problems)


def _times(span: Span) -> pd.DatetimeIndex:
    """Beginnings of all steps, with their zone."""
    import pandas as pd

    first = pd.Timestamp(span.first, tz=span.zone)
    last = pd.Timestamp(span.first, tz=None) + pd.Timedelta(days=span.days)
    return pd.date_range(first, last.tz_localize(span.zone), freq=f"{span.minutes}min", inclusive="left")


def _load(group: Customers, times: pd.DatetimeIndex) -> Floats:
    """(T,) kW of one customer, means of steps, by the wall clock."""
    import pandas as pd

    wall = times.tz_localize(None)
    years = range(wall[0].year, wall[-1].year + 1)
    quarters = pd.concat([_year(group, year) for year in years])
    starts = quarters.index.to_numpy()
    minutes = np.arange(0, int((times[1] - times[0]).total_seconds() // 60) if len(times) > 1 else 15, 5)
    parts = [wall.to_numpy() + np.timedelta64(int(minute), "m") for minute in minutes]
    values = quarters.to_numpy()
    places = [np.searchsorted(starts, part, side="right") - 1 for part in parts]
    return np.asarray(np.mean([values[place] for place in places], axis=0))


def _year(group: Customers, year: int) -> Any:
    """The quarter hours of a calendar year in kW, so that the year has the energy asked for."""
    import pandas as pd
    from demandlib import bdew

    index = pd.date_range(f"{year}-01-01", f"{year + 1}-01-01", freq="15min", inclusive="left")
    if group.kind in OF_2025:
        values = np.asarray(getattr(bdew, group.kind)(index), dtype=np.float64)
    else:
        name = OF_1999[group.kind]
        values = bdew.ElecSlp(year).get_scaled_power_profiles({name: 1000.0})[name].to_numpy()
    return pd.Series(values * group.kwh / (values.sum() / 4.0), index=index)


def _with_vehicles(load: Floats, vehicles: Sequence[Vehicles], times: pd.DatetimeIndex, span: Span) -> Floats:
    """The loads (customers, T) with vehicles at some of them, spread evenly."""
    fleet = [one for group in vehicles for one in [group] * group.count]
    rng, hours = np.random.default_rng(span.seed), span.minutes / 60.0
    result = load.copy()
    for number, one in enumerate(fleet):
        home = number * len(load) // len(fleet)
        for day in range(span.days):
            energy = max(0.0, rng.normal(one.kwh, _DRIVEN_SPREAD * one.kwh))
            begin = (24.0 * day + float(np.clip(rng.normal(_HOME_AT_H, _HOME_SPREAD_H), 12.0, 23.0))) / hours
            end = begin + energy / one.kw / hours
            steps = np.arange(len(times))
            result[home] += one.kw * np.clip(np.minimum(steps + 1.0, end) - np.maximum(steps, begin), 0.0, 1.0)
    return result


def _pv(kinds: list[str], roofs: Sequence[Roofs], times: pd.DatetimeIndex, span: Span) -> Floats:
    """(customers, T) kW of PV: roofs spread evenly over the customers without PV in their profile."""
    pv = np.zeros((len(kinds), len(times)))
    free = [place for place, kind in enumerate(kinds) if kind not in _WITH_PV]
    fleet = [roof for roof in roofs for _ in range(roof.count)]
    outputs = {roof: _output(roof, times, span) for roof in set(roofs)}
    for number, roof in enumerate(fleet):
        pv[free[number * len(free) // len(fleet)]] = outputs[roof]
    return pv


def _output(roof: Roofs, times: pd.DatetimeIndex, span: Span) -> Floats:
    """(T,) kW under a clear sky, means of 5-minute values."""
    import pandas as pd
    from pvlib import irradiance, pvsystem, temperature
    from pvlib.location import Location

    latitude, longitude, height = span.place or (0.0, 0.0, 0.0)
    place = Location(latitude, longitude, tz=span.zone, altitude=height)
    fine = pd.DatetimeIndex(np.concatenate([times + pd.Timedelta(minutes=m + 2.5) for m in range(0, span.minutes, 5)]))
    fine = fine.tz_convert(span.zone) if fine.tz is not None else fine.tz_localize("UTC").tz_convert(span.zone)
    sky = place.get_clearsky(fine, model="ineichen", linke_turbidity=_HAZE)
    sun = place.get_solarposition(fine)
    parts = irradiance.get_total_irradiance(
        roof.tilt, roof.azimuth, sun["apparent_zenith"], sun["azimuth"], sky["dni"], sky["ghi"], sky["dhi"]
    )
    light = parts["poa_global"].clip(lower=0.0).fillna(0.0)
    cell_c = temperature.faiman(light, _AIR_C, wind_speed=_WIND_M_S)
    direct = pvsystem.pvwatts_dc(light, cell_c, pdc0=roof.kwp, gamma_pdc=-0.004)
    output = (direct * (1.0 - pvsystem.pvwatts_losses() / 100.0)).clip(lower=0.0).to_numpy()
    return np.asarray(output.reshape(span.minutes // 5, len(times)).mean(axis=0))
