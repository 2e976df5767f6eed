"""A market round: homes, what moves make of them, bills against an independent optimum."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cvxpy as cp
import numpy as np
import pytest

from p2pdnr.market.terms import ProsumerTerms, prosumer_terms, trade_terms
from p2pdnr.results import folder as folders
from p2pdnr.room.homes import Equipment, home_name, with_homes
from p2pdnr.room.trade_game import played
from p2pdnr.scenario import assembly, document
from p2pdnr.scenario.schema import Scenario
from p2pdnr.verification.plan import Plan, read_plan
from tests.room.classroom import Classroom
from tests.small_scenario import small_document

ALL = {"battery_share": 1.0, "flexible_share": 1.0, "buy_margin_eur_per_kwh": 0.0, "sell_margin_eur_per_kwh": 0.0}
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


def limited(buy: float, sell: float) -> dict[str, float]:
    """A home that offers all, with two price limits."""
    return ALL | {"buy_margin_eur_per_kwh": buy, "sell_margin_eur_per_kwh": sell}


def test_one_margin_is_a_preference_and_leaves_the_tariff_alone() -> None:
    scenario = document.from_dict(small_document())
    day = with_homes(scenario, assembly.build_network(scenario), (1, 2), Equipment())
    for move in ({"battery_share": 1.0, "flexible_share": 1.0, "margin_eur_per_kwh": 0.07}, limited(0.07, 0.07)):
        after = played(day, {1: move})
        preferences = after.market.preferences
        assert {(item.from_, item.eur_per_kwh) for item in preferences} == {(home_name(1), 0.07)}
        assert {item.to for item in preferences} == {home_name(2), "Sun"}
        assert [item.tariff for item in after.prosumers] == [item.tariff for item in day.prosumers]


@pytest.mark.parametrize("player", [1, 2])
@pytest.mark.parametrize(("buy", "sell"), [(0.08, 0.0), (0.0, 0.02), (0.1, 0.04)])
def test_two_margins_are_the_highest_price_to_buy_and_the_lowest_to_sell(player: int, buy: float, sell: float) -> None:
    """A home between the retailer and neighbours at one price: cvxpy, with fees by direction, finds what is best within
    the limits, and what the home does in the played day is as good."""
    scenario = document.from_dict(small_document())
    day = with_homes(scenario, assembly.build_network(scenario), (1, 2), Equipment(battery_h=2.0, flexible_share=0.2))
    moved = played(day, {player: limited(buy, sell)})
    (true, acted_on), mean = (home_of(item, player) for item in (day, moved)), (buy + sell) / 2.0
    assert moved.market.preferences[-1].eur_per_kwh == pytest.approx(mean)
    trading = set()
    for price in np.linspace(0.011, 0.341, 12):
        wanted, as_it_acts = OneHome(true, price, (buy, sell)), OneHome(acted_on, price, (mean, mean))
        least_eur = wanted.solved()
        as_it_acts.solved()
        wanted.take(as_it_acts)
        assert wanted.cost_eur.value == pytest.approx(least_eur, abs=2e-4 * abs(least_eur)), price
        trading |= {(bool(wanted.takes.value.sum() > 1.0), bool(wanted.gives.value.sum() > 1.0))}
    assert len(trading) > 1, "the prices lie on both sides of a limit"


def home_of(day: Scenario, player: int) -> ProsumerTerms:
    """A player's home."""
    return next(prosumer_terms(day, item) for item in day.prosumers if item.id == home_name(player))


class OneHome:
    """A home that trades up to 60 kW in every hour at one ``price``, with ``margins`` to buy and to sell."""

    def __init__(self, terms: ProsumerTerms, price: float, margins: tuple[float, float]) -> None:
        hours = terms.hours
        self.own = [cp.Variable(hours, nonneg=True) for _ in range(8)]
        self.gives, self.takes, up, down, pv, elastic, made, self.bought = self.own
        self.flex, self.energy = cp.Variable(hours), cp.Variable(hours + 1, nonneg=True)
        sold = pv + made + down + self.takes + self.bought - self.gives - up - elastic - terms.load_kw - self.flex
        way = terms.battery_efficiency
        self.cost_eur = (
            cp.sum((price + margins[0]) * self.takes - (price - margins[1]) * self.gives)
            + terms.buy_eur_per_kwh @ self.bought
            - terms.sell_eur_per_kwh @ sold
            + terms.wear_eur_per_kwh * cp.sum(up + down)
            + terms.discomfort_eur_per_kw2h / 2 * cp.sum_squares(self.flex)
            - terms.utility_eur_per_kwh * cp.sum(elastic)
            + terms.elastic_slope_eur_per_kw2h / 2 * cp.sum_squares(elastic)
            + terms.generation_eur_per_kwh * cp.sum(made)
            + terms.generator_slope_eur_per_kw2h / 2 * cp.sum_squares(made)
        )
        self.rules = [
            sold >= 0,
            self.bought <= terms.load_kw + self.flex + elastic + up,
            sold <= pv + made + down,
            cp.maximum(self.gives, self.takes) <= 60.0,
            cp.maximum(up, down) <= terms.battery_kw,
            pv <= terms.pv_kw,
            elastic <= terms.elastic_kw,
            made <= terms.generator_kw,
            self.energy <= terms.battery_kwh,
            self.energy[0] == terms.battery_initial_kwh,
            self.energy[-1] == terms.battery_initial_kwh,
            cp.diff(self.energy) == way * up - down / way,
            cp.abs(self.flex) <= terms.flexible_share * terms.load_kw,
            cp.sum(self.flex) == 0,
        ]

    def solved(self) -> float:
        """The least cost."""
        return float(cp.Problem(cp.Minimize(self.cost_eur), self.rules).solve(solver=cp.CLARABEL))

    def take(self, other: OneHome) -> None:
        """Do what another one does."""
        for mine, its in zip((*self.own, self.flex), (*other.own, other.flex), strict=True):
            mine.value = its.value


