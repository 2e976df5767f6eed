"""A day without a market in scenarios of loads: the schedule of least expected cost, or of least risk."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from p2pdnr.errors import NetworkError, Problem
from p2pdnr.network.arrays import Bools, Floats, Network
from p2pdnr.network.break_points import Broken
from p2pdnr.network.bundles import Bundled, bundled
from p2pdnr.network.cuts import fixed_loop
from p2pdnr.network.topology import count_spanning_trees
from p2pdnr.reconfiguration.planning import meshed_day
from p2pdnr.reconfiguration.planning.day import plan_day
from p2pdnr.reconfiguration.planning.meshed_loss import MOST_SOLVED
from p2pdnr.reconfiguration.planning.progress import Watch
from p2pdnr.reconfiguration.planning.settings import PlanningSettings
from p2pdnr.reconfiguration.risk.least_risk import least_risk
from p2pdnr.reconfiguration.risk.measure import cvar
from p2pdnr.reconfiguration.risk.scenario_costs import ScenarioCase, schedule_eur
from p2pdnr.reconfiguration.risk.task import RiskPlan, RiskTask, least_expected
from p2pdnr.reconfiguration.terms import LoadCase
from p2pdnr.reconfiguration.topologies.tree_set import all_trees, enumerable

PROVED = 1e-6
"""Gap, as a share, within which a schedule counts as the best of all: power flows of rankings are that exact."""


@dataclass(frozen=True, eq=False)
class Compared:
    """A schedule (T, m), None where there is none, and its costs (N,) by scenario."""

    closed: Bools | None
    costs_eur: Floats

    def as_dict(self, level: float) -> dict[str, Any]:
        """Mean, mean of the worst, and the worst, as JSON can hold them."""
        if self.closed is None:
            return {"expected_eur": None, "risk_eur": None, "worst_eur": None}
        figures = (float(self.costs_eur.mean()), cvar(self.costs_eur, level), float(self.costs_eur.max()))
        told = [value if np.isfinite(value) else None for value in figures]
        return dict(zip(("expected_eur", "risk_eur", "worst_eur"), told, strict=True))


@dataclass(frozen=True, eq=False)
class ScenarioDay:
    """What was found: the ``plan`` asked for, and beside it the initial topology, the schedule made for the profile
    alone, and that of least expected cost."""

    network: Network
    level: float
    plan: RiskPlan
    initial: Compared
    for_profile: Compared
    expected: Compared
    topologies: int
    ended: str
    seconds: float

    @property
    def proved(self) -> bool:
        """Whether no schedule within the limits on switching has a lower expected cost, or less risk."""
        return self.plan.gap <= PROVED

    def as_dict(self) -> dict[str, Any]:
        """Figures as JSON can hold them."""
        opened = [[int(line) + 1 for line in np.flatnonzero(~closed)] for closed in self.plan.closed]
        own = Compared(self.plan.closed, self.plan.costs_eur)
        return {
            "network": self.network.name,
            "scenarios": len(self.plan.costs_eur),
            "level": self.level,
            "value_eur": self.plan.value,
            "lower_bound_eur": self.plan.least_eur,
            "gap": self.plan.gap,
            "proved": self.proved,
            "topologies": self.topologies,
            "plans": {
                "initial": self.initial.as_dict(self.level),
                "profile": self.for_profile.as_dict(self.level),
                "expected": self.expected.as_dict(self.level),
                "chosen": own.as_dict(self.level),
            },
            "costs_eur": [float(cost) for cost in self.plan.costs_eur],
            "hours": [{"hour": hour, "open_lines": lines} for hour, lines in enumerate(opened)],
            "ended": self.ended,
            "seconds": round(self.seconds, 3),
        }


def plan_scenarios(nominal: LoadCase, case: ScenarioCase, level: float, watch: Watch | None = None) -> ScenarioDay:
    """The schedule of least expected cost (``level`` 0), or of least mean cost of the worst 1 - level of the scenarios.

    Raises :class:`NetworkError` where the radial topologies are too many to be gone through, or lines are operated in
    groups; else as :func:`p2pdnr.reconfiguration.planning.day.plan_day`, which plans for the profile alone.
    """
    watch, bundle = watch or Watch(), bundled(case.network)
    meshed = _Meshed(bundle, meshed_day.broken_for_days(bundle)) if len(fixed_loop(bundle.network)) else None
    own = case if meshed is None else meshed.apart(case)
    count = count_spanning_trees(own.network)
    _refuse(own, count, meshed is None and bool(bundle.groups))
    profile = plan_day(nominal, PlanningSettings(), watch).hourly.closed
    task = RiskTask(own, all_trees(own.network), level, go_on=lambda: watch.go_on("ranking"))
    expected = least_expected(task)
    plan = least_risk(task, expected)
    found = ScenarioDay(
        network=case.network,
        level=level,
        plan=plan,
        initial=_compared(own, np.tile(own.network.closed, (case.steps, 1))),
        for_profile=_compared(own, profile if meshed is None else meshed.opened(profile)),
        expected=Compared(expected.plan.closed, expected.plan.costs_eur),
        topologies=count,
        ended=watch.ended,
        seconds=watch.seconds,
    )
    return found if meshed is None else meshed.whole(found)


@dataclass(frozen=True, eq=False)
class _Meshed:
    """A network with lines that are operated together as one, and its fixed loops broken."""

    bundle: Bundled
    parts: Broken

    def apart(self, case: ScenarioCase) -> ScenarioCase:
        """The case on the network with broken loops."""
        price = np.array([case.terms.switching_cost_eur[lines].sum() for lines in self.bundle.members])
        terms = replace(case.terms, switching_cost_eur=price)
        return replace(case, network=self.parts.network, terms=terms, parts=self.parts)

    def opened(self, closed: Bools) -> Bools:
        """A schedule (T, m) of every line as one of the network with broken loops."""
        states = closed[:, [int(lines[0]) for lines in self.bundle.members]]
        states[:, self.parts.breaks] = False
        return states

    def _states(self, closed: Bools) -> Bools:
        return self.bundle.closed(self.parts.state(closed))

    def whole(self, found: ScenarioDay) -> ScenarioDay:
        """What was found, of every line."""

        def of_all(one: Compared) -> Compared:
            return replace(one, closed=None if one.closed is None else self._states(one.closed))

        return replace(
            found,
            plan=replace(found.plan, closed=self._states(found.plan.closed)),
            initial=of_all(found.initial),
            for_profile=of_all(found.for_profile),
            expected=of_all(found.expected),
        )


def _compared(case: ScenarioCase, closed: Bools) -> Compared:
    return Compared(closed, schedule_eur(replace(case), closed))


def _refuse(case: ScenarioCase, count: int, grouped: bool) -> None:
    """Raise NetworkError for networks whose topologies are not gone through one by one."""
    name = case.network.name
    if grouped:
        message = "has parallel lines that are operated together, which scenarios do not take"
        raise NetworkError([Problem("network", "lines", (name,), message, "Lock or join parallel lines")])
    if case.parts is not None and count > MOST_SOLVED:
        message = (
            f"has {count:,} topologies beside loops that nothing can open, and scenarios compare at most {MOST_SOLVED}"
        )
        raise NetworkError([Problem("network", "lines", (name,), message, "Lock lines with --locked")])
    if not enumerable(case.network, count) or count * case.steps > PlanningSettings().most_stages:
        message = f"has {count:,} radial topologies, too many to be compared in every scenario"
        raise NetworkError([Problem("network", "lines", (name,), message, "Lock lines with --locked")])
