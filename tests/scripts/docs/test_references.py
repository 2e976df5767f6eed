"""References in docs are read off the code as it is now."""

from __future__ import annotations

import pytest

from p2pdnr.scenario import document
from scripts.docs import references
from scripts.docs.pages import DOCS


def test_pages_are_as_the_code_says() -> None:
    stale = [name for name, text in references.pages().items() if (DOCS / name).read_text(encoding="utf8") != text]
    assert stale == [], 'make docs ARGS="references" renews them'


@pytest.mark.parametrize("mark", references.PARTS)
def test_every_field_of_the_schema_says_what_it_means(mark: str) -> None:
    silent = {"name", "description", "source", "x", "y", "vm_min_pu", "vm_max_pu", "b_from_us", "b_to_us"}
    rows = [row.split(" | ") for row in references.fields(references.PARTS[mark]).splitlines()[2:]]
    assert [row[0] for row in rows if not row[3].strip(" |") and row[0].strip("|` ").split(".")[-1] not in silent] == []


def test_every_model_of_the_schema_is_on_the_page() -> None:
    shown = {model for models in references.PARTS.values() for model in models.values()}
    models = document.json_schema()["$defs"]
    # A substation's tap changer has the fields of a line's but its side: one table shows both.
    assert set(models["Tap"]["properties"]) == set(models["LineTap"]["properties"]) - {"side"}
    assert shown | {"Tap"} == {*models, "Scenario"}


def test_words_for_types() -> None:
    assert references.kind({"anyOf": [{"type": "number", "minimum": 0}, {"type": "null"}]}) == "number ≥ 0"
    assert references.kind({"type": "array", "items": {"type": "integer"}}) == "list of whole numbers"


def test_a_file_of_the_page_begins_with_what_it_is() -> None:
    assert (
        references.first_sentence("// Time: the keys\n// and the buttons. More.\n\nimport x;\n")
        == "Time: the keys and the buttons"
    )
    assert references.first_sentence("/* Structure. */\n:root {\n}\n") == "Structure"
    with pytest.raises(ValueError, match="no comment"):
        references.first_sentence("import x;\n")
