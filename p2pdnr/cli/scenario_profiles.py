"""``scenario profiles``: readings out of standard load profiles, a clear sky and vehicles, for ``scenario
from-meters``."""

from __future__ import annotations

import argparse
from datetime import date

from p2pdnr.cli import options
from p2pdnr.errors import InputError, Problem

_FORMS = {"--customers": "H25:20 or H25:20:4000", "--pv": "5:8 or 5:8:180:30", "--vehicles": "4 or 4:6:11"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``scenario profiles``."""
    parser.add_argument("--out", metavar="READINGS.csv", type=options.place, required=True, help="table to write")
    parser.add_argument(
        "--customers", metavar="KIND:COUNT[:KWH]", action="append", required=True,
        help="customers of a BDEW profile (H25, G25, L25, P25 with PV, S25 with PV and battery; H0, G0 to G6, L0 to "
        "L2) with so many kWh a year each, 3500 where none are given (repeatable)",
    )  # fmt: skip
    parser.add_argument("--day", metavar="DATE", required=True, help="the first day, such as 2025-06-23")
    parser.add_argument("--days", metavar="N", type=options.at_most(366), default=1, help="how many (default 1)")
    parser.add_argument("--step", metavar="MIN", type=options.at_most(60), default=15, help="minutes (default 15)")
    parser.add_argument("--zone", metavar="ZONE", default="Europe/Berlin", help="clock (default Europe/Berlin)")
    parser.add_argument(
        "--pv", metavar="COUNT:KWP[:AZIMUTH[:TILT]]", action="append", default=[],
        help="PV under a clear sky at so many customers, facing south at 30 degrees where nothing is said (repeatable)",
    )  # fmt: skip
    parser.add_argument("--place", metavar="LAT,LON[,M]", help="of the PV: latitude, longitude, height in metres")
    parser.add_argument(
        "--vehicles", metavar="COUNT[:KWH[:KW]]", action="append", default=[],
        help="vehicles charged in the evening, 6 kWh a day at 11 kW where nothing is said (repeatable)",
    )  # fmt: skip
    parser.add_argument("--seed", metavar="N", type=options.count, default=0, help="of the vehicles (default 0)")
    parser.set_defaults(action=run)


def run(arguments: argparse.Namespace) -> int:
    """Write the table."""
    from p2pdnr.meters.standard_profiles import Customers, Roofs, Span, Vehicles, rows
    from p2pdnr.meters.times import zone_of
    from p2pdnr.sheets.writing import csv_text

    customers = [Customers(kind.upper(), *_numbers("--customers", rest, (1, 2))) for kind, rest in _kinds(arguments)]
    roofs = [Roofs(*_numbers("--pv", text, (2, 4))) for text in arguments.pv]
    vehicles = [Vehicles(*_numbers("--vehicles", text, (1, 3))) for text in arguments.vehicles]
    zone_of(arguments.zone)
    place = _place(arguments.place) if arguments.place else None
    span = Span(_date(arguments.day), arguments.days, arguments.step, arguments.zone, place, arguments.seed)
    table = rows(customers, span, roofs, vehicles)
    with options.writing(arguments.out):
        arguments.out.parent.mkdir(parents=True, exist_ok=True)
        arguments.out.write_text(csv_text(table), encoding="utf-8", newline="")
    homes = sum(one.count for one in customers)
    print(f"{homes} customers, {len(table) - 1} steps of {arguments.step} minutes from {arguments.day}")
    then = f"python -m p2pdnr scenario from-meters {arguments.out} --network NAME --zone {arguments.zone}"
    print(f"wrote {arguments.out}; next: {then} --out SCENARIO.json")
    return 0


def _kinds(arguments: argparse.Namespace) -> list[tuple[str, str]]:
    """The profile and the numbers behind it."""
    return [(kind, rest) for kind, _, rest in (text.partition(":") for text in arguments.customers)]


def _numbers(option: str, text: str, least_most: tuple[int, int]) -> tuple[int, *tuple[float, ...]]:
    """A count and numbers that are not below zero, with colons between them."""
    least, most = least_most
    parts = text.split(":")
    try:
        values = [float(part) for part in parts]
        known = least <= len(parts) <= most and all(0.0 <= value < 1e9 for value in values)
        count = int(parts[0])
    except ValueError:
        known = False
    if not known:
        raise _refused(option, text, f"Write it as in {_FORMS[option]}")
    return (count, *values[1:])


def _place(text: str) -> tuple[float, float, float]:
    try:
        values = [float(part) for part in text.split(",")]
    except ValueError:
        values = []
    if len(values) not in (2, 3) or not (-90.0 <= values[0] <= 90.0 and -180.0 <= values[1] <= 180.0):
        raise _refused("--place", text, "Write latitude and longitude in degrees, as in 47.99,7.85")
    return values[0], values[1], values[2] if len(values) == 3 else 0.0


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise _refused("--day", text, "Write a date, as in 2025-06-23") from None


def _refused(option: str, text: str, remedy: str) -> InputError:
    return InputError([Problem("option", option, (), f"is {text[:60]!r}", remedy)])
