"""Branch and bound over the states of the chains, best first.

A node of the search is a set of states that are still possible. Its relaxation bounds every topology made of them;
states that would cost more than the incumbent are ruled out; the rest is split along one chain, whose states are in
order, so that about half of its weight lies on either side. The chain is chosen by how evenly it splits and by how much
earlier splits along it raised the bound (pseudo-costs: Benichou et al. 1971). Nodes are relaxed a few at a time, on all
cores; which ones does not depend on the clock.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field, replace

import numpy as np

from p2pdnr.network.arrays import Bools, Floats, Ints
from p2pdnr.network.topology import is_radial
from p2pdnr.reconfiguration.bounds.cones import ConeProgramme, Relaxed, relax
from p2pdnr.reconfiguration.bounds.grid import BoundedGrid
from p2pdnr.reconfiguration.bounds.states import StateOrder
from p2pdnr.reconfiguration.terms import OperatorTerms
from p2pdnr.reconfiguration.topologies.ranking import evaluate, share

PROVED = 1e-6
"""A loss counts as the least when the bound is above it less this share."""

SAME = 1e-9
"""Losses that differ by less than this share are the same."""

BROKEN_EUR = 1e-6
"""Violations up to this, at 1000 EUR/kWh, are rounding of a limit that binds."""

BATCH = 4
"""Nodes relaxed at a time."""

MOST_RISE = 0.02
"""Rise of a bound from which on more says no more about a chain."""
LEAST_WEIGHT = 1e-6
"""Weight that counts as none on one side of a split."""
FORETASTE = 2
"""Splits of average effect that every chain is taken to have had."""


@dataclass(frozen=True, order=True)
class Node:
    """States that are alive (Y,), a bound on every topology made of them, and the chain it was split off along (-1)."""

    bound: float
    number: int
    alive: Bools = field(compare=False)
    chain: int = field(compare=False, default=-1)


@dataclass(frozen=True, eq=False)
class SearchProgress:
    """Where a search stands; losses and bounds are shares of the loss it started from.

    ``bound``: no topology loses less; ``incumbent``: the least loss met, of the lines ``closed`` (m,) unless it is the
    one the search started from; ``nodes``: relaxations solved; ``finished``: nothing is left to look at.
    """

    bound: float
    incumbent: float
    closed: Bools | None
    nodes: int
    finished: bool

    @property
    def proved(self) -> bool:
        """Whether the incumbent is the least loss."""
        return self.bound >= self.incumbent * (1.0 - PROVED)


@dataclass(frozen=True, eq=False)
class NodeOutcome:
    """Result of a node: the topology read off its relaxation with its loss, infinite where that is no topology, and the
    parts that the node was split in. ``settled`` bounds what was dropped without a part; ``rise`` is that of the bound.
    """

    loss: float
    closed: Bools | None
    settled: float
    parts: tuple[Node, ...]
    rise: float = 0.0


class PseudoCosts:
    """How much splits along each chain have raised bounds so far."""

    def __init__(self, chains: int) -> None:
        self._rises, self._splits = (np.zeros(chains) for _ in range(2))

    def merit(self) -> Floats:
        """(chains,) mean rise of the bound after splits along each chain."""
        mean = self._rises.sum() / max(self._splits.sum(), 1.0) or 1.0
        return np.asarray((self._rises + FORETASTE * mean) / (self._splits + FORETASTE))

    def learn(self, chain: int, rise: float) -> None:
        """A split along ``chain`` (-1: none) raised the bound of a part by so much."""
        if chain >= 0:
            self._rises[chain] += min(rise, MOST_RISE)
            self._splits[chain] += 1.0


class BranchAndBound:
    """The open nodes and the best topology met; ``work`` counts the columns of programmes that were solved."""

    def __init__(self, grid: BoundedGrid, programme: ConeProgramme) -> None:
        self._grid, self._programme = grid, programme
        self._open = [Node(0.0, 0, np.ones(programme.n_states, dtype=np.bool_))]
        self._settled, self._numbered = 1.0, 1
        self._costs = PseudoCosts(len(grid.backbone.chains))
        self.work = 0
        self.progress = SearchProgress(0.0, 1.0, None, 0, False)

    def advance(self, most: int = BATCH) -> None:
        """Relax the most promising nodes, at most so many."""
        nodes = [heapq.heappop(self._open) for _ in range(min(most, len(self._open)))]
        outcomes: list[NodeOutcome | None] = [None] * len(nodes)
        cutoff, merit = self.progress.incumbent, self._costs.merit()

        def visit_one(place: int) -> None:
            outcomes[place] = visit(self._grid, self._programme, nodes[place], cutoff, merit)

        try:
            share(visit_one, range(len(nodes)))
        except KeyboardInterrupt:
            for node in nodes:
                heapq.heappush(self._open, node)
            raise
        for node, outcome in zip(nodes, outcomes, strict=True):
            assert outcome is not None
            self._costs.learn(node.chain, outcome.rise)
            self._record(outcome)
        self.work += len(nodes) * len(self._programme.linear)
        self._summarise(len(nodes))

    def _record(self, outcome: NodeOutcome) -> None:
        if outcome.loss < self.progress.incumbent * (1.0 - SAME):
            self.progress = replace(self.progress, incumbent=outcome.loss, closed=outcome.closed)
        self._settled = min(self._settled, outcome.settled)
        for part in outcome.parts:
            heapq.heappush(self._open, replace(part, number=self._numbered))
            self._numbered += 1

    def _summarise(self, visited: int) -> None:
        """The least bound of what is open or was settled, and of the incumbent."""
        before = self.progress
        waiting = self._open[0].bound if self._open else np.inf
        bound = float(min(waiting, self._settled, before.incumbent))
        finished = waiting >= before.incumbent * (1.0 - PROVED)
        self.progress = replace(before, bound=bound, nodes=before.nodes + visited, finished=finished)


def visit(grid: BoundedGrid, programme: ConeProgramme, node: Node, cutoff: float, merit: Floats) -> NodeOutcome:
    """Relax a node, rule out what costs more than ``cutoff``, and split the rest; ``merit`` (chains,) of each chain."""
    relaxed = relax(programme, node.alive)
    bound = max(node.bound, relaxed.bound)
    closed = rounded(grid, relaxed)
    loss = loss_of(grid, closed)
    known = min(cutoff, loss)
    nothing = NodeOutcome(loss, closed, bound, (), bound - node.bound)
    if bound >= known * (1.0 - PROVED):
        return nothing
    alive = node.alive & (relaxed.at_one < known)
    order, chains = grid.states.order, len(grid.backbone.chains)
    left = np.bincount(grid.states.chain[alive], minlength=chains)
    if (left == 0).any():
        return replace(nothing, settled=np.inf)
    if (left == 1).all():
        only = closed_lines(grid, np.flatnonzero(alive))
        return replace(nothing, loss=loss_of(grid, only), closed=only, settled=np.inf)
    return replace(nothing, settled=np.inf, parts=split(order, Node(bound, 0, alive), relaxed.weight, merit))


def split(order: StateOrder, node: Node, weight: Floats, merit: Floats) -> tuple[Node, Node]:
    """Two parts along the chain whose weight is spread most evenly over both, evenness times ``merit`` (chains,)."""
    best, parts, alive = -1.0, (node, node), node.alive
    for chain in np.flatnonzero(np.bincount(order.chain[alive]) > 1).tolist():
        states = np.flatnonzero(alive & (order.chain == chain))
        states = states[np.argsort(order.position[states])]
        below = np.cumsum(weight[states])
        cut = int(np.argmin(np.abs(below[:-1] - 0.5 * below[-1])))
        promise = max(min(below[cut], below[-1] - below[cut]), LEAST_WEIGHT) * merit[chain]
        if promise > best:
            low, high = (_without(alive, some) for some in (states[cut + 1 :], states[: cut + 1]))
            best, parts = promise, (Node(node.bound, 0, low, chain), Node(node.bound, 0, high, chain))
    return parts


def _without(alive: Bools, states: Ints) -> Bools:
    part = alive.copy()
    part[states] = False
    return part


def rounded(grid: BoundedGrid, relaxed: Relaxed) -> Bools:
    """(m,) the lines closed in the heaviest state of every chain."""
    heaviest = np.lexsort((-relaxed.weight, grid.states.chain))
    _, first = np.unique(grid.states.chain[heaviest], return_index=True)
    return closed_lines(grid, heaviest[first])


def closed_lines(grid: BoundedGrid, chosen: Ints) -> Bools:
    """(m,) the lines that are closed in the chosen states, one of each chain."""
    closed = np.zeros(grid.network.n_lines, dtype=np.bool_)
    closed[[line for line, _, _ in grid.backbone.bridges]] = True
    for chain, position in zip(grid.states.chain[chosen], grid.states.position[chosen], strict=True):
        lines = grid.backbone.chains[chain].lines
        closed[list(lines)] = True
        if 0 < position <= len(lines):
            closed[lines[position - 1]] = False
    return closed


def loss_of(grid: BoundedGrid, closed: Bools) -> float:
    """Loss by exact power flow as a share of that the search started from; infinite for what is no topology, has no
    solution, or breaks limits that must be kept."""
    network, assumed = grid.network, grid.assumed
    if not is_radial(network, closed):
        return np.inf
    load = grid.base_kw * grid.p[None], grid.base_kw * grid.q[None]
    terms = OperatorTerms(np.zeros(network.n_lines), violation_price_eur_per_kwh=1000.0)
    found = evaluate(network, np.flatnonzero(~closed)[None], *load, terms)
    broken = assumed.within_limits and found.violation_eur[0, 0] > BROKEN_EUR
    return np.inf if broken or not found.converged[0, 0] else float(found.loss_kw[0, 0]) / assumed.loss_kw
