"""What topologies cost beside loops that nothing can open, each by the power flow with break points."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from p2pdnr.network import break_points
from p2pdnr.network.arrays import Bools, Floats, Ints
from p2pdnr.network.topology import orient
from p2pdnr.reconfiguration.terms import LoadCase, violation_eur
from p2pdnr.reconfiguration.topologies.tree_set import TreeSet


def stage_eur(case: LoadCase, parts: break_points.Broken, closed: Bools) -> Floats:
    """(T,) EUR of losses and broken limits in one topology, infinite where it has no power flow; ``case`` is about
    ``parts.network``."""
    flow = break_points.solve(parts, orient(case.network, closed), case.load_kw, case.load_kvar).flow
    cost = case.terms.loss_eur_per_kw * flow.loss_kw.sum(axis=1)
    cost += violation_eur(case.network, case.terms, flow.vm_pu, flow.current_a)
    return np.where(flow.converged, cost, np.inf)


def table_eur(case: LoadCase, parts: break_points.Broken, trees: TreeSet) -> Floats:
    """(n_trees, T) the same of all topologies."""
    return np.array([stage_eur(case, parts, trees.closed(row)) for row in range(len(trees))])


def until(
    case: LoadCase, parts: break_points.Broken, trees: TreeSet, order: Ints, go_on: Callable[[], bool]
) -> tuple[Ints, Floats]:
    """Topologies in an order until ``go_on`` ends it, at least the first: their rows, ascending, and their costs
    (k, T)."""
    rows = list[int]()
    costs = list[Floats]()
    for row in order.tolist():
        rows.append(row)
        costs.append(stage_eur(case, parts, trees.closed(row)))
        if not go_on():
            break
    place = np.argsort(rows)
    return np.array(rows, dtype=np.int64)[place], np.array(costs)[place]
