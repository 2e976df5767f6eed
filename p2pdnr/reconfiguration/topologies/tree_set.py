"""Sets of radial topologies: all of a network, or a pool; and which of them are one exchange apart.

All trees are enumerated after graph reduction: choose chains with independent signatures (depth first, never entering a
branch that cannot be completed), then one line in each chosen chain. The work is proportional to the number of trees.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from p2pdnr.errors import SolverError
from p2pdnr.network.arrays import Bools, Ints, Network
from p2pdnr.network.compilation import allocating, entry_point, inner
from p2pdnr.network.topology import count_spanning_trees, orient
from p2pdnr.reconfiguration.topologies.graph_reduction import Reduction, reduce_network

MOST_TREES = 1_000_000
MOST_LOOPS = 63
"""Loops that a signature of one machine word can tell apart."""

Lines = npt.NDArray[np.int32]


class Buckets(NamedTuple):
    """Open sets with one line dropped; two trees share a bucket exactly when they are one exchange apart.

    ``line`` (n_trees, w) the line dropped, ``bucket`` (n_trees, w) what remains, numbered below ``size``. Lines open in
    every tree are left out of ``w``.
    """

    line: Lines
    bucket: Lines
    size: int


@dataclass(frozen=True, eq=False)
class TreeSet:
    """Radial topologies of one network, by their open lines; reused for every ranking of that network.

    Attributes
    ----------
    open_lines : (n_trees, n_open) line indices, ascending in each row; a complete set is in lexicographic order
    n_lines : number of lines of the network
    complete : whether these are all radial topologies of the network
    """

    open_lines: Lines
    n_lines: int
    complete: bool

    def __len__(self) -> int:
        return len(self.open_lines)

    def closed(self, index: int) -> Bools:
        """(m,) state of every line in one tree."""
        closed = np.ones(self.n_lines, dtype=np.bool_)
        closed[self.open_lines[index]] = False
        return closed

    def find(self, closed: Bools) -> int:
        """Index of the tree with these closed lines (m,). Raises KeyError when it is not in the set."""
        wanted = np.flatnonzero(~np.asarray(closed, dtype=np.bool_))
        if len(wanted) == self.open_lines.shape[1]:
            first, last = self._ordered(wanted) if self.complete else (0, len(self))
            hits = np.flatnonzero((self.open_lines[first:last] == wanted).all(axis=1))
            if len(hits):
                return first + int(hits[0])
        raise KeyError(f"no tree with open lines {(wanted + 1).tolist()} in this set")

    def _ordered(self, wanted: Ints) -> tuple[int, int]:
        """Where the rows ``wanted`` stand in lexicographic order: from the first index to before the second."""
        first, last = 0, len(self)
        for k, line in enumerate(wanted):
            below = np.searchsorted(self.open_lines[first:last, k], (line, line + 1))
            first, last = first + int(below[0]), first + int(below[1])
        return first, last

    def places(self, closed: Bools) -> Ints:
        """(T,) indices of the trees of a schedule (T, m); each is looked for once. Raises KeyError as :meth:`find`."""
        rows, which = np.unique(closed, axis=0, return_inverse=True)
        found = np.array([self.find(row) for row in rows], dtype=np.int64)
        return found[which.ravel()]

    def subset(self, rows: npt.ArrayLike) -> TreeSet:
        """The trees of some rows, in that order."""
        return TreeSet(np.ascontiguousarray(self.open_lines[np.asarray(rows)]), self.n_lines, complete=False)

    @cached_property
    def buckets(self) -> Buckets:
        """The exchange structure of the set, computed once."""
        times = np.bincount(self.open_lines.ravel(), minlength=self.n_lines)
        varying = times[self.open_lines] < len(self)
        width = int(varying[0].sum()) if len(self) else 0
        lines = np.ascontiguousarray(self.open_lines[varying].reshape(len(self), width))
        bucket, count = _buckets(lines, 1 << (2 * lines.size + 16).bit_length())
        return Buckets(lines, bucket, count)


def enumerable(network: Network, count: int) -> bool:
    """Whether ``count`` radial topologies, all of the network's, can be listed by :func:`all_trees`."""
    return count <= MOST_TREES and reduce_network(network).n_loops <= MOST_LOOPS


def all_trees(network: Network, most: int = MOST_TREES) -> TreeSet:
    """Every radial topology of the network.

    Raises :class:`TopologyError` when some bus cannot be supplied or no topology is radial, :class:`SolverError` when
    there are more than ``most`` topologies (Kirchhoff's theorem says so before anything is enumerated) or more than
    ``MOST_LOOPS`` loops.
    """
    reduction = reduce_network(network)
    count = count_spanning_trees(network)
    if count == 0:
        orient(network, ~network.switchable & network.closed)  # raises, naming the loop that is closed for good
    if count > most or reduction.n_loops > MOST_LOOPS:
        limits = f"the limits are {most} topologies and {MOST_LOOPS} loops"
        raise SolverError(f"{count} radial topologies of {reduction.n_loops} loops are too many to list: {limits}")
    chosen = _enumerate(*_packed(reduction), reduction.n_loops, count)
    fixed = np.broadcast_to(reduction.always_open, (count, len(reduction.always_open)))
    open_lines = np.sort(np.hstack([chosen, fixed]).astype(np.int32), axis=1)
    if open_lines.shape[1]:
        open_lines = open_lines[np.lexsort(open_lines.T[::-1])]
    return TreeSet(np.ascontiguousarray(open_lines), network.n_lines, complete=True)


