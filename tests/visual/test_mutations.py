"""Small changes that pictures must not miss either: one line's colour, a pixel of a dash, a figure, a mark.

That facts do not miss them in any scene is tried in test_page.py.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page

from p2pdnr.cli.pictures import compare
from tests.visual.capture import open_scene, packed, picture, shot, shows
from tests.visual.facts import CHANGER, READER
from tests.visual.scenes import Scene

pytestmark = pytest.mark.visual

SCENE = Scene("light", 1280)
MUTATIONS = {
    "colour of one line": "restyle(document.querySelectorAll('#diagram .wires .wire')[4], 'stroke', '#4a7f55')",
    "one pixel of a dash": "made('one pixel of a dash')",
    "a width of one line": "restyle(document.querySelectorAll('#diagram .wires .wire')[20], 'stroke-width', '1.2px')",
    "a digit of a figure": "made('a digit of a figure')",
    "a bus moved by a pixel": "restyle(document.querySelector('#diagram [data-bus=\"30\"]'), 'translate', '1px 0')",
    "a number of a bus hidden": "made('a number of a bus hidden')",
    "buses covered by lines": "made('buses covered by lines')",
    "a series of the chart missing": "made('a series of the chart missing')",
}
MADE = "const made = (name) => { const [item, act] = CHANGES[name][1](); return act(item); };"


@pytest.fixture(scope="module")
def still(quiet_window: BrowserContext) -> Iterator[tuple[Page, bytes]]:
    """The page as it is, and its picture."""
    page = quiet_window.new_page()
    open_scene(page, SCENE)
    yield page, picture(page, "untouched")
    page.close()


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_small_change_is_seen(still: tuple[Page, bytes], name: str) -> None:
    page, untouched = still
    undo = page.evaluate_handle(f"() => {{ {READER}\n{CHANGER}\n{MADE}\nreturn {MUTATIONS[name]}; }}")
    changed = shot(page)
    assert changed != untouched, "the change had no effect: it tests nothing"
    assert not compare(untouched, changed, exact=True).same
    page.evaluate("undo => undo()", undo)
    assert shows(page, untouched, exact=True), "taken back it is not the same again"


def test_the_same_page_is_the_same_bytes(canvas: Page, still: tuple[Page, bytes]) -> None:
    open_scene(canvas, SCENE)
    assert picture(canvas, "again") == still[1]


def test_packing_loses_nothing(still: tuple[Page, bytes]) -> None:
    kept = packed(still[1])
    assert len(kept) < len(still[1]) / 2
    assert compare(still[1], kept, exact=True).text == "0 pixels changed"
