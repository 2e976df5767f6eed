"""A step of the leader: never worse by its own aim, and the nearer to an answer the more the market's aim counts."""

from __future__ import annotations

import numpy as np
import pytest

from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.coordination.roles.followers import Supporter, answer
from p2pdnr.coordination.roles.leader_step import Ground, Pull, ground, step
from p2pdnr.coordination.roles.possible_answers import whatever_charges_can_do
from tests.coordination.cases import initial, problem_of, random_document
from tests.leader_scenario import CAP, duo


def here(problem: CoordinationProblem) -> tuple[Ground, np.ndarray]:
    """The initial topology all the time, and no charges."""
    nothing = np.zeros((problem.hours, len(problem.prosumers_per_bus)))
    return ground(problem, whatever_charges_can_do(problem, CAP), initial(problem)), nothing


def costs(place: Ground, at_kw: np.ndarray) -> float:
    return float(place.grid.cost_eur(place.problem.at_buses(at_kw)).sum())


@pytest.mark.parametrize("seed", [3, 11, 20])
@pytest.mark.parametrize("weight", [1e-3, 1.0, 100.0])
def test_a_step_is_never_worse_by_its_own_aim(seed: int, weight: float) -> None:
    problem = problem_of(random_document(seed))
    place, nothing = here(problem)
    alone, pull = answer(problem, nothing)[1], Pull(nothing, weight)
    moved = step(place, alone, pull)
    before = costs(place, alone.injection_kw) + weight * alone.cost_eur
    after = costs(place, moved.injection_kw) + weight * moved.cost_eur
    assert after <= before + 1e-9
    assert moved.cost_eur >= alone.cost_eur - 1e-4 * max(1.0, abs(alone.cost_eur)), "alone the market is at its best"


def test_the_more_the_market_counts_the_less_it_is_drawn() -> None:
    problem = problem_of(duo())
    place, nothing = here(problem)
    alone = answer(problem, nothing)[1]
    moved = [step(place, alone, Pull(nothing, weight)) for weight in (1e-3, 0.1, 10.0, 1e3)]
    assert sorted((item.cost_eur for item in moved), reverse=True) == [item.cost_eur for item in moved]
    assert moved[-1].injection_kw == pytest.approx(alone.injection_kw, abs=1.0)
    assert np.abs(moved[0].injection_kw - alone.injection_kw).max() > 50.0


def test_at_a_supported_answer_a_step_finds_nothing_better_but_another_answer() -> None:
    problem = problem_of(duo())
    place, nothing = here(problem)
    wanted = step(place, answer(problem, nothing)[1], Pull(nothing, 1e-3))
    injected_kw = problem.at_buses(wanted.injection_kw)
    support = Supporter(problem, CAP).supporting(injected_kw, 1e3)
    assert support.regret_eur(wanted.cost_eur, injected_kw) < 1e-3
    again = step(place, wanted, Pull(support.charge_eur_per_kw, 100.0))
    assert support.regret_eur(again.cost_eur, problem.at_buses(again.injection_kw)) < 1e-3
    assert costs(place, again.injection_kw) <= costs(place, wanted.injection_kw) + 1e-6
