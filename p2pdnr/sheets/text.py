"""Tables of text: CSV with commas, semicolons or tabs, in UTF-8, UTF-16 or the encoding of an old Windows program."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence

from p2pdnr.sheets.sheet import MOST_CELLS, Cell, Sheet, refused

_DELIMITERS = (";", "\t", ",", "|")
_SAMPLE, _LONGEST_LINE = 50, 20_000
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


def read_text(data: bytes, name: str) -> Sheet:
    """The table in a file of text; raises InputError where it is none."""
    text = decoded(data, name).replace("\r\n", "\n").replace("\r", "\n")
    delimiter, text = _stated(text)
    delimiter = delimiter or delimiter_of(text.split("\n", _SAMPLE)[:_SAMPLE])
    if text.count(delimiter) + text.count("\n") > MOST_CELLS:
        raise refused(name, f"has more than {MOST_CELLS:,} cells", "Give a part of it")
    rows, numbers = list[tuple[Cell, ...]](), list[int]()
    reader = csv.reader(io.StringIO(text), delimiter=delimiter)
    try:
        tidy = _is_tidy(text, delimiter)
        for row in reader:
            cells = tuple(row) if tidy else tuple([cell.strip() or None for cell in row])
            if any(cells):
                rows.append(cells)
                numbers.append(reader.line_num)
    except csv.Error as error:
        raise refused(name, f"is no table of text ({error})", "Save it as CSV or as a workbook (.xlsx)") from None
    if not rows:
        raise refused(name, "is empty", "Give a table with a row of column names")
    return Sheet(name, tuple(rows), tuple(numbers), delimiter)


def _is_tidy(text: str, delimiter: str) -> bool:
    """Whether every cell holds something and has no blanks around it, as files of programs do."""
    edges = (delimiter, "\n")
    around = [first + second for first in edges for second in (delimiter, " ")] + [delimiter + "\n", " \n"]
    odd = {"\t", "\v", "\f", '"', "\x1c", "\x1d", "\x1e", "\x1f"} - {delimiter}
    return text.isascii() and text[:1] not in edges and not any(one in text for one in (*around, f" {delimiter}", *odd))


def decoded(data: bytes, name: str) -> str:
    """The text of a file; raises InputError where it is none."""
    mark = next((encoding for start, encoding in _MARKS if data.startswith(start)), None)
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF")):
        raise refused(name, "is no text", "A workbook ends in .xlsx; others are saved as CSV or .xlsx")
    if mark is None and b"\x00" in data[:4096]:
        mark = "utf-16-le" if data[1:2] == b"\x00" else None
        if mark is None:
            raise refused(name, "is no text", "Save it as CSV or as a workbook (.xlsx)")
    for encoding in (mark,) if mark else ("utf-8", "cp1252", "latin-1"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise refused(name, "holds characters that are in no encoding known here", "Save it as CSV (UTF-8)")


def _stated(text: str) -> tuple[str, str]:
    """The delimiter that a first line "sep=;" states, and the text without that line."""
    first, _, rest = text.partition("\n")
    if first.lower().startswith("sep=") and len(first.strip()) == 5 and first[4] in _DELIMITERS:
        return first[4], rest
    return "", text


def delimiter_of(lines: Sequence[str]) -> str:
    """What separates the cells: of the usual characters the one that most rows have as often as each other, more cells
    before fewer, so that a comma in numbers does not win over the semicolon between them."""
    best, most = ",", (0.0, 0)
    sample = [line[:_LONGEST_LINE] for line in lines if line.strip()]
    for delimiter in _DELIMITERS:
        counts = [len(row) for row in csv.reader(sample, delimiter=delimiter)]
        usual, often = Counter(counts).most_common(1)[0] if counts else (1, 0)
        agreed = often / len(counts) if counts else 0.0
        if usual > 1 and (agreed > most[0] + 0.1 or (agreed > most[0] - 0.1 and usual > most[1] and delimiter != ",")):
            best, most = delimiter, (agreed, usual)
    return best
