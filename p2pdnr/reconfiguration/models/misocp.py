"""The least loss of all radial topologies as one mixed-integer second-order cone programme, written once.

Every line that may be used stands for two arcs i -> j. With z_ij = 1 where bus i feeds bus j, else 0, and y_e = 1 where
line e is closed:

    min  sum r l
    z_ij + z_ji = y_e,    sum over i of z_ij = 1 at every bus without substation             (one parent: a tree)
    P_ij - r l_ij = p_j + what leaves j,    Q likewise with x                                (balance at j)
    w_ij <= v_i,  w_ij <= V^2 z_ij                                                          (voltage, seen if used)
    v_j = sum over i of  w_ij - 2 (r P_ij + x Q_ij) + (r^2 + x^2) l_ij                       (voltage drop)
    P_ij^2 + Q_ij^2 <= w_ij l_ij                                                            (rotated cone)
    p_j z_ij <= P_ij where no bus injects,  P_ij <= (all loads and losses) z_ij
    vmin^2 - low <= v <= vmax^2 + high,  l_ij <= Imax^2 (z_ij + over_ij)    where limits are priced

Baran and Wu (1989) for the flow, Taylor and Hover (2012) for the cone, the perspective w <= V^2 z for strength. A
fictitious commodity, one unit per bus, keeps buses without load from feeding each other in a ring. Lines in series have
at most one open line, every fundamental cycle at least one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import cvxpy as cp
import numpy as np
import scipy.sparse as sp

from p2pdnr.errors import SolverError
from p2pdnr.network.arrays import Bools, Floats, Ints, Network
from p2pdnr.reconfiguration.bounds.grid import Assumptions, BoundedGrid, scaled
from p2pdnr.reconfiguration.terms import OperatorTerms, limit_kva
from p2pdnr.reconfiguration.topologies.graph_reduction import reduce_network
from p2pdnr.solvers import solve_mixed_integer

LEAST_LOSS_PRICE = 1e-3
"""EUR/kWh that losses cost at least where limits are weighed against them."""

UNITS = 0.3
"""The whole load in the programme's units. Larger, and the cones lose digits (the solver squares their sides); smaller,
and the flows of the last lines drown in its tolerance. Losses are then right to about 1e-5."""


@dataclass(frozen=True, eq=False)
class Wanted:
    """Which topologies are wanted.

    Attributes
    ----------
    loss_kw : the most that one may lose
    free : (m,) lines left to decide; the others keep their state, if they are not decided by the graph anyway
    terms : broken limits count at their price, in kW of losses at theirs; without, limits do not count
    """

    loss_kw: float
    free: Bools | None = None
    terms: OperatorTerms | None = None


@dataclass(frozen=True, eq=False)
class Optimum:
    """Answer of the solver.

    ``closed`` (m,) lines of the best topology found, None without one; ``loss_kw`` and ``bound_kw``: its loss and the
    lower bound on all, as the cone programme sees them, with broken limits at their price where they have one;
    ``proved``: whether they met; ``binaries``: lines left to decide.
    """

    closed: Bools | None
    loss_kw: float | None
    bound_kw: float
    proved: bool
    binaries: int
    nodes: int
    seconds: float


@dataclass(frozen=True, eq=False)
class MisocpModel:
    """Variables that the answer is read from: ``closed`` (m,) 0 or 1, and the programme; ``unit_kw`` of its objective
    in kW."""

    problem: cp.Problem
    closed: cp.Variable
    unit_kw: float
    binaries: int


def solve(network: Network, load: tuple[Floats, Floats], wanted: Wanted, time_limit_s: float | None = None) -> Optimum:
    """The wanted topology with the least loss at net withdrawals ``load``, a pair of (n,) in kW and kvar.

    Raises :class:`TopologyError` when a bus cannot be supplied, :class:`SolverError` when the solver fails.
    """
    if not network.is_plain:
        raise SolverError("the mixed-integer programme knows lines as series impedances alone")
    model = state(scaled(network, *load, Assumptions(wanted.loss_kw)), wanted.free, wanted.terms)
    answer = solve_mixed_integer(model.problem, time_limit_s)
    closed = None if answer.objective is None else np.asarray(model.closed.value) > 0.5
    return Optimum(
        closed=closed,
        loss_kw=None if answer.objective is None else model.unit_kw * answer.objective,
        bound_kw=min(wanted.loss_kw, model.unit_kw * answer.bound),
        proved=answer.finished,
        binaries=model.binaries,
        nodes=answer.nodes,
        seconds=answer.seconds,
    )


class _ArcVariables(NamedTuple):
    """Of every arc ``line``, the line it runs over, whether it is ``used``, its flows ``p`` and ``q`` and squared
    current ``l``; ``v`` squared voltages of the buses; all in the programme's units."""

    line: Ints
    used: cp.Variable
    p: cp.Variable
    q: cp.Variable
    l: cp.Variable
    v: cp.Variable


