"""The dispatched plan of a result as arrays: what the tables say, and the scenario's own numbers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from p2pdnr.market.best_bill import BestBills, best_bills
from p2pdnr.market.responses import ProsumerBlock, prosumer_block
from p2pdnr.market.terms import ProsumerTerms, TradeTerms, all_terms, trade_terms
from p2pdnr.network.arrays import Bools, Floats, Ints, Network
from p2pdnr.network.cut_loops import cut, loop_names
from p2pdnr.network.hourly import HourlyNetwork, same_rows
from p2pdnr.results.study_result import StudyResult, Tables
from p2pdnr.results.summary import lever_positions, matrix
from p2pdnr.results.withdrawn import withdrawals
from p2pdnr.scenario.assembly import partner_pairs
from p2pdnr.scenario.schema import Scenario


@dataclass(frozen=True, eq=False)
class Plan:
    """``T`` hours, ``n`` buses, ``m`` lines, ``K`` prosumers, ``E`` partner pairs.

    closed, p_kw, q_kvar, current_a, loss_kw : (T, m) of lines.csv; vm_pu, charge_eur_per_kwh : (T, n) of buses.csv
    day : column of prosumers.csv -> (T, K); prosumer_bus : (K,) bus indices
    pairs : (E, 2) prosumer indices of partners.csv; trade_kw : (T, E), positive = the pair's first sells;
    price_eur_per_kwh : (T, E); copies_kw : (2, T, E) the first's and the second's copy of ``trade_kw``, not projected
    withdrawal_kw, withdrawal_kvar : (T, n) background plus prosumers, injections negative
    positions : (T, L) of levers.csv, None where no lever moves
    """

    scenario: Scenario
    network: Network
    terms: tuple[ProsumerTerms, ...]
    closed: Bools
    p_kw: Floats
    q_kvar: Floats
    current_a: Floats
    loss_kw: Floats
    vm_pu: Floats
    charge_eur_per_kwh: Floats
    day: dict[str, Floats]
    prosumer_bus: Ints
    pairs: Ints
    trade_kw: Floats
    price_eur_per_kwh: Floats
    copies_kw: Floats
    withdrawal_kw: Floats
    withdrawal_kvar: Floats
    positions: Ints | None = None

    @cached_property
    def hourly(self) -> HourlyNetwork:
        """The network of every hour."""
        return HourlyNetwork(self.network, self.positions)

    @cached_property
    def radial(self) -> Network:
        """The network with loops that nothing can open cut (:mod:`p2pdnr.network.joints`); itself where it has none."""
        return cut(self.network)

    @cached_property
    def meshed(self) -> str:
        """The lines on loops that nothing can open, in words; "" where there are none."""
        return loop_names(self.network)

    def alike(self) -> list[Ints]:
        """Hours of the same topology and the same positions of levers."""
        return same_rows(self.closed if self.positions is None else np.hstack([self.closed, self.positions]))

    @cached_property
    def market(self) -> ProsumerBlock:
        """The prosumers and their pairs as the kernel wants them."""
        return prosumer_block(self.terms, self.trading)

    @cached_property
    def bills(self) -> BestBills:
        """What nobody's bill is below at the plan's prices and charges, by arithmetic. Raises :class:`SolverError`."""
        return best_bills(self.market, self.price_eur_per_kw, self.charge_eur_per_kw)

    @property
    def price_eur_per_kw(self) -> Floats:
        """(E, T) EUR per kW traded over a step."""
        return np.ascontiguousarray(self.scenario.step_h * self.price_eur_per_kwh.T)

    @property
    def charge_eur_per_kw(self) -> Floats:
        """(K, T) EUR per kW withdrawn over a step at each prosumer's bus."""
        return np.ascontiguousarray(self.scenario.step_h * self.charge_eur_per_kwh[:, self.prosumer_bus].T)

    @cached_property
    def partners(self) -> Ints:
        """(E', 2) who may trade, as the scenario has it."""
        return partner_pairs(self.scenario, self.network)

    @cached_property
    def trading(self) -> TradeTerms:
        """Limits and fees of the pairs, as the scenario has them."""
        return trade_terms(self.scenario, self.pairs, self.terms)

    @property
    def net_trade_kw(self) -> Floats:
        """(T, K) sales less purchases of every prosumer."""
        net = np.zeros((len(self.closed), len(self.terms)))
        np.add.at(net.T, self.pairs[:, 0], self.trade_kw.T)
        np.add.at(net.T, self.pairs[:, 1], -self.trade_kw.T)
        return net


