"""Hourly profiles of loads and PV, from demandlib and pvlib, offline: python data/profiles/make_profiles.py [FOLDER].

Writes summer_day.csv, winter_day.csv and summer_week.csv; README.md beside this file says what the columns mean.
Needs demandlib and pvlib (requirements-dev.txt).
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NamedTuple

import pandas as pd
from demandlib import bdew
from pvlib import irradiance, pvsystem, temperature
from pvlib.location import Location

FREIBURG = Location(47.99, 7.85, tz="Europe/Berlin", altitude=280, name="Freiburg im Breisgau")
LINKE_TURBIDITY = 3.5
"""Haze of a clear day in Central Europe; fixed, so that no climate table is needed."""

LOADS = {
    "home": "h0_dyn",
    "office": "g1",
    "evening": "g2",
    "industry": "g3",
    "shop": "g4",
    "bakery": "g5",
    "farm": "l0",
}
"""Column -> standard load profile of the BDEW."""


class Plane(NamedTuple):
    """How PV modules stand, in degrees; azimuth 90 = east."""

    tilt: float
    azimuth: float


PLANES = {"pv_south": Plane(30, 180), "pv_east": Plane(25, 90), "pv_west": Plane(25, 270)}


class Span(NamedTuple):
    """Consecutive days without a public holiday in Germany, and their air temperature in deg C."""

    first: str
    days: int
    air_c: float


SPANS = {
    "summer_day": Span("2025-06-25", 1, 24.0),  # a Wednesday
    "winter_day": Span("2025-01-15", 1, 0.0),  # a Wednesday
    "summer_week": Span("2025-06-23", 7, 24.0),  # Monday to Sunday
}


def loads(span: Span) -> pd.DataFrame:
    """Loads (hours, columns) as a share of the span's highest hour."""
    year = bdew.ElecSlp(pd.Timestamp(span.first).year).get_scaled_power_profiles(dict.fromkeys(LOADS.values(), 1.0))
    quarters = year.loc[span.first :].iloc[: 96 * span.days]
    hourly = quarters.resample("1h").mean()[list(LOADS.values())].set_axis(list(LOADS), axis=1)
    return hourly / hourly.max()


def pv(span: Span) -> pd.DataFrame:
    """PV output (hours, columns) under a clear sky, in kW per kW installed: means over the hour of 5-minute values."""
    middles = pd.date_range(span.first, periods=288 * span.days, freq="5min", tz=FREIBURG.tz) + pd.Timedelta("150s")
    outputs = {name: _output(plane, middles, span.air_c) for name, plane in PLANES.items()}
    return pd.DataFrame(outputs).resample("1h").mean().tz_localize(None)


def _output(plane: Plane, times: pd.DatetimeIndex, air_c: float) -> pd.Series:
    """PVWatts: clear sky (Ineichen) on the plane, warm modules (Faiman), system losses of 14 %."""
    sky = FREIBURG.get_clearsky(times, model="ineichen", linke_turbidity=LINKE_TURBIDITY)
    sun = FREIBURG.get_solarposition(times)
    parts = irradiance.get_total_irradiance(
        *plane, sun["apparent_zenith"], sun["azimuth"], sky["dni"], sky["ghi"], sky["dhi"]
    )
    light = parts["poa_global"].clip(lower=0.0).fillna(0.0)
    cell_c = temperature.faiman(light, air_c, wind_speed=2.0)
    direct_current = pvsystem.pvwatts_dc(light, cell_c, pdc0=1.0, gamma_pdc=-0.004)
    return (direct_current * (1.0 - pvsystem.pvwatts_losses() / 100.0)).clip(lower=0.0)


def table(span: Span) -> pd.DataFrame:
    """All columns of a span, one row per hour, hours counted from 0 at midnight."""
    columns = pd.concat([loads(span).reset_index(drop=True), pv(span).reset_index(drop=True)], axis=1)
    return columns.round(4).rename_axis("hour") + 0.0


def main(folder: Path) -> None:
    """Write one CSV per span."""
    for name, span in SPANS.items():
        table(span).to_csv(folder / f"{name}.csv", float_format="%.4f", lineterminator="\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
