"""Every sequence of trees by hand: what schedules are held against."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import assume, settings
from hypothesis import strategies as st

from p2pdnr.network.arrays import Network
from p2pdnr.reconfiguration.schedule.dynamic_programme import Schedule
from p2pdnr.reconfiguration.terms import OperatorTerms
from p2pdnr.reconfiguration.topologies.tree_set import TreeSet, all_trees
from tests.random_networks import networks

Problem = tuple[Network, TreeSet, np.ndarray, OperatorTerms]
"""A small network, trees of it, stage costs (n_trees, T) and terms."""

PROPERTY = settings(deadline=None, derandomize=True, max_examples=40)


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
def problems(draw: st.DrawFn) -> Problem:
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
