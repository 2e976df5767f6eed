"""Sheets of lines, buses and types, judged by hand and by pandapower's library."""

from __future__ import annotations

import numpy as np
import pytest

from p2pdnr.errors import InputError, NetworkError
from p2pdnr.network.powerflow import solve_tree
from p2pdnr.network.readers.report import Imported
from p2pdnr.network.readers.two_sheets import Choices, from_sheets
from p2pdnr.network.topology import orient
from p2pdnr.sheets.text import read_text
from tests.pandapower_nets import empty

LINES = (
    "Leitung;Von;Nach;Kabeltyp;Länge [m];Zustand\n"
    "K1;UW Süd;A;150er;1500;zu\nK2;A;B;150er;500;zu\nK3;B;UW Süd;150er;2000;offen\n"
)
BUSES = "Station;P [kW];cos φ;Un [kV]\nA;232,5;0,95;10\nb;1.100;0,9;\nA;7,5;1;\n"
TYPES = "Typ;R [Ω/km];X [Ω/km];C [µF/km];Imax [A]\n150er;0,206;0,122;0,25;319\n"


def read(*texts: str, **choices: object) -> Imported:
    sheets = [read_text(text.encode(), f"{place}.csv") for place, text in enumerate(texts, 1)]
    return from_sheets(sheets, "ours", Choices(**choices))  # type: ignore[arg-type]


def test_german_sheets_in_any_order() -> None:
    found = read(TYPES, LINES, BUSES)
    network = found.network
    assert network.bus_ids == ("UW Süd", "A", "B") and network.line_ids == ("K1", "K2", "K3")
    assert network.closed.tolist() == [True, True, False] and network.substations.tolist() == [0]
    np.testing.assert_allclose(network.r_pu * 100.0, [0.309, 0.103, 0.412])
    np.testing.assert_allclose(network.limit_a, 319.0)
    np.testing.assert_allclose(network.p_kw, [0.0, 240.0, 1100.0])
    np.testing.assert_allclose(network.q_kvar[1], 232.5 * np.sqrt(1 / 0.95**2 - 1))
    np.testing.assert_allclose(2 * network.b_from_pu[0] / 100.0, 1.5 * 2e-6 * np.pi * 50 * 0.25)
    said = "\n".join(map(str, found.notes))
    assert "UW Süd: taken as the substation at 1 p.u., by its name" in said and "A: several rows" in said


KABEL = "Kabel;Von;Nach;r [Ohm];x [Ohm]\nK1;UW;A;0,25;0,15\nK2;A;B;0,17;0,1\n"


def test_a_column_of_cables_holds_names_where_no_type_is_called_so() -> None:
    found = read(KABEL, BUSES)
    assert found.network.line_ids == ("K1", "K2")
    assert "taken: Kabel: names of the lines" in "\n".join(map(str, found.notes))
    both = LINES.replace("Leitung", "Kabel")
    assert read(TYPES, both, BUSES).network.line_ids == ("K1", "K2", "K3")
    np.testing.assert_allclose(read(TYPES, both, BUSES).network.r_pu, read(TYPES, LINES, BUSES).network.r_pu)


@pytest.mark.parametrize("cells", ["K1 K1", "150er K2"])
def test_a_column_of_cables_that_may_be_types_stays_one(cells: str) -> None:
    first, second = cells.split()
    found = read(TYPES, KABEL.replace("K1", first).replace("K2", second), BUSES)
    assert not found.network.line_ids and "names of the lines" not in "\n".join(map(str, found.notes))


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ("from,to,r_ohm,x_ohm,type\nUW,A,0.1,0.1,\nA,B,,,K7\n", r"row 3 \(A - B\) column type: is a type that is not"),
        ("from,to,r_ohm\nUW,A,0.1\n", r"row 2 \(UW - A\): has no x, and no type"),
        ("from,to,r_ohm,x_ohm\nUW,A,0.1,\n", r"row 2 \(UW - A\) column x_ohm: is missing, as is a type"),
        ("from,to,r_ohm,x_ohm_per_km,length_km\nUW,A,0.1,0.1,\n", "column length_km: is missing"),
    ],
)
def test_a_line_without_an_impedance_is_refused(lines: str, told: str) -> None:
    with pytest.raises(NetworkError, match=told):
        read(lines, BUSES)


