from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from p2pdnr.coordination.roles.curtailment import KEPT, least_cost, proportional
from p2pdnr.coordination.roles.least_curtailment import least_curtailment
from p2pdnr.coordination.schedule.levers import GridHour, Levers
from p2pdnr.network.readers import from_table
from p2pdnr.network.topology import orient


def feeder(load_kw: tuple[float, ...], vm_max: float = 1.05, vm_min: float = 0.95, limit_a: float = 1000.0) -> GridHour:
    """A line of buses of 10 kV behind a substation at 1.02, a branch to the last one."""
    buses = [{"vn_kv": 10.0, "substation_voltage_pu": 1.02}, *({"vn_kv": 10.0} for _ in load_kw)]
    ends = [(k, k + 1) for k in range(1, len(load_kw))] + [(2, len(load_kw) + 1)]
    lines = [{"from": a, "to": b, "r_ohm": 0.9, "x_ohm": 0.6, "limit_a": limit_a} for a, b in ends]
    network = from_table({"vm_max_pu": vm_max, "vm_min_pu": vm_min, "buses": buses, "lines": lines})
    load = np.array([0.0, *load_kw])
    return GridHour(network, orient(network, network.closed), load, 0.2 * np.abs(load))


def levers(bus: list[int], most: list[float], price: list[float], sign: float = -1.0) -> Levers:
    return Levers(np.array(bus), np.full(len(bus), sign), np.array(most), np.array(price))


SUNNY = feeder((50.0, -1500.0, -1400.0, -1600.0))
THREE = levers([2, 3, 4], [1500.0, 1400.0, 1600.0], [0.08, 0.1, 0.09])


def brute_force(hour: GridHour, choice: Levers, steps: int) -> float:
    """The least cost on a grid of what may be used that keeps every limit, EUR/h."""
    axes = [np.linspace(0.0, most, steps) for most in choice.most_kw]
    points = np.array(list(product(*axes)))
    good = (hour.beyond(choice, points) <= 0.0).all(axis=1)
    return float((points[good] @ choice.eur_per_kwh).min())


def test_nothing_is_taken_where_limits_hold() -> None:
    calm = feeder((50.0, -100.0, -100.0, 100.0))
    for method in (least_cost, proportional):
        found = method(calm, THREE, np.zeros(3))
        assert found.kept and not found.used_kw.any()


def test_the_least_cost_is_that_of_every_combination() -> None:
    found = least_cost(SUNNY, THREE, np.zeros(3))
    cost = float(found.used_kw @ THREE.eur_per_kwh)
    grid_eur, step_eur = brute_force(SUNNY, THREE, 61), float((THREE.most_kw / 60 * THREE.eur_per_kwh).sum())
    assert found.kept and (SUNNY.beyond(THREE, found.used_kw[None]) <= KEPT).all()
    assert cost > 10.0
    assert grid_eur - step_eur <= cost <= grid_eur + 1e-6


def test_a_cone_programme_agrees_with_the_linear_ones_where_voltages_are_too_high() -> None:
    cost = float(least_cost(SUNNY, THREE, np.zeros(3)).used_kw @ THREE.eur_per_kwh)
    bound = least_curtailment(SUNNY, THREE, cost).least_eur_per_h
    assert bound is not None and 0.97 * cost <= bound <= cost * (1 + 1e-6)


def test_the_cone_programme_says_when_somebody_is_curtailed_without_need() -> None:
    cost = float(least_cost(SUNNY, THREE, np.zeros(3)).used_kw @ THREE.eur_per_kwh)
    more = least_curtailment(SUNNY, THREE, 1.2 * cost).least_eur_per_h
    assert more is not None and more <= cost * (1 + 1e-6) < 0.9 * 1.2 * cost


HEAVY = feeder((400.0, 1800.0, 1800.0, 1800.0), vm_min=0.97)
NARROW = feeder((0.0, -1500.0, 0.0, 0.0), vm_max=1.2, limit_a=60.0)


@pytest.mark.parametrize("hour", [HEAVY, NARROW])
def test_loads_and_currents_are_cured_as_cheaply_as_the_cone_programme_allows(hour: GridHour) -> None:
    bus = [2, 3, 4]
    both = Levers(
        np.array(bus * 2), np.repeat([-1.0, 1.0], 3),
        np.concatenate([np.maximum(-hour.load_kw[bus], 0), np.maximum(hour.load_kw[bus], 0)]),
        np.array([0.08, 0.1, 0.09, 10.0, 10.0, 10.0]),
    )  # fmt: skip
    found = least_cost(hour, both, np.zeros(6))
    cost = float(found.used_kw @ both.eur_per_kwh)
    bound = least_curtailment(hour, both, cost).least_eur_per_h
    assert found.kept and cost > 1.0
    assert bound is not None and bound == pytest.approx(cost, rel=2e-2) and bound <= cost * (1 + 1e-6)


def test_in_proportion_all_who_matter_give_up_one_share_and_no_more_than_needed() -> None:
    found = proportional(SUNNY, THREE, np.zeros(3))
    shares = found.used_kw / THREE.most_kw
    assert found.kept and np.ptp(shares) < 1e-9 and 0.0 < shares[0] < 1.0
    assert (SUNNY.beyond(THREE, found.used_kw[None]) <= KEPT).all()
    assert (SUNNY.beyond(THREE, 0.999 * found.used_kw[None]) > KEPT).any()
    assert found.used_kw @ THREE.eur_per_kwh >= least_cost(SUNNY, THREE, np.zeros(3)).used_kw @ THREE.eur_per_kwh


def test_limits_that_nothing_keeps_are_said_to_be_broken_and_loads_are_left_alone() -> None:
    hopeless = feeder((3000.0, 3000.0, 100.0, 100.0))
    shed = levers([3, 4], [100.0, 100.0], [10.0, 10.0], sign=1.0)
    for method in (least_cost, proportional):
        found = method(hopeless, shed, np.zeros(2))
        assert not found.kept and not found.used_kw.any()
    assert least_curtailment(hopeless, shed, np.inf).least_eur_per_h == np.inf


def test_what_must_be_taken_anyway_counts() -> None:
    floor = np.array([200.0, 0.0, 0.0])
    for method in (least_cost, proportional):
        assert (method(SUNNY, THREE, floor).used_kw >= floor - 1e-9).all()
