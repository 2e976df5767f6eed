"""JSON as text: lossless, stable, readable."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2pdnr.scenario import json_text

QUICK = settings(deadline=None, derandomize=True, max_examples=200)
_strings = st.text(st.characters(codec="utf-8"), max_size=8)
_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**14), 10**14)
    | st.floats(allow_nan=False, allow_infinity=False)
    | _strings,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(_strings, inner, max_size=5),
    max_leaves=20,
)


@QUICK
@given(_values)
def test_what_is_written_is_what_was_meant(value: Any) -> None:
    assert json.loads(json_text.write(value)) == value
    assert json_text.read(json_text.write(value)) == (value, [])
    assert json.loads(json_text.canonical(value)) == value


@QUICK
@given(_values)
def test_plain_numbers_are_equal_numbers(value: Any) -> None:
    assert json_text.plain(value) == value


def test_whole_numbers_lose_their_point() -> None:
    assert json_text.canonical({"b": [60.0, -0.0, 0.5, 1e-7], "a": True}) == '{"a":true,"b":[60,0,0.5,1e-07]}'


def test_the_layout() -> None:
    value = {
        "name": "x",
        "profiles": {"load": [0.5] * 24, "pv": [1] * 24},
        "line_limits_a": {str(k): 250 for k in range(30)},
        "rows": [{"id": "P1", "battery": {"power_kw": 4}}, {"id": "P2"}],
        "empty": {},
    }
    assert json_text.write(value).splitlines() == [
        "{",
        '  "name": "x",',
        '  "profiles": {',
        f'    "load": {[0.5] * 24},',
        f'    "pv": {[1] * 24}',
        "  },",
        f'  "line_limits_a": {json.dumps(value["line_limits_a"])},',
        '  "rows": [',
        "    {",
        '      "id": "P1",',
        '      "battery": {"power_kw": 4}',
        "    },",
        '    {"id": "P2"}',
        "  ],",
        '  "empty": {}',
        "}",
    ]


def test_umlauts_stay_readable() -> None:
    assert json_text.write("Köln") == '"Köln"\n'


def test_numbers_json_does_not_have_are_never_written() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        json_text.write([float("nan")])


def test_keys_given_twice_are_noted_with_their_object() -> None:
    value, problems = json_text.read('[{"a": 1, "a": 2, "a": 3}, {"id": "P1", "b": 1, "b": 1}]')
    assert value == [{"a": 3}, {"id": "P1", "b": 1}]
    assert [(problem.field, problem.message) for problem in problems] == [
        ("a", "stands twice in one object"),
        ("b", "stands twice in the object 'P1'"),
    ]
