"""Power flow and adjoint of an hour whose loops are closed, compiled: the parts of :mod:`.kernel`.

Loops that nothing can open are cut at a joint, a pair of buses that are one point (:mod:`p2pdnr.network.joints`). What
flows from the first of a pair to the second is found with every power flow: the voltage still between them, by the
admittance of the loops, until there is none. Derivatives by loads count what then flows otherwise: the difference d of
squared voltages and of angles stays zero, so that

    dq/dw = q_w - q_s (d_s)^-1 d_w

with q_w, d_w the derivatives by loads w and q_s, d_s those by what flows through joints, both of the tree alone. Where
there are no joints all this is the tree's own.
"""

from __future__ import annotations

from math import atan2, cos, sin, sqrt
from typing import Any

from numba.core.types.misc import NoneType

from p2pdnr.network.compilation import by_types, inner
from p2pdnr.reconfiguration.operator.arrays import GAIN
from p2pdnr.reconfiguration.operator.flow import INFINITE, adjoint, end_currents, loss, power_flow, violation

ROUNDS = 100
JOINED = 1e-11
"""Voltage between the buses of a joint at which it is closed."""


@inner
def evaluate(tree, hour, terms, flow):  # type: ignore[no-untyped-def]
    """Power flow at the injections z; what they cost in all, or infinity where there is no solution."""
    for k in range(len(flow.p_net)):
        flow.p_net[k], flow.q_net[k] = hour.load_p[k], hour.load_q[k]
    for b in range(tree.actives):
        flow.p_net[tree.position[b]] -= hour.z[b]
    for b in range(tree.actives, len(hour.z)):
        flow.q_net[tree.position[b]] -= hour.z[b]
    if not closed_flow(tree, hour, flow):
        for k in range(len(hour.l)):
            hour.l[k] = 0.0
        open_joints(tree, flow)
        return INFINITE
    end_currents(tree, hour, flow)
    cost = loss(tree, hour, terms, flow) + violation(tree, hour, terms, flow)
    for b in range(len(hour.z)):
        cost += 0.5 * hour.weight[b] * (hour.z[b] - hour.target[b]) ** 2
    return cost


@inner
def _open(flow):  # type: ignore[no-untyped-def]
    """Nothing flows through joints, and nothing is known of their slopes."""
    for j in range(flow.joined.shape[1]):
        flow.joined[0, j], flow.joined[1, j] = 0.0, 0.0
    for a in range(flow.link_bend.shape[0]):
        for k in range(flow.link_bend.shape[1]):
            flow.link_bend[a, k] = 0.0


@inner
def _closed_flow(tree, hour, flow):  # type: ignore[no-untyped-def]
    """The power flow in which the buses of every joint have the same voltage; False where there is none."""
    for j in range(len(tree.joint)):
        _through(tree, flow, j, flow.joined[0, j], flow.joined[1, j])
    for _ in range(ROUNDS):
        if not power_flow(tree, hour, flow):
            return False
        if _gaps(tree, flow) <= JOINED:
            return True
        _correct(tree, flow)
    return False


@inner
def _through(tree, flow, j, p, q):  # type: ignore[no-untyped-def]
    """Draw so much more at the first bus of a joint, and give it back at the second."""
    first, second = tree.joint[j, 0], tree.joint[j, 1]
    flow.p_net[first] += p
    flow.q_net[first] += q
    flow.p_net[second] -= p
    flow.q_net[second] -= q


@inner
def _gaps(tree, flow):  # type: ignore[no-untyped-def]
    """The voltage between the buses of every joint, seen along that of the second, into ``joined``; the largest."""
    largest = 0.0
    for j in range(len(tree.joint)):
        angle, a, b = 0.0, tree.joint[j, 0], tree.joint[j, 1]
        while a != b and (a >= tree.roots or b >= tree.roots):
            lower, sign = (a, 1.0) if a > b else (b, -1.0)
            angle += sign * _turn(tree, flow, lower)
            a, b = (tree.parent[a], b) if a > b else (a, tree.parent[b])
        here, there = sqrt(flow.v[tree.joint[j, 0]]), sqrt(flow.v[tree.joint[j, 1]])
        real, imaginary = here * cos(angle) - there, here * sin(angle)
        flow.joined[2, j], flow.joined[3, j] = real, imaginary
        largest = max(largest, abs(real) + abs(imaginary))
    return largest


