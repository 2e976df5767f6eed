"""The front door: results of every mode, limits, observers, and what is said when there is no answer."""

from __future__ import annotations

import copy
import math
from dataclasses import replace
from typing import Any

import pytest

from p2pdnr import study, study_summary
from p2pdnr.coordination.messages import per_iteration
from p2pdnr.errors import InputError, NetworkError, P2pdnrError, PowerFlowError, ScenarioError, TimeLimitError
from p2pdnr.results.study_result import StudyResult
from p2pdnr.scenario import document
from p2pdnr.study import Options, Progress
from tests.coordination.cases import FIVE, agreed, grid, market_document, problem_of
from tests.small_scenario import small_document

Json = dict[str, Any]


@pytest.fixture(scope="module")
def solved() -> dict[str, StudyResult]:
    return study.compare(document.from_dict(small_document()))


def changed(*path: str | int, to: Any) -> Json:
    scene = copy.deepcopy(small_document())
    scene["market"].pop("preferences")
    place = scene
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = to
    return scene


def run(scene: Json, **options: Any) -> StudyResult:
    return study.run(document.from_dict(scene), Options(**options))


def broken(result: StudyResult) -> list[str]:
    return [name for name, item in result.summary["certificates"].items() if not item["holds"]]


def test_the_table_of_modes_is_ordered(solved: dict[str, StudyResult]) -> None:
    assert list(solved) == ["fixed-no-p2p", "fixed", "static", "hourly"]
    costs = [result.summary["objective_eur"] for result in solved.values()]
    assert costs == sorted(costs, reverse=True)
    assert [result.summary["p2p"] for result in solved.values()] == [False, True, True, True]
    assert [result.summary["mode"] for result in solved.values()] == ["fixed", "fixed", "static", "hourly"]


def test_every_result_is_converged_and_certified(solved: dict[str, StudyResult]) -> None:
    for result in solved.values():
        assert result.summary["status"] == "converged"
        assert broken(result) == []
        assert abs(result.summary["certificates"]["gap_central"]["value"]) < 1e-4


def test_the_summary_says_how_it_came_about(solved: dict[str, StudyResult]) -> None:
    summary = solved["hourly"].summary
    seconds = summary["seconds"]
    assert seconds["total"] > 0
    assert {"reading", "search", "binary", "convex", "settlement"} <= set(seconds)
    assert summary["iterations"] == len(solved["hourly"].tables.convergence) - 1, (
        "its last row is the plan that was kept"
    )
    turns = summary["messages"] / 4
    assert turns >= summary["iterations"], "two blocks, one message each way; the outlook's turns are no iterations"
    assert (
        summary["bytes"]
        == turns * per_iteration(prosumers=3, pairs=3, hours=solved["hourly"].scenario.hours, blocks=2).bytes
    )
    assert summary["scenario_sha256"] == document.sha256(solved["hourly"].scenario)
    assert summary["lower_bound_eur"] is None
    assert "not proved" in summary["proved"]
    assert summary["topologies"] == 11


def test_without_p2p_there_are_no_trades(solved: dict[str, StudyResult]) -> None:
    tables = solved["fixed-no-p2p"].tables
    assert len(tables.trades) == 0
    assert not tables.bills["trades_eur"].any()
    assert not tables.prosumers["net_trade_kw"].any()


def test_a_run_is_the_same_as_its_row_of_the_table(solved: dict[str, StudyResult]) -> None:
    for mode in ("fixed", "static", "hourly"):
        alone = run(small_document(), mode=mode)
        assert alone.summary["mode"] == mode
        assert alone.summary["objective_eur"] == pytest.approx(solved[mode].summary["objective_eur"], rel=1e-4)


def test_the_same_input_gives_the_same_result() -> None:
    first, second = (run(small_document()) for _ in range(2))
    assert first.summary["objective_eur"] == second.summary["objective_eur"]
    assert first.tables.trades.equals(second.tables.trades)


def test_a_warm_start_gives_the_same_answer_in_fewer_turns(solved: dict[str, StudyResult]) -> None:
    warm = run(small_document(), warm=solved["hourly"])
    assert warm.summary["objective_eur"] == pytest.approx(solved["hourly"].summary["objective_eur"], rel=1e-4)
    assert warm.summary["iterations"] < run(small_document()).summary["iterations"]
    assert broken(warm) == []


