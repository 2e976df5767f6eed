"""Lower bounds of the operator's hours on many trees by weak duality, compiled.

For the tree of an hour take multipliers a, b of the balances of active and reactive power (zero at the roots), nu =
nu_low - nu_high of the voltage limits and m of the current limits, each limit's at most its price. The Lagrangian of
the branch flow cone (:mod:`p2pdnr.reconfiguration.models.tree_socp`, with the upper limit on v itself) then has a
minimum in closed form. For the line to bus j from its parent i, with the children k of j,

    y_j = nu_j + sum over k of (y_k + s_k),
    A_j = a_i - a_j + 2 r y_j,    B_j = b_i - b_j + 2 x y_j,
    C_j = loss price r + r a_j + x b_j - (r^2 + x^2) y_j + m_j / Imax^2  >= 0,       s_j = (A_j^2 + B_j^2) / (4 C_j),

    G = sum of (a load_p + b load_q + nu_low vmin^2 - nu_high vmax^2 - m) - sum over the roots' children of v_0 (y + s).

Whatever the multipliers, G less what injections are paid, the sum of a p, is at most what any power flow costs.
Devices answer the price at their bus in
closed form too, and inverters: reactive power q is paid b, so that a circle of radius S costs -S |(price of p, b)| at
least (:mod:`.one_tree` is the same for one tree at given multipliers). Tap changers of substations choose the least v_0
or the dearest, and capacitors add to y (:mod:`.lever_ranges`). What is left is to find good
multipliers: a, b from the adjoint of the exact power flow at injections that are likely, where G is exact; the prices
of limits broken there from a search along a line, from nothing to their full price.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from p2pdnr.network import kernel, kernel_arrays, kernel_shunts, lanes
from p2pdnr.network.compilation import allocating, entry_point, fingerprint, inner
from p2pdnr.network.kernel import has_converged, new_branches, orient, solve
from p2pdnr.network.kernel_arrays import State
from p2pdnr.network.lanes import LANES, larger, load, smaller, spread, store
from p2pdnr.reconfiguration.lagrangian import arrays, closed_form
from p2pdnr.reconfiguration.lagrangian.arrays import Adjoint, BoundWorkspace, TreeCase
from p2pdnr.reconfiguration.lagrangian.closed_form import ROUNDING_C, ROUNDING_SQUARE, TINY

ADJOINT_SWEEPS = 4
HALVINGS = 11
UNBOUNDED = 1e250
REACTIVE_PASSES = 4
FREE = 1e6


def _bounding(sources: int) -> Any:
    @entry_point
    def bound_trees(grid, open_lines, loads, answering, terms):  # type: ignore[no-untyped-def]
        """Bounds (n_trees, T) in EUR, very low where there is none; ``answering``: devices, inverters and levers;
        ``terms``: EUR per unit of losses, tolerance and most sweeps of the power flows, and whether voltage limits are
        priced as in the plan."""
        assert sources
        n, hours = len(grid.start) - 1, loads.p.shape[1]
        bounds = np.empty((len(open_lines), hours))
        branches, work = new_branches(grid), _new_work(n)
        zeros = np.zeros((5, n, hours))
        state = State(zeros[0], zeros[1], zeros[2], zeros[3], zeros[4], np.zeros((4, hours)))
        case = TreeCase(
            grid, branches, state, work, loads, answering[0], answering[1], answering[2], terms[2], terms[0]
        )
        closed, seen_q = np.ones(len(grid.r), dtype=np.bool_), loads.seen_q.copy()
        passes = REACTIVE_PASSES if len(case.circles.bus) else 0
        for tree in range(len(open_lines)):
            _close_all_but(closed, open_lines[tree], grid, branches)
            seen_q[:] = loads.seen_q
            solve(branches, (loads.seen_p, seen_q), grid.root_v, state, terms[1])
            for block in range(hours // LANES):
                _clean(state, terms[1][0], block)
                store(bounds, tree, block, _bound(case, block))
            for _ in range(passes):
                for block in range(hours // LANES):
                    _clean(state, terms[1][0], block)
                    _adjoint(case, work.losses, case.loss_eur, block)
                    _priced_as_seen(case, block)
                    _adjoint(case, work.limits, 0.0, block)
                    _least_reactive(case, seen_q, block)
                solve(branches, (loads.seen_p, seen_q), grid.root_v, state, terms[1])
            for block in range(hours // LANES if passes else 0):
                _clean(state, terms[1][0], block)
                store(bounds, tree, block, larger(load(bounds, tree, block), _bound(case, block)))
        return bounds

    return bound_trees


bound_trees = _bounding(fingerprint(kernel, kernel_arrays, kernel_shunts, lanes, arrays, closed_form))


@allocating
def _new_work(n):  # type: ignore[no-untyped-def]
    rows = np.zeros((17, n, LANES))
    losses = Adjoint(rows[0], rows[1], rows[2], rows[3])
    return BoundWorkspace(
        losses,
        Adjoint(rows[4], rows[5], rows[6], rows[7]),
        rows[8],
        rows[9],
        rows[10],
        rows[11],
        np.zeros((1, LANES)),
        rows[12],
        rows[13],
        rows[14],
        rows[15],
        rows[16],
    )


@inner
def _close_all_but(closed, open_lines, grid, branches):  # type: ignore[no-untyped-def]
    """Orient a tree given by its open lines; ``closed`` (m,) is all True before and after."""
    for line in open_lines:
        closed[line] = False
    orient(grid, closed, branches)
    for line in open_lines:
        closed[line] = True


@inner
def _least_reactive(case, seen_q, block):  # type: ignore[no-untyped-def]
    """A step of the reactive power of inverters, within their room, towards that of least cost at present voltages.

    A unit more of load costs b at a bus, and a change F of the flow into a part of the tree costs F^2 times the loss
    price r / v in its line: a quadratic programme on a tree. A part costs (F - ``rests``)^2 / ``yields`` at least.
    """
    work, roots = case.work, len(case.grid.roots)
    for k in range(len(work.y)):
        for t in range(LANES):
            _offer(case, seen_q, k, (block * LANES + t, t))
    for k in range(len(work.y) - 1, roots - 1, -1):
        up = case.branches.parent[k]
        own, rest = _through_line(case, k, block)
        store(work.yields, up, 0, load(work.yields, up, 0) + own)
        store(work.rests, up, 0, load(work.rests, up, 0) + rest)
    for k in range(roots, len(work.y)):
        up, bus = case.branches.parent[k], case.branches.bus[k]
        own, rest = _through_line(case, k, block)
        flow = rest + own / larger(load(work.yields, up, 0), spread(TINY)) * load(work.off, up, 0)
        off = flow - load(work.rests, k, 0)
        store(work.off, k, 0, off)
        free = load(work.free, k, 0)
        drawn = load(work.offered, k, 0) + free / larger(load(work.yields, k, 0), spread(TINY)) * off
        fed = load(case.loads.seen_q, bus, block) - load(seen_q, bus, block) - drawn
        fed = smaller(larger(fed, -1.0 * load(case.circles.less, bus, block)), load(case.circles.more, bus, block))
        store(seen_q, bus, block, load(case.loads.seen_q, bus, block) - fed)


@inner
def _offer(case, seen_q, k, hour):  # type: ignore[no-untyped-def]
    """What inverters at a bus would draw more if nothing else yielded, nothing where they are at the end of their room
    and would go on; ``hour``: of all, and of a block."""
    work, bus, (at, t) = case.work, case.branches.bus[k], hour
    less, more = case.circles.less[bus, at], case.circles.more[bus, at]
    b, fed = work.losses.b[k, t] + work.limits.b[k, t], case.loads.seen_q[bus, at] - seen_q[bus, at]
    edge = 1e-9 * (less + more)
    held = less + more <= 0.0 or (b > 0.0 and fed >= more - edge) or (b < 0.0 and fed <= edge - less)
    work.free[k, t] = 0.0 if held else FREE / (case.loss_eur + TINY)
    work.offered[k, t] = -0.5 * b * work.free[k, t]
    work.yields[k, t], work.rests[k, t], work.off[k, t] = work.free[k, t], work.offered[k, t], 0.0


@inner
def _through_line(case, k, block):  # type: ignore[no-untyped-def]
    """How a bus and all behind it yield, and where the change of flow rests, with the losses of the line that feeds
    it."""
    branches, state, work = case.branches, case.state, case.work
    weight = case.loss_eur * branches.r[k] / load(state.v, branches.parent[k], block)
    own, rest = load(work.yields, k, 0), load(work.rests, k, 0)
    damp = 1.0 / (1.0 + weight * own)
    return own * damp, rest * damp


@inner
def _clean(state, tolerance, block):  # type: ignore[no-untyped-def]
    """Hours without a power flow get one without currents: multipliers that are weak but valid."""
    for t in range(block * LANES, (block + 1) * LANES):
        if not has_converged(state, t, tolerance):
            for k in range(len(state.v)):
                state.v[k, t], state.p[k, t], state.q[k, t], state.l[k, t] = 1.0, 0.0, 0.0, 0.0


@inner
def _bound(case, block):  # type: ignore[no-untyped-def]
    """The best value over the shares of the prices of broken limits."""
    _adjoint(case, case.work.losses, case.loss_eur, block)
    best = _value(case, 0.0, block)
    if case.priced_as_seen:
        _priced_as_seen(case, block)
        _adjoint(case, case.work.limits, 0.0, block)
        best = larger(_value(case, 1.0, block), best)
    broken = _broken(case, block)
    if broken:
        _adjoint(case, case.work.limits, 0.0, block)
        share = 1.0
        for _ in range(HALVINGS):
            best = larger(_value(case, share, block), best)
            share *= 0.5
    return best


@inner
def _priced_as_seen(case, block):  # type: ignore[no-untyped-def]
    """Voltage limits at the prices that they have in the plan, whatever the tree."""
    limits, most = case.work.limits, spread(case.grid.band[2])
    for k in range(len(case.grid.roots), len(case.branches.bus)):
        price = load(case.loads.seen_nu, case.branches.bus[k], block)
        store(limits.nu, k, 0, smaller(larger(price, -1.0 * most), most))
        store(limits.m, k, 0, spread(0.0))


@inner
def _broken(case, block):  # type: ignore[no-untyped-def]
    """The full prices of the limits that are broken at the power flow; whether there are any."""
    grid, limits = case.grid, case.work.limits
    broken = False
    for k in range(len(grid.roots), len(case.branches.bus)):
        line = case.branches.line[k]
        for t in range(LANES):
            v, current = case.state.v[k, block * LANES + t], case.state.l[k, block * LANES + t]
            low, high = v < grid.band[0], v > grid.band[1]
            limits.nu[k, t] = grid.band[2] if low else (-grid.band[2] if high else 0.0)
            limits.m[k, t] = grid.overload[1, line] if current * grid.overload[0, line] > 1.0 else 0.0
            broken = broken or low or high or limits.m[k, t] > 0.0
    return broken


@inner
def _adjoint(case, prices, loss_eur, block):  # type: ignore[no-untyped-def]
    """What a unit of load at every bus adds to the losses and, at the prices ``nu`` and ``m``, to broken limits."""
    work, n_roots, zero = case.work, len(case.grid.roots), spread(0.0)
    for k in range(len(work.c)):
        store(work.c, k, 0, zero)
    for _ in range(ADJOINT_SWEEPS):
        for k in range(len(work.y)):
            store(work.y, k, 0, load(prices.nu, k, 0))
        for k in range(len(work.y) - 1, n_roots - 1, -1):
            up = case.branches.parent[k]
            pull = load(work.c, k, 0) * load(case.state.l, k, block) / load(case.state.v, up, block)
            store(work.y, up, 0, load(work.y, up, 0) + (load(work.y, k, 0) + pull))
        for k in range(n_roots):
            store(prices.a, k, 0, zero)
            store(prices.b, k, 0, zero)
        for k in range(n_roots, len(work.y)):
            _descend(case, prices, loss_eur, k, block)


@inner
def _descend(case, prices, loss_eur, k, block):  # type: ignore[no-untyped-def]
    """Prices at a bus from those at its parent, where both hang together by the power flow on the line between."""
    branches, state, work = case.branches, case.state, case.work
    up, r, x = branches.parent[k], branches.r[k], branches.x[k]
    v, current, y = load(state.v, up, block), load(state.l, k, block), load(work.y, k, 0)
    p = (load(state.p, k, block) + r * current) / v
    q = (load(state.q, k, block) + x * current) / v
    own = loss_eur * r + case.grid.overload[0, branches.line[k]] * load(prices.m, k, 0)
    c = own + r * load(prices.a, up, 0) + x * load(prices.b, up, 0) + (r * r + x * x) * y
    c = c / (1.0 - 2.0 * (r * p + x * q))
    store(work.c, k, 0, c)
    store(prices.a, k, 0, load(prices.a, up, 0) + 2.0 * (r * y + c * p))
    store(prices.b, k, 0, load(prices.b, up, 0) + 2.0 * (x * y + c * q))


@inner
def _value(case, share, block):  # type: ignore[no-untyped-def]
    """The closed form at the multipliers of the losses plus a share of those of the limits."""
    work, grid, zero = case.work, case.grid, spread(0.0)
    total, lowest = zero, zero
    for k in range(len(work.y)):
        nu = share * load(work.limits.nu, k, 0)
        total = total + larger(nu, zero) * grid.band[0] - larger(-1.0 * nu, zero) * grid.band[1]
        bus = case.branches.bus[k]
        b = load(work.losses.b, k, 0) + share * load(work.limits.b, k, 0)
        store(work.reactive, bus, 0, b)
        store(work.y, k, 0, nu + larger(case.levers.least[bus] * b, case.levers.most[bus] * b))
        price = load(work.losses.a, k, 0) + share * load(work.limits.a, k, 0)
        store(work.price, bus, 0, price)
    for k in range(len(work.y) - 1, len(grid.roots) - 1, -1):
        up = case.branches.parent[k]
        c, above = _line(case, share, k)
        lowest = smaller(c, lowest)
        total = total - share * load(work.limits.m, k, 0)
        store(work.y, up, 0, load(work.y, up, 0) + above)
        bus = case.branches.bus[k]
        total = total + load(work.price, bus, 0) * load(case.loads.p, bus, block)
        total = total + load(work.reactive, bus, 0) * load(case.loads.q, bus, block)
    total = total + _sources(case, block)
    # a negative C leaves the squared current without a lower bound
    total = total + _answers(case, block)
    if len(case.circles.bus):
        total = total + _circles(case, block)
    return total + smaller(lowest + ROUNDING_C, zero) * UNBOUNDED


@inner
def _sources(case, block):  # type: ignore[no-untyped-def]
    """What the squared voltages of the roots are paid at least, over the positions of their tap changers."""
    total, count = spread(0.0), case.levers.source_v2.shape[1]
    for root in range(len(case.grid.roots)):
        paid = load(case.work.y, root, 0)
        least = load(case.levers.price, root * count, block) - case.levers.source_v2[root, 0] * paid
        for p in range(1, count):
            other = load(case.levers.price, root * count + p, block) - case.levers.source_v2[root, p] * paid
            least = smaller(least, other)
        total = total + least
    return total


@inner
def _line(case, share, k):  # type: ignore[no-untyped-def]
    """C of a line, and y + s of it: :mod:`.closed_form` on lanes."""
    losses, limits, branches = case.work.losses, case.work.limits, case.branches
    up, r, x, y = branches.parent[k], branches.r[k], branches.x[k], load(case.work.y, k, 0)
    a = load(losses.a, k, 0) + share * load(limits.a, k, 0)
    b = load(losses.b, k, 0) + share * load(limits.b, k, 0)
    rise_a = load(losses.a, up, 0) + share * load(limits.a, up, 0) - a + 2.0 * r * y
    rise_b = load(losses.b, up, 0) + share * load(limits.b, up, 0) - b + 2.0 * x * y
    own = case.loss_eur * r + case.grid.overload[0, branches.line[k]] * (share * load(limits.m, k, 0))
    c = own + r * a + x * b - (r * r + x * x) * y
    square = larger(rise_a * rise_a + rise_b * rise_b - ROUNDING_SQUARE, spread(0.0))
    return c, y + square / (4.0 * larger(c, spread(TINY)))


@inner
def _answers(case, block):  # type: ignore[no-untyped-def]
    """Least cost of all devices at the prices of their buses, but for those behind inverters."""
    devices, total = case.devices, spread(0.0)
    for d in range(len(devices.bus)):
        if devices.behind[d]:
            continue
        cost = load(devices.cost, d, block) - load(case.work.price, devices.bus[d], 0)
        first, last = load(devices.low, d, block), load(devices.high, d, block)
        if devices.bend[d] > 0.0:
            z = smaller(larger(-1.0 * cost * devices.inverse[d], first), last)
            total = total + z * (cost + 0.5 * devices.bend[d] * z)
        else:
            total = total + smaller(cost * first, cost * last)
    return total


@inner
def _circles(case, block):  # type: ignore[no-untyped-def]
    """Least cost of what all inverters run, at the prices of reactive power at their buses: a line over a circle is
    least at its radius times the length of its slope. The price of active power is the given one, or that at which the
    line points where the inverter stands in the plan."""
    circles, work = case.circles, case.work
    for t in range(LANES):
        work.circles[0, t] = 0.0
        for d in range(len(circles.bus)):
            other, given = work.reactive[circles.bus[d], t], circles.active[d, block * LANES + t]
            tilted = circles.tilt[d, block * LANES + t] * abs(other) if circles.devices[d, 0] >= 0 else given
            here = (block * LANES + t, t)
            one = _behind(case, d, here, given) - circles.kva[d] * np.sqrt(given * given + other * other)
            two = _behind(case, d, here, tilted) - circles.kva[d] * np.sqrt(tilted * tilted + other * other)
            work.circles[0, t] += max(one, two)
    return load(work.circles, 0, 0)


@inner
def _behind(case, d, hour, active):  # type: ignore[no-untyped-def]
    """Least cost of the devices behind an inverter whose active power is paid ``active``; ``hour``: of all, and of a
    block."""
    devices, (at, t), total = case.devices, hour, 0.0
    for place in case.circles.devices[d]:
        if place < 0:
            continue
        cost = devices.cost[place, at] + active - case.work.price[devices.bus[place], t]
        first, last, bend = devices.low[place, at], devices.high[place, at], devices.bend[place]
        z = first if cost > 0.0 else last
        if bend > 0.0:
            z = min(max(-cost * devices.inverse[place], first), last)
        total += z * (cost + 0.5 * bend * z)
    return total
