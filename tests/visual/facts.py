"""What the page shows as text: taken from the document, written so that a diff can be read, compared.

A file holds the regions of the page, each with one line for everything that is painted::

    [diagram]
    at 41,146 696x370
    path.wire 44,132 37x0 · stroke #43546a 3 round
    text.number "1" 41,142 7x15 · fill #5f646d 12px

Name, text, place from the corner of the region and size in pixels, way of a path; behind the dot its look: colours,
widths, letters, state of a control, what lies on it. Without a dot the look is that of the last line of that name.
``[diagram] as in light-1280`` stands for the lines of another file.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from pathlib import Path

from playwright.sync_api import Page

from tests.visual.capture import HERE, PLATFORM, stretch
from tests.visual.scenes import Scene

FACTS = HERE / "facts" / PLATFORM
"""Facts of this platform and architecture."""

READER = (HERE / "facts.js").read_text(encoding="utf-8")
CHANGER = (HERE / "changes.js").read_text(encoding="utf-8")
TAKE = f"async () => {{ {READER}\nreturn whenMet(() => facts(document.body)); }}"
TRY_ALL = f"async () => {{ {READER}\n{CHANGER}\nreturn whenMet(tryAll); }}"

NEAR_PX = 2.0
"""How far off a number of a place may be with another browser or other fonts than those that gave the facts."""

SHARE = 0.01
"""The same for lengths, as a share."""

QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
NUMBER = re.compile(r"(length )?(-?\d+(?:\.\d+)?)")

Facts = dict[str, list[str]]
"""Lines by region."""


def take(page: Page) -> Facts:
    """The facts of a page as it is."""
    stretch(page)
    found: Facts = page.evaluate(TAKE)
    return found


def at_rest(page: Page) -> Facts:
    """Facts that two looks in a row agree on."""
    before = take(page)
    for _ in range(30):
        page.wait_for_timeout(150)
        now = take(page)
        if now == before:
            return now
        before = now
    raise AssertionError("the page never came to rest")


def path_of(scene: Scene) -> Path:
    """The file of a scene."""
    return FACTS / f"{scene.name}.txt"


def base_of(scene: Scene) -> Scene | None:
    """The first view of the same theme and width, whose file other scenes refer to."""
    base = Scene(scene.theme, scene.width)
    return None if base == scene else base


def written(facts: Mapping[str, list[str]], base: Mapping[str, list[str]], name: str) -> str:
    """The text of a file; regions that are as in ``base``, a file of that ``name``, are not told again."""
    parts = [
        f"[{region}] as in {name}\n" if base.get(region) == lines else "\n".join([f"[{region}]", *lines, ""])
        for region, lines in facts.items()
    ]
    return "\n".join(parts)


def read(path: Path) -> Facts:
    """The facts of a file, with the regions that it takes from another one."""
    found: Facts = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if head := re.fullmatch(r"\[([\w-]+)\](?: as in ([\w-]+))?", line):
            region, other = head.groups()
            found[region] = lines = read(path.with_name(f"{other}.txt"))[region] if other else []
        elif line:
            lines.append(line)
    return found


def renew(scene: Scene, facts: Facts) -> None:
    """Write a scene's file unless it says the same already."""
    base, path = base_of(scene), path_of(scene)
    text = written(facts, read(path_of(base)) if base else {}, base.name if base else "")
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8", newline="\n")


def differences(expected: Facts, actual: Facts, *, exact: bool) -> list[str]:
    """The lines of a diff, region by region; none where both say the same, but for small shifts unless ``exact``."""
    found = [f"regions: {list(expected)} became {list(actual)}"] if list(expected) != list(actual) else []
    for region in [region for region in expected if region in actual]:
        before, after = expected[region], actual[region]
        if before != after and (exact or not are_near(before, after)):
            found += [f"[{region}]", *list(difflib.unified_diff(before, after, lineterm="", n=0))[2:]]
    return found


def are_near(before: list[str], after: list[str]) -> bool:
    """Whether lines differ in places alone, and by no more than another browser may shift them."""
    return len(before) == len(after) and all(map(_is_near, before, after))


def _is_near(before: str, after: str) -> bool:
    (words, numbers), (other_words, other_numbers) = _parts(before), _parts(after)
    return words == other_words and all(
        abs(place - other) <= (max(NEAR_PX, SHARE * place) if is_length else NEAR_PX)
        for (is_length, place), (_, other) in zip(numbers, other_numbers, strict=True)
    )


def _parts(line: str) -> tuple[list[str], list[tuple[bool, float]]]:
    """What must be the same of a line (name, texts, look, and the form of its place), and the numbers of its place:
    whether they are the length of a way, and px."""
    texts, rest = QUOTED.findall(line), QUOTED.sub("", line)
    placed, _, look = rest.partition("·")
    name, _, place = placed.partition(" ")
    numbers = [(bool(length), float(number)) for length, number in NUMBER.findall(place)]
    return [name, *texts, look, NUMBER.sub(r"\1#", place)], numbers
