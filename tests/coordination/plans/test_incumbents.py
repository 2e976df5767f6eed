"""What a solve offers on its way: figures of the plan itself, and only what is news."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from p2pdnr.coordination.plans.dispatch import Dispatch
from p2pdnr.coordination.plans.incumbents import Offer, Offers, offer_of
from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.network.powerflow import solve_tree
from p2pdnr.network.topology import orient
from tests.coordination.cases import RING, agreed, grid, market_document, problem_of


@pytest.fixture(scope="module")
def problem() -> CoordinationProblem:
    scene = market_document({"id": "A", "load_kw": 80.0}, {"id": "B", "bus": 3, "pv_kw": 50.0}, hours=3)
    return problem_of(scene | {"network": {"source": grid(RING, p_kw=30.0)}})


@pytest.fixture(scope="module")
def plan(problem: CoordinationProblem) -> Dispatch:
    """Line 2 opens and line 3 closes in the second hour, and back in the third."""
    return agreed(problem, np.array([[True, True, False], [True, False, True], [True, True, False]]))


def test_an_offer_is_the_plan_in_figures(problem: CoordinationProblem, plan: Dispatch) -> None:
    offer = offer_of(problem, plan, "hourly", 1.5)
    assert (offer.mode, offer.seconds) == ("hourly", 1.5)
    assert offer.open_lines == ((3,), (2,), (3,))
    assert offer.operations == 4
    assert offer.objective_eur == pytest.approx(sum(offer.costs_eur.values()))
    load_kw, load_kvar = problem.net_load_kw(plan.response.injection_kw), problem.operator.load_kvar
    flows = [
        solve_tree(problem.network, orient(problem.network, closed), load_kw[[hour]], load_kvar[[hour]])
        for hour, closed in enumerate(plan.closed)
    ]
    assert np.array(offer.net_kw) == pytest.approx(load_kw, abs=1e-3)
    assert np.array(offer.net_kvar) == pytest.approx(load_kvar, abs=1e-3)
    assert offer.losses_kwh == pytest.approx(sum(float(flow.loss_kw.sum()) for flow in flows), rel=1e-6)
    assert offer.vm_min_pu == pytest.approx(min(float(flow.vm_pu.min()) for flow in flows), abs=1e-9)
    assert offer.vm_max_pu == pytest.approx(max(float(flow.vm_pu.max()) for flow in flows), abs=1e-9)


def test_a_plan_of_very_many_buses_is_told_in_sums_alone(
    problem: CoordinationProblem, plan: Dispatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("p2pdnr.coordination.plans.incumbents.MOST_DRAWN", plan.closed.shape[0])
    offer = offer_of(problem, plan, "hourly", 1.5)
    assert (offer.net_kw, offer.net_kvar) == ((), ())
    assert len(offer.open_lines) == 3


def offered(problem: CoordinationProblem, plan: Dispatch, mode: str, **changes: float) -> Offer:
    return replace(offer_of(problem, plan, mode, 0.0), **changes)  # type: ignore[arg-type]


def test_news_is_the_first_of_a_mode_or_cheaper_than_all(problem: CoordinationProblem, plan: Dispatch) -> None:
    offers = Offers()
    assert offers.first("hourly") is None and offers.is_news(plan, "hourly")
    offers.made.append(offered(problem, plan, "fixed", objective_eur=plan.total_eur - 1.0))
    assert offers.is_news(plan, "hourly"), "the first of its mode"
    assert not offers.is_news(plan, "fixed"), "dearer than what is there"
    offers.made.append(offered(problem, plan, "hourly", objective_eur=plan.total_eur - 2.0))
    assert not offers.is_news(plan, "hourly")
    cheaper = replace(plan, costs_eur=plan.costs_eur | {"switching": plan.costs_eur["switching"] - 3.0})
    assert offers.is_news(cheaper, "hourly")
    first = offers.first("hourly")
    assert first is not None and first.objective_eur == plan.total_eur - 2.0
