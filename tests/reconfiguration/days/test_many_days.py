"""Many days on one schedule: pandapower as judge, limits that break by hand, days without a power flow."""

from __future__ import annotations

import numpy as np
import pytest

from p2pdnr.network.arrays import Network
from p2pdnr.network.readers import from_text
from p2pdnr.reconfiguration.days import many_days
from p2pdnr.reconfiguration.days.many_days import Broken, Seen, broken, in_blocks, seen
from p2pdnr.reconfiguration.terms import OperatorTerms
from p2pdnr.verification.judge import judge
from tests.small_networks import RING


@pytest.fixture(scope="module")
def network() -> Network:
    found = from_text(RING)
    return found.with_(limit_a=np.full(found.n_lines, 60.0), vm_min_pu=0.95, vm_max_pu=1.02)


@pytest.fixture(scope="module")
def terms(network: Network) -> OperatorTerms:
    return OperatorTerms(np.ones(network.n_lines))


def two_trees(network: Network) -> np.ndarray:
    """(3, m) the initial tree, another, and the initial one again."""
    other = network.closed.copy()
    other[2], other[4] = False, True
    return np.array([network.closed, other, network.closed])


def test_pandapower_agrees_hour_by_hour(network: Network, terms: OperatorTerms) -> None:
    rng = np.random.default_rng(0)
    p_kw, q_kvar = rng.uniform(0, 400, (2, 3, 5)), rng.uniform(0, 100, (2, 3, 5))
    closed = two_trees(network)
    found = seen(network, terms, closed, (p_kw, q_kvar))
    for day in range(2):
        judged = judge(network, closed, p_kw[day], q_kvar[day])
        assert found.vm_pu[day] == pytest.approx(judged.vm_pu, abs=1e-8)
        assert found.loss_kw[day] == pytest.approx(judged.loss_kw.sum(axis=1), abs=1e-5)
        assert found.loading[day] == pytest.approx(judged.current_a / 60.0, abs=1e-6)
    assert (found.violation_eur > 0).any() == broken(network, found).hours.any()


def test_limits_break_beyond_what_is_noticed(network: Network) -> None:
    vm_pu = np.full((1, 5, 5), 1.0)
    vm_pu[0, 0, 1], vm_pu[0, 1, 1] = 0.95 - 5e-5, 0.95 - 2e-4
    vm_pu[0, 2, 0], vm_pu[0, 3, 4] = 1.5, 1.03  # the first is the substation
    loading = np.full((1, 5, network.n_lines), 0.5)
    loading[0, 4, 3] = 1.002
    found = broken(network, Seen(vm_pu, loading, np.ones((1, 5)), np.zeros((1, 5))))
    assert found.low[0].tolist() == [False, True, False, False, False]
    assert found.high[0].tolist() == [False, False, False, True, False]
    assert found.line[0].any(axis=0).tolist() == [False, False, False, True, False, False]
    assert found.hours[0].tolist() == [False, True, False, True, True]
    assert found.days.tolist() == [True]


def test_a_day_without_a_power_flow_breaks_every_limit(network: Network, terms: OperatorTerms) -> None:
    p_kw = np.zeros((2, 3, 5))
    p_kw[1, 1, 3] = 1e6
    found = seen(network, terms, two_trees(network), (p_kw, np.zeros_like(p_kw)))
    limits: Broken = broken(network, found)
    assert np.isnan(found.loss_kw).tolist() == [[False] * 3, [False, True, False]]
    assert limits.days.tolist() == [False, True]
    assert limits.line[1, 1].all()
    assert limits.low[1, 1]
    assert limits.high[1, 1]


def test_blocks_join_to_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[range] = []

    def look(block: range) -> tuple[np.ndarray, ...]:
        asked.append(block)
        days = np.array(block, dtype=float)
        return days, days[:, None] * 2.0

    monkeypatch.setattr(many_days, "CELLS", 30)
    once, twice = in_blocks(7, 10, look)
    assert once.tolist() == list(range(7))
    assert twice[:, 0].tolist() == [2.0 * day for day in range(7)]
    assert [len(block) for block in asked] == [3, 3, 1]
