"""The published JSON schema says what is accepted, judged by a validator of its own: jsonschema."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from p2pdnr.errors import ScenarioError
from p2pdnr.scenario import document
from p2pdnr.scenario.field_types import ID_PATTERN, is_id
from tests.scenario.documents import full, minimal, village, with_value

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "data" / "scenario.schema.json").read_text(encoding="utf8"))


def _pattern(validator: Any, pattern: str, instance: Any, schema: Any) -> Iterator[jsonschema.ValidationError]:
    """Python's re knows no classes of Unicode, which JSON schema has."""
    if pattern != ID_PATTERN:
        yield from jsonschema.Draft202012Validator.VALIDATORS["pattern"](validator, pattern, instance, schema)
    elif isinstance(instance, str) and not is_id(instance):
        yield jsonschema.ValidationError(f"{instance!r} is no id")


PUBLISHED = jsonschema.validators.extend(jsonschema.Draft202012Validator, {"pattern": _pattern})(SCHEMA)

SPELLINGS: dict[str, dict[str, Any]] = {
    "everything": full(),
    "the least": minimal(),
    "ids of buses and lines, flat prices": village(),
    "a flat price beside a list": with_value(full(), ("tariff", "buy_eur_per_kwh"), 0.4),
    "both prices flat": with_value(village(), ("tariff", "sell_eur_per_kwh"), 0),
    "switchable lines by id": village(
        network={"source": village()["network"]["source"], "switchable": ["K1", 3], "initially_open": ["K1"]}
    ),
    "a number with a point": with_value(minimal(), ("prosumers", 0, "bus"), 6.0),
    "partners by number": with_value(full(), ("market", "partners"), 2),
    "no partners": with_value(full(), ("market", "partners"), "none"),
    "every line": with_value(full(), ("network", "switchable"), "all"),
    "one profile for all buses": with_value(full(), ("network", "background_profile"), "load"),
}

REFUSED: dict[str, dict[str, Any]] = {
    "a price in words": with_value(minimal(), ("tariff", "buy_eur_per_kwh"), "0.3"),
    "no price": with_value(minimal(), ("tariff", "buy_eur_per_kwh"), []),
    "true for a price": with_value(minimal(), ("tariff", "buy_eur_per_kwh"), True),
    "a price beyond all": with_value(minimal(), ("tariff", "buy_eur_per_kwh"), 1e10),
    "a number in quotes": with_value(minimal(), ("prosumers", 0, "bus"), "6"),
    "bus 0": with_value(minimal(), ("prosumers", 0, "bus"), 0),
    "a bus and a half": with_value(minimal(), ("prosumers", 0, "bus"), 6.5),
    "no bus": with_value(minimal(), ("prosumers", 0, "bus"), ""),
    "an unknown field": minimal() | {"colour": "blue"},
    "a line in quotes": with_value(full(), ("network", "initially_open"), ["3"]),
}


def test_the_schema_is_one() -> None:
    """All but the classes of Unicode in a pattern, which its check of regular expressions does not know."""
    jsonschema.Draft202012Validator.check_schema(SCHEMA, format_checker=jsonschema.FormatChecker(formats=()))


@pytest.mark.parametrize("given", SPELLINGS.values(), ids=SPELLINGS.keys())
def test_what_is_accepted_validates(given: dict[str, Any]) -> None:
    document.from_dict(given)
    assert [error.message for error in PUBLISHED.iter_errors(given)] == []


@pytest.mark.parametrize("given", REFUSED.values(), ids=REFUSED.keys())
def test_what_does_not_validate_is_refused(given: dict[str, Any]) -> None:
    assert not PUBLISHED.is_valid(given)
    with pytest.raises(ScenarioError):
        document.from_dict(given)


@pytest.mark.parametrize("path", sorted((ROOT / "data" / "scenarios").glob("*.json")), ids=lambda path: path.stem)
def test_scenarios_that_come_along_validate_as_they_stand_and_as_written_again(path: Path) -> None:
    assert PUBLISHED.is_valid(json.loads(path.read_text(encoding="utf8")))
    assert PUBLISHED.is_valid(json.loads(document.dumps(document.load(path))))
