"""A plan that keeps its limits on days that are not as forecast.

The plan for the day as forecast is tried on days drawn from the errors of forecasts. Then, until limits break on few
enough of them,

1. the schedule is chosen that costs least over the days at the plan's injections, broken limits at a price that rises
   from round to round (:mod:`.expected_schedule`);
2. limits that broke on too many days are held back by quantiles of what the days do (:mod:`.held_limits`);
3. everybody agrees anew on that schedule within these limits, and the new plan is tried on the same days.

In hours in which free feeding in would break limits on more days, PV is limited to what was planned. Of the plans that
break limits on few enough days the cheapest over the days is taken. Its share is then tested on other days, by other
code (:mod:`p2pdnr.verification.secure`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from p2pdnr.coordination.loop import convex_phase
from p2pdnr.coordination.modes import choices
from p2pdnr.coordination.plans.dispatch import Dispatch
from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.coordination.schedule.context import Context
from p2pdnr.coordination.schedule.tree_costs import searched_trees
from p2pdnr.coordination.security.agreement_of_plan import agreed
from p2pdnr.coordination.security.expected_schedule import ScheduleOverDays
from p2pdnr.coordination.security.held_limits import Margins, further, held_back, larger, margins
from p2pdnr.coordination.security.settings import SecuritySettings
from p2pdnr.errors import PowerFlowError, SolverError
from p2pdnr.forecasts.binomial import most_days
from p2pdnr.forecasts.error_model import DayFactors
from p2pdnr.forecasts.given_days import GivenDays, draw_of
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
class SecurePlan:
    """The plan that runs (``chosen``), the plan for the day as forecast (``nominal``, nobody limited), how many of
    ``days`` days may break a limit, and how many plans were tried (``rounds``)."""

    chosen: Trial
    nominal: Trial
    days: int
    allowed: int
    rounds: int

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


def plan_days(scenario: Scenario, network: Network, seed: int, given: GivenDays | None = None) -> DayFactors:
    """The days that a scenario's plan is made with: even seeds, so that those of tests are others."""
    security = scenario.dso.security or Security()
    return draw_of(scenario, network, given)(2 * seed, range(security.days))


def secure(task: SecurityTask, nominal: Dispatch) -> SecurePlan:
    """The secure plan that starts from the plan for the day as forecast."""
    problem = task.context.problem
    first = _on_days(task, problem, nominal, np.zeros(problem.hours, dtype=np.bool_))
    search = _Search(task, first, _trees(task, nominal), tried(task, problem, nominal))
    while search.best.days > task.allowed and search.goes_on():
        search.step()
    if search.best.days > task.allowed:
        search.insist()
    while search.is_dear() and search.goes_on():
        search.halve()
    return SecurePlan(search.best, first, len(task.factors), task.allowed, search.rounds)


