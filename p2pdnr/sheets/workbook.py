"""Excel workbooks (.xlsx, .xlsm) read as data: cells of every sheet, nothing calculated, no link followed.

A workbook is a zip file of XML (ECMA-376). Formulas count with the value that the program stored beside them; cells
whose format is that of a date are time stamps.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from xml.etree import ElementTree
from xml.parsers.expat import ExpatError

from p2pdnr.sheets.sheet import MOST_CELLS, Cell, Sheet, is_empty, refused

MOST_BYTES = 1_000_000_000
"""Of one part, unpacked."""
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_STRICT = "{http://purl.oclc.org/ooxml/spreadsheetml/main}"
_RELATION = re.compile(r"\{.*/relationships\}id")
_DATES = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}
"""Built-in number formats that are dates or times."""
_DAY_ZERO = datetime(1899, 12, 30)
_DAY_ZERO_1904 = datetime(1904, 1, 1)
_COLUMN = re.compile(r"([A-Z]{1,3})(\d+)")


def read_workbook(data: bytes, name: str) -> list[Sheet]:
    """The sheets of a workbook that hold anything; raises InputError where it is none."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _Workbook(archive, name).sheets()
    except (zipfile.BadZipFile, ElementTree.ParseError, ExpatError, KeyError, EOFError, NotImplementedError) as error:
        remedy = "Open it in a spreadsheet program and save it as .xlsx or as CSV"
        raise refused(name, f"is no workbook that can be read ({type(error).__name__})", remedy) from None


class _Workbook:
    """A workbook while it is read."""

    def __init__(self, archive: zipfile.ZipFile, name: str) -> None:
        self._archive, self._name = archive, name
        self._left = MOST_CELLS
        root = self._root("xl/workbook.xml")
        settings = next(_named(root, "workbookPr"), None)
        old = settings is not None and settings.get("date1904") in ("1", "true")
        self._zero = _DAY_ZERO_1904 if old else _DAY_ZERO
        self._book = root
        self._texts = [*self._shared()]
        self._dates = self._date_styles()

    def sheets(self) -> list[Sheet]:
        """Those that hold anything."""
        found = [self._sheet(title, path) for title, path in self._paths()]
        if not any(sheet.rows for sheet in found):
            raise refused(self._name, "is empty", "Give a table with a row of column names")
        return [sheet for sheet in found if sheet.rows]

    def _open(self, path: str) -> io.BytesIO:
        if self._archive.getinfo(path).file_size > MOST_BYTES:
            raise refused(self._name, "is larger than can be read when unpacked", "Save a part of it, or CSV")
        content = self._archive.read(path)
        if b"<!DOCTYPE" in content[:2000]:
            raise refused(self._name, "defines entities, as no spreadsheet program does", "Save it anew as .xlsx")
        return io.BytesIO(content)

    def _root(self, path: str) -> ElementTree.Element:
        return ElementTree.parse(self._open(path)).getroot()

    def _has(self, path: str) -> bool:
        return path in self._archive.namelist()

    def _paths(self) -> Iterator[tuple[str, str]]:
        """Title and place of every sheet, in their order."""
        targets = {}
        if self._has("xl/_rels/workbook.xml.rels"):
            for relation in self._root("xl/_rels/workbook.xml.rels"):
                targets[relation.get("Id")] = str(relation.get("Target"))
        for number, sheet in enumerate(_named(self._book, "sheet"), 1):
            relation_id = next((value for key, value in sheet.attrib.items() if _RELATION.fullmatch(key)), None)
            target = targets.get(relation_id, f"worksheets/sheet{number}.xml")
            path = target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
            if self._has(path) and "worksheet" in path:
                yield str(sheet.get("name")), path

    def _shared(self) -> Iterator[str]:
        """Texts that cells point to."""
        if self._has("xl/sharedStrings.xml"):
            for item in _named(self._root("xl/sharedStrings.xml"), "si"):
                # phonetic readings (rPh) are no part of the text
                yield "".join(_text(part) for part in item if not part.tag.endswith("}rPh"))

    def _date_styles(self) -> list[bool]:
        """Whether the cells of each style are dates."""
        if not self._has("xl/styles.xml"):
            return []
        root = self._root("xl/styles.xml")
        own = {item.get("numFmtId"): _is_date(str(item.get("formatCode"))) for item in _named(root, "numFmt")}
        cells = next(_named(root, "cellXfs"), None)
        ids = [item.get("numFmtId") for item in cells] if cells is not None else []
        return [own.get(number, bool(number and number.isdigit() and int(number) in _DATES)) for number in ids]

    def _sheet(self, title: str, path: str) -> Sheet:
        rows, numbers = list[tuple[Cell, ...]](), list[int]()
        for _, element in ElementTree.iterparse(self._open(path)):
            if not element.tag.endswith("}row"):
                continue
            cells = self._row(element)
            number = element.get("r") or ""
            self._left -= len(cells)
            if self._left < 0:
                raise refused(self._name, f"has more than {MOST_CELLS:,} cells", "Give a part of it")
            if not is_empty(cells):
                rows.append(cells)
                numbers.append(int(number) if number.isdigit() else len(rows))
            element.clear()
        return Sheet(f"{self._name}: {title}", tuple(rows), tuple(numbers))

    def _row(self, element: ElementTree.Element) -> tuple[Cell, ...]:
        found: dict[int, Cell] = {}
        for place, cell in enumerate(element):
            match = _COLUMN.match(cell.get("r") or "")
            column = _index(match[1]) if match else place
            value = self._value(cell)
            if value is not None:
                found[column] = value
        return tuple(found.get(column) for column in range(max(found, default=-1) + 1))

    def _value(self, cell: ElementTree.Element) -> Cell:
        kind, text = cell.get("t"), ""
        for part in cell:
            if part.tag.endswith("}v"):
                text = part.text or ""
            elif part.tag.endswith("}is"):
                text = _text(part)
        if kind == "s":
            text = self._texts[int(text)] if text.isdigit() and int(text) < len(self._texts) else ""
        if kind in ("s", "str", "inlineStr"):
            return text.strip() or None
        if kind == "e" or not text:
            return None
        if kind == "b":
            return text.strip() == "1"
        return self._number(text, cell.get("s"))

    def _number(self, text: str, style: str | None) -> Cell:
        try:
            value = float(text)
        except ValueError:
            return _stamp(text)
        is_date = style is not None and style.isdigit() and int(style) < len(self._dates) and self._dates[int(style)]
        if not is_date or not 0.0 <= value < 2_958_466.0:
            return value
        # whole milliseconds: a quarter of an hour is no finite fraction of a day
        return self._zero + timedelta(milliseconds=round(value * 86_400_000.0))


def _stamp(text: str) -> Cell:
    """A cell of the type "d"."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return text.strip() or None


def _named(root: ElementTree.Element, name: str) -> Iterator[ElementTree.Element]:
    return (element for element in root.iter() if element.tag in (_MAIN + name, _STRICT + name))


def _text(element: ElementTree.Element) -> str:
    """All text in an element and within it."""
    return "".join(part.text or "" for part in element.iter() if part.tag.endswith("}t"))


def _is_date(code: str) -> bool:
    """Whether a number format shows a date or a time: letters for parts of it outside of quotes and brackets."""
    plain = re.sub(r'"[^"]*"|\\.|\[[^\]]*\]', "", code.lower())
    return any(letter in plain for letter in "ymdhs") and "general" not in plain


def _index(letters: str) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + ord(letter) - ord("A") + 1
    return number - 1