def test_a_warm_start_from_a_changed_scenario_ends_at_the_cold_answer(solved: dict[str, StudyResult]) -> None:
    scene = small_document()
    scene["prosumers"][1]["battery"]["capacity_kwh"] = 10
    warm, cold = run(scene, warm=solved["hourly"]), run(scene)
    assert warm.summary["objective_eur"] == pytest.approx(cold.summary["objective_eur"], rel=1e-3)
    assert warm.summary["objective_eur"] > solved["hourly"].summary["objective_eur"]


def test_a_warm_start_from_another_market_is_no_obstacle(solved: dict[str, StudyResult]) -> None:
    scene = changed("prosumers", 0, to={"id": "Home", "bus": 3, "load_kw": 80})
    del scene["prosumers"][2]
    assert run(scene, warm=solved["hourly"]).summary["status"] == "converged"


def test_progress_is_told_in_order() -> None:
    told: list[Progress] = []
    study.run(document.from_dict(small_document()), observe=told.append)
    stages = list(dict.fromkeys(item.stage for item in told))
    assert stages[0] == "reading"
    assert stages[-3:] == ["settlement", "verification", "done"]
    assert {"search", "convex", "binary"} <= set(stages)
    numbers = [item.iteration for item in told]
    assert numbers == sorted(numbers)
    assert [item.seconds for item in told] == sorted(item.seconds for item in told)
    assert all(item.primal_kw is None or math.isfinite(item.primal_kw) for item in told)


def test_what_the_observer_raises_ends_the_solve() -> None:
    def impatient(item: Progress) -> None:
        if item.iteration > 3:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        study.run(document.from_dict(small_document()), observe=impatient)


def test_no_time_at_all_is_an_error() -> None:
    with pytest.raises(TimeLimitError, match="time limit of 0"):
        run(small_document(), time_limit_s=0.0)


def test_a_closer_tolerance_is_kept() -> None:
    result = run(small_document(), tolerance_kw=1e-3)
    assert result.summary["tolerance_kw"] == 1e-3
    assert result.tables.convergence["primal"].iloc[-1] <= 1e-3


def test_warming_up_solves_something() -> None:
    study.warm_up()


STRANGE = {
    "a prosumer with nothing": changed("prosumers", 0, to={"id": "Zero", "bus": 3}),
    "nobody with anything": changed("prosumers", to=[{"id": "Z", "bus": 3}, {"id": "Y", "bus": 2}]),
    "half hours": changed("step_h", to=0.5),
    "days for hours": changed("step_h", to=24.0),
    "negative prices": changed(
        "tariff",
        to={"buy_eur_per_kwh": [-0.1, 0.3, -0.2, 0.2], "sell_eur_per_kwh": [-0.15, 0.05, -0.2, 0.05]},
    ),
    "free electricity": changed("tariff", to={"buy_eur_per_kwh": [0.0] * 4, "sell_eur_per_kwh": [0.0] * 4}),
    "more sun than any line carries": changed("prosumers", 1, "pv_kw", to=5e5),
    "trades of nothing": changed("market", to={"partners": "all", "trade_limit_kw": 0}),
    "no partners": changed("market", to={"partners": "none"}),
    "losses for nothing": changed("dso", "loss_price_eur_per_kwh", to=0.0),
    "violations for nothing": changed("dso", "violation_price_eur_per_kwh", to=1e-6),
    "dear violations": changed("dso", "violation_price_eur_per_kwh", to=1e4),
    "voltages that cannot be": changed("network", "vm_min_pu", to=0.9999),
    "no tie lines": changed("network", "source", "lines", to=small_document()["network"]["source"]["lines"][:4]),
    "locked lines": changed("network", "switchable", to=[]),
    "return to the start": changed("dso", to={"return_to_initial": True, "max_switching_per_day": 2}),
}


@pytest.mark.parametrize("name", STRANGE)
def test_strange_scenarios_have_sound_answers(name: str) -> None:
    result = run(STRANGE[name])
    assert result.summary["status"] == "converged"
    assert broken(result) == []


def households(factor: float) -> Json:
    """The small scenario with prosumers a fraction of their size, and nothing else on the lines."""
    scene = changed("network", "background_scale", to=0.0)
    for row in scene["prosumers"]:
        row |= {name: row[name] * factor for name in ("load_kw", "pv_kw") if name in row}
        for device in ("battery", "elastic", "generator"):
            row.pop(device, None)
    return scene


@pytest.mark.parametrize("factor", [1e-3, 1e-2, 1e-1])
def test_households_are_served_like_factories(factor: float) -> None:
    result = run(households(factor))
    assert result.summary["status"] == "converged"
    assert result.summary["costs_eur"]["unserved"] < 1e-3
    assert {"balance_kw", "reciprocity_kw", "radial", "gap_central"}.isdisjoint(broken(result))


