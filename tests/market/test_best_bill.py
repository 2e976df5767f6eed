"""The least possible bill: below every plan whatever the multipliers, and the optimum at those of a best answer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2pdnr.errors import SolverError
from p2pdnr.market.best_bill import (
    best_bills,
    bounded_bills,
    closer_bill_eur,
    furthest,
    least_bills_eur,
    reach_kw,
    savings_eur,
)
from p2pdnr.market.duality import Prices, Storage
from p2pdnr.market.kernel_arrays import GENERATOR
from p2pdnr.market.responses import Floats, ProsumerBlock, Pull, Response
from p2pdnr.market.settlement import costs_eur, negligible_eur, retail_only_eur, worth_eur_per_kwh
from p2pdnr.solvers import solve_once
from tests import thorough
from tests.market.prosumers import block_of, blocks, bounded, neighbours, prosumer, random_pull, statement, terms


def prices_and_charges(block: ProsumerBlock, seed: int) -> tuple[Floats, Floats]:
    rng = np.random.default_rng(seed)
    shape, step_h = block.right.shape[:2], block.terms[0].step_h
    return step_h * rng.uniform(0.0, 0.5, (len(block.directed), shape[1])), step_h * rng.normal(0.0, 0.1, shape)


def pull_of(block: ProsumerBlock, price_eur_per_kw: Floats, charge_eur_per_kw: Floats) -> Pull:
    none = block.no_pull()
    linear = none.trade_linear.copy()
    linear[block.directed[:, 0]] = linear[block.directed[:, 1]] = -price_eur_per_kw
    return Pull(linear, -charge_eur_per_kw, none.trade_weight, none.injection_weight)


def paid_eur(block: ProsumerBlock, plan: Response, price_eur_per_kw: Floats, charge_eur_per_kw: Floats) -> Floats:
    """(K,) what everybody pays for a plan of its own at fixed prices and charges."""
    owner = np.repeat(np.arange(len(block.terms)), np.diff(block.first_edge))
    earned = pull_of(block, -price_eur_per_kw, charge_eur_per_kw).trade_linear * plan.trade_kw
    fees = block.edge_fee_eur[:, None] * (plan.sold_kw + plan.bought_kw)
    traded = np.bincount(owner, (fees - earned).sum(axis=1), len(block.terms))
    return np.asarray(sum(costs_eur(block, plan)) + traded - (charge_eur_per_kw * plan.injection_kw).sum(axis=1))


def optima(block: ProsumerBlock, price_eur_per_kw: Floats, charge_eur_per_kw: Floats) -> Floats:
    """(K,) least bills by the statement that people read, and Clarabel."""
    found = []
    for k in range(len(block.terms)):
        _, problem = statement(block, k, pull_of(block, price_eur_per_kw, charge_eur_per_kw))
        solve_once(problem, 1e-9)
        found.append(float(problem.value))
    return np.array(found)


@thorough.examples(6, 20)
@given(block=blocks(), seed=st.integers(0, 2**16))
def test_the_bound_is_the_least_bill(block: ProsumerBlock, seed: int) -> None:
    price_eur_per_kw, charge_eur_per_kw = prices_and_charges(block, seed)
    least, true = (
        least_bills_eur(block, price_eur_per_kw, charge_eur_per_kw),
        optima(block, price_eur_per_kw, charge_eur_per_kw),
    )
    scale = 1.0 + np.abs(true)
    assert (least <= true + 1e-6 * scale).all()
    assert least == pytest.approx(true, abs=1e-4 * scale.max())


@thorough.examples(6, 20)
@given(block=blocks(), seed=st.integers(0, 2**16))
def test_the_bound_is_the_least_bill_between_bounds_of_the_injection(block: ProsumerBlock, seed: int) -> None:
    within = bounded(block, seed)
    fixed = prices_and_charges(within, seed)
    least, true = least_bills_eur(within, *fixed), optima(within, *fixed)
    closer = np.array([closer_bill_eur(within, k, fixed) for k in range(len(true))])
    scale = 1.0 + np.abs(true)
    for bound in (least, closer):
        assert (bound <= true + 1e-6 * scale).all()
        assert bound == pytest.approx(true, abs=1e-4 * scale.max())


@settings(max_examples=20, deadline=None, derandomize=True)
@given(block=blocks(max_hours=3, max_prosumers=3), seed=st.integers(0, 2**16), size=st.sampled_from([0.0, 0.1, 3.0]))
def test_multipliers_out_of_thin_air_give_a_bound(block: ProsumerBlock, seed: int, size: float) -> None:
    price_eur_per_kw, charge_eur_per_kw = prices_and_charges(block, seed)
    rng, shape = np.random.default_rng(seed), block.right.shape[:2]
    shifted_eur = size * rng.normal(size=(shape[0], block.window[-1] + 1))
    storage = Storage(size * rng.normal(size=shape), shifted_eur)
    resale = size * rng.random((2, *shape))
    prices = Prices(size * rng.normal(size=shape), resale[0], resale[1], -price_eur_per_kw)
    bound = bounded_bills(block, (price_eur_per_kw, charge_eur_per_kw), storage, prices).least_eur
    true = optima(block, price_eur_per_kw, charge_eur_per_kw)
    assert (bound <= true + 1e-6 * (1.0 + np.abs(true))).all()


def test_the_best_answer_takes_every_trade_that_pays() -> None:
    """At 0.20 the consumer buys all 8 it may (0.21 against 0.30); the producer, at 0.17 against 0.10, sells 8."""
    best = least_bills_eur(neighbours(), np.array([[0.2]]), np.zeros((2, 1)))
    assert best == pytest.approx([8 * 0.21 + 2 * 0.3, -8 * 0.17], abs=1e-5)


def test_prices_nobody_likes_leave_the_retailer_alone() -> None:
    block = neighbours()
    best = least_bills_eur(block, np.array([[0.1]]), np.zeros((2, 1)))
    assert best[1] == pytest.approx(-0.8, abs=1e-5), "0.10 less a fee is less than the retailer pays"
    assert retail_only_eur(block, np.zeros((2, 1))) == pytest.approx([3.0, -0.8], abs=1e-6)


def test_what_is_negligible_is_so_for_everybody_by_its_own_bill() -> None:
    """A thousandth of one's own turnover, whatever the others turn over; 0.04 kWh where that is more."""
    items = np.zeros((5, 2))
    items[0] = [0.2, -5000.0]
    block = neighbours()
    assert worth_eur_per_kwh(block.terms) == pytest.approx([0.3, 0.3])
    assert negligible_eur(block, items) == pytest.approx([0.04 * 0.3, 5.0])


