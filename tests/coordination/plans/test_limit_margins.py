"""Limits are held back by twice what a plan went beyond them, where it did not mean to."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from p2pdnr.coordination.plans.dispatch import Dispatch
from p2pdnr.coordination.plans.limit_margins import held_back
from p2pdnr.coordination.plans.settings import AcceptanceSettings
from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.reconfiguration.terms import limit_kva
from tests.coordination.cases import agreed, grid, market_document, problem_of

TOLERANCE_KW = 0.05
SETTINGS = AcceptanceSettings()
ENDS = ((1, 2, True), (2, 3, True))


@pytest.fixture(scope="module")
def problem() -> CoordinationProblem:
    source = grid(ENDS, p_kw=30.0, limit_a=100.0)
    scene = market_document({"id": "A", "load_kw": 80.0}, hours=2)
    return problem_of(scene | {"network": {"source": source, "vm_min_pu": 0.95, "vm_max_pu": 1.05}})


@pytest.fixture(scope="module")
def plan(problem: CoordinationProblem) -> Dispatch:
    return agreed(problem)


def going_beyond(plan: Dispatch, current_a: float | None = None, vm_pu: float | None = None) -> Dispatch:
    """The plan with a current in line 2 and a voltage at bus 3 in the second hour."""
    flow = plan.flow
    if current_a is not None:
        amperes = flow.current_a.copy()
        amperes[1, 1] = current_a
        flow = replace(flow, current_a=amperes)
    if vm_pu is not None:
        voltages = flow.vm_pu.copy()
        voltages[1, 2] = vm_pu
        flow = replace(flow, vm_pu=voltages)
    return replace(plan, flow=flow)


def test_a_plan_within_its_limits_leaves_them(problem: CoordinationProblem, plan: Dispatch) -> None:
    same = held_back(problem, plan, TOLERANCE_KW, SETTINGS).operator.network
    assert (same.limit_a == problem.network.limit_a).all()
    assert (same.vm_min_pu, same.vm_max_pu) == (0.95, 1.05)


def test_a_line_gives_way_by_twice_as_much(problem: CoordinationProblem, plan: Dispatch) -> None:
    over = 0.5 * SETTINGS.meant_times * TOLERANCE_KW / limit_kva(problem.network)[1]
    held = held_back(problem, going_beyond(plan, current_a=100.0 * (1.0 + over)), TOLERANCE_KW, SETTINGS)
    assert held.operator.network.limit_a == pytest.approx([100.0, 100.0 * (1.0 - SETTINGS.held_back_times * over)])
    assert held.network.limit_a.tolist() == [100.0, 100.0], "the plan is still judged by the true limit"


@pytest.mark.parametrize(
    ("beyond", "held"), [(-0.5, (SETTINGS.held_back_times * 0.5, 0.0)), (0.5, (0.0, SETTINGS.held_back_times * 0.5))]
)
def test_a_voltage_gives_way_by_twice_as_much(
    beyond: float, held: tuple[float, float], problem: CoordinationProblem, plan: Dispatch
) -> None:
    at = (0.95 if beyond < 0 else 1.05) + beyond * SETTINGS.meant_pu
    network = held_back(problem, going_beyond(plan, vm_pu=at), TOLERANCE_KW, SETTINGS).operator.network
    found = (network.vm_min_pu - 0.95, 1.05 - network.vm_max_pu)
    assert found == pytest.approx(tuple(SETTINGS.meant_pu * part for part in held), abs=1e-9)


def test_who_pays_to_go_beyond_is_left_alone(problem: CoordinationProblem, plan: Dispatch) -> None:
    over = 2.0 * SETTINGS.meant_times * TOLERANCE_KW / limit_kva(problem.network)[1]
    meant = going_beyond(plan, current_a=100.0 * (1.0 + over), vm_pu=0.95 - 2.0 * SETTINGS.meant_pu)
    network = held_back(problem, meant, TOLERANCE_KW, SETTINGS).operator.network
    assert (network.limit_a == problem.network.limit_a).all()
    assert (network.vm_min_pu, network.vm_max_pu) == (0.95, 1.05)


def test_a_substation_has_no_limit(problem: CoordinationProblem, plan: Dispatch) -> None:
    voltages = plan.flow.vm_pu.copy()
    voltages[:, 0] = 0.95 - 0.5 * SETTINGS.meant_pu
    network = held_back(
        problem, replace(plan, flow=replace(plan.flow, vm_pu=voltages)), TOLERANCE_KW, SETTINGS
    ).operator.network
    assert np.isclose(network.vm_min_pu, 0.95)