def state(grid: BoundedGrid, free: Bools | None = None, terms: OperatorTerms | None = None) -> MisocpModel:
    """The programme of a network."""
    network = grid.network
    line, tail, head = _arcs(grid).T
    count, buses = len(line), network.n_buses
    r, x = grid.r[line] / UNITS, grid.x[line] / UNITS
    y, z = cp.Variable(network.n_lines, boolean=True), cp.Variable(count, nonneg=True)
    P, Q, l, w = (cp.Variable(count, nonneg=sign) for sign in (False, False, True, True))
    v, carried = cp.Variable(buses, nonneg=True), cp.Variable(count, nonneg=True)
    fed, arcs = np.setdiff1d(np.arange(buses), network.substations), _ArcVariables(line, z, P, Q, l, v)
    into, out_of = (_incidence(end, count, buses)[fed] for end in (head, tail))
    by_line = _incidence(line, count, network.n_lines)
    constraints = [
        by_line @ z == y,
        into @ z == 1.0,
        into @ (P - cp.multiply(r, l)) == UNITS * grid.p[fed] + out_of @ P,
        into @ (Q - cp.multiply(x, l)) == UNITS * grid.q[fed] + out_of @ Q,
        v[network.substations] == network.substation_vm_pu**2,
        w <= v[tail],
        w <= cp.multiply(grid.highest[tail], z),
        into @ (w - 2.0 * (cp.multiply(r, P) + cp.multiply(x, Q)) + cp.multiply(r**2 + x**2, l)) == v[fed],
        cp.SOC(w + l, cp.vstack([2.0 * P, 2.0 * Q, w - l])),
        into @ carried == 1.0 + out_of @ carried,
        carried <= float(len(fed)) * z,
        *_flow_limits(grid, arcs, head),
        *_graph_cuts(network, y),
        *_decided(network, y, free),
    ]
    # in parts of the most that is looked at, so that prices of currents are well above the solver's tolerance
    loss = cp.sum(cp.multiply(r / grid.cap_p, l))
    broken, limits = _priced_limits(grid, terms, arcs) if terms is not None else (0.0, [])
    cost = loss + UNITS / grid.assumed.loss_kw * broken
    problem = cp.Problem(cp.Minimize(cost), [*constraints, *limits, cost <= UNITS])
    return MisocpModel(problem, y, grid.assumed.loss_kw / UNITS, len(_undecided(network, free)))


def _arcs(grid: BoundedGrid) -> Ints:
    """(arcs, 3) line, tail, head of every direction in which a line may feed a bus without substation."""
    network, held = grid.network, set(grid.network.substations.tolist())
    usable = np.flatnonzero(network.switchable | network.closed).tolist()
    ends = [(line, int(network.from_bus[line]), int(network.to_bus[line])) for line in usable]
    both = [arc for line, i, j in ends for arc in ((line, i, j), (line, j, i))]
    return np.array([arc for arc in both if arc[2] not in held], dtype=np.int64).reshape(-1, 3)


