"""What prosumers do on a day that is not as forecast, in numbers small enough to follow."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from p2pdnr.forecasts.error_model import DayFactors
from p2pdnr.forecasts.on_the_day import Agreed, turned

PLAN = Agreed(
    withdrawal_kw=np.array([[0.0, 40.0, -60.0], [0.0, 40.0, 10.0]]),
    withdrawal_kvar=np.array([[0.0, 20.0, 5.0], [0.0, 20.0, 5.0]]),
    background_kw=np.array([[0.0, 30.0, 0.0], [0.0, 30.0, 0.0]]),
    background_kvar=np.array([[0.0, 15.0, 0.0], [0.0, 15.0, 0.0]]),
    pv_kw=np.array([[0.0, 70.0], [0.0, 0.0]]),
    unserved_kw=np.zeros((2, 2)),
    forecast_kw=np.array([[0.0, 70.0], [0.0, 0.0]]),
    load_kw=np.array([[10.0, 10.0], [10.0, 10.0]]),
    nominal_kw=np.array([0.0, 100.0]),
    tangent=np.array([0.5, 0.5]),
    bus=np.array([1, 2]),
    limited=np.zeros(2, dtype=np.bool_),
)


def day(sun: float = 1.0, load: float = 1.0, background: float = 1.0) -> DayFactors:
    return DayFactors(np.full((1, 2, 3), sun), np.full((1, 2, 2), load), np.full((1, 2, 3), background))


def test_a_day_as_forecast_is_the_plan() -> None:
    out = turned(PLAN, day())
    assert out.p_kw[0] == pytest.approx(PLAN.withdrawal_kw)
    assert out.q_kvar[0] == pytest.approx(PLAN.withdrawal_kvar)
    assert not out.balanced_kw.any()


def test_more_sun_feeds_in_at_its_bus_up_to_nominal_power() -> None:
    out = turned(PLAN, day(sun=1.2))
    assert out.p_kw[0] - PLAN.withdrawal_kw == pytest.approx(np.array([[0, 0, -14], [0, 0, 0]]))
    assert turned(PLAN, day(sun=9)).pv_kw[0, 0, 1] == pytest.approx(100.0)
    assert out.balanced_kw[0].tolist() == pytest.approx([14.0, 0.0])


def test_curtailed_pv_keeps_to_the_power_planned() -> None:
    curtailed = replace(PLAN, pv_kw=np.array([[0.0, 50.0], [0.0, 0.0]]))
    assert turned(curtailed, day(sun=1.2)).pv_kw[0, 0, 1] == pytest.approx(50.0)
    assert turned(curtailed, day(sun=0.5)).pv_kw[0, 0, 1] == pytest.approx(35.0)


def test_a_limit_keeps_what_is_more_than_planned_back() -> None:
    limited = PLAN.with_limits(np.array([True, False]))
    assert turned(limited, day(sun=1.2)).pv_kw[0, 0, 1] == pytest.approx(70.0)
    assert turned(limited, day(sun=0.5)).pv_kw[0, 0, 1] == pytest.approx(35.0)


def test_loads_take_their_reactive_power_along() -> None:
    out = turned(PLAN, day(load=1.3))
    assert out.p_kw[0] - PLAN.withdrawal_kw == pytest.approx(np.array([[0, 3, 3], [0, 3, 3]]))
    assert out.q_kvar[0] - PLAN.withdrawal_kvar == pytest.approx(np.array([[0, 1.5, 1.5], [0, 1.5, 1.5]]))
    assert out.balanced_kw[0] == pytest.approx([6.0, 6.0])


def test_unserved_load_stays_unserved_as_far_as_there_is_load() -> None:
    short = replace(PLAN, unserved_kw=np.full((2, 2), 4.0))
    assert turned(short, day(load=0.5)).p_kw[0, 1, 1] - 40.0 == pytest.approx(1.0 - 6.0)
    assert turned(short, day(load=0.2)).p_kw[0, 1, 1] - 40.0 == pytest.approx(-6.0)


def test_the_networks_own_loads_are_nobodys_trade() -> None:
    out = turned(PLAN, day(background=1.1))
    assert out.p_kw[0] - PLAN.withdrawal_kw == pytest.approx(np.array([[0, 3, 0], [0, 3, 0]]))
    assert out.q_kvar[0] - PLAN.withdrawal_kvar == pytest.approx(np.array([[0, 1.5, 0], [0, 1.5, 0]]))
    assert not out.balanced_kw.any()
