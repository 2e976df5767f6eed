"""Files that cannot be used: each is told with everything that is wrong with it, and the page loses nothing."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from p2pdnr.scenario import document
from tests.browser.driver import Dashboard
from tests.browser.hands import give
from tests.dashboard.feeder_files import CASE, TABLE

if TYPE_CHECKING:
    from p2pdnr.scenario.schema import Scenario

pytestmark = pytest.mark.browser


@pytest.fixture
def dashboard(opened_again: Dashboard) -> Dashboard:
    """These tests import."""
    return opened_again


Told = list[tuple[str, ...]]
"""For each problem words of its component, ids, field and remedy, in any order of problems."""


LINES = "id;from;to;length_km;r_ohm_per_km;x_ohm_per_km\nK1;UW;A;1,5;0,2;0,1\nK2;A;B;0,5;0,2;0,1\n"
BUSES = "id;p_kw;vn_kv\nUW;;20\nA;232,5;20\nB;110;20\n"


def bad_table() -> tuple[str, Told]:
    """A network table with four mistakes."""
    table = copy.deepcopy(TABLE)
    table["buses"][1]["vn_kv"] = "twenty"
    table["lines"][0] |= {"r_ohm": -1, "colour": "red"}
    table["lines"][1]["from"] = 99
    return json.dumps(table), [
        ("bus 2", "vn_kv", "Give a number"),
        ("line 1", "r_ohm", "Correct the sign"),
        ("line 1", "colour", "Known are"),
        ("line 2", "from", "numbered 1 to 3"),
    ]


def bad_scenario(scenario: Scenario) -> tuple[str, Told]:
    """A scenario with ten mistakes of ten kinds."""
    content: dict[str, Any] = document.to_dict(scenario)
    people, first = content["prosumers"], next(iter(content["profiles"]))
    content |= {"step_h": 0, "colour": "red"}
    content["profiles"][first] = [1, 2, 3]
    content["tariff"]["sell_eur_per_kwh"] = [9] * 24
    content["dso"]["loss_price_eur_per_kwh"] = "much"
    content["market"] = {
        "trade_fee_eur_per_kwh": -1,
        "preferences": [{"from": "X", "to": people[0]["id"], "eur_per_kwh": 1}],
    }
    people[0]["load_kw"] = -5
    people[1]["id"] = people[2]["id"]
    people[4]["load_profile"] = "nights"
    return json.dumps(content), [
        ("scenario", "step_h", "above 0"),
        ("scenario", "colour", "Remove it"),
        ("profile", first, "24 in all"),
        ("tariff", "sell_eur_per_kwh", "Lower it"),
        ("dso", "loss_price_eur_per_kwh", "Give a number"),
        ("market", "trade_fee_eur_per_kwh", "at least 0"),
        ("market", "X", "preferences", "Name prosumers"),
        ("prosumer", people[0]["id"], "load_kw", "at least 0"),
        ("prosumer", people[2]["id"], "id", "id of its own"),
        ("prosumer", people[4]["id"], "load_profile", "Name one of the profiles"),
    ]


def bad_files(scenario: Scenario) -> dict[str, tuple[str | bytes, Told]]:
    """Content of bad files by name, and what is to be told of each."""
    elsewhere = document.to_dict(scenario)
    elsewhere["network"]["source"] = "../secret.json"
    branches = CASE.replace("mpc.branch", "mpc.brunch")
    return {
        "ten.json": bad_scenario(scenario),
        "table.json": bad_table(),
        "cut.json": ("{", [("JSON",)]),
        "letter.json": ("Dear Sir or Madam", [("document", "is not JSON", "Correct the text near")]),
        "photo.json": (b"\x89PNG\r\n\x1a\n\x00\x00\xff\xfe" * 50, [("document", "is not JSON")]),
        "nothing.json": ("", [("document", "is empty", "docs/formats.md")]),
        "deep.json": ("[" * 50_000, [("nested too deeply",)]),
        "path.json": (json.dumps(elsewhere), [("source",)]),
        "net.json": ('{"_module": "pandapower.auxiliary", "_object": {}}', [("bus", "pandapower", "external grid")]),
        "brunch.m": (branches, [("network", "mpc.brunch", "Remove it"), ("mpc.branch", "Give the whole matrix")]),
        "lines.csv": (LINES.replace("1,5", "x"), [("row 2 (K1)", "is no number"), ("vn_kv", "no nominal voltage")]),
        "cut.xlsx": (b"PK\x03\x04", [("cut.xlsx", "is no workbook", ".xlsx or as CSV")]),
        "cut.m": (CASE[: len(CASE) // 2], [("cut", "line 4", "is not understood")]),
        "code.m": (CASE + "system('x');", [("is not understood",)]),
        "large.json": (b" " * 3_000_001, [("3.0 MB", "command line")]),
    }


def test_every_problem_of_a_bad_file_is_told_and_nothing_is_lost(
    dashboard: Dashboard, default_scenario: Scenario
) -> None:
    first, before = default_scenario.prosumers[0].id, dashboard.payload()
    dashboard.type_into(dashboard.cell(first, "load_kw"), "91")
    dashboard.type_into(dashboard.cell(first, "pv_kw"), "much")
    expect(dashboard.problems()).to_have_count(1)
    for name, (content, told) in bad_files(default_scenario).items():
        give(dashboard, name, content)
        dialog = dashboard.page.locator("dialog[open]")
        expect(dialog).to_contain_text(name)
        items = dialog.locator("li")
        expect(items, name).to_have_count(len(told))
        texts = items.all_inner_texts()
        for words in told:
            assert any(all(word in text for word in words) for text in texts), (name, words, texts)
        dashboard.press("Escape")
        expect(dialog).to_have_count(0)
    expect(dashboard.cell(first, "load_kw")).to_have_text("91")
    expect(dashboard.cell(first, "pv_kw")).to_have_text("much")
    expect(dashboard.problems()).to_have_count(1)
    assert dashboard.payload() == before
    dashboard.press("Control+z", "Control+z")
    expect(dashboard.changes).to_have_text("As solved")


def test_sheets_that_belong_together_are_drawn_and_their_report_is_shown(dashboard: Dashboard) -> None:
    files = [("lines.csv", LINES), ("buses.csv", BUSES)]
    dashboard.page.locator("#import").set_input_files(
        [{"name": name, "mimeType": "text/csv", "buffer": text.encode()} for name, text in files]
    )
    dialog = dashboard.page.locator("dialog[open]")
    expect(dialog).to_contain_text("What became of lines.csv, buses.csv")
    expect(dialog).to_contain_text("UW: taken as the substation at 1 p.u., by its name")
    dashboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(dashboard.page.locator("#diagram").get_by_role("button", name="Line 2, closed")).to_have_count(1)
    expect(dashboard.page.locator("#diagram").get_by_role("button", name="Bus 3")).to_have_count(1)


def test_rows_of_a_sheet_that_do_not_fit_are_marked(dashboard: Dashboard) -> None:
    wrong = LINES.replace("K2;A;B;0,5", "K2;A;;long")
    give(dashboard, "lines.csv", wrong.encode())
    dialog = dashboard.page.locator("dialog[open]")
    rows = dialog.get_by_role("region", name="lines.csv")
    expect(rows).to_contain_text("Rows of lines.csv that do not fit")
    expect(rows.get_by_role("rowheader")).to_have_text(["3"])
    expect(rows.locator("mark")).to_have_text(["empty", "long"])
    expect(rows).to_contain_text("column to: is missing. Name the bus")
    dashboard.press("Escape")
    expect(dialog).to_have_count(0)
