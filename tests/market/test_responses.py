"""The compiled prosumer against its statement in cvxpy, and what a block promises."""

from __future__ import annotations

from dataclasses import replace

import cvxpy as cp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2pdnr.market.prosumer import QUANTITIES, prosumer_model
from p2pdnr.market.prosumer_blocks import Member, joined, part_of
from p2pdnr.market.responses import GAP_TOLERANCE_EUR, ProsumerBlock, Pull, prosumer_block
from p2pdnr.market.settlement import costs_eur
from p2pdnr.market.terms import ProsumerTerms, TradeTerms
from p2pdnr.network.lanes import LANES
from p2pdnr.solvers import Status, solve_once
from tests.market.prosumers import LOAD, PV, block_of, blocks, random_pull
from tests.market.prosumers import prosumer as any_prosumer

PAIRS = np.array([[0, 1], [0, 2], [1, 2]])


def prosumer(name: str, random: np.random.Generator, hours: int, step_h: float) -> ProsumerTerms:
    """Any combination of devices, some of size zero; sometimes cut off from the retailer."""

    def some(size: float) -> float:
        return float(size * random.uniform(0.2, 1.0)) if random.random() < 0.6 else 0.0

    capacity_kwh = some(100.0)
    return ProsumerTerms(
        name=name,
        step_h=step_h,
        load_kw=some(80.0) * random.uniform(0.2, 1.0, hours),
        pv_kw=some(120.0) * random.uniform(0.0, 1.0, hours),
        buy_eur_per_kwh=random.uniform(0.2, 0.35, hours),
        sell_eur_per_kwh=random.uniform(0.0, 0.1, hours),
        import_limit_kw=np.inf if random.random() < 0.7 else some(40.0),
        export_limit_kw=np.inf if random.random() < 0.7 else some(40.0),
        unserved_eur_per_kwh=10.0,
        flexible_share=some(0.3),
        discomfort_eur_per_kw2h=0.002,
        battery_kwh=capacity_kwh,
        battery_kw=some(40.0),
        battery_efficiency=0.93,
        battery_initial_kwh=capacity_kwh / 2,
        wear_eur_per_kwh=0.003,
        elastic_kw=some(30.0),
        utility_eur_per_kwh=0.3,
        elastic_slope_eur_per_kw2h=0.001,
        generator_kw=some(50.0),
        generation_eur_per_kwh=0.17,
        generator_slope_eur_per_kw2h=0.0005,
    )


def community(seed: int, hours: int, step_h: float = 1.0) -> ProsumerBlock:
    random = np.random.default_rng(seed)
    members = tuple(prosumer(name, random, hours, step_h) for name in "ABC")
    fees = random.uniform(0.0005, 0.01, (len(PAIRS), 2))
    return prosumer_block(members, TradeTerms(PAIRS, random.uniform(5.0, 60.0, len(PAIRS)), fees, 0.001))


def pull_on(block: ProsumerBlock, seed: int) -> Pull:
    random = np.random.default_rng(seed)
    count, hours = block.right.shape[:2]
    prices = -random.uniform(0.0, 0.3, (block.n_edges, hours))
    charges = random.normal(0.0, 0.05, (count, hours))
    return Pull(prices, charges, np.full(hours, 1e-3), np.full(hours, 5e-4))


def cost_of(block: ProsumerBlock, pull: Pull, k: int) -> float:
    """What prosumer k's answer costs, pulls included."""
    response = block.respond(pull)
    edges = slice(block.first_edge[k], block.first_edge[k + 1])
    own = sum(part[k] for part in costs_eur(block, response))
    fees = block.edge_fee_eur[edges, None] * (response.sold_kw + response.bought_kw)[edges]
    trade, power = response.trade_kw[edges], response.injection_kw[k]
    pulled = (pull.trade_linear[edges] * trade + pull.trade_weight / 2 * trade**2).sum()
    return float(own + fees.sum() + pulled + pull.injection_linear[k] @ power + pull.injection_weight / 2 @ power**2)


def least_cost(block: ProsumerBlock, pull: Pull, k: int) -> float:
    """The same by the general solver."""
    edges = slice(block.first_edge[k], block.first_edge[k + 1])
    model = prosumer_model(
        block.terms[k], block.edge_limit_kw[edges], block.edge_fee_eur[edges] / block.terms[k].step_h
    )
    trades, power = model.trades_kw, model.injection_kw
    pulled = (
        cp.sum(cp.multiply(pull.trade_linear[edges].T, trades))
        + cp.sum(cp.multiply(pull.trade_weight[:, None] / 2 @ np.ones((1, trades.shape[1])), cp.square(trades)))
        + pull.injection_linear[k] @ power
        + pull.injection_weight / 2 @ cp.square(power)
    )
    problem = cp.Problem(cp.Minimize(model.cost_eur + pulled), model.constraints)
    assert solve_once(problem) in (Status.OPTIMAL, Status.ALMOST)
    return float(problem.value)


