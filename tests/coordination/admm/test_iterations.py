"""Tier 1 against the centralised optimum, and its rules."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2pdnr.coordination.admm import iterations
from p2pdnr.coordination.admm.settings import AdmmSettings
from p2pdnr.coordination.admm.state import Agreement
from p2pdnr.coordination.optimality import central
from p2pdnr.network import readers
from p2pdnr.scenario import document
from p2pdnr.scenario.synthetic import synthetic
from tests.coordination.cases import Json, agreed, initial, problem_of, random_document

CONE_GAP = 1e-4
"""Where the centralised relaxation is looser than this it may burn power that no grid burns, and is a bound only."""


def relative_gap(seed: int, hours: int, prosumers: int) -> tuple[float, bool]:
    """(dispatched - centralised cost) by the sum of the cost parts, and whether the cone is exact."""
    problem = problem_of(random_document(seed, hours, prosumers))
    plan = agreed(problem)
    optimum = central.solve_problem(problem, initial(problem))
    assert plan.agreement.converged
    reached = plan.total_eur - plan.costs_eur["switching"]
    return (reached - optimum.objective_eur) / plan.scale_eur, optimum.cone_gap < CONE_GAP


@settings(max_examples=10, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10_000), hours=st.integers(1, 4), prosumers=st.integers(1, 4))
def test_the_negotiation_reaches_the_centralised_optimum(seed: int, hours: int, prosumers: int) -> None:
    gap, exact = relative_gap(seed, hours, prosumers)
    assert gap > -1e-3
    if exact:
        assert gap < 1e-3


def test_most_scenarios_end_much_closer() -> None:
    gaps = np.array([abs(relative_gap(seed, 2, 3)[0]) for seed in range(9)])
    assert np.median(gaps) < 1e-4


def morning(scene: Json) -> Json:
    """Four hours of a day."""
    cut = slice(9, 13)
    return scene | {
        "profiles": {name: values[cut] for name, values in scene["profiles"].items()},
        "tariff": {name: values[cut] for name, values in scene["tariff"].items()},
    }


def test_fifteen_prosumers_on_33_buses_reaches_the_centralised_optimum() -> None:
    problem = problem_of(morning(document.to_dict(synthetic(readers.read("case33bw", None), "case33bw", 15, seed=3))))
    plan = agreed(problem)
    optimum = central.solve_problem(problem, initial(problem))
    assert optimum.cone_gap < CONE_GAP
    assert abs(plan.total_eur - optimum.objective_eur) < 2e-4 * plan.scale_eur


@pytest.mark.parametrize("seed", [21, 27, 36, 60, 113])
def test_scenarios_that_once_failed(seed: int) -> None:
    """Exports with purchases that cover all use, a line limit that swings, a plan dearer than agreed on."""
    gap, _ = relative_gap(seed, hours=4 if seed % 3 else 8, prosumers=4 if seed % 2 else 7)
    assert abs(gap) < 1e-3


def states(seed: int, **rules: float) -> tuple[Agreement, list[Agreement]]:
    problem = problem_of(random_document(seed))
    chosen = AdmmSettings(**rules)  # type: ignore[arg-type]
    seen: list[Agreement] = []
    last = iterations.negotiate(problem, initial(problem), iterations.opening(problem, chosen), chosen, seen.append)
    return last, seen


def test_every_turn_is_observed_and_the_end_meets_the_rules() -> None:
    last, seen = states(3, primal_kw=0.02)
    assert last.converged
    assert last.primal_kw <= 0.02
    assert len(seen) >= AdmmSettings.settled_iterations
    assert not any(state.converged for state in seen)
    recent = [state.objective_eur for state in seen[-AdmmSettings.settled_iterations :]]
    assert max(recent) - min(recent) <= 1e-5 * max(1.0, abs(last.objective_eur))


def test_weights_rest_once_balancing_is_over() -> None:
    """The convergence proof needs fixed weights from some turn on."""
    _, seen = states(8, balance_until=10, primal_kw=1e-6, max_iterations=40)
    early = {tuple(state.trade_weight) for state in seen[:12]}
    late = {(tuple(state.trade_weight), tuple(state.charge_weight)) for state in seen[10:]}
    assert len(early) > 1
    assert len(late) == 1


def test_running_out_of_turns_is_no_convergence() -> None:
    last, seen = states(8, max_iterations=5)
    assert len(seen) == 5
    assert not last.converged


def test_what_the_observer_raises_comes_out() -> None:
    problem = problem_of(random_document(2))

    def interrupt(_: Agreement) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        iterations.negotiate(
            problem, initial(problem), iterations.opening(problem, AdmmSettings()), AdmmSettings(), interrupt
        )


def test_the_opening_has_no_trades_and_prices_between_the_retailers() -> None:
    problem = problem_of(random_document(4) | {"step_h": 0.5})
    state = iterations.opening(problem, AdmmSettings())
    buy, sell = problem.block.terms[0].buy_eur_per_kwh, problem.block.terms[0].sell_eur_per_kwh
    assert state.trading.price_eur_per_kw[0] == pytest.approx(0.5 * (buy + sell) / 2)
    assert not state.trading.agreed_kw.any()
    assert not state.charge_eur_per_kw.any()


def test_prosumers_of_one_bus_share_the_operators_answer() -> None:
    """The operator moves the sum of a bus; everyone there gets the same charge."""
    document = random_document(5)
    for row in document["prosumers"]:
        row["bus"] = 3
    problem = problem_of(document)
    plan = agreed(problem)
    charge = plan.agreement.charge_eur_per_kw
    assert charge == pytest.approx(np.tile(charge[0], (len(charge), 1)), abs=1e-4)
    optimum = central.solve_problem(problem, initial(problem))
    assert abs(plan.total_eur - optimum.objective_eur) < 1e-3 * plan.scale_eur


def test_the_objective_is_what_prosumers_and_operator_pay() -> None:
    """At the agreement both blocks are close, so it is also what the dispatch costs."""
    problem = problem_of(random_document(6))
    plan = agreed(problem, primal_kw=1e-3)
    assert plan.agreement.objective_eur == pytest.approx(plan.total_eur, abs=1e-3 * plan.scale_eur)


@pytest.mark.parametrize("step_h", [1.0, 0.25])
def test_the_dual_residual_is_per_kwh_whatever_the_step(step_h: float) -> None:
    problem = problem_of(random_document(3) | {"step_h": step_h})
    state = iterations.opening(problem, AdmmSettings())
    after = iterations.step(problem, initial(problem), state, AdmmSettings())
    moves_eur = (
        np.abs(after.wanted_kw - state.wanted_kw) * state.charge_weight,
        np.abs(after.trading.agreed_kw - state.trading.agreed_kw) * state.trade_weight,
    )
    assert after.dual_eur_per_kwh == pytest.approx(max(move.max(initial=0.0) for move in moves_eur) / step_h)
