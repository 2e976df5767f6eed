"""Random small networks and trees, for property tests."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from p2pdnr.network.arrays import Bools, Network


def build(ends: list[tuple[int, int]], n_buses: int, seed: int, n_substations: int = 1) -> Network:
    """A network with random impedances and loads; the first substations hold the first buses, all lines are closed."""
    rng = np.random.default_rng(seed)
    m = len(ends)
    first, second = (np.array([end[k] for end in ends], dtype=np.int64) for k in (0, 1))
    load = rng.uniform(-60.0, 120.0, n_buses) * (rng.random(n_buses) < 0.8)
    return Network(
        name="random",
        base_mva=1.0,
        vn_kv=np.full(n_buses, 12.66),
        p_kw=load,
        q_kvar=rng.uniform(-20.0, 60.0, n_buses),
        from_bus=first,
        to_bus=second,
        r_pu=rng.uniform(0.0005, 0.006, m),
        x_pu=rng.uniform(0.0003, 0.005, m),
        limit_a=np.where(rng.random(m) < 0.5, rng.uniform(5.0, 40.0, m), np.inf),
        switchable=np.ones(m, dtype=bool),
        closed=np.ones(m, dtype=bool),
        substations=np.arange(n_substations),
        substation_vm_pu=1.0 + 0.02 * np.arange(n_substations),
        vm_min_pu=0.99,
        vm_max_pu=1.005,
    )


def earthed(network: Network, seed: int, share: float = 0.5) -> Network:
    """The same with ratios, charging, conductances, shunts and lines open at one end on a share of lines and buses."""
    rng, n, m = np.random.default_rng(seed), network.n_buses, network.n_lines

    def some(low: float, high: float, count: int) -> np.ndarray:
        return (rng.random(count) < share) * rng.uniform(low, high, count)

    even, g, b = rng.random(m) < 0.5, some(0.0, 0.002, m), some(-0.01, 0.05, m)
    return network.with_(
        ratio=1.0 + some(-0.04, 0.04, m),
        g_from_pu=g,
        b_from_pu=b,
        g_to_pu=np.where(even, g, some(0.0, 0.002, m)),
        b_to_pu=np.where(even, b, some(-0.01, 0.05, m)),
        opened_at=rng.integers(0, 3, m),
        shunt_g_pu=some(0.0, 0.01, n),
        shunt_b_pu=some(-0.05, 0.1, n),
    )


def spanning(network: Network, order: np.ndarray) -> Bools:
    """(m,) the lines of the spanning tree that takes lines greedily in ``order``; all substations are one node."""
    node = list(range(network.n_buses))
    for bus in network.substations.tolist():
        node[bus] = int(network.substations[0])
    closed = np.zeros(network.n_lines, dtype=bool)
    for line in order.tolist():
        i, j = node[network.from_bus[line]], node[network.to_bus[line]]
        if i != j:
            closed[line] = True
            node = [i if bus == j else bus for bus in node]
    return closed


@st.composite
def networks(draw: st.DrawFn, max_buses: int = 8, max_loops: int = 4, earth: bool = False) -> Network:
    """Connected networks with loops, parallel lines among them, one or two substations, in a random radial state; with
    ``earth`` every other one with ratios and admittances to earth."""
    n = draw(st.integers(2, max_buses))
    n_substations = draw(st.integers(1, min(2, n - 1)))
    tree = [(draw(st.integers(0, j - 1)), j) for j in range(n_substations, n)]
    pairs = st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)).filter(lambda pair: pair[0] != pair[1])
    ends = tree + draw(st.lists(pairs, max_size=max_loops))
    ends = [end if draw(st.booleans()) else end[::-1] for end in draw(st.permutations(ends))]
    seed = draw(st.integers(0, 2**16))
    network = build(ends, n, seed, n_substations)
    if earth and draw(st.booleans()):
        network = earthed(network, seed)
    order = np.random.default_rng(seed).permutation(network.n_lines)
    return network.with_(closed=spanning(network, order))
