"""Languages of the page: files that are read, numbers, and that English lists what the server says."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from p2pdnr import languages
from p2pdnr.languages import ENGLISH, FOLDER, Language
from scripts import languages as collecting

NAMES = sorted(path.name for path in FOLDER.glob("*.json"))
PLACES = re.compile(r"\{\d+\}|%\{[^}]*\}")


def told(name: str) -> dict[str, dict[str, str]]:
    content: dict[str, dict[str, str]] = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    return content


def test_english_lists_what_the_server_says() -> None:
    wanted = {text: text.split("|")[0] for text in collecting.server_sentences()}
    assert told("en.json")["server"] == wanted, "python -m scripts.languages"


@pytest.mark.parametrize("name", NAMES)
def test_every_sentence_is_there_with_its_values_and_its_edges(name: str) -> None:
    server, english = told(name)["server"], told("en.json")["server"]
    assert server.keys() == english.keys()
    for text, said in server.items():
        assert sorted(PLACES.findall(said)) == sorted(PLACES.findall(text)), text
        assert said.strip(), text
        plain = text.split("|")[0]
        assert (said[0].isspace(), said[-1].isspace()) == (plain[0].isspace(), plain[-1].isspace()), text


def test_a_sentence_that_a_file_lacks_is_told() -> None:
    english = told("en.json")
    less = {part: dict.fromkeys(list(english[part])[1:], "") for part in collecting.PARTS}
    missing = collecting.lacking(less, english)
    assert missing == {part: [next(iter(english[part]))] for part in collecting.PARTS}


def test_a_file_in_the_folder_is_a_language(tmp_path: Path) -> None:
    head = {"language": "Polski", "locale": "pl-PL", "decimal": ",", "thousands": "\u00a0"}
    content = {**head, "script": {}, "server": {"Solve": "Oblicz", "{0} of {1}": "z {1}: {0}", "open|state": "otwarta"}}
    (tmp_path / "pl.json").write_text(json.dumps(content), encoding="utf-8")
    (tmp_path / "notes-1.json").write_text("[]", encoding="utf-8")
    found = languages.read(tmp_path)
    assert list(found) == ["en", "pl"]
    polish = found["pl"]
    assert (polish("Solve"), polish("Cancel"), polish("open|state")) == ("Oblicz", "Cancel", "otwarta")
    assert polish("{0} of {1}", 1, "{0}") == "z {0}: 1"
    assert polish.number(-1234.5, 1) == "−1\u00a0234,5"
    assert polish.inside("Best Fixed") == "best fixed"


def test_english_is_the_sentence_itself() -> None:
    assert languages.known()["en"] is ENGLISH
    assert ENGLISH("a {0} of {1}", 2, 3) == "a 2 of 3"
    assert ENGLISH("open|state") == "open"
    assert ENGLISH.number(-1234.5, 1) == "−1,234.5"
    assert Language("de", "Deutsch", "de-DE", capitals=True).inside("Beste feste") == "Beste feste"


def test_what_code_says_is_found_where_a_language_is_called() -> None:
    code = 'say("one {0}", x)\ntheme.language("two")\nsentence("three")\nprint("four")\nsay(name)'
    assert sorted(collecting.said_in(code)) == ["one {0}", "three", "two"]
