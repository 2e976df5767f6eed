"""Every switching state after a fault, where they are few: radial topologies, each with every choice of cuts."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from p2pdnr.network.arrays import Bools, Network
from p2pdnr.reconfiguration.outages.shedding import Cuts, whole

MOST_STATES = 20_000


def count_states(network: Network, trees: Bools, lost: Bools, most: int = MOST_STATES) -> int:
    """Number of (topology, choice of cuts) of trees (k, m); counting ends above ``most``."""
    total = 0
    for closed in trees:
        total += _choices(whole(network, closed, lost))
        if total > most:
            break
    return total


def every_state(network: Network, trees: Bools, lost: Bools) -> tuple[Bools, Bools]:
    """(s, m) trees and (s, n) buses without supply: every topology with every choice of cuts, alike ones once."""
    rows = [
        np.concatenate([closed & ~_among(network, dark), dark])
        for closed in trees
        for dark in _dark_sets(whole(network, closed, lost))
    ]
    unique = np.unique(np.array(rows, dtype=np.bool_), axis=0)
    return unique[:, : network.n_lines], unique[:, network.n_lines :]


def _among(network: Network, dark: Bools) -> Bools:
    """(m,) lines with an end in the dark."""
    return np.asarray(dark[network.from_bus] | dark[network.to_bus])


def _choices(where: Cuts) -> int:
    """Number of sets of cuts none of which lies below another."""
    ways, roots = np.ones(len(where.parent), dtype=object), where.parent < 0
    for bus in np.flatnonzero(~roots)[::-1].tolist():
        ways[where.parent[bus]] *= ways[bus] + (1 if bus in where.child else 0)
    return int(np.prod(ways[roots]))


def _dark_sets(where: Cuts) -> Iterator[Bools]:
    """(n,) buses without supply for every set of cuts none of which lies below another."""
    order = np.argsort(-where.below.sum(axis=1), kind="stable")

    def extend(start: int, dark: Bools) -> Iterator[Bools]:
        yield dark
        for place in range(start, len(order)):
            below = where.below[order[place]]
            if not (dark & below).any() or not (dark & below & ~where.lost).any():
                yield from extend(place + 1, dark | below)

    back = np.argsort(where.buses)
    return (dark[back] for dark in extend(0, where.lost.copy()))
