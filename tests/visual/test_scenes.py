"""The list of scenes covers what the page has, and what is kept of them stays small."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.visual.capture import BASELINES
from tests.visual.facts import FACTS, path_of
from tests.visual.scenes import PICTURES, SCENES, Scene

MOST_PICTURE_BYTES, MOST_FACTS_BYTES = 80_000, 50_000


def test_every_theme_and_width_has_a_scene_and_pictures_are_scenes() -> None:
    assert {(item.theme, item.width) for item in SCENES} >= {
        (t, w) for t in ("light", "dark") for w in (390, 1280, 1920)
    }
    assert len({item.hour for item in SCENES}) >= 3
    assert {item.view for item in SCENES} >= {"error", "running", "loop"}
    assert set(PICTURES) <= {item.name for item in SCENES}
    assert {item.theme for item in SCENES if item.name in PICTURES} == {"light", "dark"}


@pytest.mark.visual
def test_every_tab_and_pane_of_the_page_has_a_scene(canvas: Page) -> None:
    canvas.goto(Scene("light", 1280).address)
    canvas.locator("html[data-ready='1']").wait_for(state="attached")
    tabs = canvas.locator("#tabs [role=tab]").evaluate_all("tabs => tabs.map(({ id }) => id.replace('tab-', ''))")
    panes = canvas.locator("#drawer-tabs [data-pane]").evaluate_all("tabs => tabs.map((tab) => tab.dataset.pane)")
    assert {item.tab for item in SCENES} == set(tabs)
    assert {item.pane for item in SCENES} == set(panes)


@pytest.mark.skipif(not BASELINES.exists(), reason="no pictures of this platform")
def test_what_is_kept_is_small_and_of_a_scene() -> None:
    pictures, facts = list(BASELINES.glob("*.webp")), list(FACTS.glob("*.txt"))
    assert {path.stem for path in pictures} == set(PICTURES)
    assert {path.name for path in BASELINES.iterdir()} == {*(path.name for path in pictures), "browser.txt"}
    assert sorted(facts) == sorted(map(path_of, SCENES))
    assert [path.name for path in pictures if path.stat().st_size > MOST_PICTURE_BYTES] == []
    assert [path.name for path in facts if path.stat().st_size > MOST_FACTS_BYTES] == []
