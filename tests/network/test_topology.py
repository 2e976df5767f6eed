"""Orientation, loops and the count of radial topologies."""

from __future__ import annotations

import pickle
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2pdnr.errors import TopologyError
from p2pdnr.network.arrays import Network
from p2pdnr.network.readers import from_table, from_text, read
from p2pdnr.network.topology import (
    count_spanning_trees,
    determinant,
    find_loop,
    fundamental_cycles,
    is_radial,
    orient,
    radial_start,
    reach,
    unreachable_buses,
)

PROPERTY = settings(deadline=None, derandomize=True, max_examples=60)


@st.composite
def multigraphs(draw: st.DrawFn, locked: bool = True) -> Network:
    """Connected networks of up to 7 buses with parallel lines, several substations, locked lines, any initial state."""
    count = draw(st.integers(1, 7))
    parents = [draw(st.integers(1, bus)) for bus in range(1, count)]
    ends = [(parent, bus + 2) for bus, parent in enumerate(parents)]
    pairs = st.tuples(st.integers(1, count), st.integers(1, count)).filter(lambda pair: pair[0] != pair[1])
    ends += draw(st.lists(pairs, max_size=6)) if count > 1 else []
    flags = st.booleans() if locked else st.just(True)
    lines = [
        {"from": i, "to": j, "r_ohm": 0.1, "x_ohm": 0.1, "closed": k < count - 1 or draw(st.booleans()),
         "switchable": draw(flags)}
        for k, (i, j) in enumerate(ends)
    ]  # fmt: skip
    lines = draw(st.permutations(lines))
    sources = draw(st.sets(st.integers(1, count), min_size=1, max_size=2))
    buses = [
        {"vn_kv": 10, "p_kw": 1, **({"substation_voltage_pu": 1.0} if bus in sources else {})}
        for bus in range(1, count + 1)
    ]
    return from_table({"buses": buses, "lines": lines})


def trees(network: Network) -> list[np.ndarray]:
    """Every radial state by trying all of them."""
    size = network.n_buses - len(network.substations)
    found = []
    for chosen in combinations(range(network.n_lines), size):
        closed = np.zeros(network.n_lines, dtype=bool)
        closed[list(chosen)] = True
        allowed = (network.switchable | (closed == network.closed)).all()
        if allowed and supplied_by_flooding(network, closed) == set(range(network.n_buses)):
            found.append(closed)
    return found


def supplied_by_flooding(network: Network, closed: np.ndarray) -> set[int]:
    reached = set(network.substations.tolist())
    for _ in range(network.n_buses):
        for i, j in zip(network.from_bus[closed].tolist(), network.to_bus[closed].tolist(), strict=True):
            if i in reached or j in reached:
                reached |= {i, j}
    return reached


@PROPERTY
@given(multigraphs())
def test_count_equals_enumeration(network: Network) -> None:
    assert count_spanning_trees(network) == len(trees(network))


@PROPERTY
@given(multigraphs(locked=False))
def test_orientation_covers_every_bus_once(network: Network) -> None:
    for closed in trees(network):
        tree = orient(network, closed)
        assert is_radial(network, closed)
        assert sorted(tree.order.tolist()) == list(range(network.n_buses))
        place = np.argsort(tree.order)
        rooted = tree.parent_bus < 0
        assert set(np.flatnonzero(rooted)) == set(network.substations.tolist())
        assert (tree.parent_line[rooted] == -1).all()
        assert (place[tree.parent_bus[~rooted]] < place[~rooted]).all()
        used = tree.parent_line[~rooted]
        assert sorted(used.tolist()) == np.flatnonzero(closed).tolist()
        ends = np.column_stack([network.from_bus[used], network.to_bus[used]])
        child = np.flatnonzero(~rooted)
        assert (np.sort(ends) == np.sort(np.column_stack([tree.parent_bus[child], child]))).all()


@PROPERTY
@given(multigraphs(locked=False), st.data())
def test_any_other_state_is_refused_with_a_true_reason(network: Network, data: st.DataObject) -> None:
    closed = np.array(
        data.draw(st.lists(st.booleans(), min_size=network.n_lines, max_size=network.n_lines)), dtype=bool
    )
    if any((closed == tree).all() for tree in trees(network)):
        assert is_radial(network, closed)
        return
    assert not is_radial(network, closed)
    with pytest.raises(TopologyError) as caught:
        orient(network, closed)
    assert caught.value.loop_lines or caught.value.dark_buses
    dark = set(range(network.n_buses)) - supplied_by_flooding(network, closed)
    assert set(caught.value.dark_buses) == {bus + 1 for bus in dark}
    if caught.value.loop_lines:
        assert is_one_loop(network, [line - 1 for line in caught.value.loop_lines])


