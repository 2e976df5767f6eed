"""Trees and positions of levers together, against every sequence of both by hand."""

from __future__ import annotations

from itertools import pairwise, product
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2pdnr.errors import NetworkError, SolverError
from p2pdnr.network.arrays import Lever, Levers
from p2pdnr.reconfiguration.schedule import joint_search
from p2pdnr.reconfiguration.schedule.joint_programme import JointProgramme, JointSchedule
from p2pdnr.reconfiguration.schedule.joint_search import cheapest_together
from p2pdnr.reconfiguration.schedule.lever_states import LeverStates, lever_states
from p2pdnr.reconfiguration.terms import LeverTerms, OperatorTerms
from p2pdnr.reconfiguration.topologies.tree_set import TreeSet, all_trees
from tests.random_networks import networks
from tests.reconfiguration.schedule.brute_force import allowed, limits, operations

PROPERTY = settings(deadline=None, derandomize=True, max_examples=40)


def states_of(*counts: int, start: tuple[int, ...] | None = None) -> LeverStates:
    """States of levers with so many positions each."""
    items = tuple(Lever("capacitor", place, 0, count - 1, 1.0) for place, count in enumerate(counts))
    return lever_states(Levers(items, start or (0,) * len(counts), None))  # type: ignore[arg-type]


class ByHand(NamedTuple):
    """The cheapest of all sequences, infinite where there is none."""

    cost_eur: float
    count: int


def by_hand(programme: JointProgramme) -> ByHand:
    """Every sequence of trees and positions that keeps the limits."""
    trees, levers, terms, best, count = programme.trees, programme.levers, programme.terms, np.inf, 0
    budget = programme.lever_terms.max_per_day
    on_steps = OperatorTerms(np.zeros(0), step_h=terms.step_h, return_to_initial=terms.return_to_initial)
    for sequence in product(product(range(len(trees)), range(len(levers))), repeat=programme.hours):
        closed = [programme.initial, *(trees.closed(tree) for tree, _ in sequence)]
        where = [levers.positions[levers.start], *(levers.positions[state] for _, state in sequence)]
        closed += [programme.initial] * terms.return_to_initial
        where += [where[0]] * terms.return_to_initial
        changes, steps = operations(closed), [int(abs(b - a).sum()) for a, b in pairwise(where)]
        if not allowed(changes, terms):
            continue
        flat = [np.ones(step, dtype=np.bool_) for step in steps]
        if budget is not None and not allowed(flat, OperatorTerms(**{**vars(on_steps), "max_per_day": budget})):
            continue
        count += 1
        cost = sum(programme.stage[hour, tree, state] for hour, (tree, state) in enumerate(sequence))
        cost += sum(terms.switching_cost_eur[change].sum() for change in changes)
        best = min(best, cost + programme.lever_terms.step_eur * sum(steps))
    return ByHand(float(best), count)


