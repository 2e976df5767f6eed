"""Networks with loops that nothing can open: break points and compensation, judged by pandapower's Newton-Raphson."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2pdnr.network import break_points
from p2pdnr.network.arrays import Network
from p2pdnr.network.bundles import bundled
from p2pdnr.network.newton import solve_meshed
from p2pdnr.network.readers import from_table, from_text
from p2pdnr.network.topology import orient
from tests.random_networks import networks
from tests.small_networks import newton_kw

PROPERTY = settings(deadline=None, derandomize=True, max_examples=12)


def ring() -> Network:
    """A ring of three lines over two stubs."""
    ends = ((1, 2, False), (2, 3, False), (3, 1, False), (2, 4, True), (3, 5, True))
    lines = [{"from": a, "to": b, "r_ohm": 0.4, "x_ohm": 0.9, "switchable": free} for a, b, free in ends]
    lines.append({"from": 4, "to": 5, "r_ohm": 0.5, "x_ohm": 0.4, "closed": False})
    buses = [
        {"vn_kv": 20, "substation_voltage_pu": 1.02},
        *({"vn_kv": 20, "p_kw": p, "q_kvar": 300} for p in (200, 100, 2100, 1400)),
    ]
    return from_table({"buses": buses, "lines": lines}, "ring")


def solved(network: Network, factors: list[float]) -> tuple[break_points.Broken, break_points.Compensated]:
    parts = break_points.broken(network)
    load = np.array(factors)[:, None]
    tree = orient(parts.network, parts.network.closed)
    return parts, break_points.solve(parts, tree, load * network.p_kw, load * network.q_kvar)


def test_a_ring_has_the_voltages_currents_and_losses_of_newton_raphson() -> None:
    network = ring()
    parts, found = solved(network, [1.0, 0.3])
    judge = solve_meshed(network, network.closed)
    assert parts.meshed.tolist() == [0, 1, 2] and len(parts.breaks) == 1
    np.testing.assert_allclose(found.flow.vm_pu[0], judge.vm_pu[0], atol=1e-9)
    np.testing.assert_allclose(found.flow.loss_kw[0], judge.loss_kw[0], atol=1e-6)
    np.testing.assert_allclose(found.flow.current_a[0], judge.current_a[0], atol=1e-6)
    assert found.flow.loss_kw[0].sum() == pytest.approx(newton_kw(network), abs=1e-6)
    assert found.flow.loss_kw[1].sum() < found.flow.loss_kw[0].sum() / 5.0, "hours are solved by themselves"


def test_a_load_beyond_what_the_ring_can_carry_has_no_power_flow() -> None:
    _, found = solved(ring(), [1.0, 500.0])
    assert found.flow.converged.tolist() == [True, False]
    assert np.isnan(found.flow.loss_kw[1]).all() and np.isfinite(found.flow.loss_kw[0]).all()


def test_a_network_without_such_loops_is_left_as_it_is() -> None:
    network = from_text("S1 2, 2 3, 3 1 open, bus 3 p=400")
    parts, found = solved(network, [1.0])
    assert not len(parts.breaks) and not len(parts.meshed)
    assert found.flow.loss_kw.sum() == pytest.approx(newton_kw(network), abs=1e-6)


@PROPERTY
@given(network=networks(max_buses=7, max_loops=5, earth=True), extra=st.integers(0, 2**16))
def test_random_meshes_with_ratios_and_charging(network: Network, extra: int) -> None:
    """Every line closed for good, between buses of one or two substations, some of them in parallel."""
    held = np.random.default_rng(extra).random(network.n_lines) < 0.7
    meshed = bundled(
        network.with_(closed=network.closed | held, switchable=np.zeros(network.n_lines, dtype=bool))
    ).network
    _, found = solved(meshed, [1.0])
    judge = solve_meshed(meshed, meshed.closed)
    assert found.flow.converged.all()
    np.testing.assert_allclose(found.flow.vm_pu[0], judge.vm_pu[0], atol=1e-8)
    np.testing.assert_allclose(found.flow.loss_kw[0], judge.loss_kw[0], atol=1e-5)
    np.testing.assert_allclose(found.flow.current_a[0], judge.current_a[0], atol=1e-4)
