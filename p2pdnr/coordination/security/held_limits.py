"""Limits held back by what perturbed days do: for every bus, line and hour a quantile, for every limit the largest.

At a bus in an hour the voltage is above the plan's by more than ``rise`` on a share 1 - level of the days, below it by
more than ``fall``; on a line the loading is above by more than ``growth``. A limit is held back where the plan and this
together would break it, by the largest of these over hours (and, for voltage, buses) times a scale that the search sets
for each limit by itself: 0 leaves it where it is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from p2pdnr.network.arrays import Bools, Floats, Network
from p2pdnr.reconfiguration.days.many_days import Broken, Seen

LEAST_BAND_PU = 0.005
"""Of the voltage band, that stays however far limits are held back."""
MOST_MARGIN_SHARE = 1.0 / 3.0
"""Of the voltage band, that a margin takes: days near voltage collapse move voltages by more than any plan could."""
LEAST_LIMIT_SHARE = 0.1
"""Of a current limit."""


@dataclass(frozen=True, eq=False)
class Margins:
    """What perturbations do where it matters: ``low_pu``, ``high_pu`` of the voltage band, ``line`` (m,) as shares of
    the current limits."""

    low_pu: float
    high_pu: float
    line: Floats


def margins(network: Network, plan: Seen, days: Seen, level: float) -> Margins:
    """From the plan itself (one day) and perturbed days, by the quantile ``level`` of each bus, line and hour."""
    fed = np.setdiff1d(np.arange(network.n_buses), network.substations)
    solved = ~np.isnan(days.loss_kw).any(axis=1)
    vm_pu, moved = plan.vm_pu[0][:, fed], days.vm_pu[solved][:, :, fed] - plan.vm_pu[0][:, fed]
    rise, fall = np.quantile(moved, level, axis=0), -np.quantile(moved, 1.0 - level, axis=0)
    growth = np.quantile(days.loading[solved] - plan.loading[0], level, axis=0)
    high = np.where(vm_pu + rise > network.vm_max_pu, rise, 0.0)
    low = np.where(vm_pu - fall < network.vm_min_pu, fall, 0.0)
    line = np.where(plan.loading[0] + growth > 1.0, growth, 0.0)
    most = MOST_MARGIN_SHARE * (network.vm_max_pu - network.vm_min_pu)
    lowest, highest = (min(float(part.max(initial=0.0)), most) for part in (low, high))
    return Margins(lowest, highest, line.max(axis=0, initial=0.0))


def larger(one: Margins, other: Margins) -> Margins:
    """The larger of both, limit by limit."""
    return Margins(max(one.low_pu, other.low_pu), max(one.high_pu, other.high_pu), np.maximum(one.line, other.line))


def held_back(network: Network, margin: Margins, scale: Floats) -> Network:
    """The network as the planner sees it: its limits held back by the margins times the scales (2 + m,)."""
    band = network.vm_max_pu - network.vm_min_pu
    low, high = scale[0] * margin.low_pu, scale[1] * margin.high_pu
    fit = min(1.0, max(0.0, band - LEAST_BAND_PU) / max(low + high, np.finfo(float).tiny))
    share = np.maximum(1.0 - scale[2:] * margin.line, LEAST_LIMIT_SHARE)
    return network.with_(
        vm_min_pu=network.vm_min_pu + fit * low,
        vm_max_pu=network.vm_max_pu - fit * high,
        limit_a=network.limit_a * share,
    )


def further(scale: Floats, found: Broken, allowed: int, steps: tuple[float, float]) -> Floats:
    """(2 + m,) scales of the next plan, where the last broke limits on too many days: those that are to blame are held
    back further, by the first of ``steps`` where they were not yet and else by the second as a factor."""
    first, widening = steps
    more = np.maximum(scale * widening, first)
    return np.asarray(np.where(blamed(found, allowed), more, scale))


def blamed(found: Broken, allowed: int) -> Bools:
    """(2 + m,) the limits that break most often: as few as leave no more than half the days allowed on which another
    breaks."""
    breaks = _by_limit(found)
    blame = np.zeros(breaks.shape[1], dtype=np.bool_)
    left = breaks.copy()
    while left.any(axis=1).sum() > allowed / 2.0:
        worst = int(left.sum(axis=0).argmax())
        blame[worst], left[:, worst] = True, False
    return blame


def _by_limit(found: Broken) -> Bools:
    """(N, 2 + m) on which day the lower and the upper voltage limit and every line's limit break."""
    of_voltage = [np.asarray(part.any(axis=1))[:, None] for part in (found.low, found.high)]
    return np.hstack([*of_voltage, np.asarray(found.line.any(axis=1))])
