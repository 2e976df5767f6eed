"""The page's scripts: rooms that import only downward, no cycle, nothing in global names; and Node's view of the rest.

ESLint holds the same rules where Node is there (eslint.config.js); these need no Node.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from p2pdnr.dashboard import assets
from p2pdnr.dashboard.assets import CLASSIC, DOOR, ENTRY, IN_FILE, ROOM, WORKERS, Assets
from p2pdnr.resources import ASSETS

# Lowest first. A room may import from those below it and from itself, never from its neighbours.
FLOORS: tuple[tuple[str, ...], ...] = (
    ("page",),
    ("io", "powerflow"),
    ("diagram",),
    ("drawer",),
    ("whatif", "preview"),
    ("charts",),
    ("lessons", "room"),
    ("app",),
)
FLOOR = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
CONFIGURED = Path(__file__).parents[1] / "eslint.config.js"

# Who may name what others put into the page's global object.
FOREIGN = {
    "dash_clientside": {"app/dash_callbacks.js", "drawer/dash.js"},
    "dash_ag_grid": {"drawer/dash.js"},
    "Plotly": {"charts/pens.js"},
}
ASSIGNED = re.compile(r"\b(?:window|self|globalThis)\.(\w+)\s*=[^=>]")


@cache
def tree() -> Assets:
    return assets.read(ASSETS)


def scripts() -> list[str]:
    return [name for name in tree().files if name.endswith(".js")]


def room(name: str) -> str:
    return name.split("/")[0]


def code(name: str) -> str:
    """A script without its comments."""
    text = tree().files[name].decode()
    return re.sub(r"/\*.*?\*/|(?<![:\"'`])//[^\n]*", "", text, flags=re.DOTALL)


def test_every_room_has_a_floor() -> None:
    assert {room(name) for name in scripts()} == set(FLOOR)
    said = repr([list(rooms) for rooms in FLOORS]).replace("'", '"')
    config = re.sub(r"\s|,(?=\s*])", "", CONFIGURED.read_text(encoding="utf8"))
    assert re.sub(r"\s", "", said) in config, "eslint.config.js has other floors"


def upward(files: Assets) -> Iterator[str]:
    for name in files.files:
        for other in assets.imported(files, name) if name.endswith(".js") else ():
            if room(other) != room(name) and FLOOR[room(other)] >= FLOOR[room(name)]:
                yield f"{name} imports {other}"


def test_rooms_import_only_downward() -> None:
    assert not list(upward(tree()))
    wrong = Assets({"page/a.js": b'import { b } from "../app/b.js";\n', "app/b.js": b"export const b = 1;\n"}, "")
    assert list(upward(wrong)) == ["page/a.js imports app/b.js"]


def test_no_module_imports_itself_by_way_of_others() -> None:
    for name in scripts():
        assert assets.needed(tree(), name)[-1] == name
    circle = {"a.js": b'import { b } from "./b.js";\n', "b.js": b'export * from "./a.js";\n'}
    with pytest.raises(ValueError, match=r"a\.js -> b\.js -> a\.js"):
        assets.needed(Assets(circle, ""), "a.js")


def test_every_import_is_found() -> None:
    """What names another module is an import that the links in the page's head know of, and its file is there."""
    for name in scripts():
        found = list(assets.imported(tree(), name))
        assert len(found) == len(re.findall(r'\bfrom\s*"\.|^import\s*"|\bimport\(', code(name), re.MULTILINE)), name
        assert set(found) <= set(tree().files), name


def test_every_script_has_its_place() -> None:
    beside = {other for worker in WORKERS for other in assets.needed(tree(), worker)}
    rooms = assets.needed(tree(), ROOM)
    assert {*assets.needed(tree(), ENTRY), *rooms, *beside, *CLASSIC, DOOR, IN_FILE} == set(scripts())
    assert not {DOOR, IN_FILE} & set(assets.needed(tree(), ENTRY))
    assert set(assets.needed(tree(), IN_FILE)) - {IN_FILE} < set(assets.needed(tree(), ENTRY))


def test_nothing_hangs_on_the_global_object() -> None:
    put = {(name, field) for name in scripts() for field in ASSIGNED.findall(code(name)) if not field.startswith("on")}
    assert put == {("app/dash_callbacks.js", "dash_clientside")}
    for field, allowed in FOREIGN.items():
        assert {name for name in scripts() if re.search(rf"\b{field}\b", code(name))} <= allowed, field


@pytest.mark.parametrize("name", CLASSIC)
def test_a_script_that_is_no_module_keeps_its_names(name: str) -> None:
    assert re.fullmatch(r"\s*\(function \(\) \{.*\}\)\(\);\s*", code(name), flags=re.DOTALL)


def test_scripts_are_short_and_lines_fit() -> None:
    lengths = {name: len(tree().files[name].splitlines()) for name in scripts()}
    assert max(lengths.values()) <= 300, lengths
    wide = [name for name, data in tree().files.items() if any(len(line) > 120 for line in data.decode().splitlines())]
    assert not wide