@given(seed=st.integers(0, 10_000), hours=st.sampled_from([1, 2, 5, 24]), step_h=st.sampled_from([0.5, 1.0]))
@settings(max_examples=12, deadline=None, derandomize=True)
def test_the_kernel_finds_the_optimum_of_the_statement(seed: int, hours: int, step_h: float) -> None:
    block = community(seed, hours, step_h)
    pull = pull_on(block, seed + 1)
    for k in range(3):
        wanted = least_cost(block, pull, k)
        assert cost_of(block, pull, k) == pytest.approx(wanted, rel=1e-5, abs=1e-3)


@given(seed=st.integers(0, 10_000))
@settings(max_examples=15, deadline=None, derandomize=True)
def test_every_answer_respects_balance_and_limits(seed: int) -> None:
    block = community(seed, 6)
    response = block.respond(pull_on(block, seed))
    day = {name: response.quantity(name) for name in QUANTITIES}
    for k, own in enumerate(block.terms):
        q = {name: values[:, k] for name, values in day.items()}
        made = q["pv_kw"] + q["discharge_kw"] + q["generator_kw"] + q["unserved_kw"]
        used = q["charge_kw"] + own.load_kw + q["flexible_kw"] + q["elastic_kw"]
        edges = slice(block.first_edge[k], block.first_edge[k + 1])
        sold = response.trade_kw[edges].sum(axis=0)
        assert response.injection_kw[k] == pytest.approx(made - used, abs=1e-3)
        assert response.injection_kw[k] == pytest.approx(sold + q["export_kw"] - q["import_kw"], abs=1e-3)
        assert np.all(q["pv_kw"] <= own.pv_kw + 1e-4)
        assert np.all(q["export_kw"] <= q["pv_kw"] + q["discharge_kw"] + q["generator_kw"] + 1e-3)
        assert abs(q["flexible_kw"].sum()) < 1e-3
        assert np.all(np.abs(response.trade_kw[edges]) <= block.edge_limit_kw[edges, None] + 1e-4)


def test_parts_answer_like_the_whole() -> None:
    block = community(4, 24)
    pull = pull_on(block, 5)
    parts = []
    for first, last in ((0, 1), (1, 3)):
        edges = slice(block.first_edge[first], block.first_edge[last])
        parts.append(Member(block.part(first, last))(part_of(pull, slice(first, last), edges)))
    whole, together = block.respond(pull), joined(parts)
    assert together.injection_kw == pytest.approx(whole.injection_kw, abs=1e-6)
    assert together.trade_kw == pytest.approx(whole.trade_kw, abs=1e-6)


def test_a_warm_start_changes_nothing_but_the_work() -> None:
    block = community(7, 24)
    pull = pull_on(block, 8)
    cold = block.respond(pull)
    nearby = replace(pull, injection_linear=pull.injection_linear + 1e-3)
    warm = block.respond(nearby, start=cold)
    assert warm.injection_kw == pytest.approx(block.respond(nearby).injection_kw, abs=5e-3)


def test_without_trading_nothing_is_traded() -> None:
    block = community(9, 5)
    response = block.respond(block.no_pull(), trading=False)
    assert np.abs(response.trade_kw).max() == 0.0


@given(blocks(), st.integers(0, 2**16), st.data())
@settings(max_examples=25, deadline=None, derandomize=True)
def test_any_cut_gives_the_same_numbers(block: ProsumerBlock, seed: int, data: st.DataObject) -> None:
    pull = random_pull(block, seed)
    whole = block.respond(pull)
    cut = data.draw(st.integers(0, len(block.terms)))
    parts = []
    for first, last in ((0, cut), (cut, len(block.terms))):
        if last > first:
            edges = slice(block.first_edge[first], block.first_edge[last])
            parts.append(Member(block.part(first, last))(part_of(pull, slice(first, last), edges)))
    together = joined(parts)
    np.testing.assert_array_equal(together.trade_kw, whole.trade_kw)
    np.testing.assert_array_equal(together.injection_kw, whole.injection_kw)
    assert together.cost_eur == pytest.approx(block.cost_eur(whole))


@pytest.mark.parametrize("hours", [24, 5, 1])
def test_answers_that_follow_each_other_share_their_arrays_and_tell_the_same(hours: int) -> None:
    block = block_of(tuple(any_prosumer(k, hours, 7 * k % 64) for k in range(11)), [(k, k + 1) for k in range(10)])
    first, second = random_pull(block, 1), random_pull(block, 2)
    last = block.follow(first, None, GAP_TOLERANCE_EUR)
    found, slow = block.follow(second, last, GAP_TOLERANCE_EUR), block.respond(second, start=block.respond(first))
    assert hours == 1 or np.shares_memory(found.x, last.x)
    trade_kw, injection_kw, cost_eur = block.told(found)
    np.testing.assert_array_equal(trade_kw, slow.trade_kw)
    np.testing.assert_array_equal(injection_kw, slow.injection_kw)
    np.testing.assert_allclose(block.own_kw(found, range(2)), slow.columns[:, :, :2])
    assert cost_eur == pytest.approx(block.cost_eur(slow), rel=1e-9)


