"""Exact AC power flow on a tree, all hours at once, in physical units; the mathematics is in the kernel."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from p2pdnr.network.admittance import bus_admittance, line_flows, tree_series
from p2pdnr.network.arrays import Bools, Floats, Ints, Network
from p2pdnr.network.held_kernel import Held, held_arrays, held_flow
from p2pdnr.network.joints import Complexes, joined_state
from p2pdnr.network.kernel import power_flow
from p2pdnr.network.kernel_arrays import ERROR, LOWEST, Branches, State, new_state
from p2pdnr.network.lanes import padded
from p2pdnr.network.topology import Tree

TOLERANCE = 1e-12
MOST_SWEEPS = 400


@dataclass(frozen=True, eq=False)
class Flow:
    """State of a tree in every hour; whole rows are NaN where ``converged`` is False.

    Attributes
    ----------
    vm_pu : (T, n) voltage magnitude
    p_kw, q_kvar : (T, m) flow at the from end of a line, positive from its from bus to its to bus, charging included
    current_a : (T, m) current at a line's from or to end, whichever is larger, at the from bus's nominal voltage
    loss_kw : (T, m) what goes in at both ends: r I^2 and what conductance to earth takes
    converged : (T,) whether the hour has a power flow solution that was found
    generated_kvar : (T, G) reactive power of the generators that hold a voltage; None where there are none
    """

    vm_pu: Floats
    p_kw: Floats
    q_kvar: Floats
    current_a: Floats
    loss_kw: Floats
    converged: Bools
    generated_kvar: Floats | None = None


def solve_tree(network: Network, tree: Tree, p_kw: Floats, q_kvar: Floats) -> Flow:
    """AC power flow of one tree in all hours, to 1e-12 in squared voltage.

    Parameters: ``p_kw``, ``q_kvar`` (T, n) net withdrawal of each bus (load minus injection); where the network has
    generators that hold a voltage, with what they give in its own state, of which the reactive power is found anew.
    Hours without a solution are NaN and not ``converged``; nothing is raised for them.
    """
    branches = tree_branches(network, tree)
    if network.generators is None:
        return _flow(network, branches, tree_state(network, branches, p_kw, q_kvar), len(p_kw))
    state, held = _held_state(network, branches, *withdrawals_pu(network, p_kw, q_kvar))
    flow = _flow(network, branches, state, len(p_kw))
    return replace(flow, generated_kvar=np.where(flow.converged[:, None], network.base_kw * held.q.T, np.nan))


def tree_state(network: Network, branches: Branches, p_kw: Floats, q_kvar: Floats) -> State:
    """The power flow of :func:`solve_tree` per unit and in tree order, as it was computed; see :func:`has_solution`."""
    withdrawals, hours = withdrawals_pu(network, p_kw, q_kvar)
    if network.generators is not None:
        return _held_state(network, branches, withdrawals, hours)[0]
    return joined_through(network, branches, withdrawals, hours)[0]


def joined_through(
    network: Network, branches: Branches, withdrawals: tuple[Floats, Floats], hours: int
) -> tuple[State, Complexes]:
    """The power flow at withdrawals (n, padded T) per unit, and (k, padded T) the complex power through the network's
    joints, of which there may be none."""

    def alone(p: Floats, q: Floats) -> State:
        state = new_state(network.n_buses, hours)
        power_flow(branches, (p, q), _root_voltages(network, branches), state, (TOLERANCE, MOST_SWEEPS))
        return state

    if network.joints is None:
        return alone(*withdrawals), np.zeros((0, padded(hours)), dtype=np.complex128)
    return joined_state(network, branches, withdrawals, alone)


def _held_state(
    network: Network, branches: Branches, withdrawals: tuple[Floats, Floats], hours: int
) -> tuple[State, Held]:
    """The power flow with generators that hold their voltages, and what they give."""
    state, held = new_state(network.n_buses, hours), held_of(network, withdrawals, hours)
    held_flow(branches, _root_voltages(network, branches), state, held, (TOLERANCE, MOST_SWEEPS))
    return state, held


def held_of(network: Network, withdrawals: tuple[Floats, Floats], hours: int) -> Held:
    """The generators of a network as the kernel reads them; ``withdrawals``, a pair of (n, padded T), come with what
    they give in the network's own state, and are written into."""
    generators, base = network.generators, network.base_kw
    assert generators is not None
    limits = generators.least_kvar / base, generators.most_kvar / base, generators.kvar / base
    return held_arrays(generators.vm_pu**2, limits, generators.bus, withdrawals, hours)


