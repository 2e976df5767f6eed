"""Files of tables, told apart by what they hold."""

from __future__ import annotations

from pathlib import Path, PurePath

from p2pdnr.sheets.sheet import Sheet, refused
from p2pdnr.sheets.text import read_text
from p2pdnr.sheets.workbook import read_workbook

SUFFIXES = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm")
"""Of files of tables."""
_OLD = (b"\xd0\xcf\x11\xe0", "is a workbook of an old Excel, or has a password", "Save it as .xlsx, without a password")
MOST_BYTES = 500_000_000


def read_sheets(data: bytes, name: str) -> list[Sheet]:
    """The tables in a file: one of text, or all sheets of a workbook; raises InputError where there are none."""
    if len(data) > MOST_BYTES:
        raise refused(name, f"has more than {MOST_BYTES // 1_000_000} MB", "Give a part of it")
    if data.startswith(_OLD[0]):
        raise refused(name, *_OLD[1:])
    return read_workbook(data, name) if data.startswith(b"PK\x03\x04") else [read_text(data, name)]


def read_file(path: Path) -> list[Sheet]:
    """The tables of a file on disk."""
    try:
        return read_sheets(path.read_bytes(), path.name)
    except OSError as error:
        reason = error.strerror or "cannot be opened"
        raise refused(path.name, f"cannot be read: {reason}", "Check the file's name") from None


def is_table(name: str) -> bool:
    """Whether a file's name says that it holds tables."""
    return PurePath(name).suffix.lower() in SUFFIXES
