"""Prosumers of one hour side by side, against their written statement and against themselves one after the other."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from p2pdnr.errors import SolverError
from p2pdnr.market.kernel_arrays import CHARGE, DISCHARGE, TRADES
from p2pdnr.market.kernel_arrays import PV as PV_COLUMN
from p2pdnr.market.prosumer_blocks import Member, part_of
from p2pdnr.market.responses import GAP_TOLERANCE_EUR, ProsumerBlock, Pull, Response
from p2pdnr.market.side_by_side import packs
from tests.market.prosumers import (
    BATTERY,
    LOAD,
    PV,
    assert_answers,
    block_of,
    bounded,
    prosumer,
    random_pull,
)

PROPERTY = settings(deadline=None, derandomize=True, max_examples=30)


def market(seed: int, count: int) -> ProsumerBlock:
    """One hour of prosumers with random devices, of whom some know many others and some nobody; batteries have to be
    filled or emptied."""
    rng = np.random.default_rng(seed)
    terms = tuple(
        prosumer(seed + k, 1, int(rng.integers(64)), battery_end_kwh=float(rng.choice([np.nan, 20.0, 40.0])),
                 battery_initial_kwh=30.0)
        for k in range(count)
    )  # fmt: skip
    pairs = [(a, b) for b in range(count) for a in range(b) if rng.random() < 0.6 * a / count]
    return block_of(terms, pairs)


def alone(
    block: ProsumerBlock, pull: Pull, start: Response | None = None, delivered: np.ndarray | None = None
) -> Response:
    """The answer of prosumers one after the other."""
    trading = delivered is None
    return block._response(block._one_by_one(pull, delivered, trading, start, GAP_TOLERANCE_EUR))


@pytest.mark.parametrize("seed", range(3))
def test_answers_are_the_optimum_of_the_statement(seed: int) -> None:
    block = market(seed, 11)
    assert block.packs is not None
    pull = random_pull(block, seed)
    assert_answers(block, pull, block.respond(pull))


@PROPERTY
@given(st.integers(0, 2**16), st.integers(8, 26), st.sampled_from([1e-3, 1e-2, 0.1]), st.booleans())
def test_neighbours_in_a_pack_change_nothing(seed: int, count: int, weight: float, within: bool) -> None:
    block = market(seed, count)
    block = bounded(block, seed) if within else block
    pull = random_pull(block, seed, weight)
    together, one_by_one = block.respond(pull), alone(block, pull)
    np.testing.assert_allclose(together.injection_kw, one_by_one.injection_kw, atol=2e-5 / weight)
    np.testing.assert_allclose(together.trade_kw, one_by_one.trade_kw, atol=2e-5 / weight)
    np.testing.assert_allclose(together.columns.sum(axis=2), one_by_one.columns.sum(axis=2), atol=1e-2)


def test_a_warm_start_changes_the_effort_alone() -> None:
    block, weight = market(4, 19), 1e-3
    first, other = random_pull(block, 1, weight), random_pull(block, 2, weight)
    names = ("trade_linear", "injection_linear", "trade_weight", "injection_weight")
    after = Pull(*(0.999 * getattr(first, name) + 0.001 * getattr(other, name) for name in names))
    start = block.respond(first)
    before = start.rows.copy()
    cold, warm = block.respond(after), block.respond(after, start=start)
    np.testing.assert_allclose(warm.injection_kw, cold.injection_kw, atol=1e-3)
    assert warm.iterations.sum() < 0.8 * cold.iterations.sum()
    np.testing.assert_array_equal(start.rows, before)


def test_either_way_of_solving_starts_from_the_other() -> None:
    block = market(6, 9)
    pull = random_pull(block, 1)
    np.testing.assert_allclose(
        alone(block, pull, block.respond(pull)).injection_kw, block.respond(pull).injection_kw, atol=1e-4
    )
    again = block.respond(pull, start=alone(block, pull))
    np.testing.assert_allclose(again.injection_kw, block.respond(pull).injection_kw, atol=1e-4)


def test_agreed_trades_are_delivered() -> None:
    block = market(7, 12)
    pull, delivered = random_pull(block, 3), np.zeros((12, 1))
    np.add.at(delivered, np.repeat(np.arange(12), np.diff(block.first_edge)), block.respond(pull).trade_kw)
    assert np.abs(delivered).max() > 1.0
    found = block.respond(pull, delivered, trading=False)
    np.testing.assert_allclose(found.injection_kw, alone(block, pull, delivered=delivered).injection_kw, atol=1e-4)
    assert np.abs(found.trade_kw).max(initial=0.0) == 0.0


@pytest.mark.interpreted
def test_only_those_without_an_answer_are_named() -> None:
    terms = [prosumer(k, 1, LOAD | PV) for k in range(9)]
    terms[5] = replace(terms[5], low_kw=5000.0)
    block = block_of(tuple(terms), [(0, 1)])
    with pytest.raises(SolverError, match="from prosumers P5: "):
        block.respond(block.no_pull())


def test_a_battery_is_filled_in_its_one_hour() -> None:
    terms = tuple(prosumer(k, 1, BATTERY | LOAD, battery_initial_kwh=10.0, battery_end_kwh=29.0) for k in range(10))
    answer = block_of(terms, []).respond(block_of(terms, []).no_pull())
    np.testing.assert_allclose(answer.quantity("energy_kwh"), 29.0, atol=1e-9)
    np.testing.assert_allclose(
        answer.quantity("charge_kw") - answer.quantity("discharge_kw") / 0.95**2, 20.0, atol=1e-4
    )


def test_every_prosumer_has_a_lane_of_its_own_and_bounded_ones_their_own_packs() -> None:
    first_edge = np.cumsum([0, 3, 0, 7, 1, 1, 2, 0, 0, 5, 4, 1])
    apart = np.arange(11) % 3 == 0
    found = packs(first_edge, apart)
    assert len(set(found.place.tolist())) == 11
    assert not set(found.place[apart] // 8) & set(found.place[~apart] // 8)
    assert len(set(found.rows.tolist())) == TRADES * 11 + 2 * first_edge[-1]
    pack = found.rows // 8
    assert (pack < found.first[-1]).all()


def test_blocks_that_live_apart_answer_the_same() -> None:
    block = market(9, 20)
    pull = random_pull(block, 2)
    edges = int(block.first_edge[9])
    parts = [(slice(0, 9), slice(0, edges)), (slice(9, 20), slice(edges, block.n_edges))]
    answers = [Member(block.part(where[0].start, where[0].stop))(part_of(pull, *where)) for where in parts]
    joined = np.concatenate([item["injection_kw"] for item in answers])
    np.testing.assert_allclose(joined, block.respond(pull).injection_kw, atol=1e-4)


@PROPERTY
@example(0, 8, 1e-3)
@given(st.integers(0, 2**16), st.integers(8, 20), st.sampled_from([1e-3, 1e-2]))
def test_what_stands_behind_inverters_costs_the_same_in_a_pack(seed: int, count: int, weight: float) -> None:
    block, rng = market(seed, count), np.random.default_rng(seed)
    pull = replace(
        random_pull(block, seed, weight),
        device_linear=rng.normal(0.0, 0.3, (count, 1, 3)),
        device_weight=weight * rng.uniform(0.5, 2.0, count),
    )
    together, one_by_one = block.respond(pull), alone(block, pull)
    devices = [PV_COLUMN, DISCHARGE, CHARGE]
    np.testing.assert_allclose(together.columns[:, :, devices], one_by_one.columns[:, :, devices], atol=2e-5 / weight)
    np.testing.assert_allclose(together.injection_kw, one_by_one.injection_kw, atol=2e-5 / weight)
    if (seed, count) == (0, 8):
        bare = block.respond(replace(pull, device_linear=None, device_weight=None))
        assert np.abs(together.columns - bare.columns).max() > 1.0, "they cost something"


def test_a_block_in_this_process_shares_the_arrays_of_all_and_one_that_travels_makes_its_own() -> None:
    block = market(3, 20)
    data = block.part(5, 17)
    here, there = Member(data)._block, Member(pickle.loads(pickle.dumps(data)))._block
    for name in ("lower", "upper", "linear", "quadratic", "right", "battery", "injection_kw", "edge_limit_kw"):
        assert np.shares_memory(getattr(here, name), getattr(block, name))
        np.testing.assert_array_equal(getattr(here, name), getattr(there, name))
    for name, mine, its in zip(here.layout._fields, here.layout, there.layout, strict=True):
        np.testing.assert_array_equal(mine, its, err_msg=name)
    assert np.shares_memory(here.layout.width, block.layout.width)
    assert not np.shares_memory(there.layout.width, block.layout.width)
