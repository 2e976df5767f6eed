"""Single exchanges against trying all pairs of lines."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2pdnr.errors import NetworkError, PowerFlowError
from p2pdnr.network.arrays import Network
from p2pdnr.network.newton import solve_meshed
from p2pdnr.network.powerflow import solve_tree
from p2pdnr.network.readers import from_text
from p2pdnr.network.topology import is_radial, orient
from p2pdnr.reconfiguration.planning.single_exchanges import rank_swaps
from p2pdnr.reconfiguration.terms import OperatorTerms, violation_eur
from tests.random_networks import networks

PROPERTY = settings(deadline=None, derandomize=True, max_examples=20)


def by_hand(network: Network) -> dict[tuple[int, int], tuple[bool, float]]:
    """(close, open), numbers -> (breaks a limit, loss) of every pair of switchable lines whose exchange is radial."""
    found = {}
    for close in np.flatnonzero(~network.closed & network.switchable).tolist():
        for opened in np.flatnonzero(network.closed & network.switchable).tolist():
            closed = network.closed.copy()
            closed[[close, opened]] = True, False
            if is_radial(network, closed):
                flow = solve_tree(network, orient(network, closed), network.p_kw[None], network.q_kvar[None])
                broken = violation_eur(network, OperatorTerms(np.zeros(1)), flow.vm_pu, flow.current_a)[0] > 1e-8
                found[close + 1, opened + 1] = bool(broken), float(flow.loss_kw.sum())
    return found


@PROPERTY
@given(networks(max_buses=8, max_loops=4), st.sets(st.integers(0, 9), max_size=2), st.integers(0, 12))
def test_equals_all_pairs_by_hand(network: Network, locked: set[int], most: int) -> None:
    network = network.with_(switchable=np.array([line not in locked for line in range(network.n_lines)]))
    expected, found = by_hand(network), rank_swaps(network, most)
    assert found.possible == len(expected)
    assert len(found.swaps) == min(most, len(expected))
    for swap in found.swaps:
        broken, loss_kw = expected[swap.close, swap.open]
        assert swap.within_limits != broken
        assert swap.loss_kw == pytest.approx(loss_kw, abs=1e-9)
        assert swap.saving_kw == pytest.approx(found.initial_loss_kw - loss_kw, abs=1e-9)
    order = [(not swap.within_limits, swap.loss_kw) for swap in found.swaps]
    assert order == sorted(order)
    best = sorted(expected.values())[: len(order)]
    np.testing.assert_allclose([loss for _, loss in order], [loss for _, loss in best], atol=2e-3)


def test_the_best_exchange_of_the_33_bus_feeder(network33: Network) -> None:
    best = rank_swaps(network33, 1).swaps[0]
    assert (best.close, best.open) == (35, 8)
    assert best.loss_kw == pytest.approx(153.493, abs=1e-3)


def test_a_state_that_is_not_radial_is_named() -> None:
    with pytest.raises(NetworkError, match=r"lines .* form a loop"):
        rank_swaps(from_text("S1 2, 2 3, 3 1"), 3)
    with pytest.raises(PowerFlowError):
        rank_swaps(from_text("S1 2, 2 3, 3 1 open, bus 3 p=9000000"), 3)


def test_without_loops_there_is_nothing_to_exchange() -> None:
    found = rank_swaps(from_text("S1 2, 2 3"), 3)
    assert (found.possible, found.swaps) == (0, ())


def test_exchanges_beside_a_ring_are_those_of_newton_raphson() -> None:
    ring = "S1 2 fixed r=0.4 x=0.3, 2 3 fixed r=0.3, 3 1 fixed r=0.5 x=0.1"
    feeder = "2 4 r=0.4, 4 5 r=0.6, 5 3 r=0.3 open, 4 3 r=0.9 open"
    network = from_text(f"{ring}, {feeder}, bus 3 p=200, bus 4 p=300 q=100, bus 5 p=400")
    expected = {}
    for close, opened in ((6, 4), (6, 5), (7, 4)):
        closed = network.closed.copy()
        closed[[close - 1, opened - 1]] = True, False
        solved = solve_meshed(network, closed)
        expected[close, opened] = float(solved.loss_kw.sum()), float(solved.vm_pu.min())
    found = rank_swaps(network, 9)
    assert found.possible == 3 and {(swap.close, swap.open) for swap in found.swaps} == set(expected)
    assert found.initial_loss_kw == pytest.approx(float(solve_meshed(network, network.closed).loss_kw.sum()), abs=1e-6)
    for swap in found.swaps:
        loss_kw, lowest_pu = expected[swap.close, swap.open]
        assert swap.loss_kw == pytest.approx(loss_kw, abs=1e-6) and swap.vm_min_pu == pytest.approx(lowest_pu, abs=1e-9)
    assert rank_swaps(network, 1).swaps == found.swaps[:1]
