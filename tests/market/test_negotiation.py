"""Two copies of every trade: agreement, price, and what it all sums to."""

from __future__ import annotations

import numpy as np
import pytest

from p2pdnr.market.negotiation import Trading, agree, delivered, opening, pull
from p2pdnr.market.responses import ProsumerBlock, prosumer_block
from p2pdnr.market.terms import TradeTerms
from tests.market.prosumers import terms

PAIRS = np.array([[0, 1], [0, 2], [1, 2]])


def block() -> ProsumerBlock:
    fee = np.full((3, 2), 0.01)
    return prosumer_block((terms(), terms(), terms()), TradeTerms(PAIRS, np.full(3, 10.0), fee, 0.01))


def copies(first: float, second: float) -> np.ndarray:
    """(2E, T) directed copies, the same for every pair and hour."""
    market = block()
    values = np.zeros((6, 2))
    values[market.directed[:, 0]], values[market.directed[:, 1]] = first, second
    return values


WEIGHT = np.array([0.01, 0.02])


def start(agreed_kw: float = 0.0, price_eur_per_kw: float = 0.2) -> Trading:
    nothing = np.zeros((3, 2))
    return Trading(np.full((3, 2), agreed_kw), np.full((3, 2), price_eur_per_kw), nothing, nothing)


def test_the_opening_is_no_trade_at_the_given_price() -> None:
    trading = opening(2, 3, np.array([0.1, 0.2, 0.3]))
    assert trading.price_eur_per_kw.tolist() == [[0.1, 0.2, 0.3]] * 2
    assert not trading.agreed_kw.any()
    assert trading.mismatch_kw == 0.0
    assert opening(0, 3, np.zeros(3)).mismatch_kw == 0.0


def test_copies_that_agree_leave_the_price() -> None:
    trading = agree(block(), start(4.0), copies(4.0, -4.0), WEIGHT, 1.6)
    assert trading.agreed_kw == pytest.approx(np.full((3, 2), 4.0))
    assert trading.price_eur_per_kw == pytest.approx(np.full((3, 2), 0.2))
    assert trading.mismatch_kw == 0.0


def test_the_mean_is_agreed_and_the_price_falls_where_more_is_offered_than_wanted() -> None:
    """6 offered, 2 wanted: 4 agreed, the price falls by weight x 4 / 2."""
    trading = agree(block(), start(), copies(6.0, -2.0), WEIGHT, 1.0)
    assert trading.agreed_kw == pytest.approx(np.full((3, 2), 4.0))
    assert trading.price_eur_per_kw == pytest.approx(np.tile(0.2 - WEIGHT * 2, (3, 1)))
    assert trading.mismatch_kw == 4.0


def test_over_relaxation_goes_further_than_asked() -> None:
    trading = agree(block(), start(1.0), copies(2.0, -2.0), WEIGHT, 1.6)
    assert trading.agreed_kw == pytest.approx(np.full((3, 2), 1.6 * 2.0 - 0.6 * 1.0))


def test_the_pull_rewards_sales_and_draws_to_what_is_agreed() -> None:
    """A copy e costs linear e + weight/2 e^2: at price p and agreement a, -p e + weight/2 (e - a)^2."""
    market = block()
    linear = pull(market, start(3.0, 0.2), WEIGHT)
    assert linear[market.directed[:, 0]] == pytest.approx(np.tile(-0.2 - WEIGHT * 3.0, (3, 1)))
    assert linear[market.directed[:, 1]] == pytest.approx(np.tile(-0.2 + WEIGHT * 3.0, (3, 1)))


def test_what_one_sells_another_receives() -> None:
    agreed_kw = np.array([[1.0, 10.0], [2.0, 20.0], [4.0, -40.0]])
    assert delivered(block(), agreed_kw).tolist() == [[3, 30], [3, -50], [-6, 20]]
    assert delivered(block(), agreed_kw).sum(axis=0) == pytest.approx([0, 0])


def test_nobody_to_trade_with_delivers_nothing() -> None:
    empty = TradeTerms(np.zeros((0, 2), dtype=np.int64), np.zeros(0), np.zeros((0, 2)), 0.0)
    assert delivered(prosumer_block((terms(), terms()), empty), np.zeros((0, 2))).tolist() == [[0, 0], [0, 0]]
