"""Loads shed in one topology, branch by branch; what a branch sheds in an hour is found once for all faults."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from p2pdnr.network.arrays import Bools, Ints
from p2pdnr.network.topology import Tree, orient
from p2pdnr.reconfiguration.outages.fault import Fault
from p2pdnr.reconfiguration.outages.shedding import Hours, branch_cuts, branches, shed


@dataclass(frozen=True, eq=False)
class Memory:
    """The buses that a branch leaves in the dark, by the lines of the branch and the hour; grows as faults are gone
    through. It holds where lines are series impedances alone and no bus is lost whatever is done: then a faulted line
    changes nothing in branches that it is no part of."""

    dark: dict[tuple[bytes, int], Bools] = field(default_factory=dict)


def shed_in_tree(fault: Fault, closed: Bools, hours: Ints, memory: Memory) -> Bools:
    """(H, n) buses left in the dark in some hours of a fault where the tree ``closed`` (m,) is switched to."""
    network, day = fault.rest, fault.day
    tree = orient(network, closed)
    dark = np.tile(fault.lost, (len(hours), 1))
    known = memory.dark if network.is_plain and not fault.lost.any() else {}
    for buses in branches(network, tree):
        name = _name(tree, buses)
        missing = np.array([hour for hour in hours.tolist() if (name, hour) not in known], dtype=np.int64)
        if len(missing):
            part = Hours(
                day.p_kw[missing], day.q_kvar[missing], day.load_kw[missing], np.tile(fault.lost, (len(missing), 1))
            )
            found = shed(network, branch_cuts(network, tree, fault.lost, buses), part.at(buses)).dark
            known.update({(name, hour): row for hour, row in zip(missing.tolist(), found, strict=True)})
        dark[:, buses] = [known[name, hour] for hour in hours.tolist()]
    return dark


def _name(tree: Tree, buses: Ints) -> bytes:
    """What tells a branch from others: its buses in their order and the lines that feed them."""
    return bytes(buses.tobytes() + tree.parent_line[buses].tobytes())
