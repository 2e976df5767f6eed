"""What a lower bound is proved by: prices, and nothing else. Whoever has them can repeat it by arithmetic.

    bound = least cost of stored energy + min over schedules of  sum over hours of B(tree, hour) + switching

with B(tree, hour) at most what both levels pay in that hour on that tree, energy stored and load shifted at their
prices. The minimum is the dynamic programme over all trees that also chooses schedules.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from p2pdnr.coordination.bound.hours import HourBounds
from p2pdnr.coordination.bound.matrix import Floats, Ints
from p2pdnr.coordination.choice import Choice
from p2pdnr.coordination.problem import Problem
from p2pdnr.market.duality import Prices, Storage, storage_bound
from p2pdnr.reconfiguration.bound_arrays import Multipliers
from p2pdnr.reconfiguration.trees import TreeSet

SHARES = (1.0, 0.6, 0.35)
"""Of the withdrawals, at which multipliers are looked for: what has no power flow in full may have one in part."""


@dataclass(frozen=True, eq=False)
class Refined:
    """Prices of N pairs of a tree and an hour that deserved their own.

    ``tree``, ``hour`` (N,) indices; ``prices`` and ``multipliers`` have one column per pair.
    """

    tree: Ints
    hour: Ints
    prices: Prices
    multipliers: Multipliers


@dataclass(frozen=True, eq=False)
class Proof:
    """Prices that join the hours, those of all other pairs of a tree and an hour, and withdrawals ``seen_kw`` (T, n)
    whose power flow on a tree gives the multipliers of its grid."""

    storage: Storage
    prices: Prices
    seen_kw: Floats
    refined: tuple[Refined, ...] = ()


@dataclass(frozen=True, eq=False)
class Bounds:
    """B(tree, hour) of a set of trees: ``stage_eur`` (n_trees, T), and ``storage_eur`` of the horizon."""

    trees: TreeSet
    stage_eur: Floats
    storage_eur: float

    def through(self, problem: Problem, choice: Choice) -> Floats:
        """(n_trees, T) least bound of all schedules that use a tree in an hour."""
        return self.storage_eur + choice.marginals(problem, self.trees, self.stage_eur)


def first_bounds(problem: Problem, trees: TreeSet, choice: Choice, proof: Proof, enough_eur: float) -> Bounds:
    """All trees at the common prices; those that a schedule below ``enough_eur`` could use get further looks."""
    hours = HourBounds(problem, proof.storage, proof.prices, np.arange(problem.hours))
    stage = np.full((len(trees), problem.hours), -np.inf)
    bounds = Bounds(trees, stage, storage_bound(problem.block, proof.storage))
    rows = np.arange(len(trees))
    for share in SHARES:
        stage[rows] = np.fmax(stage[rows], hours.all_trees(trees.open_lines[rows], proof.seen_kw, share))
        rows = np.flatnonzero((bounds.through(problem, choice) < enough_eur).any(axis=1))
    return bounds


def raised(problem: Problem, bounds: Bounds, proof: Proof, refined: Refined) -> None:
    """Raise the bounds of the refined pairs, in place."""
    for tree in np.unique(refined.tree):
        own = np.flatnonzero(refined.tree == tree)
        prices = Prices(*(part[:, own] for part in vars(refined.prices).values()))
        multipliers = Multipliers(*(part[:, own] for part in refined.multipliers))
        hours = HourBounds(problem, proof.storage, prices, refined.hour[own])
        value = hours.one_tree(bounds.trees.open_lines[tree], multipliers)
        place = (np.full(len(own), tree), refined.hour[own])
        bounds.stage_eur[place] = np.fmax(bounds.stage_eur[place], value)


def proved_eur(problem: Problem, trees: TreeSet, choice: Choice, proof: Proof, enough_eur: float) -> float:
    """The bound that a proof gives, by arithmetic and the dynamic programme alone."""
    bounds = first_bounds(problem, trees, choice, proof, enough_eur)
    for refined in proof.refined:
        raised(problem, bounds, proof, refined)
    return float(bounds.through(problem, choice).min())
