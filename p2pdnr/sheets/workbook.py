"""Excel workbooks (.xlsx, .xlsm) read as data: cells of every sheet, nothing calculated, no link followed.

A workbook is a zip file of XML (ECMA-376). Formulas count with the value that the program stored beside them; cells
whose format is that of a date are time stamps. Parts are read as streams (:mod:`.workbook_xml`), and limits on what is
unpacked, on cells and on small parts keep a small file from filling the memory.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from datetime import datetime
from lzma import LZMAError
from xml.etree.ElementTree import ParseError

from p2pdnr.sheets.sheet import Sheet, printable, refused
from p2pdnr.sheets.workbook_cells import Cells, Style, Texts
from p2pdnr.sheets.workbook_xml import Elements, EntityError, Reader, parse

MOST_BYTES, MOST_SMALL_BYTES = 600_000_000, 20_000_000
"""Unpacked: of all parts, and of one that lists sheets, their places or formats."""
_RELATION = re.compile(r"(\{.*/relationships\})?id")
_DATES = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}
"""Built-in number formats that are dates or times."""
_DAY_ZERO, _DAY_ZERO_1904 = datetime(1899, 12, 30), datetime(1904, 1, 1)
_LONGEST_FORMAT = 255
_BROKEN = (zipfile.BadZipFile, ParseError, zlib.error, LZMAError, KeyError, EOFError, OSError, OverflowError,
           RuntimeError, ValueError)  # fmt: skip
"""What the library raises for files that are no workbook, are cut off, or have a password."""


def read_workbook(data: bytes, name: str) -> list[Sheet]:
    """The sheets of a workbook that hold anything; raises InputError where it is none."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _Workbook(archive, name).sheets()
    except EntityError:
        raise refused(name, "defines entities, as no spreadsheet program does", "Save it anew as .xlsx") from None
    except _BROKEN as error:
        remedy = "Open it in a spreadsheet program and save it as .xlsx or as CSV"
        raise refused(name, f"is no workbook that can be read ({type(error).__name__})", remedy) from None


class _Workbook:
    """A workbook while it is read."""

    def __init__(self, archive: zipfile.ZipFile, name: str) -> None:
        self._archive, self._name = archive, name
        self._places = {part.filename: part for part in archive.infolist()}
        self._bytes_left = MOST_BYTES
        self._book = self._small("xl/workbook.xml", "workbook/workbookPr", "sheets/sheet")
        old = any(one.get("date1904") in ("1", "true") for one in self._book.named("workbook/workbookPr"))
        texts = Texts()
        if "xl/sharedStrings.xml" in self._places:
            self._parse("xl/sharedStrings.xml", texts)
        self._style = Style(tuple(texts.found), tuple(self._date_styles()), _DAY_ZERO_1904 if old else _DAY_ZERO)

    def sheets(self) -> list[Sheet]:
        """Those that hold anything."""
        found, cells = list[Sheet](), 0
        for title, path in self._paths():
            reader = Cells(self._style, self._name, cells)
            self._parse(path, reader)
            cells = reader.count
            if reader.rows:
                found.append(Sheet(f"{self._name}: {printable(title)[:60]}", tuple(reader.rows), tuple(reader.numbers)))
        if not found:
            raise refused(self._name, "is empty", "Give a table with a row of column names")
        return found

    def _parse(self, path: str, reader: Reader, most: int = MOST_BYTES) -> None:
        size = self._places[path].file_size
        self._bytes_left -= size
        if size > most or self._bytes_left < 0:
            raise refused(self._name, "is larger than can be read when unpacked", "Save a part of it, or CSV")
        with self._archive.open(path) as stream:
            parse(stream, reader)

    def _small(self, path: str, *wanted: str) -> Elements:
        found = Elements(*wanted)
        if path in self._places or path == "xl/workbook.xml":
            self._parse(path, found, MOST_SMALL_BYTES)
        return found

    def _paths(self) -> Iterator[tuple[str, str]]:
        """Title and place of every sheet, in their order."""
        listed = self._small("xl/_rels/workbook.xml.rels", "Relationships/Relationship")
        relations = listed.named("Relationships/Relationship")
        targets = {relation.get("Id"): str(relation.get("Target")) for relation in relations}
        for number, sheet in enumerate(self._book.named("sheets/sheet"), 1):
            relation_id = next((value for key, value in sheet.items() if _RELATION.fullmatch(key)), None)
            target = targets.get(relation_id, f"worksheets/sheet{number}.xml")
            path = target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
            if path in self._places and "worksheet" in path:
                yield str(sheet.get("name")), path

    def _date_styles(self) -> Iterator[bool]:
        """Whether the cells of each style are dates."""
        styles = self._small("xl/styles.xml", "numFmts/numFmt", "cellXfs/xf")
        formats = styles.named("numFmts/numFmt")
        own = {one.get("numFmtId"): _is_date(str(one.get("formatCode"))[:_LONGEST_FORMAT]) for one in formats}
        for one in styles.named("cellXfs/xf"):
            number = one.get("numFmtId") or ""
            yield own.get(number, number.isdecimal() and len(number) < 5 and int(number) in _DATES)


def _is_date(code: str) -> bool:
    """Whether a number format shows a date or a time: letters for parts of it outside of quotes and brackets."""
    plain = re.sub(r'"[^"]*"|\\.|\[[^\]]*\]', "", code.lower())
    return any(letter in plain for letter in "ymdhs") and "general" not in plain
