"""Working on a day: paste, profiles, settings, files in and out, links, comparison, browsers that never mix."""

from __future__ import annotations

import io
import json
import re
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, expect

from p2pdnr.scenario import document
from tests.browser.driver import Dashboard
from tests.dashboard.test_imports import CASE, TABLE

if TYPE_CHECKING:
    from p2pdnr.scenario.schema import Scenario

pytestmark = pytest.mark.browser

SMALL = {
    "name": "Two on a ring",
    "network": {"source": TABLE},
    "profiles": {"load": [1, 0.5], "pv": [0, 1]},
    "tariff": {"buy_eur_per_kwh": [0.3, 0.3], "sell_eur_per_kwh": [0.1, 0.1]},
    "prosumers": [{"id": "A", "bus": 2, "load_kw": 10}, {"id": "B", "bus": 3, "pv_kw": 20}],
}
PASTE = """text => { const data = new DataTransfer(); data.setData("text/plain", text);
  const options = {clipboardData: data, bubbles: true, cancelable: true};
  document.activeElement.dispatchEvent(new ClipboardEvent("paste", options)); }"""


def changes(dashboard: Dashboard) -> Locator:
    """The line that counts what is not solved."""
    return dashboard.page.locator("#changes")


def give(dashboard: Dashboard, name: str, content: str | bytes) -> None:
    """Import a file."""
    data = content if isinstance(content, bytes) else content.encode()
    dashboard.page.locator("#import").set_input_files({"name": name, "mimeType": "text/plain", "buffer": data})


def taken(dashboard: Dashboard, what: str) -> bytes:
    """A file that the menu gives."""
    dashboard.page.locator("#take summary").click()
    with dashboard.page.expect_download(timeout=60_000) as found:
        dashboard.page.locator(f"#out-{what}").click()
    return Path(found.value.path()).read_bytes()


def pane(dashboard: Dashboard, key: str) -> Locator:
    """Open a pane of the drawer."""
    dashboard.page.locator(f"#drawer-{key}").click()
    opened = dashboard.page.locator(f"#pane-{key}")
    expect(opened).to_be_visible()
    return opened


def test_rows_of_a_spreadsheet_are_pasted_and_undone(dashboard: Dashboard, default_scenario: Scenario) -> None:
    last = default_scenario.prosumers[-1]
    dashboard.cell(last.id, "id").click()
    dashboard.page.evaluate(PASTE, f"{last.id}\t5\t1,5\nNew one\t7\t12\r\nNew two\t8\t13\n")
    expect(dashboard.status).to_contain_text("2 prosumers added")
    expect(dashboard.cell(last.id, "load_kw")).to_have_text("1,5")
    expect(dashboard.problems()).to_contain_text("1.5")
    expect(dashboard.cell("New two", "load_kw")).to_have_text("13")
    dashboard.type_into(dashboard.cell(last.id, "load_kw"), "1.5")
    expect(changes(dashboard)).to_contain_text("4 unsolved changes")
    dashboard.press("Control+z", "Control+z")
    expect(changes(dashboard)).to_have_text("As solved")
    dashboard.press("Control+y")
    expect(dashboard.cell("New two", "bus")).to_have_text("8")


def test_rows_are_duplicated_and_deleted_from_the_cell_in_focus(
    dashboard: Dashboard, default_scenario: Scenario
) -> None:
    first = default_scenario.prosumers[0].id
    dashboard.cell(first, "bus").click()
    dashboard.page.locator("#duplicate").click()
    expect(dashboard.cell(f"{first} 2", "bus")).to_have_text(str(default_scenario.prosumers[0].bus))
    dashboard.page.locator("#delete").click()
    expect(dashboard.status).to_contain_text("deleted; Undo")
    expect(changes(dashboard)).to_have_text("As solved")


def test_a_profile_is_drawn_by_pointer_and_keys(dashboard: Dashboard) -> None:
    opened = pane(dashboard, "profiles")
    opened.locator("[data-curve='profile:home']").click()
    text = dashboard.page.locator("#curve-text")
    before = text.input_value().split()
    box = dashboard.page.locator("svg.curve").bounding_box()
    assert box is not None
    dashboard.page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 60)
    dashboard.page.mouse.down()
    dashboard.page.mouse.move(box["x"] + 0.7 * box["width"], box["y"] + 60, steps=4)
    dashboard.page.mouse.up()
    expect(changes(dashboard)).to_contain_text("1 unsolved change")
    drawn = text.input_value().split()
    moved = [hour for hour in range(24) if drawn[hour] != before[hour]]
    assert len(moved) >= 4 and len({drawn[hour] for hour in moved}) == 1
    point = dashboard.page.locator(".point[data-hour='3']")
    point.focus()
    dashboard.press(*["ArrowUp"] * 5, "ArrowRight", "ArrowLeft", "ArrowUp")
    expect(point).to_be_focused()
    raised = [*drawn[:3], f"{round(float(drawn[3]), 2) + 0.06:.2f}", *drawn[4:]]
    expect(text).to_have_value(" ".join(raised))
    expect(changes(dashboard)).to_contain_text("1 unsolved change")
    text.fill("1 2 3")
    text.press("Enter")
    expect(dashboard.problems()).to_contain_text("24 hours")
    expect(dashboard.page.locator("#solve")).to_be_disabled()


