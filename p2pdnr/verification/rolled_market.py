"""A day as it came with market and batteries planned anew (rolled.json), judged again: every prosumer's balance on the
day drawn from its seed, batteries, trades that both sides settle, and all costs, with pandapower's losses and limits.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from p2pdnr.forecasts.error_model import DayFactors
from p2pdnr.market.terms import ProsumerTerms
from p2pdnr.network.arrays import Bools, Floats, Ints
from p2pdnr.network.hourly import HourlyNetwork
from p2pdnr.network.topology import changes
from p2pdnr.reconfiguration.terms import from_scenario, violation_eur
from p2pdnr.results.rolled_file import LEVERS, UNSUPPLIED, Rolled, RolledMarket
from p2pdnr.scenario.assembly import background_kw
from p2pdnr.verification.finding import same
from p2pdnr.verification.judge import judge_hourly
from p2pdnr.verification.not_supplied import not_supplied_eur
from p2pdnr.verification.plan import Plan

KW = 2e-3
"""How far a balance may be open: what is stated is stated to a milliwatt, and devices are exact to less than a watt."""
REL, ABS = 1e-5, 1e-3


@dataclass(frozen=True, eq=False)
class MarketDay:
    """Quantities by name (T, K), net sales (T, K) and trades (T, E without sign) of a market that was planned anew."""

    own: dict[str, Floats]
    sold_kw: Floats
    fees_eur: Floats
    load_kw: Floats
    sun_kw: Floats

    @property
    def injection_kw(self) -> Floats:
        """(T, K) into the grid: what is sold and exported less what is bought and imported."""
        return self.sold_kw - self.own["retail_kw"]


def market_day(plan: Plan, market: RolledMarket, factors: DayFactors) -> MarketDay:
    """What rolled.json says of prosumers, on the day that came."""
    base_kw = np.column_stack([item.pv_kw for item in plan.terms])
    most_kw = np.maximum([item.pv_kw for item in plan.scenario.prosumers], base_kw.max(axis=0, initial=0.0))
    sun_kw = np.minimum(factors.sun[0][:, plan.prosumer_bus] * base_kw, most_kw)
    load_kw = np.column_stack([item.load_kw for item in plan.terms]) * factors.load[0]
    place, trading = {name: k for k, name in enumerate(market.prosumers)}, plan.trading
    fee = {
        tuple(sorted(pair)): float(both.sum())
        for pair, both in zip(plan.pairs.tolist(), trading.fee_eur_per_kwh, strict=True)
    }
    sold, fees = np.zeros_like(load_kw), np.zeros(len(load_kw))
    for hour, seller, buyer, kw, _ in market.trades:
        one, other = place[seller], place[buyer]
        sold[hour, one] += kw
        sold[hour, other] -= kw
        fees[hour] += plan.scenario.step_h * kw * fee.get((min(one, other), max(one, other)), np.nan)
    own = {name: np.array(rows) for name, rows in market.hourly.items()}
    return MarketDay(own, sold, fees, load_kw, sun_kw)


def withdrawals(plan: Plan, day: MarketDay, factors: DayFactors) -> tuple[Floats, Floats]:
    """(T, n) in kW and kvar."""
    p_kw, q_kvar = (values * factors.background[0] for values in background_kw(plan.scenario, plan.network))
    tangent = np.tan(np.arccos([item.power_factor for item in plan.scenario.prosumers]))
    for k, bus in enumerate(plan.prosumer_bus):
        p_kw[:, bus] -= day.injection_kw[:, k]
        q_kvar[:, bus] += day.load_kw[:, k] * tangent[k]
    return p_kw, q_kvar


Schedule = tuple[Bools, Ints | None]
"""Lines that are closed (T, m), and positions of levers (T, L), None where they stay."""


def market_objections(plan: Plan, schedule: Schedule, told: Rolled, factors: DayFactors) -> Iterator[str]:
    """Everything in the market of rolled.json that is not so."""
    assert told.market is not None
    day = market_day(plan, told.market, factors)
    for k, item in enumerate(plan.terms):
        mine = {name: values[:, k] for name, values in day.own.items()}
        yield from _prosumer(item, mine, day.load_kw[:, k], day.sun_kw[:, k], day.sold_kw[:, k])
    if any(kw < 0.0 for *_, kw, _ in told.market.trades) or not np.isfinite(day.fees_eur).all():
        yield "rolled.json states a trade below zero, or between two who are no partners"
    yield from _costs(plan, schedule, told, (day, withdrawals(plan, day, factors)))


def _prosumer(
    item: ProsumerTerms, own: dict[str, Floats], load_kw: Floats, sun_kw: Floats, sold_kw: Floats
) -> Iterator[str]:
    """One prosumer's balance and devices."""
    made = own["pv_kw"] + own["discharge_kw"] + own["generator_kw"] + own["unserved_kw"]
    used = load_kw + own["flexible_kw"] + own["elastic_kw"] + own["charge_kw"]
    stored = item.battery_efficiency * own["charge_kw"] - own["discharge_kw"] / item.battery_efficiency
    before = np.concatenate([[item.battery_initial_kwh], own["energy_kwh"][:-1]])
    within = (
        ("pv_kw", sun_kw),
        ("charge_kw", item.battery_kw),
        ("discharge_kw", item.battery_kw),
        ("energy_kwh", item.battery_kwh),
        ("elastic_kw", item.elastic_kw),
        ("generator_kw", item.generator_kw),
        ("unserved_kw", load_kw),
    )
    residual = {"balance": made + own["retail_kw"] - used - sold_kw}
    if item.battery_kwh > 0.0:
        residual["battery"] = (own["energy_kwh"] - before) / item.step_h - stored
        residual["battery where it returns"] = (
            item.returns * (own["energy_kwh"] - item.battery_initial_kwh) / item.step_h
        )
        residual["least energy"] = np.maximum(item.battery_min_kwh - own["energy_kwh"], 0.0)
    residual |= {name: np.maximum(np.maximum(own[name] - most, -own[name]), 0.0) for name, most in within}
    for name, values in residual.items():
        hour = int(np.abs(values).argmax())
        if not abs(values[hour]) <= KW * max(1.0, float(np.abs(used).max()) * 1e-3):
            yield f"rolled.json: {name} of {item.name} is open by {values[hour]:.3g} in hour {hour}"


