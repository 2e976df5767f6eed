"""The page as pictures: both themes at three widths, and each kind of chart.

Pictures are of the precomputed day at a fixed hour, with everything that moves held still; ``make baselines`` renews
them.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.visual.comparison import compare

pytestmark = pytest.mark.visual

HERE = Path(__file__).resolve().parent
BASELINES = HERE / "baselines" / sys.platform
ACTUAL = HERE / "actual"


@dataclass(frozen=True)
class Scene:
    """One view: what the address asks for and how wide the window is."""

    theme: str
    width: int
    tab: str = "losses"
    pane: str = "prosumers"
    view: str = ""

    @property
    def name(self) -> str:
        """File name without suffix."""
        usual = ("losses", "prosumers", "")
        parts = [f"-{part}" for part in (self.tab, self.pane, self.view) if part not in usual]
        return f"{self.theme}-{self.width}{''.join(parts)}"

    @property
    def address(self) -> str:
        """Path and query."""
        asked = f"/?hour=12&theme={self.theme}&tab={self.tab}&pane={self.pane}&freeze=1"
        return asked + ("&present=1" if self.view == "present" else "")


VIEWS = [Scene(theme, width) for theme in ("light", "dark") for width in (390, 1280, 1920)]
STEPS = {
    "loop": ("document.getElementById('try').click()", "p2pdnr.toggleLine(32)"),
    "dark": ("document.getElementById('try').click()", "p2pdnr.toggleLine(4)"),
    "details": ("document.querySelector('[data-bus=\"14\"]').dispatchEvent(new MouseEvent('click', {bubbles: true}))",),
}
"""What is done on the page before the picture of a view is taken."""

EXPLORING = [
    Scene("light", 1280, "why"),
    Scene("light", 390, view="loop"),
    Scene("dark", 1280, view="dark"),
    Scene("light", 1280, view="details"),
    Scene("light", 1920, view="present"),
]
CHARTS = [Scene("light", 1280, tab) for tab in ("voltages", "trades", "prices", "prosumer", "convergence")]
PANES = [Scene("light", 1280, pane=pane) for pane in ("profiles", "settings", "compare")]
PANES += [Scene("dark", 390, pane=pane) for pane in ("profiles", "compare")]


@pytest.fixture(scope="module")
def canvas(browser: Browser, live_server: str) -> Iterator[Page]:
    """A page that holds still; one for all scenes."""
    context = browser.new_context(base_url=live_server, reduced_motion="reduce", locale="en-GB", timezone_id="UTC")
    yield context.new_page()
    context.close()


def picture(page: Page, scene: Scene) -> bytes:
    """The whole page of a scene as PNG bytes, taken when two pictures in a row agree."""
    page.set_viewport_size({"width": scene.width, "height": 900})
    page.goto(scene.address)
    expect(page.locator("html[data-ready='1']")).to_be_attached(timeout=20_000)
    expect(page.locator("#chart-body").locator(".plot .main-svg, table").first).to_be_visible(timeout=20_000)
    if scene.tab == "why":
        expect(page.locator("#chart-body .landscape")).to_be_visible(timeout=20_000)
    if scene.view != "present":
        expect(page.locator(f"#pane-{scene.pane}")).to_be_visible()
    for step in STEPS.get(scene.view, ()):
        page.evaluate(step)
    before = b""
    for _ in range(20):
        now = page.screenshot(full_page=True, animations="disabled", caret="hide")
        if now == before:
            return now
        before = now
        page.wait_for_timeout(150)
    pytest.fail(f"{scene.name} never came to rest")


@pytest.mark.parametrize("scene", VIEWS + CHARTS + PANES + EXPLORING, ids=lambda scene: scene.name)
def test_the_page_looks_as_agreed(canvas: Page, scene: Scene, request: pytest.FixtureRequest) -> None:
    baseline, actual = BASELINES / f"{scene.name}.png", picture(canvas, scene)
    if request.config.getoption("--renew-baselines"):
        baseline.parent.mkdir(parents=True, exist_ok=True)
        if not baseline.exists() or not compare(baseline.read_bytes(), actual).same:
            baseline.write_bytes(actual)
        return
    if not baseline.exists() and not os.environ.get("CI"):
        pytest.skip(f"no pictures for {sys.platform}: make baselines takes them")
    assert baseline.exists(), f"{baseline.relative_to(HERE)} is missing: make baselines takes it"
    comparison = compare(baseline.read_bytes(), actual)
    if not comparison.same:
        ACTUAL.mkdir(exist_ok=True)
        (ACTUAL / f"{scene.name}.png").write_bytes(actual)
        if comparison.difference is not None:
            comparison.difference.save(ACTUAL / f"{scene.name}-difference.png")
    assert comparison.same, f"{scene.name}: {comparison.text}; see {ACTUAL}"
