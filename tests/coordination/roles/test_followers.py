"""The market at charges: against the negotiation, by hand, and by many other charges."""

from __future__ import annotations

import numpy as np
import pytest

from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.coordination.roles.followers import Supporter, answer
from p2pdnr.coordination.schedule.context import Context
from p2pdnr.coordination.uncoordinated import clear_market
from p2pdnr.market.best_bill import least_bills_eur
from tests import thorough
from tests.coordination.cases import market_document, problem_of, random_document

SEEDS = thorough.of([11], [3, 20])


def drawn(problem: CoordinationProblem, seed: int, cap: float = 0.3) -> np.ndarray:
    """Charges (T, nb), a third of them zero and a third at the cap."""
    rng = np.random.default_rng(seed)
    shape = problem.hours, len(problem.prosumers_per_bus)
    return problem.step_h * np.clip(rng.uniform(-cap, 2 * cap, shape), 0.0, cap)


@pytest.mark.parametrize("seed", SEEDS)
def test_without_charges_it_is_the_market_that_clears_alone(seed: int) -> None:
    problem = problem_of(random_document(seed))
    value, outcome = answer(problem, 0.0 * drawn(problem, seed))
    paid = problem.block.cost_eur(problem.settled(clear_market(Context(problem)).agreement.asked))
    assert outcome.cost_eur == pytest.approx(value, abs=1e-6)
    assert value == pytest.approx(paid, abs=2e-3 * max(1.0, abs(paid)))


@pytest.mark.parametrize("seed", SEEDS)
def test_nobody_regrets_an_answer_at_its_prices(seed: int) -> None:
    """The bills sum to what no bills can be less than, found prosumer by prosumer by arithmetic."""
    problem = problem_of(random_document(seed))
    charge = drawn(problem, seed)
    value, outcome = answer(problem, charge)
    least = least_bills_eur(problem.block, outcome.price_eur_per_kw, charge.T[problem.place])
    assert least.sum() == pytest.approx(value, abs=1e-4 * max(1.0, abs(value)))


def test_a_pair_trades_between_its_worths() -> None:
    """One sells to the other at its own worth, 0.10 for what it exports besides, and the fee; the buyer could use more
    than the pair's 10 kW, but nothing that is worth it."""
    unused = {"max_kw": 40, "utility_eur_per_kwh": 0.05}
    scene = market_document({"id": "S", "pv_kw": 20}, {"id": "B", "load_kw": 10, "elastic": unused})
    scene["market"] = {"partners": "all", "trade_fee_eur_per_kwh": 0.01}
    outcome = answer(problem_of(scene), np.zeros((1, 1)))[1]
    assert outcome.traded_kw[0, 0] == pytest.approx(10.0, abs=1e-5)
    assert outcome.price_eur_per_kw[0, 0] == pytest.approx(0.11, abs=1e-5)
    assert outcome.cost_eur == pytest.approx(-0.10 * 10 + 2 * 0.01 * 10, abs=1e-5)


@pytest.mark.parametrize("seed", SEEDS)
def test_charges_that_led_to_an_answer_are_found_to_support_it(seed: int) -> None:
    problem = problem_of(random_document(seed))
    charge = drawn(problem, seed)
    outcome = answer(problem, charge)[1]
    injected_kw = problem.at_buses(outcome.injection_kw)
    found = Supporter(problem, 0.3 * problem.step_h).supporting(injected_kw, 1e4)
    assert found.regret_eur(outcome.cost_eur, injected_kw) == pytest.approx(0.0, abs=1e-3)
    assert found.best_eur == pytest.approx(answer(problem, found.charge_eur_per_kw)[0], abs=1e-4)


@pytest.mark.parametrize("seed", SEEDS)
def test_no_other_charges_support_injections_better(seed: int) -> None:
    problem = problem_of(random_document(seed))
    anywhere = problem.at_buses(answer(problem, drawn(problem, seed))[1].injection_kw) + 20.0
    found = Supporter(problem, 0.3 * problem.step_h).supporting(anywhere, 1e4)
    best = found.best_eur + float((found.charge_eur_per_kw * anywhere).sum())
    for other in range(12):
        charge = drawn(problem, 100 + other)
        assert answer(problem, charge)[0] + float((charge * anywhere).sum()) <= best + 1e-3


def test_revenue_is_kept_within_what_is_allowed() -> None:
    """A load that is to use less can only be charged for what it still uses: 0.5 EUR for 10 kW."""
    scene = market_document(
        {"id": "B", "load_kw": 10, "elastic": {"max_kw": 40, "utility_eur_per_kwh": 0.5, "slope_eur_per_kw2h": 0.005}}
    )
    problem = problem_of(scene)
    wanted = np.array([[-10.0]])
    supporter = Supporter(problem, 0.3)
    free, held = (supporter.supporting(wanted, most_eur) for most_eur in (1e4, 0.5))
    assert free.charge_eur_per_kw[0, 0] >= 0.2 - 1e-6, "0.30 and 0.20 are what its first kWh is worth"
    assert held.charge_eur_per_kw[0, 0] == pytest.approx(0.05, abs=1e-4)
    assert held.regret_eur(0.0, wanted) > free.regret_eur(0.0, wanted) + 1.0
