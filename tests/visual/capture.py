"""Taking a picture: a page that holds still, the scene's acts, and two pictures in a row that agree."""

from __future__ import annotations

import io
import os
import platform
import sys
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from p2pdnr.cli import fonts
from p2pdnr.cli.pictures import compare
from tests.browser.driver import SLOW_MS
from tests.visual.scenes import ACTS, Scene

HERE = Path(__file__).resolve().parent
PLATFORM = f"{sys.platform}-{platform.machine().lower()}"
BASELINES = HERE / "baselines" / PLATFORM
"""Pictures of this platform and architecture."""
ACTUAL = HERE / "actual"
WINDOW_PX = 740
"""Height of the window for a picture of it: grid, figures and charts."""
STAMP = BASELINES / "browser.txt"
"""What took them: versions of the browser and of the fonts."""


def renderer(version: str) -> str:
    """What takes pictures here: the browser, and the packages whose fonts it draws with."""
    return f"{version} with {fonts.versions()}"


def is_same_browser(version: str) -> bool:
    """Whether facts and pictures come from this version and these fonts."""
    return STAMP.exists() and STAMP.read_text(encoding="ascii").strip() == renderer(version)


def refuse_missing(path: Path) -> None:
    """What is missing fails where everything must run, and is skipped on a person's machine of another platform."""
    if not path.exists() and not os.environ.get("CI"):
        pytest.skip(f"nothing agreed for {BASELINES.name}: make baselines takes it")
    assert path.exists(), f"{path.relative_to(HERE)} is missing: make baselines makes it"


def open_scene(page: Page, scene: Scene) -> None:
    """Go to a scene and do what it asks for."""
    page.set_viewport_size({"width": scene.width, "height": 900})
    page.goto(scene.address)
    expect(page.locator("html[data-ready='1']")).to_be_attached(timeout=SLOW_MS)
    page.evaluate("document.fonts.ready.then(() => true)")
    expect(page.locator("#chart-body").locator(".plot .main-svg, table, .costs, .security").first).to_be_visible(
        timeout=SLOW_MS
    )
    if scene.tab == "why":
        expect(page.locator("#chart-body .landscape")).to_be_visible(timeout=SLOW_MS)
    if scene.view != "present":
        expect(page.locator(f"#pane-{scene.pane}")).to_be_visible()
        expect(page.locator("#changes")).not_to_be_empty(timeout=SLOW_MS)
    if scene.view != "present" and scene.pane == "prosumers":
        expect(page.locator("#prosumers [role=gridcell]").first).to_be_visible(timeout=SLOW_MS)
    expect_both_sides(page, scene)
    if scene.view in ACTS:
        ACTS[scene.view](page)


def expect_both_sides(page: Page, scene: Scene) -> None:
    """The best fixed topology, which the plan is compared with, arrives after the plan."""
    if scene.pane == "compare":
        expect(page.locator("#compare")).to_contain_text("hours differ", timeout=SLOW_MS)
    if scene.tab == "costs":
        expect(page.locator("#chart-body .costs")).not_to_contain_text("Comparing with", timeout=SLOW_MS)


def turn_to(page: Page, scene: Scene) -> None:
    """Lead an opened page of the scene's theme and width to its hour, chart and pane without loading it again."""
    page.set_viewport_size({"width": scene.width, "height": 900})
    if not page.locator(f"#pane-{scene.pane}").is_visible():
        page.locator(f"#drawer-tabs [data-pane='{scene.pane}']").dispatch_event("click")
    page.locator(f"#tab-{scene.tab}").dispatch_event("click")
    turn_to_hour(page, scene.hour)
    page.evaluate("if (document.activeElement) document.activeElement.blur(); window.scrollTo(0, 0)")
    expect(page.locator(f"#pane-{scene.pane}")).to_be_visible()
    expect_both_sides(page, scene)
    expect(page.locator(f"#tab-{scene.tab}")).to_have_attribute("aria-selected", "true")


def turn_to_hour(page: Page, hour: int) -> None:
    """By the keys of the time control, as a person does."""
    timeline = page.locator("#timeline")
    shown = int(timeline.get_attribute("aria-valuenow") or "0")
    if shown != hour:
        timeline.focus()
    for _ in range(abs(hour - shown)):
        page.keyboard.press("ArrowRight" if hour > shown else "ArrowLeft")
    expect(timeline).to_have_attribute("aria-valuenow", str(hour))


def stretch(page: Page) -> None:
    """Make the window as high as the page: a picture of the whole page would do so for each picture anew."""
    for _ in range(3):
        height = page.evaluate("document.documentElement.scrollHeight")
        size = page.viewport_size
        if size is None or size["height"] == height:
            return
        page.set_viewport_size({"width": size["width"], "height": height})
        page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def shot(page: Page, part: str = "") -> bytes:
    """What the window shows as PNG bytes, or of the whole page the one ``part`` that a selector names."""
    how: dict[str, Any] = {"animations": "disabled", "caret": "hide"}
    if part:
        stretch(page)
        return page.locator(part).screenshot(**how)
    page.set_viewport_size({"width": (page.viewport_size or {"width": 1280})["width"], "height": WINDOW_PX})
    return page.screenshot(**how)


def picture(page: Page, name: str, part: str = "") -> bytes:
    """A picture that three in a row agree on.

    Dimmed text may be rounded now this way and now that: after a while the same but for that will do.
    """
    taken = [shot(page, part)]
    for attempt in range(20):
        page.wait_for_timeout(150)
        taken.append(shot(page, part))
        if len(taken) > 2 and len(set(taken[-3:])) == 1:
            return taken[-1]
        if attempt > 6 and all(compare(other, taken[-1], exact=True).same for other in taken[-3:-1]):
            return taken[-1]
    raise AssertionError(f"{name} never came to rest")


def shows(page: Page, expected: bytes, *, exact: bool, tries: int = 3, part: str = "") -> bool:
    """Whether a picture of the page comes to be the expected one: a busy machine is given time to finish drawing."""
    for attempt in range(tries):
        if attempt:
            page.wait_for_timeout(200 * attempt)
        if compare(expected, shot(page, part), exact=exact).same:
            return True
    return False


def packed(png: bytes) -> bytes:
    """The same pixels as WebP without loss: a third of the bytes of the browser's PNG."""
    from PIL import Image

    packed = io.BytesIO()
    Image.open(io.BytesIO(png)).convert("RGB").save(packed, "WEBP", lossless=True, quality=100, method=6)
    return packed.getvalue()
