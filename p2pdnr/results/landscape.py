"""All radial topologies at the injections of a plan: what each would cost and lose, and the places of those in use."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from p2pdnr.coordination.plans.dispatch import Dispatch
from p2pdnr.coordination.problem import CoordinationProblem, given
from p2pdnr.coordination.schedule.tree_costs import ranked
from p2pdnr.network.arrays import Floats
from p2pdnr.reconfiguration.topologies.ranking import TreeSet


def all_topologies(
    problem: CoordinationProblem, trees: TreeSet | None, item: Dispatch
) -> tuple[Floats | None, Floats | None]:
    """(n_trees, T) losses and violations in EUR at the dispatched injections, and (T, n_trees) sorted losses in kW."""
    if trees is None:
        return None, None
    ranking = ranked(given(problem, item.reactive_kvar), trees, item.response.injection_kw)
    losses_kw = np.ascontiguousarray(np.where(ranking.converged, ranking.loss_kw, np.nan).T)
    problem.backend.map(np.ndarray.sort, losses_kw)
    return ranking.stage_cost(problem.terms), losses_kw


def ranks_of(trees: TreeSet, item: Dispatch, stage_eur: Floats) -> npt.NDArray[np.int64]:
    """(T,) place of every hour's tree by loss and violation at the dispatched injections."""
    own = trees.places(item.closed)
    cost = stage_eur[own, np.arange(len(own))]
    return np.asarray(1 + (stage_eur < cost - 1e-9).sum(axis=0), dtype=np.int64)
