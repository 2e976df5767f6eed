"""What prosumers do on a day that is not as forecast, with a plan made the day before.

Trades, batteries, shifted and elastic load, generators and topologies stay as planned. PV that the plan curtails keeps
to the power planned, as an inverter with a set limit does; other PV follows the sun, up to its nominal power, but for
the hours in which a secure plan limits all feeding in of PV to what was planned. Loads are what people use; what the
plan leaves unserved stays unserved as far as there is load. The retailer at each bus delivers or takes what is missing
or left over.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from p2pdnr.forecasts.error_model import DayFactors
from p2pdnr.network.arrays import Bools, Floats, Ints

FREE_SHARE, FREE_KW = 1e-3, 0.01
"""PV used within this of what was available is not curtailed, and follows the sun."""


@dataclass(frozen=True, eq=False)
class Agreed:
    """A plan as far as a day's surprises meet it: T hours, n buses, K prosumers.

    Attributes
    ----------
    withdrawal_kw, withdrawal_kvar : (T, n) planned
    background_kw, background_kvar : (T, n) the network's own loads in them
    pv_kw, unserved_kw : (T, K) planned
    forecast_kw, load_kw : (T, K) PV available and fixed load as forecast
    nominal_kw : (K,) what PV can give at most
    tangent : (K,) kvar per kW of fixed load
    bus : (K,) bus index of every prosumer
    limited : (T,) hours in which no PV feeds in more than planned
    """

    withdrawal_kw: Floats
    withdrawal_kvar: Floats
    background_kw: Floats
    background_kvar: Floats
    pv_kw: Floats
    unserved_kw: Floats
    forecast_kw: Floats
    load_kw: Floats
    nominal_kw: Floats
    tangent: Floats
    bus: Ints
    limited: Bools

    @property
    def follows_sun(self) -> Bools:
        """(T, K) whether PV has no limit but the sun and its nominal power."""
        uncurtailed = self.pv_kw >= self.forecast_kw * (1.0 - FREE_SHARE) - FREE_KW
        return np.asarray(uncurtailed & ~self.limited[:, None])

    def with_limits(self, limited: Bools) -> Agreed:
        """The same plan with feeding in limited in these hours (T,)."""
        return replace(self, limited=limited)


@dataclass(frozen=True, eq=False)
class Turned:
    """N days as they turn out: withdrawals (N, T, n) in kW and kvar, what the retailers balance (N, T), and PV used
    (N, T, K)."""

    p_kw: Floats
    q_kvar: Floats
    balanced_kw: Floats
    pv_kw: Floats


def turned(agreed: Agreed, factors: DayFactors) -> Turned:
    """The plan's withdrawals on the days drawn."""
    available = np.minimum(factors.sun[:, :, agreed.bus] * agreed.forecast_kw, _most(agreed))
    pv_kw = np.where(agreed.follows_sun, available, np.minimum(available, agreed.pv_kw))
    more_kw = missing_kw(agreed, factors, pv_kw)
    p_kw = agreed.withdrawal_kw + (factors.background - 1.0) * agreed.background_kw
    q_kvar = agreed.withdrawal_kvar + (factors.background - 1.0) * agreed.background_kvar
    at_bus = np.zeros((len(agreed.bus), agreed.withdrawal_kw.shape[1]))
    at_bus[np.arange(len(agreed.bus)), agreed.bus] = 1.0
    p_kw += more_kw @ at_bus
    q_kvar += ((factors.load - 1.0) * agreed.load_kw * agreed.tangent) @ at_bus
    return Turned(p_kw, q_kvar, np.abs(more_kw).sum(axis=2), pv_kw)


def missing_kw(agreed: Agreed, factors: DayFactors, pv_kw: Floats) -> Floats:
    """(N, T, K) what every prosumer lacks beside its plan, negative where something is left over; ``pv_kw`` (N, T, K)
    is used."""
    served_kw = np.maximum(agreed.load_kw * factors.load - agreed.unserved_kw, 0.0)
    return np.asarray((served_kw - (agreed.load_kw - agreed.unserved_kw)) - (pv_kw - agreed.pv_kw))


def _most(agreed: Agreed) -> Floats:
    """(K,) most that PV gives: its nominal power, or the highest forecast where that is more."""
    return np.asarray(np.maximum(agreed.nominal_kw, agreed.forecast_kw.max(axis=0, initial=0.0)))
