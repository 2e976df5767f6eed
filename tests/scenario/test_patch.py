"""Differences between scenarios: there and back, small, keyed by id."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2pdnr.errors import ScenarioError
from p2pdnr.scenario import document, patch
from tests.scenario.documents import TABLE, documents, full, json_values, minimal, with_value

QUICK = settings(deadline=None, derandomize=True, max_examples=60)


@QUICK
@given(documents(), documents())
def test_a_difference_leads_from_one_to_the_other(first: dict[str, Any], second: dict[str, Any]) -> None:
    base, edited = document.from_dict(first), document.from_dict(second)
    changes = json.loads(json.dumps(patch.difference(base, edited), sort_keys=True))
    assert patch.apply(base, changes) == edited
    assert patch.difference(base, base) == {}
    assert (changes == {}) == (base == edited)


def test_a_default_that_is_written_out_is_no_difference() -> None:
    plain = document.from_dict(minimal())
    assert patch.difference(plain, document.from_dict(minimal() | {"description": ""})) == {}


@QUICK
@given(json_values | st.dictionaries(st.sampled_from(["prosumers", "prosumer_order", "market", "tariff"]), json_values))
def test_any_value_as_a_patch_is_applied_or_explained(value: Any) -> None:
    base = document.from_dict(full())
    try:
        edited = patch.apply(base, value)
    except ScenarioError as error:
        assert error.problems
    else:
        assert patch.apply(base, patch.difference(base, edited)) == edited


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        (("prosumers", 0, "battery", "capacity_kwh"), 120, {"prosumers": {"P1": {"battery": {"capacity_kwh": 120}}}}),
        (("prosumers", 0, "battery"), None, {"prosumers": {"P1": {"battery": None}}}),
        (("dso", "switching_cost_eur"), 2, {"dso": {"switching_cost_eur": 2}}),
        (("market", "partners"), "all", {"market": {"partners": "all"}}),
        (("profiles", "pv"), [0, 1, 2], {"profiles": {"pv": [0, 1, 2]}}),
        (("network", "line_limits_a"), {"3": 250, "4": 10}, {"network": {"line_limits_a": {"4": 10}}}),
    ],
)
def test_only_what_changed_is_in_it(path: tuple[str | int, ...], value: Any, expected: dict[str, Any]) -> None:
    base = document.from_dict(full())
    assert patch.difference(base, document.from_dict(with_value(full(), path, value))) == expected


def test_saying_a_default_aloud_changes_nothing_that_matters() -> None:
    base, loud = document.from_dict(minimal()), document.from_dict(minimal(step_h=1, network={"source": "case33bw"}))
    assert patch.apply(base, patch.difference(base, loud)) == base == loud


def test_null_brings_back_the_default() -> None:
    edited = patch.apply(
        document.from_dict(full()), {"dso": {"switching_cost_eur": None}, "prosumers": {"P1": {"pv_kw": None}}}
    )
    assert edited.dso.switching_cost_eur == 0.0
    assert edited.prosumers[0].pv_kw == 0.0


def test_prosumers_come_and_go_and_keep_their_order() -> None:
    base = document.from_dict(full())
    changes = {"prosumers": {"P2": None, "Z": {"bus": 4}, "10": {"bus": 5}}, "market": {"preferences": None}}
    edited = patch.apply(base, changes)
    assert [prosumer.id for prosumer in edited.prosumers] == ["P1", "P 3", "10", "Z"]
    assert edited.prosumers[0] == base.prosumers[0]


def test_an_order_of_ones_own_is_kept() -> None:
    given_document = full()
    given_document["prosumers"] = given_document["prosumers"][::-1]
    base, edited = document.from_dict(full()), document.from_dict(given_document)
    changes = patch.difference(base, edited)
    assert changes == {"prosumer_order": ["P 3", "P2", "P1"]}
    assert patch.apply(base, changes) == edited


def test_another_network_replaces_the_one_there_was() -> None:
    base = document.from_dict(minimal())
    edited = document.from_dict(minimal(network={"source": TABLE}))
    assert patch.apply(base, patch.difference(base, edited)) == edited
    assert patch.difference(edited, base) == {"network": {"source": "case33bw"}}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ([], "is not an object"),
        ({"prosumers": [{"id": "P1"}]}, "not an object keyed by ids"),
        ({"prosumer_order": "P1"}, "not a list of ids"),
        ({"prosumer_order": ["P1", "P1", "P2"]}, "does not name every prosumer once"),
        ({"prosumers": None}, "prosumers"),
        ({"prosumers": {"P1": 3}}, "prosumer"),
        ({"prosumers": {"P1": None, "P2": None, "P 3": None}}, "is empty"),
        ({"prosumers": {"P2": None}}, "there is no prosumer with this id"),
        ({"prosumers": {"P1": {"pv_kw": -1}}}, "prosumer P1 pv_kw: -1 is below 0"),
        ({"colour": "red"}, "not a known field"),
    ],
)
def test_patches_that_lead_nowhere(changes: Any, message: str) -> None:
    base = document.from_dict(full() | {"market": {"partners": [["P1", "P2"]]}})
    with pytest.raises(ScenarioError, match=message):
        patch.apply(base, changes)


def test_the_id_of_a_patched_prosumer_is_its_key() -> None:
    with pytest.raises(ScenarioError, match="P2"):
        patch.apply(document.from_dict(full()), {"prosumers": {"P1": {"id": "P2"}}})


def test_the_base_stays_as_it_is() -> None:
    base = document.from_dict(full())
    patch.apply(base, {"profiles": {"load": [1, 1, 1]}, "prosumers": {"P1": None}, "market": {"preferences": []}})
    assert base == document.from_dict(full())
