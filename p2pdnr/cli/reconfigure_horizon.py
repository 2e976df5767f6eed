"""``reconfigure NETWORK --hours PROFILE.csv`` over weeks to years, and with times of switching of its own."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from p2pdnr.cli import reconfigure_text
from p2pdnr.cli.progress import Line, interruptible, observer

if TYPE_CHECKING:
    from p2pdnr.reconfiguration.planning.day_plan import DayPlan
    from p2pdnr.reconfiguration.planning.long_horizon import Horizon
    from p2pdnr.reconfiguration.terms import LoadCase

LONGEST_DAY = 744
"""Rows up to which a profile without times of switching is planned as a day: all topologies in all rows in memory."""
LISTED = 48
"""Operations that a text lists one by one."""


def names(told: str | None) -> tuple[str, ...]:
    """The times of switching that were asked for, "hourly" where none were."""
    return ("hourly",) if told is None else tuple(name.strip().lower() for name in told.split(","))


def refuse_misfits(arguments: argparse.Namespace) -> None:
    """Raise :class:`InputError` for times of switching that there are not, and beside options that do not know them."""
    from p2pdnr.errors import InputError, Problem
    from p2pdnr.reconfiguration.horizon.switching_times import NAMES

    if arguments.switch_at is None:
        _refuse_keeping(arguments)
        return
    told = [
        Problem("option", "", ("--switch-at",), f"names {name[:40]!r}", f"Times are {', '.join(NAMES)}")
        for name in names(arguments.switch_at)
        if name not in NAMES
    ]
    beside = {"--levers": arguments.levers, "--scenarios": arguments.scenarios, "--gap": arguments.gap}
    told += [
        Problem("option", "", (flag,), "knows no times of switching", "Leave out one of the two")
        for flag, value in beside.items()
        if value is not None
    ]
    if told:
        raise InputError(told)


def _refuse_keeping(arguments: argparse.Namespace) -> None:
    """What is kept are plans by their times of switching."""
    from p2pdnr.errors import InputError, Problem

    if arguments.keep is not None:
        remedy = "Add --switch-at, for instance hourly,daily,weekly,seasonal,fixed, or leave it out"
        raise InputError([Problem("option", "", ("--keep",), "keeps plans by their times of switching", remedy)])


def kept(case: LoadCase, found: Horizon, arguments: argparse.Namespace) -> list[str]:
    """Write the plans where they are to be kept; what is to be told of that."""
    from p2pdnr.results import horizon_file

    if arguments.keep is None:
        return []
    horizon_file.save(case, found, arguments.keep)
    where = arguments.keep
    return [f"kept in {where}: p2pdnr check {where} looks at it again, the page shows {horizon_file.HORIZON} (Import)"]


def is_long(arguments: argparse.Namespace, rows: int) -> bool:
    """Whether a profile is planned as a long horizon. Raises :class:`ProfileError` where options are for days alone."""
    from p2pdnr.errors import Problem, ProfileError

    for_days = {"--levers": arguments.levers, "--scenarios": arguments.scenarios, "--gap": arguments.gap}
    for flag, value in for_days.items():
        if rows > LONGEST_DAY and value is not None:
            message = f"has {rows:,} rows, too many for {flag}"
            remedy = f"Give at most {LONGEST_DAY} rows, or leave out {flag}"
            raise ProfileError([Problem("profile", "", (arguments.hours.name,), message, remedy)])
    return rows > LONGEST_DAY or arguments.switch_at is not None


def answer(case: LoadCase, arguments: argparse.Namespace) -> tuple[Horizon, str]:
    """The schedules, and their sums as text."""
    from p2pdnr.reconfiguration.planning import snapshot
    from p2pdnr.reconfiguration.planning.long_horizon import plan_horizon
    from p2pdnr.reconfiguration.planning.progress import Watch
    from p2pdnr.results import horizon_file

    if arguments.keep is not None:
        horizon_file.refuse_foreign(arguments.keep)
    with Line(always=arguments.progress) as line, interruptible() as interrupt:
        line.show(reconfigure_text.PREPARING)
        snapshot.warm_up(case.network.is_plain)
        watch = Watch(arguments.time_limit, observer(line, reconfigure_text.progress, interrupt))
        found = plan_horizon(case, names(arguments.switch_at), arguments.seed, watch)
    return found, text(found)


def text(found: Horizon) -> str:
    """Operations of the first plan as far as they are few, and the plans beside the initial topology."""
    head = (
        "switching",
        "losses kWh",
        "violations EUR",
        "operations",
        "switching EUR",
        "cost EUR",
        "saves EUR",
        "proved",
    )
    rows = [_sums("initial topology", found.day.initial, found, "-")]
    rows += [_sums(name, plan, found, "yes" if found.proved[name] else "no") for name, plan in found.plans.items()]
    return "\n".join([*_operations(found), *reconfigure_text.table([head, *rows]), "", _proof(found)])


def _sums(name: str, plan: DayPlan | None, found: Horizon, proved: str) -> tuple[str, ...]:
    if plan is None:
        return (name, *["-"] * 7)
    initial = found.day.initial
    saved = "-" if initial is None else f"{initial.cost_eur - plan.cost_eur:,.2f}"
    return (*reconfigure_text.sums_row(name, plan.as_dict(found.day.terms.step_h)), saved, proved)


def _operations(found: Horizon) -> list[str]:
    """Row by row what is switched, or how often."""
    name, moved = next(iter(found.plans)), found.day.sequence
    if len(moved) > LISTED:
        rows = len({row for row, _, _ in moved})
        return [f"{name}: {len(moved):,} operations in {rows:,} rows; --out FILE.csv or --json lists them", ""]
    by_row: dict[int, list[str]] = {}
    for row, line, action in moved:
        by_row.setdefault(row, []).append(f"{action} {reconfigure_text.lines(found.day.network, [line])}")
    return [f"{name}, row {row}: {', '.join(steps)}" for row, steps in by_row.items()] + [""]


def _proof(found: Horizon) -> str:
    day, rows = found.day, len(found.day.hourly.closed)
    count = f"{day.topologies:,} radial topologies"
    if all(found.proved.values()):
        how = f"all {count} held against each plan in {rows:,} rows, none with these times of switching is cheaper"
    elif day.ranked < day.topologies:
        how = f"{rows:,} rows, the best over {day.ranked:,} of {count}, not proved to be the best of all"
    else:
        how = f"{rows:,} rows, not proved where that says no"
    early = "" if day.ended == "done" else f" (ended early: {day.ended})"
    return f"{day.network.name}: {how}{early}, {day.seconds:.2f} s"
