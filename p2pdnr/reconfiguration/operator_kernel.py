"""One hour of the operator's problem on one tree, compiled.

Same problem as :mod:`p2pdnr.reconfiguration.distflow`, which stays the statement to read and the judge of this file, but solved
on the exact power flow instead of its cone: sequential quadratic programming on the injections alone. Every step solves the
power flow by sweeps, its adjoint by sweeps, and a small quadratic programme with the limits in reach. Where the cone is exact
both agree; where it is not, this one stays on the power flow.

Buses stand in tree order: substations first, every bus after its parent; the line of a bus is the one to its parent.
Powers and voltages per unit, voltages and currents squared.
"""

from __future__ import annotations

import numba as nb
import numpy as np

POWER_FLOW_SWEEPS = 60
ADJOINT_SWEEPS = 40
STEPS = 40
SMALLEST_STEP = 1e-6
MAX_ACTIVE = 64
UPPER, LOWER, CURRENT = range(3)


@nb.njit(cache=True, error_model="numpy", fastmath={"contract", "arcp", "nsz"})
def _power_flow(parent, r, x, roots, p_load, q_load, P, Q, l, v):
    """Sweeps to the solution of the branch flow, from the currents in l; False where there is none."""
    n = len(parent)
    for _ in range(POWER_FLOW_SWEEPS):
        for k in range(n):
            P[k], Q[k] = p_load[k], q_load[k]
        for k in range(n - 1, roots - 1, -1):
            P[k] += r[k] * l[k]
            Q[k] += x[k] * l[k]
            P[parent[k]] += P[k]
            Q[parent[k]] += Q[k]
        change = 0.0
        for k in range(roots, n):
            i = parent[k]
            v[k] = v[i] - 2.0 * (r[k] * P[k] + x[k] * Q[k]) + (r[k] * r[k] + x[k] * x[k]) * l[k]
            if not v[k] > 0.01:
                return False
            new = (P[k] * P[k] + Q[k] * Q[k]) / v[i]
            change = max(change, (r[k] + x[k]) * abs(new - l[k]))
            l[k] = new
        if change < 1e-12:
            return True
    return False


@nb.njit(cache=True, error_model="numpy", fastmath={"contract", "arcp", "nsz"})
def _adjoint(parent, r, x, roots, P, Q, l, v, g_l, g_v, price, lam_l):
    """Derivative of sum(g_l l + g_v v) by each bus's active load into ``price`` (n,), and by each line's P^2 + Q^2 into ``lam_l``:
    sweeps over the adjoint equations."""
    n = len(parent)
    lam_q, lam_v = np.zeros(n), np.zeros(n)
    price[:] = 0.0
    lam_l[:] = 0.0
    for sweep in range(ADJOINT_SWEEPS):
        for k in range(n):
            lam_v[k] = g_v[k]
        for k in range(n - 1, roots - 1, -1):
            i = parent[k]
            lam_v[i] += lam_v[k] - lam_l[k] * l[k]
        change = 0.0
        for k in range(roots, n):
            i = parent[k]
            new = price[i] - 2.0 * r[k] * lam_v[k] + 2.0 * P[k] * lam_l[k]
            lam_q[k] = lam_q[i] - 2.0 * x[k] * lam_v[k] + 2.0 * Q[k] * lam_l[k]
            change = max(change, abs(new - price[k]))
            price[k] = new
            lam_l[k] = (g_l[k] + r[k] * new + x[k] * lam_q[k] + (r[k] * r[k] + x[k] * x[k]) * lam_v[k]) / v[i]
        if sweep > 0 and change < 1e-11 * (1.0 + abs(price[n - 1])):
            return


@nb.njit(cache=True, error_model="numpy", fastmath={"contract", "arcp", "nsz"})
def _factorise(H):
    """In-place lower Cholesky factor, diagonal inverted."""
    n = H.shape[0]
    for i in range(n):
        for j in range(i + 1):
            total = H[i, j]
            for k in range(j):
                total -= H[i, k] * H[j, k]
            if i == j:
                H[i, i] = 1.0 / np.sqrt(max(total, 1e-14))
            else:
                H[i, j] = total * H[j, j]


