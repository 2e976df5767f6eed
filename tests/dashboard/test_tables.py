"""Rows and scenario: nothing is lost, nothing is altered, every problem has its place."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2pdnr.dashboard import tables
from p2pdnr.dashboard.columns import COLUMNS, ROW
from p2pdnr.errors import Problem
from p2pdnr.scenario import document
from p2pdnr.scenario.schema import Scenario

quick = settings(deadline=None, derandomize=True, max_examples=60)
amount = st.floats(0, 1e4, allow_nan=False)


def scenario(people: list[dict[str, Any]], **more: Any) -> Scenario:
    """Three hours with these prosumers."""
    return document.from_dict(
        {
            "name": "three hours",
            "network": {"source": "case33bw"},
            "profiles": {"load": [1, 0.5, 1], "pv": [0, 1, 0]},
            "tariff": {"buy_eur_per_kwh": [0.3, 0.3, 0.3], "sell_eur_per_kwh": [0.1, 0.1, 0.1]},
            "prosumers": people,
        }
        | more
    )


def battery(**more: Any) -> dict[str, Any]:
    """A battery's document."""
    return {"capacity_kwh": 10, "power_kw": 5} | more


BASE = [
    {"id": "A", "bus": 2, "load_kw": 10, "battery": battery(efficiency=0.9)},
    {"id": "B", "bus": 3, "pv_kw": 4.25, "tariff": {"buy_eur_per_kwh": [1, 1, 1], "sell_eur_per_kwh": [0, 0, 0]}},
]


def read(base: Scenario, *changes: tuple[int, str, str], **texts: str) -> tables.Reading:
    """What the base says after some cells, and some settings, were typed over."""
    rows = tables.rows_of(base)
    for row, column, text in changes:
        rows[row][column] = text
    return tables.to_scenario(base, rows, tables.settings_of(base) | texts)