def _costs(
    plan: Plan, schedule: Schedule, told: Rolled, found: tuple[MarketDay, tuple[Floats, Floats]]
) -> Iterator[str]:
    """The parts of the day as rolled, of its hours and of its plannings, and what the three ways sum to."""
    assert told.market is not None
    parts = _parts_eur(plan, schedule, *found)
    for name in parts:
        yield from _unlike(f"costs_eur.rolled.{name}", told.market.costs_eur["rolled"][name], parts[name].sum())
    ways = {"rolled": told.rolled_eur, "once": told.once_eur, "foresight": told.foresight_eur}
    for way, total in ways.items():
        yield from _unlike(f"{way}_eur", total, sum(told.market.costs_eur[way].values()))
    moves = np.sum([values for name, values in parts.items() if name in ("switching", LEVERS)], axis=0)
    hours = np.sum(list(parts.values()), axis=0) - moves
    total_kw = found[1][0].sum(axis=1)
    for hour, item in enumerate(told.hours):
        yield from _unlike(f"hour {hour}: came_kw", item.came_kw, total_kw[hour])
        yield from _unlike(f"hour {hour}: came_eur", item.came_eur, hours[hour])
    for turn in told.turns:
        part = slice(turn.step, turn.step + told.every)
        yield from _unlike(f"step {turn.step}: came_eur", turn.came_eur, (hours + moves)[part].sum())
    yield from _unlike("regret_eur", told.regret_eur, told.rolled_eur - told.foresight_eur)
    yield from _unlike("regret_of_once_eur", told.regret_of_once_eur, told.once_eur - told.foresight_eur)


def _parts_eur(plan: Plan, schedule: Schedule, day: MarketDay, loads: tuple[Floats, Floats]) -> dict[str, Floats]:
    """(T,) each."""
    closed, positions = schedule
    terms, step_h, own = from_scenario(plan.scenario, plan.network), plan.scenario.step_h, day.own
    judged = judge_hourly(HourlyNetwork(plan.network, positions), closed, *loads)
    retail, private, unserved = (np.zeros(len(closed)) for _ in range(3))
    for k, item in enumerate(plan.terms):
        net = own["retail_kw"][:, k]
        retail += np.where(net > 0.0, item.buy_eur_per_kwh, item.sell_eur_per_kwh) * net
        private += item.wear_eur_per_kwh * (own["charge_kw"] + own["discharge_kw"])[:, k]
        private += item.discomfort_eur_per_kw2h * own["flexible_kw"][:, k] ** 2 / 2.0
        made, used = own["generator_kw"][:, k], own["elastic_kw"][:, k]
        private += (item.generation_eur_per_kwh + item.generator_slope_eur_per_kw2h * made / 2.0) * made
        private -= (item.utility_eur_per_kwh - item.elastic_slope_eur_per_kw2h * used / 2.0) * used
        unserved += item.unserved_eur_per_kwh * own["unserved_kw"][:, k]
    unsupplied = not_supplied_eur(plan, closed)
    return (
        ({} if unsupplied is None else {UNSUPPLIED: unsupplied})
        | _steps_eur(plan, positions)
        | {
            "retail": step_h * retail,
            "own": step_h * private,
            "fees": day.fees_eur,
            "unserved": step_h * unserved,
            "losses": terms.loss_eur_per_kw * judged.loss_kw.sum(axis=1),
            "violations": violation_eur(plan.network, terms, judged.vm_pu, judged.current_a),
            "switching": np.asarray(changes(plan.network, closed) @ terms.switching_cost_eur),
        }
    )


def _steps_eur(plan: Plan, positions: Ints | None) -> dict[str, Floats]:
    """(T,) what steps of levers cost, where they move."""
    levers = plan.network.levers
    if positions is None or levers is None:
        return {}
    moved = np.abs(np.diff(np.vstack([levers.positions, positions]), axis=0)).sum(axis=1)
    return {LEVERS: plan.scenario.dso.lever_cost_eur * moved.astype(np.float64)}


def _unlike(what: str, stated: float, true: float) -> Iterator[str]:
    if not same(stated, float(true), REL, ABS):
        yield f"rolled.json states {what} = {stated:.6g}, worked out again it is {true:.6g}"
