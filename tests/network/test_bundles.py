"""Closed lines between the same two buses as one branch, judged line by line by pandapower."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2pdnr.network import pandapower_net
from p2pdnr.network.arrays import BOTH_ENDS, FROM_END, TO_END, Network
from p2pdnr.network.bundles import bundled
from p2pdnr.network.powerflow import solve_tree
from p2pdnr.network.readers import from_table, to_table
from p2pdnr.network.topology import orient

pp = pytest.importorskip("pandapower")
PROPERTY = settings(deadline=None, derandomize=True, max_examples=12)
LIMIT_A = 5000.0


def rows(ends: list[tuple[int, int]], seed: int, uneven: bool) -> list[dict[str, Any]]:
    """A line for every pair of buses, each with values of its own."""
    rng = np.random.default_rng(seed)
    return [
        {
            "from": here, "to": there, "r_ohm": rng.uniform(0.1, 1.0), "x_ohm": rng.uniform(0.1, 1.0),
            "limit_a": rng.uniform(0.2, 1.0) * LIMIT_A, "b_us": rng.uniform(0, 200), "g_from_us": rng.uniform(0, 20),
            "ratio": 1.0 + uneven * rng.uniform(-0.02, 0.02),
        }
        for here, there in ends
    ]  # fmt: skip


def network_of(lines: list[dict[str, Any]]) -> Network:
    loads = [{"vn_kv": 10, "p_kw": 100.0 * bus, "q_kvar": 60.0} for bus in (1, 5, 3)]
    return from_table({"buses": [{"vn_kv": 10, "substation_voltage_pu": 1.02}, *loads], "lines": lines})


def newton(network: Network) -> pandapower_net.Solved:
    """Every line by itself."""
    built = pandapower_net.build(network, network.closed[None])
    pp.create_loads(built.net, np.arange(network.n_buses), p_mw=network.p_kw / 1e3, q_mvar=network.q_kvar / 1e3)
    pp.runpp(built.net, tolerance_mva=1e-10, numba=False, calculate_voltage_angles=False)
    return pandapower_net.read(built)


@PROPERTY
@given(
    st.lists(st.sampled_from([(1, 2), (2, 1), (2, 3), (3, 4), (4, 3)]), max_size=5), st.integers(0, 99), st.booleans()
)
def test_members_carry_what_newton_says(more: list[tuple[int, int]], seed: int, uneven: bool) -> None:
    network = network_of(rows([(1, 2), (2, 3), (3, 4), *more], seed, uneven))
    bundle = bundled(network)
    one = bundle.network
    assert one.n_lines == 3
    assert sorted(line for lines in bundle.members for line in lines.tolist()) == list(range(network.n_lines))
    flow = solve_tree(one, orient(one, one.closed), one.p_kw[None], one.q_kvar[None])
    mine, theirs = bundle.flow(flow, one.closed), newton(network)
    np.testing.assert_allclose(mine.vm_pu, theirs.vm_pu, atol=1e-10)
    np.testing.assert_allclose(mine.loss_kw, theirs.loss_kw, atol=1e-7)
    np.testing.assert_allclose(mine.current_a, theirs.current_a, atol=1e-7)
    assert flow.loss_kw.sum() == pytest.approx(theirs.loss_kw.sum(), abs=1e-7)
    # a limit that some line just exceeds is exceeded by its branch, charging (1 %) aside
    first = (theirs.current_a[0] / network.limit_a).max()
    limit_a = bundled(network.with_(limit_a=0.99 * first * network.limit_a)).network.limit_a
    assert (flow.current_a[0] / limit_a).max() > 1.0
    if not uneven:
        assert (flow.current_a[0] / limit_a).max() == pytest.approx(1.0 / 0.99, rel=0.01)


def test_the_limit_is_reached_when_the_first_cable_reaches_its_own() -> None:
    lines = [
        {"from": 1, "to": 2, "r_ohm": r, "x_ohm": r, "limit_a": limit}
        for r, limit in ((1.0, 100), (3.0, 100), (1.5, 40))
    ]
    lines += [{"from": 2, "to": 3, "r_ohm": 1, "x_ohm": 1}, {"from": 3, "to": 4, "r_ohm": 1, "x_ohm": 1}]
    bundle = bundled(network_of(lines))
    assert bundle.network.limit_a[0] == pytest.approx(40 * (1 / 1.0 + 1 / 3.0 + 1 / 1.5) * 1.5)
    assert bundle.network.r_pu[0] == pytest.approx(0.5 / 100)
    assert bundle.network.line_name(0) == "1 with 2 with 3"
    assert bundle.network.line_name(1) == "4"
    assert bundle.network.is_plain


def test_which_lines_stay_together() -> None:
    lines = rows([(1, 2), (2, 1), (2, 3), (2, 3), (3, 4), (3, 4)], 1, uneven=False)
    lines[1]["opened_at"], lines[0]["opened_at"] = "from", "to"
    lines[3]["closed"] = False
    lines[4]["apart"] = True
    network = network_of(lines)
    bundle = bundled(network)
    assert [group.tolist() for group in bundle.groups] == [[0, 1]]
    assert bundle.network.opened_at[0] == TO_END
    assert bundle.network.opened_at[1] == BOTH_ENDS
    lines[0]["opened_at"] = "from"
    assert bundled(network_of(lines)).network.opened_at[0] == BOTH_ENDS
    lines[1]["opened_at"] = "to"
    assert bundled(network_of(lines)).network.opened_at[0] == FROM_END
    closed = np.array([False, True, False, True, False])
    assert bundle.closed(closed).tolist() == [False, False, True, False, True, False]
    assert to_table(from_table(to_table(network))) == to_table(network)


@pytest.mark.parametrize(
    ("said", "apart"),
    [
        ((None, None), (False, False)),
        ((True, True), (False, False)),
        ((True, None), (True, False)),
        ((False, True), (False, True)),
        ((False, False), (False, False)),
    ],
)
def test_who_alone_says_switchable_stands_apart(said: tuple[bool | None, ...], apart: tuple[bool, ...]) -> None:
    lines = rows([(1, 2), (1, 2), (2, 3), (3, 4)], 1, uneven=False)
    for line, value in zip(lines, said, strict=False):
        line["switchable"] = value
    assert network_of(lines).apart[:2].tolist() == list(apart)


def test_a_network_without_parallel_lines_is_itself() -> None:
    network = network_of(rows([(1, 2), (2, 3), (3, 4)], 0, uneven=True))
    assert bundled(network).network is network
