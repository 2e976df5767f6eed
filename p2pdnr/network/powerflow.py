"""Exact AC power flow on a tree, all hours at once.

Branch flow in squared voltages v and squared currents l (Baran and Wu 1989), real arithmetic, no square root. With P, Q
the power that arrives at the far end of a line i -> j,

    P = p_j + sum over lines k leaving j of (P_k + r_k l_k),      Q likewise with x,
    l = (P^2 + Q^2) / v_j,
    v_j = v_i - 2 (r P + x Q) - (r^2 + x^2) l,

swept from the leaves to the root and back until v settles. Arrays are laid out (bus in tree order, hour), so that the
inner loops run over hours and vectorise. The compiled part is shared with the search over all trees.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numba
import numpy as np

from p2pdnr.network.arrays import Bools, Floats, Ints, Network
from p2pdnr.network.topology import Tree

MAX_SWEEPS = 400
# Finite arithmetic may be reordered; NaN and infinity keep their meaning, because they are how divergence shows.
FAST = ("contract", "reassoc", "nsz", "arcp")


@dataclass(frozen=True, eq=False)
class Flow:
    """State of a tree in every hour; whole rows are NaN where ``converged`` is False.

    Attributes
    ----------
    vm_pu : (T, n) voltage magnitude
    p_kw, q_kvar : (T, m) flow at the from end of a line, positive from its from bus to its to bus
    current_a, loss_kw : (T, m)
    converged : (T,) whether the hour has a power flow solution that was found
    """

    vm_pu: Floats
    p_kw: Floats
    q_kvar: Floats
    current_a: Floats
    loss_kw: Floats
    converged: Bools


class Branches(NamedTuple):
    """The lines of a tree in tree order: entry k belongs to the k-th bus and the line that feeds it. Roots come first.

    ``bus`` (n,) bus index; ``parent`` (n,) position of the feeding bus, ``line`` (n,) line index, both -1 at roots;
    ``r``, ``x`` (n,) in p.u.
    """

    bus: Ints
    parent: Ints
    line: Ints
    r: Floats
    x: Floats


class State(NamedTuple):
    """Working arrays of a power flow: (n, T) in tree order, and rows (T,).

    ``v`` squared voltage, ``p``/``q`` power arriving at the bus, ``l`` squared current of the line that feeds it;
    ``a``/``b`` scratch, ``change`` squared norm of the last change of v, ``lowest`` v met so far, ``converged`` the
    verdict.
    """

    v: Floats
    p: Floats
    q: Floats
    l: Floats  # noqa: E741
    a: Floats
    b: Floats
    change: Floats
    lowest: Floats
    converged: Bools


def new_state(n_buses: int, n_hours: int) -> State:
    """Room for a power flow of ``n_buses`` and ``n_hours``."""
    v, p, q, l = (np.zeros((n_buses, n_hours)) for _ in range(4))  # noqa: E741
    a, b, change, lowest = (np.zeros(n_hours) for _ in range(4))
    return State(v, p, q, l, a, b, change, lowest, np.zeros(n_hours, dtype=np.bool_))


def solve_tree(network: Network, tree: Tree, p_kw: Floats, q_kvar: Floats) -> Flow:
    """AC power flow of one tree in all hours, to 1e-12 in squared voltage.

    Parameters: ``p_kw``, ``q_kvar`` (T, n) net withdrawal of each bus (load minus injection).
    Hours without a solution are NaN and not ``converged``; nothing is raised for them.
    """
    branches = tree_branches(network, tree)
    p, q = withdrawals_pu(network, p_kw, q_kvar)
    state = new_state(network.n_buses, p.shape[1])
    roots = root_voltages(network, branches)
    sweep(branches, (p, q), roots, state, 1e-12)
    return _flow(network, branches, state)


def tree_branches(network: Network, tree: Tree) -> Branches:
    """The tree's lines in tree order."""
    position = np.empty(network.n_buses, dtype=np.int64)
    position[tree.order] = np.arange(network.n_buses)
    feeding, line = tree.parent_bus[tree.order], tree.parent_line[tree.order]
    root = line < 0
    parent = np.where(root, -1, position[feeding])
    r, x = (np.where(root, 0.0, values[line]) for values in (network.r_pu, network.x_pu))
    return Branches(tree.order.astype(np.int64), parent, line, r, x)


def withdrawals_pu(network: Network, p_kw: Floats, q_kvar: Floats) -> tuple[Floats, Floats]:
    """(n, T) net withdrawals per unit, from (T, n) in kW and kvar."""
    p, q = (np.ascontiguousarray(np.asarray(values, dtype=np.float64).T) / network.base_kw for values in (p_kw, q_kvar))
    if p.shape != q.shape or p.ndim != 2 or len(p) != network.n_buses:
        raise ValueError(f"withdrawals have shapes {p.T.shape} and {q.T.shape}, wanted (hours, {network.n_buses})")
    return p, q


def root_voltages(network: Network, branches: Branches) -> Floats:
    """(s,) squared voltages of the roots in tree order."""
    squared = np.zeros(network.n_buses)
    squared[network.substations] = network.substation_vm_pu**2
    return squared[branches.bus[: len(network.substations)]]


