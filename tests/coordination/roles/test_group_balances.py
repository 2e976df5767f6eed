"""What groups leave by their balance: above every answer to charges that was found, and by hand."""

from __future__ import annotations

from typing import Any

import cvxpy as cp
import numpy as np
import pytest

from p2pdnr.coordination.optimality.central import links
from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.coordination.roles.followers import injected, solved
from p2pdnr.coordination.roles.group_balances import balances
from p2pdnr.coordination.roles.possible_answers import whatever_charges_can_do
from p2pdnr.coordination.roles.shared_shortages import Possible, left_kw, possible_answers
from p2pdnr.coordination.roles.shortages import parts
from p2pdnr.market.kernel_arrays import CHARGE, COLUMNS, DISCHARGE, PV, UNSERVED
from p2pdnr.market.prosumer import QUANTITIES, market_model
from tests import thorough
from tests.coordination.cases import grid, market_document, problem_of

CAP = 0.25


def drawn(seed: int) -> CoordinationProblem:
    """Two to five prosumers with devices and limits of all kinds, each at a bus of its own."""
    rng, people = np.random.default_rng(seed), []
    hours = int(rng.integers(1, 4))
    for bus in range(2, 2 + int(rng.integers(2, 6))):
        row: dict[str, Any] = {"id": f"P{bus}", "bus": bus, "load_kw": float(rng.choice([0, 20, 60, 120]))}
        row["pv_kw"] = float(rng.choice([0, 40, 150, 300]))
        if rng.random() < 0.6:
            row |= {"import_limit_kw": float(rng.choice([0, 0, 25, 80]))}
        if rng.random() < 0.6:
            row |= {"export_limit_kw": float(rng.choice([0, 0, 25, 80]))}
        if rng.random() < 0.5:
            row["battery"] = {"capacity_kwh": float(rng.uniform(20, 200)), "power_kw": float(rng.uniform(10, 80))}
        if rng.random() < 0.3:
            row["flexible_share"] = 0.3
        if rng.random() < 0.3:
            row["generator"] = {"max_kw": 60.0, "cost_eur_per_kwh": float(rng.choice([0.02, 0.15, 0.5]))}
        if rng.random() < 0.3:
            row["elastic"] = {"max_kw": 40.0, "utility_eur_per_kwh": float(rng.choice([0.05, 0.25, 0.6]))}
        people.append(row)
    buy = rng.uniform(0.1, 0.4, hours)
    market = {
        "partners": "all" if rng.random() < 0.7 else 1,
        "trade_fee_eur_per_kwh": float(rng.choice([0.0, 0.002, 0.02])),
    }
    if rng.random() < 0.6:
        market["trade_limit_kw"] = float(rng.choice([5, 30, 90, 400]))
    profiles = {"load": rng.uniform(0.2, 1.0, hours).tolist(), "pv": rng.uniform(0.0, 1.0, hours).tolist()}
    tariff = {"buy_eur_per_kwh": buy.tolist(), "sell_eur_per_kwh": (buy * rng.uniform(0.1, 1.0)).tolist()}
    document = market_document(*people, hours=hours, market=market, profiles=profiles, tariff=tariff)
    document["network"] = {"source": grid(tuple((bus, bus + 1, True) for bus in range(1, len(people) + 1)))}
    return problem_of(document)


def answered(problem: CoordinationProblem, charge: np.ndarray, nudge: np.ndarray) -> np.ndarray:
    """(K, T, 12) an answer to charges (T, nb); of several the one that a small ``nudge`` (T, nb) picks."""
    market = market_model(problem.block.terms, links(problem))
    paid = cp.sum(cp.multiply(problem.step_h * charge, injected(problem, market)))
    drawn_to = 1e-5 * cp.sum(cp.multiply(nudge, injected(problem, market)))
    solved(cp.Problem(cp.Minimize(market.cost_eur - paid + drawn_to), market.constraints), "the market")
    columns = np.zeros((len(problem.block.terms), problem.hours, COLUMNS))
    for place, name in enumerate(QUANTITIES):
        columns[:, :, place] = np.asarray(market.quantities[name].value).T
    return columns


def beyond_kw(all_: Possible, columns: np.ndarray) -> np.ndarray:
    """(4, P, T) what groups leave beyond what they may."""
    groups, left = all_.groups, left_kw(all_.problem, columns)
    found = -groups.most_kw.copy()
    for rule in range(4):
        added = (groups.slope[rule] * columns).sum(axis=2)
        np.add.at(found[rule], groups.part, left[rule % 2] - added)
    return found


@pytest.mark.parametrize("seed", thorough.of(range(8), range(8, 40)))
def test_no_answer_to_charges_leaves_more(seed: int) -> None:
    problem, rng = drawn(seed), np.random.default_rng(seed)
    all_ = possible_answers(problem, CAP)
    for _ in range(4):
        shape = (problem.hours, len(problem.prosumers_per_bus))
        charge = CAP * rng.choice([0.0, 1.0, rng.random()], shape)
        columns = answered(problem, charge, rng.uniform(-1.0, 1.0, shape))
        assert beyond_kw(all_, columns).max() <= 2e-2


def test_a_battery_that_fills_leaves_less_sun_to_be_unused() -> None:
    battery = {"capacity_kwh": 100.0, "power_kw": 20.0}
    sunny = {"id": "S", "pv_kw": 100.0, "import_limit_kw": 0.0, "export_limit_kw": 0.0, "battery": battery}
    problem = problem_of(market_document(sunny, {"id": "C", "load_kw": 30.0}, hours=2))
    free = whatever_charges_can_do(problem, CAP)
    known = np.ones((2, 2), dtype=bool), np.ones((2, 2), dtype=bool)
    most, slope = balances(free, parts(problem), known)
    assert most[1] == pytest.approx(np.full((1, 2), 70.0)), "100 kW of sun less 30 kW of load"
    assert slope[1, 0, :, CHARGE] == pytest.approx(-1.0) and slope[1, 0, :, DISCHARGE] == pytest.approx(1.0)
    assert not slope[1][:, :, [PV, UNSERVED]].any()


def test_nothing_is_left_unserved_where_sun_alone_is_enough() -> None:
    people = {"id": "A", "load_kw": 30.0, "import_limit_kw": 0.0}, {"id": "B", "pv_kw": 50.0}
    problem = problem_of(market_document(*people))
    free = whatever_charges_can_do(problem, CAP)
    known = np.ones((2, 1), dtype=bool), np.zeros((2, 1), dtype=bool)
    most, slope = balances(free, parts(problem), known)
    assert most[0] == pytest.approx(0.0) and not slope[0].any()
    assert np.isinf(most[1]).all(), "what prices do not say is left open"
