"""What one more kW withdrawn at a bus adds to losses, squared voltages and squared currents: the power flow linearised.

The equations of docs/model.md (Operator) for the lines of a tree, in the unknowns P, Q, l and v of every fed bus, are
linearised at the power flow of :mod:`p2pdnr.network.powerflow`; the transposed sparse system gives the slopes of a
quantity by the withdrawals of all buses in one solution. Where loops were cut (:mod:`p2pdnr.network.joints`) what flows
through their joints is unknown too, and the two buses of each have the same voltage and the same angle. Nothing is
taken from the operator's compiled problem.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import SuperLU, splu

from p2pdnr.errors import PowerFlowError
from p2pdnr.network.admittance import bus_admittance, end_admittance
from p2pdnr.network.arrays import Floats, Ints, Network
from p2pdnr.network.joints import pairs, whole
from p2pdnr.network.kernel_arrays import Branches
from p2pdnr.network.powerflow import has_solution, tree_branches, tree_state
from p2pdnr.network.topology import Tree

P, Q, L, V, JOINT = range(5)
"""Unknowns of a fed bus, and the equations: balances of active and reactive power, voltage along the line, current.
Behind them those of joints: active, then reactive power through each; equal voltages, then equal angles."""


@dataclass(frozen=True, eq=False)
class Linearised:
    """H hours on one tree: the state of its f fed buses in tree order, all in p.u.

    ``p``, ``q`` (f, H) power into the line that feeds a bus, ``l`` its squared current and ``v`` the squared voltage of
    the bus, ``v_feeding`` that of the bus at the other end; ``parent`` (f,) place of the latter among the fed buses, -1
    for a substation; ``bus`` and ``line`` (f,) their indices; ``r``, ``x``, ``gain``, ``g``, ``b`` (f,) of the
    impedance, its ratio, and what stands between the bus and earth; ``leak`` (f,) the conductance of lines in ``g``.
    """

    network: Network
    p: Floats
    q: Floats
    l: Floats
    v: Floats
    v_feeding: Floats
    parent: Ints
    bus: Ints
    line: Ints
    r: Floats
    x: Floats
    gain: Floats
    g: Floats
    b: Floats
    leak: Floats

    @cached_property
    def _factor(self) -> SuperLU:
        try:
            return splu(self._transposed())
        except RuntimeError as error:
            raise PowerFlowError(f"the linearised power flow is singular ({error})") from None

    def by_withdrawal(self, seeds: Floats) -> Floats:
        """(n, H) derivatives, by the active power withdrawn at every bus that no cut has made, of a quantity whose
        derivatives by the unknowns are ``seeds`` (4, f, H); zero at substations. Raises
        :class:`PowerFlowError` at a collapse."""
        fed, hours = self.p.shape
        asked = np.zeros((hours, self._size))
        asked[:, : 4 * fed] = seeds.transpose(2, 0, 1).reshape(hours, -1)
        found = self._factor.solve(asked.ravel()).reshape(hours, -1)
        slopes = np.zeros((self.network.n_buses, hours))
        slopes[self.bus] = found[:, :fed].T
        return slopes[: whole(self.network).n_buses]

    @property
    def _size(self) -> int:
        """Unknowns of an hour: four of every fed bus, and what flows through every joint."""
        return 4 * len(self.bus) + 2 * len(pairs(self.network))

    def loss_seeds(self) -> Floats:
        """Of the losses: sum of r l, and what conductances of lines take."""
        seeds = np.zeros((4, *self.p.shape))
        seeds[L], seeds[V] = self.r[:, None], self.leak[:, None]
        return seeds

    def voltage_seeds(self, weight: Floats) -> Floats:
        """Of the sum of ``weight`` (f, H) times the squared voltages."""
        seeds = np.zeros((4, *self.p.shape))
        seeds[V] = weight
        return seeds

    def current_seeds(self, weight: Floats) -> Floats:
        """Of the sum of ``weight`` (f, H) times the squared currents at that end of a line where it is larger."""
        near, far = self._end_admittance()
        is_far = self._end_currents()[1] > self._end_currents()[0]
        g, b = (np.where(is_far, getattr(far, part), getattr(near, part)) for part in ("real", "imag"))
        sign, square = np.where(is_far, -1.0, 1.0), g**2 + b**2
        seeds = np.zeros((4, *self.p.shape))
        seeds[P], seeds[Q] = 2.0 * sign * g * weight, -2.0 * sign * b * weight
        inside = 1.0 + 2.0 * (g * self.r[:, None] - b * self.x[:, None])
        seeds[L] = np.where(is_far, inside, self.gain[:, None]) * weight
        seeds[V] = np.where(is_far, square, 0.0) * weight
        fed = np.flatnonzero(self.parent >= 0)
        np.add.at(seeds[V], self.parent[fed], np.where(is_far, 0.0, square * weight)[fed])
        return seeds

    @property
    def current2(self) -> Floats:
        """(f, H) squared current of the line to every bus at the end where it is larger."""
        return np.asarray(self._end_currents().max(axis=0))

    def _end_admittance(self) -> Floats:
        """(2, f, 1) complex admittance to earth that the line puts on the feeding bus and on the fed one."""
        closed = end_admittance(self.network).closed
        far = np.where(self.network.to_bus[self.line] == self.bus, 1, 0)
        return np.array([closed[1 - far, self.line], closed[far, self.line]])[:, :, None]

    def _end_currents(self) -> Floats:
        """(2, f, H) squared currents at the feeding and at the fed end: l +- 2 (g P - b Q) + (g^2 + b^2) v."""
        near, far = self._end_admittance()
        at_bus = self.p - self.r[:, None] * self.l, self.q - self.x[:, None] * self.l
        sent = 2.0 * (near.real * self.p - near.imag * self.q)
        arriving = 2.0 * (far.real * at_bus[0] - far.imag * at_bus[1])
        return np.array(
            [
                self.gain[:, None] * self.l + sent + np.abs(near) ** 2 * self.v_feeding,
                self.l - arriving + np.abs(far) ** 2 * self.v,
            ]
        )

    def _transposed(self) -> sp.csc_matrix:
        """Derivatives of all equations (columns) of all hours by all unknowns (rows), one block an hour."""
        fed, hours = self.p.shape
        entries, start = [*self._entries(), *self._joint_entries()], self._size * np.arange(hours)
        columns = np.concatenate([((kind * fed + at)[:, None] + start).ravel() for kind, at, *_ in entries])
        rows = np.concatenate([((kind * fed + at)[:, None] + start).ravel() for _, _, kind, at, _ in entries])
        values = [np.broadcast_to(value, (len(at), hours)).ravel() for _, at, _, _, value in entries]
        return sp.csc_matrix((np.concatenate(values), (rows, columns)), shape=(self._size * hours,) * 2)

    def _joint_entries(self) -> list[tuple[int, Ints, int, Ints, Floats]]:
        """The same of joints: what flows from the first bus of each to the second is withdrawn there and given back
        here; their squared voltages, and the angles along the ways to both, are the same."""
        place, count = np.full(self.network.n_buses, -1), len(pairs(self.network))
        place[self.bus] = np.arange(len(self.bus))
        entries, one = list[tuple[int, Ints, int, Ints, Floats]](), np.ones((1, 1))
        for joint, ends in enumerate(place[pairs(self.network)].tolist()):
            of_p, of_q = np.array([joint]), np.array([count + joint])
            for end, sign in zip(ends, (one, -one), strict=True):
                if end < 0:
                    continue
                at = np.array([end])
                entries += [(P, at, JOINT, of_p, -sign), (Q, at, JOINT, of_q, -sign), (JOINT, of_p, V, at, sign)]
                while end >= 0:
                    entries += self._turn_entries(of_q, end, sign)
                    end = int(self.parent[end])
        return entries

    def _turn_entries(self, row: Ints, bus: int, sign: Floats) -> list[tuple[int, Ints, int, Ints, Floats]]:
        """Derivatives of the angle along the line to a bus, the argument of v' - (r - j x) (P + j Q) with v' the
        squared voltage behind its ratio."""
        at, above = np.array([bus]), int(self.parent[bus])
        r, x, gain = self.r[at, None], self.x[at, None], self.gain[at, None]
        behind = gain * self.v_feeding[at] - (r - 1j * x) * (self.p[at] + 1j * self.q[at])
        by_p, by_q, by_v = (sign * np.imag(change / behind) for change in (-(r - 1j * x), -1j * (r - 1j * x), gain))
        entries = [(JOINT, row, P, at, by_p), (JOINT, row, Q, at, by_q)]
        return entries if above < 0 else [*entries, (JOINT, row, V, np.array([above]), by_v)]

    def _entries(self) -> list[tuple[int, Ints, int, Ints, Floats]]:
        """Equation and the buses of it, unknown and the buses of it, derivative: the terms of docs/model.md in turn."""
        own, below = np.arange(len(self.bus)), np.flatnonzero(self.parent >= 0)
        above, r, x, one = self.parent[below], self.r[:, None], self.x[:, None], np.ones((1, 1))
        return [
            *((row, own, row, own, one) for row in (P, Q, V)),
            *((row, above, row, below, -one) for row in (P, Q)),
            (P, own, L, own, -r),
            (Q, own, L, own, -x),
            (P, own, V, own, -self.g[:, None]),
            (Q, own, V, own, self.b[:, None]),
            (V, own, P, own, 2.0 * r),
            (V, own, Q, own, 2.0 * x),
            (V, own, L, own, -(r**2) - x**2),
            (V, below, V, above, -self.gain[below, None]),
            (L, own, L, own, self.gain[:, None] * self.v_feeding),
            (L, own, P, own, -2.0 * self.p),
            (L, own, Q, own, -2.0 * self.q),
            (L, below, V, above, (self.gain[:, None] * self.l)[below]),
        ]


def linearise(network: Network, tree: Tree, hours: Ints, p_kw: Floats, q_kvar: Floats) -> Linearised:
    """The ``hours`` (H,) of one tree at withdrawals (H, n). Raises :class:`PowerFlowError` naming the first of them
    that has no power flow."""
    branches = tree_branches(network, tree)
    state = tree_state(network, branches, p_kw, q_kvar)
    found = has_solution(state)[: len(hours)]
    if not found.all():
        raise PowerFlowError(f"no power flow of hour {hours[~found][0]}")
    known = [values[:, : len(hours)] for values in (state.p, state.q, state.l, state.v)]
    return _in_tree_order(network, tree, branches, known)


def _in_tree_order(network: Network, tree: Tree, branches: Branches, state: list[Floats]) -> Linearised:
    """What is known of the fed buses; they stand behind the substations."""
    arriving_p, arriving_q, l, v = state
    roots = int((branches.line < 0).sum())
    r, x, (g, b, gain) = branches.r[roots:], branches.x[roots:], branches.earth[:, roots:]
    return Linearised(
        network,
        p=arriving_p[roots:] + r[:, None] * l[roots:],
        q=arriving_q[roots:] + x[:, None] * l[roots:],
        l=l[roots:],
        v=v[roots:],
        v_feeding=v[branches.parent[roots:]],
        parent=np.maximum(branches.parent[roots:] - roots, -1),
        bus=branches.bus[roots:],
        line=branches.line[roots:],
        r=r,
        x=x,
        gain=gain,
        g=g,
        b=b,
        leak=bus_admittance(network, tree.closed)[1][branches.bus[roots:]],
    )
