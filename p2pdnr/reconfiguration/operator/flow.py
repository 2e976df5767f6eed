"""Power flow of a tree in one hour, its adjoint and what it costs, compiled: the parts of :mod:`.kernel`."""

from __future__ import annotations

from p2pdnr.network.compilation import inner
from p2pdnr.reconfiguration.operator.arrays import FAR_B, FAR_G, GAIN, LEAK, NEAR_B, NEAR_G, B, G

POWER_FLOW_SWEEPS = 400
ADJOINT_SWEEPS = 400
FLOW_TOLERANCE = 1e-12
ADJOINT_TOLERANCE = 1e-10
LOWEST_V = 0.01
INFINITE = 1e300


@inner
def power_flow(tree, hour, flow):  # type: ignore[no-untyped-def]
    """Sweeps to the solution of the branch flow, from the currents in l; False where there is none."""
    parent, r, x, l, v, p, q = tree.parent, tree.r, tree.x, hour.l, flow.v, flow.p, flow.q
    earth, plain, gain = tree.earth, tree.plain, 1.0
    for k in range(len(parent)):
        v[k] = hour.root_v[k] if k < tree.roots else v[parent[k]]
    for _ in range(POWER_FLOW_SWEEPS):
        _withdraw(tree, hour, flow, (p, q, v))
        for k in range(len(parent) - 1, tree.roots - 1, -1):
            p[k] += r[k] * l[k]
            q[k] += x[k] * l[k]
            p[parent[k]] += p[k]
            q[parent[k]] += q[k]
        change = 0.0
        for k in range(tree.roots, len(parent)):
            i, before = parent[k], v[k]
            if not plain:
                gain = earth[GAIN, k]
            v[k] = gain * v[i] - 2.0 * (r[k] * p[k] + x[k] * q[k]) + (r[k] * r[k] + x[k] * x[k]) * l[k]
            if not v[k] > LOWEST_V:
                return False
            new = (p[k] * p[k] + q[k] * q[k]) / (gain * v[i])
            change = max(change, (r[k] + x[k]) * abs(new - l[k]))
            if not plain:
                change = max(change, abs(v[k] - before))
            l[k] = new
        if change < FLOW_TOLERANCE:
            return True
    return False


@inner
def _withdraw(tree, hour, flow, here):  # type: ignore[no-untyped-def]
    """What leaves the grid at every bus, with admittances to earth at squared voltages v; into p and q of ``here``."""
    p, q, v = here
    earth, plain, p_net, q_net = tree.earth, tree.plain, flow.p_net, flow.q_net
    for k in range(len(p)):
        p[k], q[k] = p_net[k], q_net[k]
        if not plain:
            p[k] += earth[G, k] * v[k]
            q[k] -= earth[B, k] * v[k]


@inner
def loss(tree, hour, terms, flow):  # type: ignore[no-untyped-def]
    """Price of the losses."""
    total, earth, v = 0.0, tree.earth, flow.v
    for k in range(tree.roots, len(tree.r)):
        total += tree.r[k] * hour.l[k]
    if not tree.plain:
        for k in range(len(tree.r)):
            total += earth[LEAK, k] * v[k]
    return terms.loss * total


@inner
def end_currents(tree, hour, flow):  # type: ignore[no-untyped-def]
    """Squared current of every line at that of its ends where it is larger, into ``current``; ``at_far`` is 1 where
    that is the fed end."""
    earth, r, x, v, current, at_far = tree.earth, tree.r, tree.x, flow.v, flow.current, flow.at_far
    for k in range(tree.roots, len(r)):
        l, p, q = hour.l[k], flow.p[k], flow.q[k]
        current[k] = l
        if not tree.plain:
            g, b = earth[NEAR_G, k], earth[NEAR_B, k]
            near = earth[GAIN, k] * l + 2.0 * (g * p - b * q) + (g * g + b * b) * v[tree.parent[k]]
            g, b = earth[FAR_G, k], earth[FAR_B, k]
            p, q = p - r[k] * l, q - x[k] * l
            far = l - 2.0 * (g * p - b * q) + (g * g + b * b) * v[k]
            current[k], at_far[k] = max(near, far), 1.0 if far >= near else 0.0


