"""The house rules that a machine can check: who may import whom, who may name what, and no hidden state."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.covered_elsewhere import COVERED

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "p2pdnr"

# Lowest first. A part may import the parts of lower floors and itself, never its neighbours.
FLOORS: tuple[tuple[str, ...], ...] = (
    ("errors", "resources"),
    ("solvers", "execution", "sheets", "languages"),
    ("telling",),
    ("network",),
    ("scenario",),
    ("meters", "forecasts"),
    ("market", "reconfiguration"),
    ("coordination",),
    ("results",),
    ("verification", "figures"),
    ("study_summary", "study_secure", "study_held", "study_loops", "report", "rolling_choices"),
    ("study", "rolling", "rest_of_day"),
    ("rolling_market",),
    ("preparation",),
    ("server", "api"),
    ("room",),
    ("dashboard",),
    ("cli",),
    ("__init__", "__main__"),
)
FLOOR = {part: floor for floor, parts in enumerate(FLOORS) for part in parts}

# Rooms of a part and the modules beside them, lowest first. Neighbours on one floor do not know each other.
ROOMS: dict[str, tuple[tuple[str, ...], ...]] = {
    "reconfiguration": (
        ("not_supplied",),
        ("terms",),
        ("topologies",),
        ("bounds",),
        ("models",),
        ("operator", "schedule", "outages", "days"),
        ("lagrangian", "risk", "day_bound", "horizon"),
        ("planning",),
    ),
    "coordination": (
        ("messages",),
        ("problem",),
        ("volt_var",),
        ("optimality", "admm"),
        ("plans",),
        ("progress",),
        ("schedule",),
        ("bound", "warm_start"),
        ("loop",),
        ("modes",),
        ("lever_modes", "held_voltages", "closed_loops", "uncoordinated"),
        ("free_market", "roles", "security"),
    ),
}

# Which parts may name which library; a library that is not listed is free.
LIBRARIES = {
    "clarabel": {"solvers"},
    "pyscipopt": {"solvers"},
    "cvxpy": {"solvers", "market", "reconfiguration", "coordination"},
    "pandapower": {"network", "results", "verification"},
    "plotly": {"figures", "dashboard", "api"},
    "flask": {"server", "room", "dashboard"},
    "dash": {"dashboard"},
    "dash_ag_grid": {"dashboard"},
}
HEAVY = ("pandapower", "cvxpy", "numba", "plotly", "dash", "pandas", "scipy", "pydantic")


@cache
def modules() -> dict[str, ast.Module]:
    """Every module of the package by its dotted name."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 2 else parts)
        found[name] = ast.parse(path.read_text(encoding="utf8"), str(path))
    return found


def part_of(module: str) -> str:
    """The part of the house a module belongs to: the name after ``p2pdnr``."""
    pieces = module.split(".")
    return pieces[1] if len(pieces) > 1 else "__init__"


def imported_names(tree: ast.AST) -> Iterator[str]:
    """Absolute dotted names of everything imported in ``tree``, inside functions too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"relative import in line {node.lineno}"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def imported_modules(tree: ast.AST) -> set[str]:
    """The package's own modules that ``tree`` imports."""
    known = modules()
    names = {name for name in imported_names(tree) if name.split(".")[0] == "p2pdnr"} - {"p2pdnr.__version__"}
    return {name if name in known else name.rpartition(".")[0] for name in names}


@cache
def graph() -> dict[str, set[str]]:
    """The package's modules that each of them imports."""
    return {name: (imported_modules(tree) - {name}) & set(modules()) for name, tree in modules().items()}


def code_strings(tree: ast.Module) -> Iterator[str]:
    """Identifiers and string constants that are not docstrings."""
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.value


def test_every_part_has_a_floor() -> None:
    assert {part_of(name) for name in modules()} <= set(FLOOR)


