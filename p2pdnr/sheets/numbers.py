"""Numbers in the spellings of different countries: 1234.5, 1,234.5, 1.234,5, 1 234,5 and 1'234.5.

Whether a comma stands before decimals is decided for a whole column, or table: by numbers that leave no choice (0,206,
12,5, 1.234,5, 1,234,567), else by what separates the cells (after a semicolon or a tab a comma is a decimal one).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

from p2pdnr.sheets.sheet import Cell

_NUMBER = re.compile(r"([-+\u2212]?[\d.,'\u2019 \u00a0\u202f]*\d[.,]?(?:[eE][-+]?\d+)?)\s*([^\d\s.,'-][^\d]*\d?)?")
_GROUPED = {mark: re.compile(rf"[-+]?\d{{1,3}}(?:{re.escape(mark)}\d{{3}})+") for mark in ",."}
_WHOLE = re.compile(r"[-+]? ?(?:\d*|\d{1,3}(?:[ .,]\d{3})+)(?:[eE][-+]?\d+)?")
_DECIMALS = re.compile(r"\d*(?:[eE][-+]?\d+)?")
_SPACES = re.compile(r"[ \u00a0\u202f'\u2019]")


def decimal_mark(texts: Iterable[str], delimiter: str = "") -> str | None:
    """ "," or "." where numbers in these texts leave no choice; else "," after a semicolon or a tab if commas and no
    points occur, "." where nothing speaks for a comma, None where every comma could be either, or where after a
    semicolon or a tab every number with a mark is like 1.250."""
    commas = points = doubtful = grouped = 0
    for text in texts:
        number = _spelled(text)
        if number is None or not ("," in number or "." in number):
            continue
        verdict = _verdict(number)
        commas += verdict == ","
        points += verdict == "."
        doubtful += verdict == "?"
        grouped += verdict == "." and may_be_thousands((number,), ".")
    if points and not commas and not doubtful and grouped == points and delimiter in (";", "\t"):
        return None
    if commas or points:
        return "," if commas >= points else "."
    if not doubtful:
        return "."
    return "," if delimiter in (";", "\t") else "." if delimiter == "," else None


def _verdict(number: str) -> str:
    """Which mark stands before the decimals of a number: ",", "." or "?" where it may separate thousands."""
    last = max(number.rfind(","), number.rfind("."))
    mark = number[last]
    if "," in number and "." in number:
        return mark
    if number.count(mark) > 1:
        return "." if mark == "," else ","  # separates thousands
    if mark == ".":
        return "."  # a point alone is before decimals: files of programs
    grouped = _GROUPED[mark].fullmatch(number) and not number.lstrip("+-").startswith("0")
    return "?" if grouped else mark


def may_be_thousands(texts: Iterable[str], mark: str) -> bool:
    """Whether numbers have this mark, and all that do could have it between thousands: 1.250, but not 0.250 or 1.25."""
    marked = [text.lstrip("+-") for text in texts if mark in text]
    return bool(marked) and all(text[0] != "0" and _GROUPED[mark].fullmatch(text) for text in marked)


def read_number(text: str, mark: str) -> float | None:
    """The number in a text with ``mark`` before decimals; None where it is none. A unit behind it is left out."""
    found = _NUMBER.fullmatch(text.strip())
    if not found:
        return None
    whole, _, decimals = _SPACES.sub(" ", found[1]).replace("\u2212", "-").partition(mark)
    if not _WHOLE.fullmatch(whole) or not _DECIMALS.fullmatch(decimals):
        return None
    value = float(re.sub(r"[ .,]", "", whole) + (f".{decimals}" if decimals else ""))
    return value if math.isfinite(value) else None


def unit_behind(text: str) -> str:
    """The unit behind a number, "" where there is none."""
    found = _NUMBER.fullmatch(text.strip())
    return (found[2] or "").strip() if found else ""


def _spelled(text: str) -> str | None:
    found = _NUMBER.fullmatch(text.strip())
    return _SPACES.sub("", found[1]).replace("\u2212", "-") if found else None


def number_of(cell: Cell, mark: str) -> float | None:
    """The number in a cell; None where it is none."""
    if isinstance(cell, bool) or cell is None:
        return None
    if isinstance(cell, float | int):
        return float(cell)
    return read_number(cell, mark) if isinstance(cell, str) else None
