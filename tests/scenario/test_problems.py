"""What people are told about a malformed scenario: who, which field, what stands there, what to do; all at once."""

from __future__ import annotations

import json

import pytest

from p2pdnr.errors import Problem, ScenarioError
from p2pdnr.scenario import document
from p2pdnr.scenario.problems import MAX_PROBLEMS, shorten
from tests.scenario.documents import MISSING, full, minimal, with_value
from tests.scenario.slips import SLIPS, Slip


def problems_of(value: object) -> tuple[Problem, ...]:
    with pytest.raises(ScenarioError) as caught:
        document.from_dict(value)
    return caught.value.problems


def problems_of_text(text: str | bytes) -> tuple[Problem, ...]:
    with pytest.raises(ScenarioError) as caught:
        document.parse(text)
    return caught.value.problems


@pytest.mark.parametrize("slip", SLIPS, ids=lambda slip: "-".join(map(str, slip.path)))
def test_a_slip_is_named_with_its_remedy(slip: Slip) -> None:
    problems = problems_of(with_value(full(), slip.path, slip.value))
    texts = [f"{problem.component} {' '.join(problem.ids)} {problem.field}".split() for problem in problems]
    found = [problem for problem, text in zip(problems, texts, strict=True) if text == slip.who.split()]
    assert any(slip.what in problem.message and slip.remedy in problem.remedy for problem in found), str(problems)


def test_all_problems_come_at_once_and_none_hides_another() -> None:
    """One slip in each of many places; every one must be told that is told alone."""
    together = [
        (("prosumers", 0, "load_kw"), "sixty"),
        (("prosumers", 0, "battery", "capacity_kwh"), -1),
        (("prosumers", 0, "colour"), "red"),
        (("prosumers", 2, "bus"), MISSING),
        (("prosumers", 2, "tariff", "sell_eur_per_kwh"), [9, 9, 9]),
        (("prosumers", 1, "battery", "initial_kwh"), 9),
        (("prosumers", 1, "load_profile"), "offic"),
        (("profiles", "pv"), [0, 1]),
        (("tariff", "sell_eur_per_kwh"), ["x", 0.4, 0]),
        (("network", "switchable"), 3),
        (("market", "partners"), [["P1", "P7"]]),
        (("dso", "violation_price_eur_per_kwh"), 0),
    ]
    document_, alone = full(), set()
    for path, value in together:
        alone |= set(problems_of(with_value(full(), path, value)))
        document_ = with_value(document_, path, value)
    assert set(problems_of(document_)) >= alone
    assert len(alone) >= len(together)


def test_no_document_at_all() -> None:
    assert [str(problem) for problem in problems_of(None)] == [
        "scenario: null is not an object. Write it as an object: {...}"
    ]
    missing = problems_of({})
    assert [problem.field for problem in missing] == ["name", "network", "profiles", "tariff", "prosumers"]


@pytest.mark.parametrize("hours", [0, 673])
def test_hours_outside_of_the_range(hours: int) -> None:
    values = [0.1] * hours
    given = minimal(tariff={"buy_eur_per_kwh": values, "sell_eur_per_kwh": values}, profiles={"load": values})
    (problem,) = problems_of(given)
    assert f"{hours} values" in problem.message
    assert "1 to 672 steps" in problem.remedy


def test_the_length_most_series_have_is_taken_to_be_meant() -> None:
    given = with_value(full(), ("tariff", "buy_eur_per_kwh"), [0.3] * 24)
    (problem,) = problems_of(given)
    assert (problem.component, problem.field) == ("tariff", "buy_eur_per_kwh")
    assert "24 values where the others have 3" in problem.message


def test_a_profile_that_is_missing_for_many_is_one_problem() -> None:
    rows = [{"id": f"P{k}", "bus": 2, "load_kw": 1} for k in range(5)]
    (problem,) = problems_of(minimal(profiles={"pv": [1, 1]}, prosumers=rows))
    assert problem.ids == ("P0", "P1", "P2", "P3", "P4")
    assert problem.field == "load_profile"


