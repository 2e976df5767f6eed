"""What proves a lower bound: prices, and nothing else. With them anybody can repeat it by arithmetic.

    bound = least cost of stored energy + min over schedules of  sum over hours of B(tree, hour) + switching

with B(tree, hour) at most what both levels pay in that hour on that tree, energy stored and load shifted at their
prices. The minimum is the dynamic programme over all trees that also chooses schedules; where lines have to rest, or a
daily budget is too large for it, a relaxation of it and a search that is bounded from below.

A plan that costs no more than some known one can spend on losses and violations in an hour at most what the known one
costs, less the least that everything else costs. Such a cap limits currents from above
(:mod:`p2pdnr.reconfiguration.lagrangian.secant_cuts`), which raises bounds, which lowers caps. The bound that comes of
it is that of plans which cost no more than the known one, so the smaller of both is one for all plans.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from p2pdnr.coordination.bound.hours import HourBounds
from p2pdnr.coordination.bound.matrix import Floats, Ints
from p2pdnr.coordination.bound.step_prices import JoiningPrices, StepPrices, fixed_eur
from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.coordination.schedule.choice import Choice, Floor
from p2pdnr.market.duality import Prices, Storage, storage_bound
from p2pdnr.reconfiguration.lagrangian.all_trees import Seen
from p2pdnr.reconfiguration.lagrangian.one_tree import Multipliers
from p2pdnr.reconfiguration.topologies.tree_set import TreeSet

NOTHING_EUR = -1e12
"""A bound of a tree in an hour that says nothing."""

SHARES = (1.0, 0.6, 0.35)
"""Of the withdrawals, at which multipliers are looked for: what has no power flow in full may have one in part."""


@dataclass(frozen=True, eq=False)
class Refined:
    """Prices of N pairs of a tree and an hour that have prices of their own.

    ``tree``, ``hour`` (N,) indices; ``turn`` (N,): 0 without caps, 1 with those that turn 0 leads to, and so on;
    ``prices`` and ``multipliers`` have one column per pair.
    """

    tree: Ints
    hour: Ints
    turn: Ints
    prices: Prices
    multipliers: Multipliers


@dataclass(frozen=True, eq=False)
class Proof:
    """Prices that join the hours, those of all other pairs of a tree and an hour, and withdrawals ``seen_kw`` (T, n)
    whose power flow on a tree gives the multipliers of its grid, with ``seen`` where inverters give reactive power or
    levers move, and then ``steps`` the prices of their steps; ``known_eur`` is the known plan's cost, ``also_seen_kw``
    (S, T, n) further withdrawals to look at."""

    storage: Storage
    prices: Prices
    seen_kw: Floats
    known_eur: float
    refined: tuple[Refined, ...] = ()
    seen: Seen | None = None
    also_seen_kw: Floats | None = None
    steps: StepPrices | None = None

    @property
    def joining(self) -> JoiningPrices:
        """The prices that take the hours apart."""
        return JoiningPrices(self.storage, self.steps)


@dataclass(frozen=True, eq=False)
class Bounds:
    """B(tree, hour) of a set of trees: ``stage_eur`` (n_trees, T), ``storage_eur`` what the prices that join the hours
    say of the horizon, and ``hours``, the bounds at the common prices."""

    trees: TreeSet
    hours: HourBounds
    stage_eur: Floats
    storage_eur: float

    def through(self, problem: CoordinationProblem, choice: Choice) -> Floats:
        """(n_trees, T) what all schedules that use a tree in an hour cost at least."""
        return self.storage_eur + choice.marginals(problem, self.trees, self.stage_eur)

    def floor(self, problem: CoordinationProblem, choice: Choice, through: Floats) -> Floor:
        """What all schedules cost at least, given :meth:`through`."""
        found = choice.floor(problem, self.trees, self.stage_eur, through - self.storage_eur)
        return replace(found, least_eur=self.storage_eur + found.least_eur)

    def look(self, rows: Ints, proof: Proof, seen_kw: Floats, share: float = 1.0) -> None:
        """Raise the bounds of the trees ``rows`` in place, multipliers taken at a share of withdrawals (T, n)."""
        found = self.hours.all_trees(self.trees.open_lines[rows], seen_kw, share, proof.seen)
        self.stage_eur[rows] = np.fmax(self.stage_eur[rows], found)

    def open(self, problem: CoordinationProblem, choice: Choice, known_eur: float) -> Ints:
        """The trees through which some schedule may cost less than ``known_eur``."""
        return np.flatnonzero((self.through(problem, choice) < known_eur).any(axis=1))

    def caps_eur(self, through: Floats, known_eur: float) -> Floats:
        """(n_trees, T) the most the operator pays on a tree in an hour in any plan that costs no more than
        ``known_eur``."""
        return known_eur - through + self.stage_eur - self.hours.without_grid_eur


def first_bounds(problem: CoordinationProblem, trees: TreeSet, choice: Choice, proof: Proof) -> Bounds:
    """All trees at the common prices; those that a schedule below the known cost could use get further looks."""
    hours = HourBounds(problem, proof.joining, proof.prices, np.arange(problem.hours))
    stage = np.full((len(trees), problem.hours), NOTHING_EUR)
    joining_eur = storage_bound(problem.block, proof.storage) + fixed_eur(problem, proof.steps)
    bounds = Bounds(trees, hours, stage, joining_eur)
    rows = np.arange(len(trees))
    for share in SHARES:
        bounds.look(rows, proof, proof.seen_kw, share)
        rows = bounds.open(problem, choice, proof.known_eur)
    for seen_kw in () if proof.also_seen_kw is None else proof.also_seen_kw:
        bounds.look(rows, proof, seen_kw)
        rows = bounds.open(problem, choice, proof.known_eur)
    return bounds


def raise_bounds(
    problem: CoordinationProblem, bounds: Bounds, proof: Proof, refined: Refined, caps_eur: Floats | None
) -> None:
    """Raise the bounds of the refined pairs in place, where the operator pays at most ``caps_eur`` (n_trees, T)."""
    for tree in np.unique(refined.tree):
        own = np.flatnonzero(refined.tree == tree)
        prices = refined.prices.of(own)
        multipliers = Multipliers(*(part[:, own] for part in refined.multipliers))
        hours = HourBounds(problem, proof.joining, prices, refined.hour[own])
        place = (np.full(len(own), tree), refined.hour[own])
        cap_eur = None if caps_eur is None else caps_eur[place]
        value = hours.one_tree(bounds.trees.open_lines[tree], multipliers, cap_eur)
        bounds.stage_eur[place] = np.fmax(bounds.stage_eur[place], value)


def proved_eur(problem: CoordinationProblem, trees: TreeSet, choice: Choice, proof: Proof) -> float:
    """The bound that a proof gives, by arithmetic and the dynamic programme alone."""
    bounds = first_bounds(problem, trees, choice, proof)
    caps_eur = None
    turns = max((int(item.turn.max(initial=0)) for item in proof.refined), default=0)
    for turn in range(turns + 1):
        for refined in proof.refined:
            raise_bounds(problem, bounds, proof, _of_turn(refined, turn), caps_eur)
        through = bounds.through(problem, choice)
        caps_eur = bounds.caps_eur(through, proof.known_eur)
    least_eur = bounds.floor(problem, choice, through).least_eur
    return min(least_eur, proof.known_eur) if turns else least_eur


def _of_turn(refined: Refined, turn: int) -> Refined:
    """The pairs of one turn."""
    own = np.flatnonzero(refined.turn == turn)
    prices = refined.prices.of(own)
    multipliers = Multipliers(*(part[:, own] for part in refined.multipliers))
    return Refined(refined.tree[own], refined.hour[own], refined.turn[own], prices, multipliers)
