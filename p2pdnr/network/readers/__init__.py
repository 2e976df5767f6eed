"""Networks from built-in names, files and tables: :func:`read` is the one door."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from p2pdnr.errors import NetworkError, Problem
from p2pdnr.network.arrays import Network
from p2pdnr.network.readers.table import from_table, read_table, to_table
from p2pdnr.network.readers.text import from_text

__all__ = ["BUILT_IN", "built_in_names", "from_table", "from_text", "read", "to_table"]

BUILT_IN: tuple[str, ...] = ("case33bw",)
_TABLES = Path(__file__).parents[3] / "data" / "networks"


def built_in_names() -> tuple[str, ...]:
    """Names that :func:`read` knows without any file."""
    return BUILT_IN


def read(source: str | Mapping[str, Any], folder: Path | None) -> Network:
    """Read a network from a built-in name, an inline table or a file.

    A relative path is looked up in ``folder``, the place of the document that names it. ``folder=None`` means that the
    source comes from somebody who may not name files: every path is then refused before anything is opened.
    Raises :class:`NetworkError` with every problem found.
    """
    if not isinstance(source, str):
        return from_table(source)
    if (name := _built_in(source)) is not None:
        return read_table(_TABLES / f"{name}.json")
    return _file_reader(source)(_path(source, folder))


def _built_in(source: str) -> str | None:
    name = source.strip().lower()
    name = name if name.startswith("case") else f"case{name}"
    return name if name in BUILT_IN else None


def _file_reader(source: str) -> Callable[[Path], Network]:
    suffix = Path(source).suffix.lower()
    if suffix == ".json":
        return read_table
    raise _refused(source, "is neither a built-in name nor a .json or .m file")


def _path(source: str, folder: Path | None) -> Path:
    if folder is None:
        raise _refused(source, "is a path, and files cannot be named here")
    return folder / source


def _refused(source: str, message: str) -> NetworkError:
    remedy = f"Use a built-in name ({', '.join(BUILT_IN)}), an inline network table or a file next to the scenario"
    return NetworkError([Problem("network", "source", (source,), message, remedy)])
