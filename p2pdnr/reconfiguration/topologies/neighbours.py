"""Neighbours of a radial topology: those that one exchange of a closed for an open line leads to."""

from __future__ import annotations

import numpy as np

from p2pdnr.network.arrays import Ints, Network
from p2pdnr.network.topology import fundamental_cycles


def exchanges(network: Network) -> tuple[Ints, Ints]:
    """(k, 2) lines closed and opened by every exchange, and (k, n_open) the open lines it leads to."""
    opened = np.flatnonzero(~network.closed)
    pairs = [
        (int(loop[0]), int(line))
        for loop in fundamental_cycles(network)
        if network.switchable[loop[0]]
        for line in loop[1:]
        if network.switchable[line]
    ]
    after = [sorted([*(other for other in opened.tolist() if other != close), line]) for close, line in pairs]
    shape = (len(pairs), len(opened))
    return np.array(pairs, dtype=np.int64).reshape(-1, 2), np.array(after, dtype=np.int64).reshape(shape)