def part_state(network: Network, branches: Branches, buses: Ints, p_kw: Floats, q_kvar: Floats) -> State:
    """The same of some ``buses`` (R,) alone, all substations first, that feed no others: ``branches`` has their places
    for buses, and withdrawals are (T, R)."""
    hours, squared = len(p_kw), np.zeros(network.n_buses)
    squared[network.substations] = network.substation_vm_pu**2
    p, q = (np.zeros((len(buses), padded(hours))) for _ in range(2))
    p[:, :hours], q[:, :hours] = p_kw.T / network.base_kw, q_kvar.T / network.base_kw
    state = new_state(len(buses), hours)
    power_flow(branches, (p, q), squared[buses[: len(network.substations)]], state, (TOLERANCE, MOST_SWEEPS))
    return state


def has_solution(state: State) -> Bools:
    """(padded T,) whether the power flow of an hour was found."""
    return np.asarray((state.hours[ERROR] <= TOLERANCE**2) & (state.hours[LOWEST] > 0.0))


def tree_branches(network: Network, tree: Tree) -> Branches:
    """The tree's lines in tree order."""
    position = np.empty(network.n_buses, dtype=np.int64)
    position[tree.order] = np.arange(network.n_buses)
    feeding, line = tree.parent_bus[tree.order], tree.parent_line[tree.order]
    root = line < 0
    parent = np.where(root, -1, position[feeding])
    series = tree_series(network, tree)
    r, x, gain = (values[tree.order] for values in (series.r_pu, series.x_pu, series.gain))
    nothing = np.zeros(network.n_buses)
    drawn = nothing if network.is_plain else bus_admittance(network, tree.closed)[0][tree.order]
    earth = np.array([drawn.real, drawn.imag, gain])
    return Branches(tree.order.astype(np.int64), parent, line, r, x, earth, network.is_plain)


def withdrawals_pu(network: Network, p_kw: Floats, q_kvar: Floats) -> tuple[tuple[Floats, Floats], int]:
    """Net withdrawals per unit as the kernel reads them, a pair of (n, padded T), and T; from (T, n) in kW and kvar."""
    if np.shape(p_kw) != np.shape(q_kvar) or np.shape(p_kw)[1:] != (network.n_buses,):
        shapes = f"{np.shape(p_kw)} and {np.shape(q_kvar)}"
        raise ValueError(f"withdrawals have shapes {shapes}, wanted (hours, {network.n_buses})")
    hours = len(p_kw)
    p, q = (np.zeros((network.n_buses, padded(hours))) for _ in range(2))
    p[:, :hours] = np.asarray(p_kw).T / network.base_kw
    q[:, :hours] = np.asarray(q_kvar).T / network.base_kw
    return (p, q), hours


def _root_voltages(network: Network, branches: Branches) -> Floats:
    """(s,) squared voltages of the roots in tree order."""
    squared = np.zeros(network.n_buses)
    squared[network.substations] = network.substation_vm_pu**2
    return squared[branches.bus[: len(network.substations)]]


def _flow(network: Network, branches: Branches, state: State, hours: int) -> Flow:
    """Physical units by bus and line, from a state in tree order."""
    v = np.empty_like(state.v)
    v[branches.bus] = state.v
    closed = np.zeros(network.n_lines, dtype=np.bool_)
    closed[branches.line[branches.line >= 0]] = True
    converged, base = has_solution(state), network.base_kw
    with np.errstate(all="ignore"):  # an hour beyond the collapse of voltage is no number, and not converged
        p, q = _sent(network, branches, state)
        flows = line_flows(network, closed, np.maximum(v, 0.0), p + 1j * q)
        vm = np.sqrt(np.maximum(v, 0.0))
        amperes = np.sqrt(flows.current2) * network.base_current_a[:, None]
    parts = (vm, base * flows.sent.real, base * flows.sent.imag, amperes, base * flows.loss)
    vm, p, q, amperes, loss = (np.where(converged, part, np.nan).T[:hours].copy() for part in parts)
    return Flow(vm, p, q, amperes, loss, converged[:hours].copy())


def _sent(network: Network, branches: Branches, state: State) -> tuple[Floats, Floats]:
    """(m, T) active and reactive power into the impedance of a line from its from end; 0 on open lines."""
    fed = branches.line >= 0
    line, bus = branches.line[fed], branches.bus[fed]
    forward = (network.to_bus[line] == bus)[:, None]
    current = np.abs(state.l[fed])
    p, q = (np.zeros((network.n_lines, state.v.shape[1])) for _ in range(2))
    # against the reference direction the from end is the far end, where p arrives
    p[line] = np.where(forward, state.p[fed] + branches.r[fed, None] * current, -state.p[fed])
    q[line] = np.where(forward, state.q[fed] + branches.x[fed, None] * current, -state.q[fed])
    return p, q
