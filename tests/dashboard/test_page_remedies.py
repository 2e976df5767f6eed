"""What the page says of a file names no option of a command."""

from __future__ import annotations

import ast
import re
from base64 import b64encode
from pathlib import Path

import pytest

from p2pdnr.dashboard import callbacks, imports, page_remedies
from p2pdnr.errors import Problem
from p2pdnr.scenario import assembly

PACKAGE = Path(imports.__file__).parents[1]
OPTION = re.compile(r"(^|[\s(:])--[a-z]")
ELSEWHERE = {"--day", "--days", "--zone", "--typical", "--step", "--substation"}
"""Fields of problems that the page leaves out."""


def given(**files: str) -> list[dict[str, str]]:
    """Files as a browser sends them."""
    return [
        {"name": name.replace("_csv", ".csv"), "base64": b64encode(text.encode()).decode()}
        for name, text in files.items()
    ]


LINES = "id;from;to;r_ohm;x_ohm\nK1;A;B;0,2;0,1\nK2;B;C;0,2;0,1\n"
AUTUMN = "time;Home 1 [kW]\n" + "".join(
    f"2025-10-26 {hour:02d}:00;{1 + place}\n" for place, hour in enumerate([0, 1, 2, 2, *range(3, 24)])
)
GAP = "time;Home 1 [kW]\n" + "".join(
    f"2025-06-{day:02d} {hour:02d}:00;{'' if 5 < hour < 18 else 1}\n" for day in (1, 2) for hour in range(24)
)
UNITLESS = "time;Home 1\n" + "".join(f"2025-06-01 {hour:02d}:00;1\n" for hour in range(24))


@pytest.mark.parametrize(
    ("files", "told"),
    [
        (given(lines_csv=LINES), "column vn_kv, in kV"),
        (given(lines_csv=LINES), "Mark it by yes in a column substation"),
        (given(readings_csv=AUTUMN), "offset"),
        (given(readings_csv=GAP), "Fill them in"),
        (given(readings_csv=UNITLESS), "kW or kWh behind"),
    ],
)
def test_a_file_is_mended_in_the_file(files: list[dict[str, str]], told: str) -> None:
    answer = callbacks.read_import({"name": "x", "text": "", "files": files})
    said = " ".join(
        [*answer["problems"], *(text for sheet in answer["sheets"] for row in sheet["rows"] for text in row["told"])]
    )
    assert told in said
    assert not OPTION.search(said)


def test_marking_a_substation_as_the_page_says_is_read() -> None:
    buses = "id;vn_kv;p_kw;substation\nA;20;0;yes\nB;20;10;\nC;20;10;\n"
    opened = imports.opened_files(given(lines_csv=LINES, buses_csv=buses))
    assert assembly.build_network(opened.scenario, None).substations.tolist() == [0]


def test_every_remedy_with_an_option_has_one_of_the_page() -> None:
    known = page_remedies.REMEDIES.keys() | page_remedies.NOTES.keys() | ELSEWHERE
    for folder in ("network/readers", "meters", "sheets"):
        for path in sorted((PACKAGE / folder).glob("*.py")):
            if path.name in ("standard_profiles.py", "foreign.py"):  # a command alone; told by how it begins
                continue
            for node in ast.walk(ast.parse(path.read_text(encoding="utf8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and OPTION.search(node.value):
                    assert node.value in known, (path.name, node.value)


def test_an_option_is_no_field() -> None:
    (problem,) = page_remedies.on_page([Problem("meter", "--step", ("a",), "x", "Choose a coarser step: --step 60")])
    assert str(problem) == "meter a: x. Give readings whose steps make up whole hours"
