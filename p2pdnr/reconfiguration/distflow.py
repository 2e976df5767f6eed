"""The branch flow on a tree as a second-order cone programme, written once.

For the line to bus j from its parent i, sending-end flows P, Q, squared current l, squared voltage v (Baran and Wu
1989):
    P = load_j - p_j + r l + sum of P to the children          (Q likewise with x)
    v_j = v_i - 2 (r P + x Q) + (r^2 + x^2) l,       l v_i >= P^2 + Q^2
    v >= vmin^2,  v^ <= vmax^2 with v^ the lossless voltage (Gan, Li, Topcu, Low, IEEE TAC 2015),  l <= Imax^2
Every limit has a priced slack. The centralised optimum is made of this; the compiled twin is :mod:`.operator_kernel`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cvxpy as cp
import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from p2pdnr.network.arrays import Network
from p2pdnr.network.topology import Tree
from p2pdnr.reconfiguration.terms import OperatorTerms

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class TreeModel:
    """Variables, constraints and costs of H hours on one tree; lines stand in the tree's bus order, all per unit.

    ``flow_p``, ``flow_q``, ``current2`` (n - s, H); ``voltage2`` (n, H) by bus; ``loss_eur`` and ``violation_eur``
    over all hours.
    """

    flow_p: cp.Variable
    flow_q: cp.Variable
    current2: cp.Variable
    voltage2: cp.Expression
    sending_voltage2: cp.Expression
    constraints: list[cp.Constraint]
    loss_eur: cp.Expression
    violation_eur: cp.Expression

    @property
    def cost_eur(self) -> cp.Expression:
        """The operator's cost of these hours, without switching."""
        return self.loss_eur + self.violation_eur

    @property
    def cone_gap(self) -> float:
        """Largest l v - P^2 - Q^2 of the solution, p.u.^2: zero where the relaxation is exact."""
        slack = self.current2.value * self.sending_voltage2.value - self.flow_p.value**2 - self.flow_q.value**2
        return float(np.max(slack))


def tree_model(network: Network, tree: Tree, terms: OperatorTerms, load_p: Any, load_q: Floats) -> TreeModel:
    """State H hours on one tree; ``load_p`` (n, H) is an expression of net withdrawals, ``load_q`` numbers, both
    p.u."""
    fed = tree.order[len(network.substations) :]
    lines, hours = tree.parent_line[fed], load_q.shape[1]
    r, x = network.r_pu[lines][:, None], network.x_pu[lines][:, None]
    P, Q = cp.Variable((len(fed), hours)), cp.Variable((len(fed), hours))
    l = cp.Variable((len(fed), hours), nonneg=True)
    v_fed = cp.Variable((len(fed), hours))
    paths = _paths(tree, fed)
    parent, children = _parents(network, tree, fed)
    root2 = _root_voltage2(network, tree, fed)[:, None] @ np.ones((1, hours))
    v_sending = parent @ v_fed + root2
    path_root2 = paths.T @ root2
    lossless = path_root2 - 2.0 * paths.T @ (
        cp.multiply(r, paths @ load_p[fed]) + np.asarray(x * (paths @ load_q[fed]))
    )
    low, high, over = (cp.Variable((len(fed), hours), nonneg=True) for _ in range(3))
    constraints = [
        load_p[fed] + cp.multiply(r, l) + children @ P == P,
        load_q[fed] + cp.multiply(x, l) + children @ Q == Q,
        v_fed == v_sending - 2 * (cp.multiply(r, P) + cp.multiply(x, Q)) + cp.multiply(r**2 + x**2, l),
        cp.SOC(_flat(l + v_sending), cp.vstack([_flat(2 * P), _flat(2 * Q), _flat(l - v_sending)])),
        v_fed >= network.vm_min_pu**2 - low,
        lossless <= network.vm_max_pu**2 + high,
    ]
    limit = network.limit_pu[lines]
    rated = np.flatnonzero(np.isfinite(limit))
    if len(rated):
        constraints.append(l[rated] <= cp.multiply((limit[rated] ** 2)[:, None], 1 + over[rated]))
    rating_kva = np.where(np.isfinite(limit), network.base_kw * limit, 0.0)
    price = terms.violation_price_eur_per_kwh * terms.step_h / 2.0
    return TreeModel(
        P,
        Q,
        l,
        v_fed,
        v_sending,
        constraints,
        loss_eur=terms.loss_price_eur_per_kwh * terms.step_h * network.base_kw * cp.sum(cp.multiply(r, l)),
        violation_eur=price * (1000.0 * cp.sum(low + high) + cp.sum(rating_kva @ over)),
    )


def _flat(matrix: Any) -> Any:
    return cp.vec(matrix, order="F")


def _paths(tree: Tree, fed: npt.NDArray[np.int64]) -> Floats:
    """(L, L) 1 where bus column is supplied through line row."""
    place = {int(bus): k for k, bus in enumerate(fed)}
    paths = np.eye(len(fed))
    for k, bus in enumerate(fed):
        parent = int(tree.parent_bus[bus])
        if parent in place:
            paths[:, k] += paths[:, place[parent]]
    return paths


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
