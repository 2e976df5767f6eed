"""pandapower files read as data, judged by pandapower's own power flow of the net that wrote them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2pdnr.errors import NetworkError
from p2pdnr.network.arrays import Network
from p2pdnr.network.names import Register
from p2pdnr.network.newton import solve_meshed
from p2pdnr.network.readers import from_pandapower, pandapower_excel, pandapower_file
from p2pdnr.network.readers.json_text import parsed
from p2pdnr.network.readers.pandapower_import import from_document, from_tables
from p2pdnr.network.readers.report import Imported
from p2pdnr.sheets.sheet import Sheet
from tests.pandapower_nets import copied

pp = pytest.importorskip("pandapower")


@copied
def feeder() -> Any:
    """A ring of 20 kV behind two transformers, with all that the reader takes."""
    net = pp.create_empty_network(name="Ours")
    hv, *mv = pp.create_bus(net, 110.0, name="UW"), *(pp.create_bus(net, 20.0, name=f"S{i}") for i in range(4))
    pp.create_ext_grid(net, hv, vm_pu=1.02)
    pp.create_transformer(net, hv, mv[0], "25 MVA 110/20 kV", tap_pos=-3)
    for start, end in ((0, 1), (1, 2), (2, 3), (3, 0)):
        pp.create_line(net, mv[start], mv[end], 2.0, "NA2XS2Y 1x185 RM/25 12/20 kV", name=f"K{start}{end}")
    pp.create_switch(net, mv[2], 2, "l", closed=False)
    pp.create_load(net, mv[1], 2.0, 0.6, const_i_p_percent=30.0, const_z_q_percent=40.0, name="Town")
    pp.create_load(net, mv[2], 1.5, 0.4)
    pp.create_sgen(net, mv[3], 1.0, 0.1, scaling=0.8)
    pp.create_storage(net, mv[3], 0.2, 1.0)
    pp.create_shunt(net, mv[2], q_mvar=-0.3)
    pp.create_ward(net, mv[3], 0.1, 0.05, 0.1, 0.02)
    pp.create_motor(net, mv[2], pn_mech_mw=0.2, cos_phi=0.9, efficiency_percent=95.0)
    pp.create_bus(net, 20.0, name="Bay")
    return net


def document(net: Any) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(pp.to_json(net))
    return read


def judged(read: Imported, net: Any) -> float:
    """The largest difference of voltages to what pandapower finds."""
    pp.runpp(net, numba=False, calculate_voltage_angles=False, tolerance_mva=1e-10)
    network = read.network
    vm = solve_meshed(network, network.closed).vm_pu[0]
    register = Register("bus", network.bus_ids, network.n_buses)
    places = {bus: register.by_id(f"bus {bus}") for bus, value in net.res_bus.vm_pu.items() if value == value}
    assert None not in places.values()
    return max(abs(net.res_bus.vm_pu[bus] - vm[place]) for bus, place in places.items() if place is not None)


def test_a_file_is_what_wrote_it() -> None:
    net = feeder()
    read = from_document(document(net), "file")
    assert read.network.name == "Ours" and judged(read, net) < 1e-8
    theirs = from_pandapower(net, "Ours")
    for name in ("r_pu", "x_pu", "p_kw", "shunt_b_pu", "limit_a", "closed", "switchable", "ratio"):
        np.testing.assert_allclose(getattr(read.network, name), getattr(theirs, name), rtol=1e-12)
    assert read.network.bus_ids == theirs.bus_ids and read.network.line_ids == theirs.line_ids
    said = "\n".join(map(str, read.notes))
    assert "approximated: load 0 (Town): the part that is a constant current" in said
    assert "left out: bus 5 (Bay)" in said and "taken: trafo: 1" in said


def test_an_extended_ward_is_taken_as_it_is_today() -> None:
    net = feeder()
    pp.create_xward(net, 3, 0.2, 0.1, 0.1, 0.05, r_ohm=0.5, x_ohm=2.0, vm_pu=1.01, name="Beyond")
    read = from_document(document(net), "file")
    assert judged(read, net) < 1e-6
    assert any("xward 0 (Beyond): its voltage source" in remark for remark in read.network.remarks)


@pytest.mark.parametrize("side", ["hv_bus", "mv_bus", "lv_bus"])
def test_an_open_winding_stays_charged(side: str) -> None:
    net = feeder()
    lv = [pp.create_bus(net, 10.0), pp.create_bus(net, 0.4)]
    sides, rated = ("hv", "mv", "lv"), (("sn_{}_mva", 5.0), ("vk_{}_percent", 6.0), ("vkr_{}_percent", 0.5))
    values = {name.format(end): value for name, value in rated for end in sides}
    kv = {"vn_hv_kv": 20.0, "vn_mv_kv": 10.0, "vn_lv_kv": 0.4}
    unit = pp.create_transformer3w_from_parameters(net, 2, *lv, **kv, **values, pfe_kw=20.0, i0_percent=0.4)
    pp.create_switch(net, int(net.trafo3w.loc[unit, side]), unit, "t3", closed=False)
    assert judged(from_document(document(net), "file"), net) < 1e-8


def test_a_slack_generator_is_a_substation() -> None:
    net = feeder()
    net.ext_grid["in_service"] = False
    pp.create_gen(net, 0, p_mw=0.0, vm_pu=1.01, slack=True)
    assert from_document(document(net), "file").network.substation_vm_pu.tolist() == [1.01]


def test_older_files() -> None:
    net = feeder()
    old = document(net)
    parts = old["_object"]
    parts["format_version"] = "2.14.0"
    trafo = json.loads(parts["trafo"]["_object"])
    place = trafo["columns"].index("tap_changer_type")
    trafo["columns"].pop(place)
    for row in trafo["data"]:
        row.pop(place)
    parts["trafo"]["_object"] = json.dumps(trafo)
    assert judged(from_document(old, "file"), net) < 1e-8
    parts["format_version"] = "1.4.3"
    with pytest.raises(NetworkError, match="powers in kW"):
        from_document(old, "file")


def test_nothing_that_a_file_names_is_called() -> None:
    named = document(feeder())
    named["_object"]["evil"] = {"_module": "os", "_class": "system", "_object": "echo no"}
    named["_object"]["load"]["_module"] = "subprocess"
    assert from_document(named, "file").network.n_buses == 5


def table(parts: dict[str, Any], name: str) -> dict[str, Any]:
    parts[name]["_object"] = json.loads(parts[name]["_object"])
    found: dict[str, Any] = parts[name]["_object"]
    return found


def set_cell(name: str, column: str, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(parts: dict[str, Any]) -> None:
        content = table(parts, name)
        content["data"][0][content["columns"].index(column)] = value

    return change


BROKEN: list[tuple[Callable[[dict[str, Any]], None], str]] = [
    (set_cell("line", "from_bus", 77), r"line 0 \(from_bus 77\).*is no bus"),
    (set_cell("line", "length_km", "two"), r"line 0 \(K01\) length_km: is no number"),
    (set_cell("line", "length_km", None), r"line 0 \(K01\) length_km: is no number"),
    (set_cell("load", "bus", 1.5), r"load 0 \(Town\) bus: is no whole number"),
    (set_cell("load", "in_service", "perhaps"), "neither true nor false"),
    (set_cell("trafo", "sn_mva", 0), "trafo 0 sn_mva: is not above 0"),
    (set_cell("switch", "element", 9), r"switch 0 \(line 9\)"),
    (lambda parts: table(parts, "bus").update(index=[0, 0, 1, 2, 3, 4]), "bus 0 index: stands twice"),
    (lambda parts: table(parts, "bus").update(index=[-1, 0, 1, 2, 3, 4]), "is no whole number from 0"),
    (lambda parts: table(parts, "line").update(data=[[1]]), "rows cannot be told apart"),
    (lambda parts: parts["bus"].update(_object="{"), "is not JSON"),
    (lambda parts: parts.pop("ext_grid") and parts.pop("gen"), "ext_grid: is a table that a pandapower net needs"),
    (lambda parts: table(parts, "bus")["columns"].__setitem__(1, "kv"), "bus vn_kv: is missing"),
]


@pytest.mark.parametrize(("change", "told"), BROKEN)
def test_what_is_wrong_is_told_by_table_index_and_name(change: Callable[[dict[str, Any]], None], told: str) -> None:
    broken = document(feeder())
    change(broken["_object"])
    with pytest.raises(NetworkError, match=told):
        from_document(broken, "file")


CELLS = st.one_of(
    st.none(), st.integers(-3, 9), st.floats(), st.text(max_size=3), st.booleans(), st.lists(st.integers())
)


WRITTEN = pp.to_json(feeder())


@settings(max_examples=15, deadline=None, derandomize=True)
@given(name=st.sampled_from(["bus", "line", "trafo", "switch", "load"]), place=st.integers(0, 30), cell=CELLS)
def test_any_cell_is_read_or_refused(name: str, place: int, cell: Any) -> None:
    changed = json.loads(WRITTEN)
    content = table(changed["_object"], name)
    content["data"][0][place % len(content["columns"])] = cell
    try:
        assert isinstance(from_document(changed, "file").network, Network)
    except NetworkError as error:
        assert all(problem.remedy for problem in error.problems)


def test_the_same_from_a_workbook() -> None:
    """Sheets as to_excel arranges them: a first column without a name, empty cells for what is missing."""
    net = feeder()
    found = pandapower_file.tables(document(net))
    sheets = [Sheet("x.xlsx: parameters", ((None, "parameter"), ("name", "Ours"), ("sn_mva", 1.0)), (1, 2, 3))]
    for name, content in found.tables.items():
        rows = [(None, *content.columns)] + [
            (float(i), *row) for i, row in zip(content.index, content.rows, strict=True)
        ]
        sheets.append(Sheet(f"x.xlsx: {name}", tuple(rows), tuple(range(1, len(rows) + 1))))
    assert pandapower_excel.is_net(sheets)
    assert judged(from_tables(pandapower_excel.tables(sheets), "x"), net) < 1e-8


def test_switches_and_short_circuit_voltages_that_do_not_fit_are_named() -> None:
    net = feeder()
    net.switch["bus"] = 1
    net.trafo["vkr_percent"] = 20.0
    with pytest.raises(NetworkError, match=r"switch 0 \(line 2, bus 1\) bus: is at a bus at which its line") as caught:
        from_document(document(net), "feeder")
    assert "trafo 0 vkr_percent: is above vk_percent" in str(caught.value)


def test_values_that_are_taken_for_missing_ones_are_told() -> None:
    net = feeder()
    net.load.loc[1, "q_mvar"] = np.nan
    notes = [str(note) for note in from_document(document(net), "feeder").notes]
    assert "approximated: load 1: q_mvar has no value, 0 was taken" in notes


@pytest.mark.parametrize(("content", "told"), [
    (b"\x1f\x8b\x08", "is packed by gzip. Unpack it"), (b"gAAAAABl", "is encrypted. Save it again"),
    (b"PK\x03\x04", "is a workbook or a ZIP archive"), (b"{", "is not JSON"),
])  # fmt: skip
def test_what_is_no_json_yet_is_told(content: bytes, told: str) -> None:
    with pytest.raises(NetworkError, match=told):
        parsed(content, "net.json")
    assert parsed("[1]".encode("utf-16"), "net.json") == [1]
