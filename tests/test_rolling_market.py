"""A day with market and batteries planned anew: no regret without errors, commitments kept, nobody knows ahead."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from p2pdnr import study
from p2pdnr.errors import InputError
from p2pdnr.forecasts.error_model import DayFactors, drawn, error_model
from p2pdnr.results.study_result import StudyResult
from p2pdnr.rolling import RolledDay
from p2pdnr.rolling_market import roll_market
from p2pdnr.scenario import document
from tests.rolled_scenario import stored_document


@pytest.fixture(scope="module")
def solved() -> StudyResult:
    return study.run(document.from_dict(stored_document()))


def factors(result: StudyResult, seed: int) -> DayFactors:
    return drawn(error_model(result.scenario, result.network), seed, range(1))


def ones(result: StudyResult) -> DayFactors:
    day = factors(result, 0)
    return DayFactors(np.ones_like(day.sun), np.ones_like(day.load), np.ones_like(day.background))


@pytest.fixture(scope="module")
def rolled(solved: StudyResult) -> RolledDay:
    return roll_market(solved, 2, factors(solved, 1))


def test_without_errors_there_is_nothing_to_regret(solved: StudyResult) -> None:
    found, planned_eur = roll_market(solved, 2, ones(solved)), solved.summary["objective_eur"]
    for total in (found.rolled_eur, found.once_eur, found.foresight_eur):
        assert total == pytest.approx(planned_eur, rel=2e-3, abs=0.02)
    assert found.turns[0].seen_eur == pytest.approx(planned_eur, rel=1e-6)
    assert found.turns[0].balanced_kwh == pytest.approx(0.0, abs=1e-6)


def test_batteries_go_on_from_what_they_hold_and_end_as_they_have_to(solved: StudyResult, rolled: RolledDay) -> None:
    assert rolled.market is not None
    hourly = {name: np.array(rows) for name, rows in rolled.market.hourly.items()}
    stores = 0
    for k, item in enumerate(solved.scenario.prosumers):
        if item.battery is None:
            continue
        stores += 1
        battery, energy = item.battery, hourly["energy_kwh"][:, k]
        charged = battery.efficiency * hourly["charge_kw"][:, k] - hourly["discharge_kw"][:, k] / battery.efficiency
        steps = np.diff(energy, prepend=battery.initial_kwh)
        assert steps == pytest.approx(solved.scenario.step_h * charged, abs=1e-3)
        assert energy[-1] == pytest.approx(battery.initial_kwh, abs=1e-3)
    assert stores


def test_what_is_done_does_not_hang_on_what_comes_later(solved: StudyResult, rolled: RolledDay) -> None:
    one, other = factors(solved, 1), factors(solved, 2)
    both = [
        np.concatenate([a[:, :4], b[:, 4:]], axis=1)
        for a, b in zip(vars(one).values(), vars(other).values(), strict=True)
    ]
    mixed = roll_market(solved, 2, DayFactors(*both))
    assert mixed.market is not None
    assert rolled.market is not None
    np.testing.assert_array_equal(mixed.closed[:4], rolled.closed[:4])
    for name, rows in rolled.market.hourly.items():
        assert mixed.market.hourly[name][:4] == rows[:4]
    assert [trade for trade in mixed.market.trades if int(str(trade[0])) < 4] == [
        trade for trade in rolled.market.trades if int(str(trade[0])) < 4
    ]


def test_market_and_batteries_answer_to_what_is_seen(solved: StudyResult, rolled: RolledDay) -> None:
    """The hours after the first planning are no longer those of the plan made once, and the sums are those of parts."""
    assert rolled.market is not None
    once = solved.tables.prosumers["charge_kw"].to_numpy().reshape(solved.scenario.hours, -1)
    anew = np.array(rolled.market.hourly["charge_kw"])
    assert anew[:2] == pytest.approx(once[:2], abs=1e-6)
    traded = solved.tables.trades["power_kw"].sum()
    assert abs(sum(float(str(trade[3])) for trade in rolled.market.trades) - traded) > 1e-3
    told = rolled.as_dict()
    for way in ("rolled", "once", "foresight"):
        assert sum(rolled.market.costs_eur[way].values()) == pytest.approx(told[f"{way}_eur"])
    assert told["regret_eur"] >= -0.02 * abs(told["foresight_eur"])
    assert told["regret_of_once_eur"] >= -0.02 * abs(told["foresight_eur"])


@pytest.mark.parametrize(
    ("field", "value"),
    [("role", "validate"), ("return_to_initial", True), ("min_dwell_h", 2.0), ("reactive", "dispatch")],
)
def test_what_cannot_be_planned_anew_is_refused(solved: StudyResult, field: str, value: object) -> None:
    scenario = solved.scenario.model_copy(update={"dso": solved.scenario.dso.model_copy(update={field: value})})
    with pytest.raises(InputError, match=field):
        roll_market(replace(solved, scenario=scenario), 2, ones(solved))


def test_one_topology_all_day_is_held() -> None:
    result = study.run(document.from_dict(stored_document()), study.Options(mode="static"))
    found = roll_market(result, 2, factors(result, 1))
    assert (found.closed == found.closed[0]).all()
    assert sum(turn.operations for turn in found.turns) == found.turns[0].operations
    assert found.rolled_eur != pytest.approx(found.once_eur, abs=1e-3), "market and batteries are planned anew"
