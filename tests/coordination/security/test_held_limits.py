"""Limits held back, on figures small enough to follow."""

from __future__ import annotations

import numpy as np
import pytest

from p2pdnr.coordination.security.held_limits import Margins, blamed, further, held_back, larger, margins
from p2pdnr.network.arrays import Network
from p2pdnr.network.readers import from_text
from p2pdnr.reconfiguration.days.many_days import Broken, Seen

DAYS = 101


@pytest.fixture(scope="module")
def network() -> Network:
    found = from_text("S1 2 r=0.4, 2 3 r=0.5")
    return found.with_(limit_a=np.array([100.0, 100.0]), vm_min_pu=0.95, vm_max_pu=1.05)


def days_of(vm_pu: np.ndarray, loading: np.ndarray) -> Seen:
    """One hour: voltages (N, n) and loadings (N, m)."""
    count = len(vm_pu)
    return Seen(vm_pu[:, None], loading[:, None], np.zeros((count, 1)), np.zeros((count, 1)))


@pytest.fixture(scope="module")
def spread() -> tuple[Seen, Seen]:
    """A plan near its upper voltage limit, and days evenly about it: 0.02 p.u. at bus 3, 0.3 of the first line."""
    steps = np.linspace(-1.0, 1.0, DAYS)[:, None]
    plan = days_of(np.array([[1.0, 1.0, 1.04]]), np.array([[0.9, 0.1]]))
    return plan, days_of(
        np.array([[1.0, 1.0, 1.04]]) + steps * [0.0, 0.001, 0.02], np.array([[0.9, 0.1]]) + steps * [0.3, 0.3]
    )


def test_margins_are_quantiles_where_a_limit_would_break(network: Network, spread: tuple[Seen, Seen]) -> None:
    found = margins(network, *spread, level=0.95)
    assert found.high_pu == pytest.approx(0.02 * 0.9)
    assert found.low_pu == 0.0, "bus 3 is far from the lower limit, bus 2 hardly moves"
    assert found.line == pytest.approx([0.3 * 0.9, 0.0])


def test_days_without_a_power_flow_are_no_part_of_them(network: Network, spread: tuple[Seen, Seen]) -> None:
    plan, days = spread
    lost = Seen(days.vm_pu.copy(), days.loading.copy(), days.loss_kw.copy(), days.violation_eur)
    lost.vm_pu[-1], lost.loading[-1], lost.loss_kw[-1] = np.nan, np.nan, np.nan
    assert margins(network, plan, lost, 0.95).high_pu == pytest.approx(0.018, abs=4e-4)


def test_days_near_collapse_take_no_more_than_a_third_of_the_band(network: Network) -> None:
    steps = np.linspace(-1.0, 1.0, DAYS)[:, None]
    plan = days_of(np.array([[1.0, 1.0, 1.0]]), np.array([[0.9, 0.1]]))
    far = days_of(np.array([[1.0, 1.0, 1.0]]) + steps * [0.0, 0.0, 0.4], np.array([[0.9, 0.1]]) + steps * [0.0, 0.0])
    found = margins(network, plan, far, level=0.95)
    assert found.low_pu == found.high_pu == pytest.approx((network.vm_max_pu - network.vm_min_pu) / 3.0)


def test_limits_move_by_margin_times_scale(network: Network) -> None:
    margin = Margins(0.01, 0.02, np.array([0.3, 0.0]))
    found = held_back(network, margin, np.array([1.0, 2.0, 1.0, 5.0]))
    assert (found.vm_min_pu, found.vm_max_pu) == pytest.approx((0.96, 1.01))
    assert found.limit_a == pytest.approx([70.0, 100.0])


def test_something_of_every_limit_stays(network: Network) -> None:
    found = held_back(network, Margins(0.2, 0.2, np.array([0.9, 0.9])), np.array([1.0, 3.0, 2.0, 1.0]))
    assert found.vm_max_pu - found.vm_min_pu == pytest.approx(0.005)
    assert found.vm_min_pu - 0.95 == pytest.approx((1.05 - found.vm_max_pu) / 3)
    assert found.limit_a == pytest.approx([10.0, 10.0])
    untouched = held_back(network, Margins(0.2, 0.2, np.array([0.9, 0.9])), np.zeros(4))
    assert (untouched.vm_min_pu, untouched.vm_max_pu) == (0.95, 1.05)


def broken_days(high: list[int], line: list[int]) -> Broken:
    """20 days of one hour: on which the upper voltage limit and the second line's break."""
    limits = Broken(np.zeros((20, 1), bool), np.zeros((20, 1), bool), np.zeros((20, 1, 2), bool))
    limits.high[high], limits.line[line, 0, 1] = True, True
    return limits


def test_blame_falls_on_as_few_as_explain_the_days() -> None:
    assert blamed(broken_days([*range(10)], [0, 1]), allowed=4).tolist() == [False, True, False, False]
    assert blamed(broken_days([*range(10)], [*range(8, 14)]), allowed=2).tolist() == [False, True, False, True]
    assert not blamed(broken_days([3], []), allowed=2).any()


def test_who_is_to_blame_is_held_back_further() -> None:
    found = further(np.array([0.0, 0.0, 1.5, 2.0]), broken_days([*range(10)], [*range(8, 14)]), 2, (1.0, 1.25))
    assert found.tolist() == [0.0, 1.0, 1.5, 2.5]


def test_the_larger_margin_counts_limit_by_limit() -> None:
    found = larger(Margins(0.1, 0.2, np.array([0.0, 0.4])), Margins(0.3, 0.1, np.array([0.2, 0.1])))
    assert (found.low_pu, found.high_pu, found.line.tolist()) == (0.3, 0.2, [0.2, 0.4])
