"""The compiled prosumer against its written statement."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2pdnr.errors import SolverError
from p2pdnr.market.kernel_arrays import ENERGY
from p2pdnr.market.responses import ProsumerBlock, Pull, Response
from tests import thorough
from tests.market.prosumers import (
    BATTERY,
    FLEXIBLE,
    GENERATOR,
    LOAD,
    PV,
    assert_answers,
    block_of,
    blocks,
    bounded,
    prosumer,
    random_pull,
)
from tests.market.prosumers import terms as retail_only

PROPERTY = thorough.examples(8, 30)


@PROPERTY
@given(blocks(), st.integers(0, 2**16), st.sampled_from([1e-3, 1e-2, 0.1]))
def test_answers_are_the_optimum_of_the_statement(block: ProsumerBlock, seed: int, weight: float) -> None:
    pull = random_pull(block, seed, weight)
    assert_answers(block, pull, block.respond(pull), tolerance_kw=2e-5 / weight)


@PROPERTY
@given(blocks(), st.integers(0, 2**16), st.sampled_from([1e-3, 1e-2, 0.1]))
def test_injections_between_bounds_are_the_optimum_of_the_statement(
    block: ProsumerBlock, seed: int, weight: float
) -> None:
    within = bounded(block, seed)
    pull = random_pull(within, seed, weight)
    assert_answers(within, pull, within.respond(pull), tolerance_kw=2e-5 / weight)


@pytest.mark.interpreted
def test_bounds_hold_where_they_bind_and_change_nothing_where_they_do_not() -> None:
    """PV of 300 kW that would all be sold: 40 in the first hour, no bound in the second."""
    free = retail_only(pv_kw=[300, 300])
    wide, tight = (replace(free, low_kw=-1e4, high_kw=high) for high in (1e4, np.array([40.0, np.inf])))
    answers = [block_of((item,), []).respond(block_of((item,), []).no_pull()) for item in (free, wide, tight)]
    assert answers[0].injection_kw[0] == pytest.approx([300, 300], abs=1e-5)
    assert answers[1].injection_kw[0] == pytest.approx([300, 300], abs=1e-5)
    assert answers[2].injection_kw[0] == pytest.approx([40, 300], abs=1e-5)
    assert answers[2].quantity("export_kw")[:, 0] == pytest.approx([40, 300], abs=1e-5)


@pytest.mark.parametrize("value_kw", [-50.0, 0.0, 20.0])
def test_bounds_without_width_leave_one_injection(value_kw: float) -> None:
    item = prosumer(3, 5, low_kw=value_kw, high_kw=value_kw)
    block = block_of((item, prosumer(4, 5)), [(0, 1)])
    answer = block.respond(random_pull(block, 3))
    assert answer.injection_kw[0] == pytest.approx([value_kw] * 5, abs=1e-5)


@pytest.mark.parametrize("value_kw", [-10.0, 7.0, 0.0])
def test_bounds_without_width_at_the_end_of_what_devices_reach_leave_it(value_kw: float) -> None:
    block = block_of((retail_only(load_kw=[10, 10], pv_kw=[7, 7], low_kw=value_kw, high_kw=value_kw),), [])
    assert block.respond(block.no_pull()).injection_kw[0] == pytest.approx([value_kw] * 2, abs=1e-5)


def test_bounds_that_no_device_reaches_have_no_answer() -> None:
    block = block_of((retail_only(load_kw=[10, 10], low_kw=5.0),), [])
    with pytest.raises(SolverError, match="prosumers A"):
        block.respond(block.no_pull())


def test_a_least_injection_above_the_most_is_refused() -> None:
    with pytest.raises(ValueError, match="A has a least injection above its most"):
        block_of((retail_only(low_kw=2.0, high_kw=1.0),), [])


@pytest.mark.parametrize("devices", thorough.of([*range(0, 64, 9)], sorted({*range(0, 64, 3)} - {*range(0, 64, 9)})))
@pytest.mark.parametrize("step_h", [0.5, 1.0])
def test_every_device_over_a_day(devices: int, step_h: float) -> None:
    terms = (prosumer(devices, 24, devices, step_h=step_h), prosumer(99, 24, step_h=step_h))
    block = block_of(terms, [(0, 1)])
    pull = random_pull(block, devices)
    assert_answers(block, pull, block.respond(pull))


@pytest.mark.parametrize("window_steps", [1, 5, 8, 24, 30])
@pytest.mark.parametrize("devices", [63, LOAD | FLEXIBLE])
def test_load_is_shifted_within_windows(window_steps: int, devices: int) -> None:
    """Windows that end between the eight hours of a lane, in the padding, or after the horizon."""
    terms = tuple(prosumer(seed, 29, devices, window_steps=window_steps, cycle_steps=12) for seed in (2, 3))
    block = block_of(terms, [(0, 1)])
    pull = random_pull(block, window_steps)
    answer = block.respond(pull)
    assert_answers(block, pull, answer)
    warm = block.respond(pull, start=block.respond(random_pull(block, 7)))
    np.testing.assert_allclose(warm.injection_kw, answer.injection_kw, atol=2e-3)
    sums = np.add.reduceat(answer.quantity("flexible_kw"), np.arange(0, 29, window_steps), axis=0)
    assert np.abs(sums).max() < 1e-5
    free = block_of(tuple(replace(item, window_steps=0) for item in terms), [(0, 1)]).respond(pull)
    moved = np.abs(free.quantity("flexible_kw") - answer.quantity("flexible_kw")).max()
    assert (moved > 1.0) == (window_steps < 29)


def test_one_window_over_the_horizon_is_no_window() -> None:
    """To the last bit."""
    free = block_of((prosumer(2, 24), prosumer(3, 24)), [(0, 1)])
    pull = random_pull(free, 4)
    whole = block_of(tuple(replace(item, window_steps=24) for item in free.terms), [(0, 1)])
    assert (whole.respond(pull).rows == free.respond(pull).rows).all()


def test_a_battery_keeps_its_least_energy_and_returns_in_every_cycle() -> None:
    item = prosumer(5, 12, BATTERY | LOAD | PV, battery_initial_kwh=40.0, battery_min_kwh=30.0, cycle_steps=6)
    block = block_of((item,), [])
    energy = block.respond(random_pull(block, 1)).quantity("energy_kwh")[:, 0]
    assert energy[[5, 11]] == pytest.approx([40.0, 40.0], abs=1e-5)
    assert energy.min() == pytest.approx(30.0, abs=1e-3)
    loose = block_of((replace(item, battery_min_kwh=0.0, cycle_steps=0),), [])
    assert loose.respond(random_pull(loose, 1)).quantity("energy_kwh").min() < 29.0


@pytest.mark.interpreted
@pytest.mark.parametrize("devices", [LOAD, LOAD | PV, PV, 63])
@pytest.mark.parametrize("import_limit_kw", [0.0, 5.0])
@pytest.mark.parametrize("price", [0.0, 1e-4, 100.0])
def test_islands_and_extreme_prices(devices: int, import_limit_kw: float, price: float) -> None:
    prices = np.full(2, price)
    terms = prosumer(
        3, 2, devices, import_limit_kw=import_limit_kw, export_limit_kw=0.0, buy_eur_per_kwh=prices,
        sell_eur_per_kwh=0.9 * prices,
    )  # fmt: skip
    block = block_of((terms,), [])
    pull = random_pull(block, 5)
    assert_answers(block, pull, block.respond(pull), tolerance_kw=1e-2)


def test_an_island_without_power_is_not_served() -> None:
    block = block_of((prosumer(1, 3, LOAD, import_limit_kw=0.0),), [])
    response = block.respond(block.no_pull())
    np.testing.assert_allclose(response.quantity("unserved_kw")[:, 0], block.terms[0].load_kw, atol=1e-5)


@pytest.mark.interpreted
@PROPERTY
@given(st.integers(0, 2**16), st.integers(2, 11))
def test_hours_without_battery_or_shifting_stand_alone(seed: int, hours: int) -> None:
    """Eight hours are computed at a time: neither the place of an hour nor the padding may show."""
    whole = prosumer(seed, hours, LOAD | PV | GENERATOR)
    pull = random_pull(block_of((whole,), []), seed)
    response = block_of((whole,), []).respond(pull)
    given = {field.name: getattr(whole, field.name) for field in fields(whole)}
    for t in (0, hours - 1):
        hour = {
            name: getattr(whole, name)[t : t + 1]
            for name in ("load_kw", "pv_kw", "buy_eur_per_kwh", "sell_eur_per_kwh")
        }
        alone = block_of((prosumer(seed, 1, **(given | hour)),), [])
        part = Pull(
            np.zeros((0, 1)), pull.injection_linear[:, t : t + 1], pull.trade_weight[t : t + 1],
            pull.injection_weight[t : t + 1],
        )  # fmt: skip
        np.testing.assert_allclose(alone.respond(part).injection_kw[0, 0], response.injection_kw[0, t], atol=1e-4)


def day() -> ProsumerBlock:
    """Six prosumers with all kinds of devices, everybody's partner."""
    terms = tuple(prosumer(k, 24, devices) for k, devices in enumerate((63, 48, 50, 36, 58, 21)))
    return block_of(terms, [(a, b) for b in range(6) for a in range(b)])


