"""The trees that may still be used while switches are being frozen, and the ranking that removes some."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.coordination.progress.frames import Survivors
from p2pdnr.coordination.schedule.choice import Choice
from p2pdnr.reconfiguration.topologies.graph_reduction import free_binaries, free_lines
from p2pdnr.reconfiguration.topologies.ranking import TreeSet

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Kept:
    """The trees that may still be used, ``trees``, and in which hours, ``mask`` (n_trees, T); ``within`` trees were
    within the margin, of which the best are kept."""

    trees: TreeSet
    mask: Bools
    within: int = 0

    @property
    def free_binaries(self) -> int:
        """Lines, summed over hours, on which the kept trees differ."""
        return free_binaries(self.trees.open_lines.astype(np.int64), self.mask)

    def free_lines(self, n_lines: int) -> Bools:
        """(T, m) lines on which the kept trees of an hour differ."""
        return free_lines(self.trees.open_lines.astype(np.int64), self.mask, n_lines)

    @property
    def survivors(self) -> Survivors:
        """How many trees are kept in each hour, and on which lines they differ."""
        count, opened = self.mask.sum(axis=0), self.trees.open_lines.astype(np.int64)
        is_open = np.zeros((len(opened), int(opened.max(initial=-1)) + 1))
        is_open[np.arange(len(opened))[:, None], opened] = 1.0
        share = self.mask.T.astype(np.float64) @ is_open
        undecided = (share > 0.0) & (share < count[:, None])
        return Survivors(tuple(count.tolist()), tuple(tuple(np.flatnonzero(row).tolist()) for row in undecided))


@dataclass(frozen=True, eq=False)
class Ranked:
    """Kept trees with what each costs, ``stage_eur`` (n_trees, T), and ``offered_eur``, the same for those among which
    the next schedule is chosen and infinite for all others."""

    kept: Kept
    stage_eur: Floats
    offered_eur: Floats


def keep(problem: CoordinationProblem, ranked: Ranked, choice: Choice, margin: float, most: int) -> tuple[Kept, Ints]:
    """The trees within ``margin`` of the best schedule, ``most`` at most, and that schedule; with margin zero, its
    trees alone."""
    kept, stage_eur = ranked.kept, ranked.stage_eur
    best, hours = choice.best(problem, kept.trees, ranked.offered_eur), np.arange(problem.hours)
    near, within = np.zeros_like(kept.mask), 0
    if margin > 0.0:
        marginals = choice.marginals(problem, kept.trees, stage_eur)
        excess_eur = np.where(kept.mask, marginals - marginals[best, hours].min(), np.inf)
        margin_eur = margin * max(1.0, float(stage_eur[best, hours].sum()))
        within = int((excess_eur.min(axis=1) <= margin_eur).sum())
        near = _near(excess_eur, margin_eur, most)
    near[best, hours] = True
    mask = kept.mask & near
    rows = np.flatnonzero(mask.any(axis=1))
    return Kept(kept.trees.subset(rows), mask[rows], within), np.searchsorted(rows, best)


def _near(excess_eur: Floats, margin_eur: float, most: int) -> Bools:
    """(n_trees, T) what lies within the margin, of the ``most`` best trees alone and no further than the last of them.

    Where many trees are alike no margin tells them apart.
    """
    least_eur = excess_eur.min(axis=1)
    best = np.argsort(least_eur, kind="stable")[:most]
    widest_eur = float(least_eur[best[-1]]) if len(least_eur) > most else np.inf
    near = np.zeros(excess_eur.shape, dtype=np.bool_)
    near[best] = excess_eur[best] <= min(margin_eur, widest_eur)
    return near
