"""Generators that hold their voltages on days that are not as planned: rolled and perturbed, beside pandapower."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from p2pdnr import study
from p2pdnr.forecasts.error_model import DayFactors
from p2pdnr.network.generators import AT_LIMIT_KVAR, released
from p2pdnr.network.held_newton import solve_held_hours
from p2pdnr.results.generators import with_held_voltages
from p2pdnr.results.rolled_file import Asked, Rolled, day_of
from p2pdnr.results.study_result import StudyResult
from p2pdnr.rolling import RolledDay, roll
from p2pdnr.rolling_market import roll_market
from p2pdnr.scenario import document
from p2pdnr.verification import stress
from p2pdnr.verification.judge import judge
from p2pdnr.verification.plan import read_plan
from p2pdnr.verification.rolled import objections
from tests.held_scenario import held_document

Roll = Callable[[StudyResult, int, DayFactors], RolledDay]
ASKED, EXACT = Asked(1, 5, False), Asked(1, 5, True)
BOTH: tuple[Roll, Roll] = (roll, roll_market)


@pytest.fixture(name="result", scope="module")
def _result() -> StudyResult:
    made = held_document(2, 2, flexible=True) | {"forecast": {"sun_sd": 0.5, "load_sd": 0.4}}
    return study.run(document.from_dict(made))


def told(found: RolledDay, asked: Asked) -> Rolled:
    return Rolled.model_validate_json(json.dumps(vars(asked) | found.as_dict()))


@pytest.mark.parametrize("how", BOTH)
def test_a_day_as_forecast_is_the_plan(result: StudyResult, how: Roll) -> None:
    found, summary = how(result, 1, day_of(result, EXACT)), result.summary
    grid_eur = sum(summary["costs_eur"][name] for name in ("losses", "violations", "switching"))
    planned_eur = grid_eur if how is roll else summary["objective_eur"]
    assert found.once_eur == pytest.approx(planned_eur, rel=1e-6, abs=1e-6)
    assert found.rolled_eur == pytest.approx(planned_eur, rel=2e-3)


@pytest.mark.parametrize("how", BOTH)
def test_pandapower_with_generators_has_the_same_day(result: StudyResult, how: Roll) -> None:
    found = how(result, 1, day_of(result, ASKED))
    assert objections(result, told(found, ASKED)) == []
    told_fixed: list[Any] = objections(replace(result, network=without_control(result)), told(found, ASKED))
    assert any("rolled" in text for text in told_fixed), "what generators give as planned makes another day"


def without_control(result: StudyResult) -> Any:
    """The network whose generators can give nothing but what they give in the plan's first hour."""
    held = result.network.held
    assert held is not None and held.kvar is not None
    stiff = replace(held.generators, least_kvar=held.kvar[0], most_kvar=held.kvar[0])
    return result.network.with_(held=replace(held, generators=stiff))


def test_perturbed_days_hold_the_voltages(result: StudyResult) -> None:
    there = with_held_voltages(result)
    plan, generators = read_plan(there), there.network.generators
    assert generators is not None
    p_kw, q_kvar, balanced_kw = stress.perturbed_day(plan, np.random.default_rng(7), stress.Disturbance(load_own=0.4))
    found = stress.outcome(plan, p_kw[None], q_kvar[None], balanced_kw[None])
    judged = judge(there.network, plan.closed, p_kw, q_kvar)
    assert found.loss_kw[0] == pytest.approx(judged.loss_kw.sum(axis=1), abs=1e-5)
    assert found.vm_min_pu[0] == pytest.approx(judged.vm_pu.min(axis=1), abs=1e-6)
    free = (generators.most_kvar - generators.least_kvar) > AT_LIMIT_KVAR
    short = np.abs(judged.vm_pu[:, generators.bus] - generators.vm_pu)[:, free]
    assert (short < 1e-6).any(), "some generator holds its voltage"
    alone, kvar = solve_held_hours(there.network, plan.closed[:1], p_kw[:1], q_kvar[:1])
    assert judged.loss_kw[0] == pytest.approx(alone.loss_kw[0], abs=1e-9)
    assert (kvar >= generators.least_kvar - 1e-6).all() and (kvar <= generators.most_kvar + 1e-6).all()


def test_an_undisturbed_day_is_the_plan(result: StudyResult) -> None:
    calm = stress.Disturbance(pv_day=0.0, pv_hour=0.0, pv_own=0.0, load_day=0.0, load_own=0.0)
    said = stress.stressed(result, 2, 0, calm).summary["stress"]
    for name in ("losses_kwh", "vm_min_pu", "vm_max_pu"):
        assert said["nominal"][name] == pytest.approx(result.summary[name], abs=1e-6)
        assert list(said["quantiles"][name].values()) == pytest.approx([result.summary[name]] * 3, abs=1e-6)


def test_own_loads_do_not_count_what_generators_give(result: StudyResult) -> None:
    held = result.network.held
    assert held is not None
    bus, there = held.generators.bus, released(result.network)
    np.testing.assert_allclose(there.q_kvar[bus], held.generators.load_kvar)
    np.testing.assert_allclose(np.delete(there.q_kvar, bus), np.delete(result.network.q_kvar, bus))
    plain = result.network.with_(held=None)
    assert released(plain) is plain


def test_an_hour_without_a_solution_is_told_as_one(result: StudyResult) -> None:
    plan, network = read_plan(result), released(result.network)
    much = np.full((2, network.n_buses), 1e6)
    much[0] = 10.0
    found = judge(network, plan.closed[:2], much, 0.1 * much)
    assert found.unsolved.tolist() == [False, True] and np.isnan(found.vm_pu[1]).all()
