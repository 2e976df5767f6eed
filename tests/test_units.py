"""Results do not hang on the units in which a scenario is written: the base of its per-unit system, its currency."""

from __future__ import annotations

from typing import Any

import pytest

from p2pdnr import study
from p2pdnr.network import readers
from p2pdnr.network.powerflow import solve_tree
from p2pdnr.network.topology import orient
from p2pdnr.results import folder
from p2pdnr.results.claims import verdict_of
from p2pdnr.results.study_result import StudyResult
from p2pdnr.scenario import document
from p2pdnr.verification import verify
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
