"""Where a negotiation that swings would come to rest: the mean of its last iterations.

Copies and prices that swing around an equilibrium pass it at some distance, their mean does not. A mean is taken only
where the next iteration moves it less than the present state: of two states the one that is nearer to a fixed point.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from p2pdnr.coordination.admm.state import Agreement, Iteration

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Gathered:
    """The sums of the copies and prices of ``count`` states: all that is kept of them."""

    count: int = 0
    sums: tuple[Floats, ...] | None = None

    def add(self, state: Agreement) -> Gathered:
        """One state more."""
        copies = _copies(state)
        return Gathered(self.count + 1, copies if self.sums is None else tuple(map(np.add, self.sums, copies)))

    def mean(self, state: Agreement) -> Agreement:
        """A state with the mean of the copies and prices."""
        assert self.sums is not None
        agreed_kw, price_eur, wanted_kw, charge_eur, *others = (total / self.count for total in self.sums)
        trading = replace(state.trading, agreed_kw=agreed_kw, price_eur_per_kw=price_eur)
        inverters = state.reactive and state.reactive.with_copies(tuple(others))
        return replace(state, trading=trading, wanted_kw=wanted_kw, charge_eur_per_kw=charge_eur, reactive=inverters)


def moved(latest: Iteration) -> float:
    """How far an iteration has moved copies and prices, in EUR: in the norm in which the method contracts."""
    before, after = latest.before, latest.after
    steps = [b - a for a, b in zip(_copies(before), _copies(after), strict=True)]
    weights: list[Floats | float] = [before.trade_weight, before.charge_weight]
    if before.reactive is not None:
        weights += [before.reactive.weight] * (len(before.reactive.copies) // 2)
    pairs = zip(weights, steps[::2], steps[1::2], strict=True)
    return sum(float(np.sum(weight * copy**2 + price**2 / weight)) for weight, copy, price in pairs)


def _copies(state: Agreement) -> tuple[Floats, ...]:
    """What the next iteration starts from, copies and their prices by turns: of trades (E, T) in kW and EUR per kW, of
    injections (K, T) the same, and of inverters where they count."""
    trading, inverters = state.trading, state.reactive
    own = (trading.agreed_kw, trading.price_eur_per_kw, state.wanted_kw, state.charge_eur_per_kw)
    return own if inverters is None else own + inverters.copies
