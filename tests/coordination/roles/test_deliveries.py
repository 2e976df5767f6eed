from __future__ import annotations

import numpy as np
import pytest

from p2pdnr.coordination.loop import Context
from p2pdnr.coordination.plans.dispatch import Dispatch
from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.coordination.roles.deliveries import follow, trader
from p2pdnr.coordination.uncoordinated import clear_market, take_as_given
from tests.coordination.cases import market_document, problem_of

SHIFTING = {"id": "Dairy", "bus": 2, "load_kw": 100.0, "flexible_share": 0.3, "discomfort_eur_per_kw2h": 1e-4}
ROOF = {"id": "Roof", "bus": 2, "pv_kw": 60.0}


@pytest.fixture(scope="module")
def cleared() -> tuple[CoordinationProblem, Dispatch]:
    """A market in which load leaves the first, dear hour for the second."""
    scene = market_document(SHIFTING, ROOF, hours=2)
    scene["tariff"] = {"buy_eur_per_kwh": [0.5, 0.2], "sell_eur_per_kwh": [0.1, 0.1]}
    problem = problem_of(scene)
    context = Context(problem)
    return problem, take_as_given(context, None, "fixed", clear_market(context))


def test_load_that_was_shifted_to_another_hour_cannot_be_shed(cleared: tuple[CoordinationProblem, Dispatch]) -> None:
    people = trader(*cleared, hour=0)
    assert people.used_kw[0] == pytest.approx(70.0, abs=0.1)
    assert (people.served_kw <= people.used_kw + 1e-3).all()
    assert trader(*cleared, hour=1).served_kw[0] == pytest.approx(100.0, abs=1e-3)


def test_trades_follow_when_all_load_of_the_hour_is_shed(cleared: tuple[CoordinationProblem, Dispatch]) -> None:
    people, traded = trader(*cleared, hour=0), cleared[1].traded_kw[:, 0]
    assert np.abs(traded).max() > 10.0
    left = follow(cleared[0], people, traded, (np.zeros(2), people.served_kw))
    assert np.abs(left.traded_kw).max() < 1e-3
    assert left.shed_kw == pytest.approx(people.served_kw, abs=1e-3)


def test_who_cannot_turn_to_the_retailer_keeps_its_purchase_at_the_cost_of_who_can() -> None:
    """Two buyers of one roof, of which half is curtailed: the one without an import limit turns to the retailer."""
    roof = {"id": "Roof", "pv_kw": 200.0}
    buyers = {"id": "Open", "load_kw": 90.0}, {"id": "Bound", "load_kw": 90.0, "import_limit_kw": 5.0}
    problem = problem_of(market_document(roof, *buyers))
    market = take_as_given(Context(problem), None, "fixed", clear_market(Context(problem)))
    people, traded = trader(problem, market, hour=0), market.traded_kw[:, 0]
    curtailed = np.array([0.5 * people.made_kw[0], 0.0, 0.0])
    left = follow(problem, people, traded, (curtailed, np.zeros(3)))
    assert left.shed_kw == pytest.approx(0.0, abs=1e-6)
    assert left.curtailed_kw == pytest.approx(curtailed, abs=1e-6)
    bought = np.zeros(3)
    np.add.at(bought, problem.trades.pairs[:, 0], -left.traded_kw)
    np.add.at(bought, problem.trades.pairs[:, 1], left.traded_kw)
    assert bought[2] >= 85.0 - 1e-3
    assert bought.sum() == pytest.approx(0.0, abs=1e-6)
