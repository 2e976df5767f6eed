"""Which lines of the package ran, at next to no cost: every statement marks its line in a file that processes share.

A tracer is called for each line of Python that runs anywhere, those of cvxpy, pandas and pandapower among them, which
made the tests a third dearer. Here modules of the package are compiled with an assignment before each statement,
``__lines__[57] = 1``, into a file mapped to memory that has a byte for every line of the module. So nothing has to be
written at the end: what runs in a process that is killed counts as well.

Compiled kernels cannot mark anything and are left as they are, but for where kernels run interpreted.
"""

from __future__ import annotations

import marshal
import mmap
import os
import sys
from collections.abc import Iterator, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ast

FOLDER = "P2PDNR_LINES"
"""The variable of the environment that names the folder of the marks; without it nothing is marked."""

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "p2pdnr"
COMPILED = ("entry_point", "inner", "allocating", "register_jitable", "overload", "lower_builtin", "type_callable")
"""What decorates functions that numba takes as they stand."""

AS_IT_STANDS = ("lanes.py",)
"""Files whose functions numba may compile though nothing decorates them."""


def install() -> None:
    """Mark what is imported from now on, where the environment asks for it."""
    if os.environ.get(FOLDER):
        sys.meta_path.insert(0, Finder())


def place_of(source: Path) -> Path:
    """The file of the marks of a module."""
    return Path(os.environ[FOLDER]) / f"{'+'.join(source.relative_to(PACKAGE).parts)}.lines"


class Lines(mmap.mmap):
    """Marks in a file; a function that travels to another process by value takes a page of its own along."""

    def __reduce__(self) -> tuple[type[bytearray], tuple[int]]:
        return bytearray, (len(self),)


def lines_of(source: str) -> Lines:
    """A byte for every line of a file, shared by all processes."""
    path, size = place_of(Path(source)), Path(source).read_bytes().count(b"\n") + 2
    with open(os.open(path, os.O_RDWR | os.O_CREAT), "r+b") as file:
        if os.fstat(file.fileno()).st_size < size:
            file.truncate(size)
        return Lines(file.fileno(), size)


def seen() -> Iterator[tuple[Path, list[int]]]:
    """Every module of the package and its lines that ran, from 1."""
    for source in sorted(PACKAGE.rglob("*.py")):
        place = place_of(source)
        marks = place.read_bytes() if place.exists() else b""
        yield source, [line for line, mark in enumerate(marks) if mark]


class Finder(MetaPathFinder):
    """Finds what Python would find, and has modules of the package marked."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The module's place and how it is loaded."""
        if fullname.partition(".")[0] != "p2pdnr":
            return None
        found = PathFinder.find_spec(fullname, path, target)
        if found is not None and isinstance(found.loader, SourceFileLoader):
            source = Path(found.loader.path)
            if source.is_relative_to(PACKAGE) and (interpreted() or source.name not in AS_IT_STANDS):
                found.loader = Loader(fullname, found.loader.path)
        return found


def interpreted() -> bool:
    """Whether kernels run as plain Python."""
    return bool(os.environ.get("NUMBA_DISABLE_JIT"))


class Loader(SourceFileLoader):
    """Loads marked code; kept in the folder of the marks, as marking takes longer than to load."""

    def get_code(self, fullname: str) -> CodeType | None:
        """The module, every statement with its mark."""
        source = Path(self.path)
        about, kind = source.stat(), "interpreted" if interpreted() else "compiled"
        kept = Path(f"{place_of(source)}.{kind}-{about.st_mtime_ns}-{about.st_size}")
        if kept.exists():
            code: CodeType = marshal.loads(kept.read_bytes())
            return code
        code = marked(source.read_text(encoding="utf-8"), self.path, spared=() if interpreted() else COMPILED)
        early = kept.with_name(f"{kept.name}.{os.getpid()}")
        early.write_bytes(marshal.dumps(code))
        early.replace(kept)
        return code


def marked(text: str, path: str, spared: tuple[str, ...]) -> CodeType:
    """The code of a module with marks; functions below the decorators ``spared`` have none."""
    import ast

    tree = ast.parse(text, path)
    begin = ast.parse(f"__lines__ = __import__('line_marks').lines_of({path!r})").body
    first, spared = _first(tree.body), (*spared, *_handed_over(tree.body, spared))
    early = [mark for statement in tree.body[:first] if not _is_text(statement) for mark in _marks(statement)]
    rest = _with_marks(tree.body[first:], spared)
    tree.body = [*tree.body[:first], *begin, *early, *rest]
    return compile(ast.fix_missing_locations(tree), path, "exec", dont_inherit=True)


def _first(body: list[ast.stmt]) -> int:
    """How many statements of a module must stay first: its docstring and what it takes from the future."""
    import ast

    count = int(_is_text(body[0])) if body else 0
    while count < len(body) and isinstance(body[count], ast.ImportFrom) and body[count].module == "__future__":  # type: ignore[attr-defined]
        count += 1
    return count


def _is_text(statement: ast.stmt) -> bool:
    import ast

    value = getattr(statement, "value", None)
    return isinstance(statement, ast.Expr) and isinstance(value, ast.Constant) and isinstance(value.value, str)


def _with_marks(body: list[ast.stmt], spared: tuple[str, ...]) -> list[ast.stmt]:
    """Statements, those inside of them too, each behind its marks."""
    import ast

    found: list[ast.stmt] = []
    for place, statement in enumerate(body):
        if not (place == 0 and _is_text(statement)):
            found += _marks(statement)
        if not (isinstance(statement, ast.FunctionDef) and {statement.name, *_names(statement)} & set(spared)):
            for part in ("body", "orelse", "finalbody"):
                if inside := getattr(statement, part, None):
                    setattr(statement, part, _with_marks(inside, spared))
            passed: list[int] = []  # who gets to one of several ways has looked at those before
            for way in (*getattr(statement, "handlers", ()), *getattr(statement, "cases", ())):
                passed.append(getattr(way, "pattern", way).lineno)
                way.body = [*map(_mark, passed), *_with_marks(way.body, spared)]
        found.append(statement)
    return found


def _handed_over(body: list[ast.stmt], spared: tuple[str, ...]) -> Iterator[str]:
    """The names of what an overload gives numba to compile."""
    import ast

    for statement in body:
        if isinstance(statement, ast.FunctionDef) and _names(statement) & {"overload"} & set(spared):
            inside = (node for line in statement.body for node in ast.walk(line))
            yield from (node.id for node in inside if isinstance(node, ast.Name))


def _names(function: ast.FunctionDef) -> set[str]:
    """The names of a function's decorators."""
    import ast

    calls = (item.func if isinstance(item, ast.Call) else item for item in function.decorator_list)
    return {item.id for item in calls if isinstance(item, ast.Name)}


def _marks(statement: ast.stmt) -> list[ast.stmt]:
    """Of a statement's line, and of its decorators'."""
    return [_mark(item.lineno) for item in (*getattr(statement, "decorator_list", ()), statement)]


def _mark(line: int) -> ast.stmt:
    import ast

    (made,) = ast.parse(f"__lines__[{line}] = 1").body
    for node in ast.walk(made):
        for name in ("lineno", "end_lineno"):
            if hasattr(node, name):
                setattr(node, name, line)
    return made
