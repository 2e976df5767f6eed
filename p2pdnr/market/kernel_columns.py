"""Columns of the compiled prosumer problem in a Newton step: barriers of their bounds, right-hand sides, directions.

What a step does to a column is done while the column is at hand: a prosumer of a day and a dozen partners has more
numbers than the nearest memory of a processor holds, and every look at all of them costs more than the arithmetic.
"""

from __future__ import annotations

from p2pdnr.market.kernel_arrays import (
    GAP,
    NARROW_KW,
    P_WEIGHT,
    SECOND,
    STEP,
    TARGET,
    TRADE,
    TRADE_WEIGHT,
    TRADES,
    WORST_DUAL,
)
from p2pdnr.market.kernel_linear import F10
from p2pdnr.network.compilation import inner
from p2pdnr.network.lanes import larger, load, smaller, spread, store

LEAST_SLACK = 1e-14
LEAST_PRODUCT = 1e-200
# Added to every curvature of the Newton system, not of the problem: without it a column that nothing but its far bounds
# holds would take steps of rounding errors in prices times its huge inverse curvature.
DAMPING = 1e-10


@inner
def room(width):  # type: ignore[no-untyped-def]
    """1 where bounds so far apart leave a column room, else 0."""
    return smaller(1.0, larger(0.0, 1e200 * (width - NARROW_KW)))  # type: ignore[arg-type]


