"""What the compiled exchange search reads and writes: named tuples of arrays, per unit."""

from __future__ import annotations

from typing import NamedTuple

from p2pdnr.network.arrays import Floats, Ints
from p2pdnr.network.kernel_arrays import Branches, State

# Tolerance on the squared voltages, and what an hour without solution costs in EUR.
QUICK, UNSOLVABLE = 1e-5, 1e9


class ChainEffort(NamedTuple):
    """How much to do: ``rounds`` of at most ``kicks`` random exchanges and a descent each.

    ``seed`` above zero; ``hours`` that count (not padding); ``loss_eur`` per unit of loss and step; ``doubt`` the share
    by which an estimate of an exchange may err, 1 or more to evaluate every exchange.
    """

    seed: int
    rounds: int
    kicks: int
    hours: int
    loss_eur: float
    doubt: float


class Finds(NamedTuple):
    """The best distinct trees met: ``cost`` (k,) EUR, ``open_lines`` (k, w), ``key`` (k,); free places cost infinity.

    ``weight`` (m,) random numbers whose sum over open lines is a tree's key.
    """

    cost: Floats
    open_lines: Ints
    key: Ints
    weight: Ints


class ChainWorkspace(NamedTuple):
    """Workspace of a chain: ``here``, the power flow of the tree it stands on, with its ``branches`` and the
    ``position`` (n,) of every bus in tree order; ``trial``, that of the tree it tries, with ``other`` branches; its
    ``finds``; ``control`` (2,): anything but 0 in the first ends the search, the second counts the trees evaluated.
    """

    here: State
    branches: Branches
    position: Ints
    trial: State
    other: Branches
    finds: Finds
    control: Ints
