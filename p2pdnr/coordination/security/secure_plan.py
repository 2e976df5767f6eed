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

from dataclasses import dataclass

import numpy as np

from p2pdnr.coordination.modes import choices
from p2pdnr.coordination.plans.dispatch import Dispatch
from p2pdnr.coordination.schedule.tree_costs import searched_trees
from p2pdnr.coordination.security.expected_schedule import ScheduleOverDays
from p2pdnr.coordination.security.fewest_broken import FewestBroken
from p2pdnr.coordination.security.held_limits import Margins, blamed, further, held_back, larger
from p2pdnr.coordination.security.trials import (
    SecurityTask,
    Trial,
    agreed_again,
    margins_of,
    on_days,
    tried,
    turned_days,
    unkept,
)
from p2pdnr.forecasts.error_model import DayFactors
from p2pdnr.forecasts.given_days import GivenDays, draw_of
from p2pdnr.network.arrays import Bools, Floats, Network
from p2pdnr.reconfiguration.topologies.ranking import TreeSet
from p2pdnr.scenario.schema import Scenario, Security


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


def plan_days(scenario: Scenario, network: Network, seed: int, given: GivenDays | None = None) -> DayFactors:
    """The days that a scenario's plan is made with: even seeds, so that those of tests are others."""
    security = scenario.dso.security or Security()
    return draw_of(scenario, network, given)(2 * seed, range(security.days))


def secure(task: SecurityTask, nominal: Dispatch) -> SecurePlan:
    """The secure plan that starts from the plan for the day as forecast."""
    problem = task.context.problem
    first = on_days(task, problem, nominal, np.zeros(problem.hours, dtype=np.bool_))
    search = _Search(task, first, _trees(task, nominal), tried(task, problem, nominal))
    while search.best.days > task.allowed and search.goes_on():
        search.step()
    missed = search.best.days > task.allowed
    if missed or search.is_dear():
        search.refine()
    if missed:
        search.insist()
    while search.is_dear() and search.goes_on():
        search.halve()
    return SecurePlan(search.best, first, len(task.factors), task.allowed, search.rounds + search.refined)


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
        self.weight, self.rounds, self.refined = task.settings.first_weight, 0, 0

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
        self.known = larger(self.known, margins_of(task, trial))
        self.last, self.weight = trial, self.weight * settings.dearer

    def insist(self) -> None:
        """Ever larger margins, whatever load they leave unserved: the share is what was asked for."""
        task, settings, trial, scale = self.task, self.task.settings, self.last, self.base
        for _ in range(settings.rounds):
            scale = further(scale, trial.broken, task.allowed, (settings.first_scale, settings.widening))
            self.known = larger(self.known, margins_of(task, trial))
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

    def refine(self) -> None:
        """Some plans more; what follows starts from where this began, so that it finds no less than without them."""
        before = self.last, self.known, self.base, self.kept, self.weight, self.rounds
        self._refine()
        self.refined = self.rounds - before[-1]
        self.last, self.known, self.base, self.kept, self.weight, self.rounds = before

    def _refine(self) -> None:
        """From the last plan that was not secure and served all load: topologies on which fewest days break a limit,
        limits to blame held back by small steps until the share is kept, and half-way back as long as it stays so."""
        task, part = self.task, self.task.settings.small_step
        scale, ways_back = self.base, 0
        for _ in range(task.settings.refinements):
            trial = self._tried(scale, fewest=True) if task.context.go_on() else None
            if trial is None or ways_back > task.settings.ways_back:
                return
            if trial.days <= task.allowed:
                self.kept, ways_back = scale, ways_back + 1
            else:
                self.base, self.last, ways_back = scale, trial, ways_back + (ways_back > 0)
            if ways_back:
                scale = (self.base + self.kept) / 2.0
                continue
            self.known = larger(self.known, margins_of(task, trial))
            wider = np.maximum(scale + part, scale * (1.0 + part))
            scale = np.asarray(np.where(blamed(trial.broken, task.allowed), wider, scale))

    def _tried(self, scale: Floats, fewest: bool = False) -> Trial | None:
        """The plan with limits held back by these scales; the best so far is remembered. ``fewest``: on topologies on
        which fewest days break a limit."""
        self.rounds += 1
        held = held_back(self.task.network, self.known, scale)
        self.task.context.journal.enter("polish")
        trial = agreed_again(self.task, self.last, self._schedule(fewest), held)
        if trial is not None:
            self.cheapest_eur = min(self.cheapest_eur, trial.expected_eur)
            self.best = min(self.best, trial, key=self._order)
        return trial

    def _schedule(self, fewest: bool) -> Bools:
        """(T, m) the next schedule, from the last plan."""
        task, before = self.task, self.last
        if task.mode == "fixed":
            return before.plan.closed
        loads = turned_days(task, before.plan, np.ones(task.context.problem.hours, dtype=np.bool_))
        choice = choices(task.context.journal, task.context.settings.search)[task.mode]
        over = ScheduleOverDays(task.context.problem, self.trees, choice, loads, self.weight, task.settings)
        worth_eur = task.settings.broken_share * self.nominal.plan.scale_eur / (1.0 - task.share)
        few = FewestBroken(over, before.broken.hours, worth_eur) if fewest else over
        found = few.best(before.plan)
        return before.plan.closed if found is None else found

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


def _trees(task: SecurityTask, nominal: Dispatch) -> TreeSet:
    """The trees to choose among: all, or where they are too many those that a search finds at the plan's injections."""
    return task.trees or searched_trees(
        task.context.problem, nominal.response.injection_kw, task.context.settings.search, task.context.go_on
    )
