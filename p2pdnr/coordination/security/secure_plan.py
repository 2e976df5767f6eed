"""A plan that keeps its limits on days that are not as forecast: limits held back, negotiated, tried, and again.

The plan for the day as forecast is tried on days drawn from the forecast's errors. Where limits break on more of them
than allowed, the operator plans with limits held back (:mod:`.held_limits`), everybody agrees anew, and the new plan is
tried on the same days; so on, halving for every limit by itself the distance between what was too little and what was
enough. Of the plans that break limits on few enough days the cheapest is taken, and its schedule chosen once more by
what it costs over the days (:mod:`.expected_schedule`). The share is then tested on other days, by other code
(:mod:`p2pdnr.verification.secure`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from p2pdnr.coordination.loop import convex_phase
from p2pdnr.coordination.modes import Earlier, plan, revisit
from p2pdnr.coordination.plans.dispatch import Dispatch
from p2pdnr.coordination.problem import Problem
from p2pdnr.coordination.schedule.context import Context
from p2pdnr.coordination.security.agreement_of_plan import agreed
from p2pdnr.coordination.security.expected_schedule import over_days
from p2pdnr.coordination.security.held_limits import (
    Margins,
    Scales,
    first_scales,
    held_back,
    larger,
    margins,
    next_scales,
)
from p2pdnr.coordination.security.settings import SecuritySettings
from p2pdnr.errors import PowerFlowError, SolverError
from p2pdnr.forecasts.binomial import most_days
from p2pdnr.forecasts.error_model import DayFactors, drawn, error_model
from p2pdnr.forecasts.on_the_day import Agreed, turned
from p2pdnr.network.arrays import Floats, Network
from p2pdnr.reconfiguration.days.many_days import Broken, Seen, broken, seen
from p2pdnr.reconfiguration.operator.problem import OperatorProblem
from p2pdnr.reconfiguration.topologies.ranking import TreeSet
from p2pdnr.scenario.schema import Scenario, Security


@dataclass(frozen=True, eq=False)
class Trial:
    """A plan made with limits held back (``problem``), and what the days that it was tried on do to it.

    ``network_eur`` is the mean over these days of losses and of broken limits, true ones, at their price.
    """

    problem: Problem
    plan: Dispatch
    broken: Broken
    network_eur: float

    @property
    def days(self) -> int:
        """On which a limit breaks."""
        return int(self.broken.days.sum())

    @property
    def expected_eur(self) -> float:
        """What the plan costs over the days: all that is agreed, and the grid as it turns out."""
        costs = self.plan.costs_eur
        return self.plan.total_eur - costs["losses"] - costs["violations"] + self.network_eur


@dataclass(frozen=True, eq=False)
class SecurePlan:
    """The plan that runs (``chosen``), the plan for the day as forecast (``nominal``), and how many of ``days`` days
    may break a limit; ``kept`` whether no more do. ``rounds`` plans were tried. ``rescheduled`` whether the cost over
    the days changed the schedule."""

    chosen: Trial
    nominal: Trial
    days: int
    allowed: int
    rounds: int
    rescheduled: bool

    @property
    def kept(self) -> bool:
        """Whether few enough days break a limit."""
        return self.chosen.days <= self.allowed


@dataclass(frozen=True, eq=False)
class SecurityTask:
    """What a secure plan is asked of: the scenario, the days to plan with, the mode, and its trees (None where they
    are too many)."""

    context: Context
    scenario: Scenario
    factors: DayFactors
    trees: TreeSet | None
    mode: str
    settings: SecuritySettings = SecuritySettings()

    @property
    def network(self) -> Network:
        """With its true limits."""
        return self.context.problem.network

    @property
    def level(self) -> float:
        """The quantile of perturbations at each bus, line and hour that a scale of one holds back."""
        return (1.0 + self.security.share) / 2.0

    @property
    def security(self) -> Security:
        """What the scenario asks for."""
        return self.scenario.dso.security or Security()

    @property
    def allowed(self) -> int:
        """Days that may break a limit, so that the binomial bound on their share is what is asked for."""
        return max(0, most_days(len(self.factors), 1.0 - self.security.share, self.settings.confidence))


def plan_days(scenario: Scenario, network: Network, seed: int) -> DayFactors:
    """The days that a scenario's plan is made with: even seeds, so that those of tests are others."""
    security = scenario.dso.security or Security()
    return drawn(error_model(scenario, network), 2 * seed, range(security.days))


