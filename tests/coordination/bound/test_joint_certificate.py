"""The bound by states of chains against plans that can be run, against the bound by enumeration, and against whoever
alters what it rests on."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2pdnr.coordination.bound import joint_search
from p2pdnr.coordination.bound.certificate import lower_bound, repeated_eur
from p2pdnr.coordination.plans.dispatch import Dispatch
from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.coordination.progress.journal import Journal
from p2pdnr.reconfiguration.topologies.ranking import all_trees
from tests.coordination.cases import FIVE, Json, problem_of, solved, strained

Case = tuple[CoordinationProblem, Dispatch, dict[str, np.ndarray]]


def limited(seed: int, hours: int) -> Json:
    """A strained scenario, every other one with limits on switching, some with a rest or a return."""
    scene, rng = strained(seed, hours, FIVE), np.random.default_rng(seed)
    if seed % 2:
        scene["dso"] |= {"max_switching_per_hour": 2, "max_switching_per_day": int(rng.choice([2, 4]))}
    if seed % 3 == 1:
        scene["dso"]["min_dwell_h"] = 2 * scene["step_h"]
    scene["dso"]["return_to_initial"] = bool(seed % 5 == 2)
    return scene


@settings(max_examples=3, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10_000), hours=st.integers(1, 4))
def test_no_plan_costs_less_and_the_proof_can_be_repeated(seed: int, hours: int) -> None:
    problem = problem_of(limited(seed, hours))
    plans = solved(problem)
    for mode in ("hourly", "static"):
        plan = plans[mode]
        found = lower_bound(problem, None, mode, plan, Journal())
        assert found.bound_eur is not None
        assert found.bound_eur <= plan.total_eur + 1e-4 * plan.scale_eur
        again = repeated_eur(problem, None, mode, found.arrays)
        assert again == pytest.approx(found.bound_eur, abs=1e-6 * plan.scale_eur)


@pytest.mark.parametrize("seed", [2, 3])
def test_the_bound_by_enumeration_is_about_as_high(seed: int) -> None:
    """Branched to the end the relaxation has the bounds of single topologies."""
    problem = problem_of(strained(seed, 2, FIVE))
    plan = solved(problem)["hourly"]
    listed = lower_bound(problem, all_trees(problem.network), "hourly", plan, Journal()).bound_eur
    by_states = lower_bound(problem, None, "hourly", plan, Journal()).bound_eur
    assert listed is not None
    assert by_states is not None
    assert by_states == pytest.approx(listed, abs=3e-3 * plan.scale_eur)


@pytest.fixture(scope="module", params=[3, 8])
def solved_case(request: pytest.FixtureRequest) -> Case:
    problem = problem_of(limited(request.param, 3))
    plan = solved(problem)["hourly"]
    return problem, plan, lower_bound(problem, None, "hourly", plan, Journal()).arrays


@settings(max_examples=25, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**16), size=st.sampled_from([1e-3, 1.0, 100.0]))
def test_whatever_a_file_holds_it_proves_no_more_than_is_true(solved_case: Case, seed: int, size: float) -> None:
    problem, plan, proof = solved_case
    rng, arrays = np.random.default_rng(seed), dict(proof)
    name = rng.choice([name for name in arrays if name.endswith(("_eur", "_multipliers", "watched_low", "_parent"))])
    changed = arrays[name] + size * rng.normal(size=arrays[name].shape)
    arrays |= {name: np.round(changed) if name.endswith("_parent") else changed}
    try:
        proved = repeated_eur(problem, None, "hourly", arrays)
    except ValueError:
        return
    assert proved <= plan.total_eur + 1e-4 * plan.scale_eur


def test_without_prices_on_lines_the_bound_is_lower(solved_case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    problem, plan, arrays = solved_case
    monkeypatch.setattr(joint_search, "MOST_COUPLED", 0)
    found = lower_bound(problem, None, "hourly", plan, Journal())
    assert not found.arrays["bound_open_eur"].any()
    assert found.bound_eur is not None
    assert found.bound_eur <= repeated_eur(problem, None, "hourly", arrays) + 2e-3 * plan.scale_eur
    assert repeated_eur(problem, None, "hourly", found.arrays) == pytest.approx(found.bound_eur)


def test_states_that_are_left_out_are_noticed(solved_case: Case) -> None:
    problem, _, arrays = solved_case
    states = arrays["bound_set_alive"].copy()
    states[0] = 0
    with pytest.raises(ValueError, match="leaves states out"):
        repeated_eur(problem, None, "hourly", arrays | {"bound_set_alive": states})


def test_a_proof_that_does_not_fit_is_refused(solved_case: Case) -> None:
    problem, _, arrays = solved_case
    for name, values in arrays.items():
        with pytest.raises(
            ValueError, match=r"does not fit|leaves states out|multipliers are needed|split off|states of chains"
        ):
            repeated_eur(problem, None, "hourly", arrays | {name: values[..., :-1]})
        missing = {other: there for other, there in arrays.items() if other != name}
        with pytest.raises(ValueError, match=r"missing|incomplete"):
            repeated_eur(problem, None, "hourly", missing)
