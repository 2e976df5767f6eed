"""Networks whose fixed loops are cut: radial, with the same lines, and one bus more for every loop."""

from __future__ import annotations

import numpy as np

from p2pdnr.network.cut_loops import cut
from p2pdnr.network.readers import from_text
from p2pdnr.network.topology import count_spanning_trees, is_radial

MESH = "S1 2, 2 3, 3 1, 3 4, 4 5, 5 3 open, bus 4 p=100, bus 5 p=100"


def test_a_cut_network_is_radial_and_its_other_loops_may_be_opened_as_before() -> None:
    network = from_text(MESH)
    held = network.with_(switchable=np.arange(network.n_lines) >= 3)
    radial = cut(held)
    assert radial.joints is not None and radial.joints.whole is held
    assert radial.n_lines == held.n_lines and radial.n_buses == held.n_buses + 1
    assert radial.joints.meshed.tolist() == [0, 1, 2]
    assert is_radial(radial, radial.closed) and not is_radial(held, held.closed)
    assert count_spanning_trees(radial) == 3.0, "the other loop has three lines"
    first, second = radial.joints.pairs[0]
    line = int(np.flatnonzero(radial.to_bus != held.to_bus)[0])
    assert (radial.to_bus[line], held.to_bus[line]) == (first, second)
    assert not radial.switchable[line] and not radial.p_kw[first]


def test_what_is_cut_or_has_no_fixed_loop_stays_as_it_is() -> None:
    network = from_text(MESH)
    assert cut(network) is network, "a loop of lines with switches is nobody's fixed loop"
    radial = cut(network.with_(switchable=np.zeros(network.n_lines, dtype=bool)))
    assert cut(radial) is radial


def test_a_new_bus_is_called_after_the_one_that_it_was_cut_from() -> None:
    network = from_text(MESH).with_(bus_ids=("Works", "", "Mill", "", ""), switchable=np.zeros(6, dtype=bool))
    radial = cut(network)
    assert radial.joints is not None
    named = radial.bus_name(int(radial.joints.pairs[0, 0]))
    assert named == f"{network.bus_name(int(radial.joints.pairs[0, 1]))} (joint 1)"
