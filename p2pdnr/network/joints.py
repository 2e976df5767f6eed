"""Loops that nothing can open, cut at joints: a radial network that is exactly the meshed one.

A line of every loop ends at a bus of its own instead of at the bus where it ended. Both are one point, a *joint*: what
flows from the first into the second is what makes their voltages the same. All lines keep their impedance, their losses
and their limits in the tree, so that topologies, ranking and the operator's problem know nothing of loops but what
flows through joints. That is found around the power flow of the tree (:func:`joined_state`) as :mod:`.break_points`
does: by the voltage still between the two buses and the admittance of the loops, until there is none.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from p2pdnr.network.arrays import Bools, Floats, Ints, Network
from p2pdnr.network.kernel_arrays import ERROR, LOWEST, Branches, State

TOLERANCE_PU = 1e-11
"""Voltage between the buses of a joint at which it is closed."""
MOST_STEPS = 200
SMALL_LOAD = 0.1
"""Share of the load that the tree alone is taken to carry."""

Complexes = npt.NDArray[np.complex128]
Solve = Callable[[Floats, Floats], State]
"""The power flow of a tree at withdrawals (n, padded T), per unit."""


def whole(network: Network) -> Network:
    """The network before its loops were cut."""
    return network if network.joints is None else network.joints.whole


def pairs(network: Network) -> Ints:
    """(k, 2) the buses of every joint, none where nothing was cut."""
    return np.zeros((0, 2), dtype=np.int64) if network.joints is None else network.joints.pairs


def bond(network: Network) -> Floats:
    """(2, k, k) real and imaginary part of the admittance between the buses of joints, p.u."""
    if network.joints is None:
        return np.zeros((2, 0, 0))
    return np.array([network.joints.admittance.real, network.joints.admittance.imag])


def with_joints(network: Network, values: Floats) -> Floats:
    """(..., n + k) values of buses (..., n) with nothing at the buses that a cut made."""
    return np.concatenate([values, np.zeros((*values.shape[:-1], len(pairs(network))))], axis=-1)


def joined_state(
    network: Network, branches: Branches, withdrawals: tuple[Floats, Floats], solve: Solve
) -> tuple[State, Complexes]:
    """The power flow with joints closed, and (k, padded T) what flows through them, complex, p.u.; ``withdrawals``, a
    pair of (n, padded T), are per unit. Hours without one have no solution (:func:`.powerflow.has_solution`)."""
    begin = np.zeros((len(pairs(network)), withdrawals[0].shape[1]), dtype=np.complex128)
    state, through, solved = _closed(network, branches, (withdrawals, solve), begin)
    if solved.all():
        return state, through
    # the tree alone may not carry the load that the loops share: begin with what flows at a small one
    little = SMALL_LOAD * withdrawals[0], SMALL_LOAD * withdrawals[1]
    _, small, _ = _closed(network, branches, (little, solve), begin)
    begin = np.where(solved, through, np.nan_to_num(small / SMALL_LOAD))
    state, through, solved = _closed(network, branches, (withdrawals, solve), begin)
    state.hours[ERROR, ~solved] = np.inf
    return state, through


def _closed(
    network: Network, branches: Branches, asked: tuple[tuple[Floats, Floats], Solve], through: Complexes
) -> tuple[State, Complexes, Bools]:
    """From what flows through joints at first: the power flow, what flows at the end, and which hours are solved."""
    (p, q), solve = asked
    assert network.joints is not None
    first, second = network.joints.pairs.T
    ways = _ways(network, branches)
    with np.errstate(all="ignore"):  # an hour beyond the collapse of voltage is no number, and says so
        for _ in range(MOST_STEPS):
            drawn_p, drawn_q = p.copy(), q.copy()
            for drawn, part in ((drawn_p, through.real), (drawn_q, through.imag)):
                np.add.at(drawn, first, part)
                np.add.at(drawn, second, -part)
            state = solve(drawn_p, drawn_q)
            gap, there = _gaps(branches, state, ways)
            known = np.isfinite(gap).all(axis=0) & (state.hours[LOWEST] > 0.0)
            solved = np.asarray(known & (np.abs(gap).max(axis=0) <= TOLERANCE_PU))
            if (solved | ~known).all():
                break
            step = there * np.conj(network.joints.admittance @ np.where(known, gap, 0.0))
            through = np.where(solved | ~known, through, through + step)
    return state, through, solved


def _ways(network: Network, branches: Branches) -> tuple[list[tuple[Ints, Floats]], Ints]:
    """For every joint the lines, by place in tree order, on the way from its first bus to its second, with +1 where a
    line leads to the first and -1 to the second; and (k, 2) the places of both."""
    place = np.empty(network.n_buses, dtype=np.int64)
    place[branches.bus] = np.arange(network.n_buses)
    found, ends, parent = list[tuple[Ints, Floats]](), place[pairs(network)], branches.parent
    for a, b in ends.tolist():
        steps = list[tuple[int, float]]()
        while a != b and max(parent[a], parent[b]) >= 0:
            if a > b:
                steps.append((a, 1.0))
                a = int(parent[a])
            else:
                steps.append((b, -1.0))
                b = int(parent[b])
        found.append((np.array([k for k, _ in steps], dtype=np.int64), np.array([sign for _, sign in steps])))
    return found, ends


def _gaps(branches: Branches, state: State, ways: tuple[list[tuple[Ints, Floats]], Ints]) -> tuple[Complexes, Floats]:
    """(k, padded T) the voltage between the buses of every joint, the second's being real, and that of the second."""
    found, ends = ways
    vm = np.sqrt(np.maximum(state.v, 0.0))
    angle = np.array([(sign[:, None] * _turns(branches, state, at)).sum(axis=0) for at, sign in found])
    return vm[ends[:, 0]] * np.exp(1j * angle) - vm[ends[:, 1]], vm[ends[:, 1]]


def _turns(branches: Branches, state: State, at: Ints) -> Floats:
    """(len(at), padded T) the angle of every bus less that of the one which feeds it."""
    r, x = branches.r[at, None], branches.x[at, None]
    gain = 1.0 if branches.plain else branches.earth[2][at, None]
    p, q = state.p[at] + r * state.l[at], state.q[at] + x * state.l[at]
    return np.asarray(-np.arctan2(x * p - r * q, gain * state.v[branches.parent[at]] - r * p - x * q))
