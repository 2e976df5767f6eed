"""What the grid asks for, with answers derived by hand: marginal losses, bottlenecks, voltage limits, and who pays.

One line of r p.u. from a substation at 1 p.u., no reactance, no reactive power: a net withdrawal p at its end is fed by
P = p + r P^2, so that loss = r P^2 and d loss / d p = 2 r P / (1 - 2 r P).
"""

from __future__ import annotations

import numpy as np
import pytest

from p2pdnr.coordination.plans.dispatch import Dispatch
from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.network.powerflow import solve_tree
from p2pdnr.network.topology import orient
from p2pdnr.reconfiguration.terms import violation_eur
from p2pdnr.results.tables import bills
from tests.coordination.cases import FIVE, Json, agreed, grid, market_document, problem_of

BASE_KW = 1000.0
LOSS, CONGESTION, VOLTAGE = range(3)


def one_line(*prosumers: Json, r_pu: float = 0.02, **changes: object) -> Json:
    """10 kV and 1 MVA: 100 ohm are 1 p.u."""
    scene = market_document(*prosumers, **changes)
    scene["network"]["source"]["lines"][0] |= {"r_ohm": 100.0 * r_pu, "x_ohm": 0.0}
    return scene


def solve(scene: Json) -> tuple[CoordinationProblem, Dispatch]:
    problem = problem_of(scene)
    plan = agreed(problem, primal_kw=1e-3, objective_change=1e-8)
    assert plan.agreement.converged
    return problem, plan


def marginal_loss(r: float, p: float) -> float:
    sent = (1.0 - np.sqrt(1.0 - 4.0 * r * p)) / (2.0 * r)
    return float(2.0 * r * sent / (1.0 - 2.0 * r * sent))


@pytest.mark.parametrize("load_kw", [200.0, 1000.0])
def test_who_withdraws_pays_the_loss_of_the_last_kilowatt_hour(load_kw: float) -> None:
    problem, plan = solve(one_line({"id": "A", "load_kw": load_kw}, dso={"loss_price_eur_per_kwh": 0.5}))
    charge = 0.5 * marginal_loss(0.02, load_kw / BASE_KW)
    assert plan.charge_eur_per_kwh[:, 0, 1] == pytest.approx([charge, 0, 0], rel=1e-4)
    assert bills(problem, plan).network_eur == pytest.approx([charge * load_kw], rel=1e-4)


def test_who_feeds_a_loaded_line_earns_what_it_spares() -> None:
    """1000 kW of the network's own load, 400 kW of PV beside it: the line carries 600, the PV earns for 400."""
    scene = one_line({"id": "Sun", "pv_kw": 400.0}, dso={"loss_price_eur_per_kwh": 0.5})
    scene["network"]["source"]["buses"][1]["p_kw"] = 1000.0
    problem, plan = solve(scene)
    charge = 0.5 * marginal_loss(0.02, 0.6)
    assert bills(problem, plan).network_eur == pytest.approx([-400.0 * charge], rel=1e-4)


def test_who_feeds_an_exporting_line_pays() -> None:
    """600 kW leave: the last kWh loses 2 r 0.6 and a little less, and is paid for."""
    problem, plan = solve(one_line({"id": "Sun", "pv_kw": 600.0}, dso={"loss_price_eur_per_kwh": 0.5}))
    charge = 0.5 * marginal_loss(0.02, -0.6)
    assert charge < 0
    assert bills(problem, plan).network_eur == pytest.approx([-600.0 * charge], rel=1e-4)


def bottleneck(seller: Json, buyer: Json, limit_kw: float) -> Json:
    """Seller at bus 2, buyer behind a line of limited capacity at bus 3; nothing else costs anything."""
    scene = market_document(seller, {**buyer, "bus": 3})
    line = {"r_ohm": 0.001, "x_ohm": 0.0}
    buses = [{"vn_kv": 10.0, "substation_voltage_pu": 1.0}, {"vn_kv": 10.0}, {"vn_kv": 10.0}]
    limited = {"from": 2, "to": 3, "limit_a": limit_kw / (np.sqrt(3.0) * 10.0), **line}
    scene["network"]["source"] = {"buses": buses, "lines": [{"from": 1, "to": 2, **line}, limited]}
    return scene


def test_a_bottleneck_parts_the_prices_and_the_operator_collects_the_rent() -> None:
    """8 kW at 0.20 are wanted (0.12 + 0.01 q = 0.28 - 0.01 q), 5 get through: the seller's last kWh costs 0.17, the
    buyer's is worth 0.23. The trade is at 0.17, the buyer pays 0.06 for the line, and the rent is 5 x 0.06 = 0.30."""
    seller = {"id": "S", "generator": {"max_kw": 100.0, "cost_eur_per_kwh": 0.12, "slope_eur_per_kw2h": 0.01}}
    buyer = {"id": "B", "elastic": {"max_kw": 100.0, "utility_eur_per_kwh": 0.28, "slope_eur_per_kw2h": 0.01}}
    problem, plan = solve(bottleneck(seller, buyer, 5.0))
    assert plan.traded_kw[0, 0] == pytest.approx(5.0, abs=0.01)
    assert plan.agreement.trading.price_eur_per_kw[0, 0] == pytest.approx(0.17, abs=1e-3)
    assert plan.charge_eur_per_kwh[:, 0, 2] == pytest.approx([0.0, 0.06, 0.0], abs=1e-3)
    assert plan.charge_eur_per_kwh[:, 0, 1] == pytest.approx([0.0, 0.0, 0.0], abs=1e-4)
    bill = bills(problem, plan)
    assert bill.network_eur == pytest.approx([0.0, 0.30], abs=5e-3)
    assert bill.trades_eur == pytest.approx([-0.85, 0.85], abs=5e-3)
    assert plan.total_eur == pytest.approx(-0.55, abs=2e-3)


