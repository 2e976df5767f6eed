"""A secure plan from end to end: what is stated follows from the plan, and nothing changes where none is asked for."""

from __future__ import annotations

import pytest

from p2pdnr import study
from p2pdnr.errors import InputError
from p2pdnr.network.arrays import Network
from p2pdnr.results.study_result import StudyResult
from p2pdnr.results.true_limits import true_network
from p2pdnr.scenario import document
from p2pdnr.scenario.assembly import build_network
from p2pdnr.scenario.schema import Scenario
from p2pdnr.study_secure import refuse, refuse_too_many
from p2pdnr.verification import verify
from p2pdnr.verification.statements import statements
from tests.secure_scenario import TEST_DAYS, secure_document
from tests.small_scenario import small_document


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return document.from_dict(secure_document())


def test_the_plan_keeps_its_share_where_the_plan_for_the_forecast_does_not(secured: StudyResult) -> None:
    stated = secured.summary["secure"]
    assert stated["nominal"]["violated"] > stated["plan"]["allowed"] >= stated["plan"]["violated"]
    assert stated["test"]["days"] == TEST_DAYS
    assert stated["test"]["violated"] <= 0.1 * TEST_DAYS
    assert secured.summary["certificates"]["secure"]["state"] == "holds"
    assert stated["price_eur"] > 0.0


def test_what_is_stated_is_so(secured: StudyResult) -> None:
    assert statements(secured, verify(secured)).contradictions == ()


def test_limits_are_held_back_and_the_true_ones_are_stated(secured: StudyResult, scenario: Scenario) -> None:
    true = build_network(scenario)
    assert (true_network(secured).limit_a == true.limit_a).all()
    assert (secured.network.limit_a <= true.limit_a).all()
    assert (secured.network.limit_a < true.limit_a).any()


def test_without_it_the_answer_is_that_of_the_plan_it_starts_from(secured: StudyResult) -> None:
    told = secure_document()
    del told["dso"]["security"]
    plain = study.run(document.from_dict(told))
    assert plain.secure is None
    assert "secure" not in plain.summary
    assert plain.summary["objective_eur"] == pytest.approx(secured.summary["secure"]["nominal"]["objective_eur"])


def test_a_limit_that_cannot_be_kept_is_told() -> None:
    result = study.run(document.from_dict(secure_document(limit_a=25.0)), study.Options(mode="fixed", test_days=100))
    certificate = result.summary["certificates"]["secure"]
    assert certificate["state"] == "does not hold"
    assert not certificate["holds"]
    assert any("no plan was found that breaks limits on at most" in remark for remark in result.summary["remarks"])


def test_the_share_of_the_command_goes_before_the_scenarios() -> None:
    told = small_document()
    result = study.run(document.from_dict(told), study.Options(mode="fixed", secure=0.8, test_days=50))
    assert result.scenario.dso.security is not None
    assert result.scenario.dso.security.share == 0.8
    assert result.summary["secure"]["plan"]["rounds"] == 0, "its limits are wide"


def test_what_knows_no_secure_plan_refuses_at_once(scenario: Scenario) -> None:
    told = secure_document()
    told["dso"]["role"] = "validate"
    with pytest.raises(InputError) as caught:
        study.run(document.from_dict(told), study.Options(certify=True))
    assert {item.component for item in caught.value.problems} == {"dso", "options"}
    refuse(scenario, certify=False)


def test_too_many_days_are_refused_with_what_may_be(scenario: Scenario, network33: Network) -> None:
    told = secure_document()
    told["dso"]["security"]["days"] = 10_000
    told["profiles"] = {"load": [1.0] * 168, "pv": [0.0] * 168}
    told["tariff"] = {"buy_eur_per_kwh": [0.3] * 168, "sell_eur_per_kwh": [0.1] * 168}
    refuse_too_many(scenario, network33, 1000)
    for asked, days, field in ((document.from_dict(told), 1000, "security.days"), (scenario, 10**6, "test_days")):
        with pytest.raises(InputError, match="Ask for at most") as caught:
            refuse_too_many(asked, network33, days)
        assert [item.field for item in caught.value.problems] == [field]


def test_an_operator_that_comes_afterwards_makes_no_secure_plan(scenario: Scenario) -> None:
    found = study.uncoordinated(scenario)
    assert all(result.scenario.dso.security is None for result in found.values())
    assert found
