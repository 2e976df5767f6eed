"""Taking a picture: a page that holds still, the scene's acts, and two pictures in a row that agree."""

from __future__ import annotations

import platform
import sys
from pathlib import Path

from playwright.sync_api import Page, expect

from p2pdnr.cli import fonts
from tests.visual.comparison import compare
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
    expect(page.locator("html[data-ready='1']")).to_be_attached(timeout=20_000)
    page.evaluate("document.fonts.ready.then(() => true)")
    expect(page.locator("#chart-body").locator(".plot .main-svg, table").first).to_be_visible(timeout=20_000)
    if scene.tab == "why":
        expect(page.locator("#chart-body .landscape")).to_be_visible(timeout=20_000)
    if scene.view != "present":
        expect(page.locator(f"#pane-{scene.pane}")).to_be_visible()
        expect(page.locator("#changes")).not_to_be_empty(timeout=20_000)
    if scene.view != "present" and scene.pane == "prosumers":
        expect(page.locator("#prosumers [role=gridcell]").first).to_be_visible(timeout=20_000)
    if scene.view in ACTS:
        ACTS[scene.view](page)


def picture(page: Page, name: str, whole: bool = True) -> bytes:
    """The page as PNG bytes, ``whole`` or what the window shows of it, taken when two pictures in a row agree.

    Dimmed text may be rounded now this way and now that: after a while the same but for that will do.
    """
    before = b""
    for attempt in range(20):
        now = page.screenshot(full_page=whole, animations="disabled", caret="hide")
        if now == before or (attempt > 5 and compare(before, now, exact=True).same):
            return now
        before = now
        page.wait_for_timeout(150)
    raise AssertionError(f"{name} never came to rest")
