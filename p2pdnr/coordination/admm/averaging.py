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
    sums: tuple[Floats, ...] = ()

    def add(self, state: Agreement) -> Gathered:
        """One state more."""
        copies = _copies(state)
        return Gathered(self.count + 1, tuple(map(np.add, self.sums, copies)) if self.count else copies)

    def mean(self, state: Agreement) -> Agreement:
        """A state with the mean of the copies and prices."""
        agreed_kw, price_eur_per_kw, wanted_kw, charge_eur_per_kw = (total / self.count for total in self.sums)
        trading = replace(state.trading, agreed_kw=agreed_kw, price_eur_per_kw=price_eur_per_kw)
        return replace(state, trading=trading, wanted_kw=wanted_kw, charge_eur_per_kw=charge_eur_per_kw)


def moved(latest: Iteration) -> float:
    """How far an iteration has moved copies and prices, in EUR: in the norm in which the method contracts."""
    before, after = latest.before, latest.after
    agreed, price, wanted, charge = (b - a for a, b in zip(_copies(before), _copies(after), strict=True))
    trade, power = before.trade_weight, before.charge_weight
    return float(np.sum(trade * agreed**2 + price**2 / trade) + np.sum(power * wanted**2 + charge**2 / power))


def _copies(state: Agreement) -> tuple[Floats, Floats, Floats, Floats]:
    return state.trading.agreed_kw, state.trading.price_eur_per_kw, state.wanted_kw, state.charge_eur_per_kw
