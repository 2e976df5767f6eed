"""The default day, solved again: the page opens with what the solver finds, and it shows what the method is for."""

from __future__ import annotations

from pathlib import Path

import pytest

from p2pdnr.results import folder
from p2pdnr.results.study_result import StudyResult
from p2pdnr.verification import verify

RESULTS = Path(__file__).parent.parent / "data" / "results"
OPERATOR_PARTS = ("losses", "violations", "switching")


@pytest.fixture(scope="module")
def stored() -> dict[str, StudyResult]:
    """The results in data, by mode."""
    return {
        mode: folder.load(RESULTS / f"ieee33-solar-{mode}") for mode in ("fixed-no-p2p", "fixed", "static", "hourly")
    }


def total(result: StudyResult) -> float:
    return float(result.summary["objective_eur"])


def test_solving_again_gives_the_stored_result(solved_default: StudyResult, stored: dict[str, StudyResult]) -> None:
    again, kept = solved_default.summary, stored["hourly"].summary
    assert again["scenario_sha256"] == kept["scenario_sha256"]
    assert again["status"] == kept["status"] == "converged"
    # another machine may end at a neighbouring schedule, which costs nearly the same
    assert again["objective_eur"] == pytest.approx(kept["objective_eur"], rel=2e-3)
    assert again["losses_kwh"] == pytest.approx(kept["losses_kwh"], rel=2e-2)


def test_every_certificate_holds_when_solved_again(solved_default: StudyResult) -> None:
    failing = {name: claim for name, claim in solved_default.summary["certificates"].items() if not claim["holds"]}
    assert not failing
    certificates = solved_default.summary["certificates"]
    assert abs(certificates["gap_central"]["value"]) < 1e-4
    assert certificates["ac_voltage_pu"]["value"] < 1e-6
    assert certificates["ac_loss_kw"]["value"] < 1e-3


def test_the_stored_results_stand_up(stored: dict[str, StudyResult]) -> None:
    for mode, result in stored.items():
        failing = [name for name, certificate in verify(result).items() if certificate.state == "does not hold"]
        assert not failing, f"{mode}: {failing}"


def test_wider_modes_cost_less(stored: dict[str, StudyResult]) -> None:
    assert total(stored["hourly"]) < total(stored["static"]) < total(stored["fixed"]) < total(stored["fixed-no-p2p"])


def test_hourly_switching_pays(stored: dict[str, StudyResult]) -> None:
    operator_eur = sum(stored["static"].summary["costs_eur"][part] for part in OPERATOR_PARTS)
    assert total(stored["static"]) - total(stored["hourly"]) > 0.1 * operator_eur


def test_the_initial_topology_breaks_limits_and_wastes_sun(stored: dict[str, StudyResult]) -> None:
    fixed, hourly = stored["fixed"].summary, stored["hourly"].summary
    assert fixed["vm_min_pu"] < stored["fixed"].network.vm_min_pu
    assert fixed["curtailed_kwh"] > 10 * hourly["curtailed_kwh"]
    assert hourly["vm_min_pu"] >= stored["hourly"].network.vm_min_pu
    assert hourly["costs_eur"]["violations"] < 0.01


def test_nobody_is_worse_off_by_trading(stored: dict[str, StudyResult]) -> None:
    bills = stored["hourly"].tables.bills
    assert (bills.total_eur <= bills.retail_only_eur + 0.01).all()
