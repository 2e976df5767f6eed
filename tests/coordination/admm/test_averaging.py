"""Means of states that swing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from p2pdnr.coordination.admm import averaging, iterations
from p2pdnr.coordination.admm.averaging import Gathered
from p2pdnr.coordination.admm.settings import AdmmSettings
from p2pdnr.coordination.admm.state import Agreement, Iteration
from p2pdnr.coordination.problem import CoordinationProblem
from tests.coordination.cases import initial, problem_of, random_document

RULES = AdmmSettings(balance_until=0)


def settled(seed: int = 8) -> tuple[CoordinationProblem, Agreement]:
    """A problem and a state that hardly moves any more."""
    problem = problem_of(random_document(seed))
    tight = replace(RULES, primal_kw=1e-5, objective_change=1e-9)
    return problem, iterations.negotiate(problem, initial(problem), iterations.opening(problem, RULES), tight)


def aside(state: Agreement, by: float) -> Agreement:
    """The state with its copies and prices moved by a share of their size."""
    noise = np.random.default_rng(1)
    trading = state.trading
    agreed_kw, price_eur_per_kw, wanted_kw, charge_eur_per_kw = (
        values + by * (1.0 + np.abs(values)) * noise.uniform(0.5, 1.0, values.shape)
        for values in (trading.agreed_kw, trading.price_eur_per_kw, state.wanted_kw, state.charge_eur_per_kw)
    )
    moved = replace(trading, agreed_kw=agreed_kw, price_eur_per_kw=price_eur_per_kw)
    return replace(state, trading=moved, wanted_kw=wanted_kw, charge_eur_per_kw=charge_eur_per_kw)


def gathered(*states: Agreement) -> Gathered:
    """Some states."""
    found = Gathered()
    for state in states:
        found = found.add(state)
    return found


def test_the_mean_of_states_on_both_sides_is_the_one_between() -> None:
    _, state = settled()
    middle = gathered(aside(state, 0.02), aside(state, -0.02)).mean(state)
    assert averaging.moved(Iteration(state, middle)) == pytest.approx(0.0, abs=1e-9)
    assert middle.trade_weight is state.trade_weight


def test_a_state_that_is_further_from_rest_moves_more_in_a_turn() -> None:
    problem, state = settled()
    moves = [
        averaging.moved(Iteration(start, iterations.step(problem, initial(problem), start, RULES)))
        for start in (state, aside(state, 0.01), aside(state, 0.1))
    ]
    assert moves[0] < moves[1] < moves[2]


def test_a_turn_goes_on_from_the_mean_where_that_is_nearer_to_rest() -> None:
    problem, state = settled()
    swinging = [aside(state, 0.05 * (-1) ** k) for k in range(RULES.mean_of)]
    found = iterations.iterate(problem, initial(problem), swinging[-1], gathered(*swinging), RULES)
    direct = iterations.step(problem, initial(problem), aside(state, -0.05), RULES)
    assert averaging.moved(found) < averaging.moved(Iteration(aside(state, -0.05), direct))
    assert averaging.moved(Iteration(state, found.before)) == pytest.approx(0.0, abs=1e-6)


def test_a_turn_keeps_the_present_state_where_the_mean_is_further_off() -> None:
    problem, state = settled()
    behind = gathered(*[aside(state, 0.5)] * RULES.mean_of)
    found = iterations.iterate(problem, initial(problem), state, behind, RULES)
    assert found.before is state
