"""Branch and bound in every area of a relaxation by itself; the bounds of the areas add up.

An area has no incumbent: what is best in it hangs on prices at its rim. Its nodes are relaxed best first, each area's
in turn, until every area's best node has one state left in each of its chains.
"""

from __future__ import annotations

import heapq
import math

import numpy as np

from p2pdnr.reconfiguration.bounds.areas import Area, Decomposition, communities, decomposed
from p2pdnr.reconfiguration.bounds.branching import BATCH, Node, PseudoCosts, split
from p2pdnr.reconfiguration.bounds.cones import ConeProgramme, Relaxed, relax
from p2pdnr.reconfiguration.bounds.relaxation import Builder
from p2pdnr.reconfiguration.topologies.ranking import share

MOST_CHAINS_AT_ONCE = 60
"""Chains up to which branching on the whole feeder closes the gap sooner than areas do."""

ACCURACY = 1e-9
"""Of relaxations: prices at the rim can be a hundred times the loss, and what they are wrong by counts."""


def in_areas(model: Builder, whole: ConeProgramme) -> AreaSearch | None:
    """The search of a large feeder in areas, from the multipliers of its relaxation ``whole``; None where there is but
    one area, or few chains."""
    backbone = model.grid.backbone
    if len(backbone.chains) <= MOST_CHAINS_AT_ONCE:
        return None
    area_of = communities(backbone)
    if len(set(area_of.values())) < 2:
        return None
    found = relax(whole, np.ones(whole.n_states, dtype=np.bool_), ACCURACY)
    return AreaSearch(decomposed(model, whole, found.multipliers.values, area_of))


class AreaSearch:
    """The open nodes of all areas."""

    def __init__(self, parts: Decomposition) -> None:
        self._constant = parts.constant
        self._areas = [_AreaNodes(area) for area in parts.areas]
        self.work = 0

    @property
    def bound(self) -> float:
        """Below the least loss, as a share of the loss that is searched for less than."""
        return self._constant + math.fsum(area.bound for area in self._areas)

    @property
    def nodes(self) -> int:
        """Relaxations solved."""
        return sum(area.relaxed for area in self._areas)

    @property
    def finished(self) -> bool:
        """Whether nothing is left to split."""
        return all(area.finished for area in self._areas)

    def advance(self) -> None:
        """Relax a few nodes of the areas that had least so far, at most :data:`BATCH`; ``work`` counts columns."""
        turn = sorted((area for area in self._areas if not area.finished), key=lambda area: area.relaxed)[:BATCH]
        tasks = [(area, node) for area in turn for node in area.take(max(1, BATCH // len(turn)))]
        answers: list[Relaxed | None] = [None] * len(tasks)

        def relax_one(place: int) -> None:
            area, node = tasks[place]
            answers[place] = relax(area.area.programme, node.alive, ACCURACY)

        try:
            share(relax_one, range(len(tasks)))
        except KeyboardInterrupt:
            for area, node in tasks:
                area.put(node)
            raise
        for (area, node), answer in zip(tasks, answers, strict=True):
            assert answer is not None
            self.work += len(area.area.programme.linear)
            area.note(node, answer)


class _AreaNodes:
    """The nodes of one area that wait, and the least bound of those that cannot be split."""

    def __init__(self, area: Area) -> None:
        self.area, self.relaxed = area, 0
        chains = int(area.order.chain.max(initial=-1)) + 1
        self._costs = PseudoCosts(chains)
        self._open = [Node(-math.inf, 0, np.ones(area.programme.n_states, dtype=np.bool_))]
        self._settled, self._numbered = math.inf, 1

    @property
    def bound(self) -> float:
        """No point with one state in every chain costs less."""
        return min(self._settled, self._open[0].bound if self._open else math.inf)

    @property
    def finished(self) -> bool:
        """Whether the best is not to be split."""
        return not self._open or self._settled <= self._open[0].bound

    def take(self, most: int) -> list[Node]:
        """The most promising nodes, taken off."""
        return [heapq.heappop(self._open) for _ in range(min(most, len(self._open)))]

    def put(self, node: Node) -> None:
        """Lay a node back."""
        heapq.heappush(self._open, node)

    def note(self, node: Node, answer: Relaxed) -> None:
        """What a relaxation says of a node: it is split, or settled where there is nothing to split."""
        self.relaxed += 1
        bound = max(node.bound, answer.bound)
        if math.isfinite(node.bound):
            self._costs.learn(node.chain, bound - node.bound)
        if bound == math.inf:
            return
        if len(np.unique(self.area.order.chain[node.alive])) == int(node.alive.sum()):
            self._settled = min(self._settled, bound)
            return
        for part in split(self.area.order, Node(bound, 0, node.alive), answer.weight, self._costs.merit()):
            heapq.heappush(self._open, Node(part.bound, self._numbered, part.alive, part.chain))
            self._numbered += 1
