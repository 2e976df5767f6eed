"""Ranges hold every exact power flow of withdrawals within theirs, and secants every one of their points."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from p2pdnr.network.admittance import bus_admittance
from p2pdnr.network.arrays import Floats, Network
from p2pdnr.network.powerflow import solve_tree
from p2pdnr.network.topology import Tree, orient
from p2pdnr.reconfiguration.models.ranges import Caps, Loads, Ranges, caps, ranges
from p2pdnr.reconfiguration.models.tree_socp import FedLines, fed_lines
from p2pdnr.reconfiguration.terms import OperatorTerms, violation_eur
from tests.random_networks import earthed, networks

CASES = 6
NEAR = 1e-7


def flows(network: Network, tree: Tree, lines: FedLines, loads_kw: tuple[Floats, Floats]) -> dict[str, Floats]:
    """P, Q, l (L, C) at the sending end and v at the fed one, from the exact power flow by sums of withdrawals."""
    flow = solve_tree(network, tree, *(load.T for load in loads_kw))
    assert flow.converged.all()
    v2, (drawn, _) = flow.vm_pu.T**2, bus_admittance(network, tree.closed)
    sent = {
        "p": loads_kw[0] / network.base_kw + drawn.real[:, None] * v2,
        "q": loads_kw[1] / network.base_kw - drawn.imag[:, None] * v2,
    }
    found = {name: np.zeros((len(lines.bus), v2.shape[1])) for name in ("p", "q", "l")}
    for k in range(len(lines.bus) - 1, -1, -1):
        p, q, v = sent["p"][lines.bus[k]], sent["q"][lines.bus[k]], v2[lines.bus[k]]
        found["l"][k] = (p**2 + q**2) / v  # what is received, at the fed end: the same current
        found["p"][k], found["q"][k] = p + lines.r[k] * found["l"][k], q + lines.x[k] * found["l"][k]
        if lines.up[k] >= 0:
            sent["p"][lines.bus[lines.up[k]]] += found["p"][k]
            sent["q"][lines.bus[lines.up[k]]] += found["q"][k]
    return found | {"v": v2[lines.bus]}


def case(network: Network, seed: int) -> tuple[Tree, FedLines, Loads, tuple[Floats, Floats]]:
    """Ranges of withdrawals around the network's own, and some that lie in them."""
    rng, tree = np.random.default_rng(seed), orient(network, network.closed)
    lines, base = fed_lines(network, tree), network.base_kw
    low = network.p_kw - rng.uniform(0.0, 800.0, network.n_buses) * (rng.random(network.n_buses) < 0.5)
    high = network.p_kw + rng.uniform(0.0, 100.0, network.n_buses)
    p_kw = low[:, None] + (high - low)[:, None] * rng.random((network.n_buses, CASES))
    q_kvar = np.tile(network.q_kvar[:, None], (1, CASES))
    wide = (np.tile(end[lines.bus, None] / base, (1, CASES)) for end in (low, high))
    return tree, lines, Loads(*wide, q_kvar[lines.bus] / base), (p_kw, q_kvar)


def nothing_known(loads: Loads) -> Caps:
    every = np.full_like(loads.q, np.inf)
    return Caps(every, every, every, np.full(CASES, -np.inf), np.full(CASES, np.inf))


def assert_within(box: Ranges, lines: FedLines, network: Network, exact: dict[str, Floats]) -> None:
    assert (exact["p"] >= box.p_low - NEAR).all() and (exact["p"] <= box.p_high + NEAR).all()
    assert (exact["q"] >= box.q_low - NEAR).all() and (exact["q"] <= box.q_high + NEAR).all()
    assert (exact["l"] <= box.l_high + NEAR).all()
    assert (exact["v"] >= box.fed_low - NEAR).all() and (exact["v"] <= box.fed_high + NEAR).all()
    root = lines.root2[:, None] * np.ones_like(exact["v"])
    sending = lines.gain[:, None] * np.where(lines.up[:, None] >= 0, exact["v"][lines.up], root)
    level = box.p_low * box.p_high + box.q_low * box.q_high
    above = (box.p_low + box.p_high) * exact["p"] + (box.q_low + box.q_high) * exact["q"] - level
    assert (exact["l"] * box.v_low <= above + NEAR).all()
    assert (box.v_high * exact["l"] + box.l_high * (sending - box.v_high) <= above + NEAR).all()


@settings(max_examples=15, deadline=None, derandomize=True)
@given(networks(max_buses=8, max_loops=2), st.integers(0, 2**16), st.booleans())
def test_every_power_flow_is_in_the_ranges(network: Network, seed: int, plain: bool) -> None:
    network = network if plain else earthed(network, seed)
    tree, lines, loads, withdrawals = case(network, seed)
    exact = flows(network, tree, lines, withdrawals)
    everything = np.full_like(loads.q, np.inf)
    box = ranges(lines, loads, nothing_known(loads), (-everything, everything))
    assert box.known.all() and not box.empty.any()
    assert_within(box, lines, network, exact)
    line = seed % len(lines.bus)
    low, high = -everything, everything.copy()
    low[line], high[line] = exact["p"][line] - 0.05, exact["p"][line] + 0.01
    narrow = ranges(lines, loads, nothing_known(loads), (low, high))
    assert not narrow.empty.any()
    assert_within(narrow, lines, network, exact)
    assert (narrow.p_high[line] - narrow.p_low[line] <= 0.06 + NEAR).all()


@settings(max_examples=10, deadline=None, derandomize=True)
@given(networks(max_buses=8, max_loops=2), st.integers(0, 2**16))
def test_what_the_operator_pays_caps_the_ranges(network: Network, seed: int) -> None:
    tree, lines, loads, withdrawals = case(network, seed)
    terms = OperatorTerms(np.zeros(network.n_lines))
    exact = flows(network, tree, lines, withdrawals)
    flow = solve_tree(network, tree, *(load.T for load in withdrawals))
    pays = terms.loss_price_eur_per_kwh * flow.loss_kw.sum(axis=1)
    pays = pays + violation_eur(network, terms, flow.vm_pu, flow.current_a)
    everything = np.full_like(loads.q, np.inf)
    kept = caps(network, terms, lines, loads, pays)
    assert_within(ranges(lines, loads, kept, (-everything, everything)), lines, network, exact)
    far = loads._replace(p_low=loads.p_low - 1e4)  # so much sun has no power flow, and yet ranges are known
    box = ranges(lines, far, kept, (-everything, everything))
    known = np.flatnonzero(box.known)
    assert_within(box.of(known), lines, network, {name: values[:, known] for name, values in exact.items()})
    assert len(known) or (kept.v_low < 0.1).any()


def test_limits_that_no_flow_keeps_leave_nothing() -> None:
    from p2pdnr.network.readers import from_text

    network = from_text("S1 2, 2 3, bus 2 p=500 q=100, bus 3 p=700 q=0")
    lines = fed_lines(network, orient(network, network.closed))
    loads = Loads(
        *(np.tile(network.p_kw[lines.bus, None] / network.base_kw, (1, CASES)) for _ in range(2)), np.zeros((2, CASES))
    )
    box = ranges(lines, loads, nothing_known(loads), (np.full((2, CASES), 2.0), np.full((2, CASES), 3.0)))
    assert box.empty.all()