def test_ohms_kiloamperes_parallel_systems_and_numbers_as_names() -> None:
    network = read(
        "from,to,r_ohm,x_ohm,limit_ka,parallel,switchable\n1,2,0.5,0.4,0.2,2,no\n2,10,0.5,0.4,,,yes\n",
        "bus,p_mw,q_mvar,vn_kv,substation\n10,0.1,0.02,20,\n1,,,20,1.03\n",
    ).network
    assert network.bus_ids == ("1", "2", "10") and network.substation_vm_pu.tolist() == [1.03]
    np.testing.assert_allclose(network.r_pu * 400.0, [0.25, 0.5])
    np.testing.assert_allclose(network.limit_a, [400.0, np.inf])
    assert network.switchable.tolist() == [False, True] and network.p_kw.tolist() == [0.0, 0.0, 100.0]


def test_types_of_the_library_and_a_transformer() -> None:
    pp = pytest.importorskip("pandapower")
    found = read(
        "id,from,to,type,length_km\nT1,HV,MV,25 MVA 110/20 kV,\nK1,MV,S1,na2xs2y 1x185 rm/25 12/20 kv,3\n",
        "bus,p_kw,substation\nHV,,yes\nS1,2000,\n",
    )
    net = empty()
    buses = [pp.create_bus(net, kv) for kv in (110.0, 20.0, 20.0)]
    pp.create_ext_grid(net, buses[0])
    pp.create_transformer(net, buses[0], buses[1], "25 MVA 110/20 kV")
    pp.create_line(net, buses[1], buses[2], 3.0, "NA2XS2Y 1x185 RM/25 12/20 kV")
    pp.create_load(net, buses[2], 2.0)
    pp.runpp(net, numba=False, trafo_model="pi")
    from p2pdnr.network.newton import solve_meshed

    network = found.network
    np.testing.assert_allclose(solve_meshed(network, network.closed).vm_pu[0], net.res_bus.vm_pu, atol=1e-6)


@pytest.mark.parametrize(
    ("lines", "buses", "told"),
    [
        (LINES.replace(";500;", ";x;"), BUSES, r"row 3 \(K2\).*is no number \('x'\)"),
        (LINES, BUSES.replace("b;", "Bx;"), r"row 3 \(Bx\).*is the end of no line"),
        (LINES, BUSES.replace(";10\n", ";\n"), "has no nominal voltage.*--kv"),
        (LINES.replace("[m]", ""), BUSES, r"row 2 \(K1\), row 3 \(K2\).*column Länge: states no unit"),
        (LINES.replace("150er", "151er", 1), BUSES, "is a type that is not known"),
        (LINES.replace("offen", "kaputt"), BUSES, r"row 4 \(K3\).*is no state known"),
        (LINES.replace("UW Süd", "C"), BUSES, None),
        (LINES.replace(";A;150er", ";;150er", 1), BUSES, r"row 2 \(K1\) column Nach: is missing"),
        (LINES.replace("1500", "-1500"), BUSES, "is below 0"),
        (LINES, BUSES.replace(";0,9;", ";1,5;"), r"row 3 \(b\) column cos φ: is not between 0 and 1"),
        (LINES.replace("K2;A;B", "K2;B;B"), BUSES, r"K2 \(row 3\).*is the bus the line starts from"),
        ("a;b\n1;2\n", BUSES, "no sheet with the two ends of lines"),
    ],
)  # fmt: skip
def test_rows_that_do_not_fit_are_named(lines: str, buses: str, told: str | None) -> None:
    if told is None:  # the only bus without a row of its own is the substation
        assert read(TYPES, lines, buses).network.bus_ids[0] == "C"
        return
    with pytest.raises(NetworkError, match=told):
        read(TYPES, lines, buses)


def test_which_bus_is_the_substation_is_asked_where_nothing_says_it() -> None:
    lines = "from,to,r_ohm,x_ohm\na,b,1,1\nb,c,1,1\n"
    with pytest.raises(InputError, match="--substation"):
        read(lines, vn_kv=20.0)
    assert read(lines, vn_kv=20.0, substations=("B",), substation_voltage_pu=1.02).network.substations.tolist() == [1]
    with pytest.raises(InputError, match="is the end of no line"):
        read(lines, vn_kv=20.0, substations=("x",))


