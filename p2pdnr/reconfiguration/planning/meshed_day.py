"""A day beside a part that runs meshed for good: every topology in every hour, by the power flow with break points.

The loops that nothing can open are broken (:mod:`p2pdnr.network.break_points`), so that topologies are trees again and
the schedule over them is found as for any others. What flows through the broken lines is found again for each topology
in each hour, so topologies have to be few.
"""

from __future__ import annotations

import numpy as np

from p2pdnr.network import break_points
from p2pdnr.network.arrays import Bools, Floats
from p2pdnr.network.bundles import Bundled
from p2pdnr.network.topology import count_spanning_trees, orient
from p2pdnr.reconfiguration.planning.meshed_loss import MOST_SOLVED
from p2pdnr.reconfiguration.planning.progress import Watch
from p2pdnr.reconfiguration.schedule.pool_growth import Staged
from p2pdnr.reconfiguration.terms import LoadCase, violation_eur
from p2pdnr.reconfiguration.topologies.meshed_parts import refuse_many_loops, refuse_many_topologies
from p2pdnr.reconfiguration.topologies.tree_set import all_trees


def broken_for_days(bundle: Bundled) -> break_points.Broken:
    """The network of a bundle with its fixed loops broken.

    Raises :class:`NetworkError` where these loops or the topologies beside them are too many.
    """
    refuse_many_loops(bundle)
    parts = break_points.broken(bundle.network)
    refuse_many_topologies(bundle, count_spanning_trees(parts.network), MOST_SOLVED)
    return parts


def staged(case: LoadCase, parts: break_points.Broken, watch: Watch) -> Staged:
    """Every topology with its costs, the initial one first; where the time is up those that were solved until then.

    ``case`` is about ``parts.network``, which is radial at the start.
    """
    trees = all_trees(case.network)
    stage_eur = np.empty((len(trees), case.steps))
    initial = trees.find(case.network.closed)
    order = [initial, *np.delete(np.arange(len(trees)), initial).tolist()]
    for done, row in enumerate(order, start=1):
        stage_eur[row] = _stage_eur(case, parts, trees.closed(row))
        if not watch.go_on("ranking") and done < len(order):
            rows = np.sort(order[:done])
            return Staged(trees.subset(rows), stage_eur[rows])
    return Staged(trees, stage_eur)


def _stage_eur(case: LoadCase, parts: break_points.Broken, closed: Bools) -> Floats:
    """(T,) EUR of losses and broken limits in one topology, infinite where it has no power flow."""
    flow = break_points.solve(parts, orient(case.network, closed), case.load_kw, case.load_kvar).flow
    cost = case.terms.loss_eur_per_kw * flow.loss_kw.sum(axis=1)
    cost += violation_eur(case.network, case.terms, flow.vm_pu, flow.current_a)
    return np.where(flow.converged, cost, np.inf)
