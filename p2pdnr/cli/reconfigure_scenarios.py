"""``reconfigure NETWORK --hours PROFILE.csv --scenarios FILE.csv``: one schedule for many days that may come."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from p2pdnr.cli import reconfigure_text
from p2pdnr.cli.progress import Line, interruptible, observer

if TYPE_CHECKING:
    from p2pdnr.network.arrays import Network
    from p2pdnr.reconfiguration.planning.scenario_day import Compared, ScenarioDay
    from p2pdnr.reconfiguration.terms import LoadCase


def level(text: str) -> float:
    """A level of risk from 0 to below 1."""
    value = float(text)
    if not 0.0 <= value < 1.0:
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is no level from 0 to below 1")
    return value


def refuse_misfits(arguments: argparse.Namespace) -> None:
    """Raise InputError for options that do nothing without scenarios, or with them."""
    from p2pdnr.errors import InputError, Problem

    if arguments.scenarios is None:
        misfits = [("--risk", "means something for scenarios only", "Add --scenarios FILE.csv or leave it out")]
        misfits = misfits if arguments.risk is not None else []
    else:
        given = {"--out": arguments.out, "--levers": arguments.levers}
        remedies = {"--out": "Use --json", "--levers": "Leave out one of the two"}
        misfits = [
            (flag, "means nothing for scenarios", remedies[flag]) for flag, value in given.items() if value is not None
        ]
    if misfits:
        raise InputError([Problem("option", "", (flag,), message, remedy) for flag, message, remedy in misfits])


def answer(nominal: LoadCase, arguments: argparse.Namespace) -> tuple[dict[str, object], str]:
    """The schedule as JSON can hold it and as text, ``nominal`` being the profile alone."""
    import numpy as np

    from p2pdnr.reconfiguration.planning.progress import Watch
    from p2pdnr.reconfiguration.planning.scenario_day import plan_scenarios
    from p2pdnr.reconfiguration.planning.scenario_profiles import read_scenarios
    from p2pdnr.reconfiguration.risk.scenario_costs import ScenarioCase

    network = nominal.network
    read = read_scenarios(arguments.scenarios, network, nominal.terms.step_h)
    refuse_other_steps(arguments, len(read[0].p_kw), nominal.steps)
    loads = (np.array([profile.p_kw for profile in read]), np.array([profile.q_kvar for profile in read]))
    with Line(always=arguments.progress) as line, interruptible() as interrupt:
        found = plan_scenarios(
            nominal,
            ScenarioCase(network, *loads, nominal.terms),
            arguments.risk or 0.0,
            Watch(arguments.time_limit, observer(line, reconfigure_text.progress, interrupt)),
        )
    return found.as_dict(), text(found)


def refuse_other_steps(arguments: argparse.Namespace, steps: int, wanted: int) -> None:
    """Raise ProfileError where scenarios have other steps than the profile."""
    from p2pdnr.errors import Problem, ProfileError

    if steps != wanted:
        message = f"has {steps} steps, the profile has {wanted}"
        remedy = "Give both the same steps"
        raise ProfileError([Problem("profile", "", (arguments.scenarios.name,), message, remedy)])


def text(found: ScenarioDay) -> str:
    """Open lines hour by hour, and the schedule beside others."""
    hours = [("hour", "open lines")]
    hours += [(str(row["hour"]), _lines(found.network, row["open_lines"])) for row in found.as_dict()["hours"]]
    return "\n".join([*reconfigure_text.table(hours), "", *_comparison(found), "", _proof(found)])


def _lines(network: Network, numbers: list[int]) -> str:
    return reconfigure_text.lines(network, numbers)


def _comparison(found: ScenarioDay) -> list[str]:
    from p2pdnr.reconfiguration.planning.scenario_day import Compared

    head = ("schedule", "expected EUR", f"worst {1 - found.level:.0%} EUR", "worst EUR")
    rows = [("initial", found.initial), ("for the profile", found.for_profile), ("least expected", found.expected)]
    if found.level > 0.0:
        rows.append(("least risk", Compared(found.plan.closed, found.plan.costs_eur)))
    return reconfigure_text.table([head, *(_row(name, item, found.level) for name, item in rows)])


def _row(name: str, item: Compared, level: float) -> tuple[str, ...]:
    figures = item.as_dict(level).values()
    return (name, *("-" if value is None else f"{value:,.2f}" for value in figures))


def _proof(found: ScenarioDay) -> str:
    what = "expected cost" if found.level == 0.0 else f"mean cost of the worst {1 - found.level:.0%} of scenarios"
    how = f"no schedule that respects the limits has a lower {what}"
    if not found.proved:
        how = f"no schedule has a {what} below {found.plan.least_eur:,.2f} EUR, {found.plan.gap:.2%} below this one's"
    compared = f"all {found.topologies:,} radial topologies compared" if found.topologies > 1 else "one radial topology"
    early = "" if found.ended == "done" else f" (ended early: {found.ended})"
    scenarios = f"in {len(found.plan.costs_eur)} scenarios"
    return f"{found.network.name}: {compared} {scenarios}, {how}{early}, {found.seconds:.2f} s"
