"""The quadratic programme of a step of the operator's problem, compiled: the parts of :mod:`.kernel`."""

from __future__ import annotations

from p2pdnr.network.compilation import inner
from p2pdnr.reconfiguration.operator.flow import seed_current, unseed
from p2pdnr.reconfiguration.operator.joints import joined_adjoint

UPPER, LOWER, CURRENT = range(3)
BROKEN = 1e-10
# A limit without price that is this far from being broken is forgotten; it comes back when a step breaks it.
FAR = 1e-3
BENDS = 4
ASCENT_SWEEPS = 2000


@inner
def admit(tree, hour, terms, flow, limits):  # type: ignore[no-untyped-def]
    """Add the limits broken at this power flow to those in reach, the dearest first; returns how many are new.

    ``size[1]`` counts those that found no room.
    """
    known = limits.size[0]
    while True:
        found, where, most, left = -1, 0, 0.0, 0
        for kind in range(3):
            for k in range(tree.roots, len(tree.r)):
                broken = 0.0 if limits.listed[kind, k] else _broken(tree, terms, flow, (kind, k))
                if broken > BROKEN:
                    left += 1
                    dear = broken * _cap(tree, terms, (kind, k))
                    if found < 0 or dear > most:
                        found, where, most = kind, k, dear
        place = limits.size[0]
        if found < 0 or place == len(limits.kind):
            limits.size[1] = left
            return place - known
        limits.kind[place], limits.where[place], limits.mu[place] = found, where, 0.0
        limits.cap[place], limits.listed[found, where] = _cap(tree, terms, (found, where)), True
        for bus in range(len(tree.r)):
            limits.effect[place, bus], limits.bend[place, bus] = 0.0, 0.0
        limits.size[0] = place + 1


@inner
def _broken(tree, terms, flow, limit):  # type: ignore[no-untyped-def]
    """How far a limit (kind, line or bus) is broken, negative where it holds: squared voltage, or excess of the squared
    current over what is allowed."""
    kind, k = limit
    if kind != CURRENT and tree.limit[k, 2] == 0.0:
        return -1.0
    if kind == UPPER:
        return flow.v[k] - terms.v_high
    if kind == LOWER:
        return terms.v_low - flow.v[k]
    return flow.current[k] / tree.limit[k, 0] - 1.0


@inner
def _cap(tree, terms, limit):  # type: ignore[no-untyped-def]
    """The highest price of a limit (kind, line or bus): that of breaking it."""
    kind, k = limit
    return terms.current * tree.limit[k, 1] if kind == CURRENT else terms.voltage


@inner
def measure(tree, hour, terms, room, forget):  # type: ignore[no-untyped-def]
    """Value and derivatives of every limit at this power flow; with ``forget``, those out of reach are dropped."""
    flow, limits = room.flow, room.limits
    a = 0
    while a < limits.size[0]:
        k = limits.where[a]
        limits.value[a] = _broken(tree, terms, flow, (limits.kind[a], k))
        if forget and limits.mu[a] == 0.0 and limits.value[a] < -FAR:
            _forget(limits, a)
            continue
        if limits.kind[a] == CURRENT:
            seed_current(tree, flow, k, 1.0 / tree.limit[k, 0])
        else:
            flow.seed_v[k] = 1.0 if limits.kind[a] == UPPER else -1.0
        joined_adjoint(tree, hour, flow, limits.effect[a], limits.bend[a])
        unseed(tree, flow, k)
        for b in range(len(hour.z)):
            place = tree.position[b]
            limits.slope[a, b] = -(limits.effect[a, place] if b < tree.actives else flow.q_effect[place])
        a += 1


@inner
def _forget(limits, a):  # type: ignore[no-untyped-def]
    """The last limit takes the place of one that is dropped."""
    last = limits.size[0] - 1
    limits.size[0] = last
    limits.listed[limits.kind[a], limits.where[a]] = False
    limits.kind[a], limits.where[a] = limits.kind[last], limits.where[last]
    limits.mu[a], limits.cap[a] = limits.mu[last], limits.cap[last]
    for k in range(limits.effect.shape[1]):
        limits.effect[a, k], limits.bend[a, k] = limits.effect[last, k], limits.bend[last, k]


