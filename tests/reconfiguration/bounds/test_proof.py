"""Bounds against every tree of small networks, by exact power flow."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2pdnr.network.arrays import Floats, Network
from p2pdnr.network.readers import from_text, read
from p2pdnr.network.readers.matpower import packaged_case
from p2pdnr.reconfiguration.bounds import Assumptions, Bound, lower_bound
from p2pdnr.reconfiguration.terms import OperatorTerms
from p2pdnr.reconfiguration.topologies import ranking
from tests.random_networks import networks


def own_load(network: Network) -> tuple[Floats, Floats]:
    return network.p_kw, network.q_kvar


def landscape(network: Network) -> ranking.Landscape:
    """Every tree at the network's own load."""
    terms = OperatorTerms(np.zeros(network.n_lines))
    trees = ranking.all_trees(network)
    return ranking.evaluate(network, trees.open_lines, network.p_kw[None], network.q_kvar[None], terms)


@settings(max_examples=15, deadline=None, derandomize=True)
@given(networks(max_buses=8, max_loops=4), st.booleans(), st.booleans())
def test_no_tree_loses_less_and_the_best_is_proved(network: Network, injections: bool, within_limits: bool) -> None:
    if not injections:
        network = network.with_(p_kw=np.abs(network.p_kw), q_kvar=np.abs(network.q_kvar))
    trees = landscape(network)
    wanted = trees.converged & ((trees.violation_eur == 0.0) | (not within_limits))
    if wanted.any():
        losses = trees.loss_kw[wanted]
        least, load = float(losses.min()), own_load(network)
        known = Assumptions(float(losses.max()), within_limits)
        assert lower_bound(network, load).value_kw <= least * (1.0 + 1e-9)
        assert lower_bound(network, load, known).value_kw <= least * (1.0 + 1e-9)
        proof = lower_bound(network, load, known, time_limit_s=60.0)
        assert proof.proved
        assert proof.incumbent_kw == pytest.approx(least, rel=1e-6)
        assert proof.value_kw <= least * (1.0 + 1e-9)


@settings(max_examples=12, deadline=None, derandomize=True)
@given(networks(max_buses=8, max_loops=4), st.randoms(use_true_random=False))
def test_bus_numbers_do_not_matter(network: Network, random: Random) -> None:
    place = np.array(random.sample(range(network.n_buses), network.n_buses))
    load = np.empty((2, network.n_buses))
    load[:, place] = network.p_kw, network.q_kvar
    renumbered = network.with_(
        p_kw=load[0],
        q_kvar=load[1],
        from_bus=place[network.from_bus],
        to_bus=place[network.to_bus],
        substations=place[network.substations],
    )
    known = float(landscape(network).loss_kw[0, 0])
    bounds = [lower_bound(same, own_load(same), Assumptions(known)) for same in (network, renumbered)]
    assert bounds[0].value_kw == pytest.approx(bounds[1].value_kw, rel=1e-5, abs=1e-6)


def earthed(network: Network, seed: int) -> Network:
    """The network with ratios, charging, shunts and lines that are open at one end."""
    rng, m, n = np.random.default_rng(seed), network.n_lines, network.n_buses
    return network.with_(
        ratio=1.0 + rng.uniform(-0.05, 0.05, m) * (rng.random(m) < 0.5),
        g_from_pu=rng.uniform(0.0, 0.01, m),
        g_to_pu=rng.uniform(0.0, 0.01, m),
        b_from_pu=rng.uniform(-0.02, 0.05, m),
        b_to_pu=rng.uniform(-0.02, 0.05, m),
        opened_at=rng.integers(0, 3, m),
        shunt_g_pu=rng.uniform(0.0, 0.02, n),
        shunt_b_pu=rng.uniform(-0.02, 0.05, n),
    )


@settings(max_examples=12, deadline=None, derandomize=True)
@given(networks(max_buses=8, max_loops=4), st.integers(0, 2**16))
def test_ratios_and_admittances_to_earth_count(network: Network, seed: int) -> None:
    network = earthed(network, seed)
    trees = landscape(network)
    if trees.converged.any():
        losses = trees.loss_kw[trees.converged]
        known = float(losses.max())
        proof = lower_bound(network, own_load(network), Assumptions(known), time_limit_s=60.0)
        assert proof.proved
        assert proof.incumbent_kw == pytest.approx(float(losses.min()), rel=1e-6)
        assert proof.value_kw <= float(losses.min()) * (1.0 + 1e-9)


def test_without_loops_the_bound_is_the_loss() -> None:
    network = from_text("S1 2, 2 3, 2 4, 4 5")
    bound = lower_bound(network, own_load(network))
    assert bound.value_kw == pytest.approx(bound.incumbent_kw, rel=1e-6)
    assert bound.proved


@pytest.mark.skipif(packaged_case("case33bw") is None, reason="needs the Python package matpower")
@pytest.mark.parametrize(
    ("name", "loss_kw", "reach_kw"), [("case33bw", 139.5514, 133.0), ("case118zh", 869.730, 834.0)]
)
def test_bounds_of_known_feeders(name: str, loss_kw: float, reach_kw: float) -> None:
    network = read(name, None)
    bound = lower_bound(network, own_load(network), Assumptions(loss_kw))
    assert reach_kw < bound.value_kw < loss_kw
    assert not bound.proved


def test_branch_and_bound_proves_the_optimum_of_a_feeder() -> None:
    network, told = read("case33bw", None), []
    bound = lower_bound(network, own_load(network), Assumptions(150.0), time_limit_s=60.0, observe=told.append)
    assert bound.proved
    assert bound.incumbent_kw == pytest.approx(139.55134, abs=1e-4)
    assert bound.closed is not None
    assert np.flatnonzero(~bound.closed).tolist() == [6, 8, 13, 31, 36]
    values = [each.value_kw for each in told]
    assert values == sorted(values)
    assert told[0].method == "perspective relaxation"


def test_an_interrupt_keeps_the_bound() -> None:
    network = read("case33bw", None)

    def interrupt(bound: Bound) -> None:
        if bound.nodes > 1:
            raise KeyboardInterrupt

    bound = lower_bound(network, own_load(network), time_limit_s=60.0, observe=interrupt)
    assert 133.0 < bound.value_kw < 139.5514
    assert not bound.proved
