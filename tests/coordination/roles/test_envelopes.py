"""Envelopes of whole plans: what they are for, what they leave free, and who could not live with them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from p2pdnr.coordination.plans.dispatch import delivery
from p2pdnr.coordination.problem import CoordinationProblem, with_injection_bounds
from p2pdnr.coordination.roles.corners import Box, limits_of
from p2pdnr.coordination.roles.envelopes import Envelope, envelopes, plan_envelopes
from p2pdnr.coordination.roles.role_plan import RolePlan
from p2pdnr.coordination.schedule.context import Context
from p2pdnr.coordination.schedule.tree_costs import every_tree
from p2pdnr.coordination.uncoordinated import clear_market, take_as_given
from p2pdnr.errors import PowerFlowError
from p2pdnr.market.responses import Response
from tests import thorough
from tests.coordination.cases import initial, market_document, problem_of, random_document, strained
from tests.coordination.roles.feeders import feeder_of


def planned(problem: CoordinationProblem, mode: str = "fixed") -> RolePlan:
    return plan_envelopes(Context(problem), every_tree(problem), mode)


def free_answer(problem: CoordinationProblem) -> Response:
    """What everybody does in the market alone."""
    context = Context(problem)
    return delivery(problem, clear_market(context).agreement, context.settings.acceptance)[1]


def one_line(limit_a: float, *prosumers: dict[str, Any], hours: int = 1, **changes: Any) -> CoordinationProblem:
    """A line of 10 kV and hardly any impedance: what counts is its limit, 17.32 kVA an ampere."""
    scene = market_document(*prosumers, hours=hours, **changes)
    scene["network"]["source"]["lines"][0]["limit_a"] = limit_a
    return problem_of(scene)


def test_a_line_that_carries_less_than_is_made_ends_the_envelope() -> None:
    """500 kW of sun behind 346.4 kVA: what comes through is the line's limit, at 1 p.u. and next to no loss."""
    found = planned(one_line(20.0, {"id": "Roof", "pv_kw": 500}))
    assert found.low_kw is not None and found.high_kw is not None and found.curtailed_kw is not None
    assert found.low_kw.tolist() == [[0.0]]
    assert found.high_kw[0, 0] == pytest.approx(346.41, abs=0.05)
    assert found.dispatch.response.injection_kw[0, 0] == pytest.approx(found.high_kw[0, 0], abs=1e-3)
    assert found.curtailed_kw[0, 0] == pytest.approx(500 - 346.41, abs=0.05)
    assert found.dispatch.costs_eur["violations"] == 0.0
    assert found.dispatch.charge_eur_per_kwh.any() == np.False_


def test_an_envelope_may_oblige_where_others_rely_on_it() -> None:
    """600 kW made and 300 used behind 346.4 kVA: all is asked for, as long as the 300 are used but for 46."""
    found = planned(one_line(20.0, {"id": "Roof", "pv_kw": 600}, {"id": "Works", "load_kw": 300}))
    assert found.low_kw is not None and found.high_kw is not None
    assert found.figures["cut_kwh"] == 0.0
    assert found.high_kw[0, 0] == pytest.approx(600, abs=1e-4), "all that is asked for may come"
    assert found.high_kw.sum() == pytest.approx(346.41, abs=0.1), "the line carries what is left of the most of both"
    assert found.high_kw[1, 0] == pytest.approx(346.41 - 600, abs=0.1), "so the works must use some of theirs"


def test_hours_without_a_limit_in_reach_leave_everybody_the_whole_range() -> None:
    problem = one_line(1000.0, {"id": "Roof", "pv_kw": 500, "load_kw": 20}, {"id": "Works", "load_kw": 100})
    found = planned(problem)
    least, most = (np.array([item.reach_kw[end] for item in problem.block.terms]) for end in (0, 1))
    np.testing.assert_array_equal(found.low_kw, least)
    np.testing.assert_array_equal(found.high_kw, most)
    assert found.figures["width_share"] == pytest.approx(1.0) and not found.remarks