@inner
def newton_step(tree, hour, flow, limits, step):  # type: ignore[no-untyped-def]
    """The step of the quadratic programme into ``move``; returns its largest entry.

    Limits bend the Lagrangian with their prices, and the prices depend on the bend: a few rounds settle both.
    """
    count, nb = limits.size[0], len(hour.z)
    for _ in range(BENDS):
        _bend(tree, hour, flow, limits, step)
        for b in range(nb):
            step.move[b] = -step.gradient[b]
        _solve(step.curvature, step.move)
        _programme(limits, step)
        if _price(limits):
            break
    largest = 0.0
    for b in range(nb):
        for a in range(count):
            step.move[b] -= limits.mu[a] * limits.solved[a, b]
        largest = max(largest, abs(step.move[b]))
    return largest


@inner
def _bend(tree, hour, flow, limits, step):  # type: ignore[no-untyped-def]
    """Curvature of the Lagrangian by the injections, factorised: the pull, and for every line that two buses share
    twice the multiplier of its P^2 + Q^2."""
    for k in range(tree.roots):
        flow.path[k] = 0.0
    for k in range(tree.roots, len(tree.r)):
        bend = flow.loss_bend[k]
        for a in range(limits.size[0]):
            bend += limits.mu[a] * limits.bend[a, k]
        flow.path[k] = flow.path[tree.parent[k]] + 2.0 * max(bend, 0.0)
    for i in range(len(hour.z)):
        for j in range(i + 1):
            alike = (i < tree.actives) == (j < tree.actives)  # P^2 + Q^2 joins no active power with reactive power
            step.curvature[i, j] = flow.path[tree.shared[i, j]] if alike else 0.0
        step.curvature[i, i] += hour.weight[i] + 1e-9
    _factorise(step.curvature)


@inner
def _factorise(matrix):  # type: ignore[no-untyped-def]
    """In-place lower Cholesky factor, diagonal inverted."""
    for i in range(matrix.shape[0]):
        for j in range(i + 1):
            total = matrix[i, j]
            for k in range(j):
                total -= matrix[i, k] * matrix[j, k]
            matrix[i, j] = total * matrix[j, j] if i != j else max(total, 1e-14) ** -0.5


@inner
def _solve(factor, v):  # type: ignore[no-untyped-def]
    n = factor.shape[0]
    for i in range(n):
        total = v[i]
        for k in range(i):
            total -= factor[i, k] * v[k]
        v[i] = total * factor[i, i]
    for i in range(n - 1, -1, -1):
        total = v[i]
        for k in range(i + 1, n):
            total -= factor[k, i] * v[k]
        v[i] = total * factor[i, i]


@inner
def _programme(limits, step):  # type: ignore[no-untyped-def]
    """The limits' quadratic programme in their prices: slopes through the curvature, what is needed after the free
    step."""
    count, nb = limits.size[0], len(step.move)
    for a in range(count):
        need = limits.value[a]
        for b in range(nb):
            limits.solved[a, b] = limits.slope[a, b]
            need += limits.slope[a, b] * step.move[b]
        limits.need[a] = need
        _solve(step.curvature, limits.solved[a])
    for a in range(count):
        for c in range(a + 1):
            total = 0.0
            for b in range(nb):
                total += limits.slope[a, b] * limits.solved[c, b]
            limits.gram[a, c], limits.gram[c, a] = total, total
        limits.gram[a, a] = limits.gram[a, a] * (1.0 + 1e-10) + 1e-14


@inner
def _price(limits):  # type: ignore[no-untyped-def]
    """Prices 0 <= mu <= cap by coordinate ascent; whether none that bends moved by more than a tenth."""
    count = limits.size[0]
    settled = True
    for a in range(count):
        limits.before[a] = limits.mu[a]
        for c in range(count):
            limits.need[a] -= limits.gram[a, c] * limits.mu[c]
    for _ in range(ASCENT_SWEEPS):
        change = 0.0
        for a in range(count):
            new = min(max(limits.mu[a] + limits.need[a] / limits.gram[a, a], 0.0), limits.cap[a])
            move = new - limits.mu[a]
            if move != 0.0:
                for c in range(count):
                    limits.need[c] -= limits.gram[c, a] * move
                limits.mu[a] = new
                change = max(change, abs(move) * limits.gram[a, a])
        if change < 1e-13:
            break
    for a in range(count):
        settled = settled and abs(limits.mu[a] - limits.before[a]) <= 0.1 * limits.mu[a]
    return settled
