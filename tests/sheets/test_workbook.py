"""Excel workbooks: what is written is read, and what another program made."""

from __future__ import annotations

import contextlib
import io
import zipfile
from datetime import datetime

import pytest

from p2pdnr.errors import InputError
from p2pdnr.sheets.workbook import MOST_BYTES, read_workbook
from p2pdnr.sheets.workbook_cells import WITHOUT_VALUE
from p2pdnr.sheets.writing import csv_text, workbook

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def archive(**parts: str) -> bytes:
    """A workbook of one sheet out of its parts: sheet, strings, styles."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as made:
        made.writestr("xl/workbook.xml", f'<workbook {MAIN}><sheets><sheet name="S" sheetId="1"/></sheets></workbook>')
        for name, text in parts.items():
            place = {"sheet": "worksheets/sheet1.xml", "strings": "sharedStrings.xml"}.get(name, f"{name}.xml")
            made.writestr(f"xl/{place}", text)
    return stream.getvalue()


def test_what_is_written_is_read() -> None:
    rows = [("id", "p_kw", "ok"), ("<A & B>", 1.25, True), (None, None, None), ("ß", -3, False)]
    (sheet,) = read_workbook(workbook({"Lines: [1]": rows}), "x.xlsx")
    assert sheet.rows == (("id", "p_kw", "ok"), ("<A & B>", 1.25, True), ("ß", -3.0, False))
    assert csv_text(rows).splitlines()[1] == "<A & B>,1.25,True"


def test_texts_apart_dates_and_gaps() -> None:
    strings = f"<sst {MAIN}><si><t>a</t></si><si><r><t>b</t></r><r><t>c</t></r></si></sst>"
    formats = '<numFmts><numFmt numFmtId="164" formatCode="dd.mm.yyyy hh:mm"/></numFmts>'
    styles = f'<styleSheet {MAIN}>{formats}<cellXfs><xf numFmtId="0"/><xf numFmtId="164"/></cellXfs></styleSheet>'
    cells = '<c r="A3" t="s"><v>0</v></c><c r="C3" t="s"><v>1</v></c><c r="D3" s="1"><v>45292.010416666664</v></c>'
    more = '<c r="E3" t="e"><v>#N/A</v></c><c r="F3"><f>1+1</f><v>2</v></c>'
    sheet = f'<worksheet {MAIN}><sheetData><row r="3">{cells}{more}</row></sheetData></worksheet>'
    (read,) = read_workbook(archive(sheet=sheet, strings=strings, styles=styles), "x.xlsx")
    assert read.rows == (("a", None, "bc", datetime(2024, 1, 1, 0, 15), "#N/A", 2.0),) and read.numbers == (3,)


def test_cells_without_places_and_formulas_without_values() -> None:
    cells = '<c><v>1</v></c><c><f>A1*2</f></c><c t="inlineStr"><is><r><t>a</t></r><r><t>b</t></r></is></c>'
    rows = f"<row>{cells}</row><row/><row>{cells}</row>"
    (read,) = read_workbook(archive(sheet=f"<worksheet {MAIN}><sheetData>{rows}</sheetData></worksheet>"), "x.xlsx")
    assert read.rows == ((1.0, WITHOUT_VALUE, "ab"),) * 2 and read.numbers == (1, 3)


HOSTILE = {
    "cut": "<worksheet",
    "entities": "<!DOCTYPE x [<!ENTITY a 'b'>]><worksheet/>",
    "hidden entities": f"<!--{' ' * 3000}--><!DOCTYPE x [<!ENTITY a 'b'>]><worksheet/>",
    "no cells": f"<worksheet {MAIN}/>",
    "far away": f"<worksheet {MAIN}><sheetData><row r='1'><c r='ZZZ1'><v>1</v></c></row></sheetData></worksheet>",
    "large": " " * (MOST_BYTES // 1000 + 1),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_what_is_no_sheet_is_refused(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("p2pdnr.sheets.workbook.MOST_BYTES", MOST_BYTES // 1000)
    with pytest.raises(InputError):
        read_workbook(archive(sheet=HOSTILE[kind]), "x.xlsx")


def test_any_damage_is_refused_or_read() -> None:
    whole = bytearray(workbook({"S": [("a", "b"), (1, 2)]}))
    for place in range(0, len(whole), 7):
        damaged = bytes(whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1 :])
        with contextlib.suppress(InputError):
            assert read_workbook(damaged, "x.xlsx")
