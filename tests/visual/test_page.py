"""The page as pictures, and beside each picture the facts it must tell.

Pictures are of the precomputed day with everything that moves held still; ``make baselines`` renews them. With the
browser that took the baselines hardly a pixel may differ; with another version of it a fraction of a pixel may.
"""

from __future__ import annotations

import os
import sys

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from p2pdnr.cli.pictures import compare
from p2pdnr.results.study_result import StudyResult
from tests.browser.driver import Dashboard
from tests.visual.capture import ACTUAL, BASELINES, HERE, STAMP, open_scene, picture, renderer, shows, turn_to
from tests.visual.scenes import SCENES, Scene

pytestmark = pytest.mark.visual

Opened = dict[tuple[str, int], Page]
"""Open pages by theme and width."""


def renew(name: str, actual: bytes) -> None:
    """Store a picture unless the one that is there differs by rounding alone."""
    path = BASELINES / f"{name}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    if not (path.exists() and compare(path.read_bytes(), actual, exact=True).same):
        path.write_bytes(actual)


def is_same_browser(version: str) -> bool:
    """Whether the baselines were taken with this version and these fonts."""
    return STAMP.exists() and STAMP.read_text(encoding="ascii").strip() == renderer(version)


def check_facts(page: Page, scene: Scene, result: StudyResult) -> None:
    """Open lines, counts and headline figures as the result's tables have them, whatever the picture looks like."""
    shown, hours = Dashboard(page), result.tables.hours.set_index("hour")
    assert shown.hour == scene.hour
    assert page.locator("#diagram [data-bus]").count() >= result.network.n_buses
    if scene.view not in ("loop", "dark"):
        assert shown.open_lines == [int(line) for line in str(hours["open_lines"][scene.hour]).split()]
        figures = shown.headlines.replace(",", "").replace("\u202f", "")
        assert f"{hours['loss_kw'].sum() * result.scenario.step_h:.0f}" in figures
        assert f"{hours['vm_min_pu'].min():.3f}" in figures
        assert f"{hours['operations'].sum():.0f}" in figures
    if scene.view == "loop":
        assert "loop" in page.locator("main").inner_text()
    if scene.view == "details":
        assert page.locator("#details").count() == 1
    if scene.view == "dark":
        assert "dark" in page.locator("main").inner_text()


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_the_page_looks_as_agreed(
    opened: Opened, canvas: Page, stored_default: StudyResult, scene: Scene, request: pytest.FixtureRequest
) -> None:
    baseline, version = BASELINES / f"{scene.name}.png", request.getfixturevalue("browser").version
    renewing = request.config.getoption("--renew-baselines")
    if not renewing and is_seen_at_once(opened, canvas.context, scene, stored_default, is_same_browser(version)):
        return
    open_scene(canvas, scene)
    check_facts(canvas, scene, stored_default)
    if renewing:
        renew(scene.name, picture(canvas, scene.name))
        return
    if not baseline.exists() and not os.environ.get("CI"):
        pytest.skip(f"no pictures for {BASELINES.name}: make baselines takes them")
    assert baseline.exists(), f"{baseline.relative_to(HERE)} is missing: make baselines takes it"
    if not shows(canvas, baseline.read_bytes(), exact=is_same_browser(version)):
        check_at_rest(canvas, scene, is_same_browser(version))


def is_seen_at_once(opened: Opened, window: BrowserContext, scene: Scene, result: StudyResult, exact: bool) -> bool:
    """Whether a page that is already open shows the scene when it is led there; that it does not, proves nothing."""
    baseline, key = BASELINES / f"{scene.name}.png", (scene.theme, scene.width)
    if scene.view or not baseline.exists():
        return False
    if key not in opened:
        opened[key] = window.new_page()
        open_scene(opened[key], scene)
    else:
        turn_to(opened[key], scene)
    check_facts(opened[key], scene, result)
    return shows(opened[key], baseline.read_bytes(), exact=exact)


def check_at_rest(page: Page, scene: Scene, exact: bool) -> None:
    """Compare once more when nothing moves any longer, and keep what differs for a person to look at."""
    actual = picture(page, scene.name)
    comparison = compare((BASELINES / f"{scene.name}.png").read_bytes(), actual, exact=exact)
    if not comparison.same:
        ACTUAL.mkdir(exist_ok=True)
        (ACTUAL / f"{scene.name}.png").write_bytes(actual)
        if comparison.difference is not None:
            comparison.difference.save(ACTUAL / f"{scene.name}-difference.png")
    assert comparison.same, f"{scene.name}: {comparison.text}; see {ACTUAL}"


def test_the_baselines_are_stamped(browser: Browser, request: pytest.FixtureRequest) -> None:
    """Runs last: from then on the pictures belong to this browser."""
    if request.config.getoption("--renew-baselines"):
        STAMP.write_text(renderer(browser.version) + "\n", encoding="ascii")
        wanted = {f"{scene.name}.png" for scene in SCENES}
        for path in BASELINES.glob("*.png"):
            if path.name not in wanted:
                path.unlink()
    if BASELINES.exists():
        assert STAMP.exists(), f"{STAMP.relative_to(HERE)} is missing on {sys.platform}: make baselines writes it"
