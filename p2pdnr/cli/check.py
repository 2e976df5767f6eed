"""``check RESULT_DIR``: every certificate again, from the files alone."""

from __future__ import annotations

import argparse
from pathlib import Path

from p2pdnr.cli import options
from p2pdnr.results.claims import FAILS


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``check``."""
    parser.add_argument(
        "result",
        metavar="RESULT_DIR",
        type=options.place,
        help="folder that a solve has written, reconfigure --hours --gap --proof, or reconfigure --hours --keep",
    )


def run(arguments: argparse.Namespace) -> int:
    """Print every certificate with its value and limit; 1 when one does not hold or a file says something else."""
    from p2pdnr.cli.report import certificates_text, verdict_text
    from p2pdnr.results import day_file, folder, horizon_file, rolled_file
    from p2pdnr.verification import Statements, rolled, statements, verify

    if day_file.is_day(arguments.result):
        return _day(arguments.result)
    if horizon_file.is_horizon(arguments.result):
        return _horizon(arguments.result)
    result = folder.load(arguments.result)
    came = rolled_file.load(arguments.result, result)
    certificates = verify(result)
    stated = statements(result, certificates)
    if came is not None:
        more, open_ = rolled.objections(result, came), rolled.unshown(came)
        stated = Statements((*stated.contradictions, *more), (*stated.unshown, open_))
    print(f"{result.summary['name']}: {result.summary['mode']} topology, {result.summary['status']}")
    print(certificates_text(certificates))
    for line in stated.contradictions:
        print(f"  FAILS {line}")
    for line in stated.unshown:
        print(f"  open  {line}")
    if came is not None:
        print(f"  {'FAILS' if more else 'ok   '} {rolled_file.NAME}: {came.rolled_eur:,.2f} EUR as it came")
    good = not stated.contradictions and FAILS not in {item.state for item in certificates.values()}
    print(_verdict(verdict_text(certificates), stated.unshown) if good else "this result does not stand up")
    return 0 if good else 1


def _day(kept: Path) -> int:
    """The same of a day without a market."""
    from p2pdnr.cli.report import certificates_text, verdict_text
    from p2pdnr.results import day_file
    from p2pdnr.verification.day_bound import verify_day

    day = day_file.load(kept)
    certificates = verify_day(day)
    gap = (day.cost_eur - day.bound_eur) / max(abs(day.cost_eur), 1e-9)
    print(f"{day.case.network.name}: {day.case.steps} hours, {day.cost_eur:,.2f} EUR; no schedule below", end=" ")
    print(f"{day.bound_eur:,.2f} EUR, {100.0 * gap:.2f} % less")
    print(certificates_text(certificates))
    good = FAILS not in {item.state for item in certificates.values()}
    print(verdict_text(certificates) if good else "this result does not stand up")
    return 0 if good else 1


def _horizon(kept: Path) -> int:
    """The same of a long horizon."""
    from p2pdnr.cli.report import certificates_text, verdict_text
    from p2pdnr.results import horizon_file
    from p2pdnr.verification.horizon import verify_horizon

    stored = horizon_file.load(kept)
    certificates = verify_horizon(stored)
    plans = ", ".join(f"{name} {plan.sums['cost_eur']:,.2f} EUR" for name, plan in stored.plans.items())
    print(f"{stored.case.network.name}: {stored.case.steps:,} rows; {plans}")
    print(certificates_text(certificates))
    good = FAILS not in {item.state for item in certificates.values()}
    print(verdict_text(certificates) if good else "this result does not stand up")
    return 0 if good else 1


def _verdict(verdict: str, unshown: tuple[str, ...]) -> str:
    return f"{verdict}; not shown: {'; '.join(unshown)}" if unshown else verdict