@pytest.mark.parametrize("scale", [1e-4, 100.0])
def test_prices_in_another_unit_give_the_same_verdicts(scale: float) -> None:
    """Bills, bounds and what is negligible all grow with the unit."""
    base = tuple(prosumer(seed, 4) for seed in range(3))
    names = [name for name in vars(base[0]) if "eur" in name]
    other = tuple(replace(item, **{name: scale * getattr(item, name) for name in names}) for item in base)
    pairs = [(0, 1), (1, 2)]
    one, two = block_of(base, pairs, 0.001), block_of(other, pairs, scale * 0.001)
    price_eur_per_kw, charge_eur_per_kw = prices_and_charges(one, 1)
    items = np.abs(np.random.default_rng(0).normal(size=(5, 3)))
    assert negligible_eur(two, scale * items) == pytest.approx(scale * negligible_eur(one, items))
    bills = least_bills_eur(one, price_eur_per_kw, charge_eur_per_kw)
    scaled = least_bills_eur(two, scale * price_eur_per_kw, scale * charge_eur_per_kw)
    assert scaled / scale == pytest.approx(bills, rel=1e-2 if scale < 1.0 else 1e-5)


def milliwatts(**changes: object) -> ProsumerBlock:
    """A store of 300 kWh behind a charger of a milliwatt, beside what is given."""
    base = replace(prosumer(3, 3), battery_kwh=300.0, battery_kw=1e-6, battery_initial_kwh=150.0)
    return block_of((replace(base, **changes), prosumer(4, 3)), [(0, 1)], 0.001)  # type: ignore[arg-type]


DEGENERATE = {
    "a charger of a milliwatt": milliwatts(),
    "nothing but that": milliwatts(load_kw=np.zeros(3), pv_kw=np.zeros(3), elastic_kw=0.0, generator_kw=0.0),
    "a retailer of a milliwatt": milliwatts(
        battery_kw=300.0, import_limit_kw=1e-6, export_limit_kw=1e-6, battery_efficiency=1.0, wear_eur_per_kwh=0.0
    ),
}


@pytest.mark.parametrize("block", DEGENERATE.values(), ids=DEGENERATE.keys())
@pytest.mark.parametrize("step_eur", [0.0, 0.1])
def test_the_closer_bound_is_the_least_bill_where_sizes_are_apart(block: ProsumerBlock, step_eur: float) -> None:
    price_eur_per_kw = 0.2 + step_eur * np.arange(3.0)[None, :]
    charge_eur_per_kw = np.zeros((2, 3))
    true = optima(block, price_eur_per_kw, charge_eur_per_kw)
    least = np.array([closer_bill_eur(block, k, (price_eur_per_kw, charge_eur_per_kw)) for k in range(2)])
    assert (least <= true + 1e-6 * (1.0 + np.abs(true))).all()
    assert least == pytest.approx(true, abs=1e-4)


