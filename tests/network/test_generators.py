"""Generators that hold a voltage: power flows of trees beside pandapower, and what everybody else takes them for."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2pdnr.network.arrays import Generators, Network
from p2pdnr.network.generators import fixed, own_loads, with_generators
from p2pdnr.network.held_newton import solve_held
from p2pdnr.network.powerflow import solve_tree
from p2pdnr.network.readers import read
from p2pdnr.network.topology import orient
from tests.random_networks import build, earthed, spanning

NAMES = ("case33bw", "case70da", "case118zh", "cigre_mv")


def held(plain: Network, seed: int) -> Network:
    """Up to six generators at random buses, with little to much room for reactive power."""
    rng = np.random.default_rng(seed)
    count = int(min(rng.integers(1, 7), plain.n_buses - len(plain.substations)))
    buses = np.sort(rng.choice(np.setdiff1d(np.arange(plain.n_buses), plain.substations), count, replace=False))
    load = max(float(plain.p_kw.sum()), 10.0)
    room = load * rng.choice([0.01, 0.1, 0.4, 2.0])
    generators = Generators(
        bus=buses,
        vm_pu=rng.uniform(0.98, 1.03, count),
        p_kw=rng.uniform(0.0, 0.5, count) * load / count,
        least_kvar=-room * rng.uniform(0.2, 1.0, count),
        most_kvar=room * rng.uniform(0.2, 1.0, count),
        kvar=rng.uniform(-1.0, 1.0, count) * 0.1 * room,
        load_kw=plain.p_kw[buses],
        load_kvar=plain.q_kvar[buses],
    )
    return with_generators(plain, generators)


def assert_as_pandapower(network: Network, closed: np.ndarray) -> None:
    """Voltages within 1e-6 p.u., losses, reactive powers."""
    judge, kvar = solve_held(network, closed)
    flow = solve_tree(network, orient(network, closed), network.p_kw[None], network.q_kvar[None])
    assert flow.converged[0] and flow.generated_kvar is not None
    np.testing.assert_allclose(flow.vm_pu[0], judge.vm_pu[0], rtol=0.0, atol=1e-6)
    np.testing.assert_allclose(flow.loss_kw.sum(), judge.loss_kw.sum(), rtol=0.0, atol=1e-2)
    np.testing.assert_allclose(flow.generated_kvar[0], kvar, rtol=1e-4, atol=0.1)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("seed", [0, 2, 3])
def test_feeders_of_the_literature_agree_with_pandapower(name: str, seed: int) -> None:
    network = held(read(name, None), seed)
    assert_as_pandapower(network, network.closed)


@pytest.mark.parametrize("seed", range(6))
def test_random_networks_with_ratios_and_shunts_agree_with_pandapower(seed: int) -> None:
    rng = np.random.default_rng(100 + seed)
    ends = [(int(rng.integers(0, bus)), bus) for bus in range(1, 12)] + [(3, 9), (5, 11), (2, 10)]
    network = held(earthed(build(ends, 12, seed), seed), seed)
    assert_as_pandapower(network, spanning(network, rng.permutation(len(ends))))


@settings(deadline=None, derandomize=True, max_examples=40)
@given(seed=st.integers(0, 10_000))
def test_every_generator_holds_its_voltage_or_is_at_the_right_end(seed: int, network33: Network) -> None:
    network, scale = held(network33, seed), np.array([1.0, 0.2, -0.5])
    p_kw, q_kvar = np.outer(scale, network.p_kw), np.outer(scale, network.q_kvar)
    flow = solve_tree(network, orient(network, network.closed), p_kw, q_kvar)
    generators, given_kvar = network.generators, flow.generated_kvar
    assert generators is not None and given_kvar is not None
    for hour in np.flatnonzero(flow.converged):
        beyond = flow.vm_pu[hour, generators.bus] - generators.vm_pu
        most, least = generators.most_kvar - given_kvar[hour], given_kvar[hour] - generators.least_kvar
        upper, lower = most < 1e-9, least < 1e-9
        assert np.all((np.abs(beyond) < 1e-8) | (upper & (beyond < 0.0)) | (lower & (beyond > 0.0)))
        assert np.all((most > -1e-9) & (least > -1e-9))
    assert flow.converged.any()


def test_hours_do_not_hang_on_each_other(network33: Network) -> None:
    network = held(network33, 3)
    scale = np.linspace(-0.5, 1.2, 11)
    tree = orient(network, network.closed)
    p_kw, q_kvar = np.outer(scale, network.p_kw), np.outer(scale, network.q_kvar)
    together = solve_tree(network, tree, p_kw, q_kvar)
    for hour in range(len(scale)):
        alone = solve_tree(network, tree, p_kw[[hour]], q_kvar[[hour]])
        np.testing.assert_allclose(alone.vm_pu[0], together.vm_pu[hour], rtol=0.0, atol=1e-9)


def test_whoever_knows_nothing_of_generators_takes_them_as_fixed(network33: Network) -> None:
    network = held(network33, 1)
    generators = network.generators
    assert generators is not None
    left = fixed(network)
    assert left.generators is None and "keep giving" in left.remarks[-1]
    p_kw, q_kvar = own_loads(network)
    np.testing.assert_array_equal(p_kw, network33.p_kw)
    np.testing.assert_allclose(left.q_kvar[generators.bus], q_kvar[generators.bus] - generators.kvar)
    assert fixed(network33) is network33
