"""The operator's roles side by side: started by a button, told by name, missing ones with their reason."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pytest
from playwright.sync_api import expect

from tests.browser.access import THEMES, complaints
from tests.browser.driver import SLOW_MS, Dashboard, holds

pytestmark = pytest.mark.browser

STOOD_FOR = {"One optimum": "hourly", "Curtail": "static", "Envelopes": "fixed"}
"""Name of a role on the page -> the mode whose stored result stands for it here."""


def worse_off(dashboard: Dashboard, mode: str) -> list[tuple[str, float]]:
    """Who pays more than by the retailer's tariff alone in a stored result, and how much, the worst off first."""
    payload = dashboard.payload(mode)
    bills, ids = payload["bills"], payload["prosumers"]["id"]
    more: Iterable[float] = (
        total - alone for total, alone in zip(bills["total_eur"], bills["retail_only_uncharged_eur"], strict=True)
    )
    return sorted(((name, eur) for name, eur in zip(ids, more, strict=True) if eur > 0.05), key=lambda one: -one[1])


def compare(dashboard: Dashboard) -> None:
    """Open the roles, press the button and wait for the end."""
    dashboard.choose_tab("modes")
    dashboard.page.locator("#sides-by-side").get_by_label("roles").check(force=True)
    dashboard.page.locator("#roles-start").click()
    expect(dashboard.page.get_by_role("button", name="Compare again")).to_be_visible(timeout=SLOW_MS)


def test_roles_are_compared_and_say_first_who_is_worse_off_than_by_the_tariff(seen: Dashboard) -> None:
    page = seen.page
    holds(page, "() => ['static', 'fixed'].every((mode) => p2pdnr.store.get().results[mode])")
    lost = {name: worse_off(seen, mode) for name, mode in STOOD_FOR.items()}
    hardest = max(lost, key=lambda name: sum(eur for _, eur in lost[name]))
    compare(seen)
    caption = page.locator("#caption")
    expect(caption).to_contain_text(re.compile(rf"^{hardest}: Worse off than by the retailer.s tariff alone"))
    expect(caption).to_contain_text(lost[hardest][0][0])
    figures = page.locator("#chart-body table.modes")
    assert figures.locator("thead th").all_inner_texts() == ["The day", *STOOD_FOR]
    losers = figures.get_by_role("row", name=re.compile("Lose against the tariff")).locator("td").all_inner_texts()
    assert losers == [str(len(lost[name])) for name in STOOD_FOR]
    first_named = page.locator("#chart-body .roles-names dd p:first-child").all_inner_texts()
    for told, name in zip(first_named, STOOD_FOR, strict=True):
        assert told.startswith("pay more than the tariff alone: ")
        for who, eur in lost[name][:3]:
            # the table's cents are rounded already, and halves of a tenth may have come from either side
            assert any(f"{who} {eur + rest:,.1f}" in told for rest in (-0.005, 0.0, 0.005))
    expect(page.locator("#chart-body .roles")).to_contain_text("Leader is missing: The solver found no plan")
    for theme in THEMES:
        assert complaints(page, theme) == []


def test_roles_of_another_plan_are_forgotten_and_the_keyboard_stays_at_the_button(seen: Dashboard) -> None:
    compare(seen)
    page = seen.page
    page.locator("#modes").get_by_label("As built").check(force=True)
    expect(page.get_by_role("button", name="Compare the roles")).to_be_visible()
    expect(page.locator("#chart-body table.modes")).to_have_count(0)
    page.locator("#modes").get_by_label("Switch hourly").check(force=True)
    start = page.locator("#roles-start")
    start.focus()
    seen.press("Enter")
    expect(page.get_by_role("button", name="Compare again")).to_be_focused(timeout=SLOW_MS)