def test_what_was_typed_outlives_a_reload(dashboard: Dashboard, default_scenario: Scenario) -> None:
    name = default_scenario.prosumers[0].id
    dashboard.type_into(dashboard.cell(name, "load_kw"), "1,5")
    expect(dashboard.problems()).to_have_count(1)
    dashboard.open()
    expect(dashboard.cell(name, "load_kw")).to_have_text("1,5")
    expect(dashboard.problems()).to_have_count(1)
    dashboard.page.locator("#undo").click()
    expect(changes(dashboard)).to_have_text("As solved")
    dashboard.open()
    expect(changes(dashboard)).to_have_text("As solved")


def test_a_wrong_setting_is_told_at_it(dashboard: Dashboard) -> None:
    opened = pane(dashboard, "settings")
    field = opened.locator("[name=line_limits]")
    field.fill("6-37: 90, 99: 5")
    field.press("Enter")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(dashboard.problems()).to_contain_text("99")
    pane(dashboard, "prosumers")
    dashboard.problems().get_by_role("button").click()
    expect(field).to_be_focused()
    field.fill("6-37: 90")
    field.press("Enter")
    expect(dashboard.problems()).to_have_count(0)
    opened.locator("[name=trading]").select_option("off")
    expect(changes(dashboard)).to_contain_text("2 unsolved changes")


def test_bad_files_are_told_and_change_nothing(dashboard: Dashboard, default_scenario: Scenario) -> None:
    content = document.to_dict(default_scenario)
    elsewhere = content | {"network": content["network"] | {"source": "../secret.json"}}
    bad = {
        "broken.json": "{",
        "empty.json": '{"name": 3}',
        "path.json": json.dumps(elsewhere),
        "net.json": '{"_module": "pandapower.auxiliary", "_object": {}}',
        "case.m": CASE + "system('x');",
        "large.json": b" " * 2_000_001,
    }
    for name, text in bad.items():
        give(dashboard, name, text)
        dialog = dashboard.page.locator("dialog[open]")
        expect(dialog).to_contain_text(name)
        expect(dialog.locator("li").first).not_to_be_empty()
        dashboard.press("Escape")
        expect(dialog).to_have_count(0)
    expect(changes(dashboard)).to_have_text("As solved")


@pytest.mark.slow
def test_an_import_is_solved_compared_and_left_again(dashboard: Dashboard) -> None:
    give(dashboard, "feeder.m", CASE)
    expect(changes(dashboard)).to_contain_text("Not solved yet")
    give(dashboard, "ring.json", json.dumps(SMALL))
    expect(dashboard.page.locator("#case option:checked")).to_have_text("Two on a ring")
    dashboard.solve()
    expect(changes(dashboard)).to_have_text("As solved")
    assert set(dashboard.page.evaluate("Object.keys(window.p2pdnr.store.get().results)")) == {
        "hourly", "static", "fixed", "fixed-no-p2p"
    }  # fmt: skip
    dashboard.type_into(dashboard.cell("B", "pv_kw"), "40")
    dashboard.solve()
    opened = pane(dashboard, "compare")
    expect(opened.locator(".runs li")).to_have_count(3)
    expect(opened.locator(".runs li").first).to_contain_text("B: PV Peak 20 → 40")
    expect(opened.get_by_role("region", name="Bills")).to_contain_text("B")
    opened.get_by_role("button", name="Open solve 1").click()
    expect(dashboard.page.locator("#diagram [data-bus]")).to_have_count(33)
    expect(changes(dashboard)).to_have_text("As solved")


def test_two_modes_are_compared_on_the_diagram(dashboard: Dashboard) -> None:
    opened = pane(dashboard, "compare")
    first, second = dashboard.payload("static"), dashboard.payload("hourly")
    region = opened.get_by_role("region", name="Headline figures")
    expect(region).to_contain_text(
        f"{second['summary']['objective_eur'] - first['summary']['objective_eur']:+,.1f}".replace("-", "−")
    )
    hour = dashboard.hour
    different = set(first["series"]["open_lines"][hour]) ^ set(second["series"]["open_lines"][hour])
    expect(dashboard.page.locator("#diagram .differences path")).to_have_count(len(different))
    opened.locator("#mark-differences").uncheck()
    expect(dashboard.page.locator("#diagram .differences path")).to_have_count(0)


def test_each_file_opens_again(dashboard: Dashboard, default_scenario: Scenario) -> None:
    assert document.parse(taken(dashboard, "scenario")) == default_scenario
    assert "bills.csv" in zipfile.ZipFile(io.BytesIO(taken(dashboard, "tables"))).namelist()
    drawing = taken(dashboard, "svg").decode()
    assert drawing.startswith("<svg") and "var(--" not in drawing
    alone = dashboard.page.context.new_page()
    alone.set_content(drawing)
    expect(alone.locator("svg .bus")).to_have_count(33)
    alone.close()