@inner
def most(prosumer, i, block):  # type: ignore[no-untyped-def]
    """How much may be sold, and as much bought, in the trade whose first column is ``i``."""
    return load(prosumer.limit, (i - TRADES) // 2, 0) * load(prosumer.there, 0, block)


@inner
def move(point, newton, i, block):  # type: ignore[no-untyped-def]
    """The step of a column and of the multipliers of its bounds."""
    step = load(newton.sums, STEP, 0)
    store(point.x, i, block, load(point.x, i, block) + step * load(newton.dx, i, block))
    store(point.zl, i, block, load(point.zl, i, block) + step * load(newton.dzl, i, block))
    store(point.zu, i, block, load(point.zu, i, block) + step * load(newton.dzu, i, block))


@inner
def barrier(point, newton, at, lower, width):  # type: ignore[no-untyped-def]
    """Reciprocals of the slacks of column ``at`` = (i, block) between its bounds, curvature of its barrier (in
    ``inverse``); returns its complementarity."""
    (i, block), fixed = at, 1.0 - room(width)
    x, zl, zu = load(point.x, i, block), load(point.zl, i, block), load(point.zu, i, block)
    least = LEAST_SLACK * width + fixed  # rounding must not close a slack
    xl, xu = larger(x - lower, least), larger(lower + width - x, least)
    share = (1.0 - fixed) / (xl * xu)  # one division for two
    il, iu = xu * share, xl * share
    store(newton.il, i, block, il)
    store(newton.iu, i, block, iu)
    store(newton.inverse, i, block, zl * il + zu * iu + (fixed + DAMPING))
    return zl * xl + zu * xu


@inner
def forced(point, newton, at, force):  # type: ignore[no-untyped-def]
    """``force`` is what pulls column ``at`` = (i, block) besides its barrier; with the barrier's prices it is the dual
    residual, whose size is returned."""
    i, block = at
    store(newton.force, i, block, force)
    left = force + load(point.zl, i, block) - load(point.zu, i, block)
    return larger(left, -1.0 * left)


@inner
def _count(newton, gap, worst):  # type: ignore[no-untyped-def]
    """Add the complementarity of some columns, and their largest dual residual, to those of all."""
    store(newton.sums, GAP, 0, load(newton.sums, GAP, 0) + gap)
    store(newton.sums, WORST_DUAL, 0, larger(load(newton.sums, WORST_DUAL, 0), worst))


@inner
def begin_own(prosumer, point, newton, block):  # type: ignore[no-untyped-def]
    """A block of a prosumer's own columns after a step: what holds and pulls them, and straight ahead the direction
    that the pull alone gives."""
    gap, worst = spread(0.0), spread(0.0)
    for i in prosumer.devices:
        bend = load(prosumer.quadratic, i, 0)
        slope = load(prosumer.linear, i, block) + bend * load(point.x, i, block)
        more, left = _begin_alone(prosumer, point, newton, (i, block), (bend, load(newton.pull, i, block) - slope))
        gap, worst = gap + more, larger(worst, left)
    for i in prosumer.bounded:
        bend = load(prosumer.weights, P_WEIGHT, block)
        slope = load(prosumer.injection, 0, block) + bend * load(point.x, i, block)
        more, left = _begin_alone(prosumer, point, newton, (i, block), (bend, load(newton.pull, i, block) - slope))
        gap, worst = gap + more, larger(worst, left)
    _count(newton, gap, worst)


@inner
def _begin_alone(prosumer, point, newton, at, how):  # type: ignore[no-untyped-def]
    """The same of column ``at`` = (i, block), ``how`` = (its curvature, what pulls it); returns its complementarity and
    dual residual."""
    (i, block), (bend, force) = at, how
    width = load(prosumer.width, i, block)
    gap, free = barrier(point, newton, at, load(prosumer.lower, i, block), width), room(width)
    inverse = free / (bend + load(newton.inverse, i, block))
    store(newton.inverse, i, block, inverse)
    store(newton.dx, i, block, inverse * force)
    return gap, forced(point, newton, at, free * force)


@inner
def begin_trades(prosumer, point, newton, block):  # type: ignore[no-untyped-def]
    """The step of a block of trades and then the same for them; what they add to rows, before the direction (``net``)
    and by it (``ahead``), and to the factor."""
    pull, weight = load(newton.pull, TRADE, block), load(prosumer.weights, TRADE_WEIGHT, block)
    net, ahead, traded, gap, worst = spread(0.0), spread(0.0), spread(0.0), spread(0.0), spread(0.0)
    for i in prosumer.trades:
        pair, width = (i - TRADES) // 2, most(prosumer, i, block)
        for column in (i, i + 1):
            move(point, newton, column, block)
            gap = gap + barrier(point, newton, (column, block), spread(0.0), width)
        sold, free = load(point.x, i, block) - load(point.x, i + 1, block), room(width)
        slope, fee = pull - load(prosumer.trade, pair, block) - weight * sold, load(prosumer.fee, pair, 0)
        first, second = free * (slope - fee), free * (-1.0 * slope - fee)
        left = larger(forced(point, newton, (i, block), first), forced(point, newton, (i + 1, block), second))
        worst = larger(worst, left)
        a, b = load(newton.inverse, i, block), load(newton.inverse, i + 1, block)
        share = free / (weight * (a + b) + a * b)
        store(newton.inverse, i, block, (weight + b) * share)
        store(newton.inverse, i + 1, block, (weight + a) * share)
        store(newton.cross, i, block, weight * share)
        ahead = ahead + _directed(newton, i, block, first, second)
        traded = traded + (a + b) * share
        net = net - sold
    store(newton.net, 0, block, net)
    store(newton.ahead, 0, block, ahead)
    store(newton.factor, F10, block, traded)
    _count(newton, gap, worst)


@inner
def _directed(newton, i, block, first, second):  # type: ignore[no-untyped-def]
    """The direction of a pair for the right-hand sides of both its columns; returns what it adds to rows."""
    cross = load(newton.cross, i, block)
    sold = load(newton.inverse, i, block) * first + cross * second
    bought = cross * first + load(newton.inverse, i + 1, block) * second
    store(newton.dx, i, block, sold)
    store(newton.dx, i + 1, block, bought)
    return bought - sold


@inner
def corrected(point, newton, i, block):  # type: ignore[no-untyped-def]
    """The right-hand side of a column for a step to the complementarity that ``newton.sums`` has as TARGET, with the
    products of the direction straight ahead where SECOND is 1 there; its multipliers' direction but for their share of
    its own."""
    target, second = load(newton.sums, TARGET, 0), load(newton.sums, SECOND, 0)
    dx, il, iu = load(newton.dx, i, block), load(newton.il, i, block), load(newton.iu, i, block)
    zl, zu = load(point.zl, i, block), load(point.zu, i, block)
    low = (target + second * dx * zl * (1.0 + il * dx)) * il
    high = (target - second * dx * zu * (1.0 - iu * dx)) * iu
    store(newton.dzl, i, block, low - zl)
    store(newton.dzu, i, block, high - zu)
    return load(newton.force, i, block) + low - high


@inner
def correct(prosumer, point, newton, block):  # type: ignore[no-untyped-def]
    """A block of all columns for such a step."""
    for i in prosumer.devices:
        store(newton.dx, i, block, load(newton.inverse, i, block) * corrected(point, newton, i, block))
    for i in prosumer.bounded:
        store(newton.dx, i, block, load(newton.inverse, i, block) * corrected(point, newton, i, block))
    ahead = spread(0.0)
    for i in prosumer.trades:
        first, second = corrected(point, newton, i, block), corrected(point, newton, i + 1, block)
        ahead = ahead + _directed(newton, i, block, first, second)
    store(newton.ahead, 0, block, ahead)


@inner
def pulled(newton, i, block, moved):  # type: ignore[no-untyped-def]
    """Add what duals pull to the direction of a column; returns that direction."""
    dx = load(newton.dx, i, block) + moved
    store(newton.dx, i, block, dx)
    return dx


@inner
def look_ahead(point, newton, at, dx):  # type: ignore[no-untyped-def]
    """The complementarity of the direction ``dx`` of column ``at`` = (i, block) straight ahead, and the reciprocal of
    how far it can go. Multipliers there move by minus themselves, times one more or less than the share of their slack
    that is used."""
    i, block = at
    below, above = dx * load(newton.il, i, block), dx * load(newton.iu, i, block)
    product = dx * (load(point.zu, i, block) * (1.0 - above) - load(point.zl, i, block) * (1.0 + below))
    return product, larger(larger(above, -1.0 * below), larger(1.0 + below, 1.0 - above))


@inner
def finish(point, newton, at, dx):  # type: ignore[no-untyped-def]
    """The direction of the multipliers of column ``at`` = (i, block) that moves by ``dx``; the same two of it."""
    i, block = at
    below, above = dx * load(newton.il, i, block), dx * load(newton.iu, i, block)
    zl, zu = load(point.zl, i, block), load(point.zu, i, block)
    dzl, dzu = load(newton.dzl, i, block) - zl * below, load(newton.dzu, i, block) + zu * above
    store(newton.dzl, i, block, dzl)
    store(newton.dzu, i, block, dzu)
    share = 1.0 / larger(zl * zu, LEAST_PRODUCT)  # type: ignore[arg-type]
    ratio = larger(larger(above, -1.0 * below), larger(-1.0 * dzl * zu * share, -1.0 * dzu * zl * share))
    return dx * (dzl - dzu), ratio
