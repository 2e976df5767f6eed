"""Small changes of the page that must not go unseen: one line's colour, a pixel of a dash, a figure, a mark."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page

from p2pdnr.cli.pictures import compare
from scripts.page_door import ask
from tests.visual.capture import open_scene, picture, shot, shows
from tests.visual.scenes import Scene

# A picture of the whole page resizes the window, and what is drawn again then is drawn right: so only what it shows.
pytestmark = pytest.mark.visual

SCENE = Scene("light", 1280)
MUTATIONS = {
    "colour of one line": "document.querySelectorAll('#diagram .wires .wire')[4].style.stroke = '#4a7f55'",
    "one pixel of a dash": "const open = document.querySelector('#diagram .wires .wire.open');"
    "const dash = getComputedStyle(open).strokeDasharray.split(',').map(parseFloat);"
    "open.style.strokeDasharray = dash.map((px, i) => px + (i === 0 ? 1 : 0)).join(' ')",
    "a width of one line": "document.querySelectorAll('#diagram .wires .wire')[20].style.strokeWidth = '1.2px'",
    "a digit of a figure": "const figure = [...document.querySelectorAll('#headlines *')]"
    ".filter((item) => !item.children.length && /[0-9]/.test(item.textContent))[0];"
    "figure.textContent = figure.textContent.replace(/[0-9]/, (digit) => (Number(digit) + 1) % 10)",
    "a bus moved by a pixel": "document.querySelector('#diagram [data-bus=\"30\"]').style.translate = '1px 0'",
}


@pytest.fixture(scope="module")
def still(quiet_window: BrowserContext) -> Iterator[tuple[Page, bytes]]:
    """The page as it is, and its picture."""
    page = quiet_window.new_page()
    open_scene(page, SCENE)
    yield page, picture(page, "untouched", whole=False)
    page.close()


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_small_change_is_seen(still: tuple[Page, bytes], name: str) -> None:
    page, untouched = still
    assert page.evaluate(f"() => {{ {MUTATIONS[name]}; return true; }}")
    changed = shot(page, whole=False)
    assert changed != untouched, "the change had no effect: it tests nothing"
    assert not compare(untouched, changed, exact=True).same
    ask(page, "() => p2pdnr.redraw()")
    assert shows(page, untouched, exact=True, whole=False), "drawn anew it is not the same again"


def test_the_same_page_is_the_same_bytes(canvas: Page, still: tuple[Page, bytes]) -> None:
    open_scene(canvas, SCENE)
    assert picture(canvas, "again", whole=False) == still[1]
