from __future__ import annotations

import numpy as np
import pandapower as pp
import pandapower.networks
import pytest

from p2pdnr.network import powerflow, readers, topology
from p2pdnr.network.arrays import Network
from p2pdnr.network.readers import text
from p2pdnr.verification.judge import judge


@pytest.fixture(scope="module")
def feeder() -> Network:
    return readers.read("case33bw", None)


def test_the_feeders_own_hour_is_pandapowers_own_case(feeder: Network) -> None:
    net = pp.networks.case33bw()
    pp.runpp(net, numba=False, tolerance_mva=1e-10)
    judged = judge(feeder, feeder.closed[None], feeder.p_kw[None], feeder.q_kvar[None])
    assert judged.loss_kw.sum() == pytest.approx(202.677, abs=5e-4)
    assert judged.loss_kw.sum() == pytest.approx(float(net.res_line["pl_mw"].sum()) * 1e3, abs=1e-6)
    assert np.allclose(judged.vm_pu[0], net.res_bus["vm_pu"], atol=1e-9)


def test_hours_side_by_side_are_hours_alone(feeder: Network) -> None:
    rng = np.random.default_rng(5)
    scale = rng.uniform(-0.5, 1.3, (6, 33))
    closed = np.tile(feeder.closed, (6, 1))
    closed[3:, [6, 32]] = [False, True]
    together = judge(feeder, closed, scale * feeder.p_kw, scale * feeder.q_kvar)
    for hour in range(6):
        alone = judge(feeder, closed[[hour]], (scale * feeder.p_kw)[[hour]], (scale * feeder.q_kvar)[[hour]])
        assert np.allclose(together.vm_pu[hour], alone.vm_pu[0], atol=1e-11)
        assert np.allclose(together.loss_kw[hour], alone.loss_kw[0], atol=1e-7)


def test_it_agrees_with_the_compiled_power_flow(feeder: Network) -> None:
    scale = np.linspace(-1.0, 1.5, 5)[:, None]
    tree = topology.orient(feeder, feeder.closed)
    flow = powerflow.solve_tree(feeder, tree, scale * feeder.p_kw, scale * feeder.q_kvar)
    judged = judge(feeder, np.tile(feeder.closed, (5, 1)), scale * feeder.p_kw, scale * feeder.q_kvar)
    assert np.abs(judged.vm_pu - flow.vm_pu).max() < 1e-8
    assert np.abs(judged.loss_kw - flow.loss_kw).max() < 1e-5
    assert np.abs(judged.current_a - flow.current_a).max() < 1e-5


def test_an_hour_without_a_solution_spoils_no_other(feeder: Network) -> None:
    scale = np.ones((5, 1))
    scale[3] = 20.0
    judged = judge(feeder, np.tile(feeder.closed, (5, 1)), scale * feeder.p_kw, scale * feeder.q_kvar)
    assert np.isnan(judged.vm_pu).any(axis=1).tolist() == [False, False, False, True, False]
    assert np.allclose(judged.loss_kw[[0, 1, 2, 4]].sum(axis=1), 202.677, atol=1e-3)


def test_buses_without_supply_have_no_voltage(feeder: Network) -> None:
    closed = feeder.closed.copy()
    closed[16] = False
    judged = judge(feeder, closed[None], feeder.p_kw[None], feeder.q_kvar[None])
    assert np.flatnonzero(np.isnan(judged.vm_pu[0])).tolist() == [17]


def test_two_substations_keep_their_own_voltages() -> None:
    network = text.from_text("S1 2\n2 3\n3 S4")
    network = network.with_(substation_vm_pu=np.array([1.02, 0.99]), closed=np.array([True, True, False]))
    judged = judge(network, network.closed[None], network.p_kw[None], network.q_kvar[None])
    assert judged.vm_pu[0][network.substations].tolist() == pytest.approx([1.02, 0.99])


@pytest.mark.parametrize("ohm", [1e-3, 1e-4, 1e-6, 1e-7, 1e-8, 1e-12])
def test_couplers_and_ideal_switches_are_judged(feeder: Network, ohm: float) -> None:
    """Five lines of hardly any impedance, two of them in a row and one at the substation, ten hours in two states."""
    short = ohm * feeder.base_mva / 12.66**2
    stiff = np.isin(np.arange(feeder.n_lines), [0, 4, 5, 20, 30, 32])
    network = feeder.with_(r_pu=np.where(stiff, short, feeder.r_pu), x_pu=np.where(stiff, 0.3 * short, feeder.x_pu))
    closed = np.tile(network.closed, (10, 1))
    closed[5:, [6, 32]] = [False, True]
    scale = np.linspace(-0.5, 1.2, 10)[:, None]
    p_kw, q_kvar = scale * network.p_kw, scale * network.q_kvar
    judged = judge(network, closed, p_kw, q_kvar)
    assert judged.residual_mva.max() < 1e-6
    for hour in range(10):
        flow = powerflow.solve_tree(network, topology.orient(network, closed[hour]), p_kw[[hour]], q_kvar[[hour]])
        assert np.abs(judged.vm_pu[hour] - flow.vm_pu[0]).max() < 1e-7
        assert np.abs(judged.loss_kw[hour] - flow.loss_kw[0]).max() < 1e-4
        assert np.abs(judged.current_a[hour] - flow.current_a[0]).max() < 1e-2
