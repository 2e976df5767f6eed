"""Inverters: what their circle leaves, and the nearest point in it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2pdnr.market.inverters import (
    SIGNS,
    Inverters,
    active_kw,
    headroom_kvar,
    nearest_within,
    on_curve_kvar,
    orders_eur,
    price_of_active,
    priced,
)
from p2pdnr.market.kernel_arrays import CHARGE, COLUMNS, DISCHARGE, PV
from tests.market.prosumers import block_of, terms

CURVE = np.array([[0.92, 0.98, 1.02, 1.08], [0.44, 0.0, 0.0, -0.44]])
NUMBER = st.floats(-300.0, 300.0)


def of(kva: float, *devices: bool) -> Inverters:
    """One inverter."""
    one = np.zeros(1, dtype=np.int64)
    return Inverters("dispatch", np.array([kva]), CURVE, one, one, one, np.ones(1), np.array([devices]))


@settings(max_examples=30)
@given(st.floats(1.0, 200.0), st.tuples(NUMBER, NUMBER, NUMBER), NUMBER, st.booleans())
def test_no_point_of_the_circle_is_nearer(
    kva: float, devices: tuple[float, float, float], kvar: float, stores: bool
) -> None:
    there = np.array([True, stores, stores])
    asked = np.where(there, devices, 0.0)
    found, fed = nearest_within(of(kva, *there.tolist()), asked[None, None], np.array([[kvar]]))
    total, signs = float(asked @ SIGNS), SIGNS * there
    if np.hypot(total, kvar) <= kva:
        return
    angle = np.linspace(-np.pi, np.pi, 100_001)
    elsewhere = (kva * np.cos(angle) - total) ** 2 / there.sum() + (kva * np.sin(angle) - kvar) ** 2
    away = float(((found[0, 0] - asked) ** 2).sum() + (fed[0, 0] - kvar) ** 2)
    assert np.hypot(found[0, 0] @ SIGNS, fed[0, 0]) == pytest.approx(kva, rel=1e-9)
    assert away <= elsewhere.min() * (1.0 + 1e-12) + 1e-9
    assert (found[0, 0] - asked)[~there].tolist() == [0.0] * int((~there).sum())
    assert found[0, 0] - asked == pytest.approx(signs * (found[0, 0] - asked)[0])


def test_a_point_within_stays_as_it_is() -> None:
    devices = np.array([[[30.0, 20.0, 10.0]]])
    found, fed = nearest_within(of(100.0, True, True, True), devices, np.array([[60.0]]))
    assert np.array_equal(found, devices)
    assert fed[0, 0] == 60.0


def test_active_power_is_sun_and_discharge_less_charge() -> None:
    columns = np.zeros((1, 1, COLUMNS))
    columns[0, 0, [PV, DISCHARGE, CHARGE]] = 80.0, 5.0, 25.0
    assert active_kw(columns)[0, 0] == 60.0
    assert headroom_kvar(np.array([100.0]), active_kw(columns))[0, 0] == pytest.approx(80.0)
    assert headroom_kvar(np.array([50.0]), active_kw(columns))[0, 0] == 0.0


@pytest.mark.parametrize(
    ("vm_pu", "most_kvar", "fed_kvar"),
    [
        (0.9, 99.0, 44.0),
        (0.95, 99.0, 22.0),
        (1.0, 99.0, 0.0),
        (1.05, 99.0, -22.0),
        (1.2, 99.0, -44.0),
        (1.2, 9.0, -9.0),
    ],
)
def test_the_curve(vm_pu: float, most_kvar: float, fed_kvar: float) -> None:
    fed = on_curve_kvar(of(100.0, True, False, False), np.array([[vm_pu]]), np.array([[most_kvar]]))
    assert fed[0, 0] == pytest.approx(fed_kvar)


@pytest.mark.parametrize(("devices", "cost_eur"), [((True, True, True), -2.0), ((True, False, False), -6.0)])
def test_active_power_costs_what_its_devices_are_not_paid_on_average(
    devices: tuple[bool, ...], cost_eur: float
) -> None:
    """3 and 2 EUR for feeding in, 1 EUR for not charging."""
    paid_eur = np.array([[[3.0, 2.0, -1.0]]])
    assert price_of_active(of(10.0, *devices), paid_eur)[0, 0] == pytest.approx(cost_eur)


def test_a_price_on_active_power_is_one_on_each_device_by_its_sign() -> None:
    block = block_of((terms(1),), [])
    changed = priced(block, np.array([[0.5]])).linear - block.linear
    assert {place: changed[0, 0, place] for place in np.flatnonzero(changed)} == {PV: 0.5, DISCHARGE: 0.5, CHARGE: -0.5}


def test_an_order_of_reactive_power_leaves_the_rest_of_the_circle_to_active() -> None:
    """5 kVA that give 3 kvar have 4 kW left; 5 kvar leave none, and 0 all."""
    kvar, price_eur = np.array([[3.0, -5.0, 0.0]]), np.array([[0.5, 9.0, -1.0]])
    assert orders_eur(of(5.0, True, False, False), kvar, price_eur) == pytest.approx([4 * 0.5 + 5 * 1.0])
