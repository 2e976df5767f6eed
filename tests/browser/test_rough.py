"""The page in rough hands: double clicks, reloads, strange names and addresses, everything deleted."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from scripts.page_door import ask
from tests.browser.driver import SLOW_MS, Dashboard, holds
from tests.browser.hands import Held, pane, paste, taken

if TYPE_CHECKING:
    from p2pdnr.scenario.schema import Scenario

pytestmark = pytest.mark.browser

STRANGE = ("x" * 300, "Hof (Süd)", "<script>alert(1)</script>", "@p1>@p2", "A + B", "'; DROP TABLE")
"""Names that no prosumer may bear."""

TOO_FEW = "There are no two prosumers to choose from."

UNUSUAL = ("__proto__", "constructor", "toString", "Süd-Hof", "電気屋")
"""Names that it may."""


def names(dashboard: Dashboard) -> Locator:
    """Names of all prosumers in the table."""
    return dashboard.page.locator("#prosumers [role=gridcell][col-id='id']")


def test_a_double_click_solves_once(opened_again: Dashboard) -> None:
    orders: list[str] = []
    opened_again.page.on(
        "request", lambda request: orders.append(request.method) if request.url.endswith("/jobs") else None
    )
    expect(opened_again.page.locator("#solve")).to_be_enabled(timeout=SLOW_MS)
    opened_again.page.locator("#solve").dblclick()
    expect(opened_again.status).to_have_text(re.compile("^Solved"), timeout=SLOW_MS)
    assert orders == ["POST"]


def test_a_reload_in_mid_solve_leaves_edits_and_result(opened_again: Dashboard) -> None:
    page, before = opened_again.page, opened_again.payload()
    ask(page, "() => p2pdnr.changeDraft({ settings: { ...p2pdnr.currentDraft().settings, name: 'Solved for ever' } })")
    expect(page.locator("#solve")).to_be_enabled(timeout=SLOW_MS)
    page.locator("#solve").click()
    expect(opened_again.status).to_have_text(re.compile("iteration"), timeout=SLOW_MS)
    opened_again.open()
    expect(opened_again.changes).to_contain_text("1 unsolved change", timeout=SLOW_MS)
    expect(page.locator("#solve")).to_be_enabled(timeout=SLOW_MS)
    assert opened_again.payload() == before
    page.goto("about:blank")
    page.go_back()
    expect(opened_again.changes).to_contain_text("1 unsolved change", timeout=SLOW_MS)


def test_what_was_solved_outlives_a_reload_until_another_day_is_opened(opened_again: Dashboard) -> None:
    page, fee = opened_again.page, "() => p2pdnr.currentDraft().settings.trade_fee"
    ask(page, "() => p2pdnr.changeDraft({ settings: { ...p2pdnr.currentDraft().settings, trade_fee: '0.004' } })")
    opened_again.solve()
    opened_again.open()
    expect(opened_again.changes).to_contain_text("1 unsolved change", timeout=SLOW_MS)
    assert ask(page, fee) == "0.004"
    opened_again.open_case()
    expect(opened_again.changes).to_have_text("As solved", timeout=SLOW_MS)
    opened_again.open()
    expect(opened_again.changes).to_have_text("As solved", timeout=SLOW_MS)
    assert ask(page, fee) == "0.001"


def test_nothing_is_left_and_everything_still_works(seen: Dashboard, default_scenario: Scenario) -> None:
    boxes = seen.page.locator("#prosumers .ag-pinned-left-cols-container input[type=checkbox]")
    for row in range(len(default_scenario.prosumers)):
        boxes.nth(row).check()
    seen.page.locator("#delete").click()
    expect(seen.problems()).to_have_text("Scenario There is no prosumer. Add one.")
    expect(seen.page.locator("#solve")).to_be_disabled()
    for tab in ("trades", "prosumer", "bills"):
        seen.choose_tab(tab)
    for key in ("profiles", "compare", "settings"):
        pane(seen, key)
    seen.page.locator("#add-preference").click()
    expect(seen.status).to_have_text(TOO_FEW)
    seen.page.select_option("#partners-kind", "pairs")
    expect(seen.status).to_have_text(TOO_FEW)
    expect(seen.page.locator("#partners-kind")).to_have_value("nearest")
    pane(seen, "prosumers")
    for _ in range(2):  # one by one: the list of problems above the button goes with the first
        seen.page.locator("#add").click()
    expect(seen.problems()).to_have_count(0)
    expect(names(seen)).to_have_text(["Prosumer", "Prosumer 2"])


def test_the_chosen_prosumer_is_deleted(seen: Dashboard, default_scenario: Scenario) -> None:
    last = default_scenario.prosumers[-1].id
    ask(seen.page, "at => p2pdnr.store.set({ chosen: at, tab: 'prosumer' })", len(default_scenario.prosumers) - 1)
    expect(seen.page.locator("#caption")).to_contain_text(last, timeout=SLOW_MS)
    seen.cell(last, "bus").click()
    seen.page.locator("#delete").click()
    expect(seen.problems()).to_have_count(0)
    expect(seen.changes).to_contain_text("1 unsolved change")
    expect(names(seen)).to_have_text([prosumer.id for prosumer in default_scenario.prosumers[:-1]])
    expect(seen.page.locator("#caption")).to_contain_text(last)


def test_a_hundred_rows_are_pasted_over_the_table(seen: Dashboard, default_scenario: Scenario) -> None:
    seen.cell(default_scenario.prosumers[0].id, "id").click()
    paste(seen, "\n".join(f"P{number}\t{2 + number % 32}\t{number}" for number in range(100)))
    expect(seen.status).to_contain_text("85 prosumers added")
    expect(names(seen)).to_have_text([f"P{number}" for number in range(100)])
    expect(seen.changes).not_to_have_text("As solved", timeout=SLOW_MS)


def test_strange_names_are_told_and_never_obeyed(seen: Dashboard, default_scenario: Scenario) -> None:
    named = default_scenario.prosumers[0].id
    for name in (*STRANGE, *UNUSUAL):
        seen.type_into(seen.cell(named, "id"), name)
        named = name
        expect(seen.cell(name, "id")).to_have_text(name)
        expect(seen.problems()).to_have_count(int(name in STRANGE))
    expect(seen.changes).to_contain_text("1 unsolved change")
    assert seen.page.locator("#prosumers script, #problems script").count() == 0


RENAMED = """(names) => {
  const { store } = p2pdnr, { results } = store.get();
  const other = Object.fromEntries(Object.entries(results).map(([mode, payload]) => [mode, structuredClone(payload)]));
  Object.values(other).forEach(({ prosumers }) => names.forEach((name, k) => { prosumers.id[k] = name; }));
  store.set({ results: other });
  return results;
}"""
SHOWN = """() => [...document.querySelectorAll("#chart-body .scroll tr")].slice(1)
  .map((row) => row.querySelector(".n").getBoundingClientRect().right)"""


def test_long_names_push_nothing_off(seen: Dashboard) -> None:
    """Names of forty letters without a blank, and of scripts that run from the right."""
    page, names = seen.page, ["W" * 40, "Wohnungsbaugenossenschaft Nord am Kanal", "مخبز الحي الشمالي"]
    before = ask(page, RENAMED, names)
    try:
        seen.choose_tab("bills")
        edge = page.locator("#chart-body .scroll").evaluate("node => node.getBoundingClientRect().right")
        assert max(page.evaluate(SHOWN)) < edge
        ask(page, "() => p2pdnr.store.set({ chosen: 0 })")
        caption = page.locator("#caption")
        expect(caption).to_contain_text(names[0])
        assert caption.evaluate("node => node.scrollWidth <= node.clientWidth")
        page.set_viewport_size({"width": 390, "height": 844})
        seen.choose_tab("bills")
        holds(page, "() => document.documentElement.scrollWidth === 390")
    finally:
        ask(page, "() => p2pdnr.store.set({ chosen: null })")
        ask(page, "results => p2pdnr.store.set({ results })", before)


def test_a_window_that_changes_while_it_plays_goes_on(seen: Dashboard) -> None:
    seen.press("Home", "Space")
    for width in (390, 1900, 700, 1280):
        seen.page.set_viewport_size({"width": width, "height": 800})
    expect(seen.page.locator("#timeline")).not_to_have_attribute("aria-valuenow", "0", timeout=SLOW_MS)
    expect(seen.page.locator("#play")).to_have_text("Pause")
    seen.press("Space")
    expect(seen.page.locator("#play")).to_have_text("Play")


def test_everything_else_works_before_the_table_comes(page: Page) -> None:
    held = Held()
    page.route("**/_dash-layout*", held.hear)
    dashboard = Dashboard(page)
    dashboard.open_without_table()
    assert len(taken(dashboard, "svg")) > 10_000
    expect(dashboard.status).to_have_text("Saved.")
    page.locator("#try").click()
    page.locator("#leave").click()
    page.locator("#case").select_option("ieee33-quiet")
    holds(page, "() => p2pdnr.store.get().ids.hourly === 'ieee33-quiet-hourly'")
    expect(page.locator("#drawer-tabs")).to_have_count(0)
    held.answer()
    page.locator("#drawer-settings").click()
    expect(page.locator("#settings [name=name]")).to_have_value(re.compile("quiet", re.IGNORECASE))
    expect(dashboard.changes).to_have_text("As solved", timeout=SLOW_MS)


def test_a_silent_server_is_told_and_takes_no_later_word_away(seen: Dashboard) -> None:
    page, held = seen.page, Held()
    page.route("**/_dash-update-component*", held.hear)
    seen.type_into(seen.cell("Bakery", "load_kw"), "91")
    expect(seen.status).to_contain_text("What you typed is kept", timeout=SLOW_MS)
    page.locator("#worst").click()
    expect(seen.status).to_contain_text("Closest to its limit")
    held.answer()
    expect(seen.changes).to_contain_text("1 unsolved change", timeout=SLOW_MS)
    expect(seen.status).to_contain_text("Closest to its limit")


def test_a_case_that_comes_late_never_lands_on_a_later_one(opened_again: Dashboard) -> None:
    page, held = opened_again.page, Held()
    first = ask(page, "() => p2pdnr.store.get().ids")
    page.route("**/results/ieee33-quiet-hourly.json", held.hear)
    for case in ("ieee33-quiet", "ieee33-week"):
        with page.expect_response(f"**/cases/{case}.json"):
            page.locator("#case").select_option(case)
    held.answer()
    holds(page, "() => p2pdnr.store.get().ids.hourly === 'ieee33-week-hourly'")
    holds(page, "() => p2pdnr.view.payload === p2pdnr.store.get().results.hourly && p2pdnr.view.payload.hours > 24")
    for shown in ("ieee33-quiet-hourly", first["hourly"]):
        page.locator("#undo").click()
        holds(page, "id => p2pdnr.store.get().ids.hourly === id", shown)
        expect(opened_again.changes).to_have_text("As solved", timeout=SLOW_MS)


def test_an_address_with_nonsense_shows_the_first_view(page: Page) -> None:
    dashboard = Dashboard(page).open("/?hour=99&tab=nothing&mode=evil&pane=%3Cscript%3E&theme=pink&present=x")
    expect(dashboard.page.locator("#tab-costs")).to_have_attribute("aria-selected", "true")
    dashboard.shows_chart()
    expect(dashboard.page.locator("#pane-prosumers")).to_be_visible()
    assert 0 <= dashboard.hour < 24


LEFT_BEHIND = {
    "a row without the columns of today": ({"rows": [{"row": "p0", "id": "Left"}]}, "Fix "),
    "no rows": ({"rows": 5}, "As solved"),
    "a case that is gone": ({"rows": [], "origin": "gone"}, "As solved"),
}
"""What an earlier version of the page may have kept in a tab, and what comes of it."""


KEEP = """(() => { if (sessionStorage.getItem("seeded")) return;
  sessionStorage.setItem("seeded", "once");
  sessionStorage.setItem("p2pdnr-edits", JSON.stringify({ origin: "ieee33-solar", ...(%s) }));
})()"""


@pytest.fixture
def unwatched(window: BrowserContext) -> Iterator[Dashboard]:
    """A page yet to be opened; a browser logs what the server refuses."""
    dashboard = Dashboard(window.new_page())
    yield dashboard
    dashboard.page.close()


def keep(dashboard: Dashboard, draft: object) -> None:
    """Let the tab hold a draft before the page is opened for the first time."""
    dashboard.page.add_init_script(KEEP % json.dumps(draft))


@pytest.mark.parametrize("what", LEFT_BEHIND)
def test_what_an_earlier_page_kept_does_no_harm(unwatched: Dashboard, what: str) -> None:
    content, told = LEFT_BEHIND[what]
    keep(unwatched, content)
    unwatched.open()
    expect(unwatched.changes).to_contain_text(told, timeout=SLOW_MS)


def test_what_cannot_be_judged_is_dropped_in_the_end(unwatched: Dashboard) -> None:
    keep(unwatched, {"rows": [], "profiles": 5, "tries": 1})
    for _ in range(2):
        unwatched.open()
        expect(unwatched.status).to_contain_text("What you had typed is back", timeout=SLOW_MS)
    unwatched.open()
    expect(unwatched.changes).to_have_text("As solved", timeout=SLOW_MS)