def test_no_profiles_at_all_are_missed_where_one_is_needed() -> None:
    (problem,) = problems_of(minimal(prosumers=[{"id": "A", "bus": 2, "load_kw": 1}]))
    assert (problem.ids, problem.field) == (("A",), "load_profile")


def test_a_profile_nobody_scales_may_be_absent() -> None:
    assert document.from_dict(minimal()).profiles == {}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        (" \n", "is empty"),
        ("{", "line 1 column 2"),
        ('{"a": 1,\n "b": }', "line 2 column 7"),
        ("{'a': 1}", "line 1 column 2"),
        ("[" * 100_000, "nested too deeply"),
        ('{"a":' * 100_000, "nested too deeply"),
        (b"\xff\xfe{\x00", "not UTF-8"),
        (b'{\n"name": "K\xf6ln"}', "byte 0xf6 in line 2"),
    ],
    ids=str,
)
def test_what_is_not_json(text: str | bytes, message: str) -> None:
    (problem,) = problems_of_text(text)
    assert problem.component == "document"
    assert message in problem.message
    assert problem.remedy


def test_too_large_a_file() -> None:
    (problem,) = problems_of_text(b" " * 32_000_001)
    assert "32,000,001 bytes" in problem.message


def test_keys_that_stand_twice_come_with_the_other_problems() -> None:
    text = json.dumps(with_value(full(), ("prosumers", 1, "bus"), 0)).replace('"pv_kw": 150', '"pv_kw": 1, "pv_kw": 2')
    twice, bus = problems_of_text(text)
    assert (twice.field, twice.message) == ("pv_kw", "stands twice in the object 'P1'")
    assert (bus.ids, bus.field) == (("P2",), "bus")


def test_numbers_beyond_all_bounds_are_explained() -> None:
    text = json.dumps(full()).replace('"load_kw": 60', '"load_kw": 1e999').replace('"bus": 18', f'"bus": {"9" * 5000}')
    assert [problem.field for problem in problems_of_text(text)] == ["load_kw", "bus"]
    assert problems_of(with_value(full(), ("prosumers", 0, "load_kw"), 10**5000))


def test_half_characters_are_refused_and_can_be_printed() -> None:
    for broken in ('{"\\ud800": 1}', json.dumps(full()).replace('"P2"', '"\\udc00"')):
        for problem in problems_of_text(broken):
            str(problem).encode()


def test_a_flood_of_problems_is_cut_short() -> None:
    first, *others = problems_of(full() | {"prosumers": [1] * (MAX_PROBLEMS + 1)})
    assert "problems; this is hardly a scenario" in first.message
    assert len(others) < 10


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.5, "1.5"),
        ("x" * 99, '"' + "x" * 37 + '..."'),
        ([1, 2], "[1, 2]"),
        ([[1]], "a list of 1 values"),
        (list(range(24)), "a list of 24 values"),
        ({}, "an empty object"),
        ({"a": 1}, "an object with 1 fields"),
        (True, "true"),
        (None, "null"),
        (10**20, "1e+20"),
        pytest.param(-(10**5000), "a number of 5001 digits", id="very long"),
        ("a\x1b[31m\u202e", '"a\\u001b[31m?"'),
    ],
)
def test_values_are_shown_short_and_safe(value: object, text: str) -> None:
    assert shorten(value) == text


def test_more_than_168_steps_must_lie_within_a_week() -> None:
    prices = {"buy_eur_per_kwh": [0.3] * 672, "sell_eur_per_kwh": [0.1] * 672}
    week = minimal(step_h=0.25, tariff=prices, profiles={"load": [1.0] * 672})
    assert document.from_dict(week).hours == 672
    (problem,) = problems_of(week | {"step_h": 1.0})
    assert problem.field == "step_h" and "28 days" in problem.message and "0.25" in problem.remedy
