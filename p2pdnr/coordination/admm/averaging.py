"""Where a negotiation that swings would come to rest: the mean of its last iterations.

Copies and prices that swing around an equilibrium pass it at some distance, their mean does not. A mean is taken only
where the next iteration moves it less than the present state: of two states the one that is nearer to a fixed point.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from p2pdnr.coordination.admm.state import Agreement, Iteration

Floats = npt.NDArray[np.float64]


class _Copies(NamedTuple):
    """What the next iteration starts from: of trades (E, T) in kW and EUR per kW, of injections (K, T) the same."""

    agreed_kw: Floats
    price_eur_per_kw: Floats
    wanted_kw: Floats
    charge_eur_per_kw: Floats


@dataclass(frozen=True, eq=False)
class Gathered:
    """The sums of the copies and prices of ``count`` states: all that is kept of them."""

    count: int = 0
    sums: _Copies | None = None

    def add(self, state: Agreement) -> Gathered:
        """One state more."""
        copies = _copies(state)
        return Gathered(self.count + 1, copies if self.sums is None else _Copies(*map(np.add, self.sums, copies)))

    def mean(self, state: Agreement) -> Agreement:
        """A state with the mean of the copies and prices."""
        assert self.sums is not None
        mean = _Copies(*(total / self.count for total in self.sums))
        trading = replace(state.trading, agreed_kw=mean.agreed_kw, price_eur_per_kw=mean.price_eur_per_kw)
        return replace(state, trading=trading, wanted_kw=mean.wanted_kw, charge_eur_per_kw=mean.charge_eur_per_kw)


def moved(latest: Iteration) -> float:
    """How far an iteration has moved copies and prices, in EUR: in the norm in which the method contracts."""
    before, after = latest.before, latest.after
    move = _Copies(*(b - a for a, b in zip(_copies(before), _copies(after), strict=True)))
    trade, power = before.trade_weight, before.charge_weight
    of_trades = trade * move.agreed_kw**2 + move.price_eur_per_kw**2 / trade
    of_powers = power * move.wanted_kw**2 + move.charge_eur_per_kw**2 / power
    return float(np.sum(of_trades) + np.sum(of_powers))


def _copies(state: Agreement) -> _Copies:
    trading = state.trading
    return _Copies(trading.agreed_kw, trading.price_eur_per_kw, state.wanted_kw, state.charge_eur_per_kw)
