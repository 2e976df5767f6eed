"""Networks from the files of other people and programs, with a report of what became of their parts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path, PurePath

from p2pdnr.errors import InputError, NetworkError, Problem
from p2pdnr.network.arrays import Network
from p2pdnr.network.readers import pandapower_excel, pandapower_file, pandapower_import
from p2pdnr.network.readers.json_text import parsed
from p2pdnr.network.readers.matpower import case_text, from_matpower
from p2pdnr.network.readers.report import Imported, Note
from p2pdnr.network.readers.table import from_table
from p2pdnr.network.readers.two_sheets import Choices, from_sheets
from p2pdnr.sheets.reading import is_table, read_sheets
from p2pdnr.sheets.sheet import Sheet
from p2pdnr.sheets.workbook import MOST_UNPACKED

Content = tuple[str, bytes]
"""Name and bytes of a file."""


def read_files(paths: Sequence[Path], choices: Choices | None = None, name: str = "") -> Imported:
    """The network in one file (a network table, a pandapower file, a MATPOWER case, a workbook) or in sheets of lines,
    buses and types; ``choices`` for what sheets leave open.

    Raises :class:`NetworkError`, or InputError of a table, with every problem.
    """
    return read_contents([(path.name, _bytes(path)) for path in paths], choices, name)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        reason = error.strerror or "cannot be opened"
        problem = Problem("network", "source", (path.name,), f"cannot be read: {reason}", "Check the file's name")
        raise NetworkError([problem]) from None


def read_contents(files: Sequence[Content], choices: Choices | None = None, name: str = "") -> Imported:
    """The same from what the files hold."""
    if files and all(is_table(title) for title, _ in files):
        return _from_tables(files, choices, name)
    if len(files) != 1:
        remedy = "Give one file, or several sheets (CSV, .xlsx) of lines, buses and types"
        raise NetworkError([Problem("file", "", tuple(title for title, _ in files), "do not belong together", remedy)])
    title, content = files[0]
    return _reader(title)(content, title, name or PurePath(title).stem)


def _from_tables(files: Sequence[Content], choices: Choices | None, name: str) -> Imported:
    return from_read(sheets_of(files), choices, name or PurePath(files[0][0]).stem)


def sheets_of(files: Sequence[Content], most_unpacked: int = MOST_UNPACKED) -> list[Sheet]:
    """All tables in files; a workbook may have so many bytes when unpacked. Raises :class:`NetworkError`."""
    try:
        return [sheet for called, content in files for sheet in read_sheets(content, called, most_unpacked)]
    except InputError as error:
        raise NetworkError(error.problems) from None


def from_read(sheets: Sequence[Sheet], choices: Choices | None, name: str) -> Imported:
    """The network of tables that have been read: those of a pandapower net, or of lines, buses and types."""
    try:
        if pandapower_excel.is_net(sheets):
            return pandapower_import.from_tables(pandapower_excel.tables(sheets), name)
        return from_sheets(sheets, name, choices)
    except NetworkError:
        raise
    except InputError as error:
        raise NetworkError(error.problems) from None


def _reader(title: str) -> Callable[[bytes, str, str], Imported]:
    readers: dict[str, Callable[[bytes, str, str], Imported]] = {".json": _json, ".m": _matpower}
    return readers.get(PurePath(title).suffix.lower(), _unknown)


def _json(content: bytes, title: str, name: str) -> Imported:
    document = parsed(content, title)
    if pandapower_file.is_net(document):
        return pandapower_import.from_document(document, name)
    return _as_it_is(from_table(document, name))


def _matpower(content: bytes, title: str, name: str) -> Imported:
    return _as_it_is(from_matpower(case_text(content, title), name))


def _unknown(_content: bytes, title: str, _name: str) -> Imported:
    from p2pdnr.network.readers import foreign

    told = foreign.by_suffix(title) or ("is no kind of file that is read", foreign.KINDS_READ)
    raise NetworkError([Problem("file", "", (title[:100],), *told)])


def _as_it_is(network: Network) -> Imported:
    notes = [Note("taken", "bus", (), f"{network.n_buses}"), Note("taken", "line", (), f"{network.n_lines}")]
    return Imported(network, (*notes, *(Note("approximated", "network", (), text) for text in network.remarks)))