def nudged(pull: Pull, share: float, seed: int = 0) -> Pull:
    """Prices a little different."""
    rng = np.random.default_rng(seed)
    trade, charge = (
        values * (1.0 + share * rng.normal(size=values.shape)) for values in (pull.trade_linear, pull.injection_linear)
    )
    return Pull(trade, charge, pull.trade_weight, pull.injection_weight)


@pytest.mark.parametrize("share", [0.0, 1e-4, 1e-2, 0.3])
def test_a_warm_start_changes_the_effort_alone(share: float) -> None:
    block, weight = day(), 1e-3
    pull = random_pull(block, 1, weight)
    after = nudged(pull, share)
    cold, warm = block.respond(after), block.respond(after, start=block.respond(pull))
    np.testing.assert_allclose(warm.injection_kw, cold.injection_kw, atol=1e-3)
    np.testing.assert_allclose(warm.trade_kw, cold.trade_kw, atol=1e-3)
    if share < 0.1:
        assert warm.iterations.sum() < 0.6 * cold.iterations.sum()


def test_any_start_will_do() -> None:
    block = day()
    pull = random_pull(block, 2)
    cold = block.respond(pull)
    rng = np.random.default_rng(0)
    wild = Response(*(rng.normal(scale=1e3, size=np.shape(values)) for values in vars(cold).values()))
    np.testing.assert_allclose(block.respond(pull, start=wild).injection_kw, cold.injection_kw, atol=1e-3)


