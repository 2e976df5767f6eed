"""The linearised power flow against differences of the power flow itself."""

from __future__ import annotations

import numpy as np
import pytest

from p2pdnr.errors import PowerFlowError
from p2pdnr.network.arrays import Floats, Network
from p2pdnr.network.powerflow import Flow, solve_tree
from p2pdnr.network.topology import Tree, orient
from p2pdnr.verification.slopes import Linearised, linearise
from tests.random_networks import build, earthed, spanning

STEP_KW = 0.1


def drawn(seed: int) -> tuple[Network, Tree, Floats, Floats]:
    """A random network, every second one with ratios and admittances to earth, some with two substations; a tree, and
    withdrawals (3, n) of three hours."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(3, 12))
    ends = [(int(rng.integers(0, bus)), bus) for bus in range(1, n)]
    ends = [end if rng.random() < 0.5 else end[::-1] for end in ends]
    ends += [tuple(rng.choice(n, 2, replace=False).tolist()) for _ in range(3)]
    network = build(ends, n, seed, 1 if seed % 3 else 2)
    network = earthed(network, seed) if seed % 2 else network
    tree = orient(network, spanning(network, rng.permutation(network.n_lines)))
    factor = rng.uniform(0.5, 1.5, (3, 1))
    return network, tree, factor * network.p_kw, factor * network.q_kvar


def of(network: Network, tree: Tree, p_kw: Floats, q_kvar: Floats) -> Linearised:
    return linearise(network, tree, np.arange(len(p_kw)), p_kw, q_kvar)


def by_difference(drawn: tuple[Network, Tree, Floats, Floats], bus: int) -> tuple[Floats, Floats, Floats]:
    """Slopes per unit, by the withdrawal at ``bus``, of losses (3,), squared voltages (3, n) and currents (3, m)."""
    network, tree, p_kw, q_kvar = drawn
    more, less = (
        quantities(network, solve_tree(network, tree, p_kw + step * (np.arange(network.n_buses) == bus), q_kvar))
        for step in (STEP_KW, -STEP_KW)
    )
    loss, v, current = ((high - low) / (2.0 * STEP_KW) for high, low in zip(more, less, strict=True))
    return loss, network.base_kw * v, network.base_kw * current


def quantities(network: Network, flow: Flow) -> tuple[Floats, Floats, Floats]:
    return flow.loss_kw.sum(axis=1), flow.vm_pu**2, (flow.current_a / network.base_current_a) ** 2


def only(at: Linearised, place: int) -> Floats:
    return np.where(np.arange(len(at.bus))[:, None] == place, 1.0, np.zeros(at.p.shape))


@pytest.mark.parametrize("seed", range(12))
def test_slopes_are_the_differences_of_the_power_flow(seed: int) -> None:
    case = drawn(seed)
    at = of(*case)
    loss = at.by_withdrawal(at.loss_seeds())
    voltage = [at.by_withdrawal(at.voltage_seeds(only(at, place))) for place in range(len(at.bus))]
    current = [at.by_withdrawal(at.current_seeds(only(at, place))) for place in range(len(at.bus))]
    for bus in range(case[0].n_buses):
        of_loss, of_v, of_current = by_difference(case, bus)
        assert loss[bus] == pytest.approx(of_loss, abs=1e-7)
        for place in range(len(at.bus)):
            assert voltage[place][bus] == pytest.approx(of_v[:, at.bus[place]], abs=1e-6)
            assert current[place][bus] == pytest.approx(of_current[:, at.line[place]], abs=1e-6)


def test_the_state_is_that_of_the_power_flow() -> None:
    network, tree, p_kw, q_kvar = drawn(7)
    at, flow = of(network, tree, p_kw, q_kvar), solve_tree(network, tree, p_kw, q_kvar)
    assert np.sqrt(at.v).T == pytest.approx(flow.vm_pu[:, at.bus], abs=1e-12)
    amperes = np.sqrt(at.current2).T * network.base_current_a[at.line]
    assert amperes == pytest.approx(flow.current_a[:, at.line], abs=1e-9)


def test_without_a_power_flow_there_is_no_slope() -> None:
    network, tree, p_kw, q_kvar = drawn(4)
    heavy = p_kw * np.array([[1.0], [1e4], [1.0]])
    with pytest.raises(PowerFlowError, match="no power flow of hour 6"):
        linearise(network, tree, np.array([4, 6, 7]), heavy, q_kvar)
