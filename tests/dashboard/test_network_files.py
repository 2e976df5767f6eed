"""Networks of other programs' files on the page: read, or refused with reasons, within limits."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

import pytest

from p2pdnr.dashboard import callbacks, drafts, imports, network_files
from p2pdnr.errors import InputError
from p2pdnr.scenario import assembly, document
from p2pdnr.sheets.writing import workbook
from tests.pandapower_nets import empty

LINES = "id;from;to;length_km;r_ohm_per_km;x_ohm_per_km\nK1;UW;A;1,5;0,206;0,122\nK2;A;B;0,5;0,206;0,122\n"
BUSES = "id;p_kw;cosphi;vn_kv\nUW;;;20\nA;232,5;0,95;20\nB;110;0,9;20\n"


def given(**files: str | bytes) -> list[dict[str, str]]:
    """Files as the page sends them; the last "_" of a name stands for its dot."""
    contents = {name: text if isinstance(text, bytes) else text.encode() for name, text in files.items()}
    return [
        {"name": ".".join(name.rsplit("_", 1)), "base64": b64encode(content).decode()}
        for name, content in contents.items()
    ]


def pandapower_text() -> str:
    pp = pytest.importorskip("pandapower")
    net = empty()
    for name in ("UW", "A", "B"):
        pp.create_bus(net, 20.0, name=name)
    pp.create_ext_grid(net, 0)
    for here, there in ((0, 1), (1, 2)):
        pp.create_line_from_parameters(net, here, there, 1.0, 0.3, 0.2, 250.0, 0.3)
    pp.create_load(net, 1, 0.2, 0.05)
    pp.create_load(net, 2, 0.1, in_service=False, name="shut shop")
    return str(pp.to_json(net))


def rows(text: str) -> list[list[str | float]]:
    return [[cell.replace(",", ".") for cell in row.split(";")] for row in text.splitlines()]


@pytest.mark.parametrize("kind", ["sheets", "workbook", "pandapower", "pandapower workbook"])
def test_a_network_begins_with_a_few_prosumers_and_says_where_it_is_from(kind: str) -> None:
    if kind == "sheets":
        opened = imports.opened_files(given(lines_csv=LINES, buses_csv=BUSES))
    elif kind == "workbook":
        opened = imports.opened_files(given(mine_xlsx=workbook({"L": rows(LINES), "B": rows(BUSES)})))
    elif kind == "pandapower":
        opened = imports.opened(pandapower_text(), "net.json")
    else:
        opened = imports.opened_files(given(net_xlsx=as_workbook(pandapower_text())))
    scenario = opened.scenario
    assert assembly.build_network(scenario, None).n_buses == 3
    assert 1 <= len(scenario.prosumers) <= imports.FIRST_PROSUMERS
    assert scenario.description.startswith("From ") and opened.notes
    assert document.parse(document.dumps(scenario)) == scenario
    assert drafts.verdict(drafts.unsolved(scenario))["problems"] == []


def as_workbook(text: str) -> bytes:
    """A net as pandapower's to_excel lays it out."""
    pp = pytest.importorskip("pandapower")
    net = pp.from_json_string(text)
    sheets: dict[str, Any] = {}
    for table in ("bus", "ext_grid", "line", "load"):
        frame = net[table].astype(object).where(net[table].notna(), None)
        sheets[table] = [
            ["", *frame.columns],
            *([index, *row] for index, row in zip(frame.index, frame.values.tolist(), strict=True)),
        ]
    return workbook(sheets | {"parameters": [["", "parameter"], ["sn_mva", 1.0], ["f_hz", 50.0]]})


def test_what_became_of_a_file_goes_to_the_page() -> None:
    answer = callbacks.read_import({"name": "net.json", "text": pandapower_text(), "at": 1})
    assert answer["problems"] == [] and answer["drawn"]
    assert any(note.startswith("left out: load 1 (shut shop)") for note in answer["notes"])
    sheets = given(lines_csv=LINES.replace("1,5", "x"), buses_csv=BUSES)
    answer = callbacks.read_import({"name": "lines.csv, buses.csv", "text": "", "files": sheets})
    assert answer["draft"] is None and answer["notes"] == []
    (told,) = answer["problems"]
    assert "lines.csv row 2 (K1) column length_km: is no number ('x')" in told


def long_sheet() -> str:
    return LINES + "\n".join(f"L{k};A;B{k};1;1;1" for k in range(5_000))


@pytest.mark.parametrize(
    ("files", "told"),
    [
        (given(lines_csv=long_sheet(), buses_csv=BUSES), "network import"),
        (given(**{f"f{k}_csv": LINES for k in range(5)}), "more than 4 files"),
        (given(large_csv="a;b\n" * 750_001), "3 MB"),
        ([{"name": "cut.xlsx", "base64": "UEsD*"}], "cut off"),
        (given(cut_xlsx=b"PK\x03\x04"), "no workbook"),
        (given(letter_csv="Dear Sir or Madam"), "two ends of lines"),
        (given(bomb_xlsx=workbook({"L": [["0" * 32_000] for _ in range(1_000)]})), "when unpacked"),
    ],
    ids=["rows", "files", "bytes", "base64", "workbook", "letter", "bomb"],
)  # fmt: skip
def test_what_is_too_large_or_broken_is_refused(files: list[dict[str, str]], told: str) -> None:
    with pytest.raises(InputError, match=told) as caught:
        imports.opened_files(files)
    assert all(problem.message and problem.remedy for problem in caught.value.problems)


def test_a_net_with_far_indices_is_refused() -> None:
    net = json.loads(pandapower_text())
    table = json.loads(net["_object"]["bus"]["_object"])
    table["index"][2] = network_files.MAX_INDEX + 1
    net["_object"]["bus"]["_object"] = json.dumps(table)
    with pytest.raises(InputError, match="Number the rows"):
        imports.opened(json.dumps(net), "net.json")


def readings(homes: int = 2) -> str:
    head = ",".join(["time", *(f"Home {k} kW" for k in range(homes))])
    return "\n".join([head, *(f"2025-06-23 {h:02d}:{m:02d}" + f",{h}" * homes for h in range(24) for m in (0, 30))])


def test_readings_stand_on_the_sheets_that_come_with_them_or_on_a_feeder_that_is_named() -> None:
    alone = imports.opened_files(given(meters_csv=readings()))
    assert alone.scenario.network.source == "case33bw" and alone.scenario.hours == 24
    assert any("on case33bw, as no grid came" in note for note in alone.notes)
    both = imports.opened_files(given(meters_csv=readings(), lines_csv=LINES, buses_csv=BUSES))
    assert assembly.build_network(both.scenario, None).n_buses == 3 and len(both.scenario.prosumers) == 2
    assert {home.load_kw for home in both.scenario.prosumers} == {23.0}
    assert drafts.verdict(drafts.unsolved(both.scenario))["problems"] == []
    with pytest.raises(InputError, match="states no unit"):
        imports.opened_files(given(meters_csv=readings().replace(" kW", "")))


def test_readings_whose_times_are_not_understood_are_told_as_such() -> None:
    with pytest.raises(InputError, match="has no time stamp that is known"):
        imports.opened_files(given(meters_csv="time;Home 1 kWh\nyesterday;0,1\ntoday;0,2\n"))
