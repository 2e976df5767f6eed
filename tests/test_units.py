"""Results do not hang on the units in which a scenario is written: the base of its per-unit system, its currency."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from pandas.testing import assert_frame_equal

from p2pdnr import study
from p2pdnr.cli.report import remarks_text
from p2pdnr.network import readers
from p2pdnr.network.powerflow import solve_tree
from p2pdnr.network.topology import orient
from p2pdnr.results import folder
from p2pdnr.results.claims import verdict_of
from p2pdnr.results.study_result import StudyResult
from p2pdnr.scenario import document
from p2pdnr.scenario.advice import advice
from p2pdnr.scenario.money import scaled, unit_eur
from p2pdnr.verification import verify
from p2pdnr.verification.statements import statements
from tests.small_scenario import small_document


def solved(scene: dict[str, Any], **options: Any) -> StudyResult:
    return study.run(document.from_dict(scene), study.Options(**options))


def with_base(base_mva: float) -> dict[str, Any]:
    scene = small_document()
    scene["network"]["source"] |= {"base_mva": base_mva}
    return scene


@pytest.fixture(scope="module")
def usual() -> StudyResult:
    return solved(with_base(1.0), certify=True)


@pytest.mark.parametrize("base_mva", [1e-3, 1e4, 1e8])
def test_the_base_power_of_the_file_changes_nothing(usual: StudyResult, base_mva: float, tmp_path: Any) -> None:
    result = solved(with_base(base_mva), certify=True)
    assert result.summary["objective_eur"] == pytest.approx(usual.summary["objective_eur"], rel=1e-6)
    assert result.summary["lower_bound_eur"] == pytest.approx(usual.summary["lower_bound_eur"], rel=1e-6)
    assert verdict_of(result.summary["certificates"]) == "every certificate holds"
    folder.save(result, tmp_path / "kept")
    assert f'"base_mva": {base_mva}' in (tmp_path / "kept" / "network.json").read_text(encoding="utf8")
    again = verify(folder.load(tmp_path / "kept"))
    assert {name for name, item in again.items() if not item.holds} == set()
    gaps = [item["gap_central"].value for item in (again, verify(usual))]
    assert gaps[0] == pytest.approx(gaps[1], abs=1e-6)


@pytest.mark.parametrize("base_mva", [1e-3, 7.0, 1e8])
def test_shunts_charging_and_ratios_are_the_same_in_another_base(base_mva: float) -> None:
    scene = small_document()["network"]["source"]
    scene["buses"][2] |= {"shunt_kvar": -60.0, "shunt_kw": 5.0}
    scene["lines"][1] |= {"b_us": 40.0, "g_us": 3.0}
    scene["lines"][2] |= {"transformer": True, "ratio": 1.02, "b_to_us": 20.0}
    network = readers.from_table(scene)
    other = network.in_base(base_mva)
    flows = [
        solve_tree(item, orient(item, item.closed), item.p_kw[None], item.q_kvar[None]) for item in (network, other)
    ]
    assert flows[1].vm_pu == pytest.approx(flows[0].vm_pu, abs=1e-9)
    assert flows[1].loss_kw == pytest.approx(flows[0].loss_kw, abs=1e-6)
    assert readers.to_table(other)["base_mva"] == 1.0


def in_currency(factor: float) -> StudyResult:
    told = scaled(document.from_dict(small_document()), factor)
    return study.run(document.from_dict(document.to_dict(told)), study.Options(certify=True))


@pytest.mark.parametrize("factor", [1e-4, 100.0, 1e4])
def test_prices_in_another_currency_give_the_same_plan(usual: StudyResult, factor: float, tmp_path: Any) -> None:
    """In cents, per MWh, in anything: powers and topologies are the same, money is so many times as much."""
    result = in_currency(factor)
    assert result.summary["status"] == "converged"
    for name in ("objective_eur", "lower_bound_eur", "community_saving_eur"):
        assert result.summary[name] == pytest.approx(factor * usual.summary[name], rel=1e-6)
    assert_frame_equal(result.tables.lines, usual.tables.lines, rtol=1e-6, atol=1e-6)
    assert_frame_equal(result.tables.prosumers, usual.tables.prosumers, rtol=1e-6, atol=1e-4)
    bills, before = (item.tables.bills.drop(columns="prosumer") for item in (result, usual))
    assert_frame_equal(bills, factor * before, rtol=1e-6, atol=factor * 1e-4)
    folder.save(result, tmp_path / "kept")
    kept = folder.load(tmp_path / "kept")
    again, stated = verify(kept), kept.summary["certificates"]
    assert {name for name, item in again.items() if not item.holds} == set()
    assert statements(kept, again).contradictions == ()
    for name, item in again.items():
        assert item.limit == pytest.approx(stated[name]["limit"])
        assert item.value == pytest.approx(stated[name]["value"], rel=1e-3, abs=1e-9 * factor)


def test_bounds_and_progress_are_told_in_the_scenarios_own_money(usual: StudyResult) -> None:
    told: list[study.Progress] = []
    scene = scaled(document.from_dict(small_document()), 1000.0)
    result = study.run(scene, study.Options(warm=usual, certify=True), observe=told.append)
    least, gap = result.summary["lower_bound_eur"], result.summary["objective_eur"]
    assert f"costs less than {least:,.2f} EUR" in result.summary["proved"]
    offers = [item.offer for item in told if item.offer is not None]
    assert offers[-1].objective_eur == pytest.approx(gap, rel=1e-3)
    assert sum(offers[-1].costs_eur.values()) == pytest.approx(offers[-1].objective_eur)
    assert told[-5].objective_eur is None or told[-5].objective_eur == pytest.approx(gap, rel=0.2)


def test_wrong_bills_in_cents_do_not_hold() -> None:
    """Limits scale with the prices, and no further: a cent of a EUR is a whole unit where prices are in cents."""
    result = in_currency(100.0)
    bills = result.tables.bills.copy()
    bills.loc[0, "fees_eur"] += 2.0
    altered = replace(result, tables=replace(result.tables, bills=bills))
    assert not verify(altered)["budget_eur"].holds
    bills.loc[0, "fees_eur"] -= 1.5
    assert verify(altered)["budget_eur"].holds


def test_usual_prices_are_reckoned_with_as_they_are() -> None:
    scene = document.from_dict(small_document())
    assert unit_eur(scene) == 1.0
    assert scaled(scene, 1.0) is scene
    assert [unit_eur(scaled(scene, factor)) for factor in (0.2, 5.0, 100.0, 1e3, 1e-4)] == [1.0, 1.0, 100.0, 1e3, 1e-4]
    assert scaled(scaled(scene, 100.0), 0.01).tariff.sell_eur_per_kwh == pytest.approx(scene.tariff.sell_eur_per_kwh)


def test_a_violation_price_below_the_tariff_is_told() -> None:
    """Prices in cents with the default of 10: all load goes unserved, and the result says why."""
    scene = document.to_dict(scaled(document.from_dict(small_document()), 100.0))
    scene["dso"].pop("violation_price_eur_per_kwh")
    result = solved(scene)
    assert result.summary["costs_eur"]["unserved"] > 0.0
    (remark,) = result.summary["remarks"]
    assert "violation_price_eur_per_kwh is 10" in remark and "up to 30 for Home" in remark
    assert f"remark  {remark}" in remarks_text(result.summary)
    silent = replace(result, summary=result.summary | {"remarks": []})
    assert [len(statements(item, verify(item)).contradictions) for item in (result, silent)] == [0, 1]
    assert advice(document.from_dict(small_document())) == []
