"""Private data of a block as columns: each prosumer's rows are those that it has alone, and hand-made numbers."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest

from p2pdnr.market import columns, private_columns
from p2pdnr.market.kernel_arrays import (
    BOUNDED,
    CHARGE,
    DISCHARGE,
    ENERGY,
    EXPORTED,
    FLEXIBLE,
    IMPORTED,
    NARROW_KW,
    TRADES,
)
from p2pdnr.market.terms import Everybody, ProsumerTerms, all_terms, largest_powers_kw, prosumer_terms
from p2pdnr.scenario import document
from tests.coordination.cases import random_document

HOME = ProsumerTerms(
    name="home", step_h=0.5, load_kw=np.array([4.0, 2.0, 6.0]), pv_kw=np.array([0.0, 5.0, 1.0]),
    buy_eur_per_kwh=np.full(3, 0.3), sell_eur_per_kwh=np.full(3, 0.1), import_limit_kw=np.inf, export_limit_kw=2.0,
    unserved_eur_per_kwh=10.0, flexible_share=0.5, battery_kwh=8.0, battery_kw=3.0, battery_efficiency=0.8,
    battery_initial_kwh=2.0, battery_min_kwh=1.0,
)  # fmt: skip


def varied(seed: int) -> tuple[ProsumerTerms, ...]:
    """Everything that terms may hold, drawn from a seed."""
    rng = np.random.default_rng(seed)
    scene = random_document(seed, hours=int(rng.integers(1, 7)), prosumers=6)
    return tuple(
        replace(
            item,
            low_kw=-rng.uniform(10.0, 50.0, item.hours) if rng.random() < 0.5 else -np.inf,
            high_kw=rng.uniform(10.0, 50.0, item.hours) if rng.random() < 0.5 else np.inf,
            cycle_steps=int(rng.integers(0, 4)),
            window_steps=int(rng.integers(0, 3)),
            battery_end_kwh=float(rng.choice([np.nan, 1.0])),
        )
        for item in all_terms(document.from_dict(scene))
    )


@pytest.mark.parametrize("seed", range(10))
def test_nobody_changes_what_another_has(seed: int) -> None:
    terms = varied(seed)
    for told in (
        lambda some: private_columns.bounds(some)[0],
        lambda some: private_columns.bounds(some)[1],
        private_columns.linear,
        private_columns.quadratic,
        private_columns.right,
        private_columns.battery,
        private_columns.injection_bounds,
    ):
        assert (told(terms) == np.concatenate([told((item,)) for item in terms])).all()


def test_bounds_of_a_home() -> None:
    lower, upper = private_columns.bounds((HOME, replace(HOME, battery_kwh=0.0, window_steps=1)))
    assert upper[0, :, CHARGE].tolist() == upper[0, :, DISCHARGE].tolist() == [3.0, 3.0, 3.0]
    assert (lower[0, :, ENERGY].tolist(), upper[0, :, ENERGY].tolist()) == ([1.0, 1.0, 2.0], [8.0, 8.0, 2.0])
    assert upper[0, :, FLEXIBLE].tolist() == [2.0, 1.0, 3.0]
    assert upper[0, :, IMPORTED].tolist() == [9.0, 6.0, 12.0]
    assert upper[0, :, EXPORTED].tolist() == [2.0, 2.0, 2.0]
    assert not upper[1, :, [CHARGE, DISCHARGE, ENERGY, FLEXIBLE]].any(), "no battery, and windows of single hours"


def test_a_battery_returns_after_every_cycle_and_at_the_end_to_what_was_asked_for() -> None:
    lower, upper = private_columns.bounds((replace(HOME, cycle_steps=2, battery_end_kwh=5.0),))
    assert lower[0, :, ENERGY].tolist() == [1.0, 2.0, 5.0]
    assert upper[0, :, ENERGY].tolist() == [8.0, 2.0, 5.0]


def test_a_least_injection_above_the_most_is_refused() -> None:
    with pytest.raises(ValueError, match="home has a least injection above its most"):
        private_columns.injection_bounds((replace(HOME, low_kw=2.0, high_kw=1.0),))


@pytest.mark.parametrize("seed", range(5))
def test_terms_of_all_are_the_terms_of_each(seed: int) -> None:
    scenario = document.from_dict(random_document(seed))
    for item, prosumer in zip(all_terms(scenario), scenario.prosumers, strict=True):
        alone = prosumer_terms(scenario, prosumer)
        for name in vars(alone):
            assert np.array_equal(
                getattr(item, name), getattr(alone, name), equal_nan=name in ("battery_end_kwh", "cycle_kwh")
            )


def test_columns_with_room_are_packed_prosumer_by_prosumer() -> None:
    block = private_columns.bounds((HOME, replace(HOME, battery_kwh=0.0)))
    own = [np.concatenate([part, np.zeros((2, 3, 1))], axis=2) for part in (*block, np.zeros_like(block[0]))]
    scalars = private_columns.quadratic((HOME, HOME)), private_columns.battery((HOME, HOME))
    right_kw, trades = private_columns.right((HOME, HOME)), np.array([[1.0, 0.0, 2.0], [0.1, 0.1, 0.1]])
    layout = columns.arrange((own[0], own[1], own[2]), scalars, right_kw, np.array([0, 2, 3]), trades)
    for k, (first, last) in enumerate(zip(layout.first[:-1], layout.first[1:], strict=True)):
        pairs = layout.limit[(first - TRADES * k) // 2 : (last - TRADES * (k + 1)) // 2, 0]
        widths = np.concatenate([layout.width[TRADES * k : TRADES * (k + 1)].max(axis=1), np.repeat(pairs, 2)])
        found = np.flatnonzero(widths > NARROW_KW)
        assert layout.columns[first : first + len(found)].tolist() == found.tolist()
        assert layout.counts[k].tolist() == [len(found), (found < BOUNDED).sum(), (found < TRADES).sum()]


@pytest.mark.parametrize("seed", range(5))
def test_what_is_gathered_once_of_everybody_is_what_each_has(seed: int) -> None:
    plain = varied(seed)
    together = Everybody(plain)
    for _ in range(2):  # the second time it is remembered
        for told in (private_columns.linear, private_columns.quadratic, private_columns.right, private_columns.battery,
                     private_columns.injection_bounds, lambda some: private_columns.bounds(some)[0],
                     lambda some: private_columns.bounds(some)[1], largest_powers_kw):  # fmt: skip
            np.testing.assert_array_equal(told(together), told(plain))
            np.testing.assert_array_equal(told(together.part(2, 5)), told(plain[2:5]))
    assert largest_powers_kw(plain).tolist() == [item.largest_power_kw for item in plain]
    assert pickle.loads(pickle.dumps(together)).number("step_h").tolist() == [item.step_h for item in plain]
    with pytest.raises(ValueError, match="read-only"):
        together.number("step_h")[0] = 2.0
