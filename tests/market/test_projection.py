"""From copies to trades: what both sides can deliver, near what they agreed on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2pdnr.market import kernel_arrays as kernel
from p2pdnr.market import negotiation
from p2pdnr.market.negotiation import Trading, delivered
from p2pdnr.market.projection import project
from p2pdnr.market.responses import Floats, ProsumerBlock, Pull, Response, prosumer_block
from p2pdnr.market.terms import ProsumerTerms, TradeTerms
from tests import thorough
from tests.market.prosumers import ALL_DEVICES, LOAD, PV, prosumer, terms, trades_of

PROPERTY = thorough.examples(6, 25)
WEIGHT = 1e-3


def negotiated(block: ProsumerBlock, trades: TradeTerms, turns: int) -> tuple[Trading, Response]:
    """Where prosumers stand after some turns among themselves."""
    hours = block.right.shape[1]
    weight, nothing = np.full(hours, WEIGHT), np.zeros((len(block.terms), hours))
    buy, sell = (
        np.mean([getattr(k, name) for k in block.terms], axis=0) for name in ("buy_eur_per_kwh", "sell_eur_per_kwh")
    )
    trading = negotiation.opening(trades.n_pairs, hours, block.terms[0].step_h * (buy + sell) / 2.0)
    response = None
    for _ in range(turns):
        pull = Pull(negotiation.pull(block, trading, weight), nothing, weight, np.full(hours, 1e-5))
        response = block.respond(pull, start=response)
        trading = negotiation.agree(block, trading, response.trade_kw, weight, 1.6)
    assert response is not None
    return trading, response


@st.composite
def communities(draw: st.DrawFn) -> tuple[ProsumerBlock, TradeTerms]:
    """Prosumers with a few hours, some of them not able to turn to a retailer, in one group or several."""
    hours, count = draw(st.integers(1, 4)), draw(st.integers(2, 6))
    devices = [draw(st.integers(1, ALL_DEVICES)) for _ in range(count)]
    limits = [draw(st.sampled_from([0.0, 500.0])) for _ in range(count)]
    seed = draw(st.integers(0, 1000))
    terms = tuple(prosumer(seed + k, hours, devices[k], import_limit_kw=limits[k]) for k in range(count))
    pairs = [(a, b) for b in range(count) for a in range(b) if draw(st.booleans())]
    trades = trades_of(terms, pairs, 0.001)
    return prosumer_block(terms, trades), trades


@PROPERTY
@given(communities(), st.integers(5, 60))
def test_both_sides_can_deliver_the_trades(community: tuple[ProsumerBlock, TradeTerms], turns: int) -> None:
    """However far the negotiation has come: one power per pair, and every prosumer has an answer to its trades."""
    block, trades = community
    trading, response = negotiated(block, trades, turns)
    traded_kw = project(block, trades, trading, response)
    assert traded_kw.shape == (trades.n_pairs, block.right.shape[1])
    answer = block.respond(block.no_pull(), delivered_kw=delivered(block, traded_kw), trading=False)
    x = {name: answer.quantity(name).T for name in answer.quantities}
    owned_kw = answer.injection_kw - x["export_kw"] + x["import_kw"]
    np.testing.assert_allclose(owned_kw, delivered(block, traded_kw), atol=1e-4)


@PROPERTY
@given(communities())
def test_what_is_agreed_stays(community: tuple[ProsumerBlock, TradeTerms]) -> None:
    """When copies agree, so does the projection, within the trade limits."""
    block, trades = community
    trading, response = negotiated(block, trades, 300)
    traded_kw = project(block, trades, trading, response)
    moved_kw = np.abs(traded_kw - trading.agreed_kw).max(initial=0.0)
    copies_kw = max(trading.mismatch_kw, np.abs(trading.first_kw - trading.agreed_kw).max(initial=0.0))
    assert moved_kw <= 1e-3 + 10.0 * len(block.terms) * copies_kw
    assert np.all(np.abs(traded_kw) <= trades.limit_kw[:, None] + moved_kw + 1e-9)


def test_without_pairs_there_is_nothing_to_project() -> None:
    terms = (prosumer(0, 3), prosumer(1, 3, LOAD))
    trades = trades_of(terms, [], 0.001)
    block = prosumer_block(terms, trades)
    response = block.respond(block.no_pull())
    trading = negotiation.opening(0, 3, np.full(3, 0.2))
    assert project(block, trades, trading, response).shape == (0, 3)


def test_the_retailer_takes_what_is_left_over() -> None:
    """A seller offers 30 kW, the buyer takes 24: the seller exports the rest."""
    terms = (
        prosumer(0, 1, PV, pv_kw=np.array([30.0])),
        prosumer(1, 1, LOAD, load_kw=np.array([24.0]), import_limit_kw=0.0),
    )
    trades = trades_of(terms, [(0, 1)], 0.0)
    block = prosumer_block(terms, trades)
    pull = block.no_pull()
    pull.trade_linear[:] = [[-0.5], [0.2]]
    response = block.respond(pull)
    first, second = response.trade_kw
    assert first[0] == pytest.approx(24.0, abs=1e-3)  # the smaller partner limits the trade
    trading = Trading(np.array([[20.0]]), np.array([[0.2]]), first[None], second[None])
    assert project(block, trades, trading, response)[0, 0] == pytest.approx(24.0, abs=1e-3)


def standing(people: tuple[ProsumerTerms, ...], *columns: dict[int, float]) -> tuple[ProsumerBlock, Response]:
    """A block of one hour, and where its prosumers stand: columns by number, zero else."""
    block = prosumer_block(people, trades_of(people, [(k, len(people) - 1) for k in range(len(people) - 1)], 0.0))
    response = block.respond(block.no_pull())
    told = np.zeros_like(response.columns)
    for k, values in enumerate(columns):
        for column, value in values.items():
            told[k, 0, column] = value
    return block, replace(response, columns=told)


def projected(block: ProsumerBlock, response: Response) -> Floats:
    """(E,) trades of the only hour where nothing was agreed."""
    trades = trades_of(block.terms, [(k, len(block.terms) - 1) for k in range(len(block.terms) - 1)], 0.0)
    return project(block, trades, negotiation.opening(trades.n_pairs, 1, np.full(1, 0.2)), response)[:, 0]


@pytest.mark.parametrize(("load_kw", "sold_kw"), [(12.0, (5.0, 7.0)), (7.0, (2.0, 5.0)), (3.5, (1.0, 2.5))])
def test_sellers_give_way_by_retail_and_pv_before_generators(load_kw: float, sold_kw: tuple[float, float]) -> None:
    """One sells 6 kW of PV and 2 of a generator and must not export; the other 9 kW of a generator, of which it may
    export 4. What the buyer leaves is shared 6 to 4, and beyond 10 kW, 2 to 5 as generators have it."""
    block, response = standing(
        (
            terms(1, pv_kw=[6.0], generator_kw=2.0, export_limit_kw=0.0),
            terms(1, generator_kw=9.0, export_limit_kw=4.0),
            terms(1, load_kw=[load_kw]),
        ),
        {kernel.PV: 6.0, kernel.GENERATOR: 2.0, kernel.EXPORT_SLACK: 8.0},
        {kernel.GENERATOR: 9.0, kernel.EXPORT_SLACK: 9.0},
    )
    assert projected(block, response) == pytest.approx(sold_kw, abs=1e-6)


def test_buyers_give_way_by_less_import_before_more_use() -> None:
    """10 kW come to two buyers of 4 and 3: the first can import 1 kW less and use 3 more, the second serve 2 more. Of
    the 3 kW left over the first takes 1, and of the other two 3 in 5."""
    block, response = standing(
        (terms(1, load_kw=[3.0], elastic_kw=5.0), terms(1, load_kw=[5.0]), terms(1, generator_kw=10.0)),
        {kernel.ELASTIC: 2.0, kernel.IMPORTED: 1.0},
        {kernel.UNSERVED: 2.0},
        {kernel.GENERATOR: 10.0},
    )
    assert projected(block, response) == pytest.approx([-6.2, -3.8], abs=1e-6)


@pytest.mark.parametrize(("load_kw", "sold_kw"), [(4.0, 5.5), (12.0, 9.0), (18.0, 10.0)])
def test_what_is_short_comes_from_retail_and_pv_then_devices_then_nowhere(load_kw: float, sold_kw: float) -> None:
    """The seller, at 4 kW, can export 2 less, raise PV by 1 and its generator by 3; the buyer, who imports 1 kW of at
    most 6 and uses 5 above its load for elastic ones, can import 5 and do without 3 of these, as the rules against
    resale leave 8. The rest stays unserved."""
    block, response = standing(
        (
            terms(1, pv_kw=[6.0], generator_kw=4.0, import_limit_kw=0.0),
            terms(1, load_kw=[load_kw], elastic_kw=5.0, import_limit_kw=6.0),
        ),
        {kernel.PV: 5.0, kernel.GENERATOR: 1.0, kernel.EXPORTED: 2.0},
        {kernel.ELASTIC: 5.0, kernel.IMPORTED: 1.0, kernel.IMPORT_SLACK: 8.0},
    )
    assert projected(block, response) == pytest.approx([sold_kw], abs=1e-6)
