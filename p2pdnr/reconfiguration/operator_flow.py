"""Power flow of a tree in one hour, its adjoint and what it costs, compiled: the parts of :mod:`.operator_kernel`."""

from __future__ import annotations

from p2pdnr.network.compilation import inner

POWER_FLOW_SWEEPS = 60
ADJOINT_SWEEPS = 40
FLOW_TOLERANCE = 1e-12
ADJOINT_TOLERANCE = 1e-10
LOWEST_V = 0.01
INFINITE = 1e300


@inner
def evaluate(tree, hour, terms, flow):  # type: ignore[no-untyped-def]
    """Power flow at the injections z; what they cost in all, or infinity where there is no solution."""
    for k in range(len(flow.p_net)):
        flow.p_net[k] = hour.load_p[k]
    for b in range(len(hour.z)):
        flow.p_net[tree.position[b]] -= hour.z[b]
    if not power_flow(tree, hour, flow):
        for k in range(len(hour.l)):
            hour.l[k] = 0.0
        return INFINITE
    _without_losses(tree, hour, flow)
    cost = loss(tree, hour, terms) + violation(tree, hour, terms, flow)
    for b in range(len(hour.z)):
        cost += 0.5 * hour.weight[b] * (hour.z[b] - hour.target[b]) ** 2
    return cost


@inner
def power_flow(tree, hour, flow):  # type: ignore[no-untyped-def]
    """Sweeps to the solution of the branch flow, from the currents in l; False where there is none."""
    parent, r, x, l, v, p, q = tree.parent, tree.r, tree.x, hour.l, flow.v, flow.p, flow.q
    for k in range(tree.roots):
        v[k] = hour.root_v[k]
    for _ in range(POWER_FLOW_SWEEPS):
        for k in range(len(parent)):
            p[k], q[k] = flow.p_net[k], hour.load_q[k]
        for k in range(len(parent) - 1, tree.roots - 1, -1):
            p[k] += r[k] * l[k]
            q[k] += x[k] * l[k]
            p[parent[k]] += p[k]
            q[parent[k]] += q[k]
        change = 0.0
        for k in range(tree.roots, len(parent)):
            i = parent[k]
            v[k] = v[i] - 2.0 * (r[k] * p[k] + x[k] * q[k]) + (r[k] * r[k] + x[k] * x[k]) * l[k]
            if not v[k] > LOWEST_V:
                return False
            new = (p[k] * p[k] + q[k] * q[k]) / v[i]
            change = max(change, (r[k] + x[k]) * abs(new - l[k]))
            l[k] = new
        if change < FLOW_TOLERANCE:
            return True
    return False


@inner
def _without_losses(tree, hour, flow):  # type: ignore[no-untyped-def]
    """Squared voltages with l = 0, into ``upper``; ``path`` and ``q_effect`` hold the flows meanwhile."""
    parent, p, q = tree.parent, flow.path, flow.q_effect
    for k in range(len(parent)):
        p[k], q[k] = flow.p_net[k], hour.load_q[k]
    for k in range(len(parent) - 1, tree.roots - 1, -1):
        p[parent[k]] += p[k]
        q[parent[k]] += q[k]
    for k in range(len(parent)):
        if k < tree.roots:
            flow.upper[k] = hour.root_v[k]
        else:
            flow.upper[k] = flow.upper[parent[k]] - 2.0 * (tree.r[k] * p[k] + tree.x[k] * q[k])


@inner
def loss(tree, hour, terms):  # type: ignore[no-untyped-def]
    """Price of the losses."""
    total = 0.0
    for k in range(tree.roots, len(tree.r)):
        total += tree.r[k] * hour.l[k]
    return terms.loss * total


@inner
def violation(tree, hour, terms, flow):  # type: ignore[no-untyped-def]
    """Price of the broken limits."""
    total = 0.0
    for k in range(tree.roots, len(tree.r)):
        total += terms.voltage * (max(0.0, flow.upper[k] - terms.v_high) + max(0.0, terms.v_low - flow.v[k]))
        if hour.l[k] > tree.limit[k, 0]:
            total += terms.current * tree.limit[k, 1] * (hour.l[k] / tree.limit[k, 0] - 1.0)
    return total


@inner
def adjoint(tree, hour, flow, effect, bend):  # type: ignore[no-untyped-def]
    """Derivatives of sum(seed_l l + seed_v v) by each bus's active load into ``effect``, and by each line's P^2 + Q^2
    into ``bend``, by sweeps over the adjoint equations that start from what ``bend`` holds."""
    parent, r, x, p, q = tree.parent, tree.r, tree.x, flow.p, flow.q
    q_effect, v_effect = flow.q_effect, flow.v_effect
    for k in range(tree.roots):
        effect[k], q_effect[k] = 0.0, 0.0
    for sweep in range(ADJOINT_SWEEPS):
        for k in range(len(parent)):
            v_effect[k] = flow.seed_v[k]
        for k in range(len(parent) - 1, tree.roots - 1, -1):
            v_effect[parent[k]] += v_effect[k] - bend[k] * hour.l[k]
        change, largest = 0.0, 0.0
        for k in range(tree.roots, len(parent)):
            i = parent[k]
            new = effect[i] - 2.0 * r[k] * v_effect[k] + 2.0 * p[k] * bend[k]
            q_effect[k] = q_effect[i] - 2.0 * x[k] * v_effect[k] + 2.0 * q[k] * bend[k]
            change, largest = max(change, abs(new - effect[k])), max(largest, abs(new))
            effect[k] = new
            drop = (r[k] * r[k] + x[k] * x[k]) * v_effect[k]
            bend[k] = (flow.seed_l[k] + r[k] * new + x[k] * q_effect[k] + drop) / flow.v[i]
        if sweep > 0 and change <= ADJOINT_TOLERANCE * largest:
            return