def test_behind_a_bottleneck_the_local_price_falls_to_nothing() -> None:
    """PV of 20 behind a line for 5, a local load of 8: 5 are exported for 0.10 each, 7 are curtailed. Sun behind the
    line is worth nothing: the trade is free, and the charge takes the 0.10 of those who export."""
    sun, home = {"id": "S", "bus": 3, "pv_kw": 20.0}, {"id": "B", "bus": 3, "load_kw": 8.0}
    scene = bottleneck(sun, home, 5.0)
    scene["prosumers"] = [sun, home]
    problem, plan = solve(scene)
    assert plan.response.quantity("pv_kw")[0, 0] == pytest.approx(13.0, abs=0.02)
    assert plan.charge_eur_per_kwh[CONGESTION, 0, 2] == pytest.approx(-0.10, abs=1e-3)
    assert bills(problem, plan).total_eur.sum() == pytest.approx(0.0, abs=0.02)
    assert plan.total_eur == pytest.approx(-0.50, abs=5e-3)


def test_a_voltage_limit_takes_what_the_retailer_pays() -> None:
    """(1.02 - 1) / r = 1 p.u. of current lets 1.02 x 1 = 1020 kW through; the rest of 1500 is curtailed, so that loss
    and voltage parts together are the 0.10 that a kWh would bring."""
    scene = one_line({"id": "Sun", "pv_kw": 1500.0}, dso={"loss_price_eur_per_kwh": 0.2})
    scene["network"] |= {"vm_max_pu": 1.02}
    _, plan = solve(scene)
    assert plan.response.quantity("pv_kw")[0, 0] == pytest.approx(1020.0, abs=0.1)
    loss, congestion, voltage = plan.charge_eur_per_kwh[:, 0, 1]
    assert loss == pytest.approx(0.2 * marginal_loss(0.02, -1.02), rel=1e-3)
    assert congestion == 0.0 and voltage < 0.0
    assert loss + voltage == pytest.approx(-0.10, abs=1e-3)


def test_low_voltage_is_charged_at_its_price() -> None:
    """Nothing gives way: 1 MW over 0.05 p.u. sags to v = 1 - 2 r P + r^2 P^2 = 0.897 below 0.96^2 = 0.9216, at 10
    EUR/kWh x 1000 kW x (0.9216 - v) / 2."""
    scene = one_line({"id": "A", "load_kw": 1000.0}, r_pu=0.05)
    scene["network"] |= {"vm_min_pu": 0.96}
    _, plan = solve(scene)
    sent = (1.0 - np.sqrt(1.0 - 4.0 * 0.05)) / 0.1
    v = 1.0 - 2.0 * 0.05 * sent + (0.05 * sent) ** 2
    # the load is not worth more than the limit: unserved load costs 10 EUR/kWh as well, and each kW raises v by 2 r
    assert plan.costs_eur["violations"] == pytest.approx(10 * 1000 * (0.96**2 - v) / 2, rel=2e-3)
    slope = 2.0 * 0.05 * (1.0 - 0.05 * sent) / (1.0 - 2.0 * 0.05 * sent)
    assert plan.charge_eur_per_kwh[VOLTAGE, 0, 1] == pytest.approx(10 * slope / 2, rel=2e-3)


def operator_costs_eur(problem: CoordinationProblem, load_kw: np.ndarray) -> np.ndarray:
    """(3,) losses, overloads and broken voltages of one hour by exact power flow alone."""
    network, tree = problem.network, orient(problem.network, problem.network.closed)
    flow = solve_tree(network, tree, load_kw, problem.operator.load_kvar)
    overload, voltage = network.with_(vm_min_pu=0.1, vm_max_pu=2.0), network.with_(limit_a=np.full(6, np.inf))
    broken = [violation_eur(part, problem.terms, flow.vm_pu, flow.current_a).sum() for part in (overload, voltage)]
    return np.array([problem.terms.loss_price_eur_per_kwh * flow.loss_kw.sum(), *broken])


def test_every_part_of_a_charge_is_the_slope_of_its_cost() -> None:
    """Overloaded lines and low voltages under loads that nobody decides: at every bus, also those without prosumers,
    one kW more by finite differences on the power flow."""
    scene = market_document({"id": "A", "bus": 4, "load_kw": 50.0}, dso={"loss_price_eur_per_kwh": 0.3})
    source = grid(FIVE, p_kw=600.0, r_ohm=1.0)
    source["buses"] = [row | {"q_kvar": 0.3 * row["p_kw"]} for row in source["buses"]]
    source["lines"][0]["limit_a"], source["lines"][3]["limit_a"] = 80.0, 30.0
    scene["network"] = {"source": source, "vm_min_pu": 0.985}
    problem, plan = solve(scene)
    load_kw = problem.net_load_kw(plan.response.injection_kw)
    one_kw = np.eye(5)[1:]
    slope = [(operator_costs_eur(problem, load_kw + d) - operator_costs_eur(problem, load_kw - d)) / 2 for d in one_kw]
    charge = plan.charge_eur_per_kwh[:, 0, 1:].T
    assert (charge[:, LOSS] > 0).all() and (charge[:3, CONGESTION] > 0.1).all() and (charge[:3, VOLTAGE] > 0.1).all()
    assert charge == pytest.approx(np.array(slope), rel=1e-3, abs=1e-5)
