"""Marks of lines that ran: those that Python's own tracer sees, and no others."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pytest
from coverage.parser import PythonParser

from scripts.seen_lines import line_marks

TEXT = '''"""A module of every kind of statement."""
from __future__ import annotations

import contextlib
from dataclasses import dataclass

SIZE = (
    1 +
    2
)


@dataclass(frozen=True)
class Point:
    """Two numbers."""

    x: int
    y: int = 0

    @property
    def far(self) -> bool:
        """Whether it is far."""
        if self.x > 10:
            return True
        elif self.y > 10:
            return True
        return False


def kinds(value: int) -> str:
    match value:
        case 1:
            return "one"
        case 2:
            return "two"
        case _:
            pass
    try:
        with contextlib.suppress(KeyError):
            {}[value]
        raise ValueError(value)
    except KeyError:
        return "never"
    except ValueError:
        found = "wrong"
    else:
        found = "right"
    finally:
        value += 1
    while value < 8:
        value += 3
        if value > 100: break
    else:
        found += "!"
    for item in range(0):
        found += str(item)
    return found


def compiled_part(value):
    return value


def never():
    return 1


told = [kinds(1), kinds(5), Point(20).far, compiled_part(3)]
'''


def tracer(seen: set[int], path: str) -> Callable[[FrameType, str, Any], Any]:
    def look(frame: FrameType, event: str, _: Any) -> Any:
        if frame.f_code.co_filename != path:
            return None
        if event == "line":
            seen.add(frame.f_lineno)
        return look

    return look


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The module as a part of the package, whose marks go to a folder of its own."""
    file = tmp_path / "kinds.py"
    file.write_text(TEXT, encoding="utf8")
    (tmp_path / "marks").mkdir()
    monkeypatch.setattr(line_marks, "PACKAGE", tmp_path)
    monkeypatch.setenv(line_marks.FOLDER, str(tmp_path / "marks"))
    monkeypatch.delenv("NUMBA_DISABLE_JIT", raising=False)
    monkeypatch.setitem(sys.modules, "line_marks", line_marks)
    return file


def run(code: CodeType | None, name: str = "kinds") -> dict[str, Any]:
    assert code is not None
    names: dict[str, Any] = {"__name__": name}
    exec(code, names)
    return names


def test_a_line_is_marked_if_and_only_if_it_ran(source: Path) -> None:
    seen: set[int] = set()
    before = sys.gettrace()
    sys.settrace(tracer(seen, str(source)))
    try:
        told = run(compile(TEXT, str(source), "exec", dont_inherit=True), name="builtins")["told"]
    finally:
        sys.settrace(before)
    assert run(line_marks.marked(TEXT, str(source), ()), name="builtins")["told"] == told
    ((_, marks),) = line_marks.seen()
    parser = PythonParser(text=TEXT)
    parser.parse_source()
    assert parser.statements & parser.translate_lines(marks) == parser.statements & parser.translate_lines(seen)


def test_what_did_not_run_is_not_marked_and_what_is_compiled_stays_as_it_is(source: Path) -> None:
    text = TEXT.replace("def compiled_part", "def inner(f):\n    return f\n\n\n@inner\ndef compiled_part")
    source.write_text(text, encoding="utf8")
    lines = text.splitlines()
    names = run(line_marks.Loader("kinds", str(source)).get_code("kinds"), name="builtins")
    ((_, marks),) = line_marks.seen()
    for word in ('return "two"', 'return "never"', "return 1", "found += str(item)", 'found = "right"', "return value"):
        assert lines.index(next(line for line in lines if line.strip() == word)) + 1 not in marks, word
    assert lines.index("def never():") + 1 in marks and lines.index("@inner") + 1 in marks
    assert "__lines__" not in names["compiled_part"].__code__.co_names
    assert "__lines__" in names["never"].__code__.co_names


def test_what_an_overload_gives_to_numba_stays_as_it_is(source: Path) -> None:
    given = "def overload(f):\n    return lambda g: g\n\n\n@overload(never)\ndef _(value):\n    return compiled_part\n"
    source.write_text(f"{TEXT}\n\n{given}", encoding="utf8")
    names = run(line_marks.Loader("kinds", str(source)).get_code("kinds"), name="builtins")
    assert "__lines__" not in names["compiled_part"].__code__.co_names
    assert "__lines__" in names["never"].__code__.co_names


def test_a_changed_file_is_marked_anew(source: Path) -> None:
    assert run(line_marks.Loader("kinds", str(source)).get_code("kinds"), "builtins")["SIZE"] == 3
    assert run(line_marks.Loader("kinds", str(source)).get_code("kinds"), "builtins")["SIZE"] == 3
    source.write_text(TEXT.replace("    1 +", "    100 +"), encoding="utf8")
    assert run(line_marks.Loader("kinds", str(source)).get_code("kinds"), "builtins")["SIZE"] == 102


def test_modules_of_the_package_alone_are_marked(monkeypatch: pytest.MonkeyPatch) -> None:
    finder = line_marks.Finder()
    assert finder.find_spec("json", None) is None
    found = finder.find_spec("p2pdnr.errors", [str(line_marks.PACKAGE)])
    assert found is not None and isinstance(found.loader, line_marks.Loader)
    monkeypatch.setattr(line_marks, "PACKAGE", Path("/elsewhere"))
    found = finder.find_spec("p2pdnr.errors", [str(line_marks.ROOT / "p2pdnr")])
    assert found is not None and not isinstance(found.loader, line_marks.Loader)
