"""The list of scenes covers what the page has."""

from __future__ import annotations

import re
from pathlib import Path

from tests.visual.scenes import SCENES

SCRIPT = Path(__file__).parents[2] / "assets" / "charts" / "tabs.js"


def test_every_tab_and_pane_theme_and_width_of_the_page_has_a_scene() -> None:
    tabs = re.findall(r'\["(\w+)", "\w+"\]', re.findall(r"const TABS = (.*);", SCRIPT.read_text(encoding="utf8"))[0])
    assert {item.tab for item in SCENES} == set(tabs)
    assert {item.pane for item in SCENES} == {"prosumers", "profiles", "settings", "compare"}
    assert {(item.theme, item.width) for item in SCENES} >= {
        (t, w) for t in ("light", "dark") for w in (390, 1280, 1920)
    }
    assert len({item.hour for item in SCENES}) >= 3
    assert {item.view for item in SCENES} >= {"error", "running", "loop"}
