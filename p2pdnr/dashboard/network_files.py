"""Networks that a browser brings as files of other programs: pandapower nets, workbooks, sheets of lines and buses.

They are read as data, as on the command line, within limits that keep reading them a matter of seconds.
"""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from p2pdnr.errors import NetworkError, Problem
from p2pdnr.network.arrays import Network
from p2pdnr.network.readers.report import Imported
from p2pdnr.scenario import size
from p2pdnr.sheets.sheet import Sheet

MAX_BYTES, MAX_UNPACKED, MAX_FILES = 3_000_000, 30_000_000, 4
"""Of all files together, of workbooks when unpacked, and how many may be given at once."""
MAX_ROWS, MAX_INDEX = 30_000, 1_000_000
"""Rows of all tables of a pandapower net that are read, and the largest index in one."""
_MOST_NOTES = 2_000
_COMMAND = "Use python -m p2pdnr network import for such a size, and open the table that it writes"


@dataclass(frozen=True)
class Brought:
    """A ``network``, the ``files`` it came in, and what became of their parts in words."""

    network: Network
    files: str
    notes: tuple[str, ...]

    @property
    def told(self) -> str:
        """All of it as one text."""
        return f"From {self.files}. {'. '.join(self.notes)[:_MOST_NOTES]}."


def is_foreign(document: Any) -> bool:
    """Whether a JSON document is a pandapower net, or says that it has to do with pandapower."""
    return isinstance(document, Mapping) and "_module" in document


def from_document(document: Mapping[str, Any], name: str) -> Brought:
    """The network of a pandapower net; raises :class:`NetworkError` with every problem."""
    from p2pdnr.network.readers import pandapower_file, pandapower_import

    tables = pandapower_file.tables(document)
    _limited(name, [len(table.index) for table in tables.tables.values()], _indices(tables))
    return _brought(pandapower_import.from_tables(tables, PurePath(name).stem), name)


def from_files(files: Sequence[Mapping[str, str]]) -> Brought:
    """The network of files, each with ``name`` and its bytes in ``base64``: a workbook, or sheets that belong together.

    Raises :class:`NetworkError` with every problem.
    """
    from p2pdnr.network.readers import importing

    contents = contents_of(files)
    return from_sheets(importing.sheets_of(contents, MAX_UNPACKED), ", ".join(name for name, _ in contents))


def from_sheets(sheets: Sequence[Sheet], name: str) -> Brought:
    """The network of tables that have been read."""
    from p2pdnr.network.readers import importing, pandapower_excel

    if pandapower_excel.is_net(sheets):
        tables = pandapower_excel.tables(sheets)
        _limited(name, [len(table.index) for table in tables.tables.values()], _indices(tables))
    else:
        _limited(name, [len(sheet.rows) for sheet in sheets], 0)
    return _brought(importing.from_read(sheets, None, PurePath(name.split(", ")[0]).stem), name)


def contents_of(files: Sequence[Mapping[str, str]]) -> list[tuple[str, bytes]]:
    """Name and bytes of the files that a browser sent; raises :class:`NetworkError` where these are too many."""
    contents = [(file["name"], _bytes(file)) for file in files]
    if len(contents) > MAX_FILES or sum(len(content) for _, content in contents) > MAX_BYTES:
        raise _refused(contents[0][0], f"are more than {MAX_FILES} files or {MAX_BYTES // 1_000_000} MB", _COMMAND)
    return contents


def _bytes(file: Mapping[str, str]) -> bytes:
    try:
        return b64decode(file["base64"], validate=True)
    except binascii.Error:
        raise _refused(file["name"], "was cut off on its way", "Import it once more") from None


def _indices(tables: Any) -> int:
    keys = (key for table in tables.tables.values() for key in table.index)
    return max((key for key in keys if isinstance(key, int)), default=0)


def _limited(name: str, rows: Sequence[int], index: int) -> None:
    if max(rows, default=0) > size.MAX_LINES or sum(rows) > MAX_ROWS:
        raise _refused(name, f"has a table of more than {size.MAX_LINES:,} rows, or {MAX_ROWS:,} in all", _COMMAND)
    if index > MAX_INDEX:
        raise _refused(
            name, f"has a row with the index {index:,}", "Number the rows from 0 (create_continuous_bus_index)"
        )


def _brought(imported: Imported, name: str) -> Brought:
    return Brought(imported.network, name[:300], tuple(map(str, imported.notes)))


def _refused(name: str, message: str, remedy: str) -> NetworkError:
    return NetworkError([Problem("file", "", (name[:100],), message, remedy)])
