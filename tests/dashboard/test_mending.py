"""No problem of a draft hides another."""

from __future__ import annotations

import pytest

from p2pdnr.dashboard import drafts, mending
from p2pdnr.dashboard.tables import CellProblem
from p2pdnr.scenario.schema import Scenario


def marked(scenario: Scenario, *typed: tuple[int, str, str], **settings: str) -> list[tuple[str | None, str | None]]:
    """Places of the problems after some cells and settings were typed over."""
    draft = drafts.opened(scenario)
    for row, column, text in typed:
        draft["rows"][row][column] = text
    draft["settings"] |= settings
    return [(problem["row"], problem["column"]) for problem in drafts.verdict(draft)["problems"]]


def test_cells_document_and_network_are_told_at_once(default_scenario: Scenario) -> None:
    typed = (0, "load_kw", "x"), (1, "load_profile", "nights"), (2, "bus", "99")
    assert marked(default_scenario, *typed) == [("p0", "load_kw"), ("p1", "load_profile"), ("p2", "bus")]


def test_curves_that_miss_hours_hide_nothing(default_scenario: Scenario) -> None:
    """The base's own curves miss them too."""
    told = marked(default_scenario, (3, "pv_profile", "-5"), (4, "own_buy", "0.1 0.2"), open="99", hours="99")
    assert {("p3", "pv_profile"), ("p4", "own_buy"), (None, "buy"), (None, "open")} <= set(told)


@pytest.mark.parametrize("setting", ["buy", "vm_max"])
def test_nothing_is_told_of_what_hangs_on_a_wrong_setting(default_scenario: Scenario, setting: str) -> None:
    other = {"buy": "sell", "vm_max": "vm_min"}[setting]
    assert marked(default_scenario, **{setting: "x", other: "1.2"}) == [(None, setting)]


def test_a_wrong_place_says_what_the_base_says(default_scenario: Scenario) -> None:
    draft = drafts.opened(default_scenario)
    before = draft["rows"][0]["bus"]
    draft["rows"][0]["bus"] = "99"
    assert mending.mended(draft, [CellProblem("p0", "bus", "")])["rows"][0]["bus"] == before
