"""Broken documents at every door: what cannot be read is refused with a reason, and nothing else happens."""

from __future__ import annotations

import pytest

from tests.fuzzing.doors import CORPUS, Door, doors
from tests.fuzzing.mutations import broken

INPUTS = 100
"""Broken documents at each door; the benchmark takes many more."""

DOORS = doors()


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.name)
def test_what_is_broken_is_read_or_refused(door: Door) -> None:
    outcomes = [door.outcome(door.given(seed)) for seed in range(INPUTS)]
    refused = [outcome for outcome in outcomes if outcome != "read"]
    assert set(refused) <= {"ScenarioError", "NetworkError", "InputError"}
    assert len(refused) > INPUTS / 20, "hardly anything is broken: the damage misses its aim"


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.name)
def test_good_documents_are_read(door: Door) -> None:
    assert door.outcome(door.good[0]) == "read"


def test_the_same_seed_breaks_the_same_way() -> None:
    document = DOORS[0].good[0]
    assert [broken(document, seed) for seed in range(20)] == [broken(document, seed) for seed in range(20)]
    assert len({broken(document, seed) for seed in range(20)}) > 15


@pytest.mark.parametrize("path", sorted(CORPUS.iterdir()), ids=lambda path: path.name)
def test_the_corpus_is_read_or_refused_as_its_names_say(path) -> None:  # type: ignore[no-untyped-def]
    kind = {".m": "MATPOWER case"}.get(path.suffix) or {
        "scenario": "scenario from a browser",
        "network": "network table",
    }[path.suffixes[0].lstrip(".")]
    door = next(door for door in DOORS if door.name == kind)
    assert (door.outcome(path.read_bytes()) == "read") == path.name.startswith("good-")
