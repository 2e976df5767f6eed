"""What limits with the retailer leave short and over: shares by hand, and the worst that any charges bring about."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.coordination.roles import followers
from p2pdnr.coordination.roles.shortages import most_kw
from tests.coordination.cases import grid, market_document, problem_of

CAP = 0.2


def kw(*prosumers: dict[str, Any], hours: int = 1, **changes: Any) -> tuple[list[float], list[float]]:
    """Short and over of everybody in the first hour."""
    short, over = most_kw(problem_of(market_document(*prosumers, hours=hours, **changes)), CAP)
    return short[:, 0].round(6).tolist(), over[:, 0].round(6).tolist()


def person(name: str, **fields: Any) -> dict[str, Any]:
    return {"id": name, **fields}


def test_who_has_all_imports_makes_up_for_the_others_by_what_it_makes() -> None:
    short, _ = kw(person("A", load_kw=50, import_limit_kw=20), person("B", load_kw=40, pv_kw=10))
    assert short == [20.0, 20.0], "B may leave load unserved to sell, but sells its 10 kW of sun first"
    people = person("A", load_kw=50, import_limit_kw=20), person("B", load_kw=40, pv_kw=10)
    alone, _ = kw(*people, market={"partners": "none"})
    assert alone == [30.0, 0.0]


def test_who_lacks_less_than_it_makes_is_in_nobodys_way() -> None:
    short, _ = kw(person("A", load_kw=50, import_limit_kw=20), person("B", load_kw=40, import_limit_kw=30, pv_kw=25))
    assert short == [15.0, 15.0], "B lacks 10 kW and makes 25, which A buys"


def test_a_partner_brings_no_more_than_the_pair_may_trade() -> None:
    people = person("A", load_kw=50, import_limit_kw=20), person("B", load_kw=40, pv_kw=25)
    market = {"partners": "all", "trade_limit_kw": 4.0}
    assert kw(*people, market=market)[0] == [26.0, 5.0], (
        "B may have sold A all that the pair trades, or be in its group"
    )
    sunny = person("S", pv_kw=100, export_limit_kw=30), person("C", load_kw=40)
    assert kw(*sunny, market={"partners": "all", "trade_limit_kw": 15.0})[1] == [55.0, 0.0]
    assert kw(*sunny)[1] == [30.0, 0.0], "C uses 40 kW of it"


def test_sun_is_unused_by_what_is_neither_used_nor_exported() -> None:
    people = person("S", pv_kw=100, load_kw=20, export_limit_kw=30), person("B", pv_kw=40, export_limit_kw=25)
    assert kw(*people)[1] == [50.0 + 15.0, 15.0 + 50.0]
    assert kw(*people, person("C", pv_kw=500))[1] == [65.0, 65.0, 0.0]


@pytest.mark.parametrize("tariff", [(0.3, 0.0), (0.0, -0.1)])
def test_where_energy_may_be_worth_nothing_sun_is_left_open(tariff: tuple[float, float]) -> None:
    buy, sell = tariff
    prices = {"buy_eur_per_kwh": [buy], "sell_eur_per_kwh": [sell]}
    assert kw(person("S", pv_kw=100, export_limit_kw=30), tariff=prices)[1] == [np.inf]


@pytest.mark.parametrize("dear", [0.45, 10.0])
def test_where_unserved_load_is_not_the_dearest_it_is_left_open(dear: float) -> None:
    short, _ = kw(person("A", load_kw=50), dso={"violation_price_eur_per_kwh": dear})
    assert short == [np.inf if dear < 0.3 + CAP else 0.0]


def apart(*prosumers: dict[str, Any], **market: float) -> CoordinationProblem:
    """The same market with everybody at a bus of its own, so that charges can differ."""
    document = market_document(
        *(row | {"bus": bus} for bus, row in enumerate(prosumers, 2)),
        market={"partners": "all", "trade_fee_eur_per_kwh": 0.001} | market,
    )
    document["network"] = {"source": grid(tuple((bus, bus + 1, True) for bus in range(1, len(prosumers) + 1)))}
    return problem_of(document)


def injections_kw(problem: CoordinationProblem) -> np.ndarray:
    """(every combination of charges at both ends, K) in a single hour."""
    charges = problem.step_h * CAP * np.array(list(product((0.0, 1.0), repeat=len(problem.block.terms))))
    return np.array([followers.answer(problem, charge[None])[1].injection_kw[:, 0] for charge in charges])


def test_charges_decide_who_is_not_served_within_the_shares() -> None:
    lacking = person("A", load_kw=60, import_limit_kw=20), person("B", load_kw=50, import_limit_kw=45)
    problem = apart(*lacking, person("C", load_kw=30))
    unserved = injections_kw(problem) + np.array([60.0, 50.0, 30.0])
    assert (unserved <= most_kw(problem, CAP)[0][:, 0] + 1e-3).all()
    assert unserved.sum(axis=1) == pytest.approx(45.0, abs=1e-3), "what both lack together"
    assert unserved[:, 2].max() > 25.0, "charges make C sell what it imports for itself"


@pytest.mark.parametrize("seed", range(12))
def test_no_charges_at_all_leave_more_short_or_over(seed: int) -> None:
    rng, people = np.random.default_rng(seed), []
    for number in range(4):
        row = person(f"P{number}", load_kw=float(rng.uniform(0, 80)), pv_kw=float(rng.choice([0, 30, 120])))
        if rng.random() < 0.7:
            row |= {"import_limit_kw": float(rng.choice([0, 25])), "export_limit_kw": float(rng.choice([0, 25]))}
        people.append(row)
    problem = apart(*people, trade_limit_kw=float(rng.choice([5, 40, 500])))
    short, over = most_kw(problem, CAP)
    loads, suns = (np.array([item.get(name, 0.0) for item in people]) for name in ("load_kw", "pv_kw"))
    for _ in range(2 ** len(people)):
        charge = problem.step_h * CAP * rng.integers(0, 2, len(people)).astype(float)
        told = followers.answer(problem, charge[None])[1].injection_kw[:, 0]
        assert (np.maximum(-suns + told + loads, 0.0) <= short[:, 0] + 1e-3).all()
        assert (np.maximum(suns - told - loads, 0.0) <= over[:, 0] + 1e-3).all()


def test_charges_decide_whose_sun_is_not_used_within_the_shares() -> None:
    sunny = person("S", pv_kw=100, export_limit_kw=30), person("T", pv_kw=60, export_limit_kw=25)
    problem = apart(*sunny, person("C", load_kw=30))
    unused = np.array([100.0, 60.0]) - injections_kw(problem)[:, :2]
    assert (unused <= most_kw(problem, CAP)[1][:2, 0] + 1e-3).all()
    assert unused[:, 0].max() - unused[:, 0].min() > 1.0, "charges move it from one to the other"
