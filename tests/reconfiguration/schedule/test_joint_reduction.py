"""Lines and positions that are left to decide, against every sequence of topologies and positions by hand."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from p2pdnr.network.arrays import Lever, Levers
from p2pdnr.reconfiguration.schedule.joint_programme import JointProgramme
from p2pdnr.reconfiguration.schedule.joint_reduction import FreeIntegers, free_within, undecided
from p2pdnr.reconfiguration.schedule.lever_states import lever_states
from p2pdnr.reconfiguration.terms import LeverTerms, OperatorTerms
from p2pdnr.reconfiguration.topologies.tree_set import all_trees
from tests.random_networks import build

HOURS, ROOM = 3, (0.0, 0.3, 2.0, 1e9)


def programme(seed: int) -> JointProgramme:
    """Random costs of the trees of a ring of four buses, at three positions times two."""
    rng = np.random.default_rng(seed)
    network = build([(0, 1), (1, 2), (2, 3), (3, 0)], 4, seed)
    trees = all_trees(network)
    items = (Lever("capacitor", 0, 0, 2, 1.0), Lever("capacitor", 1, 0, 1, 1.0))
    levers = lever_states(Levers(items, (1, 0), network))
    closed = np.array([True, True, True, False])
    terms = OperatorTerms(np.full(4, 0.2), return_to_initial=bool(seed % 2))
    stage = rng.uniform(0.0, 2.0, (HOURS, len(trees), len(levers)))
    return JointProgramme(stage, trees, levers, terms, LeverTerms(0.1), closed)


def cost_of(case: JointProgramme, sequence: tuple[tuple[int, int], ...]) -> float:
    """Of one sequence of trees and states."""
    closed, state, total = case.initial, case.levers.start, 0.0
    back = [(None, case.levers.start)] if case.terms.return_to_initial else []
    for hour, (tree, to) in enumerate([*sequence, *back]):
        there = case.initial if tree is None else case.trees.closed(tree)
        total += float(case.terms.switching_cost_eur[closed != there].sum())
        total += case.lever_terms.step_eur * int(case.levers.steps_from(state)[to])
        total += 0.0 if tree is None else float(case.stage[hour, tree, to])
        closed, state = there, to
    return total


@pytest.mark.parametrize("seed", range(4))
def test_what_is_left_is_what_schedules_within_a_cost_use(seed: int) -> None:
    case = programme(seed)
    choices = list(product(range(len(case.trees)), range(len(case.levers))))
    costs = {sequence: cost_of(case, sequence) for sequence in product(choices, repeat=HOURS)}
    through, least = case.through(), min(costs.values())
    assert through.min() == pytest.approx(least)
    for room in ROOM:
        most = least + room + 1e-9
        used: list[set[tuple[int, int]]] = [set() for _ in range(HOURS)]
        for sequence, cost in costs.items():
            if cost <= most:
                for hour, pair in enumerate(sequence):
                    used[hour].add(pair)
        lines = positions = 0
        for pairs in used:
            states = np.array([case.trees.closed(tree) for tree, _ in pairs])
            lines += int((states.any(axis=0) & ~states.all(axis=0)).sum())
            counts = [len(set(column)) for column in case.levers.positions[[to for _, to in pairs]].T.tolist()]
            positions += sum(count for count in counts if count > 1)
        assert free_within(case, through, most) == FreeIntegers(lines, positions)


def test_before_anything_is_known_all_is_undecided() -> None:
    case = programme(0)
    assert undecided(case, 4) == FreeIntegers(HOURS * 4, HOURS * 5) and undecided(case, 4).total == 27
    assert free_within(case, case.through(), np.inf).total == 27
    assert free_within(case, case.through(), -1.0).total == 0
