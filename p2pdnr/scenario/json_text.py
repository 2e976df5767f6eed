"""JSON as text: reading that refuses what JSON leaves to chance, and writing that people like to read."""

from __future__ import annotations

import json
from typing import Any

from p2pdnr.errors import Problem, ScenarioError

MAX_BYTES = 32_000_000
"""Longer documents are refused: 10,000 prosumers take about 4 MB."""

_WIDTH = 110
_SCALARS = (str, int, float, bool, type(None))


def read(text: str | bytes) -> tuple[Any, list[Problem]]:
    """The value of a JSON text, with the keys that stand twice in an object as problems.

    NaN and Infinity are read as such, so that whoever judges the field can name it. Raises :class:`ScenarioError` for
    what is not JSON at all: with line and column, never a traceback.
    """
    text = _decode(text)
    problems: list[Problem] = []
    try:
        return json.loads(text, object_pairs_hook=_Objects(problems), parse_int=_whole_number), problems
    except json.JSONDecodeError as error:
        raise _refused(*_syntax(error, text)) from None
    except RecursionError:
        raise _refused("is nested too deeply", "Write it as docs/formats.md shows; six levels are enough") from None


def write(value: Any) -> str:
    """JSON text of a value: lists of numbers on one line, short objects too; two blanks per level, a final newline."""
    return _format(value, "", 0) + "\n"


def canonical(value: Any) -> str:
    """The one shortest text of a JSON value: keys sorted, whole numbers without a point."""
    return json.dumps(plain(value), sort_keys=True, separators=(",", ":"), allow_nan=False)


def plain(value: Any) -> Any:
    """The value with whole floats as integers (60.0 -> 60, -0.0 -> 0), as people write them."""
    if type(value) is float:
        return int(value) if value.is_integer() and abs(value) < 1e15 else value
    if isinstance(value, dict):
        return {key: item if type(item) is str else plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 1e15 else value


class _Objects:
    """Builds objects from their pairs and notes keys given twice."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems

    def __call__(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        result = {_well_formed(key): value for key, value in pairs}
        if len(result) < len(pairs):
            seen: set[str] = set()
            twice = {key for key, _ in pairs if key in seen or seen.add(key)}  # type: ignore[func-returns-value]
            self.problems += [_stands_twice(_well_formed(key), result) for key in sorted(twice)]
        return result


def _stands_twice(key: str, owner: dict[str, Any]) -> Problem:
    name = owner.get("id", owner.get("name"))
    where = f"in the object {name[:40]!r}" if isinstance(name, str) else "in one object"
    return Problem("document", key[:60], (), f"stands twice {where}", "Keep one of the two")


def _well_formed(key: str) -> str:
    """Half a surrogate pair cannot be written out again; it becomes the replacement character."""
    return key if key.isascii() else key.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _whole_number(digits: str) -> int | float:
    """Long integers become floats (perhaps infinite), which spares Python's limit on digits."""
    return int(digits) if len(digits) < 16 else float(digits)


def _decode(text: str | bytes) -> str:
    if len(text) > MAX_BYTES:
        raise _refused(f"has {len(text):,} bytes, more than {MAX_BYTES:,}", "Split the study into smaller scenarios")
    if isinstance(text, str):
        return text.removeprefix("\ufeff")
    try:
        return text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = text.count(b"\n", 0, error.start) + 1
        message = f"is not UTF-8 text: byte 0x{text[error.start]:02x} in line {line}"
        raise _refused(message, "Save the file with the encoding UTF-8") from None


def _syntax(error: json.JSONDecodeError, text: str) -> tuple[str, str]:
    if not text.strip():
        return "is empty", "Give a scenario as JSON; docs/formats.md shows one"
    line = (text.splitlines() or [""])[min(error.lineno, len(text.splitlines())) - 1]
    near = line[max(0, error.colno - 16) : error.colno + 15].strip()
    message = f"is not JSON: {error.msg[:1].lower()}{error.msg[1:]}, line {error.lineno} column {error.colno}"
    return message, f"Correct the text near {near!r}" if near else "Correct the text there"


def _refused(message: str, remedy: str) -> ScenarioError:
    return ScenarioError([Problem("document", "", (), message, remedy)])


def _format(value: Any, indent: str, lead: int) -> str:
    """``lead`` is the number of characters that already stand on the line."""
    line = _one_line(value)
    if line is not None and (_is_series(value) or lead + len(line) <= _WIDTH):
        return line
    deeper = indent + "  "
    if isinstance(value, dict):
        heads = [f"{deeper}{json.dumps(key, ensure_ascii=False)}: " for key in value]
        rows = [head + _format(item, deeper, len(head)) for head, item in zip(heads, value.values(), strict=True)]
        return "{\n" + ",\n".join(rows) + f"\n{indent}}}"
    rows = [deeper + _format(item, deeper, len(deeper)) for item in value]
    return "[\n" + ",\n".join(rows) + f"\n{indent}]"


def _is_series(value: Any) -> bool:
    """A scalar, a list of scalars, or an object that numbers them ({"3": 250, ...}): never broken over lines."""
    if isinstance(value, dict):
        return all(key.isdigit() and isinstance(item, _SCALARS) for key, item in value.items())
    return isinstance(value, _SCALARS) or (isinstance(value, list) and all(isinstance(x, _SCALARS) for x in value))


def _one_line(value: Any) -> str | None:
    """The value on one line, or None when it holds objects in lists or objects in objects."""
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    if not all(isinstance(item, _SCALARS) or (isinstance(item, list) and _is_series(item)) for item in items):
        return None
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