@inner
def _turn(tree, flow, k):  # type: ignore[no-untyped-def]
    """The angle of a bus less that of the one which feeds it."""
    r, x, p, q = tree.r[k], tree.x[k], flow.p[k], flow.q[k]
    return -atan2(x * p - r * q, _behind(tree, flow, k) - r * p - x * q)


@inner
def _behind(tree, flow, k):  # type: ignore[no-untyped-def]
    """The squared voltage behind the ratio of the line to a bus."""
    v = flow.v[tree.parent[k]]
    return v if tree.plain else tree.earth[GAIN, k] * v


@inner
def _correct(tree, flow):  # type: ignore[no-untyped-def]
    """What flows through joints, by the voltages still between their buses."""
    for j in range(len(tree.joint)):
        real, imaginary = 0.0, 0.0
        for i in range(len(tree.joint)):
            g, b, u, w = tree.bond[0, j, i], tree.bond[1, j, i], flow.joined[2, i], flow.joined[3, i]
            real += g * u - b * w
            imaginary += g * w + b * u
        there = sqrt(flow.v[tree.joint[j, 1]])
        flow.joined[0, j] += there * real
        flow.joined[1, j] -= there * imaginary
        _through(tree, flow, j, there * real, -there * imaginary)


@inner
def _link(tree, hour, flow):  # type: ignore[no-untyped-def]
    """Slopes of the differences of squared voltages, then of angles, at joints, and the inverse of those by what flows
    through joints."""
    count = len(tree.joint)
    for row in range(2 * count):
        j = row % count
        _seed(tree, flow, j, row < count)
        adjoint(tree, hour, flow, flow.link[row], flow.link_bend[row])
        for k in range(len(tree.r)):
            flow.link_q[row, k] = flow.q_effect[k]
            flow.seed_p[k], flow.seed_q[k], flow.seed_v[k] = 0.0, 0.0, 0.0
    for row in range(2 * count):
        for column in range(2 * count):
            j = column % count
            first, second = tree.joint[j, 0], tree.joint[j, 1]
            if column < count:
                flow.turned[row, column] = flow.link[row, first] - flow.link[row, second]
            else:
                flow.turned[row, column] = flow.link_q[row, first] - flow.link_q[row, second]
    _invert(flow.turned)


@inner
def _seed(tree, flow, j, squared):  # type: ignore[no-untyped-def]
    """Seeds of the difference of squared voltages at a joint, or of that of angles."""
    a, b = tree.joint[j, 0], tree.joint[j, 1]
    if squared:
        flow.seed_v[a], flow.seed_v[b] = 1.0, -1.0
        return
    while a != b and (a >= tree.roots or b >= tree.roots):
        lower, sign = (a, 1.0) if a > b else (b, -1.0)
        _seed_turn(tree, flow, lower, sign)
        a, b = (tree.parent[a], b) if a > b else (a, tree.parent[b])


@inner
def _seed_turn(tree, flow, k, sign):  # type: ignore[no-untyped-def]
    """Seeds of the angle along the line to a bus, those of the voltage at its other end added to what is there."""
    r, x, p, q = tree.r[k], tree.x[k], flow.p[k], flow.q[k]
    across, along = x * p - r * q, _behind(tree, flow, k) - r * p - x * q
    square = across * across + along * along
    flow.seed_p[k] = -sign * (along * x + across * r) / square
    flow.seed_q[k] = sign * (along * r - across * x) / square
    flow.seed_v[tree.parent[k]] += sign * across * (1.0 if tree.plain else tree.earth[GAIN, k]) / square


