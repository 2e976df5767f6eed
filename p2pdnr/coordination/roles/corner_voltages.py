"""A bound on an operator's cost where sun breaks upper voltage limits, which a cone could lower by losing power.

The cost of a tree in an hour is that of losses, lower voltages and currents, and that of upper voltage limits:

    least of the sum  >=  least of the first without upper voltage limits  +  least of the second.

The first is bounded as always (:mod:`p2pdnr.coordination.bound`): without upper limits a cone has nothing to gain by
losing power. For the second no cone is needed. Where power flow is monotone over all that the buses can draw
(:mod:`p2pdnr.network.monotone`), no voltage is below that of the exact power flow at which all draw the most. Where
that is not shown, or without a power flow there, the second part counts nothing.

Both parts may be least at different injections: the second has batteries charge in every hour. So the bound is close
where what can be moved is little beside the sun.

One topology all the time has prices of stored energy of its own. Where a bound at common prices leaves few topologies
below the plan, each of these gets a proof of its own (:class:`Alone`), and the least of all counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from p2pdnr.coordination.bound.matrix import Bools, Floats, Ints
from p2pdnr.coordination.bound.proof import Bounds, Proof, Refined, first_bounds, raise_bounds
from p2pdnr.coordination.bound.search import Found, Task, opening, refine
from p2pdnr.coordination.plans.dispatch import Dispatch
from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.coordination.progress.journal import Journal
from p2pdnr.coordination.schedule.choice import Choice, Static
from p2pdnr.market.duality import INJECTED
from p2pdnr.market.kernel_arrays import BALANCE
from p2pdnr.network.monotone import Interval, is_monotone
from p2pdnr.network.topology import orient
from p2pdnr.reconfiguration.topologies.ranking import evaluate_trees
from p2pdnr.reconfiguration.topologies.tree_set import TreeSet

NO_LIMIT_PU = 10.0
"""An upper voltage limit that no power flow comes near."""

MOST_PAIRS = 4000
"""Of a tree and an hour whose upper voltages are looked at, those of the cheapest schedules first."""

LOOKS = 40
"""At the schedule that costs least so far, to bound its hours by prices of their own."""

MOST_ALONE = 12
"""Trees with a proof of their own."""


@dataclass(frozen=True, eq=False)
class Alone:
    """The proof of one tree, kept all the time."""

    tree: int
    proof: Proof


def search(problem: CoordinationProblem, trees: TreeSet, choice: Choice, plan: Dispatch, journal: Journal) -> Found:
    """Prices, and the bound they prove together with upper voltages; stops early when the time limit passes.

    Raises :class:`SolverError` when the programme of the plan's schedule has no answer.
    """
    raised = without_upper_limits(problem)
    proof, own = opening(raised, trees, plan)
    bounds = first_bounds(raised, trees, choice, proof)
    task, corners = Task(raised, trees, choice, plan, proof, bounds.hours, journal), Corners(problem, trees)
    raise_bounds(raised, bounds, proof, own, None)
    refined, exact = [own], np.zeros(bounds.stage_eur.shape, dtype=np.bool_)
    exact[own.tree, own.hour] = True
    both = corners.added(bounds, choice, plan.total_eur)
    for _ in range(0 if isinstance(choice, Static) else LOOKS):
        pairs = _unrefined(both.through(raised, choice), exact)
        if not len(pairs) or journal.out_of_time:
            break
        journal.check()
        refined.append(refine(task, pairs, 0, None))
        raise_bounds(raised, bounds, proof, refined[-1], None)
        exact[pairs[:, 0], pairs[:, 1]] = True
        both = corners.added(bounds, choice, plan.total_eur)
    return Found(replace(proof, refined=tuple(refined)), _least_eur(raised, choice, both), both.stage_eur)


def alone(
    problem: CoordinationProblem, trees: TreeSet, plan: Dispatch, total_eur: Floats, journal: Journal
) -> list[Alone]:
    """Proofs of single trees, kept all the time, where a common one leaves them below the plan, at ``total_eur``
    (n_trees,), which is raised in place: those of least cost first, until one of these is the least of all."""
    found = list[Alone]()
    while len(found) < MOST_ALONE and not journal.out_of_time:
        tree = int(total_eur.argmin())
        if total_eur[tree] >= plan.total_eur or tree in {item.tree for item in found}:
            break
        journal.check()
        closed = np.tile(trees.closed(tree), (problem.hours, 1))
        own, refined = opening(without_upper_limits(problem), trees.subset([tree]), replace(plan, closed=closed))
        found.append(Alone(tree, replace(own, refined=(refined,))))
        total_eur[tree] = max(total_eur[tree], alone_eur(problem, trees, found[-1]))
    return found


def alone_eur(problem: CoordinationProblem, trees: TreeSet, item: Alone) -> float:
    """What one tree costs at least all the time, by its own proof."""
    return float(totals_eur(problem, trees.subset([item.tree]), item.proof)[0])


def totals_eur(problem: CoordinationProblem, trees: TreeSet, proof: Proof) -> Floats:
    """(n_trees,) what each tree costs at least all the time."""
    return np.asarray(_proved(problem, trees, Static(), proof).through(problem, Static())[:, 0])


def proved_eur(problem: CoordinationProblem, trees: TreeSet, choice: Choice, proof: Proof) -> float:
    """The bound that a proof gives, by arithmetic and exact power flows alone."""
    return _least_eur(problem, choice, _proved(problem, trees, choice, proof))


def proved_alone_eur(problem: CoordinationProblem, trees: TreeSet, proof: Proof, items: Sequence[Alone]) -> float:
    """The same for trees kept all the time, some of which have proofs of their own."""
    total_eur = totals_eur(problem, trees, proof)
    for item in items:
        total_eur[item.tree] = max(total_eur[item.tree], alone_eur(problem, trees, item))
    return float(total_eur.min())


def _proved(problem: CoordinationProblem, trees: TreeSet, choice: Choice, proof: Proof) -> Bounds:
    raised = without_upper_limits(problem)
    bounds = first_bounds(raised, trees, choice, proof)
    for refined in proof.refined:
        raise_bounds(raised, bounds, proof, _without_caps(refined), None)
    return Corners(problem, trees).added(bounds, choice, proof.known_eur)


def without_upper_limits(problem: CoordinationProblem) -> CoordinationProblem:
    """The same problem without upper voltage limits, as far as bounds look at it."""
    return replace(problem, network=replace(problem.network, vm_max_pu=NO_LIMIT_PU))


def _without_caps(refined: Refined) -> Refined:
    """Prices may be any; caps on what the operator pays are none of this bound."""
    return replace(refined, turn=np.zeros_like(refined.turn))


def _least_eur(problem: CoordinationProblem, choice: Choice, both: Bounds) -> float:
    return both.floor(problem, choice, both.through(problem, choice)).least_eur


def _unrefined(through: Floats, exact: Bools) -> Ints:
    """(N, 2) the least schedule's pairs without prices of their own."""
    pairs = np.column_stack([through.argmin(axis=0), np.arange(through.shape[1])])
    return np.asarray(pairs[~exact[pairs[:, 0], pairs[:, 1]]])


