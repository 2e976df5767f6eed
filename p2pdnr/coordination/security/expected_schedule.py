"""The schedule that costs least over drawn days (sample average), among topologies that promise most."""

from __future__ import annotations

import numpy as np

from p2pdnr.coordination.plans.dispatch import Dispatch
from p2pdnr.coordination.problem import Problem
from p2pdnr.coordination.security.settings import SecuritySettings
from p2pdnr.errors import SolverError
from p2pdnr.network.arrays import Bools, Floats, Ints
from p2pdnr.reconfiguration.schedule import pruning
from p2pdnr.reconfiguration.topologies.ranking import TreeSet, landscape


def over_days(
    problem: Problem, trees: TreeSet, plan: Dispatch, loads: tuple[Floats, Floats], settings: SecuritySettings
) -> Bools | None:
    """(T, m) the schedule of least expected losses, violations (true limits) and switching; None where none keeps the
    limits on switching.

    ``loads`` are the withdrawals (N, T, n) of the plan on the days; the first of them count, evenly. Topologies are
    those of the plan, and of every hour the best on the day as forecast.
    """
    load_kw, load_kvar = problem.net_load_kw(plan.response.injection_kw), problem.operator.load_kvar
    as_forecast = landscape(problem.network, trees, load_kw, load_kvar, problem.terms).stage_cost(problem.terms)
    rows = np.union1d(_promising(as_forecast, settings), trees.places(plan.closed))
    some = trees.subset(rows)
    p_kw, q_kvar = (part[: settings.scenarios].transpose(1, 0, 2) for part in loads)
    hours, days, n = p_kw.shape
    stage = np.empty((len(some), hours))
    for hour in range(hours):
        ranked = landscape(problem.network, some, p_kw[hour], q_kvar[hour], problem.terms)
        stage[:, hour] = ranked.stage_cost(problem.terms).mean(axis=1)
    assert days and n == problem.network.n_buses
    try:
        found = pruning.cheapest(stage, some, problem.terms, problem.network.closed)[0]
    except SolverError:
        return None
    return np.array([some.closed(int(index)) for index in found.indices])


def _promising(stage_eur: Floats, settings: SecuritySettings) -> Ints:
    """Topologies that are among the best of an hour, at most so many, those that are best in more hours first."""
    each = min(settings.hours_trees, len(stage_eur))
    best = np.argpartition(stage_eur, each - 1, axis=0)[:each].ravel()
    rows, times = np.unique(best, return_counts=True)
    return rows[np.argsort(-times, kind="stable")[: settings.most_trees]]
