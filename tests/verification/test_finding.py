"""A verdict of three states, and a comparison that nothing but a number within its limit passes."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2pdnr.verification.finding import Finding, not_shown, within, worst

ODD = [math.nan, math.inf, -math.inf]


@settings(deadline=None, derandomize=True)
@given(value=st.floats(), limit=st.floats())
def test_only_finite_numbers_are_within_finite_limits(value: float, limit: float) -> None:
    assert within(value, limit) is (math.isfinite(value) and math.isfinite(limit) and value <= limit)


@pytest.mark.parametrize("value", ODD)
@pytest.mark.parametrize("holds", [None, True, False])
@pytest.mark.parametrize("unshown", [True, False])
@pytest.mark.parametrize("limit", [None, 1.0, *ODD])
def test_a_value_that_is_not_finite_fails_whatever_else_is_said(
    value: float, holds: bool | None, unshown: bool, limit: float | None
) -> None:
    assert Finding(value, holds=holds, unshown=unshown).state(limit) == "does not hold"


@pytest.mark.parametrize("limit", ODD)
def test_a_limit_that_is_not_finite_fails(limit: float) -> None:
    assert Finding(0.0).state(limit) == "does not hold"


def test_the_states() -> None:
    assert Finding(1.0).state(1.0) == "holds"
    assert Finding(1.0).state(None) == "holds"
    assert Finding(2.0).state(1.0) == "does not hold"
    assert Finding(None).state(1.0) == "does not hold"
    assert Finding(None).state(None) == "does not hold"
    assert Finding(None, holds=True).state(None) == "does not hold"
    assert Finding(2.0, holds=True).state(1.0) == "holds"
    assert Finding(0.0, holds=False).state(1.0) == "does not hold"
    assert not_shown("too many").state(1.0) == "not shown"
    assert not_shown("loose", 5.0).state(1.0) == "not shown"
    assert Finding(5.0, "loose", holds=False, unshown=True).state(1.0) == "does not hold"


@pytest.mark.parametrize("odd", ODD)
def test_the_worst_of_what_is_not_finite_has_no_value(odd: float) -> None:
    residuals = np.zeros((3, 2))
    residuals[1, 1] = odd
    found = worst({"flow": residuals}, ("bus 1", "bus 2"))
    assert found.value is None
    assert "bus 2, hour 1" in found.detail


def test_of_many_names_the_one_that_is_told_is_asked_for() -> None:
    asked: list[int] = []

    def name(place: int) -> str:
        asked.append(place)
        return f"bus {place + 1}"

    found = worst({"flow": np.array([[0.0, 1.0, 0.5], [0.0, 0.0, -3.0]])}, name)
    assert (found.value, found.detail, asked[-1:]) == (3.0, "flow: bus 3, hour 1", [2])