@inner
def seed_current(tree, flow, k, weight):  # type: ignore[no-untyped-def]
    """Seeds of a weight on the squared current that a line's limit is for."""
    if tree.plain:
        flow.seed_l[k] = weight
        return
    earth = tree.earth
    if flow.at_far[k] > 0.0:
        g, b = earth[FAR_G, k], earth[FAR_B, k]
        flow.seed_l[k] = weight * (1.0 + 2.0 * (g * tree.r[k] - b * tree.x[k]))
        flow.seed_p[k], flow.seed_q[k] = -2.0 * weight * g, 2.0 * weight * b
        flow.seed_v[k] = weight * (g * g + b * b)
    else:
        g, b = earth[NEAR_G, k], earth[NEAR_B, k]
        flow.seed_l[k] = weight * earth[GAIN, k]
        flow.seed_p[k], flow.seed_q[k] = 2.0 * weight * g, -2.0 * weight * b
        flow.seed_v[tree.parent[k]] = weight * (g * g + b * b)


@inner
def unseed(tree, flow, k):  # type: ignore[no-untyped-def]
    """No seeds at a line and its ends."""
    flow.seed_l[k], flow.seed_p[k], flow.seed_q[k] = 0.0, 0.0, 0.0
    flow.seed_v[k], flow.seed_v[tree.parent[k]] = 0.0, 0.0


@inner
def violation(tree, hour, terms, flow):  # type: ignore[no-untyped-def]
    """Price of the broken limits."""
    total = 0.0
    for k in range(tree.roots, len(tree.r)):
        beyond = max(0.0, flow.v[k] - terms.v_high) + max(0.0, terms.v_low - flow.v[k])
        total += terms.voltage * tree.limit[k, 2] * beyond
        if flow.current[k] > tree.limit[k, 0]:
            total += terms.current * tree.limit[k, 1] * (flow.current[k] / tree.limit[k, 0] - 1.0)
    return total


@inner
def adjoint(tree, hour, flow, effect, bend):  # type: ignore[no-untyped-def]
    """Derivatives of the sum of seeds times l, v, P and Q by each bus's active load into ``effect``, by its reactive
    load into ``q_effect`` of ``flow``, and by each line's P^2 + Q^2 into ``bend``, by sweeps over the adjoint equations
    that start from what ``bend`` holds."""
    parent, r, x, p, q = tree.parent, tree.r, tree.x, flow.p, flow.q
    q_effect, v_effect = flow.q_effect, flow.v_effect
    earth, plain, gain = tree.earth, tree.plain, 1.0
    for k in range(len(parent) if not plain else tree.roots):
        q_effect[k] = 0.0
    for k in range(tree.roots):
        effect[k], q_effect[k] = 0.0, 0.0
    for sweep in range(ADJOINT_SWEEPS):
        for k in range(len(parent)):
            v_effect[k] = flow.seed_v[k]
            if not plain:
                v_effect[k] += earth[G, k] * effect[k] - earth[B, k] * q_effect[k]
        for k in range(len(parent) - 1, tree.roots - 1, -1):
            if not plain:
                gain = earth[GAIN, k]
            v_effect[parent[k]] += gain * (v_effect[k] - bend[k] * hour.l[k])
        change, largest = 0.0, 0.0
        for k in range(tree.roots, len(parent)):
            i = parent[k]
            new = flow.seed_p[k] + effect[i] - 2.0 * r[k] * v_effect[k] + 2.0 * p[k] * bend[k]
            q_effect[k] = flow.seed_q[k] + q_effect[i] - 2.0 * x[k] * v_effect[k] + 2.0 * q[k] * bend[k]
            change, largest = max(change, abs(new - effect[k])), max(largest, abs(new))
            effect[k] = new
            drop = (r[k] * r[k] + x[k] * x[k]) * v_effect[k]
            if not plain:
                gain = earth[GAIN, k]
            bend[k] = (flow.seed_l[k] + r[k] * new + x[k] * q_effect[k] + drop) / (gain * flow.v[i])
        if sweep > 0 and change <= ADJOINT_TOLERANCE * largest:
            return