def secure(task: SecurityTask, nominal: Dispatch) -> SecurePlan:
    """The secure plan that starts from the plan for the day as forecast."""
    first = tried(task, task.context.problem, nominal)
    trials, rounds = [first], 0
    scales = first_scales(task.network.n_lines, task.settings.first_scale)
    known = _margins(task, first)
    best = first
    while best.days > task.allowed and rounds < task.settings.rounds or 0 < rounds < task.settings.rounds:
        if not task.context.go_on() or scales.now.max() > task.settings.most_scale:
            break
        rounds += 1
        trial = _next(task, trials[-1], known, scales)
        if trial is None:
            break
        trials.append(trial)
        best = min(trials, key=lambda item: _order(item, task.allowed))
        scales = next_scales(scales, trial.broken, task.allowed, task.settings.widening)
        known = larger(known, _margins(task, trial))
        if _settled(scales, trial, task.allowed):
            break
    again = _rescheduled(task, best)
    return SecurePlan(again or best, first, len(task.factors), task.allowed, rounds, again is not None)


def tried(task: SecurityTask, problem: Problem, plan: Dispatch) -> Trial:
    """A plan on the days to plan with, against true limits."""
    days = _seen(task, plan, turned_days(task, plan))
    network_eur = task.context.problem.terms.loss_eur_per_kw * days.loss_kw + days.violation_eur
    return Trial(problem, plan, broken(task.network, days), float(np.nan_to_num(network_eur.sum(axis=1), nan=np.inf).mean()))


def turned_days(task: SecurityTask, plan: Dispatch) -> tuple[Floats, Floats]:
    """Withdrawals (N, T, n) of a plan on the days to plan with."""
    out = turned(_agreed(task, plan), task.factors)
    return out.p_kw, out.q_kvar


def _agreed(task: SecurityTask, plan: Dispatch) -> Agreed:
    return agreed(task.scenario, task.network, task.context.problem, plan.response)


def _seen(task: SecurityTask, plan: Dispatch, loads: tuple[Floats, Floats]) -> Seen:
    return seen(task.network, task.context.problem.terms, plan.closed, loads)


def _margins(task: SecurityTask, trial: Trial) -> Margins:
    """What perturbations do to a plan where they would break a limit."""
    plan = trial.plan
    itself = _agreed(task, plan)
    as_forecast = _seen(task, plan, (itself.withdrawal_kw[None], itself.withdrawal_kvar[None]))
    return margins(task.network, as_forecast, _seen(task, plan, turned_days(task, plan)), task.level)


def _order(trial: Trial, allowed: int) -> tuple[int, float]:
    """Fewest days too many first, then what it costs over the days."""
    return max(0, trial.days - allowed), trial.expected_eur


def _settled(scales: Scales, trial: Trial, allowed: int) -> bool:
    """Whether a secure plan's limits can hardly be held back less."""
    return trial.days <= allowed and float((scales.enough - scales.too_small).max()) < 0.1


def _next(task: SecurityTask, before: Trial, known: Margins, scales: Scales) -> Trial | None:
    """The plan made with limits held back by so much; None where there is none."""
    problem = with_limits(task.context.problem, held_back(task.network, known, scales.now))
    context = replace(task.context, problem=problem)
    try:
        found = _negotiated(task, context, before.plan)
    except (PowerFlowError, SolverError):
        return None
    return tried(task, problem, found)


def _negotiated(task: SecurityTask, context: Context, before: Dispatch) -> Dispatch:
    """Agreed anew, from the plan before."""
    if task.mode == "fixed":
        return convex_phase(context, before.closed, before.agreement)
    earlier = Earlier(task.mode, before.closed, before.agreement)
    return revisit(context, task.trees, earlier) or plan(context, task.trees, task.mode, before.agreement)[task.mode]


def _rescheduled(task: SecurityTask, best: Trial) -> Trial | None:
    """The plan on the schedule that costs least over the days, where that is secure as well and costs less."""
    if task.mode != "hourly" or task.trees is None or not task.context.go_on():
        return None
    loads = turned_days(task, best.plan)
    closed = over_days(task.context.problem, task.trees, best.plan, loads, task.settings)
    if closed is None or (closed == best.plan.closed).all():
        return None
    try:
        found = convex_phase(replace(task.context, problem=best.problem), closed, best.plan.agreement)
    except (PowerFlowError, SolverError):
        return None
    trial = tried(task, best.problem, found)
    return trial if _order(trial, task.allowed) < _order(best, task.allowed) else None


def with_limits(problem: Problem, network: Network) -> Problem:
    """The same problem for an operator with other limits."""
    operator = problem.operator
    return replace(
        problem,
        network=network,
        operator=OperatorProblem(network, operator.terms, operator.load_kw, operator.load_kvar, operator.buses),
        rankings=[],
    )
