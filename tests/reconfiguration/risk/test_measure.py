"""The mean of the worst costs, against its definition as a minimum and as a linear programme."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2pdnr.reconfiguration.risk.measure import allowed, cvar, heaviest, most_weight

costs_of_days = st.lists(st.floats(0, 1e4), min_size=1, max_size=12).map(np.array)
levels = st.sampled_from([0.0, 0.3, 0.5, 0.9, 0.99])


@settings(deadline=None, derandomize=True)
@given(costs_of_days, levels)
def test_it_is_the_minimum_over_thresholds(costs: np.ndarray, level: float) -> None:
    """The minimum of a convex function that bends at the costs alone."""
    by_threshold = min(z + np.maximum(costs - z, 0.0).mean() / (1.0 - level) for z in costs)
    assert cvar(costs, level) == pytest.approx(by_threshold, rel=1e-9, abs=1e-9)


@settings(deadline=None, derandomize=True)
@given(costs_of_days, levels)
def test_the_heaviest_weights_are_allowed(costs: np.ndarray, level: float) -> None:
    weights = heaviest(costs, level)
    assert weights.sum() == pytest.approx(1.0)
    assert (weights <= most_weight(len(costs), level) + 1e-12).all()
    assert (weights >= 0.0).all()


def test_level_zero_is_the_mean_and_a_high_one_the_worst() -> None:
    costs = np.array([1.0, 2.0, 9.0])
    assert cvar(costs, 0.0) == pytest.approx(4.0)
    assert cvar(costs, 0.99) == pytest.approx(9.0)
    assert cvar(np.array([1.0, np.inf]), 0.0) == np.inf


def test_weights_that_rounding_has_moved_never_bound_too_high() -> None:
    found = allowed(np.array([0.6, 0.5, -1e-9]), 0.0)
    assert found.tolist() == pytest.approx([1 / 3, 1 / 3, 0.0])
    assert allowed(np.array([0.7, 0.7]), 0.5).sum() == pytest.approx(1.0)