@nb.njit(cache=True, error_model="numpy", fastmath={"contract", "arcp", "nsz"})
def _solve(H, v):
    n = H.shape[0]
    for i in range(n):
        total = v[i]
        for k in range(i):
            total -= H[i, k] * v[k]
        v[i] = total * H[i, i]
    for i in range(n - 1, -1, -1):
        total = v[i]
        for k in range(i + 1, n):
            total -= H[k, i] * v[k]
        v[i] = total * H[i, i]


@nb.njit(cache=True, error_model="numpy", fastmath={"contract", "arcp", "nsz"})
def _multipliers(G, need, cap, mu, count):
    """Box-constrained dual of the step's quadratic programme by coordinate ascent: 0 <= mu <= cap, need - G mu <= 0."""
    for _ in range(2000):
        change = 0.0
        for a in range(count):
            slope = need[a]
            for b in range(count):
                slope -= G[a, b] * mu[b]
            new = min(max(mu[a] + slope / G[a, a], 0.0), cap[a])
            change = max(change, abs(new - mu[a]) * G[a, a])
            mu[a] = new
        if change < 1e-13:
            return


@nb.njit(cache=True, error_model="numpy", fastmath={"contract", "arcp", "nsz"})
def _lossless(reach, base, z, out):
    """Squared voltages with l = 0: base + reach z."""
    for k in range(len(base)):
        total = base[k]
        for b in range(len(z)):
            total += reach[k, b] * z[b]
        out[k] = total


@nb.njit(cache=True, error_model="numpy", fastmath={"contract", "arcp", "nsz"})
def _merit(r, roots, limit, prices, v_low, v_high, l, v, upper):
    """Loss and priced violations at a power flow: what the steps must bring down."""
    total = 0.0
    for k in range(roots, len(r)):
        total += prices[0] * r[k] * l[k] + prices[1] * (max(0.0, upper[k] - v_high) + max(0.0, v_low - v[k]))
        if l[k] > limit[k, 0]:
            total += prices[2] * limit[k, 1] * (l[k] / limit[k, 0] - 1.0)
    return total


@nb.njit(cache=True, error_model="numpy", fastmath={"contract", "arcp", "nsz"})
def _admit(roots, limit, prices, v_low, v_high, l, v, upper, kind, where, mu, cap, active):
    """Add the limits broken at this power flow to the active ones; returns how many there are."""
    known = active
    for k in range(roots, len(l)):
        for what in range(3):
            if what == UPPER:
                excess = upper[k] - v_high
            elif what == LOWER:
                excess = v_low - v[k]
            else:
                excess = l[k] / limit[k, 0] - 1.0
            if excess <= 1e-10 or active == MAX_ACTIVE:
                continue
            fresh = True
            for a in range(known):
                fresh = fresh and (kind[a] != what or where[a] != k)
            if fresh:
                kind[active], where[active], mu[active] = what, k, 0.0
                cap[active] = prices[1] if what != CURRENT else prices[2] * limit[k, 1]
                active += 1
    return active


@nb.njit(cache=True, error_model="numpy", fastmath={"contract", "arcp", "nsz"})
def _bend(roots, below, weight, loss_bend, bends, kind, mu, active, H):
    """Curvature of the Lagrangian by the injections: the pull, the losses, and the limits with their prices,
    factorised. A line bends with twice the multiplier of its P^2 + Q^2."""
    count = H.shape[0]
    for i in range(count):
        for j in range(i + 1):
            H[i, j] = 0.0
        H[i, i] = weight[i] + 1e-9
    for k in range(roots, below.shape[0]):
        bend = loss_bend[k]
        for a in range(active):
            if kind[a] != UPPER:
                bend += mu[a] * bends[a, k]
        bend = 2.0 * max(bend, 0.0)
        for i in range(count):
            if below[k, i] > 0.0:
                for j in range(i + 1):
                    H[i, j] += bend * below[k, j]
    _factorise(H)


