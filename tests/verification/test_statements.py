"""What a result says beside its certificates is held against the scenario, the tables and the certificates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from p2pdnr.network import readers
from p2pdnr.results.study_result import StudyResult
from p2pdnr.scenario import document
from p2pdnr.verification import Statements, claims, drawn_again, statements, verify, words
from p2pdnr.verification.certificates import is_uncoordinated
from p2pdnr.verification.finding import not_shown
from p2pdnr.verification.stress import stressed

Change = Callable[[StudyResult], StudyResult]


@pytest.fixture(scope="module")
def honest(sample: StudyResult) -> StudyResult:
    """The sample with its certificates stated as they are, and what follows from them."""
    drafted = stressed(sample, 3, 7)
    found = verify(drafted)
    states = {name: item.state for name, item in found.items()}
    failing = [f"{name}: {item.text}" for name, item in found.items() if item.state == "does not hold"]
    told = {
        "certificates": claims(found),
        "proved": words.proved(words.searched(True, "converged", False), states, ""),
        "remarks": failing,
        "iterations": len(sample.tables.convergence) - 1,
        "tolerance_kw": 0.05,
    }
    return replace(drafted, summary=drafted.summary | told)


def stated(result: StudyResult, honest: StudyResult) -> Statements:
    """The certificates are recomputed once: nothing here changes them."""
    return statements(result, CERTIFICATES.setdefault(id(honest), verify(honest)))


CERTIFICATES: dict[int, Any] = {}


def say(**changes: Any) -> Change:
    return lambda result: replace(result, summary=result.summary | changes)


def scene(change: Callable[[dict], None]) -> Change:
    """Another scenario, whose hash is the one that is stated."""

    def changed(result: StudyResult) -> StudyResult:
        told = document.to_dict(result.scenario)
        change(told)
        scenario = document.from_dict(told)
        return replace(
            result, scenario=scenario, summary=result.summary | {"scenario_sha256": document.sha256(scenario)}
        )

    return changed


def grid(**changes: Any) -> Change:
    return lambda result: replace(result, network=result.network.with_(**changes))


def tenth(told: dict) -> None:
    """The same feeder with ten times the impedance."""
    table = readers.to_table(readers.read("case33bw", None))
    for line in table["lines"]:
        line["r_ohm"] *= 10
        line["x_ohm"] *= 10
    told["network"]["source"] = table


FALSE: dict[str, tuple[str, Change]] = {
    "a plan for a grid with a tenth of the impedances": ("network.json has another r_pu", scene(tenth)),
    "a limit of voltage that does not bind": ("network.json has another vm_max_pu", grid(vm_max_pu=1.2)),
    "another base power": ("network.json has another base_mva", grid(base_mva=2.0)),
    "a lock on a line": (
        "network.json has another switchable than the scenario's network at line 37",
        grid(switchable=np.arange(37) != 36),
    ),
    "load at the substation": (
        "network.json has another p_kw than the scenario's network at bus 1",
        lambda result: grid(p_kw=result.network.p_kw + 5.0 * (np.arange(33) == 0))(result),
    ),
    "a limit of current": ("network.json has another limit_a", grid(limit_a=np.full(37, 500.0))),
    "a setting of the scenario": (
        "network.json has another vm_min_pu",
        scene(lambda told: told["network"].update(vm_min_pu=0.8)),
    ),
    "another name": ("states the name Best day", say(name="Best day")),
    "no hash": ("does not state the hash", say(scenario_sha256=None)),
    "no trading": ("states that there was no trading", say(p2p=False)),
    "no coordination": ("took no notice of the grid, but buses.csv has charges", say(coordinated=False)),
    "an unknown end": ("states the status perfect", say(status="perfect")),
    "an end that was not reached": ("states that it converged to 0.001 kW", say(tolerance_kw=1e-3)),
    "fewer iterations": ("states 3 iterations, convergence.csv has 11", say(iterations=3)),
    "words": ("states as proved: the best plan", say(proved="the best plan of all")),
    "no remarks": ("has no remark that", say(remarks=[])),
    "a stress test without a model": ("cannot be repeated", say(stress={"days": 3, "seed": 7})),
    "days that were not tested": ("stress.csv is about perturbed days", say(stress=None)),
    "a figure of a stress test": ("states stress.days_violated", None),  # type: ignore[dict-item]
    "arrays that are no numbers": (
        "warm.npz holds something in closed",
        lambda result: replace(result, arrays={"closed": np.full((8, 37), np.nan)}),
    ),
    "another schedule to start from": (
        "warm.npz has another closed",
        lambda result: replace(result, arrays={"closed": np.zeros((8, 37))}),
    ),
    "topologies that are not there": ("states 7 topologies", say(topologies=7)),
}


def test_an_honest_result_says_nothing_that_is_not_so(honest: StudyResult) -> None:
    assert stated(honest, honest) == Statements((), ())


@pytest.mark.parametrize("name", FALSE)
def test_what_is_not_so_is_told(honest: StudyResult, name: str) -> None:
    expected, change = FALSE[name]
    if change is None:
        told = honest.summary["stress"]
        change = say(stress=told | {"days_violated": told["days_violated"] + 1})
    found = stated(change(honest), honest).contradictions
    assert any(expected in line for line in found), found


def test_a_stated_limit_is_not_taken_for_true(honest: StudyResult) -> None:
    told = honest.summary["certificates"]
    loose = say(certificates=told | {"balance_kw": told["balance_kw"] | {"limit": 10.0}})(honest)
    assert stated(loose, honest).contradictions == ("summary.json states the limit 10.0 of balance_kw, which is 0.001",)


def test_results_of_before_say_less_and_are_read(honest: StudyResult) -> None:
    """Without ``state``, limits and words are what they were."""
    old = {
        name: {key: claim[key] for key in ("value", "limit", "holds")}
        for name, claim in honest.summary["certificates"].items()
    }
    assert stated(say(certificates=old, proved="as it was", remarks=[])(honest), honest).contradictions == ()


def test_a_result_of_before_charges_were_examined_is_not_blamed_for_it(honest: StudyResult) -> None:
    """Its words about what is proved know nothing of them either."""
    older = {name: claim for name, claim in honest.summary["certificates"].items() if name != "charges"}
    before, found = say(certificates=older)(honest), verify(honest)
    assert statements(before, found).contradictions == ()
    unshown = found | {"charges": replace(found["charges"], state="not shown")}
    assert statements(before, unshown).contradictions == ()
    without = say(certificates={name: claim for name, claim in older.items() if name != "regret"})(honest)
    assert "summary.json does not state the certificate regret" in statements(without, found).contradictions


def test_what_is_not_shown_is_not_called_holding(honest: StudyResult) -> None:
    told = honest.summary["certificates"]
    boast = say(certificates=told | {"radial": told["radial"] | {"holds": False, "state": "not shown"}})(honest)
    assert "states radial = 0.0: not shown, recomputed it is: holds" in stated(boast, honest).contradictions[0]
    assert not_shown("too many").state(None) == "not shown"


def test_too_many_days_are_not_drawn_again_and_that_is_told(
    honest: StudyResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drawn_again, "MOST_CELLS", 2 * 8 * 33)
    found = stated(honest, honest)
    assert found.contradictions == ()
    assert found.unshown == ("3 perturbed days are more than are drawn again (2)",)


def test_a_network_from_a_file_is_held_against_what_the_scenario_sets(honest: StudyResult) -> None:
    def elsewhere(told: dict) -> None:
        told["network"]["source"] = "village.json"

    away = scene(elsewhere)(honest)
    found = stated(away, honest)
    assert found.contradictions == ()
    assert found.unshown == ("loads and impedances of network.json: village.json is not in the folder",)
    lax = stated(grid(vm_max_pu=1.2)(away), honest).contradictions
    assert lax == ("network.json has another vm_max_pu than the scenario's network",)


def test_only_a_plan_without_charges_is_uncoordinated(honest: StudyResult) -> None:
    boast = say(coordinated=False)(honest)
    assert not is_uncoordinated(boast)
    buses = boast.tables.buses.assign(charge_eur_per_kwh=0.0)
    assert is_uncoordinated(replace(boast, tables=replace(boast.tables, buses=buses)))


@pytest.mark.parametrize("asked_kw", [0.01, 1e6, float("inf"), float("nan")])
def test_no_tolerance_is_wider_than_the_scenario_allows(honest: StudyResult, asked_kw: float) -> None:
    """Five per cent of the largest power: the Farm's sun, 300 kW."""
    found = verify(say(tolerance_kw=asked_kw)(honest))["primal_kw"]
    if np.isnan(asked_kw):
        assert found.state == "does not hold"
    else:
        assert found.limit == pytest.approx(1.5 * min(asked_kw, 15.0))
