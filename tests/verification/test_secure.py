"""The certificate ``secure`` in its three states; a plan that breaks its limits more often does not hold."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from p2pdnr import study
from p2pdnr.forecasts.error_model import drawn, error_model
from p2pdnr.forecasts.on_the_day import turned
from p2pdnr.results.claims import FAILS, HOLDS, NOT_SHOWN
from p2pdnr.results.study_result import StudyResult
from p2pdnr.results.true_limits import stated_limits
from p2pdnr.scenario import document
from p2pdnr.scenario.patch import with_security
from p2pdnr.verification import secure, verify
from p2pdnr.verification.judge import judge
from p2pdnr.verification.plan import read_plan
from tests.secure_scenario import TEST_DAYS, secure_document


@pytest.fixture(scope="module")
def careless() -> StudyResult:
    """A plan for the day as forecast that says it was secure."""
    told = secure_document()
    del told["dso"]["security"]
    result = study.run(document.from_dict(told))
    scenario = with_security(result.scenario, 0.98)
    claim = {"share": 0.98, "limits": stated_limits(result.network), "test": {"days": TEST_DAYS, "seed": 1}}
    return secure.tested_with(replace(result, scenario=scenario), np.zeros(4, dtype=bool), claim)


def test_a_plan_that_breaks_limits_on_more_days_does_not_hold(careless: StudyResult) -> None:
    found = verify(careless)["secure"]
    assert found.state == FAILS
    assert found.value is not None
    assert found.value > 0.02
    assert f"of {TEST_DAYS} unseen days" in secure.secure(careless).detail


@pytest.mark.parametrize(
    ("count", "state"), [(0, HOLDS), (35, HOLDS), (38, HOLDS), (45, NOT_SHOWN), (55, NOT_SHOWN), (70, FAILS)]
)
def test_what_days_say_about_a_share(count: int, state: str) -> None:
    found = secure.verdict(count, 1000, 0.05)
    assert found.state(found.limit) == state
    assert found.value == count / 1000


def test_without_its_table_nothing_holds(secured: StudyResult) -> None:
    assert verify(secured)["secure"].state == HOLDS
    assert verify(replace(secured, secure=None))["secure"].state == FAILS


def test_more_days_than_are_drawn_again_show_nothing(secured: StudyResult, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secure, "MOST_CELLS", TEST_DAYS * 4 * 5 - 1)
    found = secure.secure(secured)
    assert found.state(found.limit) == NOT_SHOWN
    assert "more than are drawn again (199)" in found.detail


def test_pandapower_agrees_about_an_unseen_day(secured: StudyResult) -> None:
    plan, limited = read_plan(secured), secure.limited_hours(secured)
    found = secure.tested(secured, limited, 3, 1)
    days = turned(secure.agreed(plan, limited), drawn(error_model(secured.scenario, plan.network), 1, range(3)))
    true_a = build_limits(secured)
    for day in range(3):
        judged = judge(plan.network, plan.closed, days.p_kw[day], days.q_kvar[day])
        fed = np.delete(judged.vm_pu, plan.network.substations, axis=1)
        assert found.fans["vm_min_pu"][day] == pytest.approx(fed.min(axis=1), abs=1e-8)
        assert found.fans["vm_max_pu"][day] == pytest.approx(fed.max(axis=1), abs=1e-8)
        loading = (judged.current_a / true_a).max(axis=1)
        assert found.fans["max_loading_percent"][day] == pytest.approx(100 * loading, abs=1e-4)
        assert found.line_hours[day].tolist() == (loading > 1.001).tolist()


def build_limits(result: StudyResult) -> np.ndarray:
    return np.array(result.summary["secure"]["limits"]["limit_a"])


def test_the_worst_days_are_those_that_break_most(secured: StudyResult) -> None:
    found = secure.tested(secured, secure.limited_hours(secured), TEST_DAYS, 1)
    peak = found.fans["max_loading_percent"].max(axis=1)
    assert found.worst == np.argsort(-peak, kind="stable")[:3].tolist(), "only currents break here"
    assert found.worst == secured.summary["secure"]["test"]["worst_days"]
    assert secured.secure is not None
    row = secured.secure["max_loading_percent_worst1"]
    assert row.to_numpy() == pytest.approx(found.fans["max_loading_percent"][found.worst[0]])


def test_pandapower_finds_when_and_where_the_worst_days_break_most(secured: StudyResult) -> None:
    plan, limited = read_plan(secured), secure.limited_hours(secured)
    for told in secured.summary["secure"]["test"]["worst"]:
        days = range(told["day"], told["day"] + 1)
        out = turned(secure.agreed(plan, limited), drawn(error_model(secured.scenario, plan.network), 1, days))
        judged = judge(plan.network, plan.closed, out.p_kw[0], out.q_kvar[0])
        loading = judged.current_a / build_limits(secured)
        hour, line = divmod(int(loading.argmax()), plan.network.n_lines)
        assert (told["limit"], told["hour"], told["at"]) == ("line", hour, line + 1), "only currents break here"
        assert told["value"] == pytest.approx(100 * loading.max(), abs=1e-4)
        assert told["hours"] == int((loading > 1.001).any(axis=1).sum())


def test_fans_are_quantiles_of_the_days(secured: StudyResult) -> None:
    assert secured.secure is not None
    found = secure.tested(secured, secure.limited_hours(secured), TEST_DAYS, 1)
    assert secured.secure["vm_min_pu_p05"].to_numpy() == pytest.approx(
        np.quantile(found.fans["vm_min_pu"], 0.05, axis=0)
    )
    assert secured.secure["days_violated"].to_numpy().tolist() == found.hours.sum(axis=0).tolist()
