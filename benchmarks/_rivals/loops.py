"""Topologies as one line of every fundamental loop: what most papers hand to a genetic algorithm or a swarm.

A topology is written as one number per fundamental loop, the place of the line that opens it (Mendoza, Lopez, Lopez and
Coello, "Minimal loss reconfiguration using genetic algorithms with restricted population and addressed operators",
IEEE Transactions on Power Systems 21(2), 2006). Not every such choice is radial: two loops may name lines in series, or
lines that cut off a bus together. A choice is radial exactly where the lines' signatures, the sets of loops they lie
on, are independent over GF(2); so a line that is not is passed over for the next one of its loop. Every number then
means a radial topology, and every radial topology has numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numba
import numpy as np

from p2pdnr.network.arrays import Ints, Network
from p2pdnr.reconfiguration.topologies.graph_reduction import reduce_network


@dataclass(frozen=True, eq=False)
class Loops:
    """``lines`` (loops, longest) of every loop, -1 behind the last; their number ``length`` (loops,); ``mask`` (m,) the
    loops that a line lies on, as bits; ``always_open`` lines."""

    lines: Ints
    length: Ints
    mask: Ints
    always_open: Ints

    def topologies(self, numbers: Ints) -> Ints:
        """(..., n_open) open lines, ascending, of one number per loop (..., loops)."""
        flat = np.ascontiguousarray(numbers, dtype=np.int64).reshape(-1, len(self.length))
        chosen = _decoded(flat, self.lines, self.length, self.mask)
        fixed = np.broadcast_to(self.always_open, (len(flat), len(self.always_open)))
        opened = np.sort(np.hstack([chosen, fixed]), axis=1)
        return opened.reshape(*np.shape(numbers)[:-1], opened.shape[1])

    def numbers(self, open_lines: Ints) -> Ints:
        """(loops,) one choice of numbers that means the topology with these open lines."""
        left = [int(line) for line in open_lines if line not in set(self.always_open.tolist())]
        owner = _matched([[k for k, line in enumerate(left) if line in set(row.tolist())] for row in self.lines])
        return np.array([int(np.flatnonzero(self.lines[j] == left[k])[0]) for j, k in enumerate(owner)], dtype=np.int64)


def loops_of(network: Network) -> Loops:
    """The fundamental loops of a network, without lines that may not be opened."""
    reduction = reduce_network(network)
    mask = np.zeros(network.n_lines, dtype=np.int64)
    for chain, signature in zip(reduction.chains, reduction.signatures, strict=True):
        mask[chain] = (signature * (np.int64(1) << np.arange(reduction.n_loops))).sum()
    members = [np.flatnonzero(mask >> j & 1) for j in range(reduction.n_loops)]
    length = np.array([len(some) for some in members], dtype=np.int64)
    lines = np.full((len(members), int(length.max(initial=0))), -1, dtype=np.int64)
    for j, some in enumerate(members):
        lines[j, : len(some)] = some
    return Loops(lines, length, mask, reduction.always_open.astype(np.int64))


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def _decoded(numbers: Any, lines: Any, length: Any, mask: Any) -> Any:
    """One independent line for every loop: the one its number names or the next that is; where a loop has none left,
    the first such line of all."""
    count, loops = numbers.shape
    chosen = np.zeros((count, loops), dtype=np.int64)
    basis = np.zeros(loops, dtype=np.int64)
    for row in range(count):
        for j in range(loops):
            found = -1
            for step in range(length[j] + len(mask)):
                line = lines[j, (numbers[row, j] + step) % length[j]] if step < length[j] else step - length[j]
                rest = mask[line]
                for k in range(j):
                    rest = min(rest, rest ^ basis[k])
                if rest:
                    found, basis[j] = line, rest
                    break
            chosen[row, j] = found
    return chosen


def _matched(choices: list[list[int]]) -> list[int]:
    """One of its choices for every loop, each taken once (augmenting paths). Raises KeyError where that cannot be."""
    owner: dict[int, int] = {}

    def place(j: int, seen: set[int]) -> bool:
        for k in choices[j]:
            if k not in seen:
                seen.add(k)
                if k not in owner or place(owner[k], seen):
                    owner[k] = j
                    return True
        return False

    for j in range(len(choices)):
        if not place(j, set()):
            raise KeyError(f"no line of its own for loop {j + 1}")
    return sorted(owner, key=lambda k: owner[k])
