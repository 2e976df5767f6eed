"""pandapower files read as data: tables of numbers and texts, and nothing else that they hold.

Such a file names Python modules and classes for its parts. Nothing is imported or called by these names: of a part that
is a table the rows are taken, cells that are numbers, texts, true, false or null, in columns that a power flow needs.
Controllers, characteristics and other objects are left where they are, which :attr:`Tables.left` says.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from p2pdnr.errors import NetworkError, Problem

MOST_INDEX = 10_000_000
"""pandapower keeps arrays as long as the largest index of a table."""
_OBJECTS = ("controller", "characteristic", "group")
_OLDEST = 2
"""Before that version files hold kW, with other signs."""


@dataclass(frozen=True)
class Table:
    """One table of a file: ``rows`` of cells by column, and what each row is called by (``index``)."""

    columns: tuple[str, ...]
    index: tuple[Any, ...]
    rows: tuple[tuple[Any, ...], ...]


@dataclass(frozen=True)
class Tables:
    """The tables of a file by name, its plain ``settings`` (sn_mva, f_hz, version), and what was ``left`` in it."""

    tables: Mapping[str, Table]
    settings: Mapping[str, Any]
    left: tuple[str, ...] = field(default=())


def is_net(document: object) -> bool:
    """Whether a JSON document says that it is a pandapower net."""
    if not isinstance(document, Mapping):
        return False
    return document.get("_class") == "pandapowerNet" or (
        str(document.get("_module", "")).startswith("pandapower") and "_object" in document
    )


def tables(document: Mapping[str, Any]) -> Tables:
    """The tables of a JSON document that :func:`is_net`; raises :class:`NetworkError` with every problem."""
    parts = document.get("_object")
    if isinstance(parts, str):
        parts = _unpacked(parts, "_object")
    if not isinstance(parts, Mapping):
        raise NetworkError([Problem("file", "_object", (), "holds no tables", "Save the net again with to_json")])
    found, problems = dict[str, Table](), list[Problem]()
    for name, part in parts.items():
        if isinstance(part, Mapping) and part.get("_class") == "DataFrame" and not name.startswith(("_", "res_")):
            try:
                found[name] = _table(name, part)
            except NetworkError as error:
                problems += error.problems
    if problems:
        raise NetworkError(problems)
    settings = {name: part for name, part in parts.items() if isinstance(part, int | float | str)}
    _check_version(settings)
    left = [f"{name}: {_count(found[name])}" for name in _OBJECTS if name in found and found[name].index]
    return Tables(found, settings | _model_of_trafos(parts), tuple(left))


def _model_of_trafos(parts: Mapping[str, Any]) -> dict[str, str]:
    """The transformer model that the file asks for, where it asks for one of the two."""
    options = parts.get("user_pf_options")
    model = options.get("trafo_model") if isinstance(options, Mapping) else None
    return {"trafo_model": model} if model in ("t", "pi") else {}


def _count(table: Table) -> str:
    return f"{len(table.index)} {'entry' if len(table.index) == 1 else 'entries'}"


def _unpacked(text: str, where: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise NetworkError([Problem("file", where, (), "is not JSON", "Save the net again with to_json")]) from None


def _table(name: str, part: Mapping[str, Any]) -> Table:
    """The rows of one part, which pandas has written by rows or by columns."""
    content, orient = part.get("_object"), part.get("orient", "split")
    if isinstance(content, str):
        content = _unpacked(content, name)
    try:
        if isinstance(content, Mapping) and {"columns", "index", "data"} <= content.keys():
            return _split(content)
        return _by_columns(content, orient)
    except (TypeError, ValueError, AttributeError, KeyError):
        message = "is a table whose rows cannot be told apart"
        raise NetworkError([Problem(name, "", (), message, "Save the net again with to_json")]) from None


def _split(content: Mapping[str, Any]) -> Table:
    columns, index, rows = content["columns"], content["index"], content["data"]
    if not all(isinstance(part, list) for part in (columns, index, rows)) or len(index) != len(rows):
        raise ValueError
    if any(not isinstance(row, list) or len(row) != len(columns) for row in rows):
        raise ValueError
    return Table(tuple(map(str, columns)), tuple(map(_number, index)), tuple(map(tuple, rows)))


def _by_columns(content: Any, orient: Any) -> Table:
    """{column: {index: cell}}, {index: {column: cell}} or a list of objects."""
    if orient == "records" or isinstance(content, list):
        columns = tuple(dict.fromkeys(str(name) for row in content for name in row))
        rows = tuple(tuple(row.get(name) for name in columns) for row in content)
        return Table(columns, tuple(range(len(rows))), rows)
    if orient == "index":
        columns = tuple(dict.fromkeys(str(name) for row in content.values() for name in row))
        rows = tuple(tuple(row.get(name) for name in columns) for row in content.values())
        return Table(columns, tuple(map(_number, content)), rows)
    columns, index = tuple(map(str, content)), tuple(dict.fromkeys(key for cells in content.values() for key in cells))
    rows = tuple(tuple(cells.get(key) for cells in content.values()) for key in index)
    return Table(columns, tuple(map(_number, index)), rows)


def _number(key: Any) -> Any:
    """The index of a row, which is a number also where JSON made a text of it."""
    return int(key) if isinstance(key, str) and re.fullmatch(r"\d{1,9}", key) else key


def _check_version(settings: Mapping[str, Any]) -> None:
    said = str(settings.get("format_version") or settings.get("version") or "")
    first = re.match(r"(\d{1,4})\.", said)
    if first and int(first[1]) < _OLDEST:
        remedy = "Open it with pandapower 2 or newer and save it again with to_json, if it is yours"
        raise NetworkError([Problem("file", "version", (said[:20],), "has powers in kW and other signs", remedy)])


def column(table: Table, name: str) -> list[Any]:
    """The cells of one column."""
    place = table.columns.index(name)
    return [row[place] for row in table.rows]


def bad_index(name: str, table: Table) -> Iterator[Problem]:
    """What is wrong with the index of a table."""
    wrong = [key for key in table.index if not _is_index(key)]
    if wrong:
        ids = tuple(str(key)[:40] for key in wrong[:20])
        yield Problem(name, "index", ids, "is no whole number from 0", "Number the rows 0, 1, 2 ...")
    elif twice := _repeated(table.index):
        yield Problem(name, "index", tuple(map(str, twice[:20])), "stands twice", "Give every row an index of its own")


def _is_index(key: Any) -> bool:
    return isinstance(key, int) and not isinstance(key, bool) and 0 <= key <= MOST_INDEX


def _repeated(keys: Iterable[Any]) -> list[Any]:
    seen, twice = set[Any](), list[Any]()
    for key in keys:
        twice += [key] if key in seen else []
        seen.add(key)
    return twice
