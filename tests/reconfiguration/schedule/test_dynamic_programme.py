"""The dynamic programme over hours against brute force over all sequences of trees."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise, product
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from p2pdnr.errors import SolverError
from p2pdnr.network.arrays import Network
from p2pdnr.network.readers import from_text
from p2pdnr.reconfiguration.schedule import line_dwell, pruning
from p2pdnr.reconfiguration.schedule.dynamic_programme import Schedule, best_schedule, min_marginals
from p2pdnr.reconfiguration.schedule.line_dwell import Search, least_rested, rested_schedule
from p2pdnr.reconfiguration.schedule.pruning import cheapest, is_exact, least, marginals
from p2pdnr.reconfiguration.schedule.transition_cost import distances, moves
from p2pdnr.reconfiguration.terms import OperatorTerms
from p2pdnr.reconfiguration.topologies.tree_set import TreeSet, all_trees
from tests.random_networks import networks

PROPERTY = settings(deadline=None, derandomize=True, max_examples=40)
RING = "S1 2, 2 3, 3 4, 4 1 open"


def operations(states: list[np.ndarray]) -> list[np.ndarray]:
    """Lines that change between consecutive states (m,)."""
    return [before != after for before, after in pairwise(states)]


def allowed(changes: list[np.ndarray], terms: OperatorTerms, by_line: bool = False) -> bool:
    """Whether a sequence of changes respects the limits, read from their definition; the last may be the return.

    The dwell is that of each line (``by_line``), or of the whole topology.
    """
    counts = [int(change.sum()) for change in changes]
    if terms.max_per_hour is not None and max(counts) > terms.max_per_hour:
        return False
    if terms.max_per_day is not None:
        days = [min(step, terms_last_step(changes, terms)) // terms.steps_per_day for step in range(len(counts))]
        if any(sum(c for c, d in zip(counts, days, strict=True) if d == day) > terms.max_per_day for day in set(days)):
            return False
    dwell = terms.min_dwell_steps or 0
    if by_line:
        moved = [[step for step, change in enumerate(changes) if change[line]] for line in range(len(changes[0]))]
    else:
        moved = [[step for step, count in enumerate(counts) if count]]
    return all(second - first >= dwell for steps in moved for first, second in pairwise(steps))


def terms_last_step(changes: list[np.ndarray], terms: OperatorTerms) -> int:
    """The step the return to the initial state counts for."""
    return len(changes) - (2 if terms.return_to_initial else 1)


def brute_force(
    stage: np.ndarray, trees: TreeSet, terms: OperatorTerms, initial: np.ndarray, by_line: bool = False
) -> np.ndarray:
    """(n_trees, T) cheapest cost of any allowed sequence through each tree and step; infinite where there is none."""
    least = np.full(stage.shape, np.inf)
    for sequence in product(range(len(trees)), repeat=stage.shape[1]):
        states = [initial, *(trees.closed(index) for index in sequence)]
        changes = operations([*states, initial] if terms.return_to_initial else states)
        if not allowed(changes, terms, by_line):
            continue
        cost = sum(stage[index, step] for step, index in enumerate(sequence))
        cost += sum(terms.switching_cost_eur[change].sum() for change in changes)
        for step, index in enumerate(sequence):
            least[index, step] = min(least[index, step], cost)
    return least


def check(
    schedule: Schedule,
    stage: np.ndarray,
    trees: TreeSet,
    terms: OperatorTerms,
    initial: np.ndarray,
    by_line: bool = False,
) -> None:
    """A schedule respects the limits and costs what it says."""
    states = [initial, *(trees.closed(int(index)) for index in schedule.indices)]
    changes = operations([*states, initial] if terms.return_to_initial else states)
    assert allowed(changes, terms, by_line)
    counts = [int(change.sum()) for change in changes]
    assert schedule.operations.tolist() == counts[: len(schedule.indices)]
    assert schedule.final_operations == (counts[-1] if terms.return_to_initial else 0)
    switching = sum(terms.switching_cost_eur[change].sum() for change in changes)
    assert schedule.switching_eur == pytest.approx(switching)
    assert schedule.cost_eur == pytest.approx(switching + stage[schedule.indices, np.arange(stage.shape[1])].sum())


limits = st.sampled_from([None, None, 0, 1, 2, 3, 4])


@st.composite
def problems(draw: st.DrawFn) -> tuple[Network, TreeSet, np.ndarray, OperatorTerms]:
    """A small network, its trees or a pool of them, stage costs with ties and infinities, and terms."""
    network = draw(networks(max_buses=6, max_loops=2))
    trees = all_trees(network)
    hours = draw(st.integers(1, 4))
    assume(2 <= len(trees) and len(trees) ** hours <= 1500)
    if draw(st.booleans()):
        keep = sorted(draw(st.sets(st.integers(0, len(trees) - 1), min_size=1)))
        trees = TreeSet(trees.open_lines[keep], trees.n_lines, complete=False)
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    stage = rng.integers(0, 12, (len(trees), hours)).astype(float)
    stage[rng.random(stage.shape) < 0.15] = np.inf
    terms = OperatorTerms(
        switching_cost_eur=rng.integers(0, 4, network.n_lines) * draw(st.sampled_from([0.0, 0.5, 1.0])),
        step_h=draw(st.sampled_from([1.0, 12.0, 24.0])),
        max_per_hour=draw(limits),
        max_per_day=draw(limits),
        min_dwell_steps=draw(st.sampled_from([None, None, 1, 2, 3])),
        return_to_initial=draw(st.booleans()),
    )
    return network, trees, stage, terms


@pytest.mark.interpreted
@PROPERTY
@given(problems())
def test_equals_brute_force(problem: tuple[Network, TreeSet, np.ndarray, OperatorTerms]) -> None:
    network, trees, stage, terms = problem
    expected = brute_force(stage, trees, terms, network.closed)
    np.testing.assert_allclose(min_marginals(stage, trees, terms, network.closed), expected, atol=1e-9)
    if np.isfinite(expected).any():
        schedule = best_schedule(stage, trees, terms, network.closed)
        assert schedule.cost_eur == pytest.approx(expected.min())
        check(schedule, stage, trees, terms, network.closed)
    else:
        with pytest.raises(SolverError):
            best_schedule(stage, trees, terms, network.closed)


@pytest.mark.interpreted
@PROPERTY
@given(problems())
def test_each_line_rests_by_itself(problem: tuple[Network, TreeSet, np.ndarray, OperatorTerms]) -> None:
    network, trees, stage, terms = problem
    terms = replace(terms, min_dwell_steps=(terms.min_dwell_steps or 1) + 1)
    expected = brute_force(stage, trees, terms, network.closed, by_line=True).min()
    for solve in (rested_schedule, cheapest):
        if np.isfinite(expected):
            schedule, exact = solve(stage, trees, terms, network.closed)
            assert exact
            assert schedule.cost_eur == pytest.approx(expected)
            check(schedule, stage, trees, terms, network.closed, by_line=True)
        else:
            with pytest.raises(SolverError):
                solve(stage, trees, terms, network.closed)


@pytest.mark.interpreted
@PROPERTY
@given(problems())
def test_trees_out_of_reach_are_left_out_without_loss(
    problem: tuple[Network, TreeSet, np.ndarray, OperatorTerms],
) -> None:
    network, trees, stage, terms = problem
    terms = replace(terms, min_dwell_steps=None)
    try:
        expected = best_schedule(stage, trees, terms, network.closed)
    except SolverError:
        return
    found, exact = cheapest(stage, trees, terms, network.closed)
    assert exact
    assert found.cost_eur == pytest.approx(expected.cost_eur)
    check(found, stage, trees, terms, network.closed)


TIGHT = {"PROMISING": 1, "MOST_CONTENDERS": 2, "MOST_STATES": 10.0, "FIRST_LABELS": 1}
"""Room in :mod:`p2pdnr.reconfiguration.schedule.pruning` that no problem here fits into."""


@PROPERTY
@given(problems(), st.sampled_from([None, 2, 3]), st.booleans())
def test_what_nothing_costs_less_than_is_true_in_whatever_room(
    problem: tuple[Network, TreeSet, np.ndarray, OperatorTerms], rest: int | None, tight: bool
) -> None:
    network, trees, stage, terms = problem
    terms = replace(terms, min_dwell_steps=rest)
    expected = brute_force(stage, trees, terms, network.closed, by_line=True)
    with patch.multiple(pruning, **(TIGHT if tight else {"PROMISING": 200})):
        through = marginals(stage, trees, terms, network.closed)
        found = least(stage, trees, terms, network.closed)
        exact = is_exact(trees, stage.shape[1], terms)
    assert (through <= expected + 1e-9).all()
    assert found.least_eur <= expected.min() + 1e-9
    if exact:
        np.testing.assert_allclose(through, expected, atol=1e-9)
    if not tight:
        assert (found.schedule is not None) == np.isfinite(expected).any()
        assert found.schedule is None or found.proved
    if found.schedule is not None:
        assert found.schedule.cost_eur >= expected.min() - 1e-9
        check(found.schedule, stage, trees, terms, network.closed, by_line=True)


@PROPERTY
@given(problems(), st.integers(1, 3), st.sampled_from([0.0, 0.3, 2.0]))
def test_few_labels_and_any_toll_give_a_true_bound_and_a_true_schedule(
    problem: tuple[Network, TreeSet, np.ndarray, OperatorTerms], most_labels: int, toll_eur: float
) -> None:
    network, trees, stage, terms = problem
    expected = brute_force(stage, trees, terms, network.closed, by_line=True).min()
    toll_eur = toll_eur if terms.max_per_day is not None else 0.0
    with patch.object(line_dwell, "MOST_EFFORT", 0.0):
        found = least_rested(stage, trees, terms, network.closed, Search(most_labels, toll_eur))
    assert found.least_eur <= expected + 1e-9
    if found.schedule is not None:
        assert found.schedule.cost_eur >= expected - 1e-9
        check(found.schedule, stage, trees, terms, network.closed, by_line=True)


@pytest.mark.interpreted
@PROPERTY
@given(networks(max_buses=7, max_loops=3), st.integers(0, 3), st.integers(0, 2**16))
def test_buckets_give_the_distances_of_all_pairs(network: Network, most: int, seed: int) -> None:
    trees = all_trees(network)
    assume(len(trees) <= 120)
    rng = np.random.default_rng(seed)
    price, value = rng.uniform(0.0, 1.0, network.n_lines), rng.uniform(0.0, 3.0, len(trees))
    value[rng.random(len(trees)) < 0.4] = np.inf
    pairs = moves(TreeSet(trees.open_lines, trees.n_lines, complete=False), price)
    np.testing.assert_allclose(moves(trees, price).reach(value, most), pairs.reach(value, most))


@pytest.mark.interpreted
def test_trees_that_cannot_be_used_are_way_points() -> None:
    network = from_text(f"{RING}, 4 5, 5 6, 6 1 open")
    trees = all_trees(network)
    initial = network.closed
    goal = int(np.argmax(distances(trees, initial, np.ones(network.n_lines))[1]))
    stage = np.full((len(trees), 2), np.inf)
    stage[trees.find(initial), 0] = 0.0
    stage[goal, 1] = 0.0
    terms = OperatorTerms(np.ones(network.n_lines))
    assert best_schedule(stage, trees, terms, initial).operations.tolist() == [0, 4]
    with pytest.raises(SolverError):
        best_schedule(stage, trees, replace(terms, max_per_hour=3), initial)


@pytest.mark.interpreted
def test_operations_of_different_lines_may_be_staggered() -> None:
    network = from_text("S1 2, 2 3, 3 1 open, 1 4, 4 5, 5 1 open")
    trees = all_trees(network)
    wanted = [(2, 5), (0, 5), (0, 3)]
    stage = np.array([[float(tuple(row) != goal) for goal in wanted] for row in trees.open_lines.tolist()])
    terms = OperatorTerms(np.zeros(6), min_dwell_steps=2)
    schedule, exact = rested_schedule(stage, trees, terms, network.closed)
    assert (schedule.cost_eur, exact) == (0.0, True)
    assert schedule.operations.tolist() == [0, 2, 2]
    assert best_schedule(stage, trees, terms, network.closed).cost_eur == 1.0
    few, proved = rested_schedule(stage, trees, replace(terms, min_dwell_steps=3), network.closed, most_labels=1)
    assert few.cost_eur >= 0.0
    assert not proved or few.cost_eur == 0.0


@pytest.mark.interpreted
def test_equally_cheap_schedules_switch_least() -> None:
    trees = all_trees(from_text(RING))
    schedule = best_schedule(np.zeros((4, 5)), trees, OperatorTerms(np.zeros(4)), trees.closed(2))
    assert schedule.indices.tolist() == [2] * 5


def test_stage_costs_of_the_wrong_shape_are_refused() -> None:
    trees = all_trees(from_text(RING))
    with pytest.raises(ValueError, match="wanted"):
        best_schedule(np.zeros((5, 4)), trees, OperatorTerms(np.zeros(4)), trees.closed(0))
