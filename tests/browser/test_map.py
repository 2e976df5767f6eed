"""The map: buses moved by hand, areas of substations in colours, a grid of many hundred buses."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import expect

from scripts.page_door import ask
from tests.browser.driver import SLOW_MS, Dashboard, holds
from tests.browser.hands import give

pytestmark = pytest.mark.browser

MIDDLE = """(bus) => {
  const box = document.querySelector(`[data-bus="${bus}"]`).getBoundingClientRect();
  return [box.x + box.width / 2, box.y + box.height / 2];
}"""


def middle(dashboard: Dashboard, bus: int) -> tuple[float, float]:
    """Where a bus stands on the screen."""
    x, y = ask(dashboard.page, MIDDLE, bus)
    return float(x), float(y)


def drag(dashboard: Dashboard, bus: int, right: float, down: float) -> None:
    """Take a bus by the pointer, move it and let it go."""
    mouse, (x, y) = dashboard.page.mouse, middle(dashboard, bus)
    mouse.move(x, y)
    mouse.down()
    mouse.move(x + right / 2, y + down / 2)
    mouse.move(x + right, y + down)
    mouse.up()


def kept(dashboard: Dashboard) -> dict[str, Any]:
    """Places in the scenario that the page would save."""
    holds(dashboard.page, "() => Boolean(p2pdnr.store.get().verdict)")
    found: dict[str, Any] = json.loads(ask(dashboard.page, "() => p2pdnr.store.get().verdict.scenario"))["network"]
    return found.get("places", {})


def test_a_bus_is_moved_kept_and_put_back(dashboard: Dashboard) -> None:
    page, before = dashboard.page, middle(dashboard, 12)
    drag(dashboard, 12, 40.0, -30.0)
    assert middle(dashboard, 12) == pytest.approx(before, abs=1.0), "nothing moves before it is asked for"
    dashboard.press("Escape")
    page.locator("#diagram").hover()
    page.get_by_role("button", name="Move buses by hand").click()
    drag(dashboard, 12, 40.0, -30.0)
    assert middle(dashboard, 12) == pytest.approx((before[0] + 40.0, before[1] - 30.0), abs=1.5)
    expect(dashboard.changes).to_have_text("As solved")
    assert set(kept(dashboard)) == {"12"}
    ends = "(line) => [0, 1].map((k) => document.querySelector(`[data-line='${line}']`).getPointAtLength(1e6 * k).x)"
    place = "() => p2pdnr.view.drawing.places[11][0]"
    assert ask(page, ends, 11)[1] == pytest.approx(ask(page, place), abs=0.2), "its lines follow"
    page.locator('[data-bus="12"]').focus()
    dashboard.press("Shift+ArrowRight")
    assert middle(dashboard, 12)[0] > before[0] + 41.0
    assert ask(page, "() => document.activeElement.dataset.bus") == "12"
    dashboard.press("Control+z", "Control+z")
    assert middle(dashboard, 12) == pytest.approx(before, abs=1.0)
    assert kept(dashboard) == {}
    drag(dashboard, 20, 30.0, 20.0)
    page.get_by_role("button", name="Put all buses back").click()
    assert kept(dashboard) == {}
    page.get_by_role("button", name="Move buses by hand").click()


def grid(count: int) -> dict[str, Any]:
    """Two feeders of ``count`` buses each on a plan, from a substation at either end, joined by an open line."""
    buses = [{"vn_kv": 0.4, "p_kw": 0.05, "x": 10 * bus, "y": bus % 7} for bus in range(1, 2 * count + 1)]
    buses[0]["substation_voltage_pu"] = buses[-1]["substation_voltage_pu"] = 1.0
    ends = [(bus, bus + 1) for bus in range(1, 2 * count)]
    lines = [
        {"from": i, "to": j, "r_ohm": 0.0001, "x_ohm": 0.0001, "closed": i != count, "switchable": True}
        for i, j in ends
    ]
    return {"buses": buses, "lines": lines}


FILL = "(bus) => { const { mark } = p2pdnr.view.drawing.buses[bus - 1]; return mark && mark.style.fill; }"


def test_areas_of_substations_have_colours(opened_again: Dashboard) -> None:
    give(opened_again, "two.json", json.dumps(grid(4)))
    holds(opened_again.page, "() => Boolean(p2pdnr.store.get().sketch)")
    choice = opened_again.page.get_by_label("What colours tell")
    choice.select_option("substation")
    fills = [ask(opened_again.page, FILL, bus) for bus in range(1, 9)]
    assert len({*fills[:4]}) == len({*fills[4:]}) == 1
    assert fills[0] != fills[4]
    expect(opened_again.page.locator("#legend")).to_contain_text("fed by bus 8")
    opened_again.bus(6).hover()
    expect(opened_again.page.locator("#panel")).to_contain_text("bus 8")
    choice.select_option("loading")
    assert ask(opened_again.page, FILL, 1) != fills[0]


PAINTED = """() => [...document.querySelectorAll("#diagram .wires .painted path")]
  .reduce((sum, node) => sum + (node.getAttribute("d").match(/M/g) || []).length, 0)"""


def test_a_grid_of_many_hundred_buses_is_painted_and_numbered_where_one_looks(dashboard: Dashboard) -> None:
    page = dashboard.page
    give(dashboard, "many.json", json.dumps(grid(320)))
    holds(page, "() => Boolean(p2pdnr.store.get().sketch) && p2pdnr.store.get().sketch.network.buses === 640")
    assert ask(page, PAINTED) == 639, "every line once, closed or open"
    page.locator("#diagram").hover()
    expect(page.locator("#diagram .numbers text:visible")).to_have_count(0)
    for _ in range(6):
        page.get_by_role("button", name="Zoom in").click()
    expect(page.locator("#diagram .numbers text:visible").first).to_be_visible(timeout=SLOW_MS)
    dashboard.press("0")
    before = page.locator("#diagram .wires .painted").inner_html()
    ask(page, "() => p2pdnr.goTo(p2pdnr.store.get().hour < 12 ? 20 : 2)")
    holds(page, "(old) => document.querySelector('#diagram .wires .painted').innerHTML !== old", before)
    assert ask(page, PAINTED) == 639
