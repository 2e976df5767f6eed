"""A few of the random scenarios of the benchmark: every certificate holds, and free binaries never grow."""

from __future__ import annotations

from functools import partial

import pytest

from benchmarks import _adversarial_scenarios as adversarial
from benchmarks._random_scenarios import FAMILIES, scenario
from benchmarks.bench_robustness import growths, shortcomings
from p2pdnr import study
from p2pdnr.coordination.admm.settings import AdmmSettings
from p2pdnr.network.topology import count_spanning_trees
from p2pdnr.scenario import document
from p2pdnr.scenario.assembly import build_network
from tests.coordination.cases import market_document, random_document
from tests.small_scenario import small_document


@pytest.mark.parametrize(
    "case", [("one hour", 1), ("three substations", 2), ("three substations", 5), ("168 hours", 1)]
)
def test_random_scenarios_are_solved_with_every_certificate(case: tuple[str, int]) -> None:
    result = study.run(document.from_dict(scenario(*case)))
    assert result.summary["status"] == "converged"
    assert shortcomings(result) == []
    assert result.summary["remarks"] == []
    assert (result.tables.convergence["free_binaries"] > 0).any(), "there was something to freeze"


@pytest.mark.parametrize("name", ["line limits / 10", "free of cost", "sizes from W to MW"])
def test_what_is_taken_to_its_end_is_solved_with_every_certificate(name: str) -> None:
    result = study.run(document.from_dict(adversarial.scenario(name, 0)))
    assert result.summary["status"] == "converged"
    assert shortcomings(result) == []


def test_dear_limits_are_kept_rather_than_broken_by_a_watt() -> None:
    """At 1e5 EUR/kWh the tolerance of 0.05 kW is worth more than the whole day."""
    result = study.run(document.from_dict(adversarial.scenario("violation price 1e5", 0)))
    assert shortcomings(result) == []
    assert result.summary["costs_eur"]["violations"] < 0.1
    assert result.tables.lines["loading_percent"].max() == pytest.approx(100.0, abs=0.1), "limits do bind"


def test_growing_binaries_would_be_seen() -> None:
    result = study.run(document.from_dict(small_document()))
    table = result.tables.convergence
    assert growths(result) == 0
    table.loc[:, "phase"], table.loc[:, "free_binaries"] = "binary", range(len(table))
    assert growths(result) == len(table) - 1


@pytest.mark.parametrize("family", FAMILIES)
def test_scenarios_of_every_family_can_be_read_and_differ_by_seed(family: str) -> None:
    first, second = (document.from_dict(scenario(family, seed)) for seed in (0, 1))
    assert first != second
    assert document.from_dict(scenario(family, 0)) == first
    network = build_network(first)
    assert (len(network.substations) == 3) is (family == "three substations")
    assert (count_spanning_trees(network) > 1_000_000) is (family == "not enumerable")


@pytest.mark.parametrize("name", adversarial.CHANGES)
def test_every_adversarial_scenario_can_be_read(name: str) -> None:
    scene = document.from_dict(adversarial.scenario(name, 0))
    assert document.from_dict(adversarial.scenario(name, 0)) == scene
    assert name == "as drawn" or scene != document.from_dict(adversarial.scenario("as drawn", 0))


@pytest.mark.parametrize("price", [1.0, 1e3, 1e5])
def test_a_community_without_retailer_settles_at_any_price_of_what_is_missing(price: float) -> None:
    scene = random_document(3)
    scene["dso"]["violation_price_eur_per_kwh"] = price
    for row in scene["prosumers"]:
        row |= {"import_limit_kw": 0.0, "export_limit_kw": 0.0}
    result = study.run(document.from_dict(scene), study.Options(mode="fixed"))
    assert result.summary["status"] == "converged"
    assert shortcomings(result) == []
    assert result.summary["costs_eur"]["unserved"] > price


def test_a_result_that_does_not_stand_up_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(study, "AdmmSettings", partial(AdmmSettings, max_iterations=40))
    scene = market_document({"id": "S", "pv_kw": 20}, {"id": "B", "load_kw": 10})
    result = study.run(document.from_dict(scene), study.Options(mode="fixed", tolerance_kw=1e-12))
    assert result.summary["status"] == "stopped"
    assert "copies" in result.summary["remarks"][0]
    failing = [name for name, claim in result.summary["certificates"].items() if not claim["holds"]]
    assert [remark.split(":")[0] for remark in result.summary["remarks"][1:]] == failing
    assert "primal_kw" in failing
