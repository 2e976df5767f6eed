"""A day in one file, opened from disk, shows what the page of the server shows: the same facts were agreed for both."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from p2pdnr.dashboard import days, one_file
from p2pdnr.resources import DATA
from tests.browser.driver import READY, SLOW_MS
from tests.visual import facts
from tests.visual.capture import is_same_browser, refuse_missing
from tests.visual.scenes import Scene

pytestmark = pytest.mark.visual

HOURLY = DATA / "results" / "ieee33-solar-hourly"
REGIONS = ("diagram", "legend", "timeline")
"""What a file has as the page has it; its bar and its figures have no references beside them."""


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The default day as a file."""
    path = tmp_path_factory.mktemp("file") / "day.html"
    own = days.from_files("day", HOURLY / "payload.json.gz", HOURLY)
    path.write_text(one_file.written(days.together([own])), encoding="utf8")
    return path


@pytest.mark.parametrize("scene", [Scene("light", 1280), Scene("dark", 390)], ids=lambda scene: scene.name)
def test_a_file_shows_what_the_page_shows(browser: Browser, file: Path, scene: Scene) -> None:
    refuse_missing(facts.path_of(scene))
    context = browser.new_context(
        viewport={"width": scene.width, "height": 900}, reduced_motion="reduce", locale="en-GB", timezone_id="UTC",
        offline=True,
    )  # fmt: skip
    page = context.new_page()
    page.goto(f"{file.as_uri()}{scene.address.removeprefix('/')}")
    expect(page.locator(READY)).to_be_attached(timeout=SLOW_MS)
    expect(page.locator("#chart-body").get_by_role("img").first).to_be_visible(timeout=SLOW_MS)
    shown, agreed = facts.at_rest(page), facts.read(facts.path_of(scene))
    context.close()
    exact = is_same_browser(browser.version)
    told = {region: shown[region][1:] for region in REGIONS}  # the first line says where on the page it stands
    wanted = {region: agreed[region][1:] for region in REGIONS}
    assert facts.differences(wanted, told, exact=exact) == []
    assert all(len(lines) > 5 for lines in told.values())
