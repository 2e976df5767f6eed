"""A feeder made up by a seed: streets on a grid, loads that differ, a radial initial state and tie lines."""

from __future__ import annotations

import numpy as np

from p2pdnr.network.arrays import Floats, Ints, Network
from p2pdnr.reconfiguration.topologies.initial_trees import shortest_ways

KV, PEAK_MW, OHM_PER_STEP = 20.0, 12.0, 0.06


def feeder(n_buses: int, n_ties: int, seed: int) -> Network:
    """Buses on a square grid, the substation in a corner of the middle; every line leads to a neighbour.

    Initially closed is the tree of shortest ways under disturbed lengths, a plausible state nobody has optimised.
    """
    rng = np.random.default_rng(seed)
    side = int(np.ceil(np.sqrt(n_buses)))
    place = np.array([(k // side, k % side) for k in range(n_buses)])
    pairs = [(a, b) for a in range(n_buses) for b in (a + 1, a + side) if b < n_buses and _near(place, a, b)]
    ends = np.array(pairs)[rng.permutation(len(pairs))]
    substation = int(np.argmin(np.abs(place - side // 2).sum(axis=1)))
    ohm = OHM_PER_STEP * rng.uniform(0.4, 1.6, len(ends))
    p_kw = rng.gamma(1.5, 1.0, n_buses)
    p_kw[substation] = 0.0
    whole = _network(ends, ohm, 1000.0 * PEAK_MW * p_kw / p_kw.sum(), substation)
    tree = shortest_ways(whole, ohm * np.exp(0.5 * rng.standard_normal(len(ends))))
    ties = rng.permutation(np.flatnonzero(~tree))[:n_ties]
    kept = np.sort(np.concatenate([np.flatnonzero(tree), ties]))
    return _network(ends[kept], ohm[kept], whole.p_kw, substation).with_(closed=tree[kept])


def _near(place: Ints, a: int, b: int) -> bool:
    return bool(np.abs(place[a] - place[b]).sum() == 1)


def _network(ends: Ints, ohm: Floats, p_kw: Floats, substation: int) -> Network:
    """Every line closed."""
    n, m, r_pu = len(p_kw), len(ends), ohm / KV**2
    return Network(
        name=f"synthetic-{n}", base_mva=1.0, vn_kv=np.full(n, KV), p_kw=p_kw, q_kvar=0.3 * p_kw,
        from_bus=ends[:, 0], to_bus=ends[:, 1], r_pu=r_pu, x_pu=0.8 * r_pu, limit_a=np.full(m, np.inf),
        switchable=np.ones(m, dtype=np.bool_), closed=np.ones(m, dtype=np.bool_), substations=np.array([substation]),
        substation_vm_pu=np.ones(1),
    )  # fmt: skip