def pool(network: Network, open_sets: npt.ArrayLike) -> TreeSet:
    """A set of given radial topologies (k, n_open), in the order given; duplicates are dropped.

    Raises :class:`TopologyError` for the first that is not radial.
    """
    trees = distinct(network, open_sets)
    for index in range(len(trees)):
        orient(network, trees.closed(index))
    return trees


def distinct(network: Network, open_sets: npt.ArrayLike) -> TreeSet:
    """The same for sets of open lines that are known to leave radial topologies: nothing is checked."""
    rows = np.sort(np.asarray(open_sets, dtype=np.int32), axis=1)
    _, first = np.unique(rows, axis=0, return_index=True) if rows.size else (rows, np.arange(min(len(rows), 1)))
    return TreeSet(np.ascontiguousarray(rows[np.sort(first)]), network.n_lines, complete=False)


class _Packed(NamedTuple):
    """A reduction for the kernel: signatures as bit ``masks`` (n_chains,), the chains' lines in one array ``members``,
    and where each chain starts in it, ``start`` (n_chains + 1,)."""

    masks: npt.NDArray[np.uint64]
    members: Ints
    start: Ints


def _packed(reduction: Reduction) -> _Packed:
    bits = np.uint64(1) << np.arange(reduction.n_loops, dtype=np.uint64)
    masks = (reduction.signatures * bits).sum(axis=1, dtype=np.uint64)
    members = np.concatenate([np.zeros(0, dtype=np.int64), *reduction.chains])
    start = np.cumsum([0, *(len(chain) for chain in reduction.chains)])
    return _Packed(masks, members, start.astype(np.int64))


@inner
def _reduced(mask, basis, depth):  # type: ignore[no-untyped-def]
    """A signature reduced by the basis (each with a leading bit of its own); zero when it is dependent."""
    for k in range(depth):
        mask = min(mask, mask ^ basis[k])
    return mask


@allocating
def _completable(masks, chain, basis, depth, n_loops):  # type: ignore[no-untyped-def]
    """Whether the chains from ``chain`` on can complete the basis."""
    trial = basis.copy()
    for c in range(chain, len(masks)):
        mask = _reduced(masks[c], trial, depth)
        if mask != 0:
            trial[depth] = mask
            depth += 1
        if depth == n_loops:
            return True
    return depth == n_loops


@entry_point
def _enumerate(masks, members, start, n_loops, count):  # type: ignore[no-untyped-def]
    """(count, n_loops) one line out of each chain of every independent choice of chains."""
    found = np.empty((count, n_loops), dtype=np.int32)
    basis = np.zeros(n_loops + 1, dtype=np.uint64)
    choice = np.zeros(n_loops + 1, dtype=np.int64)
    depth, chain, filled = 0, 0, 0
    while True:
        if depth == n_loops:
            filled = _expand(choice, members, start, found, filled)
        elif chain < len(masks):
            mask = _reduced(masks[chain], basis, depth)
            if mask != 0:
                basis[depth], choice[depth] = mask, chain
                depth += 1
            chain += 1
            continue
        # step back to the last chosen chain that can be left out
        while depth > 0:
            depth -= 1
            if _completable(masks, choice[depth] + 1, basis, depth, n_loops):
                break
        else:
            return found
        chain = choice[depth] + 1


@inner
def _expand(choice, members, start, found, filled):  # type: ignore[no-untyped-def]
    """Write every combination of one line per chosen chain from row ``filled`` on; returns the next free row."""
    n_loops = found.shape[1]
    rows = 1
    for k in range(n_loops):
        rows *= start[choice[k] + 1] - start[choice[k]]
    for row in range(rows):
        rest = row
        for k in range(n_loops):
            length = start[choice[k] + 1] - start[choice[k]]
            found[filled + row, k] = members[start[choice[k]] + rest % length]
            rest //= length
    return filled + rows


@entry_point
def _buckets(lines, size):  # type: ignore[no-untyped-def]
    """Number the sets that remain when one line is dropped, by a hash table of ``size`` (a power of two) slots."""
    n, width = lines.shape
    bucket = np.empty((n, width), dtype=np.int32)
    slots = np.full(size, -1, dtype=np.int64)
    count = 0
    for tree in range(n):
        for drop in range(width):
            slot = _hash(lines, tree, drop) & (size - 1)
            while slots[slot] >= 0 and not _same(lines, tree, drop, slots[slot]):
                slot = (slot + 1) & (size - 1)
            if slots[slot] < 0:
                slots[slot] = tree * width + drop
                bucket[tree, drop] = count
                count += 1
            else:
                owner = slots[slot]
                bucket[tree, drop] = bucket[owner // width, owner % width]
    return bucket, count


@inner
def _hash(lines, tree, drop):  # type: ignore[no-untyped-def]
    """A hash of the lines of a tree but one, below 2^31; small enough a multiplier that nothing overflows."""
    value = 0
    for k in range(lines.shape[1]):
        if k != drop:
            value = ((value ^ int(lines[tree, k])) * 1664525 + 1013904223) & 0x7FFFFFFF
            value ^= value >> 13
    return value


@inner
def _same(lines, tree, drop, owner):  # type: ignore[no-untyped-def]
    """Whether a tree without one line equals the owner of a slot without its one."""
    width = lines.shape[1]
    other, other_drop = owner // width, owner % width
    j = 0
    for k in range(width):
        if k != drop:
            if j == other_drop:
                j += 1
            if lines[tree, k] != lines[other, j]:
                return False
            j += 1
    return True