@PROPERTY
@given(multigraphs(locked=False))
def test_closing_a_tie_makes_one_loop_through_it(network: Network) -> None:
    for closed in trees(network)[:4]:
        for tie in np.flatnonzero(~closed):
            looped = closed.copy()
            looped[tie] = True
            with pytest.raises(TopologyError) as caught:
                orient(network, looped)
            loop = [line - 1 for line in caught.value.loop_lines]
            assert tie in loop and not caught.value.dark_buses
            assert is_one_loop(network, loop)
            assert all(is_radial(network, opened(looped, line)) == (line in loop) for line in np.flatnonzero(looped))


@PROPERTY
@given(multigraphs())
def test_fundamental_cycles_are_loops_of_usable_lines(network: Network) -> None:
    cycles = fundamental_cycles(network)
    usable = network.switchable | network.closed
    assert len(cycles) == int(usable.sum()) - (network.n_buses - len(network.substations))
    for cycle in cycles:
        assert usable[cycle].all()
        assert is_one_loop(network, cycle.tolist())
        assert not any(cycle[0] in other for other in cycles if other is not cycle)


def is_one_loop(network: Network, lines: list[int]) -> bool:
    """Whether the lines walk once around in this order: consecutive ones meet, each node of the merged graph twice."""
    root = int(network.substations[0])
    node = [root if bus in network.substations else bus for bus in range(network.n_buses)]
    ends = [(node[network.from_bus[line]], node[network.to_bus[line]]) for line in lines]
    met = all(set(here) & set(there) for here, there in zip(ends, ends[1:] + ends[:1], strict=True))
    visits = [bus for pair in ends for bus in pair]
    return met and len(set(lines)) == len(lines) and all(visits.count(bus) == 2 for bus in set(visits))


def opened(closed: np.ndarray, line: int) -> np.ndarray:
    changed = closed.copy()
    changed[line] = False
    return changed


def test_case33bw_has_the_published_number_of_radial_topologies() -> None:
    network = read("case33bw", None)
    assert count_spanning_trees(network) == 50_751
    assert [len(cycle) for cycle in fundamental_cycles(network)] == [10, 7, 15, 21, 11]
    assert is_radial(network, network.closed)


def test_path_between_two_substations_is_a_loop() -> None:
    network = from_text("S1 2, 2 3, 3 S4")
    with pytest.raises(TopologyError, match="form a loop") as caught:
        orient(network, np.array([True, True, True]))
    assert sorted(caught.value.loop_lines) == [1, 2, 3]
    assert count_spanning_trees(network) == 3


def test_both_reasons_are_named_together() -> None:
    network = from_text("S1 2, 2 3, 1 3, 3 4, 4 5")
    with pytest.raises(TopologyError) as caught:
        orient(network, np.array([True, True, True, False, True]))
    assert sorted(caught.value.loop_lines) == [1, 2, 3]
    assert caught.value.dark_buses == (4, 5)


def test_a_loop_without_supply_is_found() -> None:
    network = from_text("S1 2, 2 3, 3 4, 4 2")
    assert sorted(find_loop(network, np.array([False, True, True, True]))) == [1, 2, 3]


def test_one_bus_is_a_tree() -> None:
    network = from_text("bus S1")
    tree = orient(network, np.zeros(0, dtype=bool))
    assert tree.order.tolist() == [0] and tree.parent_bus.tolist() == [-1]
    assert count_spanning_trees(network) == 1 and fundamental_cycles(network) == ()


def test_locked_lines_are_contracted_or_deleted() -> None:
    assert count_spanning_trees(from_text("S1 2, 2 3, 3 1")) == 3
    assert count_spanning_trees(from_text("S1 2 fixed, 2 3, 3 1")) == 2
    assert count_spanning_trees(from_text("S1 2, 2 3, 3 1 open fixed")) == 1
    assert count_spanning_trees(from_text("S1 2 fixed, 2 3 fixed, 3 1 fixed")) == 0


def test_a_state_of_the_wrong_length_is_a_programming_error() -> None:
    with pytest.raises(ValueError, match="2 lines"):
        orient(from_text("S1 2, 2 3"), np.array([True]))