@nb.njit(cache=True, error_model="numpy", fastmath={"contract", "arcp", "nsz"})
def _hour(
    parent,
    r,
    x,
    roots,
    below,
    reach,
    limit,
    position,
    p_load,
    q_load,
    v0,
    target,
    weight,
    prices,
    v_low,
    v_high,
    z,
    l,
    charges,
    cost,
):
    """Minimise loss + priced violations + weight/2 (z - target)^2 over the injections z; returns the steps taken, negative
    when the power flow has no solution or the steps do not end.

    ``prices``: loss per unit of power, voltage per unit of squared voltage, current per unit of overload times its line's
    ``limit`` column 1. ``charges`` (3, n): loss, congestion and voltage part per unit of load at every bus. ``cost`` (2,): loss,
    violations.
    """
    n, count = len(parent), len(z)
    P, Q, v, upper, base = np.empty(n), np.empty(n), v0.copy(), np.empty(n), np.empty(n)
    p_net, price, zeros, seed = np.empty(n), np.empty(n), np.zeros(n), np.zeros(n)
    H, gradient, step, best = np.empty((count, count)), np.empty(count), np.empty(count), z.copy()
    kind, where = np.zeros(MAX_ACTIVE, dtype=np.int64), np.zeros(MAX_ACTIVE, dtype=np.int64)
    mu, need, cap = np.zeros(MAX_ACTIVE), np.zeros(MAX_ACTIVE), np.zeros(MAX_ACTIVE)
    value, old = np.zeros(MAX_ACTIVE), np.zeros(MAX_ACTIVE)
    J, K = np.zeros((MAX_ACTIVE, count)), np.zeros((MAX_ACTIVE, count))
    effect, bends, loss_bend = np.empty((MAX_ACTIVE, n)), np.empty((MAX_ACTIVE, n)), np.empty(n)
    G = np.zeros((MAX_ACTIVE, MAX_ACTIVE))
    active = 0
    # lossless voltage of the loads alone
    for k in range(n):
        P[k], Q[k] = p_load[k], q_load[k]
    for k in range(n - 1, roots - 1, -1):
        P[parent[k]] += P[k]
        Q[parent[k]] += Q[k]
    for k in range(n):
        base[k] = v0[k] if k < roots else base[parent[k]] - 2.0 * (r[k] * P[k] + x[k] * Q[k])
    loss_seed = prices[0] * r
    shrink, best_merit, begun = 1.0, np.inf, False
    for iteration in range(1, STEPS + 1):
        for k in range(n):
            p_net[k] = p_load[k]
        for b in range(count):
            p_net[position[b]] -= z[b]
        solved = _power_flow(parent, r, x, roots, p_net, q_load, P, Q, l, v)
        merit = np.inf
        if solved:
            _lossless(reach, base, z, upper)
            merit = _merit(r, roots, limit, prices, v_low, v_high, l, v, upper)
            for b in range(count):
                merit += 0.5 * weight[b] * (z[b] - target[b]) ** 2
        else:
            l[:] = 0.0
            if not begun:
                if iteration > 1:
                    return -iteration
                z[:] = 0.0  # a start beyond the collapse of voltage: begin without injections
                continue
        fresh = 0
        if solved:
            before = active
            active = _admit(roots, limit, prices, v_low, v_high, l, v, upper, kind, where, mu, cap, active)
            fresh = active - before
        if not solved or (merit > best_merit + 1e-7 * (1.0 + abs(best_merit)) and shrink > SMALLEST_STEP and iteration < STEPS):
            # too bold: go back and look again with the limits met on the way, or take a shorter step
            if fresh > 0 or iteration >= STEPS - 1:
                shrink, best_merit = 0.0, np.inf
            else:
                shrink *= 0.5
            for b in range(count):
                z[b] = best[b] + shrink * step[b]
            if shrink == 0.0:
                shrink = 1.0
            continue
        begun = True
        gain = best_merit - merit
        best_merit = merit
        _adjoint(parent, r, x, roots, P, Q, l, v, loss_seed, zeros, price, loss_bend)
        for b in range(count):
            gradient[b] = weight[b] * (z[b] - target[b]) - price[position[b]]
        charges[0] = price
        for a in range(active):
            k = where[a]
            if kind[a] == UPPER:
                value[a] = upper[k] - v_high
                for b in range(count):
                    J[a, b] = reach[k, b]
                continue
            if kind[a] == LOWER:
                value[a] = v_low - v[k]
                seed[k] = -1.0
                _adjoint(parent, r, x, roots, P, Q, l, v, zeros, seed, effect[a], bends[a])
            else:
                value[a] = l[k] / limit[k, 0] - 1.0
                seed[k] = 1.0 / limit[k, 0]
                _adjoint(parent, r, x, roots, P, Q, l, v, seed, zeros, effect[a], bends[a])
            seed[k] = 0.0
            for b in range(count):
                J[a, b] = -effect[a, position[b]]
        for _ in range(4):  # the limits bend the Lagrangian with their prices, and the prices depend on the bend
            _bend(roots, below, weight, loss_bend, bends, kind, mu, active, H)
            for b in range(count):
                step[b] = -gradient[b]
            _solve(H, step)
            for a in range(active):
                need[a] = value[a]
                K[a] = J[a]
                _solve(H, K[a])
                for b in range(count):
                    need[a] += J[a, b] * step[b]
            for a in range(active):
                for c in range(active):
                    total = 0.0
                    for b in range(count):
                        total += J[a, b] * K[c, b]
                    G[a, c] = total
                G[a, a] = G[a, a] * (1.0 + 1e-10) + 1e-14
                old[a] = mu[a]
            _multipliers(G, need, cap, mu, active)
            settled = True
            for a in range(active):
                settled = settled and (kind[a] == UPPER or abs(mu[a] - old[a]) <= 0.1 * mu[a])
            if settled:
                break
        largest = 0.0
        for b in range(count):
            for a in range(active):
                step[b] -= mu[a] * K[a, b]
            largest = max(largest, abs(step[b]))
        for b in range(count):
            best[b] = z[b]
            z[b] += step[b] if iteration < STEPS - 1 else 0.0
        small = largest < 1e-9 or (largest < 1e-4 and gain < 1e-9 * (1.0 + abs(merit)))
        done = (small and fresh == 0) or shrink <= SMALLEST_STEP or iteration == STEPS
        shrink = 1.0
        if done:
            cost[0] = prices[0] * np.dot(r, l)
            cost[1] = _merit(r, roots, limit, prices, v_low, v_high, l, v, upper) - cost[0]
            charges[1] = 0.0
            charges[2] = 0.0
            for a in range(active):
                k = where[a]
                if kind[a] == CURRENT:
                    charges[1] += mu[a] * effect[a]
                elif kind[a] == LOWER:
                    charges[2] += mu[a] * effect[a]
                else:
                    _reach_all(parent, r, roots, k, -2.0 * mu[a], charges[2])
            return iteration
    return -STEPS


