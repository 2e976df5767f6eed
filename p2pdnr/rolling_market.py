"""A solved day that comes otherwise, with market, batteries and switching planned anew every few steps.

Before every H steps the hours to come are solved again with what is known (:mod:`p2pdnr.rest_of_day`), from the last
plan as a warm start. What falls into the next H steps is done: switches are operated, batteries follow the plan, trades
are settled at the prices agreed in that solve, PV follows the sun and the retailer balances the rest
(:mod:`p2pdnr.forecasts.on_the_day`). Beside the day as rolled stand the plan made once, which meets the same day, and
the plan of somebody who knew the day (docs/rolling.md).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from p2pdnr.execution import LocalBackend
from p2pdnr.forecasts.error_model import DayFactors, error_model
from p2pdnr.forecasts.on_the_day import FREE_KW, FREE_SHARE
from p2pdnr.forecasts.updated import seen
from p2pdnr.network.arrays import Bools, Floats
from p2pdnr.network.topology import changes
from p2pdnr.reconfiguration.days import many_days
from p2pdnr.reconfiguration.terms import OperatorTerms, from_scenario
from p2pdnr.rest_of_day import Course, Known, Morning
from p2pdnr.results.generators import with_held_voltages
from p2pdnr.results.study_result import StudyResult
from p2pdnr.results.true_limits import true_network
from p2pdnr.rolling import Film, RolledDay, RolledMarket, Turn, refuse_market
from p2pdnr.verification.plan import read_plan
from p2pdnr.verification.secure import limited_hours

WORKERS = 2
STATED = ("charge_kw", "discharge_kw", "energy_kwh", "flexible_kw", "elastic_kw", "generator_kw")
"""What prosumers do that a day as it comes does not change."""


@dataclass(frozen=True, eq=False)
class Came:
    """A course on a day: ``parts_eur`` by hour (T,) each, switching included; withdrawals (T, n); PV used, fixed load
    not served and what retailers deliver net (T, K), and of that what they balance (T, K)."""

    parts_eur: dict[str, Floats]
    p_kw: Floats
    pv_kw: Floats
    unserved_kw: Floats
    net_kw: Floats
    missing_kw: Floats
    balancing_eur: float

    @property
    def hours_eur(self) -> Floats:
        """(T,) without switching."""
        return np.asarray(sum(values for name, values in self.parts_eur.items() if name != "switching"))

    def total_eur(self) -> float:
        """Everything."""
        return float(sum(values.sum() for values in self.parts_eur.values()))

    def told(self) -> dict[str, float]:
        """Parts of the day."""
        return {name: float(values.sum()) for name, values in self.parts_eur.items()}


def roll_market(result: StudyResult, every: int, actual: DayFactors) -> RolledDay:
    """The day of a result that turns out as ``actual`` (one day) says, with all that can be planned anew planned before
    every ``every``-th step.

    Raises :class:`InputError` for what a plan of the rest of a day cannot know, :class:`PowerFlowError` where some
    planning finds none.
    """
    refuse_market(result)
    result = with_held_voltages(result)
    with LocalBackend(WORKERS) as backend:
        day = Morning(result, read_plan(result), backend)
        model, once = error_model(result.scenario, day.plan.network), day.course()
        course, turns, arrays_from = once, list[Turn](), 0
        expected = np.zeros((2, len(once.closed)))
        for step in range(0, len(once.closed), every):
            forecast = seen(model, actual, step)
            if step:
                known = _known(day, course, step, forecast)
                course = course.followed_by(step, day.replanned(known, course.at(step), arrays_from))
                arrays_from = step
            view, part = came(day, course, forecast), slice(step, step + every)
            expected[:, part] = view.p_kw[part].sum(axis=1), view.hours_eur[part]
            turns.append(_turn(day, course, (view, came(day, course, actual)), (step, every)))
        start = np.array([item.battery_initial_kwh for item in day.plan.terms])
        limit = result.scenario.dso.max_switching_per_day
        known = Known(0, true_network(result), start, limit, actual, None)
        best = came(day, day.replanned(known, once, 0), actual)
        return _told(day, course, (came(day, course, actual), came(day, once, actual), best), turns, expected)


def _known(day: Morning, course: Course, step: int, forecast: DayFactors) -> Known:
    energy, made = course.day["energy_kwh"][step - 1], int(changes(day.plan.network, course.closed[:step]).sum())
    limit = day.scenario.dso.max_switching_per_day
    left = None if limit is None else max(0, limit - made)
    network = day.plan.network.with_(closed=course.closed[step - 1])
    return Known(step, network, energy, left, forecast, day.plan.day["flexible_kw"])


def _turn(day: Morning, course: Course, views: tuple[Came, Came], when: tuple[int, int]) -> Turn:
    """A planning before a step, as it was seen and as it came."""
    view, true = views
    step, every = when
    part, rest = slice(step, step + every), slice(step, None)
    seen_eur = float((view.hours_eur + view.parts_eur["switching"])[rest].sum())
    came_eur = float((true.hours_eur + true.parts_eur["switching"])[part].sum())
    operations = int(changes(day.plan.network, course.closed)[part].sum())
    balanced = float(np.abs(true.missing_kw[part]).sum()) * day.scenario.step_h
    return Turn(step, seen_eur, came_eur, operations, balanced)


def _told(
    day: Morning, course: Course, ways: tuple[Came, Came, Came], turns: list[Turn], expected: Floats
) -> RolledDay:
    rolled, once, best = ways
    names = [item.id for item in day.scenario.prosumers]
    hourly = {name: course.day[name].round(6).tolist() for name in STATED}
    hourly |= {"pv_kw": rolled.pv_kw.round(6).tolist(), "unserved_kw": rolled.unserved_kw.round(6).tolist()}
    hourly |= {"retail_kw": rolled.net_kw.round(6).tolist()}
    costs = {"rolled": rolled.told(), "once": once.told(), "foresight": best.told()}
    return RolledDay(
        turns=tuple(turns),
        closed=course.closed,
        rolled_eur=rolled.total_eur(),
        once_eur=once.total_eur(),
        foresight_eur=best.total_eur(),
        balancing_eur=rolled.balancing_eur,
        proved=False,
        film=Film(expected[0], rolled.p_kw.sum(axis=1), expected[1], rolled.hours_eur, once.hours_eur),
        market=RolledMarket(names, hourly, _trades(day, course), costs),
        weighs_outages=day.outages is not None,
    )


def _trades(day: Morning, course: Course) -> list[list[object]]:
    """Hour, seller, buyer, kW and EUR/kWh of every trade that was settled."""
    found: list[list[object]] = []
    for hour, edge in np.argwhere(np.abs(course.trade_kw) > 1e-6).tolist():
        kw, (first, second) = float(course.trade_kw[hour, edge]), day.pairs[edge]
        pair = (first, second) if kw > 0.0 else (second, first)
        found.append([hour, *pair, round(abs(kw), 6), round(float(course.price_eur_per_kwh[hour, edge]), 6)])
    return found


def came(day: Morning, course: Course, factors: DayFactors) -> Came:
    """What a course is on a day."""
    plan, own = day.plan, course.day
    sun_kw, load_kw = day.sun_kw(factors), day.base[0] * factors.load[0]
    free = own["pv_kw"] >= course.sun_kw * (1.0 - FREE_SHARE) - FREE_KW
    free &= ~limited_hours(day.result)[:, None]
    pv_kw = np.where(free, sun_kw, np.minimum(sun_kw, own["pv_kw"]))
    unserved_kw = np.minimum(own["unserved_kw"], load_kw)
    missing_kw = (load_kw - unserved_kw) - (course.load_kw - own["unserved_kw"]) - (pv_kw - own["pv_kw"])
    net_kw = own["import_kw"] - own["export_kw"] + missing_kw
    p_kw, q_kvar = (values * factors.background[0] for values in day.base[2:])
    np.add.at(p_kw.T, plan.prosumer_bus, (missing_kw - own["injection_kw"]).T)
    tangent = np.tan(np.arccos([item.power_factor for item in day.scenario.prosumers]))
    np.add.at(q_kvar.T, plan.prosumer_bus, (load_kw * tangent).T)
    terms = from_scenario(day.scenario, plan.network)
    parts = _market_eur(day, course, net_kw, unserved_kw) | _grid_eur(day, terms, course.closed, (p_kw, q_kvar))
    balancing = _retail_eur(day, net_kw) - _retail_eur(day, net_kw - missing_kw)
    return Came(parts, p_kw, pv_kw, unserved_kw, net_kw, missing_kw, float(balancing.sum()))


def _retail_eur(day: Morning, net_kw: Floats) -> Floats:
    """(T,) what everybody pays the retailers."""
    buy = np.column_stack([item.buy_eur_per_kwh for item in day.plan.terms])
    sell = np.column_stack([item.sell_eur_per_kwh for item in day.plan.terms])
    paid = buy * np.maximum(net_kw, 0.0) - sell * np.maximum(-net_kw, 0.0)
    return np.asarray(day.scenario.step_h * paid.sum(axis=1))


def _market_eur(day: Morning, course: Course, net_kw: Floats, unserved_kw: Floats) -> dict[str, Floats]:
    """By hour (T,) what prosumers pay but for each other."""
    own, step_h = course.day, day.scenario.step_h
    each = []
    for k, item in enumerate(day.plan.terms):
        shift, used, made = (own[name][:, k] for name in ("flexible_kw", "elastic_kw", "generator_kw"))
        wear = item.wear_eur_per_kwh * (own["charge_kw"][:, k] + own["discharge_kw"][:, k])
        made_eur = item.generation_eur_per_kwh * made + item.generator_slope_eur_per_kw2h / 2 * made**2
        worth = item.utility_eur_per_kwh * used - item.elastic_slope_eur_per_kw2h / 2 * used**2
        each.append(wear + item.discomfort_eur_per_kw2h / 2 * shift**2 + made_eur - worth)
    price = np.array([item.unserved_eur_per_kwh for item in day.plan.terms])
    return {
        "retail": _retail_eur(day, net_kw),
        "own": step_h * np.sum(each, axis=0),
        "fees": step_h * np.abs(course.trade_kw) @ day.plan.trading.fee_eur_per_kwh.sum(axis=1),
        "unserved": step_h * unserved_kw @ price,
    }


def _grid_eur(day: Morning, terms: OperatorTerms, closed: Bools, loads: tuple[Floats, Floats]) -> dict[str, Floats]:
    """By hour (T,) what the operator pays."""
    network = true_network(day.result)
    found = many_days.seen(network, terms, closed, (loads[0][None], loads[1][None]))
    unsupplied = {} if day.outages is None else {"outages": day.outages.schedule_eur(network, closed)}
    return unsupplied | {
        "losses": terms.loss_eur_per_kw * found.loss_kw[0],
        "violations": found.violation_eur[0],
        "switching": changes(day.plan.network, closed) @ terms.switching_cost_eur,
    }
