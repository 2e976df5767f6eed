"""A day as it came (rolled.json), judged again: the day is drawn from its seed, pandapower solves every hour of it, and
switching is counted from the states of the lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from p2pdnr.forecasts.on_the_day import Turned, missing_kw, turned
from p2pdnr.network.arrays import Bools, Floats, Ints
from p2pdnr.network.hourly import HourlyNetwork, steps
from p2pdnr.network.topology import changes, is_radial
from p2pdnr.reconfiguration.terms import from_scenario, violation_eur
from p2pdnr.results.generators import with_held_voltages
from p2pdnr.results.rolled_file import Asked, Rolled, day_of
from p2pdnr.results.study_result import StudyResult
from p2pdnr.results.true_limits import true_network
from p2pdnr.verification.finding import same
from p2pdnr.verification.judge import judge_hourly
from p2pdnr.verification.not_supplied import not_supplied_eur
from p2pdnr.verification.plan import Plan, read_plan
from p2pdnr.verification.rolled_market import market_objections
from p2pdnr.verification.secure import agreed, limited_hours
from p2pdnr.verification.switching import SwitchingLimits, broken_limits

REL, ABS = 1e-5, 1e-4
"""Of EUR, kW and kWh: rankings are that exact."""


def objections(result: StudyResult, told: Rolled) -> list[str]:
    """Everything in rolled.json that is not so; empty when all is well."""
    result = with_held_voltages(result)
    plan = replace(read_plan(result), network=true_network(result))
    closed = np.ones((len(told.hours), plan.network.n_lines), dtype=np.bool_)
    for row, hour in zip(closed, told.hours, strict=True):
        row[np.array(hour.open_lines, dtype=np.int64) - 1] = False
    wrong = [f"hour {hour}: the lines in use are no tree" for hour in _no_trees(plan, closed)]
    places = [hour.positions for hour in told.hours]
    day = _Day(closed, None if plan.positions is None else np.array(places, dtype=np.int64))
    if told.market is not None and not wrong:
        factors = day_of(result, Asked(told.every, told.seed, told.exact_forecast))
        return [*_switching(plan, day, told), *market_objections(plan, (closed, day.positions), told, factors)]
    return wrong or [*_switching(plan, day, told), *_figures(plan, day, told, _came(result, plan, told))]


@dataclass(frozen=True, eq=False)
class _Day:
    """A schedule: lines ``closed`` (T, m), ``positions`` (T, L) of levers, None where they stay."""

    closed: Bools
    positions: Ints | None


@dataclass(frozen=True, eq=False)
class _Came:
    """The day as it came, and what prosumers lack (T, K) in kW beside their plan."""

    day: Turned
    change_kw: Floats


def unshown(told: Rolled) -> str:
    """What check does not go through again."""
    sure = "said to be proved" if told.foresight_proved else "of a search"
    if told.market is not None:
        return "rolled.json: what the plan made once and who knew the day pay by part, prices of trades, and seen_eur"
    return (
        f"rolled.json: that nobody who knew the day pays less than {told.foresight_eur:,.2f} EUR ({sure}), and seen_eur"
    )


def _no_trees(plan: Plan, closed: Bools) -> list[int]:
    return [hour for hour, row in enumerate(closed) if not is_radial(plan.network, row)]


def _came(result: StudyResult, plan: Plan, told: Rolled) -> _Came:
    mine = agreed(plan, limited_hours(result))
    factors = day_of(result, Asked(told.every, told.seed, told.exact_forecast))
    day = turned(mine, factors)
    return _Came(day, missing_kw(mine, factors, day.pv_kw)[0])


def _switching(plan: Plan, day: _Day, told: Rolled) -> Iterator[str]:
    closed = day.closed
    dso, switched = plan.scenario.dso, changes(plan.network, closed)
    hours = len(closed)
    limits = SwitchingLimits(dso.max_switching_per_hour, dso.max_switching_per_day, 0.0, hours, plan.scenario.step_h)
    yield from broken_limits(switched, limits, plan.network)
    for hour, line in np.argwhere(switched & ~plan.network.switchable):
        yield f"hour {hour}: {plan.network.line_label(int(line))} may not be switched"
    for turn in told.turns:
        made = int(switched[turn.step : turn.step + told.every].sum())
        if made != turn.operations:
            yield f"rolled.json states {turn.operations} operations from step {turn.step} on, the lines say {made}"
    yield from _steps(plan, day, told)


def _steps(plan: Plan, day: _Day, told: Rolled) -> Iterator[str]:
    """What is wrong with the steps of levers."""
    made, most = _lever_steps(plan, day), plan.scenario.dso.max_lever_steps
    if made is None:
        return
    for turn in told.turns:
        own = int(made[: len(day.closed)][turn.step : turn.step + told.every].sum())
        if own != turn.lever_steps:
            yield f"rolled.json states {turn.lever_steps} steps of levers from step {turn.step} on, positions say {own}"
    if most is not None and made.sum() > most:
        yield f"rolled.json moves levers by {made.sum()} steps, at most {most} are allowed in a day"


def _lever_steps(plan: Plan, day: _Day) -> Ints | None:
    """(T,) steps before each hour, and after the last those back in one more where levers return; None where they
    stay."""
    levers = plan.network.levers
    if day.positions is None or levers is None:
        return None
    return np.asarray(steps(levers.positions, day.positions, plan.scenario.dso.return_to_initial).sum(axis=1))


def _figures(plan: Plan, day: _Day, told: Rolled, found: _Came) -> Iterator[str]:
    """Costs and kilowatts of the hours, of the plannings and of the day."""
    came = found.day
    both = (day, _Day(plan.closed, plan.positions))
    rolled, once = (_hourly_eur(plan, one, came) for one in both)
    steps_eur, once_steps_eur = (_switching_eur(plan, one) for one in both)
    total_kw = came.p_kw[0].sum(axis=1)
    for hour, item in enumerate(told.hours):
        yield from _unlike(f"hour {hour}: came_kw", item.came_kw, total_kw[hour])
        yield from _unlike(f"hour {hour}: came_eur", item.came_eur, rolled[hour])
        yield from _unlike(f"hour {hour}: once_eur", item.once_eur, once[hour])
    for turn in told.turns:
        part = slice(turn.step, turn.step + told.every)
        balanced = float(came.balanced_kw[0, part].sum()) * plan.scenario.step_h
        yield from _unlike(f"step {turn.step}: came_eur", turn.came_eur, (rolled + steps_eur)[part].sum())
        yield from _unlike(f"step {turn.step}: balanced_kwh", turn.balanced_kwh, balanced)
    rolled_eur, once_eur = float((rolled + steps_eur).sum()), float((once + once_steps_eur).sum())
    yield from _unlike("rolled_eur", told.rolled_eur, rolled_eur)
    yield from _unlike("once_eur", told.once_eur, once_eur)
    yield from _unlike("regret_eur", told.regret_eur, told.rolled_eur - told.foresight_eur)
    yield from _unlike("regret_of_once_eur", told.regret_of_once_eur, told.once_eur - told.foresight_eur)
    yield from _unlike("balancing_eur", told.balancing_eur, _balancing_eur(plan, found.change_kw))
    if told.foresight_proved and told.foresight_eur > min(rolled_eur, once_eur) * (1.0 + REL) + ABS:
        yield "rolled.json states a least cost with the day known that is above what the day cost"


def _unlike(what: str, stated: float, true: float) -> Iterator[str]:
    if not same(stated, float(true), REL, ABS):
        yield f"rolled.json states {what} = {stated:.6g}, worked out again it is {true:.6g}"


def _hourly_eur(plan: Plan, day: _Day, came: Turned) -> Floats:
    """(T,) losses and violations by pandapower, energy not supplied where it has a price, and the return to the initial
    state in the last hour."""
    closed, terms = day.closed, from_scenario(plan.scenario, plan.network)
    judged = judge_hourly(HourlyNetwork(plan.network, day.positions), closed, came.p_kw[0], came.q_kvar[0])
    broken = violation_eur(plan.network, terms, judged.vm_pu, judged.current_a)
    eur = terms.loss_price_eur_per_kwh * terms.step_h * judged.loss_kw.sum(axis=1) + broken
    unsupplied = not_supplied_eur(plan, closed)
    eur += 0.0 if unsupplied is None else unsupplied
    if terms.return_to_initial:
        eur[-1] += float((closed[-1] != plan.network.closed) @ terms.switching_cost_eur)
        made = _lever_steps(plan, day)
        eur[-1] += 0.0 if made is None else plan.scenario.dso.lever_cost_eur * float(made[-1])
    return np.asarray(eur)


def _switching_eur(plan: Plan, day: _Day) -> Floats:
    """(T,) price of the operations and of the steps of levers before each hour."""
    price = from_scenario(plan.scenario, plan.network).switching_cost_eur
    switched, made = changes(plan.network, day.closed) @ price, _lever_steps(plan, day)
    moved = 0.0 if made is None else plan.scenario.dso.lever_cost_eur * made[: len(day.closed)]
    return np.asarray(switched + moved)


def _balancing_eur(plan: Plan, change_kw: Floats) -> float:
    """What retailers take for the day beyond the plan, where prosumers lack ``change_kw`` (T, K) beside it."""
    total, planned_kw = 0.0, plan.day["import_kw"] - plan.day["export_kw"]
    for k, item in enumerate(plan.terms):
        for kw, sign in ((planned_kw[:, k] + change_kw[:, k], 1.0), (planned_kw[:, k], -1.0)):
            price = np.where(kw > 0.0, item.buy_eur_per_kwh, item.sell_eur_per_kwh)
            total += sign * float(price @ kw) * plan.scenario.step_h
    return total