@pytest.mark.parametrize("seed", thorough.of(range(2), range(2, 6)))
@pytest.mark.parametrize("mode", ["fixed", "static", "hourly"])
def test_limits_hold_at_every_corner_and_in_the_plan(seed: int, mode: str) -> None:
    problem = problem_of(strained(seed, hours=3))
    try:
        found = planned(problem, mode)
    except PowerFlowError:
        pytest.skip("no topology carries what the market wants")
    assert found.low_kw is not None and found.high_kw is not None and found.asked_kw is not None
    injection_kw = found.dispatch.response.injection_kw
    assert (injection_kw >= found.low_kw - 1e-5).all() and (injection_kw <= found.high_kw + 1e-5).all()
    if not found.remarks:
        for t, closed in enumerate(found.dispatch.closed):
            feeder = feeder_of(problem, t, closed)
            assert feeder.excess(Box(found.low_kw[:, t], found.high_kw[:, t]), limits_of(problem.network)) <= 0.0
        assert found.dispatch.costs_eur["violations"] == 0.0


@pytest.mark.parametrize("seed", range(4))
def test_what_breaks_no_limit_is_not_cut_and_runs_as_the_market_wants_it(seed: int) -> None:
    scene = random_document(seed)
    scene["network"] |= {"vm_min_pu": 0.8, "vm_max_pu": 1.2}
    for line in scene["network"]["source"]["lines"]:
        line.pop("limit_a", None)
    problem = problem_of(scene)
    found, context = planned(problem), Context(problem)
    alone = take_as_given(context, every_tree(problem), "fixed", clear_market(context))
    assert found.figures["cut_kwh"] == 0.0
    assert found.dispatch.total_eur == pytest.approx(alone.total_eur, abs=2e-3 * alone.scale_eur)


def test_whoever_could_not_live_within_its_envelope_is_taken_without_its_battery() -> None:
    """A battery that a narrow line stops from charging by day would owe in the evening what it never got: it is held
    to neither, and the market clears."""
    problem = one_line(
        2.0,
        {"id": "Store", "battery": {"capacity_kwh": 400, "power_kw": 200, "efficiency": 1.0, "initial_kwh": 0.0}},
        {"id": "Works", "load_kw": 100},
        hours=2,
        profiles={"load": [0.0, 1.0], "pv": [0.0, 0.0]},
        tariff={"buy_eur_per_kwh": [0.10, 0.60], "sell_eur_per_kwh": [0.05, 0.30]},
    )
    response = free_answer(problem)
    assert response.injection_kw[0] == pytest.approx([-200, 200], abs=1.0), "the market alone charges, then sells"
    found = envelopes(problem, initial(problem), response)
    within = with_injection_bounds(problem, found.low_kw, found.high_kw)
    answer = within.block.respond(within.block.no_pull())
    assert (answer.injection_kw >= found.low_kw - 1e-5).all() and (answer.injection_kw <= found.high_kw + 1e-5).all()
    assert found.low_kw[0, 0] == pytest.approx(-34.64, abs=0.1), "the line carries 34.64 kVA into the store"
    assert found.low_kw[0, 1] <= 1e-5, "nothing is owed in the evening"


def test_what_lies_outside_counts_as_cut_on_either_side() -> None:
    envelope = Envelope(np.ones((1, 1), dtype=bool), np.array([[-1.0, 0.0]]), np.array([[2.0, 3.0]]), ())
    assert envelope.cut_kw(np.array([[-4.0, 5.0]])).tolist() == [[3.0, 2.0]]
    assert envelope.cut_kw(np.array([[0.0, 1.0]])).tolist() == [[0.0, 0.0]]


def test_topologies_are_those_on_which_least_is_cut() -> None:
    """Two ways to a works with a roof: the short one loses less and carries half of the sun, the long one all of it."""
    lines = [
        {"from": 1, "to": 2, "closed": True, "r_ohm": 0.1, "x_ohm": 0.1, "limit_a": 12.0},
        {"from": 1, "to": 2, "closed": False, "r_ohm": 0.6, "x_ohm": 0.6, "limit_a": 100.0},
    ]
    buses = [{"vn_kv": 10.0, "substation_voltage_pu": 1.0}, {"vn_kv": 10.0, "p_kw": 0.0}]
    scene = market_document({"id": "Roof", "pv_kw": 400}, dso={"violation_price_eur_per_kwh": 0.001})
    scene["network"] = {"source": {"buses": buses, "lines": lines}}
    found = planned(problem_of(scene), "hourly")
    assert found.dispatch.closed.tolist() == [[False, True]]
    assert found.figures["cut_kwh"] == 0.0
    assert planned(problem_of(scene), "fixed").figures["cut_kwh"] > 150.0
