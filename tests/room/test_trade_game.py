"""A market round: homes, what moves make of them, bills against an independent optimum."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import cvxpy as cp
import numpy as np
import pytest

from p2pdnr.market.terms import prosumer_terms, trade_terms
from p2pdnr.results import folder as folders
from p2pdnr.room.homes import Equipment, home_name, with_homes
from p2pdnr.room.trade_game import played
from p2pdnr.scenario import assembly, document
from p2pdnr.scenario.schema import Scenario
from p2pdnr.verification.plan import Plan, read_plan
from tests.room.classroom import Classroom
from tests.small_scenario import small_document

ALL = {"battery_share": 1.0, "flexible_share": 1.0, "margin_eur_per_kwh": 0.0}
NOTHING = {"battery_share": 0.0, "flexible_share": 0.0, "margin_eur_per_kwh": 0.3}


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Classroom, str, list[str], Any]]:
    """A round of the market with three players: all offered, nothing offered, no move."""
    room = Classroom(tmp_path_factory.mktemp("room"))
    code, tokens = room.started("market", ("Ada", "Bo", "Cy"))
    assert room.move(code, tokens[0], "ada-move-1", ALL)[0] == 200
    assert room.move(code, tokens[1], "bo-move-1", ALL)[0] == 200
    assert room.move(code, tokens[1], "bo-move-2", NOTHING)[0] == 200
    room.lead(code, "close")
    for _ in range(4):
        room.hall.tick()
    told = room.lead(code, "reveal")
    assert told[0] == 200, told
    yield room, code, tokens, told[1]["state"]["reveal"]
    room.hall.close()


def test_homes_add_up_to_the_prosumers_they_are_parts_of() -> None:
    scenario = document.from_dict(small_document())
    network = assembly.build_network(scenario)
    day = with_homes(scenario, network, (1, 2, 3, 5, 8), Equipment())
    for quantity in ("load_kw", "pv_kw"):
        totals = [
            sum(getattr(prosumer_terms(item, prosumer), quantity) for prosumer in item.prosumers)
            for item in (scenario, day)
        ]
        assert np.allclose(*totals)
    assert sum(item.generator.max_kw for item in day.prosumers if item.generator) == pytest.approx(40)
    assert {item.id for item in day.prosumers} == {"Sun", *(home_name(player) for player in (1, 2, 3, 5, 8))}
    assert not set(network.substations + 1) & {item.bus for item in day.prosumers}


def test_who_offers_all_regrets_nothing_and_who_offers_nothing_gets_nothing(finished: Any) -> None:
    _, _, _, reveal = finished
    rows = {row["name"]: row for row in reveal["board"]}
    assert rows["Ada"]["share"] >= 99.0 and rows["Ada"]["regret_eur"] < 0.05
    assert rows["Bo"]["share"] < 5.0 and rows["Bo"]["moves"] == 2
    assert rows["Cy"]["share"] is None and rows["Cy"]["rank"] is None
    assert reveal["class_best"]["name"] == "Ada"


def test_the_class_is_held_against_the_day_in_which_all_is_offered(finished: Any) -> None:
    optimum = finished[3]["optimum"]
    assert optimum["best_eur"] < optimum["class_eur"] < optimum["idle_eur"] and 0.0 < optimum["share"] < 100.0
    assert optimum["proved"] and len(optimum["prices_eur_per_kwh"]) == 4


def test_the_best_answer_is_the_one_a_solver_finds_on_its_own(finished: Any) -> None:
    """cvxpy, written here, on the home's whole problem at the prices and charges that came out."""
    room, code, _, reveal = finished
    day = document.parse(room.hall.store.sheet(code, 1, "day"))
    plan = read_plan(folders.load(room.market.folder(reveal["optimum"]["result"])))
    for row in reveal["board"][:2]:
        least = best_answer_eur(day, plan, home_name(row["player"]))
        assert row["best_eur"] == pytest.approx(least, abs=0.02)


def best_answer_eur(day: Scenario, plan: Plan, name: str) -> float:
    """The least bill of a home, with every device it may have."""
    k = [item.id for item in day.prosumers].index(name)
    terms, battery = prosumer_terms(day, day.prosumers[k]), day.prosumers[k].battery
    assert battery is not None
    bought, sold, pv, up, down, elastic, made = (cp.Variable(day.hours, nonneg=True) for _ in range(7))
    flex, energy = cp.Variable(day.hours), cp.Variable(day.hours + 1, nonneg=True)
    trades_eur, net_kw, trading = trades(day, plan, k)
    injection = pv + made + down - up - terms.load_kw - flex - elastic
    cost = terms.buy_eur_per_kwh @ bought - terms.sell_eur_per_kwh @ sold + trades_eur
    cost -= plan.charge_eur_per_kwh[:, plan.prosumer_bus[k]] @ injection
    cost += battery.wear_eur_per_kwh * cp.sum(up + down) + terms.discomfort_eur_per_kw2h / 2 * cp.sum_squares(flex)
    cost += -terms.utility_eur_per_kwh * cp.sum(elastic) + terms.elastic_slope_eur_per_kw2h / 2 * cp.sum_squares(
        elastic
    )
    cost += terms.generation_eur_per_kwh * cp.sum(made) + terms.generator_slope_eur_per_kw2h / 2 * cp.sum_squares(made)
    rules = [
        *trading,
        injection + bought - sold == net_kw,
        bought <= terms.load_kw + flex + up + elastic,  # nothing is resold
        pv <= terms.pv_kw,
        elastic <= terms.elastic_kw,
        made <= terms.generator_kw,
        cp.maximum(up, down) <= battery.power_kw,
        energy <= battery.capacity_kwh,
        energy[0] == battery.initial_kwh,
        energy[-1] == battery.initial_kwh,
        cp.diff(energy) == battery.efficiency * up - down / battery.efficiency,
        cp.abs(flex) <= terms.flexible_share * terms.load_kw,
        cp.sum(flex) == 0,
    ]
    return float(cp.Problem(cp.Minimize(cost), rules).solve(solver=cp.CLARABEL))


