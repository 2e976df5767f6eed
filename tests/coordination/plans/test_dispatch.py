"""From an agreement to a plan: balances to the watt, costs by part, the exact power flow."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2pdnr.coordination.admm import iterations
from p2pdnr.coordination.admm.settings import AdmmSettings
from p2pdnr.coordination.plans.dispatch import dispatch, power_flow, switching_eur
from p2pdnr.coordination.plans.settings import AcceptanceSettings
from p2pdnr.errors import PowerFlowError
from p2pdnr.market.negotiation import delivered
from p2pdnr.network.powerflow import solve_tree
from p2pdnr.network.topology import orient
from tests.coordination.cases import RING, agreed, grid, initial, market_document, problem_of, random_document


@settings(max_examples=15, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10_000), hours=st.integers(1, 6), prosumers=st.integers(1, 5))
def test_every_balance_holds_to_the_watt(seed: int, hours: int, prosumers: int) -> None:
    problem = problem_of(random_document(seed, hours, prosumers))
    plan = agreed(problem)
    day = {name: values.T for name, values in plan.response.quantities.items()}
    load_kw = np.array([terms.load_kw for terms in problem.block.terms])
    made = day["pv_kw"] + day["discharge_kw"] + day["generator_kw"]
    used = load_kw + day["charge_kw"] + day["flexible_kw"] + day["elastic_kw"]
    sold = delivered(problem.block, plan.traded_kw)
    near = {"abs": 1e-3}
    assert plan.response.injection_kw == pytest.approx(made + day["unserved_kw"] - used, **near)
    assert plan.response.injection_kw == pytest.approx(sold + day["export_kw"] - day["import_kw"], **near)
    assert (day["import_kw"] <= used + 1e-3).all(), "nobody resells"
    assert (day["export_kw"] <= made + 1e-3).all()
    assert (np.abs(plan.traded_kw) <= problem.trades.limit_kw[:, None] + 0.1).all()
    for k, terms in enumerate(problem.block.terms):
        assert day["flexible_kw"][k].sum() == pytest.approx(0, **near)
        if terms.battery_kwh:
            assert day["energy_kwh"][k, -1] == pytest.approx(terms.battery_initial_kwh, **near)
            stored = terms.battery_efficiency * day["charge_kw"][k] - day["discharge_kw"][k] / terms.battery_efficiency
            before = np.concatenate([[terms.battery_initial_kwh], day["energy_kwh"][k, :-1]])
            assert day["energy_kwh"][k] == pytest.approx(before + problem.step_h * stored, **near)


def test_costs_are_those_of_the_quantities() -> None:
    """Every part again, from the tariff and the power flow."""
    problem = problem_of(random_document(9))
    plan = agreed(problem)
    step, terms, day = problem.step_h, problem.block.terms, plan.response.quantities
    retail = sum(
        step * float(t.buy_eur_per_kwh @ day["import_kw"][:, k] - t.sell_eur_per_kwh @ day["export_kw"][:, k])
        for k, t in enumerate(terms)
    )
    fees = step * np.abs(plan.traded_kw).sum(axis=1) @ problem.trades.fee_eur_per_kwh.sum(axis=1)
    assert plan.costs_eur["retail"] == pytest.approx(retail)
    assert plan.costs_eur["fees"] == pytest.approx(fees)
    assert plan.costs_eur["unserved"] == pytest.approx(step * 10.0 * day["unserved_kw"].sum())
    loss_eur = problem.terms.loss_price_eur_per_kwh * step * plan.flow.loss_kw.sum()
    assert plan.costs_eur["losses"] == pytest.approx(loss_eur)
    assert plan.total_eur == pytest.approx(sum(plan.costs_eur.values()))
    assert plan.scale_eur >= abs(plan.total_eur)


def test_power_flow_takes_each_hour_on_its_own_tree() -> None:
    problem = problem_of(random_document(3, hours=3))
    injection = np.full((len(problem.block.terms), 3), -20.0)
    other = problem.network.closed.copy()
    other[[1, 4]] = [False, True]
    closed = np.array([problem.network.closed, other, problem.network.closed])
    flow = power_flow(problem, closed, injection)
    load_kw, load_kvar = problem.net_load_kw(injection), problem.operator.load_kvar
    for hour, row in enumerate(closed):
        alone = solve_tree(problem.network, orient(problem.network, row), load_kw[[hour]], load_kvar[[hour]])
        assert flow.vm_pu[hour] == pytest.approx(alone.vm_pu[0], abs=1e-12)
        assert flow.p_kw[hour] == pytest.approx(alone.p_kw[0], abs=1e-9)
        assert not flow.p_kw[hour][~row].any(), "open lines carry nothing"


def test_a_plan_without_a_power_flow_names_its_hours() -> None:
    problem = problem_of(random_document(3, hours=3))
    injection = np.zeros((len(problem.block.terms), 3))
    injection[:, 1] = -1e6
    with pytest.raises(PowerFlowError, match=r"hours 1$"):
        power_flow(problem, initial(problem), injection)


@pytest.mark.parametrize(("back", "cost_eur"), [(False, 9.0), (True, 14.0)])
def test_switching_counts_every_operation(back: bool, cost_eur: float) -> None:
    """Ring of lines 1 2 3, line 3 open, lines 1 and 3 at 1 EUR and line 2 at 4.

    Open 1 and close 3 (2 EUR), back again (2), open 2 and close 3 (5); the return after the last hour costs 5 more.
    """
    scene = market_document({"id": "A", "load_kw": 1}, hours=3)
    scene["network"]["source"] = grid(RING)
    scene["dso"] = {"switching_cost_eur": 1.0, "line_switching_costs_eur": {"2": 4.0}, "return_to_initial": back}
    closed = np.array([[0, 1, 1], [1, 1, 0], [1, 0, 1]], dtype=bool)
    assert switching_eur(problem_of(scene), closed) == pytest.approx(cost_eur)


def test_the_pull_at_a_binding_limit_stays() -> None:
    """A prosumer that feeds into a full line is indifferent at its charge alone; the plan must still keep the limit."""
    scene = market_document({"id": "S", "pv_kw": 500})
    scene["network"]["source"]["lines"][0]["limit_a"] = 20.0
    problem = problem_of(scene)
    rules = AdmmSettings()
    state = iterations.negotiate(problem, initial(problem), iterations.opening(problem, rules), rules)
    plan = dispatch(problem, initial(problem), state)
    assert plan.flow.current_a[0, 0] <= 20.0 * (1 + 1e-3)
    assert plan.costs_eur["violations"] < 1.0


@pytest.mark.parametrize("seed", [8, 13, 23])
def test_a_firm_plan_keeps_nearer_to_what_the_operator_counts_on(seed: int) -> None:
    """A battery gains by moving energy between hours, until a tolerance away that costs what the retailer asks."""
    problem = problem_of(random_document(seed, hours=6))
    rules = AdmmSettings(primal_kw=0.5)
    state = iterations.negotiate(problem, initial(problem), iterations.opening(problem, rules), rules)
    loose, firm = (
        np.abs(dispatch(problem, initial(problem), state, settings).response.injection_kw - state.wanted_kw).max()
        for settings in (AcceptanceSettings(dispatch_stiffness=1e-2), AcceptanceSettings(1e-2, firm_kw=1e-2))
    )
    assert 4.0 * firm < loose