def _incidence(rows: Ints, arcs: int, count: int) -> sp.csr_matrix:
    """(count, arcs) 1 where an arc belongs to a row."""
    return sp.csr_matrix((np.ones(arcs), (rows, np.arange(arcs))), shape=(count, arcs))


def _flow_limits(grid: BoundedGrid, arcs: _ArcVariables, head: Ints) -> list[cp.Constraint]:
    """An arc that is used carries at least the load of its head where there are no injections, and at most all loads
    and losses; one that is not carries nothing."""
    limits = []
    for power, load, cap in ((arcs.p, grid.p, grid.cap_p), (arcs.q, grid.q, grid.cap_q)):
        most = float(np.maximum(load, 0.0).sum()) + cap
        least = load[head] if (load >= 0.0).all() else np.full(len(head), float(np.minimum(load, 0.0).sum()))
        limits += [power <= UNITS * most * arcs.used, power >= cp.multiply(UNITS * least, arcs.used)]
    return limits


def _priced_limits(
    grid: BoundedGrid, terms: OperatorTerms, arcs: _ArcVariables
) -> tuple[cp.Expression, list[cp.Constraint]]:
    """What broken limits cost, in kW of losses, and the limits with their slack."""
    network, line, v = grid.network, arcs.line, arcs.v
    fed = np.setdiff1d(np.arange(network.n_buses), network.substations)
    rated = np.flatnonzero(np.isfinite(network.limit_pu[line]))
    low, high = cp.Variable(len(fed), nonneg=True), cp.Variable(len(fed), nonneg=True)
    over = cp.Variable(len(line), nonneg=True)
    most = (UNITS * network.base_kw / grid.base_kw * network.limit_pu[line[rated]]) ** 2
    rating_kva = np.zeros(len(line))
    rating_kva[rated] = limit_kva(network)[line[rated]]
    constraints = [v[fed] >= network.vm_min_pu**2 - low, v[fed] <= network.vm_max_pu**2 + high]
    if len(rated):
        constraints.append(arcs.l[rated] <= cp.multiply(most, arcs.used[rated] + over[rated]))
    price = terms.violation_price_eur_per_kwh / max(terms.loss_price_eur_per_kwh, LEAST_LOSS_PRICE)
    return price / 2.0 * (1000.0 * cp.sum(low + high) + rating_kva @ over), constraints


def _graph_cuts(network: Network, y: cp.Variable) -> list[cp.Constraint]:
    """At most one open line in a chain, at least one in a fundamental cycle, and as many as there are loops."""
    reduction = reduce_network(network)
    opened = 1.0 - y
    signature = [np.concatenate([reduction.chains[k] for k in np.flatnonzero(row)]) for row in reduction.signatures.T]
    return [
        *[cp.sum(opened[chain]) <= 1.0 for chain in reduction.chains if len(chain) > 1],
        *[cp.sum(opened[loop]) >= 1.0 for loop in signature],
        cp.sum(opened) == float(reduction.n_loops + len(reduction.always_open)),
    ]


def _undecided(network: Network, free: Bools | None) -> Ints:
    """Lines that graph and caller leave to decide."""
    lines = np.concatenate([np.zeros(0, dtype=np.int64), *reduce_network(network).chains])
    return lines if free is None else lines[free[lines]]


def _decided(network: Network, y: cp.Variable, free: Bools | None) -> list[cp.Constraint]:
    """The state of all other lines."""
    reduction = reduce_network(network)
    fixed = [y[reduction.always_closed] == 1.0, y[reduction.always_open] == 0.0]
    if free is not None:
        kept = np.flatnonzero(~free & network.switchable)
        fixed.append(y[kept] == network.closed[kept].astype(float))
    return [constraint for constraint in fixed if constraint.size]
