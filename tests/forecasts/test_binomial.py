"""Bounds on a share, against the binomial distribution itself."""

from __future__ import annotations

import pytest
from scipy.stats import binom

from p2pdnr.forecasts.binomial import lower_share, most_days, upper_share


@pytest.mark.parametrize(("count", "days"), [(0, 50), (3, 50), (8, 300), (49, 50)])
def test_at_the_bound_so_few_days_are_just_as_unlikely_as_allowed(count: int, days: int) -> None:
    assert binom.cdf(count, days, upper_share(count, days, 0.95)) == pytest.approx(0.05)
    assert binom.sf(count - 1, days, lower_share(count, days, 0.95)) == pytest.approx(0.05 if count else 1.0)


def test_the_ends() -> None:
    assert upper_share(50, 50, 0.95) == 1.0
    assert lower_share(0, 50, 0.95) == 0.0


def test_most_days_is_the_last_count_that_says_enough() -> None:
    most = most_days(300, 0.05, 0.95)
    assert upper_share(most, 300, 0.95) <= 0.05 < upper_share(most + 1, 300, 0.95)
    assert most_days(10, 0.05, 0.95) == -1
