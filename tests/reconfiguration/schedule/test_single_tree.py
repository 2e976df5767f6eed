"""One tree all the time, against its sequence written out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given

from p2pdnr.reconfiguration.schedule.single_tree import single_tree_eur
from tests.reconfiguration.schedule.brute_force import PROPERTY, Problem, allowed, operations, problems


@pytest.mark.interpreted
@PROPERTY
@given(problems())
def test_a_single_tree_costs_what_its_sequence_does(problem: Problem) -> None:
    network, trees, stage, terms = problem
    found = single_tree_eur(stage, trees, terms, network.closed)
    for tree in range(len(trees)):
        states = [network.closed, *[trees.closed(tree)] * stage.shape[1]]
        changes = operations([*states, network.closed] if terms.return_to_initial else states)
        switching = sum(terms.switching_cost_eur[change].sum() for change in changes)
        by_hand = stage[tree].sum() + switching if allowed(changes, terms, by_line=True) else np.inf
        assert found[tree] == pytest.approx(by_hand)
