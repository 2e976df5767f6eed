"""Bills: by hand for two neighbours, and what holds for any market."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2pdnr.market.best_bill import least_bills_eur
from p2pdnr.market.negotiation import delivered
from p2pdnr.market.responses import ProsumerBlock, Response
from p2pdnr.market.settlement import Bills, retail_only_eur, settle
from p2pdnr.results.tables import bills
from tests.coordination.cases import agreed, problem_of, random_document
from tests.market.prosumers import neighbours

TRADED_KW = np.array([[6.0]])


def dispatched(block: ProsumerBlock) -> Response:
    """The second sells 6 kW to the first."""
    return block.respond(block.no_pull(), delivered_kw=delivered(block, -TRADED_KW), trading=False)


def hand_settled(charge_eur_per_kw: float = 0.0) -> Bills:
    block = neighbours()
    return settle(block, dispatched(block), -TRADED_KW, np.array([[0.2]]), np.full((2, 1), charge_eur_per_kw))


def test_the_bills_of_two_neighbours() -> None:
    """6 kWh at 0.20: the consumer imports 4 more for 0.30, the producer exports 2 for 0.10."""
    items = hand_settled()
    assert items.trades_eur == pytest.approx([1.2, -1.2])
    assert items.retail_eur == pytest.approx([1.2, -0.2], abs=1e-6)
    assert items.fees_eur == pytest.approx([0.06, 0.18])
    assert items.network_eur == pytest.approx([0, 0])
    assert items.own_costs_eur == pytest.approx([0, 0], abs=1e-6)
    assert items.total_eur == pytest.approx([2.46, -1.22], abs=1e-6)
    assert items.retail_only_eur == pytest.approx([3.0, -0.8], abs=1e-6)


def test_a_network_charge_is_paid_for_use_and_earned_for_feeding_in() -> None:
    items = hand_settled(0.05)
    assert items.network_eur == pytest.approx([0.5, -0.4], abs=1e-5)
    assert items.retail_only_eur == pytest.approx([3.5, -1.2], abs=1e-5)
    assert items.retail_only_uncharged_eur == pytest.approx([3.0, -0.8], abs=1e-6)


@settings(max_examples=15, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10_000), hours=st.integers(1, 5), prosumers=st.integers(1, 5))
def test_what_holds_for_every_market(seed: int, hours: int, prosumers: int) -> None:
    problem = problem_of(random_document(seed, hours, prosumers))
    plan = agreed(problem, primal_kw=5e-3, objective_change=1e-6)
    items = bills(problem, plan)
    near = 1e-3 * plan.scale_eur
    assert items.trades_eur.sum() == pytest.approx(0, abs=1e-9), "what one pays another gets"
    parts = ("retail", "fees", "own", "unserved")
    community = items.total_eur.sum() - items.network_eur.sum()
    assert community == pytest.approx(sum(plan.costs_eur[part] for part in parts), abs=1e-6), "bills add up"
    assert (items.total_eur <= items.retail_only_eur + near).all(), "nobody is worse off than without trade"
    charge_eur_per_kw = plan.agreement.charge_eur_per_kw
    best = least_bills_eur(problem.block, plan.agreement.trading.price_eur_per_kw, charge_eur_per_kw)
    assert (items.total_eur >= best - near).all()
    assert (items.total_eur <= best + near).all(), "nobody regrets"
    assert (best <= retail_only_eur(problem.block, charge_eur_per_kw) + near).all()