@st.composite
def programmes(draw: st.DrawFn) -> JointProgramme:
    """Few trees, states and hours."""
    network = draw(networks(max_buses=5, max_loops=2))
    trees = all_trees(network)
    levers = states_of(*draw(st.sampled_from([(2,), (3,), (2, 2)])))
    hours = draw(st.integers(1, 3))
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    most = max(1, int(2000 ** (1.0 / hours)) // len(levers))
    if len(trees) > most or draw(st.booleans()):
        rows = np.sort(rng.permutation(len(trees))[:most])
        trees = TreeSet(trees.open_lines[rows], trees.n_lines, complete=False)
    stage = rng.integers(0, 12, (hours, len(trees), len(levers))).astype(float)
    stage[rng.random(stage.shape) < 0.15] = np.inf
    terms = OperatorTerms(
        switching_cost_eur=rng.integers(0, 4, network.n_lines) * draw(st.sampled_from([0.0, 0.5, 1.0])),
        step_h=draw(st.sampled_from([1.0, 12.0, 24.0])),
        max_per_hour=draw(limits),
        max_per_day=draw(limits),
        return_to_initial=draw(st.booleans()),
    )
    on_levers = LeverTerms(draw(st.sampled_from([0.0, 0.5, 1.0])), draw(st.sampled_from([None, None, 0, 1, 2, 3])))
    return JointProgramme(stage, trees, levers, terms, on_levers, network.closed)


def check(programme: JointProgramme, found: JointSchedule) -> None:
    """A schedule costs what it says."""
    hours, trees, levers = np.arange(programme.hours), programme.trees, programme.levers
    closed = [programme.initial, *(trees.closed(int(tree)) for tree in found.indices)]
    where = [levers.start, *found.states.tolist()]
    if programme.terms.return_to_initial:
        closed, where = [*closed, programme.initial], [*where, levers.start]
    changes = operations(closed)
    steps = [int(levers.steps_from(one)[other]) for one, other in pairwise(where)]
    counts = [*found.operations.tolist(), found.final_operations][: len(changes)]
    assert counts == [int(change.sum()) for change in changes]
    assert [*found.lever_steps.tolist(), found.final_steps][: len(steps)] == steps
    paid = sum(programme.terms.switching_cost_eur[change].sum() for change in changes)
    paid += programme.lever_terms.step_eur * sum(steps)
    assert found.cost_eur == pytest.approx(paid + programme.stage[hours, found.indices, found.states].sum())


@PROPERTY
@given(programmes())
def test_no_sequence_is_cheaper(programme: JointProgramme) -> None:
    least = by_hand(programme)
    if not np.isfinite(least.cost_eur):
        with pytest.raises(SolverError):
            cheapest_together(programme)
        return
    found, exact = cheapest_together(programme)
    check(programme, found)
    assert exact
    assert found.cost_eur == pytest.approx(least.cost_eur)


@PROPERTY
@given(programmes())
def test_pruning_leaves_the_cheapest(programme: JointProgramme) -> None:
    """With room for few trees alone: what is called exact is; nothing found is below the least."""
    least = by_hand(programme)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(joint_search, "FIRST_TREES", 1)
        patch.setattr(joint_search, "MOST_EFFORT", 0.0)
        try:
            found, exact = cheapest_together(programme)
        except SolverError:
            return
    check(programme, found)
    assert found.cost_eur >= least.cost_eur - 1e-9
    assert not exact or found.cost_eur == pytest.approx(least.cost_eur)


@PROPERTY
@given(programmes())
def test_marginals_are_the_cheapest_through_each_tree(programme: JointProgramme) -> None:
    free = programme.without_budgets()
    lowest = free.marginals()
    for tree in range(len(programme.trees)):
        stage = free.stage.copy()
        least = np.inf
        for hour in range(free.hours):
            only = stage.copy()
            only[hour, np.arange(stage.shape[1]) != tree] = np.inf
            through = JointProgramme(only, free.trees, free.levers, free.terms, free.lever_terms, free.initial).best()
            least = min(least, np.inf if through is None else through.cost_eur)
        assert lowest[tree] == pytest.approx(least)


def test_states_are_all_positions_together() -> None:
    states = states_of(3, 2, start=(1, 1))
    assert states.positions.tolist() == [[0, 0], [0, 1], [1, 0], [1, 1], [2, 0], [2, 1]]
    assert states.start == 3
    assert states.steps_from(0).tolist() == [0, 1, 1, 2, 2, 3]
    assert states.most_steps == 3
    value = np.array([[9.0, 9.0, 9.0, 9.0, 0.0, 9.0]])
    assert states.spread(value, 2.0).tolist() == [[4.0, 6.0, 2.0, 4.0, 0.0, 2.0]]


def test_too_many_positions_are_refused() -> None:
    with pytest.raises(NetworkError, match="4,096 positions together"):
        states_of(*[8] * 4)