class Corners:
    """What broken upper voltage limits cost at least, by tree and hour: ``least_eur`` (n_trees, T), zero where nothing
    is shown; ``shown`` how many pairs of a tree and an hour were looked at."""

    def __init__(self, problem: CoordinationProblem, trees: TreeSet) -> None:
        self.problem, self.trees, self.shown = problem, trees, 0
        self.drawn = drawn_pu(problem)
        self.least_eur: Floats = np.zeros((len(trees), problem.hours))
        self._left_eur: Floats = np.full(self.least_eur.shape, np.nan)

    def added(self, bounds: Bounds, choice: Choice, known_eur: float) -> Bounds:
        """Bounds with upper voltages, as far as it takes to lift schedules above ``known_eur``."""
        while True:
            both = replace(bounds, stage_eur=bounds.stage_eur + self.least_eur)
            through = both.through(self.problem, choice)
            rows = np.flatnonzero((through < known_eur).any(axis=1))
            wanted = _worth_showing(self._left(rows), through[rows], known_eur)[: MOST_PAIRS - self.shown]
            if not len(wanted):
                return both
            for row, hour in wanted:
                self._show(int(rows[row]), int(hour))

    def _left(self, rows: Ints) -> Floats:
        """(R, T) what upper voltages cost at the corner, of pairs that were not looked at; zero of all others."""
        new = rows[np.isnan(self._left_eur[rows, 0])]
        if len(new):
            self._left_eur[new] = corner_eur(self.problem, self.trees.subset(new), self.drawn)
        return np.asarray(self._left_eur[rows])

    def _show(self, tree: int, hour: int) -> None:
        """Count a pair where power flow is monotone, and look at it no more."""
        problem, oriented = self.problem, orient(self.problem.network, self.trees.closed(tree))
        box = Interval(self.drawn.low[hour], self.drawn.high[hour])
        kvar = problem.operator.load_kvar[hour] / problem.network.base_kw
        if is_monotone(problem.network, oriented, box, kvar):
            self.least_eur[tree, hour] = self._left_eur[tree, hour]
        self._left_eur[tree, hour] = 0.0
        self.shown += 1