def test_imports_go_only_downward() -> None:
    upward = [
        f"{name} imports {target}"
        for name, tree in modules().items()
        for target in imported_modules(tree)
        if part_of(target) != part_of(name) and FLOOR[part_of(target)] >= FLOOR[part_of(name)]
    ]
    assert not upward, "\n".join(upward)


@pytest.mark.parametrize("part", ROOMS)
def test_imports_between_rooms_go_only_downward(part: str) -> None:
    floor = {room: number for number, rooms in enumerate(ROOMS[part]) for room in rooms}
    inside = f"p2pdnr.{part}."
    found = [
        (name, target)
        for name, tree in modules().items()
        if name.startswith(inside)
        for target in imported_modules(tree)
        if target.startswith(inside) and target.split(".")[2] != name.split(".")[2]
    ]
    upward = [f"{name} imports {to}" for name, to in found if floor[to.split(".")[2]] >= floor[name.split(".")[2]]]
    assert not upward, "\n".join(upward)


def test_no_import_cycles() -> None:
    def reaches(start: str) -> bool:
        seen: set[str] = set()
        stack = list(graph()[start])
        while stack:
            module = stack.pop()
            if module not in seen:
                seen.add(module)
                stack.extend(graph()[module])
        return start in seen

    assert not [name for name in graph() if reaches(name)]


def test_libraries_stay_where_they_belong() -> None:
    astray = [
        f"{name} imports {library}"
        for name, tree in modules().items()
        for imported in imported_names(tree)
        for library in [imported.split(".")[0]]
        if library in LIBRARIES and part_of(name) not in LIBRARIES[library]
    ]
    assert not astray, "\n".join(astray)


def test_only_one_file_names_the_solvers() -> None:
    named = {
        name
        for name, tree in modules().items()
        if any(re.fullmatch(r"(?i)clarabel|scip|pyscipopt", text) for text in code_strings(tree))
    }
    assert named <= {"p2pdnr.solvers"}


def mirrored(name: str) -> Path:
    """Where the test module of a module of the package is looked for."""
    *folders, last = name.split(".")[1:]
    return ROOT.joinpath("tests", *folders, f"test_{last}.py")


def has_code(tree: ast.Module) -> bool:
    """Whether a module says more than names of others."""
    return any(isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Assign | ast.AnnAssign) for node in tree.body)


def test_every_module_has_its_test_module_or_is_named_with_the_one_that_covers_it() -> None:
    packages = {".".join(path.parent.relative_to(ROOT).parts) for path in PACKAGE.rglob("__init__.py")}
    alone = {
        "/".join(name.split(".")[1:])
        for name, tree in modules().items()
        if name not in packages and part_of(name) not in ("__init__", "__main__") and has_code(tree)
        if not mirrored(name).exists()
    }
    assert alone - set(COVERED) == set(), "write a test module, or name in COVERED the one that judges it"
    assert set(COVERED) - alone == set(), "has a test module of its own, or is gone"


BY_NAME = {"p2pdnr.cli.main": "p2pdnr.cli.", "p2pdnr": "p2pdnr.api"}
"""What imports modules by name, and how the names of those begin."""


@cache
def reached_modules(test: Path) -> frozenset[str]:
    """Modules of the package that a test module and the helpers it imports bring along."""
    names = set(imported_names(ast.parse(test.read_text(encoding="utf8"))))
    names |= {name.rpartition(".")[0] for name in names}  # either may be a module
    helpers = {ROOT.joinpath(*name.split(".")).with_suffix(".py") for name in names if name.startswith("tests.")}
    found = names & set(modules())
    found |= {name for by, start in BY_NAME.items() if by in names for name in modules() if name.startswith(start)}
    found |= {name for helper in helpers if helper.exists() for name in reached_modules(helper)}
    waiting = list(found)
    while waiting:
        more = graph()[waiting.pop()] - found
        found |= more
        waiting += more
    return frozenset(found)


