"""What is left of a day as a problem: tap changers, capacitors and batteries as they stand, against the centralised
optimum of every topology and position."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest

from p2pdnr import study
from p2pdnr.coordination.optimality.central import solve_problem
from p2pdnr.coordination.problem import at_positions
from p2pdnr.execution import LocalBackend
from p2pdnr.forecasts.error_model import DayFactors, drawn, error_model
from p2pdnr.market.private_columns import bounds as kernel_bounds
from p2pdnr.market.terms import prosumer_terms
from p2pdnr.network.arrays import Bools, Floats, Ints
from p2pdnr.reconfiguration.topologies.ranking import all_trees
from p2pdnr.rest_of_day import Course, Known, Morning
from p2pdnr.results.rolled_file import Asked, Rolled
from p2pdnr.results.study_result import StudyResult
from p2pdnr.rolling_market import _known, roll_market
from p2pdnr.scenario import document
from p2pdnr.verification.plan import read_plan
from p2pdnr.verification.rolled import objections
from tests.rolled_scenario import cycled_document, stored_levers_document

ASKED = Asked(2, 5, False)
LEVERS = {
    "free": stored_levers_document(),
    "few": stored_levers_document(max_lever_steps=2),
}
DAYS = LEVERS | {"cycles": cycled_document()}


@pytest.fixture(scope="module", params=list(DAYS))
def result(request: pytest.FixtureRequest) -> StudyResult:
    return study.run(document.from_dict(DAYS[request.param]))


def factors(result: StudyResult, seed: int) -> DayFactors:
    return drawn(error_model(result.scenario, result.network), seed, range(1))


@pytest.fixture(scope="module")
def found(result: StudyResult) -> Rolled:
    came = roll_market(result, ASKED.every, factors(result, ASKED.seed)).as_dict()
    return Rolled.model_validate_json(json.dumps(vars(ASKED) | came))


def test_a_day_as_forecast_leaves_nothing_to_regret(result: StudyResult) -> None:
    day, planned_eur = factors(result, 0), result.summary["objective_eur"]
    ones = DayFactors(*(np.ones_like(values) for values in vars(day).values()))
    came = roll_market(result, 2, ones)
    for total in (came.rolled_eur, came.once_eur, came.foresight_eur):
        assert total == pytest.approx(planned_eur, rel=2e-3, abs=0.02)


def test_check_has_nothing_to_object(result: StudyResult, found: Rolled) -> None:
    assert objections(result, found) == []
    moving = result.tables.levers is not None
    assert all((hour.positions is not None) == moving for hour in found.hours)
    made, most = sum(turn.lever_steps or 0 for turn in found.turns), result.scenario.dso.max_lever_steps
    assert not moving or 0 < made <= (most or made), "something moves, within its limit"


def test_check_finds_steps_and_positions_that_are_none(result: StudyResult, found: Rolled) -> None:
    if found.market is None or result.tables.levers is None:
        return
    cheaper = found.market.model_copy(update={"costs_eur": _without_steps(found.market.costs_eur)})
    assert any("costs_eur.rolled.levers" in text for text in objections(result, replace_market(found, cheaper)))
    hours = [item.model_copy(update={"positions": [2, 1]}) for item in found.hours]
    assert any("positions say" in text for text in objections(result, found.model_copy(update={"hours": hours})))


def _without_steps(costs: dict[str, dict[str, float]]) -> dict[str, dict[str, float]]:
    return costs | {"rolled": costs["rolled"] | {"levers": -1.0}}


def replace_market(found: Rolled, market: Any) -> Rolled:
    return found.model_copy(update={"market": market})


def rest(result: StudyResult, step: int, backend: LocalBackend) -> tuple[Morning, Known, Course]:
    """A morning, what is known before a step of a day, and what is planned for the rest of it then."""
    day = Morning(result, read_plan(result), backend)
    course = day.course()
    known = _known(day, course, step, factors(result, 3))
    return day, known, day.replanned(known, course.at(step), 0)


def moves_eur(result: StudyResult, known: Known, closed: Bools, positions: Ints | None) -> float:
    """Operations and steps of a schedule (T, m) and positions (T, L) from where everything stands."""
    dso, states = result.scenario.dso, np.vstack([known.network.closed, closed])
    eur = dso.switching_cost_eur * float((states[1:] != states[:-1]).sum())
    if positions is None or known.network.levers is None:
        return eur
    steps = np.abs(np.diff(np.vstack([known.network.levers.positions, positions]), axis=0)).sum()
    return eur + dso.lever_cost_eur * float(steps)


def schedules(known: Known, hours: int) -> list[tuple[Bools, Ints | None]]:
    """All of so many hours, with steps within what is left."""
    trees, levers = all_trees(known.network), known.network.levers
    every = [np.array([trees.closed(index) for index in way]) for way in product(range(len(trees)), repeat=hours)]
    if levers is None:
        return [(closed, None) for closed in every]
    ranges = [range(item.least, item.most + 1) for item in levers.items]
    places = [np.tile(np.array(at), (hours, 1)) for at in product(*ranges)]
    left = [at for at in places if known.steps is None or np.abs(at[0] - levers.positions).sum() <= known.steps]
    return list(product(every, left))


def test_the_rest_of_a_day_is_its_centralised_optimum(result: StudyResult) -> None:
    hours = 1 if result.tables.levers is not None else 2
    step = result.scenario.hours - hours
    with LocalBackend(1) as backend:
        day, known, rested = rest(result, step, backend)
        own_kw, sun_kw = (values[step:] for values in (found_load(day, known), day.sun_kw(known.factors)))
        problem = day._problem(known, own_kw, sun_kw)

        def central_eur(closed: Bools, positions: Ints | None) -> float:
            there = problem if positions is None else at_positions(problem, positions)
            return solve_problem(there, closed).objective_eur + moves_eur(result, known, closed, positions)

        least = min(central_eur(*schedule) for schedule in schedules(known, hours))
        assert central_eur(rested.closed, rested.positions) == pytest.approx(least, rel=1e-3, abs=5e-3)


def found_load(day: Morning, known: Known) -> Floats:
    """(T, K) fixed load with what was shifted the day before."""
    assert known.held_kw is not None
    return np.asarray(np.maximum(day.base[0] * known.factors.load[0] + known.held_kw, 0.0))


@pytest.mark.parametrize("step", [0, 1, 2, 5])
def test_cycles_of_a_battery_go_on_where_they_were(step: int) -> None:
    """The kernel's limits of energy and the statement's returns are those of the whole day, from a step on."""
    scenario = document.from_dict(cycled_document())
    whole = prosumer_terms(scenario, scenario.prosumers[0])
    part = {name: getattr(whole, name)[step:] for name in ("load_kw", "pv_kw", "buy_eur_per_kwh", "sell_eur_per_kwh")}
    own_kwh = whole.battery_initial_kwh
    held = {"battery_initial_kwh": 33.0, "battery_end_kwh": own_kwh, "cycle_kwh": own_kwh, "cycle_gone": step % 3}
    left = replace(whole, **part, **held)
    np.testing.assert_array_equal(left.returns, whole.returns[step:])
    np.testing.assert_array_equal(left.returned_kwh, whole.returned_kwh[step:])
    assert whole.returns.tolist() == [False, False, True] * 2
    for one, other in zip(kernel_bounds((left,)), kernel_bounds((whole,)), strict=True):
        np.testing.assert_allclose(one, other[:, step:])
