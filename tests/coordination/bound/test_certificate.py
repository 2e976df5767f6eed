"""The lower bound on the coupled problem against plans and against whoever alters its proof; that no schedule is below
it is seen in test_every_schedule.py."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2pdnr.coordination.bound.certificate import lower_bound, repeated_eur
from p2pdnr.coordination.plans.dispatch import Dispatch
from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.coordination.progress.journal import Journal
from p2pdnr.reconfiguration.topologies.ranking import all_trees
from tests.coordination.cases import RING, Json, agreed, problem_of, solved, strained
from tests.coordination.inverter_feeders import inverter_document

Plans = dict[str, Dispatch]
Case = tuple[CoordinationProblem, Plans, dict[str, np.ndarray]]


def odd(seed: int, hours: int) -> Json:
    """Strained scenarios with negative prices, exports that pay as much as imports cost, prosumers on their own, or
    windows of flexibility."""
    scene, rng = strained(seed, hours), np.random.default_rng(seed)
    buy = np.array(scene["tariff"]["buy_eur_per_kwh"])
    if seed % 4 == 1:
        buy = rng.uniform(-0.2, 0.4, hours)
        scene["tariff"] = {"buy_eur_per_kwh": buy.tolist(), "sell_eur_per_kwh": (buy - 0.1).tolist()}
    if seed % 4 == 2:
        scene["tariff"]["sell_eur_per_kwh"] = (0.98 * buy).tolist()
    if seed % 3 == 1:
        scene["flexible_window_h"] = 2 * scene["step_h"]
        for row in scene["prosumers"]:
            if battery := row.get("battery"):
                battery |= {"min_kwh": 0.4 * battery["capacity_kwh"], "cycle_h": 2 * scene["step_h"]}
                battery.pop("initial_kwh", None)
    if seed % 4 == 3:
        for row in scene["prosumers"][:2]:
            row |= {"import_limit_kw": 0, "export_limit_kw": 0}
    return scene


@settings(max_examples=5, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10_000), hours=st.integers(1, 4))
def test_no_plan_costs_less_and_the_proof_can_be_repeated(seed: int, hours: int) -> None:
    problem = problem_of(odd(seed, hours))
    trees, plans = all_trees(problem.network), solved(problem)
    bounds = {}
    for mode, plan in plans.items():
        found = lower_bound(problem, trees, mode, plan, Journal())
        assert found.bound_eur is not None
        assert found.bound_eur <= plan.total_eur + 1e-4 * plan.scale_eur
        again = repeated_eur(problem, trees, mode, found.arrays)
        assert again == pytest.approx(found.bound_eur, abs=1e-6 * plan.scale_eur)
        bounds[mode] = found.bound_eur
    slack = 1e-3 * plans["fixed"].scale_eur
    assert bounds["hourly"] <= bounds["static"] + slack <= bounds["fixed"] + 2 * slack


def test_windows_have_prices_of_their_own() -> None:
    """A bound with one price of shifted load for each of two windows, which the initial topology shows to be close."""
    scene = odd(4, 4)
    for row in scene["prosumers"]:
        row |= {"load_kw": row.get("load_kw") or 30.0, "flexible_share": 0.5}
    problem = problem_of(scene)
    plan = agreed(problem)
    found = lower_bound(problem, None, "fixed", plan, Journal())
    assert found.arrays["bound_shifted_eur"].shape == (len(scene["prosumers"]), 2)
    assert np.ptp(found.arrays["bound_shifted_eur"], axis=1).max() > 1e-3
    assert found.bound_eur is not None
    assert plan.total_eur - 5e-3 * plan.scale_eur < found.bound_eur <= plan.total_eur + 1e-4 * plan.scale_eur
    assert repeated_eur(problem, None, "fixed", found.arrays) == pytest.approx(found.bound_eur)
    missing = {name: values for name, values in found.arrays.items() if name != "bound_shifted_eur"}
    with pytest.raises(ValueError, match="shifted_eur is missing"):
        repeated_eur(problem, None, "fixed", missing)
    one = found.arrays | {"bound_shifted_eur": found.arrays["bound_shifted_eur"][:, 0]}
    with pytest.raises(ValueError, match="shifted_eur is missing or does not fit"):
        repeated_eur(problem, None, "fixed", one)


def with_inverters(scene: Json, reactive: str = "dispatch") -> Json:
    """The scene with inverters that are a little small."""
    for row in scene["prosumers"]:
        row["inverter_kva"] = 0.95 * row.get("pv_kw", 0.0) + 20.0
    return scene | {"dso": scene.get("dso", {}) | {"reactive": reactive}}


@settings(max_examples=3, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10_000), hours=st.integers(1, 3), reactive=st.sampled_from(["dispatch", "volt_var"]))
def test_no_plan_with_inverters_costs_less(seed: int, hours: int, reactive: str) -> None:
    problem = problem_of(with_inverters(odd(seed, hours), reactive))
    trees, plan = all_trees(problem.network), solved(problem)["hourly"]
    found = lower_bound(problem, trees, "hourly", plan, Journal())
    assert found.bound_eur is not None
    assert found.bound_eur <= plan.total_eur + 1e-4 * plan.scale_eur
    assert repeated_eur(problem, trees, "hourly", found.arrays) == pytest.approx(found.bound_eur, abs=1e-3)


def test_with_inverters_the_bound_is_close() -> None:
    problem = problem_of(inverter_document(most_pu=1.01, share=1.0))
    plan = agreed(problem)
    found = lower_bound(problem, None, "fixed", plan, Journal())
    assert found.bound_eur == pytest.approx(plan.total_eur, abs=1e-3 * plan.scale_eur)
    assert found.bound_eur <= plan.total_eur + 1e-4 * plan.scale_eur


@settings(max_examples=12, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**16), size=st.sampled_from([1e-3, 1.0, 100.0]))
def test_whatever_prices_a_file_holds_they_prove_no_more_than_is_true(
    solved_case: Case, seed: int, size: float
) -> None:
    problem, plans, proof = solved_case
    trees, rng, arrays = all_trees(problem.network), np.random.default_rng(seed), dict(proof)
    places = ("bound_tree", "bound_hour", "bound_turn")
    name = rng.choice([name for name in arrays if name not in places])
    arrays |= {name: arrays[name] + size * rng.normal(size=arrays[name].shape)}
    proved = repeated_eur(problem, trees, "hourly", arrays)
    assert proved <= plans["hourly"].total_eur + 1e-4 * plans["hourly"].scale_eur


@pytest.fixture(scope="module", params=["plain", "inverters"])
def solved_case(request: pytest.FixtureRequest) -> Case:
    scene = strained(3, 3, RING)
    problem = problem_of(scene if request.param == "plain" else with_inverters(scene))
    plans = solved(problem)
    return problem, plans, lower_bound(problem, all_trees(problem.network), "hourly", plans["hourly"], Journal()).arrays


def test_a_proof_that_does_not_fit_is_refused(solved_case: Case) -> None:
    problem, _, arrays = solved_case
    trees = all_trees(problem.network)
    for name, values in arrays.items():
        for wrong in (values[..., :-1], np.full_like(values, np.nan), np.full_like(values, np.inf)):
            with pytest.raises(ValueError, match=r"bound_|refined"):
                repeated_eur(problem, trees, "hourly", arrays | {name: wrong})
    if problem.inverters.used:
        with pytest.raises(ValueError, match="caps are not for inverters"):
            repeated_eur(problem, trees, "hourly", arrays | {"bound_turn": arrays["bound_turn"] + 1})
    with pytest.raises(ValueError, match="refined"):
        repeated_eur(problem, trees, "hourly", arrays | {"bound_tree": arrays["bound_tree"] + len(trees)})


def test_where_there_is_none_the_reason_stands(solved_case: Case) -> None:
    problem, plans, _ = solved_case
    many = lower_bound(problem, None, "hourly", plans["hourly"], Journal())
    assert (many.bound_eur is None) == problem.inverters.used
    assert ("too many" in many.text) == problem.inverters.used
    late = lower_bound(problem, all_trees(problem.network), "hourly", plans["hourly"], Journal(time_limit_s=0.0))
    assert late.bound_eur is None
    assert "time limit" in late.text
    alone = lower_bound(problem, None, "fixed", plans["fixed"], Journal())
    assert alone.bound_eur is not None
