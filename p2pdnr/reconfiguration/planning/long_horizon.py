"""Weeks to years without a market: schedules that may switch at every row, by day, week or season, or once.

Where all radial topologies can be listed and nothing limits switching, each of them is the cheapest of all
(:mod:`..horizon.exact_schedule`). Elsewhere they are the best over a pool that searches have filled.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from p2pdnr.network.arrays import Bools, Ints
from p2pdnr.network.topology import count_spanning_trees
from p2pdnr.reconfiguration.horizon.exact_schedule import LongSchedule, Problem, cheapest_of_all
from p2pdnr.reconfiguration.horizon.horizon_costs import HorizonCosts, horizon_costs
from p2pdnr.reconfiguration.horizon.pool_schedule import cheapest_of_pool, pool_of
from p2pdnr.reconfiguration.horizon.steps import RowSteps, bound_days, stretches
from p2pdnr.reconfiguration.horizon.switching_times import NAMES, SwitchingTimes, switching_times
from p2pdnr.reconfiguration.planning.day import Day, as_bundles, of_every_line, plan_of_every_line
from p2pdnr.reconfiguration.planning.day_plan import DayPlan, constant_plan, day_plan, operations_in_order
from p2pdnr.reconfiguration.planning.present_state import initial_tree
from p2pdnr.reconfiguration.planning.progress import Watch
from p2pdnr.reconfiguration.terms import LoadCase, OperatorTerms
from p2pdnr.reconfiguration.topologies import branch_exchange
from p2pdnr.reconfiguration.topologies.tree_set import TreeSet, all_trees, enumerable

MOST_BOUNDS = 60_000_000
"""Topologies times days whose bounds are kept, 0.5 GB."""


@dataclass(frozen=True, eq=False)
class Horizon:
    """The plans of a long horizon: ``day`` holds that of the first name asked for beside the references, ``plans`` one
    by name of times of switching, ``proved`` whether no schedule with these times is cheaper."""

    day: Day
    plans: dict[str, DayPlan]
    proved: dict[str, bool]

    def as_dict(self) -> dict[str, Any]:
        """Figures as JSON can hold them."""
        step_h = self.day.terms.step_h
        told = {name: plan.as_dict(step_h) | {"proved": self.proved[name]} for name, plan in self.plans.items()}
        return self.day.as_dict() | {"switch_at": next(iter(self.plans)), "plans": told}


class _Found(NamedTuple):
    """Trees of a schedule by row, and whether it is the cheapest of all."""

    trees: TreeSet
    indices: Ints
    proved: bool


def plan_horizon(
    case: LoadCase, names: tuple[str, ...] = ("hourly",), seed: int = 0, watch: Watch | None = None
) -> Horizon:
    """The cheapest schedules over the rows of a load case that switch at the times of some names
    (:data:`p2pdnr.reconfiguration.horizon.switching_times.NAMES`).

    Lines between the same two buses are operated together, and errors are raised, as in
    :func:`p2pdnr.reconfiguration.planning.day.plan_day`. ``watch`` ends the work early (stages "ranking", "search").
    """
    bundle, case_of_bundles = as_bundles(case)
    found = _planned(case_of_bundles, names, seed, watch or Watch())
    if not bundle.groups:
        return found
    plans = {name: plan_of_every_line(plan, bundle) for name, plan in found.plans.items()}
    return Horizon(of_every_line(found.day, bundle, case.terms), plans, found.proved)


def _planned(case: LoadCase, names: tuple[str, ...], seed: int, watch: Watch) -> Horizon:
    network = case.network
    initial_tree(network, "Say which lines are open at the start; reconfigure without --hours finds a radial topology")
    times = {
        name: switching_times(name, case.steps, case.terms.steps_per_day)
        for name in NAMES
        if name in names or name == "fixed"
    }
    count = count_spanning_trees(network)
    days = -(-case.steps // case.terms.steps_per_day)
    listed = enumerable(network, count) and count * days <= MOST_BOUNDS
    listed = listed and network.generators is None  # bounds of days take reactive powers for fixed
    found = _all_trees(case, times, seed, watch) if listed else _searched(case, times, seed, watch)
    plans = {name: day_plan(case, _closed(found[name])) for name in times}
    static = plans["fixed"]
    plans = {name: plans[name] for name in dict.fromkeys(names)}
    proved = {name: found[name].proved for name in plans}
    ranked = count if all(item.proved for item in found.values()) else len(next(iter(found.values())).trees)
    day = _day(case, (plans[names[0]], static, proved[names[0]]), (count, ranked), watch)
    return Horizon(day, plans, proved)


def _closed(found: _Found) -> Bools:
    """(rows, m) states of lines."""
    some, which = np.unique(found.indices, return_inverse=True)
    return np.array([found.trees.closed(int(index)) for index in some])[which]


def _day(case: LoadCase, plans: tuple[DayPlan, DayPlan, bool], counts: tuple[int, int], watch: Watch) -> Day:
    plan, static, proved = plans
    return Day(
        network=case.network,
        terms=case.terms,
        hourly=plan,
        static=static,
        initial=constant_plan(case, case.network.closed),
        exact=proved,
        topologies=counts[0],
        ranked=counts[1],
        sequence=operations_in_order(case.network, plan.closed, case.terms.return_to_initial),
        ended=watch.ended,
        seconds=watch.seconds,
    )


def _all_trees(case: LoadCase, times: dict[str, SwitchingTimes], seed: int, watch: Watch) -> dict[str, _Found]:
    """The cheapest schedules of all topologies; with limits that bind, of a pool that holds what they would use."""
    trees = all_trees(case.network)
    free = _without_limits(case.terms)
    costs, problem = horizon_costs(case, trees), Problem(trees, free, case.network.closed)
    found, known = dict[str, _Found](), _good(case, trees, seed)
    for name, at in times.items():
        schedule = _cheapest(problem, costs, (at, known), watch)
        known = np.union1d(known, schedule.indices)
        found[name] = _Found(trees, at.spread(schedule.indices), schedule.proved)
    most = trees.open_lines.shape[1]
    if not _binds(case.terms, most):
        return found
    return _searched(case, times, seed, watch, trees.open_lines[known].astype(np.int64))


def _cheapest(problem: Problem, costs: HorizonCosts, how: tuple[SwitchingTimes, Ints], watch: Watch) -> LongSchedule:
    """The cheapest schedule with given times of switching, from some good trees on."""
    times, known = how

    def go_on() -> bool:
        return watch.go_on("ranking")

    if times.name == "hourly":
        return cheapest_of_all(problem, RowSteps(costs), known, go_on)
    done = bound_days(costs, known, go_on)
    return cheapest_of_all(problem, stretches(costs, times), known, go_on, bounded=done)


def _good(case: LoadCase, trees: TreeSet, seed: int) -> Ints:
    """Rows of trees that cost little in the mean of all rows, and of the initial one."""
    mean_kw, mean_kvar = case.load_kw.mean(axis=0)[None], case.load_kvar.mean(axis=0)[None]
    work = branch_exchange.Effort(seed=seed, keep=20)
    found = branch_exchange.search(case.network, mean_kw, mean_kvar, case.terms, work)
    closed = [case.network.closed, *(found.closed(index) for index in range(len(found)))]
    return np.unique([trees.find(state) for state in closed])


def _searched(
    case: LoadCase, times: dict[str, SwitchingTimes], seed: int, watch: Watch, more: Ints | None = None
) -> dict[str, _Found]:
    """The best schedules over a pool."""
    none = np.zeros((0, int((~case.network.closed).sum())), dtype=np.int64)
    pool = pool_of(case, seed, lambda: watch.go_on("search"), none if more is None else more)
    watch.go_on("schedule")
    return {
        name: _Found(pool.trees, cheapest_of_pool(pool, case.terms, case.network.closed, at), proved=False)
        for name, at in times.items()
    }


def _without_limits(terms: OperatorTerms) -> OperatorTerms:
    return replace(terms, max_per_hour=None, max_per_day=None, min_dwell_steps=None)


def _binds(terms: OperatorTerms, most: int) -> bool:
    """Whether limits on switching can keep a schedule of ``most`` exchangeable lines from anything."""
    in_hour = terms.max_per_hour is not None and terms.max_per_hour < 2 * most
    return in_hour or terms.max_per_day is not None or (terms.min_dwell_steps or 1) > 1
