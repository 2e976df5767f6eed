"""One hour at given prices: what losses and open lines cost at least over all topologies, by branch and bound.

The relaxation is that of :mod:`p2pdnr.reconfiguration.bounds`; a price on an open line is a cost of the state of its
chain in which that line is open. Any cutoff is allowed: topologies that cost more than it are not looked for, and the
bound never exceeds it.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from p2pdnr.network.arrays import Bools, Floats, Ints, Network
from p2pdnr.network.topology import is_radial
from p2pdnr.reconfiguration.bounds.branching import Node, PseudoCosts, closed_lines, rounded, split
from p2pdnr.reconfiguration.bounds.cones import ConeProgramme, Multipliers, Relaxed, relax
from p2pdnr.reconfiguration.bounds.grid import Assumptions, BoundedGrid, scaled
from p2pdnr.reconfiguration.bounds.relaxation import programme
from p2pdnr.reconfiguration.bounds.states import States
from p2pdnr.reconfiguration.terms import LoadCase
from p2pdnr.reconfiguration.topologies.ranking import evaluate

SAME_SHARE = 1e-7
"""Of the scale of an hour: a part whose bound is that close to the cutoff is settled."""


def priced(free: ConeProgramme, state: Ints, price: Floats) -> ConeProgramme:
    """A programme with a price (m,) on every open line, in units of the objective; ``state`` (m,) as in
    :class:`PricedHour`."""
    linear, known = free.linear.copy(), state >= 0
    linear[state[known]] += price[known]
    return replace(free, linear=linear)


@dataclass(frozen=True, eq=False)
class PricedHour:
    """A step of a load case: ``grid`` and ``free``, its programme without prices; ``scale_eur``, what an objective of 1
    is in EUR; ``state`` (m,) the state in which each line is open, -1 for lines without one."""

    case: LoadCase
    step: int
    grid: BoundedGrid
    free: ConeProgramme
    scale_eur: float
    state: Ints

    @property
    def network(self) -> Network:
        """The network of the case."""
        return self.case.network

    def at(self, open_eur: Floats) -> ConeProgramme:
        """The programme with a price (m,) on every open line."""
        return priced(self.free, self.state, open_eur / self.scale_eur)

    @property
    def exact(self) -> bool:
        """What a topology costs is a power flow."""
        return True

    def relax(self, at: ConeProgramme, alive: Bools) -> Relaxed:
        """The programme at prices, of some states."""
        return relax(at, alive)

    def all_states(self) -> Bools:
        """(Y,) every state alive."""
        return np.ones(self.free.n_states, dtype=np.bool_)

    def floor_eur(self, bound: float) -> float:
        """What the losses of every topology cost at least, from a bound on the programme of all states without prices:
        topologies that lose too much for it cost its scale."""
        return max(0.0, self.scale_eur * min(1.0, bound))

    def cost_eur(self, closed: Bools, open_eur: Floats) -> float:
        """Of a topology by exact power flow, violations included; infinite for what is none."""
        case = self.case
        if not is_radial(case.network, closed):
            return np.inf
        row = slice(self.step, self.step + 1)
        found = evaluate(
            case.network, np.flatnonzero(~closed)[None], case.load_kw[row], case.load_kvar[row], case.terms
        )
        return float(found.stage_cost(case.terms)[0, 0] + open_eur[~closed & (self.state >= 0)].sum())


def priced_hour(case: LoadCase, step: int, most_loss_kw: float) -> PricedHour:
    """A step in which no topology loses more than ``most_loss_kw`` that is looked for."""
    grid = scaled(case.network, case.load_kw[step], case.load_kvar[step], Assumptions(most_loss_kw))
    scale_eur = case.terms.loss_eur_per_kw * most_loss_kw
    return PricedHour(case, step, grid, programme(grid), scale_eur, open_states(grid))


def open_states(grid: BoundedGrid) -> Ints:
    """(m,) the state in which each line is open, -1 where there is none: it is open in all topologies or in none."""
    found, states = np.full(grid.network.n_lines, -1), grid.states
    for state, line in enumerate(_opened(grid, states)):
        if line >= 0:
            found[line] = state
    return found


def _opened(grid: BoundedGrid, states: States) -> list[int]:
    """The line that each state opens, -1 for those that open none."""
    lines = [grid.backbone.chains[chain].lines for chain in states.chain]
    return [
        on[place - 1] if 0 < place <= len(on) else -1 for on, place in zip(lines, states.position.tolist(), strict=True)
    ]


@dataclass(frozen=True, eq=False)
class Looked:
    """A set of states ``alive`` (Y,) on the way to a bound: split off the set numbered ``parent`` (-1 for the first),
    with the ``multipliers`` of its relaxation, None where it was not looked at any more."""

    parent: int
    alive: Bools
    multipliers: Multipliers | None = None


@dataclass(frozen=True, eq=False)
class Visited:
    """What a node gave: the topology read off it with its cost, the parts it was split in, what bounds those that were
    dropped, by how much its bound rose, and what that bound rests on."""

    cost_eur: float
    closed: Bools
    parts: tuple[Node, ...]
    settled: float
    rise: float
    multipliers: Multipliers


class SearchedHour(Protocol):
    """An hour whose topologies are searched: a :class:`PricedHour`, or another one whose programme is larger."""

    @property
    def grid(self) -> BoundedGrid:
        """The grid with its states."""
        ...

    @property
    def scale_eur(self) -> float:
        """What an objective of 1 is."""
        ...

    @property
    def state(self) -> Ints:
        """(m,) the state in which each line is open, -1 for lines without one."""
        ...

    @property
    def exact(self) -> bool:
        """Whether :meth:`cost_eur` needs no proof: it is arithmetic."""
        ...

    def at(self, open_eur: Floats) -> ConeProgramme:
        """The programme with a price (m,) on every open line."""
        ...

    def all_states(self) -> Bools:
        """(Y,) every state alive."""
        ...

    def relax(self, at: ConeProgramme, alive: Bools) -> Relaxed:
        """The programme of some states, solved."""
        ...

    def cost_eur(self, closed: Bools, open_eur: Floats) -> float:
        """What a topology costs, or costs at least; infinite for what is none."""
        ...


class HourSearch:
    """The open nodes of an hour, best first; bounds of nodes are in objectives of the programme.

    ``cutoff_eur``: topologies that cost more are not looked for; it falls to the least cost met. ``met`` has the lines
    closed in topologies that were cheaper than all before. With ``keep`` every set of states is ``looked``, by number.
    """

    def __init__(self, hour: SearchedHour, open_eur: Floats, cutoff_eur: float, keep: bool = False) -> None:
        self.cutoff_eur, self.met, self.nodes = cutoff_eur, list[Bools](), 0
        self.looked = [Looked(-1, hour.all_states())] if keep else []
        self._hour, self._open_eur, self._programme = hour, open_eur, hour.at(open_eur)
        self._open = [Node(-np.inf, 0, hour.all_states())]
        self._settled, self._numbered = np.inf, 1
        chains = len(hour.grid.backbone.chains)
        self._costs = PseudoCosts(chains)

    @property
    def bound_eur(self) -> float:
        """No topology costs less."""
        waiting = self._open[0].bound if self._open else np.inf
        return min(self._hour.scale_eur * min(waiting, self._settled), self.cutoff_eur)

    @property
    def gap_eur(self) -> float:
        """What branching may still bring."""
        return self.cutoff_eur - self.bound_eur if self._open else 0.0

    def advance(self) -> None:
        """Relax the most promising node."""
        node = heapq.heappop(self._open)
        try:
            seen = self._visit(node)
        except KeyboardInterrupt:
            heapq.heappush(self._open, node)
            raise
        self.nodes += 1
        if node.chain >= 0:
            self._costs.learn(node.chain, max(seen.rise, 0.0))
        if seen.cost_eur < self.cutoff_eur:
            self.cutoff_eur = seen.cost_eur
            self.met.append(seen.closed)
        self._settled = min(self._settled, seen.settled)
        self._keep(node, seen)
        for part in seen.parts:
            heapq.heappush(self._open, replace(part, number=self._numbered))
            self._numbered += 1
        if self._open and self._open[0].bound >= self._known(self.cutoff_eur):
            self._settled = min(self._settled, self._open[0].bound)
            self._open = []

    def _keep(self, node: Node, seen: Visited) -> None:
        if self.looked:
            self.looked[node.number] = replace(self.looked[node.number], multipliers=seen.multipliers)
            self.looked += [Looked(node.number, part.alive) for part in seen.parts]

    def _known(self, cutoff_eur: float) -> float:
        """Objective from which on nothing is looked for."""
        return cutoff_eur / self._hour.scale_eur - SAME_SHARE

    def _visit(self, node: Node) -> Visited:
        hour, programme = self._hour, self._programme
        relaxed = hour.relax(programme, node.alive)
        bound = max(node.bound, relaxed.bound)
        closed = rounded(hour.grid, relaxed)
        cost = hour.cost_eur(closed, self._open_eur)
        known = self._known(min(self.cutoff_eur, cost))
        rise = bound - node.bound if np.isfinite(node.bound) and np.isfinite(bound) else 0.0
        seen = Visited(cost, closed, (), known, rise, relaxed.multipliers)
        if bound >= known:
            return replace(seen, settled=bound)
        alive = node.alive & (relaxed.at_one < known)
        left = np.bincount(hour.grid.states.chain[alive], minlength=len(hour.grid.backbone.chains))
        if (left == 0).any():  # every topology here costs at least as much as is known
            return seen
        if (left == 1).all():
            return self._one_topology(seen, Node(bound, 0, alive), node)
        return replace(
            seen, parts=split(hour.grid.states.order, Node(bound, 0, alive), relaxed.weight, self._costs.merit())
        )

    def _one_topology(self, seen: Visited, only: Node, node: Node) -> Visited:
        """What a node gave that leaves one topology, ``only``: its cost, or its own relaxation as the last part."""
        hour = self._hour
        if hour.exact:
            closed = closed_lines(hour.grid, np.flatnonzero(only.alive))
            return replace(seen, cost_eur=hour.cost_eur(closed, self._open_eur), closed=closed)
        if (only.alive == node.alive).all():
            return replace(seen, settled=only.bound)
        return replace(seen, parts=(only,))
