"""Modes: what each may do, what it hands on, and markets without trade."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from p2pdnr.coordination.admm.settings import AdmmSettings
from p2pdnr.coordination.modes import Earlier, plan, refine, revisit
from p2pdnr.coordination.plans.dispatch import Dispatch
from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.coordination.progress.journal import Journal
from p2pdnr.coordination.schedule.context import Context, Settings
from p2pdnr.coordination.schedule.settings import SearchSettings
from p2pdnr.errors import Cancelled, PowerFlowError
from p2pdnr.reconfiguration.topologies.ranking import all_trees
from tests.coordination.cases import Json, problem_of, random_document
from tests.small_scenario import small_document


def solved(scene: Json, mode: str = "hourly", p2p: bool = True) -> tuple[CoordinationProblem, dict[str, Dispatch]]:
    problem = problem_of(scene, p2p)
    return problem, plan(Context(problem), all_trees(problem.network), mode)


@pytest.mark.parametrize(
    ("mode", "names"),
    [("fixed", ["fixed"]), ("static", ["fixed", "static"]), ("hourly", ["fixed", "static", "hourly"])],
)
def test_a_mode_comes_with_the_narrower_ones(mode: str, names: list[str]) -> None:
    _, plans = solved(small_document(), mode)
    assert list(plans) == names
    assert plans[mode].agreement.converged
    assert plans[mode].agreement.primal_kw <= AdmmSettings().primal_kw


def test_refined_plans_are_all_within_tolerance_and_ordered() -> None:
    problem, plans = solved(small_document())
    refined = refine(Context(problem), plans)
    for item in refined.values():
        assert item.agreement.converged
        assert item.agreement.primal_kw <= AdmmSettings().primal_kw
    assert refined["hourly"].total_eur <= refined["static"].total_eur <= refined["fixed"].total_eur


def test_without_p2p_nobody_trades() -> None:
    problem, plans = solved(small_document(), p2p=False)
    assert problem.trades.n_pairs == 0
    assert plans["hourly"].traded_kw.shape == (0, problem.hours)
    assert plans["hourly"].costs_eur["fees"] == 0.0
    assert plans["hourly"].total_eur > solved(small_document())[1]["hourly"].total_eur


def ill_connected() -> Json:
    """The initial topology supplies everybody over a line that nothing passes; another one does not."""
    scene = small_document()
    scene["network"]["source"]["lines"][0] |= {"r_ohm": 60.0, "x_ohm": 60.0}
    return scene


def test_an_initial_topology_that_cannot_carry_the_loads_is_left() -> None:
    _, plans = solved(ill_connected())
    assert list(plans) == ["static", "hourly"]
    assert plans["hourly"].agreement.converged


def test_an_initial_topology_that_must_stay_and_cannot_is_an_error() -> None:
    with pytest.raises(PowerFlowError, match=r"initial topology cannot carry the loads: .*hours 0, 1, 2, 3"):
        solved(ill_connected(), "fixed")


@pytest.mark.parametrize("mode", ["fixed", "static", "hourly"])
def test_loads_beyond_every_topology_are_an_error(mode: str) -> None:
    scene = small_document()
    scene["network"]["background_scale"] = 1000.0
    with pytest.raises(PowerFlowError, match="hours"):
        solved(scene, mode)


def test_one_tree_is_the_answer_of_every_mode() -> None:
    scene = small_document()
    scene["network"]["source"]["lines"] = scene["network"]["source"]["lines"][:4]
    problem, plans = solved(scene)
    refined = refine(Context(problem), plans)
    costs = [item.total_eur for item in refined.values()]
    assert costs == pytest.approx([costs[0]] * 3, rel=1e-4)
    assert all((item.closed == problem.network.closed).all() for item in plans.values())


@pytest.mark.parametrize(
    "change",
    [
        {"max_switching_per_hour": 0},
        {"max_switching_per_day": 1},
        {"switching_cost_eur": 1e5},
        {"min_dwell_h": 99, "return_to_initial": True},
    ],
)
def test_nothing_moves_where_switching_is_forbidden_or_too_dear(change: Json) -> None:
    scene = small_document()
    scene["dso"] |= change
    problem, plans = solved(scene)
    assert (plans["hourly"].closed == problem.network.closed).all()


def test_locked_lines_keep_their_state() -> None:
    scene = random_document(14, 4, 5)
    scene["network"]["switchable"] = [4, 5]
    problem, plans = solved(scene)
    locked = [0, 1, 2, 5]
    assert (plans["hourly"].closed[:, locked] == problem.network.closed[locked]).all()


def test_a_limit_per_hour_is_kept() -> None:
    scene = random_document(14, 6, 5)
    scene["dso"] |= {"max_switching_per_hour": 2, "switching_cost_eur": 0.0}
    problem, plans = solved(scene)
    states = np.vstack([problem.network.closed, plans["hourly"].closed])
    assert (np.diff(states.astype(int), axis=0) != 0).sum(axis=1).max() <= 2


def two_substations() -> Json:
    scene = small_document()
    scene["network"]["source"]["buses"][4]["substation_voltage_pu"] = 1.02
    scene["network"]["source"]["lines"][3]["closed"] = False
    return scene


def test_two_substations_share_the_feeder() -> None:
    problem, plans = solved(two_substations())
    assert len(problem.network.substations) == 2
    assert plans["hourly"].closed.sum(axis=1).tolist() == [3] * problem.hours
    assert plans["hourly"].flow.vm_pu[:, 4] == pytest.approx(1.02)


@pytest.mark.parametrize("buses", [(4, 4, 4), (1, 1, 1), (1, 3, 3)])
def test_prosumers_may_share_a_bus_or_sit_at_the_substation(buses: tuple[int, int, int]) -> None:
    scene = small_document()
    for row, bus in zip(scene["prosumers"], buses, strict=True):
        row["bus"] = bus
    _, plans = solved(scene)
    assert plans["hourly"].agreement.converged
    if buses == (1, 1, 1):
        assert plans["hourly"].charge_eur_per_kwh[:, :, 0] == pytest.approx(0.0)


def test_cancelling_stops_at_the_next_turn() -> None:
    calls = iter(range(100))
    journal = Journal(stop=lambda: next(calls) >= 7)
    problem = problem_of(small_document())
    with pytest.raises(Cancelled):
        plan(Context(problem, journal=journal), all_trees(problem.network), "hourly")
    assert len(journal.records) == 7


@pytest.mark.parametrize("turns", [3, 10])
def test_the_time_limit_ends_every_phase_with_a_plan_that_says_so(monkeypatch: pytest.MonkeyPatch, turns: int) -> None:
    """A clock that ticks whenever it is read: the limit falls into the first negotiation, or into later phases."""
    ticks = iter(range(10**6))
    clock = SimpleNamespace(perf_counter=lambda: float(next(ticks)))
    monkeypatch.setattr("p2pdnr.coordination.progress.journal.time", clock)
    problem = problem_of(small_document())
    journal = Journal(time_limit_s=4.0 * turns, started=0.0)
    rules = AdmmSettings(primal_kw=1e-4, objective_change=1e-12)
    context = Context(problem, Settings(rules), journal)
    found = plan(context, all_trees(problem.network), "hourly")["hourly"]
    assert not found.agreement.converged
    assert len(journal.records) < 4 * turns + 60
    assert found.flow.converged.all()


@pytest.mark.parametrize("seed", [2, 7])
def test_narrower_modes_that_are_only_glimpsed_change_no_answer(seed: int) -> None:
    """Nothing is lost against plans of narrower modes that are negotiated in full."""
    problem = problem_of(random_document(seed, 6, 5))
    trees, whole = all_trees(problem.network), Settings(search=SearchSettings(glimpse_iterations=0))
    quick, slow = (plan(Context(problem, how), trees, "hourly") for how in (Settings(), whole))
    assert list(quick) == list(slow)
    threshold = SearchSettings.threshold_share * slow["hourly"].scale_eur
    assert quick["hourly"].total_eur <= min(item.total_eur for item in quick.values()) + threshold
    assert quick["hourly"].total_eur == pytest.approx(slow["hourly"].total_eur, abs=2.0 * threshold)


def test_a_narrower_mode_is_negotiated_on_where_no_bound_rules_it_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("p2pdnr.coordination.modes.most_gain_eur", lambda *_: np.inf)
    problem = problem_of(random_document(2, 6, 5))
    few = Settings(search=SearchSettings(glimpse_iterations=2))
    plans = plan(Context(problem, few), all_trees(problem.network), "hourly")
    assert plans["fixed"].agreement.converged
    assert plans["static"].agreement.converged


def test_an_earlier_plan_of_many_who_are_gone_is_not_negotiated_first(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = problem_of(small_document())
    trees, context = all_trees(problem.network), Context(problem)
    before = plan(context, trees, "hourly")["hourly"]
    left_kw = float(np.abs(before.agreement.wanted_kw).sum())
    assert revisit(context, trees, Earlier("hourly", before.closed, before.agreement)) is not None
    monkeypatch.setattr("p2pdnr.coordination.modes.convex_phase", None)
    assert revisit(context, trees, Earlier("hourly", before.closed, before.agreement, gone_kw=left_kw)) is None
