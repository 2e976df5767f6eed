"""The page with app.py and its solvers behind it, on the smallest day that has something to decide."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from scripts.page_door import ask
from tests.browser.driver import SLOW_MS, SOLVED_MS, Dashboard
from tests.browser.hands import give, pane
from tests.conftest import Chromium
from tests.dashboard.feeder_files import CASE, TABLE

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SMALL = {
    "name": "Two on a ring",
    "network": {"source": TABLE},
    "profiles": {"load": [1, 0.5], "pv": [0, 1]},
    "tariff": {"buy_eur_per_kwh": [0.3, 0.3], "sell_eur_per_kwh": [0.1, 0.1]},
    "prosumers": [
        {"id": "A", "bus": 2, "load_kw": 10, "battery": {"capacity_kwh": 4, "power_kw": 20, "initial_kwh": 0}},
        {"id": "B", "bus": 3, "pv_kw": 20},
    ],
}


@pytest.fixture(scope="module")
def home(live_server: str) -> str:
    """These tests solve."""
    return live_server


@pytest.fixture(scope="module")
def window(chromium: Chromium, home: str) -> Iterator[BrowserContext]:
    """A window on the server that solves."""
    with chromium.window(home) as opened:
        yield opened


COUNT_FIRST_PLANS = """() => {
  window.firstPlans = [];
  const title = () => document.getElementById("grid-title").textContent;
  p2pdnr.store.on("first", ({ first }) => {
    if (first) window.firstPlans.push(title());
  });
}"""
"""Keeps what the diagram was called while it showed a plan that was still being improved."""


def stored_energy(dashboard: Dashboard) -> float:
    """Most that A's battery holds at the end of an hour, kWh."""
    return max(dashboard.payload()["prosumers"]["day"]["energy_kwh"][0])


def test_an_import_is_solved_edited_compared_and_left_again(dashboard: Dashboard) -> None:
    give(dashboard, "feeder.m", CASE)
    expect(dashboard.changes).to_contain_text("Not solved yet")
    give(dashboard, "ring.json", json.dumps(SMALL))
    expect(dashboard.page.locator("#case option:checked")).to_have_text("Two on a ring")
    dashboard.solve()
    dashboard.choose_tab("trades")
    expect(dashboard.changes).to_have_text("As solved")
    assert set(ask(dashboard.page, "() => Object.keys(p2pdnr.store.get().results)")) == {
        "hourly", "static", "fixed", "fixed-no-p2p"
    }  # fmt: skip
    trades = dashboard.payload()["trades"]
    assert stored_energy(dashboard) <= 4 + 1e-3
    dashboard.type_into(dashboard.cell("A", "battery_capacity"), "16")
    dashboard.type_into(dashboard.cell("A", "battery_initial"), "8")
    dashboard.type_into(dashboard.cell("B", "pv_kw"), "40")
    ask(dashboard.page, COUNT_FIRST_PLANS)
    dashboard.solve()
    titles = ask(dashboard.page, "() => window.firstPlans")
    assert titles and all("first plan" in title for title in titles), "a plan on the way is drawn and called so"
    assert ask(dashboard.page, "() => p2pdnr.store.get().first") is None
    assert "first plan" not in dashboard.page.locator("#grid-title").inner_text()
    assert dashboard.payload()["trades"] != trades and stored_energy(dashboard) <= 16 + 1e-3
    opened = pane(dashboard, "compare")
    expect(opened.locator(".runs li")).to_have_count(3)
    expect(opened.locator(".runs li").first).to_contain_text("B: PV Peak 20 → 40")
    expect(opened.get_by_role("region", name="Bills")).to_contain_text("B")
    opened.get_by_role("button", name="Open solve 1").click()
    expect(dashboard.page.locator("#diagram [data-bus]")).to_have_count(33)
    expect(dashboard.changes).to_have_text("As solved")


def test_a_running_solve_is_cancelled(dashboard: Dashboard) -> None:
    before = dashboard.payload()
    dashboard.type_into(dashboard.cell(before["prosumers"]["id"][0], "load_kw"), "77")
    expect(dashboard.page.locator("#solve")).to_be_enabled(timeout=SLOW_MS)
    dashboard.page.locator("#solve").click()
    expect(dashboard.status).to_have_text(re.compile("iteration|ranking|reading"), timeout=SOLVED_MS)
    dashboard.page.locator("#cancel").click()
    expect(dashboard.status).to_contain_text("Cancelled", timeout=SLOW_MS)
    assert dashboard.payload() == before
    expect(dashboard.changes).to_contain_text("1 unsolved change")


def test_two_browsers_never_mix(dashboard: Dashboard, browser: Browser, home: str) -> None:
    context = browser.new_context(base_url=home)
    other = Dashboard(context.new_page()).open()
    renamed = json.loads(json.dumps(SMALL | {"name": "Another ring"}))
    renamed["prosumers"][1]["pv_kw"] = 33
    give(dashboard, "a.json", json.dumps(SMALL))
    give(other, "b.json", json.dumps(renamed))
    for one in (dashboard, other):
        expect(one.changes).to_contain_text("Not solved yet")
        expect(one.page.locator("#solve")).to_be_enabled(timeout=SLOW_MS)
        one.page.locator("#solve").click()
    for one, peak in ((dashboard, 20), (other, 33)):
        expect(one.status).to_have_text(re.compile("^Solved"), timeout=SOLVED_MS)
        assert max(one.payload()["prosumers"]["day"]["pv_available_kw"][1]) == peak
        expect(one.changes).to_have_text("As solved")
    assert ask(dashboard.page, "() => p2pdnr.store.get().ids") != ask(other.page, "() => p2pdnr.store.get().ids")
    context.close()
