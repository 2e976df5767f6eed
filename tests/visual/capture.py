"""Taking a picture: a page that holds still, the scene's acts, and two pictures in a row that agree."""

from __future__ import annotations

import platform
import sys
from pathlib import Path

from playwright.sync_api import Page, expect

from p2pdnr.cli import fonts
from p2pdnr.cli.pictures import compare
from scripts.page_door import ask
from tests.browser.driver import SLOW_MS
from tests.visual.scenes import ACTS, Scene

HERE = Path(__file__).resolve().parent
BASELINES = HERE / "baselines" / f"{sys.platform}-{platform.machine().lower()}"
"""Pictures of this platform and architecture."""
ACTUAL = HERE / "actual"
STAMP = BASELINES / "browser.txt"
"""What took them: versions of the browser and of the fonts."""


def renderer(version: str) -> str:
    """What takes pictures here: the browser, and the packages whose fonts it draws with."""
    return f"{version} with {fonts.versions()}"


def open_scene(page: Page, scene: Scene) -> None:
    """Go to a scene and do what it asks for."""
    page.set_viewport_size({"width": scene.width, "height": 900})
    page.goto(scene.address)
    expect(page.locator("html[data-ready='1']")).to_be_attached(timeout=SLOW_MS)
    page.evaluate("document.fonts.ready.then(() => true)")
    expect(page.locator("#chart-body").locator(".plot .main-svg, table").first).to_be_visible(timeout=SLOW_MS)
    if scene.tab == "why":
        expect(page.locator("#chart-body .landscape")).to_be_visible(timeout=SLOW_MS)
    if scene.view != "present":
        expect(page.locator(f"#pane-{scene.pane}")).to_be_visible()
        expect(page.locator("#changes")).not_to_be_empty(timeout=SLOW_MS)
    if scene.view != "present" and scene.pane == "prosumers":
        expect(page.locator("#prosumers [role=gridcell]").first).to_be_visible(timeout=SLOW_MS)
    if scene.view in ACTS:
        ACTS[scene.view](page)


def turn_to(page: Page, scene: Scene) -> None:
    """Lead an opened page of the scene's theme and width to its hour, chart and pane without loading it again."""
    page.set_viewport_size({"width": scene.width, "height": 900})
    ask(
        page,
        "([pane, tab, hour]) => { p2pdnr.openPane(pane); p2pdnr.store.set({ tab, hour }); window.scrollTo(0, 0); }",
        [scene.pane, scene.tab, scene.hour],
    )
    expect(page.locator(f"#pane-{scene.pane}")).to_be_visible()
    expect(page.locator(f"#tab-{scene.tab}")).to_have_attribute("aria-selected", "true")


def stretch(page: Page) -> None:
    """Make the window as high as the page: a picture of the whole page would do so for each picture anew."""
    for _ in range(3):
        height = page.evaluate("document.documentElement.scrollHeight")
        size = page.viewport_size
        if size is None or size["height"] == height:
            return
        page.set_viewport_size({"width": size["width"], "height": height})
        page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def shot(page: Page, whole: bool = True) -> bytes:
    """The page as PNG bytes, ``whole`` or what the window shows of it."""
    if whole:
        stretch(page)
    return page.screenshot(animations="disabled", caret="hide")


def picture(page: Page, name: str, whole: bool = True) -> bytes:
    """A picture that three in a row agree on.

    Dimmed text may be rounded now this way and now that: after a while the same but for that will do.
    """
    taken = [shot(page, whole)]
    for attempt in range(20):
        page.wait_for_timeout(150)
        taken.append(shot(page, whole))
        if len(taken) > 2 and len(set(taken[-3:])) == 1:
            return taken[-1]
        if attempt > 6 and all(compare(other, taken[-1], exact=True).same for other in taken[-3:-1]):
            return taken[-1]
    raise AssertionError(f"{name} never came to rest")


def shows(page: Page, expected: bytes, *, exact: bool, tries: int = 3, whole: bool = True) -> bool:
    """Whether a picture of the page comes to be the expected one: a busy machine is given time to finish drawing."""
    for attempt in range(tries):
        if attempt:
            page.wait_for_timeout(200 * attempt)
        if compare(expected, shot(page, whole), exact=exact).same:
            return True
    return False