def test_a_bill_is_what_the_retailer_takes_whatever_a_home_acted_on(tmp_path: Path) -> None:
    """With both limits on one side the homes trade nothing to buy; their bills are those of the tariff."""
    room = Classroom(tmp_path)
    code, (ada, bo) = room.started("market", ("Ada", "Bo"))
    about = room.state(code, ada)[1]["round"]["about"]
    assert about["margins_apart_eur_per_kwh"] == pytest.approx(0.1)
    refused = room.move(code, ada, "ada-move-0", limited(0.3, 0.1))
    assert refused[0] == 422 and refused[1]["error"]["problems"][0]["field"] == "buy_margin_eur_per_kwh"
    assert room.move(code, ada, "ada-move-1", limited(0.3, 0.2))[0] == 200
    assert room.move(code, bo, "bo-move-1", limited(0.0, 0.02))[0] == 200
    room.lead(code, "close")
    for _ in range(4):
        room.hall.tick()
    reveal = room.lead(code, "reveal")[1]["state"]["reveal"]
    day = document.parse(room.hall.store.sheet(code, 1, "day"))
    result = folders.load(room.market.folder(reveal["optimum"]["result"]))
    plan = read_plan(result)
    rows = {row["player"]: row for row in reveal["board"]}
    total_eur = 0.0
    for k, item in enumerate(day.prosumers):
        eur = paid_eur(day, plan, k)
        total_eur += eur
        if item.id in (home_name(1), home_name(2)):
            row = rows[int(item.id.split()[-1])]
            assert row["eur"] == pytest.approx(eur, abs=2e-3) and row["best_eur"] <= row["eur"]
    costs = result.summary["costs_eur"]
    operator_eur = costs["losses"] + costs["violations"] + costs["switching"]
    charges_eur = result.summary["charges_collected_eur"]
    assert reveal["optimum"]["class_eur"] == pytest.approx(total_eur - charges_eur + operator_eur, abs=0.02)
    room.hall.close()


def paid_eur(day: Scenario, plan: Plan, k: int) -> float:
    """What a prosumer pays for a day at the true prices, from its columns one by one."""
    terms, own = prosumer_terms(day, day.prosumers[k]), {name: values[:, k] for name, values in plan.day.items()}
    trading = trade_terms(day, plan.pairs, tuple(prosumer_terms(day, item) for item in day.prosumers))
    eur = terms.buy_eur_per_kwh @ own["import_kw"] - terms.sell_eur_per_kwh @ own["export_kw"]
    eur += terms.wear_eur_per_kwh * (own["charge_kw"] + own["discharge_kw"]).sum()
    eur += terms.discomfort_eur_per_kw2h / 2 * (own["flexible_kw"] ** 2).sum()
    eur += terms.elastic_slope_eur_per_kw2h / 2 * (own["elastic_kw"] ** 2).sum()
    eur += terms.generator_slope_eur_per_kw2h / 2 * (own["generator_kw"] ** 2).sum()
    eur += (
        terms.generation_eur_per_kwh * own["generator_kw"].sum() - terms.utility_eur_per_kwh * own["elastic_kw"].sum()
    )
    eur -= plan.charge_eur_per_kwh[:, plan.prosumer_bus[k]] @ own["injection_kw"]
    for e, pair in enumerate(plan.pairs.tolist()):
        if k in pair:
            side = pair.index(k)
            sold = plan.trade_kw[:, e] * (1 if side == 0 else -1)
            eur += -plan.price_eur_per_kwh[:, e] @ sold + trading.fee_eur_per_kwh[e, side] * np.abs(sold).sum()
    return float(day.step_h * eur)


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
    assert state["round"]["about"]["controls"] == [
        "battery_plan",
        "buy_margin_eur_per_kwh",
        "sell_margin_eur_per_kwh",
    ]
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