def test_an_answer_does_not_change_what_it_started_from() -> None:
    block = day()
    start = block.respond(random_pull(block, 3))
    before = start.rows.copy(), start.duals.copy()
    block.respond(random_pull(block, 4), start=start)
    np.testing.assert_array_equal(start.rows, before[0])
    np.testing.assert_array_equal(start.duals, before[1])


def test_small_weights_leave_no_rounding_errors() -> None:
    """Where next to nothing holds a power in place, the answer must still balance."""
    block = day()
    pull = random_pull(block, 5)
    loose = Pull(pull.trade_linear, pull.injection_linear, np.full(24, 1e-6), np.full(24, 1e-9))
    response = block.respond(loose)
    assert response.iterations.max() < 30
    for k, terms in enumerate(block.terms):
        edges = slice(block.first_edge[k], block.first_edge[k + 1])
        x = {name: response.quantity(name)[:, k] for name in response.quantities}
        sold_kw = response.trade_kw[edges].sum(axis=0)
        np.testing.assert_allclose(response.injection_kw[k], sold_kw + x["export_kw"] - x["import_kw"], atol=1e-4)
        made = x["pv_kw"] + x["discharge_kw"] + x["generator_kw"] + x["unserved_kw"]
        used = terms.load_kw + x["charge_kw"] + x["flexible_kw"] + x["elastic_kw"]
        np.testing.assert_allclose(response.injection_kw[k], made - used, atol=1e-4)


@pytest.mark.interpreted
@pytest.mark.parametrize("devices", [LOAD, PV, LOAD | PV, PV | BATTERY])
@pytest.mark.parametrize("share", [1.0, 0.5, 0.0])
def test_exactly_what_there_is_can_be_delivered(devices: int, share: float) -> None:
    """No room is left then: everything made is sold, or everything used is bought."""
    terms = prosumer(7, 4, devices)
    block = block_of((terms,), [])
    agreed_kw = (share * (terms.pv_kw if devices & PV else -terms.load_kw))[None]
    response = block.respond(block.no_pull(), delivered_kw=agreed_kw, trading=False)
    x = {name: response.quantity(name)[:, 0] for name in response.quantities}
    owned_kw = response.injection_kw[0] - x["export_kw"] + x["import_kw"]
    np.testing.assert_allclose(owned_kw, agreed_kw[0], atol=1e-5)


@pytest.mark.interpreted
def test_what_nobody_has_cannot_be_delivered() -> None:
    block = block_of((prosumer(1, 2, LOAD), prosumer(2, 2, PV, name="Roof")), [])
    with pytest.raises(SolverError, match="Roof"):
        block.respond(block.no_pull(), delivered_kw=np.array([[0.0, 0.0], [5000.0, 0.0]]), trading=False)


@pytest.mark.interpreted
@pytest.mark.parametrize("hours", [5, 8])
def test_energy_that_may_not_move_stays_stored(hours: int) -> None:
    still = prosumer(
        3, hours, LOAD | PV | BATTERY, battery_kwh=9.0, battery_kw=0.0, battery_initial_kwh=9.0, battery_min_kwh=9.0
    )
    block = block_of((still, prosumer(4, hours, LOAD | BATTERY)), [(0, 1)])
    response = block.respond(random_pull(block, 1))
    np.testing.assert_allclose(response.columns[0, :, ENERGY], 9.0, atol=1e-6)
    assert response.iterations.max() < 40