class _Search:
    """From margins that are too small towards larger ones, limit by limit: ``base`` are the scales of the last plan
    that served all load, ``goal`` those to try next, ``ceiling`` those at which load stayed unserved for a limit: such
    a limit is held back half-way to there, others as far as they help."""

    def __init__(self, task: SecurityTask, nominal: Trial, trees: TreeSet, start: Trial) -> None:
        self.task, self.nominal, self.trees = task, nominal, trees
        self.best = self.last = start
        self.cheapest_eur = start.expected_eur
        self.base = np.zeros(2 + task.network.n_lines)
        self.goal, self.kept = self.base, self.base
        self.ceiling = np.full(len(self.base), np.inf)
        self.known = Margins(0.0, 0.0, np.zeros(task.network.n_lines))
        self.weight, self.rounds = task.settings.first_weight, 0

    def goes_on(self) -> bool:
        """Whether there are rounds, time and a way left."""
        settings = self.task.settings
        apart = float(np.abs(self.goal - self.base).max(initial=0.0)) >= settings.least_part
        return self.rounds < settings.rounds and (apart or not self.rounds) and self.task.context.go_on()

    def step(self) -> None:
        """One plan with limits held back further."""
        task, settings = self.task, self.task.settings
        scale = self.goal
        trial = self._tried(scale)
        if trial is not None and trial.days <= task.allowed:
            self.kept = scale
            return
        if trial is None or self._strained(trial):
            stuck = np.ones(len(scale), dtype=np.bool_) if trial is None else unkept(trial.problem.network, trial.plan)
            self.ceiling = np.where(stuck, np.minimum(self.ceiling, scale), self.ceiling)
            self.goal = np.where(stuck, (self.base + scale) / 2.0, scale)
            return
        self.base = scale
        wider = further(scale, trial.broken, task.allowed, (settings.first_scale, settings.widening))
        self.goal = np.minimum(wider, np.maximum(scale, (scale + self.ceiling) / 2.0))
        self.known = larger(self.known, _margins(task, trial))
        self.last, self.weight = trial, self.weight * settings.dearer

    def insist(self) -> None:
        """Ever larger margins, whatever load they leave unserved: the share is what was asked for."""
        task, settings, trial, scale = self.task, self.task.settings, self.last, self.base
        for _ in range(settings.rounds):
            scale = further(scale, trial.broken, task.allowed, (settings.first_scale, settings.widening))
            self.known = larger(self.known, _margins(task, trial))
            found = self._tried(scale) if task.context.go_on() else None
            if found is None or found.days <= task.allowed:
                return
            self.last, self.weight = found, self.weight * settings.dearer
            trial = found

    def is_dear(self) -> bool:
        """Whether a plan keeps the share for so much that less margin is worth a try."""
        settings, nominal = self.task.settings, self.nominal.plan
        most_eur = nominal.total_eur + settings.dear_share * nominal.scale_eur
        apart = float(np.abs(self.kept - self.base).max(initial=0.0)) >= settings.least_part
        return apart and self.best.days <= self.task.allowed and self.best.plan.total_eur > most_eur

    def halve(self) -> None:
        """One plan half-way between margins that were too small and those that keep the share."""
        scale = (self.base + self.kept) / 2.0
        trial = self._tried(scale)
        if trial is not None and trial.days <= self.task.allowed:
            self.kept = scale
        else:
            self.base = scale

    def _tried(self, scale: Floats) -> Trial | None:
        """The plan with limits held back by these scales; the best so far is remembered."""
        self.rounds += 1
        held = held_back(self.task.network, self.known, scale)
        trial = _next(self.task, self.last, self.trees, (self.weight, held))
        if trial is not None:
            self.cheapest_eur = min(self.cheapest_eur, trial.expected_eur)
            self.best = min(self.best, trial, key=self._order)
        return trial

    def _strained(self, trial: Trial) -> bool:
        """Whether a plan leaves load unserved for its margins alone, and costs much more over the days for it: not
        where the plan for the day as forecast cannot keep the limits either."""
        nominal, settings = self.nominal.plan, self.task.settings
        little_eur = settings.unserved_share * nominal.scale_eur
        sheds = trial.plan.costs_eur["unserved"] - nominal.costs_eur["unserved"] > little_eur
        more_eur = trial.expected_eur - self.cheapest_eur
        dear = more_eur > settings.strained_share * nominal.scale_eur
        return bool(sheds and dear and nominal.costs_eur["violations"] <= little_eur)

    def _order(self, trial: Trial) -> tuple[bool, int, float]:
        """Those that keep the share first, and of these the cheapest over the days. Of others those that are not
        strained first, then those with fewest days too many."""
        over = max(0, trial.days - self.task.allowed)
        return over > 0 and self._strained(trial), over, trial.expected_eur


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
    free, kept = (_on_days(task, problem, plan, np.full(problem.hours, limited)) for limited in (False, True))
    limited = limited_hours(free.broken.hours, kept.broken.hours, task.allowed)
    return _on_days(task, problem, plan, limited)


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


def _on_days(task: SecurityTask, problem: CoordinationProblem, plan: Dispatch, limited: Bools) -> Trial:
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


def _margins(task: SecurityTask, trial: Trial) -> Margins:
    """What perturbations do to a plan where they would break a limit."""
    plan, itself = trial.plan, _agreed(task, trial.plan)
    as_forecast = _seen(task, plan, (itself.withdrawal_kw[None], itself.withdrawal_kvar[None]))
    days = _seen(task, plan, turned_days(task, plan, trial.limited))
    return margins(task.network, as_forecast, days, task.level)


def _trees(task: SecurityTask, nominal: Dispatch) -> TreeSet:
    """The trees to choose among: all, or where they are too many those that a search finds at the plan's injections."""
    return task.trees or searched_trees(
        task.context.problem, nominal.response.injection_kw, task.context.settings.search, task.context.go_on
    )


def _next(task: SecurityTask, before: Trial, trees: TreeSet, how: tuple[float, Network]) -> Trial | None:
    """The plan made with broken limits dearer by so much and limits held back as in that network; None where there is
    none."""
    weight, network = how
    problem = with_limits(task.context.problem, network)
    closed, journal = before.plan.closed, task.context.journal
    journal.enter("polish")
    if task.mode != "fixed":
        loads = turned_days(task, before.plan, np.ones(problem.hours, dtype=np.bool_))
        choice = choices(journal, task.context.settings.search)[task.mode]
        asked = ScheduleOverDays(task.context.problem, trees, choice, loads, weight, task.settings)
        found = asked.best(before.plan)
        closed = closed if found is None else found
    journal.enter("convex")
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
