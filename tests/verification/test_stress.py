"""Perturbed days: the plan itself where nothing is disturbed, pandapower as judge, and the model that is stated."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from p2pdnr.results.study_result import StudyResult
from p2pdnr.verification import stress
from p2pdnr.verification.judge import judge
from p2pdnr.verification.plan import Plan, read_plan
from p2pdnr.verification.stress import Disturbance

CALM = Disturbance(pv_day=0.0, pv_hour=0.0, pv_own=0.0, load_day=0.0, load_own=0.0)


@pytest.fixture(scope="module")
def plan(stored_default: StudyResult) -> Plan:
    return read_plan(stored_default)


def test_undisturbed_days_are_the_plan(stored_default: StudyResult) -> None:
    result = stress.stressed(stored_default, 2, 0, CALM)
    said, summary = result.summary["stress"], stored_default.summary
    for name in ("losses_kwh", "vm_min_pu", "vm_max_pu"):
        assert said["nominal"][name] == pytest.approx(summary[name], abs=1e-6)
    for name, value in said["nominal"].items():
        assert list(said["quantiles"][name].values()) == pytest.approx([value] * 3, abs=1e-6)
    assert result.stress is not None
    assert result.stress["loss_kw_p50"].to_numpy() == pytest.approx(stored_default.tables.hours["loss_kw"], abs=1e-6)
    assert said["hours_violated_share"] * 24 == pytest.approx(said["hours_violated_nominal"])


def test_pandapower_agrees_about_a_perturbed_day(plan: Plan) -> None:
    p_kw, q_kvar, balanced_kw = stress.perturbed_day(plan, np.random.default_rng(7), Disturbance())
    found = stress.outcome(plan, p_kw[None], q_kvar[None], balanced_kw[None])
    judged = judge(plan.network, plan.closed, p_kw, q_kvar)
    assert found.loss_kw[0] == pytest.approx(judged.loss_kw.sum(axis=1), abs=1e-6)
    assert found.vm_min_pu[0] == pytest.approx(judged.vm_pu.min(axis=1), abs=1e-9)
    assert found.max_loading_percent[0] == pytest.approx(
        100 * (judged.current_a / plan.network.limit_a).max(axis=1), abs=1e-4
    )
    assert np.abs(p_kw - plan.withdrawal_kw).max() > 10


def test_the_retailers_balance_what_prosumers_are_off(plan: Plan) -> None:
    """With loads as expected, what a bus draws more is the sun that is missing there, never more than there was."""
    model = replace(CALM, pv_day=0.5, pv_own=0.5)
    p_kw, q_kvar, balanced_kw = stress.perturbed_day(plan, np.random.default_rng(3), model)
    more = p_kw - plan.withdrawal_kw
    people = np.unique(plan.prosumer_bus)
    used = np.zeros_like(more)
    np.add.at(used.T, plan.prosumer_bus, plan.day["pv_kw"].T)
    assert np.delete(more, people, axis=1) == pytest.approx(0.0, abs=1e-9)
    assert (more <= used + 1e-9).all()
    assert balanced_kw == pytest.approx(np.abs(more).sum(axis=1)), "no two prosumers share a bus here"
    assert q_kvar == pytest.approx(plan.withdrawal_kvar)
    assert not more[plan.day["pv_kw"].sum(axis=1) == 0].any()


def test_where_the_plan_curtails_more_sun_changes_nothing(plan: Plan) -> None:
    half = replace(plan, day=plan.day | {"pv_kw": plan.day["pv_kw"] / 2})
    bright = replace(CALM, pv_day=1e-3)
    _, _, balanced_kw = stress.perturbed_day(half, np.random.default_rng(1), bright)
    assert balanced_kw == pytest.approx(0.0, abs=1e-9)


def test_factors_have_the_moments_that_are_stated() -> None:
    model, draws = Disturbance(), []
    for day in range(400):
        draws.append(stress.factors(np.random.default_rng([0, day]), model, (24, 3, 2), 1.0))
    sun, load, own = (np.array(part) for part in zip(*draws, strict=True))
    for factor in (sun, load, own):
        assert factor.mean() == pytest.approx(1.0, abs=0.03)
    logs = np.log(sun[:, :, 0])
    assert logs.std() == pytest.approx(np.sqrt(0.2**2 + 0.1**2 + 0.05**2), rel=0.1)
    hourly = logs - np.log(sun[:, :1, 0])
    assert hourly.std() < logs.std() * 1.2, "a dark day is dark all day"
    noise = np.log(own[:, :, 0]) - np.log(own[:, :, 1])
    assert np.corrcoef(noise[:, :-1].ravel(), noise[:, 1:].ravel())[0, 1] == pytest.approx(0.7, abs=0.03)
    assert np.corrcoef(np.log(sun[:, 12, 0]), np.log(sun[:, 12, 1]))[0, 1] > 0.9, "all share the weather"


def test_the_same_seed_draws_the_same_days_in_blocks_of_any_size(
    stored_default: StudyResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = stress.stressed(stored_default, 5, 1)
    monkeypatch.setattr(stress, "CELLS", 2000)
    pieces, other = stress.stressed(stored_default, 5, 1), stress.stressed(stored_default, 5, 2)
    assert whole.stress is not None and pieces.stress is not None
    assert pieces.stress.to_numpy() == pytest.approx(whole.stress.to_numpy(), rel=1e-9)
    assert other.summary["stress"]["quantiles"] != whole.summary["stress"]["quantiles"]


def test_days_beyond_any_grid_are_counted_and_left_out(plan: Plan) -> None:
    p_kw, q_kvar = (np.stack([part, part]) for part in (plan.withdrawal_kw, plan.withdrawal_kvar))
    p_kw[1, 5] = 1e5
    days = stress.outcome(plan, p_kw, q_kvar, np.zeros((2, 24)))
    nominal = stress.outcome(plan, *stress.expected(plan))
    said = stress.figures(1.0, nominal, days)
    assert said["hours_without_solution"] == 1
    assert said["days_violated"] == int(nominal.violated.any()) + 1
    assert said["quantiles"]["losses_kwh"]["p95"] == pytest.approx(said["nominal"]["losses_kwh"])
    table = stress.hourly(nominal, days)
    assert table["loss_kw_p95"][5] == pytest.approx(table["loss_kw_nominal"][5])


def test_lines_without_limits_have_no_loading(stored_default: StudyResult) -> None:
    free = stored_default.network.with_(limit_a=np.full(stored_default.network.n_lines, np.inf))
    result = stress.stressed(replace(stored_default, network=free), 2, 0)
    assert result.stress is not None and result.stress["max_loading_percent_p50"].isna().all()
    assert np.isnan(result.summary["stress"]["nominal"]["max_loading_percent"])
