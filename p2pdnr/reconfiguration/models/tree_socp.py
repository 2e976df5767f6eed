"""The branch flow on a tree as a second-order cone programme, written once.

For the line to bus j from its parent i, sending-end flows P, Q, squared current l, squared voltage v (Baran and Wu
1989):
    P = load_j - p_j + r l + sum of P to the children          (Q likewise with x)
    v_j = v_i - 2 (r P + x Q) + (r^2 + x^2) l,       l v_i >= P^2 + Q^2
    vmin^2 <= v <= vmax^2,  l <= Imax^2
Where there are ratios and admittances to earth, load_j grows by g v_j (reactive: -b v_j), v_i counts with the line's
gain, r, x and l are seen from bus j, and Imax holds for both ends with the line's own admittance: all linear. Every
limit has a priced slack. The centralised optimum is made of this; the compiled twin is
:mod:`p2pdnr.reconfiguration.operator.kernel`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cvxpy as cp
import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from p2pdnr.network.admittance import bus_admittance, end_admittance, tree_series
from p2pdnr.network.arrays import Network
from p2pdnr.network.topology import Tree
from p2pdnr.reconfiguration.terms import OperatorTerms

Floats = npt.NDArray[np.float64]

BEYOND_REACH_PU = 5e3
"""A current limit this far out, 5 GVA where the base is 1 MVA, is none: its square would spoil the solver's scaling."""


@dataclass(frozen=True, eq=False)
class TreeModel:
    """Variables, constraints and costs of H hours on one tree; lines stand in the tree's bus order, all per unit.

    ``flow_p``, ``flow_q``, ``current2``, ``voltage2`` and ``sending_voltage2`` (n - s, H); ``hour_loss_eur`` and
    ``hour_violation_eur`` (H,).
    """

    flow_p: cp.Variable
    flow_q: cp.Variable
    current2: cp.Variable
    voltage2: cp.Expression
    sending_voltage2: cp.Expression
    constraints: list[cp.Constraint]
    hour_loss_eur: cp.Expression
    hour_violation_eur: cp.Expression

    @property
    def hour_cost_eur(self) -> cp.Expression:
        """(H,) the operator's cost of each hour, without switching."""
        return self.hour_loss_eur + self.hour_violation_eur

    @property
    def cost_eur(self) -> cp.Expression:
        """The operator's cost of these hours, without switching."""
        return cp.sum(self.hour_cost_eur)

    @property
    def cone_gap(self) -> float:
        """Largest l v - P^2 - Q^2 of the solution, p.u.^2: zero where the relaxation is exact."""
        slack = self.current2.value * self.sending_voltage2.value - self.flow_p.value**2 - self.flow_q.value**2
        return float(np.max(slack))


def tree_model(network: Network, tree: Tree, terms: OperatorTerms, load_p: Any, load_q: Any) -> TreeModel:
    """State H hours on one tree; ``load_p`` and ``load_q`` (n, H) are net withdrawals, expressions or numbers, p.u."""
    lines, hours = fed_lines(network, tree), load_q.shape[1]
    fed, shape = lines.bus, (len(lines.bus), hours)
    r, x, g, b = (values[:, None] for values in (lines.r, lines.x, lines.earth.real, lines.earth.imag))
    P, Q, v_fed = cp.Variable(shape), cp.Variable(shape), cp.Variable(shape)
    l = cp.Variable(shape, nonneg=True)
    v_parent = lines.parent @ v_fed + lines.root2[:, None] @ np.ones((1, hours))
    v_sending = cp.multiply(lines.gain[:, None], v_parent)
    low, high, over = (cp.Variable(shape, nonneg=True) for _ in range(3))
    constraints = [
        load_p[fed] + cp.multiply(g, v_fed) + cp.multiply(r, l) + lines.children @ P == P,
        load_q[fed] - cp.multiply(b, v_fed) + cp.multiply(x, l) + lines.children @ Q == Q,
        v_fed == v_sending - 2 * (cp.multiply(r, P) + cp.multiply(x, Q)) + cp.multiply(r**2 + x**2, l),
        cp.SOC(_flat(l + v_sending), cp.vstack([_flat(2 * P), _flat(2 * Q), _flat(l - v_sending)])),
        v_fed >= network.vm_min_pu**2 - low,
        v_fed <= network.vm_max_pu**2 + high,
    ]
    limit = np.where(network.limit_pu < BEYOND_REACH_PU, network.limit_pu, np.inf)[lines.line]
    rated = np.flatnonzero(np.isfinite(limit))
    if len(rated):
        allowed = cp.multiply((limit[rated] ** 2)[:, None], 1 + over[rated])
        constraints += [current[rated] <= allowed for current in _end_currents(lines, (P, Q, l, v_fed, v_parent))]
    rating_kva = np.where(np.isfinite(limit), network.base_kw * limit, 0.0)
    price = terms.half_violation_eur_per_kw
    lost = lines.r @ l + lines.leak @ v_fed + lines.root_leak
    return TreeModel(
        P,
        Q,
        l,
        v_fed,
        v_sending,
        constraints,
        hour_loss_eur=terms.loss_eur_per_kw * network.base_kw * lost,
        hour_violation_eur=price * (1000.0 * cp.sum(low + high, axis=0) + rating_kva @ over),
    )


