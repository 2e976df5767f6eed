"""What travels, counted by hand."""

from __future__ import annotations

from p2pdnr.coordination.messages import traffic
from tests.coordination.cases import market_document, problem_of

PEOPLE = ({"id": "A", "load_kw": 10}, {"id": "B", "pv_kw": 10}, {"id": "C", "load_kw": 5})


def test_pairs_and_the_operator() -> None:
    """Three pairs: 6 messages of T numbers; three prosumers: T numbers up, 2 T down."""
    turn = traffic(problem_of(market_document(*PEOPLE, hours=4)))
    assert turn.messages == 6 + 6
    assert turn.bytes == 8 * (6 * 4 + 3 * 4 + 3 * 8)


def test_without_trade_only_the_operator_is_asked() -> None:
    turn = traffic(problem_of(market_document(*PEOPLE, hours=4), p2p=False))
    assert turn.messages == 6
    assert turn.bytes == 8 * 3 * 12
