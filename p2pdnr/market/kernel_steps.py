"""When the iterations of :mod:`.kernel` rest and how far each step goes, compiled.

A prosumer's hours share one complementarity and one step. Where the lanes are prosumers of one hour side by side
(``apart``), each lane has its own of everything: it rests alone, and stays where it is until the others rest too. All
numbers stand in ``newton.sums``, one for each lane; where lanes belong together all of a row are the same.
"""

from __future__ import annotations

from p2pdnr.market.kernel_arrays import (
    AIM,
    BOUNDS,
    GAP,
    POWER,
    PRICE,
    PRODUCT,
    RATIO,
    RESTED,
    SECOND,
    STEP,
    TARGET,
    TRADES,
    WORST_DUAL,
    WORST_ROW,
)
from p2pdnr.market.kernel_columns import most, room
from p2pdnr.network.compilation import inner
from p2pdnr.network.lanes import LANES, larger, load, spread, store

STEP_BACK = 0.995
# Corrections of the second order, and steps as long as they may be, can send the iteration in circles where many
# answers are equally good. From this iteration on there are no corrections, each step aims at this share of the
# complementarity, after a short one nearly at all of it, and goes no further than the complementarity falls.
CAREFUL_FROM, CAREFULLY = 30, 0.1
SHORT_STEP, TO_THE_MIDDLE = 0.1, 0.9


@inner
def summed(newton, row, apart):  # type: ignore[no-untyped-def]
    """The sum of all lanes in each of them, unless they are apart."""
    if apart:
        return
    total = 0.0
    for lane in range(LANES):
        total += newton.sums[row, lane]
    for lane in range(LANES):
        newton.sums[row, lane] = total


@inner
def largest(newton, row, apart):  # type: ignore[no-untyped-def]
    """The largest of all lanes in each of them, unless they are apart."""
    if apart:
        return
    most = newton.sums[row, 0]
    for lane in range(1, LANES):
        most = max(most, newton.sums[row, lane])
    for lane in range(LANES):
        newton.sums[row, lane] = most


@inner
def scales(prosumer, newton, apart):  # type: ignore[no-untyped-def]
    """The largest width in kW, the largest price in EUR, both at least 1, and the number of bounds."""
    power, price, bounds = spread(1.0), spread(1.0), spread(0.0)
    for block in range(prosumer.width.shape[1] // LANES):
        injection = load(prosumer.injection, 0, block)
        price = larger(price, larger(injection, -1.0 * injection))
        for i in prosumer.devices:
            width, linear = load(prosumer.width, i, block), load(prosumer.linear, i, block)
            power = larger(power, width)
            price = larger(price, room(width) * larger(linear, -1.0 * linear))
            bounds = bounds + 2.0 * room(width)
        for i in prosumer.bounded:
            width = load(prosumer.width, i, block)
            power = larger(power, width)
            bounds = bounds + 2.0 * room(width)
        for i in prosumer.trades:
            width, worth = most(prosumer, i, block), load(prosumer.trade, (i - TRADES) // 2, block)
            fee = load(prosumer.fee, (i - TRADES) // 2, 0)
            cost, power = larger(fee + worth, fee - worth), larger(power, width)
            price = larger(price, room(width) * larger(cost, larger(worth - fee, -1.0 * (worth + fee))))
            bounds = bounds + 4.0 * room(width)
    store(newton.sums, POWER, 0, power)
    store(newton.sums, PRICE, 0, price)
    store(newton.sums, BOUNDS, 0, bounds)
    largest(newton, POWER, apart)
    largest(newton, PRICE, apart)
    summed(newton, BOUNDS, apart)


@inner
def rested(newton, row_share, dual_share, tolerance):  # type: ignore[no-untyped-def]
    """Whether all lanes are as near to their answers as these shares of their scales, and for each whether it is."""
    every = True
    for lane in range(LANES):
        power, price = newton.sums[POWER, lane], newton.sums[PRICE, lane]
        mu = newton.sums[GAP, lane] / max(newton.sums[BOUNDS, lane], 1.0)
        fits = newton.sums[WORST_ROW, lane] < row_share * (1.0 + power)
        near = fits and newton.sums[WORST_DUAL, lane] < dual_share * price and mu < tolerance * price
        newton.sums[RESTED, lane] = 1.0 if near else 0.0
        every = every and near
    return every


@inner
def aim(newton, iteration, apart):  # type: ignore[no-untyped-def]
    """The complementarity that the second direction aims at, from what the first one would leave, and whether it has
    corrections."""
    largest(newton, RATIO, apart)
    summed(newton, PRODUCT, apart)
    for lane in range(LANES):
        gap = newton.sums[GAP, lane]
        affine = min(1.0, 1.0 / max(newton.sums[RATIO, lane], 1e-100))
        left = 1.0 - affine + affine * affine * newton.sums[PRODUCT, lane] / max(gap, 1e-100)
        centre, second = max(left, 1e-4) ** 3, 1.0
        if iteration >= CAREFUL_FROM:
            centre, second = TO_THE_MIDDLE if newton.sums[STEP, lane] < SHORT_STEP else CAREFULLY, 0.0
        newton.sums[AIM, lane], newton.sums[SECOND, lane] = centre, second
        newton.sums[TARGET, lane] = gap / max(newton.sums[BOUNDS, lane], 1.0) * centre


@inner
def lengths(newton, iteration, apart):  # type: ignore[no-untyped-def]
    """How far the second direction is followed; a lane that rests while others do not stays where it is."""
    largest(newton, RATIO, apart)
    summed(newton, PRODUCT, apart)
    for lane in range(LANES):
        step = min(1.0, STEP_BACK / max(newton.sums[RATIO, lane], 1e-100))
        if iteration >= CAREFUL_FROM:
            falls = 0.5 * (1.0 - newton.sums[AIM, lane]) * newton.sums[GAP, lane]
            step = min(step, falls / max(newton.sums[PRODUCT, lane], 1e-100))
        newton.sums[STEP, lane] = 0.0 if newton.sums[RESTED, lane] > 0.0 else step
