"""The topology step as a mixed-integer cone programme for every hour, over the lines that the reduction has left.

The reduction ranks trees and keeps those near the best; lines on which the kept trees of an hour agree are frozen. In
each round the programme then picks a tree at the operator's target injections, by switching the other lines, and the
schedule is chosen among the trees that were picked and those in use.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.coordination.progress.journal import Programme
from p2pdnr.coordination.schedule.kept_trees import Kept
from p2pdnr.coordination.schedule.settings import SearchSettings
from p2pdnr.network.topology import is_radial
from p2pdnr.reconfiguration.models import misocp
from p2pdnr.reconfiguration.topologies.ranking import TreeSet

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Undecided:
    """The trees in use ``closed`` and the lines that are left to decide, ``free``; both (T, m)."""

    closed: Bools
    free: Bools


def pick(
    problem: CoordinationProblem, undecided: Undecided, injection_kw: Floats, cost_eur: Floats, settings: SearchSettings
) -> tuple[Bools, list[Programme]]:
    """(T, m) trees picked by the programmes of all hours, and how those ended.

    Parameters: ``injection_kw`` (K, T) target injections, ``cost_eur`` (T,) losses and violations of the trees in use
    at these, which a tree must not exceed.
    """
    load_kw, load_kvar = problem.net_load_kw(injection_kw), problem.operator.load_kvar
    closed, free, picked = undecided.closed, undecided.free, undecided.closed.copy()
    ended = []
    price = max(problem.terms.loss_price_eur_per_kwh, misocp.LEAST_LOSS_PRICE) * problem.step_h
    for hour in np.flatnonzero(free.any(axis=1) & np.isfinite(cost_eur) & (cost_eur > 0.0)).tolist():
        most_kw = (1.0 + settings.programme_slack) * float(cost_eur[hour]) / price
        found = misocp.solve(
            problem.operator.hourly.at(hour).with_(closed=closed[hour]),
            (load_kw[hour], load_kvar[hour]),
            misocp.Wanted(most_kw, free[hour], problem.terms),
            time_limit_s=settings.programme_s,
        )
        if found.closed is not None and is_radial(problem.network, found.closed):
            picked[hour] = found.closed
        changed = bool((picked[hour] != closed[hour]).any())
        ended.append(Programme(hour, found.binaries, found.proved, changed))
    return picked, ended


def joined(kept: Kept, picked: Bools, undecided: Undecided) -> tuple[Kept, Bools]:
    """Kept trees with the ``picked`` (T, m) among them, and (n_trees,) which of them were picked or are in use. A
    picked tree is kept in every hour in which it differs from the one in use on free lines alone."""
    trees = kept.trees
    known = {trees.closed(index).tobytes() for index in range(len(trees))}
    fresh = {row.tobytes(): row for row in picked if row.tobytes() not in known}
    rows = np.array([np.flatnonzero(~row) for row in fresh.values()], dtype=trees.open_lines.dtype)
    open_lines = np.vstack([trees.open_lines, rows.reshape(-1, trees.open_lines.shape[1])])
    everything = TreeSet(open_lines, trees.n_lines, complete=False)
    added = [~((row != undecided.closed) & ~undecided.free).any(axis=1) for row in fresh.values()]
    mask = np.vstack([kept.mask, *added]) if added else kept.mask
    chosen = {row.tobytes() for row in (*picked, *undecided.closed)}
    offered = np.array([everything.closed(index).tobytes() in chosen for index in range(len(everything))])
    return Kept(everything, mask), offered
