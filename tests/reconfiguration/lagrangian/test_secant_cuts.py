"""A secant cuts no exact power flow that costs the operator no more than the cap, and cuts what a cone may lose."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from p2pdnr.network.arrays import Floats, Network
from p2pdnr.network.powerflow import solve_tree
from p2pdnr.network.readers import from_text
from p2pdnr.network.topology import Tree, orient
from p2pdnr.reconfiguration.lagrangian.secant_cuts import Secants, Withdrawals, can_limit, secants
from p2pdnr.reconfiguration.terms import OperatorTerms
from p2pdnr.reconfiguration.topologies.ranking import landscape
from p2pdnr.reconfiguration.topologies.tree_set import TreeSet
from tests.random_networks import networks

HOURS = 3


def terms(network: Network) -> OperatorTerms:
    return OperatorTerms(np.zeros(network.n_lines))


def exact(network: Network, tree: Tree, p_kw: Floats, q_kvar: Floats) -> tuple[Floats, Floats, Floats]:
    """(n, H) squared current, active and reactive power sent into the line that feeds each bus, per unit."""
    flow = solve_tree(network, tree, p_kw, q_kvar)
    assert flow.converged.all()
    squared, p, q = np.zeros((3, network.n_buses, len(p_kw)))
    p[:], q[:] = p_kw.T / network.base_kw, q_kvar.T / network.base_kw
    for bus in tree.order[::-1]:
        line, parent = tree.parent_line[bus], tree.parent_bus[bus]
        if parent < 0:
            continue
        squared[bus] = flow.loss_kw[:, line] / network.base_kw / network.r_pu[line]
        p[bus] += network.r_pu[line] * squared[bus]
        q[bus] += network.x_pu[line] * squared[bus]
        if tree.parent_bus[parent] >= 0:
            p[parent] += p[bus]
            q[parent] += q[bus]
    return squared, p, q


def left(cut: Secants, squared: Floats, p: Floats, q: Floats) -> Floats:
    """(n, H) how far below the secant the squared current is."""
    return cut.slope_p * p + cut.slope_q * q - cut.level - cut.floor * squared


@settings(max_examples=30, deadline=None, derandomize=True)
@given(network=networks(max_loops=0), seed=st.integers(0, 2**16), strain=st.sampled_from([0.3, 1.0, 3.0]))
def test_no_power_flow_within_the_ranges_is_cut(network: Network, seed: int, strain: float) -> None:
    rng, tree = np.random.default_rng(seed), orient(network, network.closed)
    p_kw, q_kvar = (strain * rng.uniform(-0.7, 1.0, (HOURS, 1)) * part for part in (network.p_kw, network.q_kvar))
    width = rng.choice([0.0, 50.0])  # without width the losses alone are between both ends
    low, high = p_kw - width * rng.random(p_kw.shape), p_kw + width * rng.random(p_kw.shape)
    trees = TreeSet(np.flatnonzero(~network.closed)[None, :].astype(np.int32), network.n_lines, complete=False)
    cap_eur = landscape(network, trees, p_kw, q_kvar, terms(network)).stage_cost(terms(network))[0]
    assume(np.isfinite(cap_eur).all())
    cut = secants(network, terms(network), tree, Withdrawals(low, high, q_kvar), 1.001 * cap_eur + 1e-3)
    assert (left(cut, *exact(network, tree, p_kw, q_kvar)) >= -1e-9).all()


def one_line() -> tuple[Network, Tree]:
    network = from_text("S1 2 r=1.0 x=0.5, bus 2 p=100")
    return network, orient(network, network.closed)


def test_a_cone_that_loses_power_is_cut() -> None:
    network, tree = one_line()
    p_kw, q_kvar = network.p_kw[None], network.q_kvar[None]
    squared, p, q = exact(network, tree, p_kw, q_kvar)
    loss_eur = 0.12 * network.base_kw * float(network.r_pu[0] * squared[1, 0])
    cut = secants(network, terms(network), tree, Withdrawals(p_kw, p_kw, q_kvar), np.array([1.01 * loss_eur]))
    assert left(cut, squared, p, q)[1, 0] >= 0.0
    lost = 5.0 * squared
    assert (p**2 + q**2 <= lost).all(), "the cone allows it"
    assert left(cut, lost, p, q)[1, 0] < 0.0


def test_without_a_cap_or_a_floor_there_is_none() -> None:
    network, tree = one_line()
    wide = Withdrawals(network.p_kw[None] - 1.0, network.p_kw[None] + 1.0, network.q_kvar[None])
    for cap_eur in (np.inf, np.nan):
        with np.errstate(invalid="ignore"):
            cut = secants(network, terms(network), tree, wide, np.array([cap_eur]))
        assert not any(part.any() for part in vars(cut).values()), cap_eur
    assert not secants(network, terms(network), tree, wide, np.array([1.0])).floor[0].any(), "no line feeds a root"


@pytest.mark.parametrize("price", ["loss_price_eur_per_kwh", "violation_price_eur_per_kwh"])
def test_what_costs_nothing_caps_nothing(price: str) -> None:
    network, _ = one_line()
    assert can_limit(network, terms(network))
    assert not can_limit(network, replace(terms(network), **{price: 0.0}))
    assert not can_limit(network.with_(r_pu=np.zeros(1)), terms(network))
