"""Graph reduction: which lines can be open at all, and which of them exclude each other.

Over the loops of the network every line has a signature: the fundamental cycles it lies on. Then

- a line on no cycle is a bridge (or hangs at a bus of degree one): always closed;
- lines of equal signature form a chain: the lines in series between two junctions, more generally lines any two of
  which cut the network in two. At most one line of a chain is open, and which one changes nothing for the rest;
- a set of open lines leaves a tree exactly when it has one line per fundamental cycle and their signatures are linearly
  independent over GF(2) (open lines are the bases of the dual matroid; Oxley, Matroid Theory, section 2.3).

So a topology is a set of chains with independent signatures, and in each of them one line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from p2pdnr.network.arrays import Bools, Ints, Network
from p2pdnr.network.topology import fundamental_cycles


@dataclass(frozen=True, eq=False)
class Reduction:
    """The reduced problem of a network: choose ``n_loops`` chains, and one line in each.

    Attributes
    ----------
    chains : lines (indices, ascending) of each chain; at most one of a chain is open
    signatures : (n_chains, n_loops) the fundamental cycles each chain lies on
    always_closed, always_open : lines whose state is the same in every radial topology, as far as the reduction sees
    binaries_before, binaries_after : number of switchable lines, and of those whose state is still open
    """

    chains: tuple[Ints, ...]
    signatures: Bools
    always_closed: Ints
    always_open: Ints
    binaries_before: int
    binaries_after: int

    @property
    def n_loops(self) -> int:
        """Number of open lines in every radial topology, lines that are always open aside."""
        return int(self.signatures.shape[1])

    def invert(self, choice: Sequence[tuple[int, int]]) -> Ints:
        """Open lines (indices, ascending) of a choice of (chain, place in chain) pairs, and the always open ones."""
        chosen = [int(self.chains[chain][place]) for chain, place in choice]
        return np.array(sorted([*chosen, *self.always_open.tolist()]), dtype=np.int64)

    def choice(self, open_lines: Sequence[int]) -> tuple[tuple[int, int], ...]:
        """The (chain, place) pairs of open lines: the inverse of :meth:`invert`. Raises KeyError on a bridge."""
        where = {int(line): (c, k) for c, chain in enumerate(self.chains) for k, line in enumerate(chain)}
        fixed = set(self.always_open.tolist())
        return tuple(sorted(where[int(line)] for line in open_lines if int(line) not in fixed))


def reduce_network(network: Network) -> Reduction:
    """Apply the reduction. Raises :class:`TopologyError` when some bus cannot be supplied at all."""
    signature = _signatures(network)
    missing = ~network.switchable & ~network.closed
    may_open = network.switchable & signature.any(axis=1)
    # chains in order of their first line, so that everything built on them is ordered by line numbers
    groups: dict[bytes, list[int]] = {}
    for line in np.flatnonzero(may_open).tolist():
        groups.setdefault(signature[line].tobytes(), []).append(line)
    chains = tuple(np.array(lines, dtype=np.int64) for lines in groups.values())
    rows = [signature[chain[0]] for chain in chains]
    return Reduction(
        chains=chains,
        signatures=np.array(rows, dtype=np.bool_).reshape(len(chains), signature.shape[1]),
        always_closed=np.flatnonzero(~may_open & ~missing),
        always_open=np.flatnonzero(missing),
        binaries_before=int(network.switchable.sum()),
        binaries_after=int(may_open.sum()),
    )


def _signatures(network: Network) -> Bools:
    """(m, n_loops) whether a line lies on each fundamental cycle."""
    cycles = fundamental_cycles(network)
    signature = np.zeros((network.n_lines, len(cycles)), dtype=np.bool_)
    for loop, lines in enumerate(cycles):
        signature[lines, loop] = True
    return signature


def free_lines(open_lines: Ints, kept: Bools, n_lines: int) -> Bools:
    """(T, m) lines on which the kept trees of an hour differ: open in some, closed in others.

    Parameters: ``open_lines`` (n_trees, n_open) line indices; ``kept`` (n_trees, T).
    """
    free = np.zeros((kept.shape[1], n_lines), dtype=np.bool_)
    for hour, mask in enumerate(np.asarray(kept, dtype=np.bool_).T):
        times_open = np.bincount(open_lines[mask].ravel(), minlength=n_lines)
        free[hour] = (times_open > 0) & (times_open < mask.sum())
    return free


def free_binaries(open_lines: Ints, kept: Bools) -> int:
    """Number of line states on which the kept trees still differ, summed over hours: see :func:`free_lines`."""
    return int(free_lines(open_lines, kept, int(open_lines.max(initial=-1)) + 1).sum())