people = st.lists(
    st.fixed_dictionaries(
        {
            "id": st.text("abcXYZ 019_.-", min_size=1, max_size=12).map(str.strip).filter(bool),
            "bus": st.integers(1, 33),
        },
        optional={
            "load_kw": amount,
            "pv_kw": amount,
            "flexible_share": st.floats(0, 1),
            "power_factor": st.floats(0.5, 1),
            "import_limit_kw": amount,
            "battery": st.fixed_dictionaries(
                {"capacity_kwh": amount, "power_kw": amount}, optional={"efficiency": st.floats(0.5, 1)}
            ),
            "elastic": st.fixed_dictionaries({"max_kw": amount, "utility_eur_per_kwh": st.floats(-1, 1)}),
            "generator": st.fixed_dictionaries(
                {"max_kw": amount, "cost_eur_per_kwh": st.floats(-1, 1), "slope_eur_per_kw2h": st.floats(0, 1)}
            ),
        },
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda person: person["id"],
)


@quick
@given(people)
def test_rows_that_nobody_touched_are_the_scenario(given_people: list[dict[str, Any]]) -> None:
    base = scenario(given_people)
    reading = read(base)
    assert reading.problems == ()
    assert reading.scenario is not None
    assert document.dumps(reading.scenario) == document.dumps(base)


@quick
@given(people, st.integers(0, 5), st.sampled_from(COLUMNS), st.text("0123456789.,-%ex abc", max_size=8))
def test_any_text_in_any_cell_is_read_or_told_there(
    given_people: list[dict[str, Any]], place: int, column: Any, text: str
) -> None:
    base = scenario(given_people)
    row = place % len(given_people)
    reading = read(base, (row, column.key, text))
    assert (reading.scenario is None) == bool(reading.problems)
    assert all(problem.message for problem in reading.problems)
    assert all(problem.row in {f"p{index}" for index in range(len(given_people))} for problem in reading.problems)


def test_fields_without_a_column_survive_an_edit() -> None:
    reading = read(scenario(BASE), (0, "battery_capacity", "20"), (1, "pv_kw", "9"))
    assert reading.scenario is not None
    first, second = reading.scenario.prosumers
    assert first.battery is not None
    assert (first.battery.capacity_kwh, first.battery.efficiency) == (20, 0.9)
    assert second.tariff is not None
    assert second.pv_kw == 9


def test_an_emptied_battery_is_none() -> None:
    cleared = [(0, field.key, "") for field in COLUMNS if field.part == "battery"]
    reading = read(scenario(BASE), *cleared)
    assert reading.scenario is not None
    assert reading.scenario.prosumers[0].battery is None


@pytest.mark.parametrize(("column", "text"), [("battery_capacity", ""), ("battery_power", " ")])
def test_half_a_battery_is_told_at_the_missing_cell(column: str, text: str) -> None:
    problems = read(scenario(BASE), (0, column, text)).problems
    assert [(problem.row, problem.column) for problem in problems] == [("p0", column)]
    assert "battery needs this too" in problems[0].message


def test_a_battery_begun_elsewhere_needs_its_parts() -> None:
    problems = read(scenario(BASE), (1, "battery_initial", "3")).problems
    assert {(problem.row, problem.column) for problem in problems} == {
        ("p1", "battery_capacity"),
        ("p1", "battery_power"),
    }


def test_what_only_the_document_knows_is_told_at_its_cell() -> None:
    problems = read(scenario(BASE), (0, "load_profile", "nights"), (0, "battery_initial", "99")).problems
    assert {(problem.row, problem.column) for problem in problems} == {
        ("p0", "load_profile"),
        ("p0", "battery_initial"),
    }


def test_all_problems_come_at_once() -> None:
    problems = read(scenario(BASE), (0, "load_kw", "x"), (1, "bus", ""), (1, "pv_kw", "1,500")).problems
    assert [(problem.row, problem.column) for problem in problems] == [
        ("p0", "load_kw"),
        ("p1", "bus"),
        ("p1", "pv_kw"),
    ]


def test_two_of_one_name_are_both_marked() -> None:
    problems = read(scenario(BASE), (1, "id", " A ")).problems
    assert [(problem.row, problem.column) for problem in problems] == [("p0", "id"), ("p1", "id")]


def test_a_problem_of_a_solve_finds_its_cell() -> None:
    rows = tables.rows_of(scenario(BASE))
    told = [
        Problem("prosumer", "bus", ("B",), "bus 99 does not exist", "Use 1 to 33."),
        Problem("network", "", (), "is odd", "Look."),
    ]
    located = tables.locate(told, rows)
    assert [(problem.row, problem.column) for problem in located] == [("p1", "bus"), (None, None)]
    assert located[0].message == "Bus 99 does not exist. Use 1 to 33."


MARKET = {
    "partners": [["A", "B"]],
    "preferences": [{"from": "A", "to": "B", "eur_per_kwh": 0.01}, {"from": "B", "to": "A", "eur_per_kwh": 0.02}],
}


def test_references_follow_a_new_name() -> None:
    reading = read(scenario(BASE, market=MARKET), (0, "id", "Mill"))
    assert reading.scenario is not None
    assert reading.scenario.market.partners == (("Mill", "B"),)
    assert {(item.from_, item.to) for item in reading.scenario.market.preferences} == {("Mill", "B"), ("B", "Mill")}


def test_deleting_a_prosumer_removes_its_pairs_and_says_so() -> None:
    base = scenario(BASE, market=MARKET)
    reading = tables.to_scenario(base, tables.rows_of(base)[1:], tables.settings_of(base))
    assert reading.scenario is not None
    assert reading.scenario.market.partners == ()
    assert reading.scenario.market.preferences == ()
    assert reading.notes == ("1 partner pair of A went with it.", "2 preferences of A went with it.")


def test_no_prosumer_at_all_is_a_problem() -> None:
    base = scenario(BASE)
    assert tables.to_scenario(base, [], tables.settings_of(base)).scenario is None


def test_a_duplicate_shares_what_has_no_column() -> None:
    base = scenario(BASE)
    rows = tables.rows_of(base)
    twin = rows[0] | {ROW: "n2", "id": "A 2", "bus": "5"}
    reading = tables.to_scenario(base, [*rows, twin], tables.settings_of(base))
    assert reading.scenario is not None
    third = reading.scenario.prosumers[2]
    assert (third.id, third.bus, third.battery and third.battery.efficiency) == ("A 2", 5, 0.9)


def test_settings_are_written_onto_the_document() -> None:
    reading = read(scenario(BASE), buy="0.4", switching_cost="3", partners="all", vm_min="0.95", line_limit="")
    assert reading.scenario is not None
    assert reading.scenario.tariff.buy_eur_per_kwh == (0.4, 0.4, 0.4)
    assert reading.scenario.dso.switching_cost_eur == 3
    assert reading.scenario.market.partners == "all"
    assert reading.scenario.network.vm_min_pu == 0.95


@pytest.mark.parametrize(
    ("key", "text", "told"),
    [
        ("buy", "0.1 0.2", "3 hours"),
        ("buy", "", "empty"),
        ("trade_fee", "-1", "negative"),
        ("partners", "some", "all, none"),
        ("switching_day", "1.5", "whole"),
        ("loss_price", "1,200", "1.200"),
    ],
)
def test_a_wrong_setting_is_told_at_its_field(key: str, text: str, told: str) -> None:
    problems = read(scenario(BASE), **{key: text}).problems
    assert [(problem.row, problem.column) for problem in problems] == [(None, key)]
    assert told in problems[0].message


def test_a_tariff_that_breaks_the_market_is_told_at_the_settings() -> None:
    problems = read(scenario(BASE), sell="0.5").problems
    assert problems
    assert all(problem.row is None for problem in problems)


def test_own_tariffs_are_read_for_every_hour() -> None:
    base = scenario(BASE)
    reading = read(base, (0, "own_buy", "0.4"), (0, "own_sell", "0.1 0.2 0.1"))
    assert reading.scenario is not None and reading.scenario.prosumers[0].tariff is not None
    assert reading.scenario.prosumers[0].tariff.buy_eur_per_kwh == (0.4, 0.4, 0.4)
    (half,) = read(base, (0, "own_buy", "0.4")).problems
    assert (half.row, half.column) == ("p0", "own_sell") and half.message.startswith("An own tariff needs this too")
    (dear,) = read(base, (1, "own_sell", "2")).problems
    assert (dear.row, dear.column) == ("p1", "own_sell") and "above the buying price" in dear.message


def test_the_number_of_steps_holds_for_every_list() -> None:
    base = scenario([BASE[0]])
    rows, texts = tables.rows_of(base), tables.settings_of(base)
    wrong = tables.to_scenario(base, rows, texts | {"hours": "2"}, {"load": "1 2", "pv": "0 1 0"}).problems
    assert {problem.column for problem in wrong} == {"profile:pv", "buy", "sell"}
    texts |= {"hours": "2", "step_h": "0.5", "buy": "0.3", "sell": "0.1 0.1"}
    reading = tables.to_scenario(base, rows, texts, {"load": "1 2", "pv": "0 1"})
    assert reading.scenario is not None
    assert (reading.scenario.hours, reading.scenario.step_h) == (2, 0.5)
    (many,) = tables.to_scenario(base, rows, tables.settings_of(base) | {"hours": "700"}).problems
    assert many.column == "hours" and "672" in many.message


@pytest.mark.parametrize(
    ("text", "meant"), [("load", "load"), ("load: 2-4; pv: 7, 9", {"load": (2, 3, 4), "pv": (7, 9)}), ("", None)]
)
def test_the_background_follows_profiles_by_bus(text: str, meant: object) -> None:
    base = scenario(BASE)
    reading = read(base, background_profile=text)
    assert reading.scenario is not None
    assert reading.scenario.network.background_profile == meant
    assert tables.settings_of(reading.scenario)["background_profile"] == text
    assert tables.to_scenario(reading.scenario, tables.rows_of(base), {"background_profile": text}).scenario


@pytest.mark.parametrize("text", ["nights", "load: 2-", "load:", "nights: 3", "load: 2, 2"])
def test_a_wrong_background_is_told_at_its_setting(text: str) -> None:
    (problem,) = read(scenario(BASE), background_profile=text).problems
    assert problem.column == "background_profile"


def test_preferences_follow_rows_and_are_judged_one_by_one() -> None:
    base = scenario(BASE, market=MARKET)
    rows, texts = tables.rows_of(base), tables.settings_of(base)
    rows[0]["id"] = "Anna"
    liked = {"@p0>@p1": "0.5", "@p1>@p0": "1,000", "Carl>@p0": "0.1", "@p0>@p0": "0", "@p9>@p0": "1"}
    wrong = {problem.column: problem.message for problem in tables.to_scenario(base, rows, texts, None, liked).problems}
    assert set(wrong) == {f"preference:{key}" for key in list(liked)[1:4]}
    assert "1.000" in wrong["preference:@p1>@p0"] and "no prosumer Carl" in wrong["preference:Carl>@p0"]
    reading = tables.to_scenario(base, rows, texts, None, {"@p0>@p1": "0.5", "@p9>@p0": "1"})
    assert reading.scenario is not None
    (item,) = reading.scenario.market.preferences
    assert (item.from_, item.to, item.eur_per_kwh) == ("Anna", "B", 0.5)
    assert reading.notes == ("1 preference of a deleted prosumer went with it.",)
    none = tables.to_scenario(base, rows, texts, None, {}).scenario
    assert none is not None and none.market.preferences == ()
