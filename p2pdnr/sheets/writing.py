"""Tables written as CSV and as Excel workbooks (.xlsx)."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from xml.sax.saxutils import escape, quoteattr

_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f]")
_CREATED = (1980, 1, 1, 0, 0, 0)
"""Of every part, so that the same tables are the same bytes."""

Value = str | float | int | bool | None


def csv_text(rows: Iterable[Sequence[Value]]) -> str:
    """Rows as CSV with commas; empty cells for None."""
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows(rows)
    return stream.getvalue()


def workbook(sheets: Mapping[str, Iterable[Sequence[Value]]]) -> bytes:
    """A workbook with a sheet for each title, its first row in bold and kept in sight."""
    titles = [_title(title, place) for place, title in enumerate(sheets, 1)]
    parts = {
        "[Content_Types].xml": _content_types(len(titles)),
        "_rels/.rels": _relations([("officeDocument", "xl/workbook.xml")]),
        "xl/workbook.xml": _book(titles),
        "xl/_rels/workbook.xml.rels": _relations(
            [("worksheet", f"worksheets/sheet{place}.xml") for place in range(1, len(titles) + 1)]
            + [("styles", "styles.xml")]
        ),
        "xl/styles.xml": _styles(),
    }
    parts |= {f"xl/worksheets/sheet{place}.xml": _sheet(rows) for place, rows in enumerate(sheets.values(), 1)}
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(zipfile.ZipInfo(name, _CREATED), text, zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def _title(title: str, place: int) -> str:
    """A title as a sheet may have it: at most 31 characters, none of those that Excel refuses."""
    plain = "".join(" " if one in "[]:*?/\\" else one for one in title).strip("'")[:31]
    return plain or f"sheet {place}"


def _content_types(count: int) -> str:
    main = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    kinds = [("/xl/workbook.xml", "sheet.main"), ("/xl/styles.xml", "styles")]
    kinds += [(f"/xl/worksheets/sheet{place}.xml", "worksheet") for place in range(1, count + 1)]
    listed = "".join(f'<Override PartName="{name}" ContentType="{main}.{kind}+xml"/>' for name, kind in kinds)
    relations = '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    default = f'{relations}<Default Extension="xml" ContentType="application/xml"/>'
    return f'{_HEAD}<Types xmlns="{_TYPES}">{default}{listed}</Types>'


def _relations(targets: Sequence[tuple[str, str]]) -> str:
    rows = "".join(
        f'<Relationship Id="rId{place}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for place, (kind, target) in enumerate(targets, 1)
    )
    return f'{_HEAD}<Relationships xmlns="{_RELATIONS}">{rows}</Relationships>'


def _book(titles: Sequence[str]) -> str:
    rows = "".join(
        f'<sheet name={quoteattr(title)} sheetId="{place}" r:id="rId{place}"/>' for place, title in enumerate(titles, 1)
    )
    return f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{rows}</sheets></workbook>'


def _styles() -> str:
    """Style 0 as it is, style 1 in bold."""
    font = '<sz val="11"/><name val="Calibri"/>'
    fonts = f'<fonts count="2"><font>{font}</font><font><b/>{font}</font></fonts>'
    fills = '<fills count="1"><fill><patternFill patternType="none"/></fill></fills>'
    rest = '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
    cells = '<cellXfs count="2"><xf xfId="0"/><xf fontId="1" applyFont="1" xfId="0"/></cellXfs>'
    return f'{_HEAD}<styleSheet xmlns="{_MAIN}">{fonts}{fills}{rest}{cells}</styleSheet>'


def _sheet(rows: Iterable[Sequence[Value]]) -> str:
    pane = '<pane ySplit="1" topLeftCell="A2" state="frozen"/>'
    view = f'<sheetViews><sheetView workbookViewId="0">{pane}</sheetView></sheetViews>'
    body = "".join(
        f"<row>{''.join(_cell(cell, int(not place)) for cell in row)}</row>" for place, row in enumerate(rows)
    )
    return f'{_HEAD}<worksheet xmlns="{_MAIN}">{view}<sheetData>{body}</sheetData></worksheet>'


def _cell(value: Value, style: int) -> str:
    styled = f' s="{style}"' if style else ""
    if value is None or value == "" or value != value:
        return f"<c{styled}/>"
    if isinstance(value, bool):
        return f'<c{styled} t="b"><v>{int(value)}</v></c>'
    if isinstance(value, int | float):
        return f"<c{styled}><v>{value!r}</v></c>"
    text = escape(_CONTROLS.sub("", str(value)))
    return f'<c{styled} t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'
