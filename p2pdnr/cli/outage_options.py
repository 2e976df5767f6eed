"""``reconfigure NETWORK --hours PROFILE.csv --outage-price EUR``: security of supply as a price."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from p2pdnr.cli import options

if TYPE_CHECKING:
    from p2pdnr.network.arrays import Floats
    from p2pdnr.reconfiguration.not_supplied import OutagePrice

FLAG = "--outage-price"


def add_arguments(group: argparse._ArgumentGroup) -> None:
    """The price and what it rests on, with the defaults of a scenario."""
    group.add_argument(
        FLAG, metavar="EUR", type=options.not_negative, help="of a kWh that line faults leave unsupplied (not counted)"
    )
    group.add_argument(
        "--faults-per-year", metavar="N", type=options.not_negative, help="faults of each line in use a year (0.1)"
    )
    group.add_argument("--repair", metavar="H", type=options.positive, help="hours that a repair takes (4)")
    group.add_argument("--operation", metavar="MIN", type=options.positive, help="minutes of an operation (15)")


def refuse_misfits(arguments: argparse.Namespace) -> None:
    """Raise :class:`InputError` for details without a price, and for a price beside options that do not know it."""
    from p2pdnr.errors import InputError, Problem

    details = {
        "--faults-per-year": arguments.faults_per_year,
        "--repair": arguments.repair,
        "--operation": arguments.operation,
    }
    given = tuple(flag for flag, value in details.items() if value is not None)
    if arguments.outage_price is None and given:
        raise InputError([Problem("option", "", given, "means something for a price only", f"Add {FLAG} EUR")])
    beside = {"--scenarios": arguments.scenarios, "--switch-at": arguments.switch_at}
    strange = [flag for flag, value in beside.items() if value is not None]
    if arguments.outage_price is not None and strange:
        message = f"is not known with {strange[0]}"
        raise InputError([Problem("option", "", (FLAG,), message, "Leave out one of the two")])


def refuse_long(arguments: argparse.Namespace) -> None:
    """Raise :class:`InputError` for a price on a profile that is planned as a long horizon."""
    from p2pdnr.errors import InputError, Problem

    if arguments.outage_price is not None:
        message = "is not known for a profile of more than 744 rows"
        raise InputError([Problem("option", "", (FLAG,), message, "Give fewer rows, or leave it out")])


def price(arguments: argparse.Namespace, load_kw: Floats, step_h: float) -> OutagePrice | None:
    """The price of energy not supplied, None where there is none; what a bus withdraws net (T, n) is lost, what it
    feeds in counts as nothing."""
    if arguments.outage_price is None:
        return None
    import numpy as np

    from p2pdnr.reconfiguration.not_supplied import OutagePrice, OutageTerms

    given = {
        "faults_per_line_year": arguments.faults_per_year,
        "repair_h": arguments.repair,
        "operation_h": None if arguments.operation is None else arguments.operation / 60.0,
    }
    stated = {name: value for name, value in given.items() if value is not None}
    return OutagePrice(OutageTerms(arguments.outage_price, **stated), np.maximum(load_kw, 0.0), step_h)