@thorough.examples(6, 20)
@given(block=blocks(), seed=st.integers(0, 2**16))
def test_the_closer_bound_is_no_more_than_any_bill(block: ProsumerBlock, seed: int) -> None:
    fixed = prices_and_charges(block, seed)
    least = np.array([closer_bill_eur(block, k, fixed) for k in range(len(block.terms))])
    true = optima(block, *fixed)
    scale = 1.0 + np.abs(true)
    assert (least <= true + 1e-6 * scale).all()
    assert least == pytest.approx(true, abs=1e-4 * scale.max())


def test_no_answer_of_the_cone_solver_is_no_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks_down(*_: object) -> None:
        raise SolverError("no answer")

    monkeypatch.setattr("p2pdnr.market.written_answer.solve_once", breaks_down)
    block = milliwatts()
    assert closer_bill_eur(block, 0, (np.full((1, 3), 0.2), np.zeros((2, 3)))) == -np.inf


@settings(max_examples=10, deadline=None, derandomize=True)
@given(block=blocks(), seed=st.integers(0, 2**16), over=st.sampled_from([0.5, 1.001, 3.0]))
def test_who_pays_more_than_may_be_lost_is_told_so(block: ProsumerBlock, seed: int, over: float) -> None:
    """A right bill is not, whatever the kernel's bound; one that is too high by more than the limit always is."""
    fixed = prices_and_charges(block, seed)
    true = optima(block, *fixed)
    limit = 1e-3 * (1.0 + np.abs(true))
    assert (savings_eur(block, fixed, true, limit) <= limit).all()
    bill = true.copy()
    bill[-1] += over * limit[-1] + 1e-6 * (over > 1.0)
    saved = savings_eur(block, fixed, bill, limit)
    assert (saved[-1] > limit[-1]) == (over > 1.0)
    assert furthest(saved, limit) == len(bill) - 1 or over < 1.0


def test_bounds_of_right_plans_are_close_where_the_kernel_leaves_any_price() -> None:
    """The certificate's path: the kernel's bound alone would tell a regret of several EUR."""
    alone = replace(
        prosumer(3, 6, devices=0, step_h=24.0, import_limit_kw=np.inf),
        buy_eur_per_kwh=np.full(6, 0.3), sell_eur_per_kwh=np.full(6, 0.3), elastic_kw=586.8, utility_eur_per_kwh=0.1,
        battery_kwh=50.0, battery_kw=1e-6, battery_initial_kwh=25.0, battery_efficiency=1.0,
    )  # fmt: skip
    block, fixed = block_of((alone,), []), (np.zeros((0, 6)), np.zeros((1, 6)))
    true, limit = optima(block, *fixed), np.full(1, 1e-3)
    assert (true - least_bills_eur(block, *fixed)).max() > 1.0
    assert (savings_eur(block, fixed, true, limit) <= limit).all()


@pytest.mark.parametrize(("slope_eur", "down_kw", "up_kw"), [(-0.006, 4.0, 8.0), (0.0, 8.0, 8.0), (0.006, 8.0, 4.0)])
def test_a_generator_reaches_as_far_as_its_costs_let_it(slope_eur: float, down_kw: float, up_kw: float) -> None:
    """d kW from its 20 of 50 kW cost slope d + 0.0005 d^2 EUR, of which 0.032 may be spent."""
    block = block_of((terms(1, generator_kw=50.0, generator_slope_eur_per_kw2h=0.001),), [])
    bills = best_bills(block, np.zeros((0, 1)), np.zeros((1, 1)))
    best, reduced = np.zeros_like(bills.best), np.zeros_like(bills.best)
    best[0, 0, GENERATOR], reduced[0, 0, GENERATOR] = 20.0, slope_eur - 0.001 * 20.0
    least, most = reach_kw(block, replace(bills, best=best, reduced_eur=reduced), 0.032)
    assert (20.0 - least[0, 0], most[0, 0] - 20.0) == pytest.approx((down_kw, up_kw))


@settings(max_examples=20, deadline=None, derandomize=True)
@given(block=blocks(), seed=st.integers(0, 2**16))
def test_no_plan_injects_more_than_its_bill_reaches(block: ProsumerBlock, seed: int) -> None:
    """Whatever a plan was drawn to, it lies within the reach of what it pays."""
    price_eur_per_kw, charge_eur_per_kw = prices_and_charges(block, seed)
    plan, bills = block.respond(random_pull(block, seed)), best_bills(block, price_eur_per_kw, charge_eur_per_kw)
    paid = paid_eur(block, plan, price_eur_per_kw, charge_eur_per_kw)
    for k, slack_eur in enumerate(paid - bills.least_eur):
        least, most = reach_kw(block, bills, max(slack_eur, 0.0) + 1e-6 * (1.0 + abs(paid[k])))
        assert (least[k] - 1e-4 <= plan.injection_kw[k]).all()
        assert (plan.injection_kw[k] <= most[k] + 1e-4).all()