def trades(day: Scenario, plan: Plan, k: int) -> tuple[Any, Any, list[Any]]:
    """Cost, net sales and limits of a home's trades at the prices of the plan."""
    edges = [(e, pair.index(k)) for e, pair in enumerate(plan.pairs.tolist()) if k in pair]
    gives, takes = (cp.Variable((len(edges), day.hours), nonneg=True) for _ in range(2))
    trading = trade_terms(day, plan.pairs, tuple(prosumer_terms(day, item) for item in day.prosumers))
    price = np.array([plan.price_eur_per_kwh[:, e] for e, _ in edges])
    fee = np.array([trading.fee_eur_per_kwh[e, side] for e, side in edges])[:, None]
    limit = np.array([trading.limit_kw[e] for e, _ in edges])[:, None]
    cost = cp.sum(cp.multiply(fee - price, gives)) + cp.sum(cp.multiply(fee + price, takes))
    return cost, cp.sum(gives - takes, axis=0), [gives <= limit, takes <= limit]


def test_a_margin_keeps_its_owner_from_trades_that_are_worth_less() -> None:
    scenario = document.from_dict(small_document())
    day = with_homes(scenario, assembly.build_network(scenario), (1, 2), Equipment())
    eager = {"battery_share": 1.0, "flexible_share": 1.0, "margin_eur_per_kwh": 0.07}
    preferences = played(day, {1: eager}).market.preferences
    assert {(item.from_, item.eur_per_kwh) for item in preferences} == {(home_name(1), 0.07)}
    assert {item.to for item in preferences} == {home_name(2), "Sun"}


def test_a_battery_by_hand_is_load_and_sun_of_its_home() -> None:
    scenario = document.from_dict(small_document())
    day = with_homes(scenario, assembly.build_network(scenario), (1, 2), Equipment(battery_h=2.0, flexible_share=0.0))
    plan = {"battery_plan": [-1.0], "margin_eur_per_kwh": 0.0}
    by_hand = played(day, {1: plan})
    before, after = (
        next(prosumer_terms(item, prosumer) for prosumer in item.prosumers if prosumer.id == home_name(1))
        for item in (day, by_hand)
    )
    battery_kw = (before.pv_kw - before.load_kw) - (after.pv_kw - after.load_kw)
    assert battery_kw[0] < 0.0 and after.battery_kwh == 0.0
    inside_kwh = np.where(battery_kw > 0.0, 0.95 * battery_kw, battery_kw / 0.95)
    assert inside_kwh.sum() == pytest.approx(0.0, abs=1e-9), "the day ends as it began"


def test_a_plan_by_hand_is_played_to_the_end(finished: Any) -> None:
    room, code, tokens, reveal = finished
    assert room.lead(code, "next")[1]["state"]["phase"] == "running"
    state = room.state(code, tokens[0])[1]
    assert state["round"]["about"]["controls"] == ["battery_plan", "margin_eur_per_kwh"]
    assert state["round"]["about"]["prices_before"] == reveal["optimum"]["prices_eur_per_kwh"]
    status, told = room.move(code, tokens[0], "ada-hand-1", {"battery_plan": [1.0], "margin_eur_per_kwh": 0.0}, 2)
    assert status == 200 and len(told["outcome"]["plan_kw"]) == 4
    late = room.joined(code, "Late")
    assert room.state(code, late)[1]["me"]["playing"] is False
    assert room.move(code, late, "late-move-1", {"battery_plan": [1.0], "margin_eur_per_kwh": 0.0}, 2)[0] == 409
    room.lead(code, "close")
    room.begin()
    for _ in range(4):
        room.hall.tick()
    state = room.lead(code, "reveal")[1]["state"]
    row = state["reveal"]["board"][0]
    assert row["name"] == "Ada" and row["best_eur"] <= row["eur"] and row["regret_eur"] > 0.0
    assert state["total"][0]["rounds"] == 2


@pytest.mark.parametrize(
    "move",
    [
        {"battery_share": 1.1, "flexible_share": 1.0, "margin_eur_per_kwh": 0.0},
        {"battery_share": True, "flexible_share": 1.0, "margin_eur_per_kwh": 0.0},
        {"battery_share": 1.0, "flexible_share": 10**400, "margin_eur_per_kwh": "0"},
        {"battery_share": 1.0},
        [],
    ],
)
def test_a_move_out_of_bounds_is_refused_with_its_field(room: Classroom, move: Any) -> None:
    code, (ada, _) = room.started("market")
    status, told = room.move(code, ada, "ada-move-1", move)
    assert status == 422 and told["error"]["problems"][0]["component"] == "move"
