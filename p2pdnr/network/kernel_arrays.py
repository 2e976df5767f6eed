"""What the compiled power flow reads and writes: named tuples of arrays, per unit, trees in tree order."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from p2pdnr.network.arrays import Bools, Floats, Ints
from p2pdnr.network.lanes import padded

# Rows of State.hours: squared norm of the last change of v and of how far v still is from its end, lowest v met so far,
# loss per unit, violations in EUR.
CHANGE, ERROR, LOWEST, LOSS, VIOLATION = range(5)


class Branches(NamedTuple):
    """The lines of a tree in tree order: entry k belongs to the k-th bus and the line that feeds it. Roots come first.

    ``bus`` (n,) bus index; ``parent`` (n,) position of the feeding bus, ``line`` (n,) line index, both -1 at roots;
    ``r``, ``x`` (n,) in p.u. as seen from the fed bus. Where ``plain`` is False: ``earth`` (3, n) conductance and
    susceptance to earth at the bus, and the gain of v from the feeding bus to behind the line's ratio.
    """

    bus: Ints
    parent: Ints
    line: Ints
    r: Floats
    x: Floats
    earth: Floats
    plain: bool


class State(NamedTuple):
    """Working arrays of a power flow: (n, T) in tree order, T padded.

    ``v`` squared voltage; ``p``/``q`` power arriving through the impedance of the line that feeds the bus, before any
    admittance to earth; ``l`` squared current in that impedance and ``drop`` of v along it, both as seen from the bus;
    ``hours`` (5, T): see CHANGE and what follows it.
    """

    v: Floats
    p: Floats
    q: Floats
    l: Floats
    drop: Floats
    hours: Floats


class Earth(NamedTuple):
    """Ratios and admittances to earth of a network.

    ``square`` (m,) squared ratios; ``alone`` (3, n) conductance and susceptance at a bus while all lines are open, and
    the conductance of its shunts in that; ``closed`` (4, m) what a closed line puts on its buses: conductance at from
    and to, susceptance at from and to; ``added`` (4, m) the same less what it puts there while open.
    """

    square: Floats
    alone: Floats
    closed: Floats
    added: Floats


class Grid(NamedTuple):
    """A network as the kernel reads it, per unit, adjacency in compressed rows.

    ``start`` (n + 1,), ``line`` and ``other`` (2m,) the lines at a bus and the buses they lead to; ``r``, ``x`` (m,);
    ``roots`` (s,) buses and ``root_v`` (s,) their squared voltages; ``overload`` (2, m) 1/limit^2, and EUR per unit of
    relative excess of l; ``band`` (3,) lower and upper limit of v, EUR per unit of excess; ``ends`` (2, m) buses of
    each line; ``switchable`` (m,); ``earth`` None where lines are series impedances alone.
    """

    start: Ints
    line: Ints
    other: Ints
    r: Floats
    x: Floats
    roots: Ints
    root_v: Floats
    overload: Floats
    band: Floats
    ends: Ints
    switchable: Bools
    earth: Earth | None


class Ranking(NamedTuple):
    """What ranking writes, (n_trees, T) each: loss per unit, violations in EUR, whether there is a solution."""

    loss: Floats
    violation_eur: Floats
    converged: Bools


class RankingWorkspace(NamedTuple):
    """What ranking writes, and where it works: ``state`` and ``branches`` of one tree, ``closed`` (m,) all True."""

    ranking: Ranking
    state: State
    branches: Branches
    closed: Bools


def new_state(n_buses: int, n_hours: int) -> State:
    """Room for a power flow of ``n_buses`` and ``n_hours``."""
    v, p, q, l, drop = (np.zeros((n_buses, padded(n_hours))) for _ in range(5))
    return State(v, p, q, l, drop, np.zeros((5, padded(n_hours))))
