"""How a feeder is switched after a fault: the record of one answer, and what one state is worth against another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from p2pdnr.network.arrays import Bools, Floats, Network

SAME_KW = 1e-6
"""Loads shed that differ by less are equal."""


@dataclass(frozen=True, eq=False)
class BackFeed:
    """The state to switch to when ``line`` (index) fails in ``hour``.

    Attributes
    ----------
    closed : (m,) state after all operations, the faulted line open
    operations : (line index, "close" or "open") in order
    cut_off : buses (n,) without supply before anything is switched; ``dark`` (n,) those that stay so until the repair
    lost_kw, shed_kw : their loads
    loss_kw, vm_min_pu, vm_max_pu, loading : what the supplied part then looks like; ``loading`` is the highest share of
        a current limit, NaN without limits
    broken : sum of what exceeds limits, p.u. of voltage and shares of current; 0 where they are kept, which switches
        can always do but where lines are locked
    least : whether no other state that keeps the limits sheds less, or leaves fewer buses, or needs fewer operations;
        False where the states were too many to know
    """

    line: int
    hour: int
    closed: Bools
    operations: tuple[tuple[int, str], ...]
    cut_off: Bools
    dark: Bools
    lost_kw: float
    shed_kw: float
    loss_kw: float
    vm_min_pu: float
    vm_max_pu: float
    loading: float
    broken: float
    least: bool


@dataclass(frozen=True, eq=False)
class States:
    """Switching states to choose from for one hour, one a row: ``closed`` (k, m), buses without supply ``dark`` (k, n),
    ``shed_kw`` (k,), number of ``operations`` (k,)."""

    closed: Bools
    dark: Bools
    shed_kw: Floats
    operations: npt.NDArray[np.int64]

    def order(self) -> npt.NDArray[np.int64]:
        """(k,) rows from the best: least load shed, then fewest buses without supply, then fewest operations."""
        rounded = np.round(self.shed_kw / SAME_KW)
        return np.lexsort((self.operations, self.dark.sum(axis=1), rounded))

    def rank(self) -> list[tuple[float, int, int]]:
        """What :meth:`order` compares, per row."""
        rounded = np.round(self.shed_kw / SAME_KW)
        return [
            (float(shed), int(buses), int(count))
            for shed, buses, count in zip(rounded, self.dark.sum(axis=1), self.operations, strict=True)
        ]


def after(network: Network, tree: Bools, dark: Bools, before: Bools, line: int) -> Bools:
    """(..., m) switching state: ``tree`` where both ends have supply, as ``before`` where neither has, open between.

    ``tree`` and ``dark`` may have leading dimensions. The faulted ``line`` is open.
    """
    at_from, at_to = dark[..., network.from_bus], dark[..., network.to_bus]
    state = np.where(at_from & at_to, before, tree & ~at_from & ~at_to)
    state[..., line] = False
    return np.asarray(state, dtype=np.bool_)


def count_operations(state: Bools, before: Bools, line: int) -> npt.NDArray[np.int64]:
    """(...) operations from the closed lines ``before`` (m,) to ``state`` (..., m), without the faulted line."""
    differs = state != before
    differs[..., line] = False
    return np.asarray(differs.sum(axis=-1), dtype=np.int64)