@pytest.mark.parametrize("module", COVERED)
def test_the_test_module_named_for_a_module_brings_it_along(module: str) -> None:
    test = ROOT / "tests" / f"{COVERED[module]}.py"
    assert test.exists()
    assert f"p2pdnr.{module.replace('/', '.')}" in reached_modules(test)


def test_no_test_module_imports_another() -> None:
    """What JavaScript is held against is made from the examples of Python tests, and may ask for them."""
    found = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in sorted((ROOT / "tests").rglob("*.py"))
        for name in imported_names(ast.parse(path.read_text(encoding="utf8")))
        if name.startswith("tests.") and ".test_" in name and "javascript" not in str(path)
    ]
    assert not found, "\n".join(found)


def test_no_utils_module() -> None:
    assert not [name for name in modules() if re.search(r"(^|[._])(utils?|helpers?|common|misc)($|[._])", name)]


MUTATORS = {"append", "add", "update", "extend", "insert", "pop", "popitem", "clear", "remove", "discard", "setdefault"}


def mutable_globals(tree: ast.Module) -> set[str]:
    """Names bound at module level to a list, dict or set."""
    displays = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp)
    makers = {"list", "dict", "set", "defaultdict", "deque", "Counter", "OrderedDict"}
    names = set()
    for node in tree.body:
        value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
        made = isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id in makers
        if isinstance(value, displays) or made:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]  # type: ignore[union-attr]
            names |= {target.id for target in targets if isinstance(target, ast.Name)}
    return names


def mutations(tree: ast.Module) -> Iterator[str]:
    """Every place that changes a module-level container or rebinds a module-level name."""
    containers = mutable_globals(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Global):
            yield f"line {node.lineno}: global {', '.join(node.names)}"
        held: ast.AST | None = None
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in MUTATORS:
            held = node.func.value
        elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store | ast.Del):
            held = node.value
        elif isinstance(node, ast.AugAssign):
            held = node.target
        if isinstance(held, ast.Name) and held.id in containers:
            yield f"line {node.lineno}: {held.id} is changed"  # type: ignore[attr-defined]


def test_no_state_at_module_level() -> None:
    changed = [f"{name} {where}" for name, tree in modules().items() for where in mutations(tree)]
    assert not changed, "\n".join(changed)


@pytest.mark.parametrize("code", ["CACHE = {}\ndef f(k): CACHE[k] = 1", "N = 0\ndef f():\n    global N\n    N = 1"])
def test_the_state_check_sees_state(code: str) -> None:
    assert list(mutations(ast.parse(code)))


def loaded_after(statement: str) -> set[str]:
    """Top-level modules in ``sys.modules`` of a new interpreter after ``statement``."""
    code = f"{statement}\nimport sys\nprint(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return {name.split(".")[0] for name in run.stdout.split("\n")[-2].split()}


def test_importing_the_package_is_light() -> None:
    assert not loaded_after("import p2pdnr") & set(HEAVY)


def tracked_texts() -> Iterator[tuple[str, str]]:
    """Path and text of every tracked file that is text."""
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if listing.returncode != 0:
        pytest.skip("not a git checkout")
    for name in filter(None, listing.stdout.split("\0")):
        path = ROOT / name
        if path.is_file() and path.suffix not in {".png", ".npz", ".ico", ".woff2", ".gif"}:
            yield name, path.read_text(encoding="utf8", errors="replace")


def test_no_machine_paths_or_registry_hosts() -> None:
    hosts = [
        ".".join(pieces) for pieces in (("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"), ("debian", "org"))
    ]
    folders = [f"/{name}/" for name in ("work", "root", "opt")]
    pattern = re.compile("|".join(re.escape(word) for word in hosts) + "|(?<![\\w.*/-])(" + "|".join(folders) + ")")
    found = [f"{name}: {match.group()}" for name, text in tracked_texts() if (match := pattern.search(text))]
    assert not found, "\n".join(found)