@dataclass(frozen=True, eq=False)
class FedLines:
    """The L lines of a tree in its bus order, as seen from the bus each feeds.

    ``bus``, ``line`` (L,); ``up`` (L,) the line that feeds where each starts, -1 for a substation; ``r``, ``x``,
    ``gain`` (L,); ``earth`` (L,) complex admittance to earth at the bus, ``leak`` (L,) the conductance of lines in it
    and ``root_leak`` what that of lines takes at substations; ``far``, ``near`` (L,) what the line itself puts on the
    bus and on its parent; ``parent``, ``children`` (L, L) selections; ``root2`` (L,) squared voltage where a line
    starts at a substation, else 0; ``plain`` as of the network.
    """

    bus: npt.NDArray[np.int64]
    line: npt.NDArray[np.int64]
    up: npt.NDArray[np.int64]
    r: Floats
    x: Floats
    gain: Floats
    earth: npt.NDArray[np.complex128]
    leak: Floats
    root_leak: float
    far: npt.NDArray[np.complex128]
    near: npt.NDArray[np.complex128]
    parent: Any
    children: Any
    root2: Floats
    plain: bool


def fed_lines(network: Network, tree: Tree) -> FedLines:
    """The lines of a tree as seen from the buses they feed."""
    fed = tree.order[len(network.substations) :]
    line, series = tree.parent_line[fed], tree_series(network, tree)
    earth, leak = bus_admittance(network, tree.closed)
    ends = end_admittance(network).closed[:, line]
    backward = network.from_bus[line] == fed
    parent, children = _parents(network, tree, fed)
    place = {int(bus): k for k, bus in enumerate(fed)}
    return FedLines(
        bus=fed,
        line=line,
        up=np.array([place.get(int(tree.parent_bus[bus]), -1) for bus in fed], dtype=np.int64),
        r=series.r_pu[fed],
        x=series.x_pu[fed],
        gain=series.gain[fed],
        earth=earth[fed],
        leak=leak[fed],
        root_leak=float(leak[network.substations] @ network.substation_vm_pu**2),
        far=np.where(backward, ends[0], ends[1]),
        near=np.where(backward, ends[1], ends[0]),
        parent=parent,
        children=children,
        root2=_root_voltage2(network, tree, fed),
        plain=network.is_plain,
    )


def _end_currents(lines: FedLines, state: tuple[Any, ...]) -> list[Any]:
    """Squared currents (L, H) that the limits are for: at both ends of a line, its own admittance included; linear."""
    P, Q, l, v_fed, v_parent = state
    if lines.plain:
        return [l]

    def at_end(y: Any, p: Any, q: Any, v: Any) -> Any:
        return 2 * (cp.multiply(y.real, p) - cp.multiply(y.imag, q)) + cp.multiply(np.abs(y) ** 2, v)

    received_p, received_q = P - cp.multiply(lines.r[:, None], l), Q - cp.multiply(lines.x[:, None], l)
    return [
        cp.multiply(lines.gain[:, None], l) + at_end(lines.near[:, None], P, Q, v_parent),
        l + at_end(lines.far[:, None], -received_p, -received_q, v_fed),
    ]


def _flat(matrix: Any) -> Any:
    return cp.vec(matrix, order="F")


def _parents(network: Network, tree: Tree, fed: npt.NDArray[np.int64]) -> tuple[Any, Any]:
    """Sparse selections: the parent's voltage of each line, and the sum over the child lines of each bus."""
    place = {int(bus): k for k, bus in enumerate(fed)}
    pairs = [(k, place[int(tree.parent_bus[bus])]) for k, bus in enumerate(fed) if int(tree.parent_bus[bus]) in place]
    rows, columns = (
        (np.array(side, dtype=int) for side in zip(*pairs, strict=True)) if pairs else (np.zeros(0, int),) * 2
    )
    parent = sp.csr_matrix((np.ones(len(rows)), (rows, columns)), shape=(len(fed), len(fed)))
    return parent, parent.T.tocsr()


def _root_voltage2(network: Network, tree: Tree, fed: npt.NDArray[np.int64]) -> Floats:
    """(L,) squared substation voltage where a line starts at one, else 0."""
    held = dict(zip(network.substations.tolist(), (network.substation_vm_pu**2).tolist(), strict=True))
    return np.array([held.get(int(tree.parent_bus[bus]), 0.0) for bus in fed])
