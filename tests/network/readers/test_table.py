"""Network tables: what is read, what is refused, and that nothing is lost on the way back."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2pdnr.errors import NetworkError
from p2pdnr.network.arrays import Network
from p2pdnr.network.readers import from_table, read, to_table
from p2pdnr.network.readers.table import read_table

PROPERTY = settings(deadline=None, derandomize=True, max_examples=80)
POSITIVE = st.floats(1e-6, 1e6)


def table(**changes: Any) -> dict[str, Any]:
    buses = [{"vn_kv": 10.0, "p_kw": 0.0}, {"vn_kv": 10.0, "p_kw": 50.0, "q_kvar": 20.0}]
    return {"buses": buses, "lines": [{"from": 1, "to": 2, "r_ohm": 0.2, "x_ohm": 0.1}], **changes}


def line(**changes: Any) -> dict[str, Any]:
    return table(lines=[{"from": 1, "to": 2, "r_ohm": 0.2, "x_ohm": 0.1, **changes}])


def problems_of(document: object) -> list[tuple[str, str, tuple[str, ...]]]:
    with pytest.raises(NetworkError) as caught:
        from_table(document)
    assert all(problem.message and problem.remedy for problem in caught.value.problems)
    return [(problem.component, problem.field, problem.ids) for problem in caught.value.problems]


def assert_same(one: Network, other: Network) -> None:
    for item in fields(Network):
        mine, theirs = getattr(one, item.name), getattr(other, item.name)
        if isinstance(mine, np.ndarray):
            assert mine.dtype == theirs.dtype and np.array_equal(mine, theirs), item.name
        else:
            assert mine == theirs, item.name


def test_values_and_defaults() -> None:
    network = from_table(table())
    assert (network.n_buses, network.n_lines, network.base_mva) == (2, 1, 1.0)
    assert network.r_pu[0] == pytest.approx(0.2 / 100.0)
    assert network.limit_a[0] == np.inf and network.switchable[0] and network.closed[0]
    assert network.substations.tolist() == [0] and network.substation_vm_pu.tolist() == [1.0]
    assert (network.vm_min_pu, network.vm_max_pu) == (0.9, 1.1)
    assert network.coordinates is None and network.q_kvar.tolist() == [0.0, 20.0]


def test_marked_substations_replace_bus_one() -> None:
    buses = [{"vn_kv": 10, "p_kw": 1}, {"vn_kv": 10, "p_kw": 0, "substation_voltage_pu": 1.02}]
    network = from_table(table(buses=buses))
    assert network.substations.tolist() == [1] and network.substation_vm_pu.tolist() == [1.02]


def test_null_means_absent() -> None:
    bus = {"vn_kv": 10, "p_kw": 1, "q_kvar": None, "substation_voltage_pu": None, "x": None, "y": None}
    document = {"name": None, "base_mva": None, "buses": [bus, bus], "lines": line(limit_a=None, closed=None)["lines"]}
    network = from_table(document)
    assert network.closed.all() and network.coordinates is None and network.substations.tolist() == [0]


@PROPERTY
@given(st.data())
def test_roundtrip_through_json_is_exact(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 6))
    number = st.floats(-1e5, 1e5)
    placed = data.draw(st.booleans())
    vn_kv = data.draw(st.floats(0.1, 400.0))
    buses = [
        {"vn_kv": vn_kv, "p_kw": data.draw(number), "q_kvar": data.draw(number)}
        | ({"x": data.draw(number), "y": data.draw(number)} if placed else {})
        | ({"substation_voltage_pu": data.draw(st.floats(0.9, 1.1))} if bus == 0 or data.draw(st.booleans()) else {})
        for bus in range(count)
    ]
    lines = [
        {
            "from": data.draw(st.integers(1, bus - 1)),
            "to": bus,
            "r_ohm": data.draw(POSITIVE),
            "x_ohm": data.draw(POSITIVE),
            "limit_a": data.draw(st.none() | POSITIVE),
            "switchable": data.draw(st.booleans()),
            "closed": True,
        }
        for bus in range(2, count + 1)
    ]
    limits = {"vm_min_pu": data.draw(st.floats(0.8, 0.95)), "vm_max_pu": data.draw(st.floats(1.0, 1.2))}
    network = from_table(
        {"name": "n", "base_mva": data.draw(st.floats(0.1, 100.0)), **limits, "buses": buses, "lines": lines}
    )
    again = from_table(json.loads(json.dumps(to_table(network))))
    assert_same(network, again)
    assert to_table(again) == to_table(network)


def test_case33bw_comes_back_as_it_was_typed() -> None:
    rows = to_table(read("case33bw", None))["lines"]
    assert rows[0] == {
        "from": 1, "to": 2, "r_ohm": 0.0922, "x_ohm": 0.047, "limit_a": None, "switchable": True, "closed": True,
    }  # fmt: skip
    assert max(len(repr(row["r_ohm"])) for row in rows) <= 6


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (line(to=3), ("line", "to", ("1",))),
        (line(to=0), ("line", "to", ("1",))),
        (line(to=1.5), ("line", "to", ("1",))),
        (line(to=True), ("line", "to", ("1",))),
        (line(to=None), ("line", "to", ("1",))),
        (line(to=1), ("line", "to", ("1",))),
        (line(r_ohm=-0.1), ("line", "r_ohm", ("1",))),
        (line(x_ohm=-0.1), ("line", "x_ohm", ("1",))),
        (line(x_ohm=-0.1, transformer=False), ("line", "x_ohm", ("1",))),
        (line(r_ohm=-0.1, transformer=True), ("line", "r_ohm", ("1",))),
        (line(r_ohm=0, x_ohm=0), ("line", "r_ohm", ("1",))),
        (line(r_ohm=float("nan")), ("line", "r_ohm", ("1",))),
        (line(r_ohm=float("inf")), ("line", "r_ohm", ("1",))),
        (line(r_ohm=10**400), ("line", "r_ohm", ("1",))),
        (line(r_ohm="0,1"), ("line", "r_ohm", ("1",))),
        (line(r_ohm=None), ("line", "r_ohm", ("1",))),
        (line(limit_a=0), ("line", "limit_a", ("1",))),
        (line(limit_a=-5), ("line", "limit_a", ("1",))),
        (line(closed="no"), ("line", "closed", ("1",))),
        (line(switchable=1), ("line", "switchable", ("1",))),
        (line(lenght=3), ("line", "lenght", ("1",))),
        (line(id=2), ("line", "id", ("1",))),
        (table(lines=[]), ("bus", "", ("2",))),
        (line(closed=False, switchable=False), ("bus", "", ("2",))),
        (table(lines={"from": 1}), ("network", "line rows", ())),
        (table(lines=["1 2"]), ("line", "", ("1",))),
        (table(buses=[]), ("network", "buses", ())),
        (table(buses=[{"vn_kv": 10, "p_kw": 1}, {"vn_kv": 0.4, "p_kw": 1}]), ("line", "vn_kv", ("1",))),
        (table(buses=[{"vn_kv": 0, "p_kw": 1}, {"vn_kv": 0.4, "p_kw": 1}]), ("bus", "vn_kv", ("1",))),
        (table(buses=[{"vn_kv": 9, "p_kw": 1, "x": 1, "y": 1}, {"vn_kv": 9, "p_kw": 1, "x": 1}]), ("bus", "x", ("2",))),
        (table(vm_min_pu=1.2), ("network", "vm_min_pu", ())),
        (table(base_mva=-1), ("network", "base_mva", ())),
        (table(name=3), ("network", "name", ())),
        (table(zip=3), ("network", "zip", ())),
        ([], ("network", "", ())),
        ({}, ("network", "buses", ())),
    ],
)
def test_refusals_name_the_place(document: object, expected: tuple[str, str, tuple[str, ...]]) -> None:
    assert expected in problems_of(document)


def test_all_problems_at_once() -> None:
    document = {
        "colour": 1,
        "buses": [{"vn_kv": "10"}, {"vn_kv": 10, "p_kw": float("nan")}],
        "lines": [{"from": 1, "to": 7, "r_ohm": -1}, {"from": 9, "to": 2, "x_ohm": 0.1, "r_ohm": 0.1, "limit_a": -1}],
    }
    assert set(problems_of(document)) == {
        ("network", "colour", ()),
        ("bus", "vn_kv", ("1",)),
        ("bus", "p_kw", ("2",)),
        ("line", "from", ("2",)),
        ("line", "to", ("1",)),
        ("line", "r_ohm", ("1",)),
        ("line", "x_ohm", ("1",)),
        ("line", "limit_a", ("2",)),
    }


def test_one_problem_names_all_rows_it_concerns() -> None:
    rows = [{"from": 1, "to": 2, "r_ohm": -k, "x_ohm": 0.1} for k in range(3)]
    assert ("line", "r_ohm", ("2", "3")) in problems_of(table(lines=rows))


@PROPERTY
@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["buses", "lines", "from", "to", "vn_kv", "p_kw", "r_ohm", "zz"]), inner)
        ),
        max_leaves=12,
    )
)
def test_anything_else_is_refused_and_never_crashes(document: object) -> None:
    try:
        network = from_table(document)
    except NetworkError as error:
        assert error.problems
    else:
        assert network.n_buses >= 1


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    for content in ("{", "[" * 100_000, "\x00"):
        (tmp_path / "bad.json").write_text(content)
        with pytest.raises(NetworkError, match=r"bad\.json source: is not JSON"):
            read_table(tmp_path / "bad.json")
    (tmp_path / "latin.json").write_bytes(b'{"name": "\xe4"}')
    with pytest.raises(NetworkError, match="is not JSON"):
        read_table(tmp_path / "latin.json")
    with pytest.raises(NetworkError, match=r"none\.json source: cannot be read"):
        read_table(tmp_path / "none.json")


def test_file_gives_its_name(tmp_path: Path) -> None:
    (tmp_path / "village.json").write_text(json.dumps(table()))
    assert read_table(tmp_path / "village.json").name == "village"


def named() -> dict[str, Any]:
    """A ring of three buses whose owner has names for everything."""
    ends, names = [("UW", "ST1"), ("ST1", "Mühle"), ("UW", "Mühle")], ["K100", "K101", "K102"]
    buses = [{"id": name, "vn_kv": 20.0, "p_kw": 100.0} for name in ("UW", "ST1", "Mühle")]
    rows = [
        {"id": name, "from": here, "to": there, "r_ohm": 0.2, "x_ohm": 0.1, "closed": name != "K102"}
        for name, (here, there) in zip(names, ends, strict=True)
    ]
    return {"name": "named", "buses": buses, "lines": rows}


def test_ids_come_back_and_may_stand_for_buses() -> None:
    network = from_table(named())
    assert (network.from_bus.tolist(), network.to_bus.tolist()) == ([0, 1, 0], [1, 2, 2])
    assert network.bus_ids == ("UW", "ST1", "Mühle") and network.line_ids == ("K100", "K101", "K102")
    again = from_table(json.loads(json.dumps(to_table(network))))
    assert_same(network, again)
    assert [row["id"] for row in to_table(again)["lines"]] == ["K100", "K101", "K102"]


def test_problems_carry_the_ids() -> None:
    document = named()
    document["lines"][1]["r_ohm"] = "0,9"
    document["lines"][2]["to"] = "ST9"
    document["lines"][0]["to"] = "UW"
    assert ("line", "r_ohm", ("K101",)) in problems_of(document)
    assert ("line", "to", ("K102",)) in problems_of(document)
    document = named()
    document["lines"][0]["to"] = "UW"
    assert problems_of(document)[0] == ("line", "to", ("K100",))


def test_an_id_that_several_buses_have_is_a_label_but_no_reference() -> None:
    document = named()
    document["buses"][2]["id"] = "ST1"
    assert problems_of(document) == [
        ("line", "from", ("K101",)),
        ("line", "to", ("K100",)),
        *[("line", "to", ("K101", "K102"))],
    ]
    for row, ends in zip(document["lines"], [(1, 2), (2, 3), (1, 3)], strict=True):
        row["from"], row["to"] = ends
    assert from_table(document).bus_ids == ("UW", "ST1", "ST1")


@pytest.mark.parametrize("wrong", ["", " ", "a\x1b[31m", "a\u202eb", "x" * 201, 1.5, True, [1], {}])
def test_what_cannot_be_an_id(wrong: object) -> None:
    assert ("line", "id", ("1",)) in problems_of(line(id=wrong))


def test_in_json_a_number_is_a_place_and_a_text_an_id() -> None:
    document = named()
    document["buses"][0]["id"], document["buses"][2]["id"] = "3", "1"
    for row, ends in zip(document["lines"], [("3", 2), (2, 3), ("3", "1")], strict=True):
        row["from"], row["to"] = ends
    network = from_table(document)
    assert (network.from_bus.tolist(), network.to_bus.tolist()) == ([0, 1, 0], [1, 2, 2])