def test_nobody_with_a_retailer_still_trades() -> None:
    scene = changed("market", to={"partners": "all"})
    for row in scene["prosumers"]:
        row |= {"import_limit_kw": 0, "export_limit_kw": 0}
    result = run(scene)
    assert broken(result) == []
    assert result.summary["costs_eur"]["retail"] == pytest.approx(0, abs=1e-3)
    assert result.summary["costs_eur"]["unserved"] > 0
    assert result.tables.trades["power_kw"].sum() > 100


@pytest.mark.slow
def test_a_week_of_hours() -> None:
    hours = range(168)
    scene = changed(
        "profiles",
        to={
            "load": [0.5 + 0.3 * (t % 24 > 16) for t in hours],
            "pv": [max(0.0, math.sin((t % 24 - 6) / 12 * math.pi)) for t in hours],
        },
    )
    scene["tariff"] = {"buy_eur_per_kwh": [0.2 + 0.1 * (t % 24 > 16) for t in hours], "sell_eur_per_kwh": [0.05] * 168}
    result = run(scene, mode="static")
    assert result.summary["status"] == "converged"
    assert len(result.tables.hours) == 168


def impossible() -> dict[str, tuple[Json, type[P2pdnrError], str]]:
    """Scenario, error, what it must say."""
    apart = changed("network", "initially_open", to=[4, 5, 6])
    loop = changed("network", "initially_open", to=[6])
    overload = changed("network", "background_scale", to=1e4)
    bare = market_document({"id": "A", "load_kw": 1, "bus": 1}, network={"source": {"buses": [{"vn_kv": 10.0}]}})
    severed = market_document({"id": "A", "load_kw": 1}, network={"source": grid(FIVE[:2] + FIVE[3:4])})
    severed["network"]["source"]["buses"].append({"vn_kv": 10.0})
    return {
        "buses without supply": (apart, ScenarioError, "buses 5 are without supply"),
        "a loop": (loop, ScenarioError, "form a loop"),
        "voltage collapse": (overload, PowerFlowError, "hours 0, 1, 2, 3"),
        "no lines": (bare, NetworkError, "no lines"),
        "a bus without lines": (severed, InputError, "6|supply|connect"),
        "no such bus": (changed("prosumers", 0, "bus", to=99), ScenarioError, "Home bus: bus 99 does not exist"),
        "no such network": (changed("network", "source", to="nowhere"), NetworkError, "nowhere"),
    }


@pytest.mark.parametrize("name", impossible())
def test_what_cannot_be_solved_says_why(name: str) -> None:
    scene, error, words = impossible()[name]
    with pytest.raises(error, match=words):
        run(scene)


@pytest.mark.parametrize("mode", ["fixed", "static", "hourly"])
def test_no_power_flow_is_an_error_in_every_mode(mode: str) -> None:
    with pytest.raises(PowerFlowError, match="hours"):
        run(changed("network", "background_scale", to=1e4), mode=mode)


def test_limits_that_nobody_acted_on_are_told() -> None:
    plan = agreed(problem_of(market_document({"id": "A", "load_kw": 10})))
    assert plan.agreement.answer is not None
    assert study_summary._remarks(plan, {}) == []
    crowded = replace(plan, agreement=replace(plan.agreement, answer=replace(plan.agreement.answer, left_out=7)))
    (remark,) = study_summary._remarks(crowded, {})
    assert "at most 1,024 broken limits of an hour: 7 more" in remark


def test_generators_that_hold_a_voltage_are_fixed_where_the_operator_validates_and_told_by_bus() -> None:
    told, plain = small_document(), small_document()
    for one in (told, plain):
        one["dso"]["role"] = "validate"
    told["network"]["source"]["buses"][3]["generator"] = {"vm_pu": 1.0, "p_kw": 50.0, "max_kvar": 90.0, "kvar": 60.0}
    plain["network"]["source"]["buses"][3] |= {"p_kw": 350.0, "q_kvar": 140.0}
    found, same = (study.run(document.from_dict(one), Options(mode="fixed")) for one in (told, plain))
    assert found.summary["objective_eur"] == pytest.approx(same.summary["objective_eur"], abs=1e-6)
    assert found.network.generators is None and "generators at bus 4 hold a voltage" in found.summary["remarks"][-1]
    states = [{name: claim["state"] for name, claim in one.summary["certificates"].items()} for one in (found, same)]
    assert states[0] == states[1] and set(states[0].values()) <= {"holds", "not shown"}
    assert not any("generators" in remark for remark in same.summary["remarks"])
