"""The operator's hours with closed loops: charges are slopes of the meshed power flow, answers are optimal on it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from p2pdnr.network.arrays import Floats, Network
from p2pdnr.network.cut_loops import cut
from p2pdnr.network.joints import with_joints
from p2pdnr.network.readers import from_text
from p2pdnr.reconfiguration.operator.problem import OperatorProblem
from p2pdnr.reconfiguration.terms import OperatorTerms, violation_eur
from p2pdnr.verification.judge import judge

TWO_LOOPS = (
    "S1 2 r=0.9 x=0.4, 2 3 r=0.7 x=1.1, 3 4 r=0.5 x=0.4, 4 1 r=1.2 x=0.5, 4 5 r=0.6 x=0.7, 5 6 r=0.4 x=0.3, "
    "6 3 r=0.9 x=0.2, 6 7 r=0.5 x=0.3, bus 2 p=300, bus 3 p=500, bus 5 p=700, bus 6 p=200, bus 7 p=900"
)
BUSES = np.array([1, 2, 4, 6])
TERMS = OperatorTerms(np.zeros(8))
WEIGHT = np.full((1, 4), 1e-4)
FIRM = 1e7 * WEIGHT  # limits stay broken, and have their full prices


def network(limit_a: float = np.inf, **limits: float) -> Network:
    found = from_text(TWO_LOOPS)
    nothing = np.zeros(found.n_lines, dtype=bool)
    return found.with_(switchable=nothing, limit_a=np.full(found.n_lines, limit_a), **limits)


def problem(meshed: Network) -> OperatorProblem:
    radial = cut(meshed)
    assert radial.joints is not None and len(radial.joints.pairs) == 2
    load = with_joints(radial, meshed.p_kw[None]), with_joints(radial, meshed.q_kvar[None])
    return OperatorProblem(radial, TERMS, *load, BUSES)


def parts_eur(meshed: Network, injection_kw: Floats, more_kw: Floats | float = 0.0) -> Floats:
    """(..., 2) losses and violations in the states of Newton-Raphson, of injections (..., 4), with loads (..., n) more
    than those of the network."""
    points = np.atleast_2d(injection_kw)
    p_kw = np.tile(meshed.p_kw, (len(points), 1)) + more_kw
    p_kw[:, BUSES] -= points
    closed, q_kvar = (np.tile(row, (len(points), 1)) for row in (meshed.closed, meshed.q_kvar))
    found = judge(meshed, closed, p_kw, q_kvar)
    broken = violation_eur(meshed, TERMS, found.vm_pu, found.current_a)
    parts = np.stack([TERMS.loss_eur_per_kw * found.loss_kw.sum(axis=1), broken], axis=-1)
    return np.asarray(parts.reshape(*injection_kw.shape[:-1], 2))


def least_near(cost: Callable[[Floats], Floats], start: Floats, step: float) -> float:
    """The least cost (K,) of points (K, 4) that a search by steps finds: along every axis and twenty other ways, half
    as far where none is cheaper."""
    others = np.random.default_rng(0).normal(size=(20, len(start)))
    ways = np.concatenate([np.eye(len(start)), -np.eye(len(start)), others])
    ways /= np.linalg.norm(ways, axis=1, keepdims=True)
    at, best = start, float(cost(start[None])[0])
    while step > 1e-3:
        points = at + step * ways
        found = cost(points)
        if found.min() < best:
            at, best = points[found.argmin()], float(found.min())
        else:
            step /= 2.0
    return best


@pytest.mark.parametrize("limits", [{}, {"limit_a": 60.0}, {"vm_min_pu": 0.985, "vm_max_pu": 1.05}])
def test_charges_are_what_a_kwh_more_costs_on_the_meshed_grid(limits: dict[str, float]) -> None:
    meshed = network(**limits)
    answer = problem(meshed).solve(meshed.closed[None], (np.full((1, 4), 100.0), FIRM), np.array([0]))
    injection_kw, charge = answer.injection_kw[0], answer.charge_eur_per_kwh[:, 0]
    for bus in range(1, meshed.n_buses):
        step = np.zeros(meshed.n_buses)
        step[bus] = 0.05
        ends = parts_eur(meshed, np.tile(injection_kw, (2, 1)), np.array([step, -step]))
        slope = (ends[0] - ends[1]) / 0.1
        assert charge[0, bus] == pytest.approx(slope[0], rel=1e-5, abs=1e-8)
        assert charge[1:, bus].sum() == pytest.approx(slope[1], rel=1e-4, abs=1e-6)


@pytest.mark.parametrize("limits", [{}, {"limit_a": 60.0}, {"vm_min_pu": 0.985, "vm_max_pu": 1.05}])
def test_the_answer_is_the_optimum_that_a_search_on_newton_raphson_finds(limits: dict[str, float]) -> None:
    meshed, target = network(**limits), np.array([50.0, 300.0, 10.0, 200.0])
    answer = problem(meshed).solve(meshed.closed[None], (target[None], WEIGHT), np.array([0]))

    def cost(points_kw: Floats) -> Floats:
        pull = 0.5 * (WEIGHT * (points_kw - target) ** 2).sum(axis=1)
        return np.asarray(parts_eur(meshed, points_kw).sum(axis=1) + pull)

    reached = float(cost(answer.injection_kw)[0])
    best = least_near(cost, answer.injection_kw[0], step=50.0)
    assert reached <= best + 1e-5 * max(1.0, best)
    assert answer.cost_eur[0] == pytest.approx(parts_eur(meshed, answer.injection_kw[0]), rel=1e-6, abs=1e-6)


def test_a_loop_makes_other_charges_than_its_tree() -> None:
    meshed = network()
    with_loops = problem(meshed)
    radial = with_loops.network.with_(joints=None)
    alone = OperatorProblem(radial, TERMS, with_loops.load_kw, with_loops.load_kvar, BUSES)
    pull, hours = (np.zeros((1, 4)), FIRM), np.array([0])
    found = [item.solve(meshed.closed[None], pull, hours).charge_eur_per_kwh for item in (with_loops, alone)]
    assert np.abs(found[0] - found[1]).max() > 0.05 * np.abs(found[0]).max()