def read_plan(result: StudyResult) -> Plan:
    """The plan of a result whose tables fit its scenario (as those of :func:`p2pdnr.results.folder.load` do)."""
    scenario, tables = result.scenario, result.tables
    terms = all_terms(scenario)
    day = {
        name: matrix(tables.prosumers, name, scenario) for name in tables.prosumers.columns.drop(["hour", "prosumer"])
    }
    lines = {name: matrix(tables.lines, name, scenario) for name in ("closed", "p_kw", "q_kvar", "i_a", "loss_kw")}
    bus = np.array([prosumer.bus - 1 for prosumer in scenario.prosumers], dtype=np.int64)
    pairs, trade_kw, price, copies_kw = _trades(scenario, tables)
    withdrawal_kw, withdrawal_kvar = withdrawals(
        scenario, result.network, day["injection_kw"], day.get("reactive_kvar")
    )
    return Plan(
        scenario=scenario,
        network=result.network,
        terms=terms,
        closed=lines["closed"] > 0.5,
        p_kw=lines["p_kw"],
        q_kvar=lines["q_kvar"],
        current_a=lines["i_a"],
        loss_kw=lines["loss_kw"],
        vm_pu=matrix(tables.buses, "vm_pu", scenario),
        charge_eur_per_kwh=matrix(tables.buses, "charge_eur_per_kwh", scenario),
        day=day,
        prosumer_bus=bus,
        pairs=pairs,
        trade_kw=trade_kw,
        price_eur_per_kwh=price,
        copies_kw=copies_kw,
        withdrawal_kw=withdrawal_kw,
        withdrawal_kvar=withdrawal_kvar,
        positions=None if tables.levers is None else lever_positions(scenario, tables.levers),
    )


def _trades(scenario: Scenario, tables: Tables) -> tuple[Ints, Floats, Floats, Floats]:
    """Pairs, and per hour and pair the trade, its price and the two copies, signed as the pair's first sees them."""
    index = {prosumer.id: k for k, prosumer in enumerate(scenario.prosumers)}
    ends = [tables.partners[name].map(index).to_numpy(dtype=np.int64) for name in ("prosumer", "partner")]
    pairs = np.column_stack(ends).reshape(-1, 2).astype(np.int64)
    values = np.zeros((4, scenario.hours, len(pairs)))
    trades = tables.trades
    seller, buyer = (trades[name].map(index).to_numpy(dtype=np.int64) for name in ("seller", "buyer"))
    ahead, behind = (_places(pairs, first, second, len(index)) for first, second in ((seller, buyer), (buyer, seller)))
    forward = ahead >= 0
    column = np.where(forward, ahead, behind)
    hour, sign = trades["hour"].to_numpy(dtype=np.int64), np.where(forward, 1.0, -1.0)
    of_seller, of_buyer = trades["copy_seller_kw"].to_numpy(), trades["copy_buyer_kw"].to_numpy()
    rows = (
        sign * trades["power_kw"].to_numpy(),
        trades["price_eur_per_kwh"].to_numpy(),
        sign * np.where(forward, of_seller, of_buyer),
        sign * np.where(forward, of_buyer, of_seller),
    )
    if len(pairs):
        for k, row in enumerate(rows):
            values[k, hour, column] = row
    return pairs, np.asarray(values[0]), np.asarray(values[1]), values[2:]


def _places(pairs: Ints, first: npt.NDArray[Any], second: npt.NDArray[Any], count: int) -> Ints:
    """Where the pair of ``first`` and ``second``, in this order, stands in ``pairs``; the last place of one that stands
    twice, -1 of one that stands nowhere."""
    if not len(pairs):
        return np.full(len(first), -1, dtype=np.int64)
    known, asked = pairs[:, 0] * count + pairs[:, 1], first * count + second
    order = np.argsort(known, kind="stable")
    at = np.searchsorted(known[order], asked, side="right") - 1
    return np.where(known[order[at]] == asked, order[at], -1)
