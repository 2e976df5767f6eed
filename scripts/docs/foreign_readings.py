"""A day of readings in the formats of public data sets: their columns, stamps and units, with made-up values."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone


def load_kw(hour: float) -> float:
    """A home with a peak at breakfast and one in the evening."""
    return 0.2 + 0.3 * math.exp(-(((hour - 19.0) / 2.5) ** 2)) + 0.1 * math.exp(-(((hour - 8.0) / 2.0) ** 2))


def pv_kw(hour: float) -> float:
    """A roof without clouds."""
    return max(0.0, 3.0 * math.sin(math.pi * (hour - 6.0) / 12.0))


def open_power_system_data() -> Iterator[str]:
    """Household data of Open Power System Data: counters in kWh, in columns, by UTC."""
    house = "DE_KN_residential"
    names = (f"{house}1_grid_import", f"{house}2_grid_import", f"{house}2_grid_export", f"{house}2_pv", "interpolated")
    yield ",".join(("utc_timestamp", "cet_cest_timestamp", *names))
    counted = [0.0, 0.0, 0.0, 0.0]
    for step in range(97):
        at, hour = datetime(2016, 6, 22, 22, tzinfo=UTC) + timedelta(minutes=15 * step), step / 4 % 24
        local = at.astimezone(timezone(timedelta(hours=2)))
        stamps = f"{at:%Y-%m-%dT%H:%M:%SZ},{local:%Y-%m-%dT%H:%M:%S%z}"
        yield f"{stamps},{','.join(f'{one:.4f}' for one in counted)},"
        net = load_kw(hour) - pv_kw(hour)
        for place, kw in enumerate((load_kw(hour), max(net, 0.0), max(-net, 0.0), pv_kw(hour))):
            counted[place] += kw / 4.0


def low_carbon_london() -> Iterator[str]:
    """Smart meters of Low Carbon London: a row for each home and half hour, with a column of texts."""
    yield "LCLid,stdorToU,DateTime,KWH/hh (per half hour) "
    for home in ("MAC000002", "MAC000003", "MAC000004"):
        for step in range(48):
            stamp = f"2013-06-23 {step // 2:02d}:{30 * (step % 2):02d}:00.0000000"
            yield f"{home},Std,{stamp}, {load_kw(step / 2) / 2.0:.3f} "


def ausgrid() -> Iterator[str]:
    """Solar homes of Ausgrid: a row for each home, day and direction, a column for each half hour."""
    times = ",".join(f"{(step + 1) // 2 % 24}:{30 * ((step + 1) % 2):02d}" for step in range(48))
    yield f"Customer,Generator Capacity,Postcode,Consumption Category,date,{times}"
    for customer in (1, 2):
        for category, kw in (("GC", load_kw), ("GG", pv_kw)):
            values = ",".join(f"{kw(step / 2) / 2.0:.3f}" for step in range(48))
            yield f"{customer},1.5,2076,{category},1/07/2010,{values}"


def pecan_street() -> Iterator[str]:
    """Dataport of Pecan Street: what comes from the grid in kW, with a sign, and PV, by local time with its offset."""
    yield "dataid,local_15min,grid,solar"
    for home in (661, 1642):
        for step in range(96):
            stamp = f"2018-06-23 {step // 4:02d}:{15 * (step % 4):02d}:00-05"
            yield f"{home},{stamp},{load_kw(step / 4) - pv_kw(step / 4):.3f},{pv_kw(step / 4):.3f}"


def simbench() -> Iterator[str]:
    """LoadProfile.csv of SimBench: shares of active and reactive power by column."""
    yield "time;H0-A_pload;H0-A_qload;H0-B_pload;H0-B_qload"
    for step in range(96):
        stamp = f"01.01.2016 {step // 4:02d}:{15 * (step % 4):02d}"
        yield f"{stamp};{load_kw(step / 4):.4f};0.1;{load_kw(step / 4 + 1):.4f};0.1"


def grid_operator() -> Iterator[str]:
    """A load curve as German grid operators send it: titles above, date and time apart, decimal commas."""
    yield "Zählpunkt;DE0001234567890;;;"
    yield "Datum;von;bis;Wirkleistung +A [kW];Wirkleistung -A [kW]"
    for step in range(96):
        end, net = step + 1, load_kw(step / 4) - pv_kw(step / 4)
        span = f"{step // 4:02d}:{15 * (step % 4):02d};{end // 4 % 24:02d}:{15 * (end % 4):02d}"
        yield f"23.06.2025;{span};{max(net, 0.0):.3f};{max(-net, 0.0):.3f}".replace(".", ",").replace(
            "23,06,", "23.06."
        )


FORMATS = {
    "opsd.csv": open_power_system_data,
    "london.csv": low_carbon_london,
    "ausgrid.csv": ausgrid,
    "pecan.csv": pecan_street,
    "simbench.csv": simbench,
    "lastgang.csv": grid_operator,
}


def content(name: str) -> str:
    """The text of a file in one of the formats."""
    return "\n".join(FORMATS[name]()) + "\n"
