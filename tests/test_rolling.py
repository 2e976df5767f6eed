"""The rolled day: nothing to regret without errors, never better than foresight, commitments kept."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from p2pdnr import study
from p2pdnr.errors import InputError
from p2pdnr.forecasts.error_model import DayFactors, drawn, error_model
from p2pdnr.forecasts.updated import seen
from p2pdnr.results.study_result import StudyResult
from p2pdnr.results.true_limits import true_network
from p2pdnr.rolling import RolledDay, roll
from p2pdnr.scenario import document
from p2pdnr.verification.not_supplied import not_supplied_eur
from p2pdnr.verification.plan import read_plan
from tests.rolled_scenario import priced_document, rolled_document, rolled_levers_document, secure_document


@pytest.fixture(scope="module")
def solved() -> StudyResult:
    return study.run(document.from_dict(rolled_document()))


def factors(result: StudyResult, seed: int) -> DayFactors:
    return drawn(error_model(result.scenario, result.network), seed, range(1))


def ones(result: StudyResult) -> DayFactors:
    day = factors(result, 0)
    return DayFactors(np.ones_like(day.sun), np.ones_like(day.load), np.ones_like(day.background))


def test_without_errors_there_is_nothing_to_regret(solved: StudyResult) -> None:
    found = roll(solved, 1, ones(solved))
    assert found.proved
    assert found.rolled_eur == pytest.approx(found.foresight_eur, abs=1e-9)
    assert found.rolled_eur == pytest.approx(roll(solved, 6, ones(solved)).rolled_eur, abs=1e-9)
    assert found.once_eur == pytest.approx(found.foresight_eur, rel=0.05)
    assert found.balancing_eur == pytest.approx(0.0, abs=1e-9)
    assert found.turns[0].seen_eur == pytest.approx(found.rolled_eur, abs=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_nobody_beats_who_knows_the_day(solved: StudyResult, seed: int) -> None:
    found = roll(solved, 2, factors(solved, seed))
    told = found.as_dict()
    assert told["regret_eur"] >= -1e-9
    assert told["regret_of_once_eur"] >= -1e-9
    assert [turn.step for turn in found.turns] == [0, 2, 4]
    assert made(found, solved) == sum(turn.operations for turn in found.turns)


def test_the_day_teaches(solved: StudyResult) -> None:
    days = [roll(solved, 1, factors(solved, seed)).as_dict() for seed in range(3)]
    assert max(day["regret_eur"] for day in days) > 1e-3
    assert min(day["rolled_eur"] - day["once_eur"] for day in days) < -1e-3


def made(found: RolledDay, result: StudyResult) -> int:
    """Operations of the day, from its states."""
    states = np.vstack([result.network.closed, found.closed])
    return int((states[1:] != states[:-1]).sum())


def test_what_is_done_does_not_hang_on_what_comes_later(solved: StudyResult) -> None:
    one, other = factors(solved, 0), factors(solved, 1)
    both = [
        np.concatenate([a[:, :4], b[:, 4:]], axis=1)
        for a, b in zip(vars(one).values(), vars(other).values(), strict=True)
    ]
    np.testing.assert_array_equal(roll(solved, 1, one).closed[:5], roll(solved, 1, DayFactors(*both)).closed[:5])


def test_the_budget_of_a_day_is_one(solved: StudyResult) -> None:
    scenario = solved.scenario.model_copy(
        update={"dso": solved.scenario.dso.model_copy(update={"max_switching_per_day": 2})}
    )
    found = roll(replace(solved, scenario=scenario), 1, factors(solved, 1))
    assert sum(turn.operations for turn in found.turns) <= 2


@pytest.mark.parametrize(("field", "value"), [("min_dwell_h", 2.0), ("reactive", "dispatch")])
def test_what_cannot_be_planned_anew_is_refused(solved: StudyResult, field: str, value: object) -> None:
    scenario = solved.scenario.model_copy(update={"dso": solved.scenario.dso.model_copy(update={field: value})})
    with pytest.raises(InputError, match=field):
        roll(replace(solved, scenario=scenario), 1, ones(solved))


@pytest.fixture(scope="module")
def leveled() -> StudyResult:
    return study.run(document.from_dict(rolled_levers_document()))


def with_dso(result: StudyResult, **dso: object) -> StudyResult:
    """The result with other terms."""
    changed = result.scenario.dso.model_copy(update=dso)
    return replace(result, scenario=result.scenario.model_copy(update={"dso": changed}))


@pytest.mark.parametrize("seed", range(3))
def test_levers_move_from_where_they_stand(leveled: StudyResult, seed: int) -> None:
    found, levers = roll(leveled, 2, factors(leveled, seed)), leveled.network.levers
    assert levers is not None and found.positions is not None
    moved = np.abs(np.diff(np.vstack([levers.positions, found.positions]), axis=0)).sum(axis=1)
    assert [turn.lever_steps for turn in found.turns] == [int(moved[step : step + 2].sum()) for step in (0, 2, 4)]
    assert moved.sum() > 0, "something moves"
    told = found.as_dict()
    assert told["regret_eur"] >= -1e-9 and told["regret_of_once_eur"] >= -1e-9
    held = roll(with_dso(leveled, levers="none"), 2, factors(leveled, seed))
    assert found.foresight_eur <= held.foresight_eur + 1e-9


def test_levers_without_errors_leave_nothing_to_regret(leveled: StudyResult) -> None:
    found = roll(leveled, 1, ones(leveled))
    assert found.proved and found.rolled_eur == pytest.approx(found.foresight_eur, abs=1e-9)
    assert roll(leveled, 3, ones(leveled)).rolled_eur == pytest.approx(found.rolled_eur, abs=1e-9)
    back = roll(with_dso(leveled, return_to_initial=True), 1, ones(leveled))
    assert back.rolled_eur == pytest.approx(back.foresight_eur, abs=1e-9)
    assert back.rolled_eur >= found.rolled_eur - 1e-9


def test_steps_of_a_day_are_limited(leveled: StudyResult) -> None:
    free = roll(with_dso(leveled, lever_cost_eur=0.0), 1, factors(leveled, 1))
    few = roll(with_dso(leveled, lever_cost_eur=0.0, max_lever_steps=0), 1, factors(leveled, 1))
    assert sum(turn.lever_steps or 0 for turn in few.turns) == 0 < sum(turn.lever_steps or 0 for turn in free.turns)


def test_forecasts_of_the_moment(solved: StudyResult) -> None:
    model = error_model(solved.scenario, solved.network)
    days = drawn(model, 5, range(4000))
    sd, keep = model.forecast.sun_sd, np.exp(-2.0 * model.step_h / model.forecast.sun_hours)
    ahead = days.sun[:, 1, 2] ** keep * np.exp(sd**2 * keep * (1 - keep) / 2)
    assert np.mean(days.sun[:, 3, 2] - ahead) == pytest.approx(0.0, abs=0.03)
    assert np.cov(days.sun[:, 3, 2] - ahead, ahead)[0, 1] == pytest.approx(0.0, abs=0.02)
    one = DayFactors(*(part[:1] for part in vars(days).values()))
    told = seen(model, one, 2).sun[0]
    np.testing.assert_array_equal(told[:2], one.sun[0, :2])
    assert told[3, 2] == pytest.approx(ahead[0])
    assert (seen(model, one, 0).load == 1.0).all()


def test_energy_not_supplied_is_weighed_from_plan_to_plan() -> None:
    weighed = study.run(document.from_dict(priced_document()))
    plain = with_dso(weighed, outage_price=None)
    safest, least = (roll(result, 1, factors(result, 1)) for result in (weighed, plain))
    assert (safest.closed != least.closed).any()
    each = [not_supplied_eur(read_plan(weighed), found.closed) for found in (safest, least)]
    assert each[0] is not None and each[1] is not None and each[0].sum() < each[1].sum()
    exact = roll(weighed, 2, ones(weighed))
    parts = weighed.summary["costs_eur"]
    grid = sum(parts[name] for name in ("losses", "violations", "switching", "outages"))
    assert exact.once_eur == pytest.approx(grid, rel=1e-4)
    assert exact.rolled_eur == pytest.approx(exact.foresight_eur, abs=1e-9)


def test_a_secure_plan_is_rolled_with_its_limits_held_back_and_paid_by_the_true_ones() -> None:
    result = study.run(document.from_dict(secure_document()))
    assert result.secure is not None and (result.secure["limited"] > 0).any()
    seen_with_margins = roll(result, 1, ones(result)).turns[0].seen_eur
    assert seen_with_margins > roll(replace(result, network=true_network(result)), 1, ones(result)).turns[0].seen_eur
    free = roll(replace(result, secure=None), 1, factors(result, 1))
    held = roll(result, 1, factors(result, 1))
    assert (held.film.came_kw >= free.film.came_kw - 1e-9).all()
    assert any(
        (
            roll(result, 1, factors(result, seed)).film.came_kw
            > roll(replace(result, secure=None), 1, factors(result, seed)).film.came_kw + 1e-3
        ).any()
        for seed in range(4)
    ), "on some day PV is kept to the plan"