RING = (
    "LineID;FromNode;ToNode;CableType;Length_m;Status\n"
    "K1000;UW Nord;ST012;NA2XS2Y 3x1x150;529;closed\nK1001;ST012;ST015;NA2XS2Y 3x1x150;574;closed\n"
    "K1002;ST015;ST019;NA2XS2Y 3x1x150;720;closed\nK1003;ST019;ST022;NA2XS2Y 3x1x150;1309;closed\n"
    "K1004;ST022;ST027;NA2XS2Y 3x1x150;1156;closed\nK1005;ST027;ST031;NA2XS2Y 3x1x150;1391;closed\n"
    "K1006;UW Nord;ST036;NA2XS2Y 3x1x150;1184;closed\nK1007;ST036;ST040;NA2XS2Y 3x1x150;1202;closed\n"
    "K1008;ST040;ST044;NA2XS2Y 3x1x150;916;closed\nK1009;ST044;ST051;NA2XS2Y 3x1x150;497;closed\n"
    "K1010;ST051;ST058;NA2XS2Y 3x1x150;1218;closed\nK1011;ST031;ST058;NA2XS2Y 3x1x150;355;open\n"
    "K1012;ST019;ST044;NA2XS2Y 3x1x150;998;open\n"
)
STATIONS = (
    "Node;Pmax_kW;cosphi\nST012;232;0,95\nST015;342;0,95\nST019;317;0,95\nST022;122;0,95\nST027;265;0,95\n"
    "ST031;237;0,95\nST036;176;0,95\nST040;364;0,95\nST044;285;0,95\nST051;139;0,95\nST058;309;0,95\n"
)
CABLES = "CableType;R_ohm_km;X_ohm_km;C_uF_km;Imax_A\nNA2XS2Y 3x1x150;0,206;0,122;0,25;319\n"


@pytest.mark.parametrize("held", [1.0, 1.02])
def test_a_ring_of_cables_loses_what_pandapower_says(held: float) -> None:
    pp = pytest.importorskip("pandapower")
    network = read(RING, STATIONS, CABLES, vn_kv=20.0, substation_voltage_pu=held).network
    net, places = empty(), dict[str, int]()
    rows = [row.split(";") for row in RING.splitlines()[1:]]
    for name in dict.fromkeys(name for row in rows for name in row[1:3]):
        places[name] = pp.create_bus(net, 20.0)
    pp.create_ext_grid(net, places["UW Nord"], held)
    for _, here, there, _, metres, state in rows:
        pp.create_line_from_parameters(
            net,
            places[here],
            places[there],
            float(metres) / 1e3,
            0.206,
            0.122,
            250.0,
            0.319,
            in_service=state != "open",
        )
    for name, kw, _ in (row.split(";") for row in STATIONS.splitlines()[1:]):
        p_mw = float(kw) / 1e3
        pp.create_load(net, places[name], p_mw, p_mw * np.tan(np.arccos(0.95)))
    pp.runpp(net, numba=False, tolerance_mva=1e-10)
    flow = solve_tree(network, orient(network, network.closed), network.p_kw[None], network.q_kvar[None])
    ours = flow.loss_kw.sum()
    assert ours == pytest.approx(1e3 * net.res_line.pl_mw.sum(), abs=1e-6)
    assert ours == pytest.approx({1.0: 4.1953, 1.02: 4.0244}[held], abs=5e-5)


def test_lines_of_one_name_are_told_and_kept_apart() -> None:
    found = read(TYPES, LINES.replace("K2;", "K1;"), BUSES)
    assert found.network.line_ids == ("K1", "K1", "K3")
    (note,) = [note for note in found.notes if "have this name" in note.said]
    assert (note.component, note.ids, note.fate) == ("line", ("K1",), "approximated")
    assert not [note for note in read(TYPES, LINES, BUSES).notes if "have this name" in note.said]


def test_a_column_in_service_is_a_state_and_a_row_that_stands_twice_is_told() -> None:
    lines = "from,to,length_km,type,in_service\nUW,A,1,{0},1\nA,B,1,{0},1\nUW,B,2,{0},0\nUW,A,1,{0},1\n"
    for kind in ("NAYY 4x150 SE", "NAYY 4x150", "NAYY-J 4x150 SE"):
        found = read(lines.format(kind), "bus,p_kw\nA,10\nB,5\n", vn_kv=0.4)
        assert found.network.closed.tolist() == [True, True, False, True]
        said = [str(note) for note in found.notes]
        assert any(text.startswith("approximated: row 5: has the ends and values of a row above") for text in said)
        assert any("NAYY 4x150 SE: values of pandapower" in text for text in said)
