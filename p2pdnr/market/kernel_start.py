"""Where the iterations of :mod:`.kernel` start, compiled: in the middle of every box, or from an earlier answer."""

from __future__ import annotations

from p2pdnr.market.kernel_arrays import (
    AIM,
    BORDER,
    BOUNDS,
    DUALS,
    GAP,
    P_WEIGHT,
    POWER,
    PRICE,
    TARGET,
    TRADE,
    TRADE_WEIGHT,
    TRADES,
)
from p2pdnr.market.kernel_columns import most, room
from p2pdnr.market.kernel_linear import transposed
from p2pdnr.market.kernel_steps import summed
from p2pdnr.network.compilation import inner
from p2pdnr.network.lanes import LANES, larger, load, smaller, spread, store

# How a warm start is centred: complementarity as a share of the gap it starts with, at least LEAST_MU, and the least
# multiplier of a bound as a share of the square root of it. Fewest iterations over recorded negotiations.
GAP_SHARE, LEAST_MU, MULTIPLIER_SHARE = 0.03, 1e-9, 0.05


@inner
def clear(prosumer, newton):  # type: ignore[no-untyped-def]
    """No direction yet, and nothing of the last prosumer in columns that this one does not have."""
    for block in range(newton.dx.shape[1] // LANES):
        for i in range(TRADES):
            _clear_column(newton, i, block)
            store(newton.inverse, i, block, spread(0.0))
        for i in prosumer.trades:
            _clear_column(newton, i, block)
            _clear_column(newton, i + 1, block)
        for row in range(DUALS):
            store(newton.dy, row, block, spread(0.0))
        store(newton.border, BORDER, block, spread(0.0))


@inner
def _clear_column(newton, i, block):  # type: ignore[no-untyped-def]
    store(newton.dx, i, block, spread(0.0))
    store(newton.dzl, i, block, spread(0.0))
    store(newton.dzu, i, block, spread(0.0))


@inner
def begin(prosumer, point, newton):  # type: ignore[no-untyped-def]
    """A start in the middle of every box."""
    mu = 0.05 * load(newton.sums, POWER, 0) * load(newton.sums, PRICE, 0)
    for block in range(point.x.shape[1] // LANES):
        for i in range(TRADES):
            _centre(point, (i, block), mu, load(prosumer.lower, i, block), load(prosumer.width, i, block))
        for i in range(TRADES, len(point.x)):
            _centre(point, (i, block), mu, spread(0.0), most(prosumer, i, block))
        for row in range(DUALS):
            store(point.y, row, block, spread(0.0))


@inner
def _centre(point, at, mu, lower, width):  # type: ignore[no-untyped-def]
    """Column ``at`` = (i, block) between its bounds."""
    (i, block), free = at, room(width)
    multiplier = 2.0 * mu * free / (width + (1.0 - free))
    store(point.x, i, block, lower + 0.5 * width)
    store(point.zl, i, block, multiplier)
    store(point.zu, i, block, multiplier)


@inner
def resume(prosumer, point, newton, apart):  # type: ignore[no-untyped-def]
    """Push an earlier answer into the interior.

    What is left of its optimality under the new prices, the duality gap, tells how far to go; columns keep away from
    bounds that their reduced cost does not hold them at.
    """
    _reduced_costs(prosumer, point, newton)
    summed(newton, GAP, apart)
    for lane in range(LANES):
        mu = max(GAP_SHARE * newton.sums[GAP, lane] / max(newton.sums[BOUNDS, lane], 1.0), LEAST_MU)
        newton.sums[TARGET, lane], newton.sums[AIM, lane] = mu, (mu * MULTIPLIER_SHARE) ** 0.5
    for block in range(point.x.shape[1] // LANES):
        for i in range(TRADES):
            _push(point, newton, (i, block), load(prosumer.lower, i, block), load(prosumer.width, i, block))
        for i in range(TRADES, len(point.x)):
            _push(point, newton, (i, block), spread(0.0), most(prosumer, i, block))


@inner
def _push(point, newton, at, lower, width):  # type: ignore[no-untyped-def]
    """Column ``at`` = (i, block) away from its bounds, to the complementarity that stands as TARGET."""
    (i, block), free = at, room(width)
    mu, cost = load(newton.sums, TARGET, 0), load(newton.force, i, block)
    inside = smaller(mu / larger(larger(cost, -1.0 * cost), load(newton.sums, AIM, 0)), 0.5 * width)
    slack = smaller(larger(load(point.x, i, block) - lower, inside), width - inside)
    slack = free * slack + (1.0 - free) * (0.5 * width)
    share = mu * free / (slack * (width - slack) + (1.0 - free))
    store(point.zl, i, block, (width - slack) * share)
    store(point.zu, i, block, slack * share)
    store(point.x, i, block, lower + slack)


@inner
def _reduced_costs(prosumer, point, newton):  # type: ignore[no-untyped-def]
    """c + Hx - A'y of every column that is free somewhere into ``force``, and what is left of its optimality into
    GAP."""
    transposed(prosumer, point.y, newton.pull)
    gap = spread(0.0)
    for block in range(point.x.shape[1] // LANES):
        for i in prosumer.devices:
            slope = load(prosumer.quadratic, i, 0) * load(point.x, i, block) - load(newton.pull, i, block)
            slack = load(point.x, i, block) - load(prosumer.lower, i, block)
            cost = load(prosumer.linear, i, block) + slope
            gap = gap + _reduced(newton, (i, block), cost, slack, load(prosumer.width, i, block))
        for i in prosumer.bounded:
            slope = load(prosumer.weights, P_WEIGHT, block) * load(point.x, i, block) - load(newton.pull, i, block)
            slack = load(point.x, i, block) - load(prosumer.lower, i, block)
            cost = load(prosumer.injection, 0, block) + slope
            gap = gap + _reduced(newton, (i, block), cost, slack, load(prosumer.width, i, block))
        pull, weight = load(newton.pull, TRADE, block), load(prosumer.weights, TRADE_WEIGHT, block)
        for i in prosumer.trades:
            pair, width = (i - TRADES) // 2, most(prosumer, i, block)
            sold, bought = load(point.x, i, block), load(point.x, i + 1, block)
            slope = weight * (sold - bought) + load(prosumer.trade, pair, block) - pull
            gap = gap + _reduced(newton, (i, block), load(prosumer.fee, pair, 0) + slope, sold, width)
            gap = gap + _reduced(newton, (i + 1, block), load(prosumer.fee, pair, 0) - slope, bought, width)
    store(newton.sums, GAP, 0, gap)


@inner
def _reduced(newton, at, cost, slack, width):  # type: ignore[no-untyped-def]
    """The same of column ``at`` = (i, block) of a reduced cost, so far from its lower bound; returns what is left."""
    i, block = at
    slack = smaller(larger(slack, spread(0.0)), width)
    left = larger(cost, spread(0.0)) * slack + larger(-1.0 * cost, spread(0.0)) * (width - slack)
    store(newton.force, i, block, cost)
    return room(width) * left
