"""The market before the operator acted, from the files of a result: injections, trades, what sales earned."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from p2pdnr.network.arrays import Floats
from p2pdnr.results.summary import matrix
from p2pdnr.verification.plan import Plan
from p2pdnr.verification.roles.examined import Examined


@dataclass(frozen=True, eq=False)
class Asked:
    """``injection_kw``, ``curtailed_kw``, ``shed_kw``, ``generator_kw`` (T, K), ``traded_kw`` (T, E)."""

    plan: Plan
    injection_kw: Floats
    curtailed_kw: Floats
    shed_kw: Floats
    generator_kw: Floats
    traded_kw: Floats

    @property
    def withdrawal_kw(self) -> Floats:
        """(T, n) withdrawals of all buses by the market's injections."""
        withdrawal = self.plan.withdrawal_kw.copy()
        more = self.plan.day["injection_kw"] - self.injection_kw
        np.add.at(withdrawal.T, self.plan.prosumer_bus, more.T)
        return withdrawal

    @property
    def most_curtailed_kw(self) -> Floats:
        """(T, K) what could be taken from feeding in: of PV and generator, no more than is fed in."""
        made = self.plan.day["pv_kw"] + self.plan.day["generator_kw"] + self.curtailed_kw
        return np.asarray(np.maximum(np.minimum(made, np.maximum(self.injection_kw, 0.0)), self.curtailed_kw))

    @property
    def most_shed_kw(self) -> Floats:
        """(T, K) the fixed load that the market served in the hour, without what it shifted to others."""
        load = np.column_stack([item.load_kw for item in self.plan.terms])
        shifted = np.minimum(self.plan.day["flexible_kw"], 0.0)
        return np.asarray(np.maximum(load - self.plan.day["unserved_kw"] + self.shed_kw + shifted, self.shed_kw))

    def sales(self, traded_kw: Floats, injection_kw: Floats) -> tuple[Floats, Floats]:
        """(T, K) each: kW sold to partners and the retailer, and what an hour of it earns after fees, in EUR."""
        plan, trading = self.plan, self.plan.trading
        net = np.zeros_like(injection_kw)
        sold, earned = np.zeros_like(net), np.zeros_like(net)
        for side, sign in ((0, 1.0), (1, -1.0)):
            who, power = plan.pairs[:, side], np.maximum(sign * traded_kw, 0.0)
            np.add.at(net.T, who, sign * traded_kw.T)
            np.add.at(sold.T, who, power.T)
            np.add.at(earned.T, who, ((plan.price_eur_per_kwh - trading.fee_eur_per_kwh[:, side]) * power).T)
        exported = np.maximum(injection_kw - net, 0.0)
        sell = np.column_stack([item.sell_eur_per_kwh for item in plan.terms])
        return sold + exported, earned + sell * exported


def read_asked(examined: Examined) -> Asked | None:
    """The market that a result of validate states, None where that is not whole."""
    plan, table, arrays = examined.plan, examined.result.role, examined.result.arrays
    shapes = {"asked_traded_kw": plan.trade_kw.T.shape, "asked_generator_kw": plan.day["injection_kw"].T.shape}
    if table is None or any(name not in arrays or arrays[name].shape != shape for name, shape in shapes.items()):
        return None
    columns = [matrix(table, name, plan.scenario) for name in ("asked_kw", "curtailed_kw", "shed_kw")]
    generator, traded = arrays["asked_generator_kw"].T, arrays["asked_traded_kw"].T
    if not all(np.isfinite(values).all() for values in (*columns, generator, traded)):
        return None
    return Asked(plan, columns[0], columns[1], columns[2], generator, traded)