def _worth_showing(left_eur: Floats, through: Floats, known_eur: float) -> Ints:
    """(N, 2) row and hour: of each row (R, T) the dearest pairs that schedules below ``known_eur`` may use, as many as
    it takes to lift one that uses them all; rows of the cheapest schedules first."""
    eur = np.where(through < known_eur, left_eur, 0.0)
    order = np.argsort(-eur, axis=1, kind="stable")
    sorted_eur = np.take_along_axis(eur, order, axis=1)
    missing_eur = known_eur - through.min(axis=1, initial=np.inf)
    before_eur = np.cumsum(sorted_eur, axis=1) - sorted_eur
    row, place = np.nonzero((sorted_eur > 0.0) & (before_eur < missing_eur[:, None]))
    first = np.argsort(-missing_eur[row], kind="stable")
    return np.column_stack([row, order[row, place]])[first]


def drawn_pu(problem: CoordinationProblem) -> Interval:
    """(T, n) least and most that every bus can draw, whatever prosumers do within their bounds."""
    block = problem.block
    least, most = np.zeros(block.lower.shape[:2]), np.zeros(block.lower.shape[:2])
    for column, sign in INJECTED.items():
        ends = sign * block.lower[:, :, column], sign * block.upper[:, :, column]
        least, most = least + np.minimum(*ends), most + np.maximum(*ends)
    fixed = problem.operator.load_kw.copy()
    np.add.at(fixed.T, problem.prosumer_bus, block.right[:, :, BALANCE])
    low, high = fixed.copy(), fixed
    np.subtract.at(low.T, problem.prosumer_bus, most)
    np.subtract.at(high.T, problem.prosumer_bus, least)
    return Interval(low / problem.network.base_kw, high / problem.network.base_kw)


def corner_eur(problem: CoordinationProblem, trees: TreeSet, drawn: Interval) -> Floats:
    """(n_trees, T) what broken upper voltage limits cost where every bus draws the most of ``drawn`` (T, n), by exact
    power flow; zero without one."""
    lines = np.full(problem.network.n_lines, np.inf)
    alone = replace(problem.network, vm_min_pu=0.0, limit_a=lines)
    most_kw = drawn.high * problem.network.base_kw
    found = evaluate_trees(alone, trees, most_kw, problem.operator.load_kvar, problem.terms)
    return np.where(found.converged, found.violation_eur, 0.0)
