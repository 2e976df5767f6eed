"""What an envelope states, and the corners of its box of injections at which limits are looked at."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from p2pdnr.network.arrays import Bools, Floats, Ints, Network
from p2pdnr.network.topology import orient
from p2pdnr.verification.plan import Plan
from p2pdnr.verification.roles.operating_points import Points


@dataclass(frozen=True, eq=False)
class Envelope:
    """``low_kw``, ``high_kw``, ``asked_kw``, ``curtailed_kw`` (T, K) as role.csv states them."""

    low_kw: Floats
    high_kw: Floats
    asked_kw: Floats
    curtailed_kw: Floats


def corners(plan: Plan, hour: int, box: Floats) -> Floats:
    """(2 + lines, K) all at their least, all at their most, and for every closed line the most behind it and the least
    elsewhere."""
    behind = _behind(plan.network, plan.closed[hour])[:, plan.prosumer_bus]
    return np.vstack([box, np.where(behind, box[1], box[0])])


def _behind(network: Network, closed: Bools) -> Bools:
    """(lines, n) the buses that every closed line with a limit feeds."""
    tree = orient(network, closed)
    lines = np.flatnonzero(closed & np.isfinite(network.limit_a))
    found = np.zeros((network.n_lines, network.n_buses), dtype=np.bool_)
    for bus in range(network.n_buses):
        for line in _path(tree.parent_bus, tree.parent_line, bus):
            found[line, bus] = True
    return found[lines]


def _path(parent_bus: Ints, parent_line: Ints, bus: int) -> list[int]:
    """The lines from a bus to the substation."""
    lines = []
    while parent_line[bus] >= 0:
        lines.append(int(parent_line[bus]))
        bus = int(parent_bus[bus])
    return lines


def withdrawals(plan: Plan, hour: int, points_kw: Floats) -> tuple[Floats, Floats]:
    """(N, n) withdrawals of an hour at injections (N, K), in kW and kvar."""
    moved_kw = points_kw - plan.day["injection_kw"][hour]
    p_kw, q_kvar = (np.tile(values[hour], (len(points_kw), 1)) for values in (plan.withdrawal_kw, plan.withdrawal_kvar))
    np.subtract.at(p_kw.T, plan.prosumer_bus, moved_kw.T)
    return p_kw, q_kvar


def beyond(network: Network, points: Points) -> Floats:
    """(N, 2 n + m) how far every limit is broken, lower and upper voltage limits, then lines; infinite without a power
    flow."""
    low, high = network.vm_min_pu - points.vm_pu, points.vm_pu - network.vm_max_pu
    low[:, network.substations] = high[:, network.substations] = -np.inf
    over = np.where(np.isfinite(network.limit_a), points.loading - 1.0, -np.inf)
    found = np.concatenate([low, high, over], axis=1)
    return np.where(np.isnan(found), np.inf, found)


def limit_name(network: Network, which: int) -> str:
    """What people call a column of :func:`beyond`."""
    count = network.n_buses
    if which >= 2 * count:
        return f"the limit of {network.line_label(which - 2 * count)}"
    return f"the {'lower' if which < count else 'upper'} voltage limit of {network.bus_label(which % count)}"
