"""What a person types in a cell, and the number it means. Text stays as typed; a parser answers or says why not."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

PLAIN = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
COMMA = re.compile(r"[+-]?\d*,\d+", re.ASCII)
MINUS = str.maketrans({"−": "-", "\u00a0": "", "\u202f": ""})

Parse = Callable[[str], Any]
"""From the text of a cell to its value; raises CellError."""


class CellError(ValueError):
    """What is wrong with the text of one cell, as a sentence for the person who typed it."""


def number(text: str) -> float | int:
    """A finite number with a decimal point; whole ones stay whole."""
    plain = text.strip().translate(MINUS)
    if COMMA.fullmatch(plain):
        raise CellError(f"Write {plain.replace(',', '.')} with a decimal point; a comma is not read.")
    if not PLAIN.fullmatch(plain):
        raise CellError("This is not a number.")
    value = float(plain)
    if abs(value) > 1e9:
        raise CellError("This number is too large.")
    return int(value) if re.fullmatch(r"[+-]?\d+", plain) else value


def not_negative(text: str) -> float | int:
    """A number from 0."""
    value = number(text)
    if value < 0:
        raise CellError("This cannot be negative.")
    return value


def positive(text: str) -> float | int:
    """A number above 0."""
    value = number(text)
    if value <= 0:
        raise CellError("This must be above 0.")
    return value


def whole(text: str) -> int:
    """A whole number from 0."""
    value = not_negative(text)
    if value != int(value):
        raise CellError("This must be a whole number.")
    return int(value)


def bus(text: str) -> int:
    """A bus number, from 1."""
    value = whole(text)
    if value < 1:
        raise CellError("Buses are numbered from 1.")
    return value


def share(text: str) -> float | int:
    """A share from 0 to 1; "20 %" means 0.2."""
    plain = text.strip()
    percent = plain.endswith("%")
    value = number(plain.removesuffix("%"))
    value = round(value / 100, 12) if percent else value
    if not 0 <= value <= 1:
        raise CellError("This is a share from 0 to 1, or from 0 % to 100 %.")
    return value


def positive_share(text: str) -> float | int:
    """A share above 0."""
    value = share(text)
    if value == 0:
        raise CellError("This must be above 0.")
    return value


def prosumer_id(text: str) -> str:
    """An id; blanks around it do not count."""
    plain = text.strip()
    if not re.fullmatch(r"[A-Za-z0-9_ .-]{1,40}", plain):
        raise CellError("Use 1 to 40 letters, digits, blanks, points, hyphens or underscores.")
    return plain


def name(text: str) -> str:
    """Any name that is not empty."""
    return text.strip()


def series(text: str) -> list[float | int]:
    """Numbers with blanks or semicolons between them; "24 x 0.3" repeats one. A single number stands for all hours."""
    repeated = re.fullmatch(r"\s*(\d{1,3})\s*[x×*]\s*(\S+)\s*", text)
    if repeated:
        return [number(repeated.group(2))] * int(repeated.group(1))
    words = [word for word in re.split(r"[;\s]+|,(?=\s)", text.strip()) if word]
    return [number(word) for word in words]


def partners(text: str) -> str | int:
    """ "all", "none" or how many."""
    plain = text.strip().lower()
    if plain in ("all", "none"):
        return plain
    try:
        return whole(plain)
    except CellError:
        raise CellError("Write all, none, or how many partners each prosumer has.") from None


def write(value: Any) -> str:
    """The text of a value, which its parser reads back as the same value; nothing for None."""
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        constant = len(value) > 1 and len(set(value)) == 1
        return f"{len(value)} x {write(value[0])}" if constant else " ".join(map(write, value))
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return str(value)
