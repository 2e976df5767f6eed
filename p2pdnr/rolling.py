"""A solved day as it is seen and as it comes: switches are set anew every few steps, with what is known by then.

What prosumers agreed stays: trades, batteries, shifted load. What they lack or have over on the day the retailer takes
or gives at its tariff (:mod:`p2pdnr.forecasts.on_the_day`). The operator plans the switching of all steps to come, and
the positions of tap changers and capacitors that move, from where they stand, with the forecast of the moment
(:mod:`p2pdnr.forecasts.updated`), does what falls into the next steps, and plans again (docs/rolling.md).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from p2pdnr.errors import InputError, Problem
from p2pdnr.forecasts.error_model import DayFactors, error_model
from p2pdnr.forecasts.on_the_day import Agreed, missing_kw, turned
from p2pdnr.forecasts.updated import seen
from p2pdnr.network.arrays import Bools, Floats, Ints
from p2pdnr.results.generators import with_held_voltages
from p2pdnr.results.study_result import StudyResult
from p2pdnr.results.true_limits import true_network
from p2pdnr.rolling_choices import Choices, Standing, choices_of
from p2pdnr.scenario.loops import refuse_loops
from p2pdnr.verification.plan import Plan, read_plan
from p2pdnr.verification.secure import agreed, limited_hours


@dataclass(frozen=True)
class Turn:
    """One planning of the day: before step ``step``, ``seen_eur`` expected for all that is to come, operations to come
    included; ``came_eur`` of the steps until the next planning, ``operations`` made in them, ``balanced_kwh`` that
    retailers took or gave, and ``lever_steps`` made, None where levers stay."""

    step: int
    seen_eur: float
    came_eur: float
    operations: int
    balanced_kwh: float
    lever_steps: int | None = None

    def as_dict(self) -> dict[str, Any]:
        """Figures as JSON can hold them."""
        return {name: value for name, value in vars(self).items() if value is not None}


@dataclass(frozen=True, eq=False)
class Film:
    """The day hour by hour, (T,) each: the feeder's withdrawals in kW as they were seen when the hour was planned last,
    and as they came; losses and violations in EUR as they were seen, as they came, and as the plan made once brings
    them."""

    seen_kw: Floats
    came_kw: Floats
    seen_eur: Floats
    came_eur: Floats
    once_eur: Floats


@dataclass(frozen=True, eq=False)
class RolledMarket:
    """What prosumers did where market and batteries were planned anew: ``hourly`` (T, K) each, by name; ``trades`` that
    were settled, each with hour, seller, buyer, kW and EUR/kWh; all costs by part as rolled, once and foresight."""

    prosumers: list[str]
    hourly: dict[str, list[list[float]]]
    trades: list[list[object]]
    costs_eur: dict[str, dict[str, float]]


@dataclass(frozen=True, eq=False)
class RolledDay:
    """The day in turns. Costs are of losses, violations, switching and steps of levers, EUR: as the day was rolled, as
    the plan made once does, as who knew the day would have done; ``closed`` (T, m) and ``positions`` (T, L) of levers
    as rolled, these None where they stay; ``proved`` whether nobody who knew the day could do better than
    ``foresight_eur``. Where the ``market`` was planned anew they are all costs. ``weighs_outages`` says that energy not
    supplied is among them."""

    turns: tuple[Turn, ...]
    closed: Bools
    rolled_eur: float
    once_eur: float
    foresight_eur: float
    balancing_eur: float
    proved: bool
    film: Film
    positions: Ints | None = None
    market: RolledMarket | None = None
    weighs_outages: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Figures as JSON can hold them."""
        opened = [[int(line) + 1 for line in np.flatnonzero(~row)] for row in self.closed]
        return {
            "turns": [turn.as_dict() for turn in self.turns],
            "rolled_eur": self.rolled_eur,
            "once_eur": self.once_eur,
            "foresight_eur": self.foresight_eur,
            "regret_eur": self.rolled_eur - self.foresight_eur,
            "regret_of_once_eur": self.once_eur - self.foresight_eur,
            "balancing_eur": self.balancing_eur,
            "foresight_proved": self.proved,
            "hours": [
                {"hour": hour, "open_lines": lines}
                | ({} if self.positions is None else {"positions": self.positions[hour].tolist()})
                | {name: float(values[hour]) for name, values in vars(self.film).items()}
                for hour, lines in enumerate(opened)
            ],
            **({} if self.market is None else {"market": vars(self.market)}),
        }