@nb.njit(cache=True, error_model="numpy", fastmath={"contract", "arcp", "nsz"})
def _reach_all(parent, r, roots, k, factor, out):
    """Add factor * (resistance shared with the path of bus k) to every bus."""
    n = len(parent)
    on_path = np.zeros(n, dtype=np.bool_)
    shared = np.zeros(n)
    at = k
    while at >= roots:
        on_path[at] = True
        at = parent[at]
    for i in range(roots, n):
        shared[i] = shared[parent[i]] + (r[i] if on_path[i] else 0.0)
        out[i] += factor * shared[i]


@nb.njit(cache=True, nogil=True, error_model="numpy")
def solve_hours(
    parent,
    r,
    x,
    roots,
    below,
    reach,
    limit,
    position,
    p_load,
    q_load,
    v0,
    target,
    weight,
    prices,
    v_low,
    v_high,
    z,
    l,
    charges,
    cost,
):
    """Solve H hours, each on its own tree; z (H, nb) and l (H, n) are the start and receive the answer. Returns steps (H,)."""
    steps = np.zeros(len(z), dtype=np.int64)
    for h in range(len(z)):
        steps[h] = _hour(
            parent[h], r[h], x[h], roots, below[h], reach[h], limit[h], position[h], p_load[h], q_load[h], v0[h],
            target[h], weight[h], prices, v_low, v_high, z[h], l[h], charges[h], cost[h],
        )  # fmt: skip
    return steps