def test_a_tree_does_not_change_when_its_state_does() -> None:
    network = from_text("S1 2, 2 3")
    closed = np.array([True, True])
    tree = orient(network, closed)
    closed[0] = False
    assert tree.closed.all()


@PROPERTY
@given(st.integers(0, 5).flatmap(lambda n: st.lists(st.tuples(*[st.integers(-9, 9)] * n), min_size=n, max_size=n)))
def test_determinant_agrees_with_floating_point(rows: list[tuple[int, ...]]) -> None:
    matrix = [list(row) for row in rows]
    expected = np.linalg.det(np.array(matrix, dtype=float).reshape(len(matrix), len(matrix)))
    assert determinant(matrix) == round(expected)


def test_count_of_a_large_grid_is_exact() -> None:
    # a ladder of n rungs has ((2 + sqrt 3)^n - (2 - sqrt 3)^n) / (2 sqrt 3) spanning trees: 1, 4, 15, 56 ...
    rungs = 120
    rows = [f"{i} {rungs + i}" for i in range(1, rungs + 1)]
    rows += [f"{side + i} {side + i + 1}" for side in (0, rungs) for i in range(1, rungs)]
    before, count = 0, 1
    for _ in range(rungs - 1):
        before, count = count, 4 * count - before
    assert count_spanning_trees(from_text("\n".join(rows))) == count


def test_errors_call_lines_and_buses_by_their_own_names() -> None:
    ends = [("UW", "Mühle"), ("Mühle", "ST2"), ("UW", "ST2"), ("ST2", "Hof")]
    network = read(
        {
            "buses": [{"id": name, "vn_kv": 10.0} for name in ("UW", "Mühle", "ST2", "Hof")],
            "lines": [
                {"id": f"K{place}", "from": here, "to": there, "r_ohm": 0.2, "x_ohm": 0.1}
                for place, (here, there) in enumerate(ends)
            ],
        },
        None,
    )
    with pytest.raises(TopologyError, match=r"lines K2, K1, K0 form a loop; buses Hof are without supply") as caught:
        orient(network, np.array([True, True, True, False]))
    assert caught.value.dark_buses == (4,) and caught.value.dark_names == ("Hof",)
    again = pickle.loads(pickle.dumps(caught.value))
    assert str(again) == str(caught.value) and again.loop_lines == caught.value.loop_lines


@PROPERTY
@given(multigraphs())
def test_a_radial_start_is_near_to_the_initial_state(network: Network) -> None:
    if unreachable_buses(network):
        with pytest.raises(TopologyError):
            radial_start(network)
        return
    closed, found = radial_start(network), trees(network)
    assert (network.switchable | (closed == network.closed)).all()
    if not found:
        assert not is_radial(network, closed), "lines that nothing can open form a loop"
        return
    operations = [int((tree != network.closed).sum()) for tree in found]
    assert is_radial(network, closed)
    assert int((closed != network.closed).sum()) == min(operations)


def test_of_a_ring_the_furthest_line_opens() -> None:
    network = from_text("1 2\n2 3\n3 4\n4 5\n5 1")
    assert np.flatnonzero(~radial_start(network)).tolist() == [2]


@settings(deadline=None)
@given(multigraphs(), st.data())
def test_what_is_reached_is_fed_by_what_stands_before_it(network: Network, data: st.DataObject) -> None:
    closed = np.array([data.draw(st.booleans()) for _ in range(network.n_lines)], dtype=np.bool_)
    order, parent_bus, parent_line = reach(network, closed)
    buses = order.tolist()
    assert len(set(buses)) == len(buses)
    assert set(buses) == supplied_by_flooding(network, closed)
    for place, bus in enumerate(buses):
        if bus in network.substations:
            assert parent_line[bus] == -1
            continue
        line = parent_line[bus]
        assert closed[line]
        assert {network.from_bus[line], network.to_bus[line]} == {bus, parent_bus[bus]}
        assert parent_bus[bus] in buses[:place]


def test_buses_and_lines_are_called_by_their_owners_names_and_by_no_word_twice() -> None:
    network = from_text("S1 2, 2 3, 3 1 open")
    named = network.with_(bus_ids=("Bus 4", "Mill", ""), line_ids=("", "line_2", "Linen St"))
    assert [named.bus_label(bus) for bus in range(3)] == ["Bus 4", "bus Mill", "bus 3"]
    assert [named.line_label(line) for line in range(3)] == ["line 1", "line_2", "line Linen St"]
    assert [network.bus_label(0), network.line_label(2)] == ["bus 1", "line 3"]