@numba.njit(nogil=True, cache=True, fastmath=set(FAST), error_model="numpy")
def sweep(branches, withdrawals, roots, state, tolerance):  # type: ignore[no-untyped-def]
    """Power flow from a flat start into ``state``.

    ``withdrawals``: pair of (n, T) arrays by bus; ``roots`` (s,) squared voltages; ``tolerance`` on the Euclidean norm
    of the last change of v, which bounds its largest entry.
    """
    v, change, lowest = state.v, state.change, state.lowest
    for k in range(v.shape[0]):
        v[k, :] = roots[k] if k < len(roots) else roots[0]
    lowest[:] = roots[0]
    for _ in range(MAX_SWEEPS):
        _backward(branches, withdrawals, len(roots), state)
        _forward(branches, len(roots), state)
        if not _unsettled(change, lowest, tolerance):
            break
    for t in range(len(change)):
        state.converged[t] = change[t] <= tolerance * tolerance and lowest[t] > 0.0


@numba.njit(nogil=True, cache=True, fastmath=set(FAST), error_model="numpy")
def _backward(branches, withdrawals, n_roots, state):  # type: ignore[no-untyped-def]
    """From the leaves to the roots: power that arrives at every bus, squared current of the line that feeds it."""
    load_p, load_q = withdrawals
    v, p, q, l, a, b = state.v, state.p, state.q, state.l, state.a, state.b  # noqa: E741
    n, hours = p.shape
    p[:] = 0.0
    q[:] = 0.0
    for k in range(n - 1, n_roots - 1, -1):
        bus, up, r, x = branches.bus[k], branches.parent[k], branches.r[k], branches.x[k]
        for t in range(hours):
            arriving_p = p[k, t] + load_p[bus, t]
            arriving_q = q[k, t] + load_q[bus, t]
            current = (arriving_p * arriving_p + arriving_q * arriving_q) / v[k, t]
            p[k, t] = arriving_p
            q[k, t] = arriving_q
            l[k, t] = current
            a[t] = arriving_p + r * current
            b[t] = arriving_q + x * current
        # a loop of its own: the compiler cannot know that k and its parent are different rows
        for t in range(hours):
            p[up, t] += a[t]
            q[up, t] += b[t]


@numba.njit(nogil=True, cache=True, fastmath=set(FAST), error_model="numpy")
def _forward(branches, n_roots, state):  # type: ignore[no-untyped-def]
    """From the roots to the leaves: squared voltages, how much they changed, and the lowest met."""
    v, p, q, l, a = state.v, state.p, state.q, state.l, state.a  # noqa: E741
    change, lowest = state.change, state.lowest
    n, hours = p.shape
    change[:] = 0.0
    for k in range(n_roots, n):
        up, r, x = branches.parent[k], branches.r[k], branches.x[k]
        z2 = r * r + x * x
        for t in range(hours):
            a[t] = v[up, t]
        for t in range(hours):
            new = a[t] - 2.0 * (r * p[k, t] + x * q[k, t]) - z2 * l[k, t]
            step = new - v[k, t]
            change[t] += step * step
            v[k, t] = new
        for t in range(hours):
            lowest[t] = v[k, t] if v[k, t] < lowest[t] else lowest[t]


@numba.njit(nogil=True, cache=True, error_model="numpy")
def _unsettled(change, lowest, tolerance):  # type: ignore[no-untyped-def]
    """Whether an hour is still moving: neither settled nor collapsed (v <= 0, or no number any more)."""
    for t in range(len(change)):  # noqa: SIM110
        if change[t] > tolerance * tolerance and lowest[t] > 0.0 and change[t] < np.inf:
            return True
    return False


def _flow(network: Network, branches: Branches, state: State) -> Flow:
    """Physical units by bus and line, from a state in tree order."""
    v = np.empty_like(state.v)
    v[branches.bus] = state.v
    p, q, current = _by_line(network, branches, state)
    vm = np.sqrt(np.maximum(v, 0.0))
    amperes = np.sqrt(current) * network.base_current_a[:, None]
    loss = network.r_pu[:, None] * current
    parts = (vm, network.base_kw * p, network.base_kw * q, amperes, network.base_kw * loss)
    vm, p, q, amperes, loss = (np.where(state.converged, part, np.nan).T for part in parts)
    return Flow(vm, p, q, amperes, loss, state.converged)


def _by_line(network: Network, branches: Branches, state: State) -> tuple[Floats, Floats, Floats]:
    """(m, T) flows p, q at the from end in reference direction, and squared current; 0 on open lines."""
    fed = branches.line >= 0
    line, bus = branches.line[fed], branches.bus[fed]
    forward = (network.to_bus[line] == bus)[:, None]
    current = np.abs(state.l[fed])
    p, q, squared = (np.zeros((network.n_lines, state.v.shape[1])) for _ in range(3))
    # against the reference direction the from end is the far end, where p arrives
    p[line] = np.where(forward, state.p[fed] + branches.r[fed, None] * current, -state.p[fed])
    q[line] = np.where(forward, state.q[fed] + branches.x[fed, None] * current, -state.q[fed])
    squared[line] = current
    return p, q, squared
