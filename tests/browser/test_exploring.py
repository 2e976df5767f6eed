"""Looking closer: questions, a guess, zoom, the whole day of a bus, definitions, presentation."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from scripts.page_door import ask
from tests.browser.access import Axe
from tests.browser.driver import SLOW_MS, Dashboard, holds

pytestmark = pytest.mark.browser

DATA = Path(__file__).resolve().parents[2] / "data"


def test_a_question_opens_its_solved_day_and_closes_again(opened_again: Dashboard) -> None:
    page, before = opened_again.page, opened_again.payload()["summary"]
    question = json.loads((DATA / "questions" / "ieee33-solar.json").read_text())[0]
    chip = page.get_by_role("button", name=question["question"])
    chip.click()
    expect(page.locator("#answer")).to_contain_text(question["lead"], timeout=SLOW_MS)
    expect(page.locator("#changes")).to_have_text("As solved")
    assert opened_again.payload()["summary"]["objective_eur"] != before["objective_eur"]
    assert opened_again.payload()["name"] == question["patch"]["name"]
    chip.click()
    expect(page.locator("#answer")).to_be_empty(timeout=SLOW_MS)
    holds(page, "cost => p2pdnr.view.payload.summary.objective_eur === cost", before["objective_eur"])


def test_a_guess_hides_the_losses_until_it_is_revealed(opened_again: Dashboard) -> None:
    page = opened_again.page
    page.locator("#guess").click()
    expect(page.locator("#timeline .curve")).to_be_hidden()
    expect(page.locator("#chart-panel")).to_be_hidden()
    page.locator("#timeline").focus()
    opened_again.press("Home", "ArrowUp", "ArrowUp", "End", "ArrowDown")
    page.locator("#guess").click()
    expect(page.locator("#answer")).to_contain_text(re.compile(r"off by [\d.,]+ kW on average"))
    expect(page.locator("#timeline .curve")).to_be_visible()
    assert len(page.locator("#timeline .guess").get_attribute("d") or "") > 50


def test_keys_zoom_and_open_a_day(seen: Dashboard) -> None:
    page = seen.page
    whole = page.locator("#diagram > svg").get_attribute("viewBox")
    seen.bus(14).focus()
    seen.press("+", "+")
    expect(page.locator("#diagram > svg")).not_to_have_attribute("viewBox", whole or "")
    seen.press("Enter")
    expect(page.locator("#details")).to_contain_text("Balance of")
    expect(page.locator("#details")).to_contain_text("Network charge")
    seen.press("Escape")
    expect(page.locator("#details")).to_have_count(0)
    seen.press("0")
    expect(page.locator("#diagram > svg")).to_have_attribute("viewBox", re.compile(r"\s+".join((whole or "").split())))


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 390)])
def test_axe_finds_nothing_in_what_opens(page: Page, theme: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    dashboard = Dashboard(page).open(f"/?theme={theme}&freeze=1&hour=12&tab=why")
    expect(page.locator("#chart-body .landscape")).to_be_visible(timeout=SLOW_MS)
    dashboard.bus(14).focus()
    dashboard.press("Enter")
    page.locator("#try").click()
    ask(page, "() => p2pdnr.toggleLine(32)")
    page.locator("#headlines .term").first.click()
    holds(page, "width => document.documentElement.scrollWidth <= width", width)
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()


def test_a_line_tells_what_its_fault_takes_away_and_the_state_after_it_can_be_tried(seen: Dashboard) -> None:
    page = seen.page
    line = next(number for number in (22, 2, 1) if number not in seen.open_lines)
    seen.line(line).focus()
    seen.press("Enter")
    page.locator("#if-it-fails").click()
    told = page.locator("#details .fault")
    expect(told).to_contain_text(f"Line {line} fails", timeout=SLOW_MS)
    expect(told).to_contain_text("kWh are not supplied")
    told.get_by_role("button", name="Try it").click()
    holds(page, "line => p2pdnr.store.get().trial.closed[line - 1] === 0", line)
    ask(page, "() => p2pdnr.endTrial()")


ARC = """() => {
  const shown = [...document.querySelectorAll('#diagram .arc-reach')].filter((one) => one.style.display !== 'none');
  for (const arc of shown) for (const share of [0.5, 0.4, 0.6, 0.3, 0.7]) {
    const { x, y } = arc.getPointAtLength(share * arc.getTotalLength());
    const spot = new DOMPoint(x, y).matrixTransform(arc.getScreenCTM());
    if (document.elementFromPoint(spot.x, spot.y) === arc) return [arc.dataset.arc, spot.x, spot.y];
  }
  return null;
}"""
"""A trade that is drawn, and a place on it where nothing lies over it."""


def test_pointing_at_a_trade_tells_who_how_much_and_the_price(seen: Dashboard) -> None:
    page, payload = seen.page, seen.payload()
    key, x, y = page.evaluate(ARC)
    page.mouse.move(x, y)
    told = page.locator("#panel")
    expect(told).to_be_visible()
    trades, people = payload["trades"][seen.hour], payload["prosumers"]
    rows = zip(*(trades[name] for name in ("seller", "buyer", "power_kw", "price_eur_per_kwh")), strict=True)
    between = [row for row in rows if f"{people['bus'][row[0]] - 1}-{people['bus'][row[1]] - 1}" == key]
    assert between
    for seller, buyer, kw, price in between:
        if kw > 0.005:
            expect(told).to_contain_text(f"{people['id'][seller]} \u2192 {people['id'][buyer]}")
            expect(told).to_contain_text(f"{100 * price:.2f} ct/kWh")
    page.mouse.click(x, y)
    expect(told).to_be_visible()
    page.mouse.move(0, 0)
    expect(told).to_be_hidden()


def test_presentation_shows_the_diagram_large(page: Page) -> None:
    Dashboard(page).open("/?present=1&hour=12")
    expect(page.locator("#drawer")).to_be_hidden()
    size = page.locator("#grid-title").evaluate("node => parseFloat(getComputedStyle(node).fontSize)")
    page.locator("#present").click()
    expect(page.locator("#drawer")).to_be_visible()
    holds(page, "size => parseFloat(getComputedStyle(document.querySelector('#grid-title')).fontSize) < size", size)


def test_the_negotiation_is_replayed(seen: Dashboard) -> None:
    page = seen.page
    seen.choose_tab("convergence")
    turn = page.locator("#turn")
    expect(turn).to_be_visible(timeout=SLOW_MS)
    frames = int(turn.get_attribute("max") or "0") + 1
    assert 20 <= frames <= 60
    planned = ask(page, "() => p2pdnr.view.payload.trades[p2pdnr.store.get().hour]")
    lines, built = seen.open_lines, seen.payload()["network"]["initially_open"]
    turn.focus()
    seen.press("Home")
    expect(page.locator("#turn-text")).to_contain_text("Turn 1,")
    assert seen.open_lines == built != lines
    expect(page.locator("#switching")).to_contain_text("Open lines " + ", ".join(str(line) for line in built))
    expect(page.locator("#grid-title")).to_contain_text("turn 1")
    expect(page.locator("#rank")).to_have_text("")
    volts = "buses.vm_pu[p2pdnr.store.get().hour][15]"
    then, solved = ask(page, f"() => [p2pdnr.view.replay.{volts}, p2pdnr.view.payload.{volts}]")
    assert abs(then - solved) > 0.002
    page.locator("#diagram [data-bus='16']").hover()
    expect(page.locator("#diagram .panel")).to_contain_text(f"{then:.4f}")
    first = ask(page, "() => p2pdnr.replayed(p2pdnr.view.payload, p2pdnr.store.get()).trades[p2pdnr.store.get().hour]")
    assert abs(sum(first["power_kw"]) - sum(planned["power_kw"])) > 0.05 * sum(planned["power_kw"])
    turn.focus()
    seen.press("End")
    expect(page.locator("#turn-text")).to_contain_text("Drag to the left")
    assert seen.open_lines == lines
    seen.choose_tab("losses")
    expect(turn).to_be_hidden()


def test_the_diagram_that_is_taken_away_has_its_numbers_beside_the_buses(seen: Dashboard) -> None:
    text = ask(seen.page, "() => p2pdnr.diagramSvg().then((file) => file.text())")
    places = ask(seen.page, "() => p2pdnr.view.drawing.places")
    numbers = re.findall(r'<text[^>]* x="([\d.]+)" y="([\d.]+)"[^>]*>(\d+)</text>', text)
    assert len(numbers) == 33
    for x, y, number in numbers:
        left, top = places[int(number) - 1]
        assert 12 < math.hypot(float(x) - left, float(y) - top) < 30