def test_limits_and_fees_of_trades_are_kept_once_for_all_hours() -> None:
    block = block_of(tuple(any_prosumer(k, 96, LOAD | PV) for k in range(6)), [(k, k + 1) for k in range(5)])
    assert len(block.layout.lower) == len(block.layout.linear) == 13 * 6
    assert block.layout.limit.nbytes + block.layout.fee.nbytes == 2 * 8 * LANES * block.n_edges


@pytest.mark.interpreted
def test_directed_trades_stand_with_their_owner() -> None:
    """Whoever is offered a good price sells, on the edge that is its own."""
    terms = tuple(any_prosumer(k, 1, LOAD | PV, pv_kw=np.array([100.0])) for k in range(3))
    block = block_of(terms, [(0, 2), (1, 2)])
    assert block.first_edge.tolist() == [0, 1, 2, 4]
    assert block.directed.tolist() == [[0, 2], [1, 3]]
    pull = block.no_pull()
    pull.trade_linear[block.directed[1, 1]] = -1.0  # the third is paid well by the second
    sold_kw = block.respond(pull).sold_kw[:, 0]
    assert sold_kw[3] > 20.0
    assert sold_kw[:3].max() < 1e-3


@pytest.mark.interpreted
def test_quantities_carry_their_names() -> None:
    block = block_of((any_prosumer(1, 3), any_prosumer(2, 3, LOAD)), [])
    response = block.respond(block.no_pull())
    assert tuple(response.quantities) == QUANTITIES
    assert all(values.shape == (3, 2) for values in response.quantities.values())
    np.testing.assert_allclose(response.quantity("import_kw")[:, 1], block.terms[1].load_kw, atol=1e-4)
    assert response.quantity("energy_kwh")[-1, 0] == pytest.approx(block.terms[0].battery_initial_kwh)


@given(blocks(), st.integers(0, 2**16))
@settings(max_examples=25, deadline=None, derandomize=True)
def test_trades_of_an_answer_can_be_delivered(block: ProsumerBlock, seed: int) -> None:
    """With its own trades fixed, and no other reason to move, a prosumer stays where it was."""
    pull = random_pull(block, seed)
    free = block.respond(pull)
    owner = np.repeat(np.arange(len(block.terms)), np.diff(block.first_edge))
    delivered_kw = np.zeros_like(free.injection_kw)
    np.add.at(delivered_kw, owner, free.trade_kw)
    fixed = block.respond(pull, delivered_kw=delivered_kw, trading=False)
    np.testing.assert_allclose(fixed.injection_kw, free.injection_kw, atol=5e-3)
    assert fixed.quantity("unserved_kw").min() >= 0.0


# What a solar park was charged where everybody could trade with everybody: at noon as much as selling earns.
CHARGED = """
-0.0073454153008585136 -0.007264849210135196 -0.007101558736223504 -0.0069217032812793925
-0.0069883276036019643 -0.0072615167277081871 -0.0014825573019514378 0.002004030707861322
0.0072186492119027902 0.066463231352643509 0.079831726611933662 0.079999992494989416
0.079999571481457976 0.08000030305736365 0.080000173776803421 0.08000050765048837
0.079998147817731582 0.010198811287063228 -0.00031216203942978702 -0.0077840615359070576
-0.44501814915751792 -0.59826290787311864 -0.45328828300176605 -0.35238858788476568
"""
SUN = (
    "0 0 0 0 0 0.0007 0.0211 0.1033 0.2609 0.4238 0.5657 0.6735 0.7405 0.7638 0.7425 0.6773 0.5712 0.4305 0.2682 0.1094"
)


def test_selling_that_is_worth_next_to_nothing_has_an_answer() -> None:
    charged = np.array(CHARGED.split(), dtype=float)
    sun_kw = 1890.0 * np.pad(np.array(SUN.split(), dtype=float), (0, 4))
    park = any_prosumer(0, 24, PV, pv_kw=sun_kw, sell_eur_per_kwh=np.full(24, 0.08), buy_eur_per_kwh=np.full(24, 0.3))
    block = block_of((park,), [])
    none = block.no_pull()
    response = block.respond(Pull(none.trade_linear, charged[None], none.trade_weight, none.injection_weight))
    earned_eur = np.sum((0.08 - charged) * response.injection_kw[0])
    assert earned_eur == pytest.approx(np.sum(np.maximum(0.08 - charged, 0.0) * sun_kw), abs=1e-3)
