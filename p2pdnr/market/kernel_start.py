"""Where the iterations of :mod:`.kernel` start, compiled: in the middle of every box, or from an earlier answer."""

from __future__ import annotations

from p2pdnr.market.kernel_arrays import (
    BORDER,
    BOUNDED,
    BOUNDS,
    COLUMNS,
    DUALS,
    GAP,
    P_WEIGHT,
    POWER,
    PRICE,
    TRADE,
    TRADE_WEIGHT,
    TRADES,
)
from p2pdnr.market.kernel_linear import transposed
from p2pdnr.network.compilation import inner
from p2pdnr.network.lanes import LANES

# How a warm start is centred: complementarity as a share of the gap it starts with, at least LEAST_MU, and the least
# multiplier of a bound as a share of the square root of it. Fewest iterations over recorded negotiations.
GAP_SHARE, LEAST_MU, MULTIPLIER_SHARE = 0.03, 1e-9, 0.05


@inner
def clear(prosumer, newton):  # type: ignore[no-untyped-def]
    """Clear the last prosumer's values in columns that this one does not have."""
    for i in range(len(prosumer.lower)):
        for t in range(newton.dx.shape[1]):
            newton.dx[i, t], newton.dzl[i, t], newton.dzu[i, t] = 0.0, 0.0, 0.0
            newton.inverse[i, t], newton.cross[i, t] = 0.0, 0.0
    for t in range(newton.border.shape[1]):
        newton.border[BORDER, t] = 0.0


@inner
def begin(prosumer, point, newton):  # type: ignore[no-untyped-def]
    """A start in the middle of every box."""
    for t in range(point.x.shape[1]):
        mu = 0.05 * newton.sums[POWER, t % LANES] * newton.sums[PRICE, t % LANES]
        for i in range(len(point.x)):
            point.x[i, t] = prosumer.lower[i, t] + 0.5 * prosumer.width[i, t]
            z = 2.0 * mu / prosumer.width[i, t] if prosumer.free[i, t] > 0.0 else 0.0
            point.zl[i, t], point.zu[i, t] = z, z
        for row in range(DUALS):
            point.y[row, t] = 0.0


@inner
def resume(prosumer, point, newton, apart):  # type: ignore[no-untyped-def]
    """Push an earlier answer into the interior.

    What is left of its optimality under the new prices, the duality gap, tells how far to go; columns keep away from
    bounds that their reduced cost does not hold them at.
    """
    _reduced_costs(prosumer, point, newton, apart)
    for t in range(point.x.shape[1]):
        lane = t if apart else 0
        mu = max(GAP_SHARE * newton.sums[GAP, lane] / max(newton.sums[BOUNDS, lane], 1.0), LEAST_MU)
        least = (mu * MULTIPLIER_SHARE) ** 0.5
        for i in range(len(point.x)):
            width = prosumer.width[i, t]
            point.x[i, t] -= prosumer.lower[i, t]
            if prosumer.free[i, t] > 0.0:
                inside = min(mu / max(abs(newton.residual[i, t]), least), 0.5 * width)
                slack = min(max(point.x[i, t], inside), width - inside)
                point.zl[i, t], point.zu[i, t] = mu / slack, mu / (width - slack)
            else:
                slack = 0.5 * width
                point.zl[i, t], point.zu[i, t] = 0.0, 0.0
            point.x[i, t] = prosumer.lower[i, t] + slack


@inner
def _reduced_costs(prosumer, point, newton, apart):  # type: ignore[no-untyped-def]
    """c + Hx - A'y of every column into the residuals, and the duality gap, of each lane where they are apart and else
    in the first."""
    transposed(prosumer, point.y, newton.pull)
    for lane in range(LANES):
        newton.sums[GAP, lane] = 0.0
    for i in prosumer.columns:
        for t in range(prosumer.hours):
            if i < COLUMNS:
                slope = prosumer.quadratic[i, t % LANES] * point.x[i, t] - newton.pull[i, t]
            elif i == BOUNDED:
                slope = prosumer.injection[0, t] + prosumer.weights[P_WEIGHT, t] * point.x[i, t] - newton.pull[i, t]
            else:
                first = i - (i - TRADES) % 2
                slope = prosumer.weights[TRADE_WEIGHT, t] * (point.x[first, t] - point.x[first + 1, t])
                slope = (slope - newton.pull[TRADE, t]) * (1.0 if i == first else -1.0)
            cost = prosumer.linear[i, t] + slope
            newton.residual[i, t] = cost
            if prosumer.free[i, t] > 0.0:
                slack = min(max(point.x[i, t] - prosumer.lower[i, t], 0.0), prosumer.width[i, t])
                left = max(cost, 0.0) * slack + max(-cost, 0.0) * (prosumer.width[i, t] - slack)
                newton.sums[GAP, t if apart else 0] += left