def test_a_picture_and_a_network_of_the_hour(dashboard: Dashboard) -> None:
    assert taken(dashboard, "png")[:8] == b"\x89PNG\r\n\x1a\n"
    assert len(json.loads(taken(dashboard, "pandapower"))["_object"]["line"]["_object"]) > 100


def test_a_link_opens_in_a_fresh_browser(dashboard: Dashboard, browser: Browser, default_scenario: Scenario) -> None:
    name = default_scenario.prosumers[2].id
    dashboard.type_into(dashboard.cell(name, "load_kw"), "77")
    expect(changes(dashboard)).to_contain_text("1 unsolved change")
    dashboard.page.locator("#take summary").click()
    dashboard.page.locator("#out-share").click()
    link = dashboard.page.get_by_role("textbox", name="Share link").input_value()
    assert "#s=" in link and len(link) < 400
    context = browser.new_context()
    other = Dashboard(context.new_page()).open(link)
    expect(changes(other)).to_contain_text("1 unsolved change")
    expect(other.cell(name, "load_kw")).to_have_text("77")
    other.page.goto("about:blank")
    other.open(link[:-12])
    expect(other.page.locator("dialog[open]")).to_contain_text("damaged")
    context.close()


@pytest.mark.slow
def test_two_browsers_never_mix(dashboard: Dashboard, browser: Browser, live_server: str) -> None:
    context = browser.new_context(base_url=live_server)
    other = Dashboard(context.new_page()).open()
    renamed = json.loads(json.dumps(SMALL | {"name": "Another ring"}))
    renamed["prosumers"][1]["pv_kw"] = 33
    give(dashboard, "a.json", json.dumps(SMALL))
    give(other, "b.json", json.dumps(renamed))
    for one in (dashboard, other):
        expect(changes(one)).to_contain_text("Not solved yet")
        one.page.locator("#solve").click()
    for one, peak in ((dashboard, 20), (other, 33)):
        expect(one.status).to_have_text(re.compile("^Solved"), timeout=120_000)
        assert max(one.payload()["prosumers"]["day"]["pv_available_kw"][1]) == peak
        expect(changes(one)).to_have_text("As solved")
    assert dashboard.page.evaluate("window.p2pdnr.store.get().ids") != other.page.evaluate(
        "window.p2pdnr.store.get().ids"
    )
    context.close()


def test_figures_tell_their_numbers_and_their_source(dashboard: Dashboard) -> None:
    losses = dashboard.payload()["series"]["loss_kw"]
    expect(dashboard.page.locator("#chart-body .main-svg").first).to_be_visible()
    dashboard.page.get_by_role("button", name="chart as a table").click()
    dialog = dashboard.page.locator("dialog[open]")
    expect(dialog.locator("tbody tr")).to_have_count(24)
    expect(dialog.locator("tbody tr").nth(3)).to_contain_text(f"{losses[3]:.4g}"[:4])
    dashboard.press("Escape")
    dashboard.page.get_by_role("button", name="diagram as a table").click()
    expect(dialog.get_by_role("region", name="Buses").locator("tbody tr")).to_have_count(33)
    dashboard.press("Escape")
    dashboard.page.get_by_role("button", name="Source of the chart").click()
    source = dialog.get_by_role("textbox").input_value()
    assert dashboard.payload()["summary"]["scenario_sha256"] in source
    assert "python -m p2pdnr solve data/scenarios/ieee33-solar.json --mode hourly" in source


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_in_any_pane(dashboard: Dashboard, theme: str, default_scenario: Scenario) -> None:
    dashboard.open(f"/?theme={theme}&freeze=1")
    cell = dashboard.cell(default_scenario.prosumers[0].id, "load_kw")
    cell.dblclick()
    expect(cell.locator("input")).to_be_visible()
    complaints = [Axe().run(dashboard.page, options={"resultTypes": ["violations"]})]
    dashboard.press("Escape")
    for key in ("profiles", "settings", "compare"):
        pane(dashboard, key)
        complaints.append(Axe().run(dashboard.page, context="#drawer", options={"resultTypes": ["violations"]}))
    for opened, shut in (("#take summary", "#take summary"), ("[data-table=diagram]", "dialog .primary")):
        dashboard.page.locator(opened).click()
        complaints.append(Axe().run(dashboard.page, context="dialog, .menu", options={"resultTypes": ["violations"]}))
        dashboard.page.locator(shut).click()
    assert not [found.generate_report() for found in complaints if found.violations_count]


def test_no_pane_scrolls_a_phone_sideways(dashboard: Dashboard) -> None:
    dashboard.page.set_viewport_size({"width": 390, "height": 844})
    for key in ("prosumers", "profiles", "settings", "compare"):
        pane(dashboard, key)
        assert dashboard.page.evaluate("document.documentElement.scrollWidth") <= 390
