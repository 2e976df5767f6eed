"""A plan tried on the days that a secure plan is made with, and how the next one is agreed on within other limits."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from p2pdnr.coordination.loop import convex_phase
from p2pdnr.coordination.plans.dispatch import Dispatch
from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.coordination.schedule.context import Context
from p2pdnr.coordination.security.agreement_of_plan import agreed
from p2pdnr.coordination.security.held_limits import Margins, margins
from p2pdnr.coordination.security.settings import SecuritySettings
from p2pdnr.errors import PowerFlowError, SolverError
from p2pdnr.forecasts.binomial import most_days
from p2pdnr.forecasts.error_model import DayFactors
from p2pdnr.forecasts.on_the_day import Agreed, turned
from p2pdnr.network.arrays import Bools, Floats, Network
from p2pdnr.reconfiguration.days.many_days import Broken, Seen, broken, seen
from p2pdnr.reconfiguration.operator.problem import OperatorProblem
from p2pdnr.reconfiguration.topologies.ranking import TreeSet
from p2pdnr.scenario.schema import Scenario, Security

DEFAULT = SecuritySettings()
KEPT_SHARE = 1e-4
"""How far beyond a limit a plan counts as within it, in p.u. or as a share of a current."""


@dataclass(frozen=True, eq=False)
class Trial:
    """A plan made with limits held back (``problem``), and what the days that it was tried on do to it.

    ``limited`` (T,) hours in which PV feeds in no more than planned. ``network_eur`` is the mean over the days of
    losses and of broken limits, true ones, at their price.
    """

    problem: CoordinationProblem
    plan: Dispatch
    limited: Bools
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
class SecurityTask:
    """What a secure plan is asked of: the scenario, the days to plan with, the mode, and its trees (None where they
    are too many)."""

    context: Context
    scenario: Scenario
    factors: DayFactors
    trees: TreeSet | None
    mode: str
    settings: SecuritySettings = DEFAULT

    @property
    def network(self) -> Network:
        """With its true limits."""
        return self.context.problem.network

    @property
    def share(self) -> float:
        """Of days without a broken limit that is asked for."""
        return (self.scenario.dso.security or Security()).share

    @property
    def level(self) -> float:
        """The quantile of perturbations at each bus, line and hour that a scale of one holds back."""
        return 1.0 - (1.0 - self.share) / 5.0

    @property
    def allowed(self) -> int:
        """Days that may break a limit, so that the binomial bound on their share is what is asked for."""
        return max(0, most_days(len(self.factors), 1.0 - self.share, self.settings.confidence))


def unkept(network: Network, plan: Dispatch) -> Bools:
    """(2 + m,) which limits a plan breaks itself: lowest and highest voltage and lines of a network; the lowest voltage
    counts as broken where load stays unserved and no line is."""
    fed = np.setdiff1d(np.arange(network.n_buses), network.substations)
    vm_pu = plan.flow.vm_pu[:, fed]
    line = (plan.flow.current_a > network.limit_a * (1.0 + KEPT_SHARE)).any(axis=0)
    low, high = (vm_pu < network.vm_min_pu - KEPT_SHARE).any(), (vm_pu > network.vm_max_pu + KEPT_SHARE).any()
    found = np.concatenate([[low, high], line])
    if not found.any() or plan.costs_eur["unserved"] > 0.0:
        found[0] |= not line.any()
    return np.asarray(found, dtype=np.bool_)


def tried(task: SecurityTask, problem: CoordinationProblem, plan: Dispatch) -> Trial:
    """A plan on the days to plan with, against true limits; feeding in is limited in as few hours as will do."""
    free, kept = (on_days(task, problem, plan, np.full(problem.hours, limited)) for limited in (False, True))
    limited = limited_hours(free.broken.hours, kept.broken.hours, task.allowed)
    return on_days(task, problem, plan, limited)


def limited_hours(free: Bools, kept: Bools, allowed: int) -> Bools:
    """(T,) hours in which feeding in is limited, from whether limits break on a day in an hour (N, T) without and with
    that: all that gain by it, less those without which no more than ``allowed`` days break a limit, those that gain
    least first."""
    gain = free.sum(axis=0) - kept.sum(axis=0)
    limited = gain > 0
    most = max(allowed, int(np.where(limited, kept, free).any(axis=1).sum()))
    for hour in np.argsort(gain, kind="stable"):
        without = limited.copy()
        without[hour] = False
        if limited[hour] and int(np.where(without, kept, free).any(axis=1).sum()) <= most:
            limited = without
    return np.asarray(limited)


def on_days(task: SecurityTask, problem: CoordinationProblem, plan: Dispatch, limited: Bools) -> Trial:
    """A plan on the days to plan with, feeding in limited in some hours (T,)."""
    days = _seen(task, plan, turned_days(task, plan, limited))
    terms = task.context.problem.terms
    eur = (terms.loss_eur_per_kw * days.loss_kw + days.violation_eur).sum(axis=1)
    return Trial(problem, plan, limited, broken(task.network, days), float(np.nan_to_num(eur, nan=np.inf).mean()))


def turned_days(task: SecurityTask, plan: Dispatch, limited: Bools) -> tuple[Floats, Floats]:
    """Withdrawals (N, T, n) of a plan on the days to plan with."""
    out = turned(_agreed(task, plan).with_limits(limited), task.factors)
    return out.p_kw, out.q_kvar


def _agreed(task: SecurityTask, plan: Dispatch) -> Agreed:
    return agreed(task.scenario, task.network, task.context.problem, plan.response)


def _seen(task: SecurityTask, plan: Dispatch, loads: tuple[Floats, Floats]) -> Seen:
    return seen(task.network, task.context.problem.terms, plan.closed, loads)


def margins_of(task: SecurityTask, trial: Trial) -> Margins:
    """What perturbations do to a plan where they would break a limit."""
    plan, itself = trial.plan, _agreed(task, trial.plan)
    as_forecast = _seen(task, plan, (itself.withdrawal_kw[None], itself.withdrawal_kvar[None]))
    days = _seen(task, plan, turned_days(task, plan, trial.limited))
    return margins(task.network, as_forecast, days, task.level)


def agreed_again(task: SecurityTask, before: Trial, closed: Bools, network: Network) -> Trial | None:
    """The plan on a schedule (T, m) with the limits of a network, from an earlier one on; None where there is none."""
    problem = with_limits(task.context.problem, network)
    task.context.journal.enter("convex")
    try:
        plan = convex_phase(replace(task.context, problem=problem), closed, before.plan.agreement)
    except (PowerFlowError, SolverError):
        return None
    return tried(task, problem, plan)


def with_limits(problem: CoordinationProblem, network: Network) -> CoordinationProblem:
    """The same problem for an operator with other limits."""
    operator = problem.operator
    return replace(
        problem,
        network=network,
        operator=OperatorProblem(network, operator.terms, operator.load_kw, operator.load_kvar, operator.buses),
        rankings=[],
    )
