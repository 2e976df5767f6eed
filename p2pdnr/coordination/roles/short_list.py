"""Topologies for an operator that keeps its limits: those on which what must be given up is worth least.

Giving up is worked out hour by hour and takes long, so that it is done on a short list: of the topologies that break
limits at what the market wants, the cheapest by the price of violations, in every hour or, where one topology holds all
the time, over all hours. Those that break nothing cost what they lose.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from p2pdnr.coordination.modes import choices
from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.coordination.progress.journal import Journal
from p2pdnr.coordination.schedule.tree_costs import ranked, schedule_closed
from p2pdnr.errors import SolverError
from p2pdnr.reconfiguration.topologies.ranking import TreeSet

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

SHORT_LIST = 16
"""Topologies that break limits and are looked at with what must be given up on them."""

CostOf = Callable[[Bools, int], float]
"""EUR of losses and of what must be given up, on lines closed (m,) in an hour; infinite where limits cannot be kept."""


def by_worth(
    problem: CoordinationProblem, trees: TreeSet, mode: str, asked: tuple[Floats, Bools], cost_of: CostOf
) -> Bools | None:
    """(T, m) the schedule of least losses, switching and worth of what is given up; None where no schedule of the mode
    keeps its limits. ``asked``: injections (K, T), and in which hours (T,) some limit breaks as things are.

    In an hour of which no topology of the short list keeps the limits the price of violations decides.
    """
    injection_kw, broken = asked
    ranking = ranked(problem, trees, injection_kw)
    by_price, hours = ranking.stage_cost(problem.terms), np.arange(problem.hours)
    cost = np.where(ranking.violation_eur > 0.0, np.inf, by_price)
    shown = by_price.sum(axis=1, keepdims=True).repeat(problem.hours, axis=1) if mode == "static" else by_price
    for hour in hours[broken] if mode == "hourly" else hours:
        for tree in np.argsort(shown[:, hour], kind="stable")[:SHORT_LIST]:
            if ranking.violation_eur[tree, hour] > 0.0 and ranking.converged[tree, hour]:
                cost[tree, hour] = cost_of(trees.closed(int(tree)), int(hour))
    hopeless = np.isinf(cost).all(axis=0)
    cost[:, hopeless] = by_price[:, hopeless]
    try:
        return schedule_closed(trees, choices(Journal())[mode].best(problem, trees, cost))
    except SolverError:
        return None