def roll(result: StudyResult, every: int, actual: DayFactors) -> RolledDay:
    """The day of a result that turns out as ``actual`` (one day) says, planned anew before every ``every``-th step.

    Tap changers and capacitors move with the topology where those of the result do. A secure plan is rolled with its
    limits held back and its hours in which PV feeds in no more than planned; what comes is paid by the true limits.
    Raises :class:`InputError` for limits on switching and steps that go beyond an hour and a single day, and for
    reactive power of inverters.
    """
    _refuse(result)
    result = with_held_voltages(result)
    plan = read_plan(result)
    mine = agreed(plan, limited_hours(result))
    model, how = error_model(result.scenario, plan.network), choices_of(plan)
    came = turned(mine, actual)
    came_eur = replace(how, network=true_network(result)).stage_eur(came.p_kw[0], came.q_kvar[0], final=True)
    now, indices, turns = how.start(), list[int](), list[Turn]()
    seen_kw, seen_eur = np.zeros(len(plan.closed)), np.zeros(len(plan.closed))
    for step in range(0, len(plan.closed), every):
        forecast = turned(mine, seen(model, actual, step))
        eur = how.stage_eur(forecast.p_kw[0, step:], forecast.q_kvar[0, step:])
        found = how.cheapest(eur, now)
        part = found.indices[:every]
        here = np.arange(step, step + len(part))
        seen_kw[here] = forecast.p_kw[0, here].sum(axis=1)
        seen_eur[here] = eur[part, np.arange(len(part))]
        paid, then = _executed(how, came_eur[:, step : step + every], part, now)
        balanced = float(came.balanced_kw[0, step : step + every].sum()) * how.terms.step_h
        made, moved = then.operations - now.operations, then.steps - now.steps
        turns.append(Turn(step, found.cost_eur, paid, made, balanced, None if how.levers is None else moved))
        indices += part.tolist()
        now = then
    best = how.cheapest(came_eur, how.start())
    places, every_hour = how.places(plan.closed, plan.positions), np.arange(len(plan.closed))
    once, _ = _executed(how, came_eur, places, how.start())
    hourly = came_eur[indices, every_hour], came_eur[places, every_hour]
    return RolledDay(
        turns=tuple(turns),
        closed=how.closed(indices),
        rolled_eur=sum(turn.came_eur for turn in turns),
        once_eur=once,
        foresight_eur=best.cost_eur,
        balancing_eur=_balancing_eur(plan, mine, actual, came.pv_kw),
        proved=best.proved and how.trees.complete,
        film=Film(seen_kw, came.p_kw[0].sum(axis=1), seen_eur, *hourly),
        positions=how.positions(indices),
        weighs_outages=how.outages is not None,
    )


def _refuse(result: StudyResult) -> None:
    """Raise InputError for limits that a plan of the rest of a day cannot know, and for loops."""
    refuse_loops(result.network, "planning the rest of a day")
    dso, scenario = result.scenario.dso, result.scenario
    told = []
    if dso.min_dwell_h is not None:
        told.append(Problem("dso", "min_dwell_h", (), "is not kept from plan to plan", "Leave it out"))
    if dso.max_switching_per_day is not None and scenario.hours * scenario.step_h > 24.0:
        told.append(Problem("dso", "max_switching_per_day", (), "is counted over one day alone", "Give one day"))
    if dso.return_to_initial and (dso.max_switching_per_day or dso.max_switching_per_hour or dso.max_lever_steps):
        told.append(Problem("dso", "return_to_initial", (), "does not go with limits on switching", "Leave it out"))
    if dso.max_lever_steps is not None and scenario.hours * scenario.step_h > 24.0:
        told.append(Problem("dso", "max_lever_steps", (), "is counted over one day alone", "Give one day"))
    if dso.reactive != "none":
        told.append(Problem("dso", "reactive", (dso.reactive,), "is not planned anew", 'Set it to "none"'))
    if told:
        raise InputError(told)


def refuse_market(result: StudyResult) -> None:
    """Raise InputError for what a plan of market and switching for the rest of a day cannot know."""
    _refuse(result)
    dso, told = result.scenario.dso, []
    if dso.role != "welfare":
        told.append(Problem("dso", "role", (dso.role,), "is not planned anew", "Choose the role welfare"))
    if dso.return_to_initial:
        told.append(Problem("dso", "return_to_initial", (), "is not kept from plan to plan", "Leave it out"))
    if told:
        raise InputError(told)


def _executed(how: Choices, came_eur: Floats, indices: Ints, now: Standing) -> tuple[float, Standing]:
    """EUR of choices (t,) in steps that came, and where everything stands then, from where it stands on."""
    paid = float(came_eur[indices, np.arange(len(indices))].sum())
    for index in indices.tolist():
        way = how.way(now, index)
        paid, now = paid + way.eur, how.moved(now, index, way)
    return paid, now


def _balancing_eur(plan: Plan, mine: Agreed, actual: DayFactors, pv_kw: Floats) -> float:
    """What the day costs prosumers at their retailers beyond the plan."""
    net_kw = plan.day["import_kw"] - plan.day["export_kw"]
    buy = np.column_stack([item.buy_eur_per_kwh for item in plan.terms])
    sell = np.column_stack([item.sell_eur_per_kwh for item in plan.terms])

    def retail_eur(kw: Floats) -> float:
        return float((buy * np.maximum(kw, 0.0) - sell * np.maximum(-kw, 0.0)).sum()) * plan.scenario.step_h

    return retail_eur(net_kw + missing_kw(mine, actual, pv_kw)[0]) - retail_eur(net_kw)
