"""A day beside a part that runs meshed for good, by the power flow with break points.

The loops that nothing can open are broken (:mod:`p2pdnr.network.break_points`), so that topologies are trees again and
the schedule over them is found as for any others. What flows through the broken lines is found again for each topology
in each hour. Where topologies are few each of them is solved; where they are many the search for others goes with what
flows at break points in the best schedule so far, what it finds is solved exactly, and that is done again until the
schedule gets no cheaper.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from p2pdnr.network import break_points
from p2pdnr.network.arrays import Bools, Floats
from p2pdnr.network.bundles import Bundled
from p2pdnr.network.topology import count_spanning_trees, orient
from p2pdnr.reconfiguration.planning.meshed_loss import MOST_SOLVED
from p2pdnr.reconfiguration.planning.progress import Watch
from p2pdnr.reconfiguration.planning.settings import PlanningSettings
from p2pdnr.reconfiguration.schedule import meshed_stages, pool_growth
from p2pdnr.reconfiguration.schedule.pool_growth import Staged
from p2pdnr.reconfiguration.schedule.pruning import cheapest
from p2pdnr.reconfiguration.terms import LoadCase
from p2pdnr.reconfiguration.topologies import branch_exchange
from p2pdnr.reconfiguration.topologies.meshed_parts import refuse_many_loops
from p2pdnr.reconfiguration.topologies.tree_set import TreeSet, all_trees

MOST_ROUNDS = 3
"""Searches, each with the flows at break points of the best schedule so far."""


def broken_for_days(bundle: Bundled) -> break_points.Broken:
    """The network of a bundle with its fixed loops broken.

    Raises :class:`NetworkError` where these loops are too many.
    """
    refuse_many_loops(bundle)
    return break_points.broken(bundle.network)


def are_few(parts: break_points.Broken) -> bool:
    """Whether the topologies beside the loops are so few that each is solved."""
    return 0 < count_spanning_trees(parts.network) <= MOST_SOLVED


def staged(case: LoadCase, parts: break_points.Broken, watch: Watch) -> Staged:
    """Every topology with its costs, the initial one first; where the time is up those that were solved until then.

    ``case`` is about ``parts.network``, which is radial at the start.
    """
    trees = all_trees(case.network)
    initial = trees.find(case.network.closed)
    order = np.concatenate([[initial], np.delete(np.arange(len(trees)), initial)])
    rows, stage_eur = meshed_stages.until(case, parts, trees, order, lambda: watch.go_on("ranking"))
    return Staged(trees if len(rows) == len(trees) else trees.subset(rows), stage_eur)


def searched(case: LoadCase, parts: break_points.Broken, settings: PlanningSettings, watch: Watch) -> Staged:
    """Topologies that searches find, with their costs, the initial one among them."""
    initial = np.flatnonzero(~case.network.closed)[None].astype(np.int32)
    found = _solved(case, parts, TreeSet(initial, case.network.n_lines, complete=False), watch)
    least, closed = np.inf, np.tile(case.network.closed, (case.steps, 1))
    for _ in range(MOST_ROUNDS):
        held = _with_drawn(case, parts, closed)
        effort = branch_exchange.Effort(seed=settings.seed, watch=lambda _cost: watch.go_on("search"))
        near = pool_growth.searched(held, effort, lambda: watch.go_on("schedule"), settings.schedule)
        found = _joined(found, _solved(case, parts, _new(near, found.trees), watch))
        indices = cheapest(found.stage_eur, found.trees, case.terms, case.network.closed, settings.schedule)[0].indices
        closed = np.array([found.trees.closed(int(index)) for index in indices])
        cost = _cost_eur(case, found, closed)
        if not cost < least or watch.ended != "done":
            break
        least = cost
    return found


def _solved(case: LoadCase, parts: break_points.Broken, trees: TreeSet, watch: Watch) -> Staged:
    if not len(trees):
        return Staged(trees, np.zeros((0, case.steps)))
    rows, stage_eur = meshed_stages.until(case, parts, trees, np.arange(len(trees)), lambda: watch.go_on("ranking"))
    return Staged(trees.subset(rows), stage_eur)


def _new(near: Staged, known: TreeSet) -> TreeSet:
    """The trees that promise most, without those that are known: the best of every hour and over all hours."""
    each = max(1, MOST_SOLVED // (2 * near.stage_eur.shape[1]))
    best = np.argsort(near.stage_eur, axis=0, kind="stable")[:each].ravel()
    over_all = np.argsort(near.stage_eur.sum(axis=1), kind="stable")[: MOST_SOLVED // 2]
    rows = np.union1d(best, over_all)
    met = {row.tobytes() for row in known.open_lines}
    return near.trees.subset(
        np.array([row for row in rows if near.trees.open_lines[row].tobytes() not in met], dtype=np.int64)
    )


def _joined(first: Staged, second: Staged) -> Staged:
    trees = TreeSet(np.vstack([first.trees.open_lines, second.trees.open_lines]), first.trees.n_lines, complete=False)
    return Staged(trees, np.vstack([first.stage_eur, second.stage_eur]))


def _cost_eur(case: LoadCase, found: Staged, closed: Bools) -> float:
    """Of a schedule over trees that are known."""
    places = found.trees.places(closed)
    states = np.array([case.network.closed, *closed, *([case.network.closed] if case.terms.return_to_initial else [])])
    moved = np.abs(np.diff(states.astype(np.int64), axis=0)).sum(axis=0)
    return float(found.stage_eur[places, np.arange(case.steps)].sum() + moved @ case.terms.switching_cost_eur)


def _with_drawn(case: LoadCase, parts: break_points.Broken, closed: Bools) -> LoadCase:
    """The case with what break points draw in a schedule (T, m) as loads."""
    drawn = [_drawn(case, parts, row, hour) for hour, row in enumerate(closed)]
    load_kw, load_kvar = (np.array([one[part] for one in drawn]) for part in (0, 1))
    return replace(case, load_kw=case.load_kw + load_kw, load_kvar=case.load_kvar + load_kvar)


def _drawn(case: LoadCase, parts: break_points.Broken, closed: Bools, hour: int) -> tuple[Floats, Floats]:
    """(n,) each in kW and kvar; nothing where there is no power flow."""
    tree = orient(case.network, closed)
    found = break_points.solve(parts, tree, case.load_kw[[hour]], case.load_kvar[[hour]])
    if not found.flow.converged[0]:
        return np.zeros(case.network.n_buses), np.zeros(case.network.n_buses)
    return found.p_kw[0], found.q_kvar[0]
