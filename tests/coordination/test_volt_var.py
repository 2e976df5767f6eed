"""Reactive power that follows the voltage: the fixed point against pandapower and a damped iteration."""

from __future__ import annotations

import numpy as np
import pytest

from p2pdnr.coordination.optimality.central import solve_problem
from p2pdnr.coordination.problem import given, without_choice
from p2pdnr.coordination.volt_var import on_curve, voltages
from p2pdnr.market.inverters import active_kw, headroom_kvar
from p2pdnr.network.arrays import Floats
from p2pdnr.verification.judge import judge
from tests import thorough
from tests.coordination.cases import agreed, initial, problem_of
from tests.coordination.inverter_feeders import inverter_document

STEEP = [{"vm_pu": 0.99, "share": 0.6}, {"vm_pu": 1.0, "share": 0.0}, {"vm_pu": 1.01, "share": -0.6}]


def by_hand(kva: Floats, vm_pu: Floats, curve: list[dict[str, float]]) -> Floats:
    """(K, T) what a curve says at (K, T) voltages."""
    points = [[row[name] for row in curve] for name in ("vm_pu", "share")]
    return np.asarray(kva[:, None] * np.interp(vm_pu, *points))


@pytest.mark.parametrize("seed", thorough.of([0], [1]))
def test_the_fixed_point_is_that_of_a_damped_iteration_with_pandapower(seed: int) -> None:
    problem = problem_of(inverter_document("volt_var", most_pu=1.1, volt_var=STEEP))
    rng = np.random.default_rng(seed)
    injection_kw = rng.uniform(-300.0, 900.0, (3, problem.hours))
    active_kw = rng.uniform(0.0, 800.0, (3, problem.hours))
    most_kvar, closed = headroom_kvar(problem.inverters.kva, active_kw), initial(problem)
    found = on_curve(problem, closed, injection_kw, most_kvar, np.zeros_like(most_kvar))
    load_kw, kvar = problem.net_load_kw(injection_kw), np.zeros_like(most_kvar)
    for _ in range(80):
        load_kvar = problem.operator.load_kvar.copy()
        np.subtract.at(load_kvar.T, problem.prosumer_bus, kvar)
        vm_pu = judge(problem.network, closed, load_kw, load_kvar).vm_pu
        wanted = np.clip(by_hand(problem.inverters.kva, vm_pu[:, problem.prosumer_bus].T, STEEP), -most_kvar, most_kvar)
        if np.abs(wanted - kvar).max() < 1e-5:
            break
        kvar = kvar + 0.3 * (wanted - kvar)
    assert np.abs(found).max() > 1.0
    assert found == pytest.approx(kvar, abs=1e-3)
    assert vm_pu == pytest.approx(voltages(given(problem, found), closed, injection_kw), abs=1e-6)


def test_a_plan_is_on_its_curve() -> None:
    problem = problem_of(inverter_document("volt_var", most_pu=1.03))
    plan = agreed(problem)
    assert plan.reactive_kvar is not None
    assert plan.reactive_kvar.min() < -20.0
    curve = [{"vm_pu": v, "share": s} for v, s in problem.inverters.curve.T.tolist()]
    there = plan.flow.vm_pu[:, problem.prosumer_bus].T
    assert plan.reactive_kvar == pytest.approx(by_hand(problem.inverters.kva, there, curve), abs=1e-6)


def test_a_battery_behind_a_small_inverter_leaves_it_to_the_sun() -> None:
    document = inverter_document("volt_var", most_pu=1.05, share=0.8)
    document["prosumers"][0]["battery"] = {"capacity_kwh": 400.0, "power_kw": 200.0}
    problem = problem_of(document)
    plan = agreed(problem)
    assert plan.reactive_kvar is not None
    active = active_kw(plan.response.columns)
    assert np.hypot(active, plan.reactive_kvar)[:2].max(axis=1) == pytest.approx([640.0, 960.0], abs=1e-4)
    optimum = solve_problem(without_choice(problem, plan.reactive_kvar), initial(problem))
    assert plan.total_eur - plan.costs_eur["switching"] == pytest.approx(
        optimum.objective_eur, abs=1e-3 * plan.scale_eur
    )