@inner
def _invert(matrix):  # type: ignore[no-untyped-def]
    """The left half of a matrix (n, 2n) becomes its inverse, by Gauss and Jordan with pivots from its rows."""
    n = matrix.shape[0]
    for i in range(n):
        for j in range(n):
            matrix[i, n + j] = 1.0 if i == j else 0.0
    for i in range(n):
        best = i
        for row in range(i + 1, n):
            if abs(matrix[row, i]) > abs(matrix[best, i]):
                best = row
        for j in range(2 * n):
            matrix[i, j], matrix[best, j] = matrix[best, j], matrix[i, j]
        pivot = matrix[i, i]
        for j in range(2 * n):
            matrix[i, j] /= pivot
        for row in range(n):
            factor = matrix[row, i]
            if row != i and factor != 0.0:
                for j in range(2 * n):
                    matrix[row, j] -= factor * matrix[i, j]
    for i in range(n):
        for j in range(n):
            matrix[i, j] = matrix[i, n + j]


@inner
def _joined_adjoint(tree, hour, flow, effect, bend):  # type: ignore[no-untyped-def]
    """The adjoint with joints closed, after :func:`_link` at the same power flow."""
    adjoint(tree, hour, flow, effect, bend)
    count = len(tree.joint)
    for j in range(count):
        first, second = tree.joint[j, 0], tree.joint[j, 1]
        flow.pull[j] = effect[first] - effect[second]
        flow.pull[count + j] = flow.q_effect[first] - flow.q_effect[second]
    for row in range(2 * count):
        share = 0.0
        for column in range(2 * count):
            share += flow.pull[column] * flow.turned[column, row]
        for k in range(len(tree.r)):
            effect[k] -= share * flow.link[row, k]
            flow.q_effect[k] -= share * flow.link_q[row, k]
            bend[k] -= share * flow.link_bend[row, k]


# What follows compiles to the tree's own where there are no joints, and nothing of the above with it.


def _has(tree: Any) -> bool:
    """Whether a tree, by its numba type, has joints."""
    return not isinstance(tree.types[tree.fields.index("joint")], NoneType)


def joint_of(joints: Any, tree: Any) -> Any:
    """(k, 2) the joints of a tree, by its place among :class:`.arrays.Trees`; None where there are none."""
    return None if joints is None else joints[tree]


@by_types(joint_of, True)
def _joint_of(joints: Any, tree: Any) -> Any:
    return (lambda joints, tree: None) if isinstance(joints, NoneType) else (lambda joints, tree: joints[tree])


def closed_flow(tree: Any, hour: Any, flow: Any) -> Any:
    """The power flow with joints closed; False where there is none."""
    return power_flow(tree, hour, flow) if tree.joint is None else _closed_flow(tree, hour, flow)


@by_types(closed_flow)
def _flow_of(tree: Any, hour: Any, flow: Any) -> Any:
    if _has(tree):
        return lambda tree, hour, flow: _closed_flow(tree, hour, flow)
    return lambda tree, hour, flow: power_flow(tree, hour, flow)


def open_joints(tree: Any, flow: Any) -> None:
    """Nothing flows through joints, and nothing is known of their slopes."""
    if tree.joint is not None:
        _open(flow)


@by_types(open_joints)
def _opened(tree: Any, flow: Any) -> Any:
    return (lambda tree, flow: _open(flow)) if _has(tree) else (lambda tree, flow: None)


def link(tree: Any, hour: Any, flow: Any) -> None:
    """What :func:`joined_adjoint` needs to know of joints at this power flow."""
    if tree.joint is not None:
        _link(tree, hour, flow)


@by_types(link)
def _linked(tree: Any, hour: Any, flow: Any) -> Any:
    if _has(tree):
        return lambda tree, hour, flow: _link(tree, hour, flow)
    return lambda tree, hour, flow: None


def joined_adjoint(tree: Any, hour: Any, flow: Any, effect: Any, bend: Any) -> None:
    """The adjoint (:func:`.flow.adjoint`) with joints closed, after :func:`link` at the same power flow."""
    which = adjoint if tree.joint is None else _joined_adjoint
    which(tree, hour, flow, effect, bend)


@by_types(joined_adjoint)
def _adjoint_of(tree: Any, hour: Any, flow: Any, effect: Any, bend: Any) -> Any:
    if _has(tree):
        return lambda tree, hour, flow, effect, bend: _joined_adjoint(tree, hour, flow, effect, bend)
    return lambda tree, hour, flow, effect, bend: adjoint(tree, hour, flow, effect, bend)
