"""The page as agreed: the facts of every scene as text, a picture of every main view, and what the result's tables
say.

All show the precomputed day with everything that moves held still; ``make baselines`` renews them. With the browser
that gave them nothing may differ but the rounding of a picture's colours; with another version of it places by a pixel
or two, and a fraction of a picture.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from p2pdnr.cli.pictures import compare
from p2pdnr.results.study_result import StudyResult
from tests.browser.driver import Dashboard
from tests.visual import facts
from tests.visual.capture import (
    ACTUAL,
    BASELINES,
    HERE,
    STAMP,
    is_same_browser,
    open_scene,
    packed,
    picture,
    refuse_missing,
    renderer,
    shows,
    turn_to,
)
from tests.visual.scenes import PICTURES, SCENES, Scene

pytestmark = pytest.mark.visual

Opened = dict[tuple[str, int], Page]
"""Open pages by theme and width."""

WITHOUT_PANE = {"present"}
"""Views without the pane at the bottom: nothing of it can be changed there."""


def baseline_of(scene: Scene) -> Path:
    """The file of a scene's picture."""
    return BASELINES / f"{scene.name}.webp"


def renew(scene: Scene, actual: bytes) -> None:
    """Store a picture unless the one that is there differs by rounding alone."""
    path = baseline_of(scene)
    path.parent.mkdir(parents=True, exist_ok=True)
    if not (path.exists() and compare(path.read_bytes(), actual, exact=True).same):
        path.write_bytes(packed(actual))


def check_result(page: Page, scene: Scene, result: StudyResult) -> None:
    """Open lines, counts and headline figures as the result's tables have them, whatever was agreed."""
    shown, hours = Dashboard(page), result.tables.hours.set_index("hour")
    assert shown.hour == scene.hour
    assert page.locator("#diagram [data-bus]").count() >= result.network.n_buses
    if scene.view not in ("loop", "dark"):
        assert shown.open_lines == [int(line) for line in str(hours["open_lines"][scene.hour]).split()]
        figures = shown.headlines.replace(",", "").replace("\u202f", "")
        assert f"{result.summary['objective_eur']:.0f}" in figures
        assert f"{hours['vm_min_pu'].min():.3f}" in figures
        assert f"{hours['operations'].sum():.0f}" in figures
    if scene.view == "loop":
        assert "loop" in page.locator("main").inner_text()
    if scene.view == "details":
        assert page.locator("#details").count() == 1
    if scene.view == "dark":
        assert "no power" in page.locator("main").inner_text()


def check_changes(page: Page, scene: Scene) -> None:
    """Each small change of the page is seen in its facts, and taken back it is as it was."""
    found: dict[str, str] = page.evaluate(facts.TRY_ALL)
    expected = dict.fromkeys(found, "seen")
    if scene.view in WITHOUT_PANE:
        expected |= {name: "nothing to change" for name in found if "of the pane" in name}
    assert found == expected
    assert len(found) >= 18


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_the_page_shows_what_was_agreed(
    opened: Opened, canvas: Page, stored_default: StudyResult, scene: Scene, request: pytest.FixtureRequest
) -> None:
    exact = is_same_browser(request.getfixturevalue("browser").version)
    if request.config.getoption("--renew-baselines"):
        open_scene(canvas, scene)
        check_result(canvas, scene, stored_default)
        facts.renew(scene, facts.at_rest(canvas))
        return
    refuse_missing(facts.path_of(scene))
    expected = facts.read(facts.path_of(scene))
    page = at_once(opened, canvas.context, scene)
    if page is None or facts.differences(expected, facts.take(page), exact=exact):
        page = canvas
        open_scene(page, scene)
    check_result(page, scene, stored_default)
    if facts.differences(expected, facts.take(page), exact=exact):
        check_facts_at_rest(page, scene, exact)
    check_changes(page, scene)


def at_once(opened: Opened, window: BrowserContext, scene: Scene) -> Page | None:
    """A page that is already open, led to the scene; that it does not show the scene proves nothing."""
    key = (scene.theme, scene.width)
    if scene.view:
        return None
    if key not in opened:
        opened[key] = window.new_page()
        open_scene(opened[key], scene)
    else:
        turn_to(opened[key], scene)
    return opened[key]


def check_facts_at_rest(page: Page, scene: Scene, exact: bool) -> None:
    """Compare once more when nothing moves any longer, and keep what differs for a person to look at."""
    expected, actual = facts.read(facts.path_of(scene)), facts.at_rest(page)
    found = facts.differences(expected, actual, exact=exact)
    if found:
        ACTUAL.mkdir(exist_ok=True)
        (ACTUAL / f"{scene.name}.txt").write_text(facts.written(actual, {}, ""), encoding="utf-8")
    assert not found, "\n".join([f"{scene.name}; see {ACTUAL}", *found[:60]])


@pytest.mark.parametrize("scene", [scene for scene in SCENES if scene.name in PICTURES], ids=lambda scene: scene.name)
def test_the_page_looks_as_agreed(canvas: Page, scene: Scene, request: pytest.FixtureRequest) -> None:
    exact, part = is_same_browser(request.getfixturevalue("browser").version), PICTURES[scene.name]
    open_scene(canvas, scene)
    if request.config.getoption("--renew-baselines"):
        renew(scene, picture(canvas, scene.name, part))
        return
    refuse_missing(baseline_of(scene))
    if not shows(canvas, baseline_of(scene).read_bytes(), exact=exact, part=part):
        check_picture_at_rest(canvas, scene, exact)


def check_picture_at_rest(page: Page, scene: Scene, exact: bool) -> None:
    """Compare once more when nothing moves any longer, and keep what differs for a person to look at."""
    actual = picture(page, scene.name, PICTURES[scene.name])
    comparison = compare(baseline_of(scene).read_bytes(), actual, exact=exact)
    if not comparison.same:
        ACTUAL.mkdir(exist_ok=True)
        (ACTUAL / f"{scene.name}.png").write_bytes(actual)
        if comparison.difference is not None:
            comparison.difference.save(ACTUAL / f"{scene.name}-difference.png")
    assert comparison.same, f"{scene.name}: {comparison.text}; see {ACTUAL}"


def test_the_baselines_are_stamped(browser: Browser, request: pytest.FixtureRequest) -> None:
    """Runs last: from then on facts and pictures belong to this browser."""
    if request.config.getoption("--renew-baselines"):
        STAMP.write_text(renderer(browser.version) + "\n", encoding="ascii")
        wanted = {
            STAMP,
            *(baseline_of(scene) for scene in SCENES if scene.name in PICTURES),
            *map(facts.path_of, SCENES),
        }
        for path in {*BASELINES.iterdir(), *facts.FACTS.iterdir()} - wanted:
            path.unlink()
    if BASELINES.exists():
        assert STAMP.exists(), f"{STAMP.relative_to(HERE)} is missing on {sys.platform}: make baselines writes it"
