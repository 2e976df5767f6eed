"""Languages of the page: files that are read, numbers, and that English lists what the server says."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from p2pdnr import languages
from p2pdnr.errors import InputError, Problem
from p2pdnr.languages import ENGLISH, FOLDER, Language
from p2pdnr.resources import DATA
from p2pdnr.scenario import assembly, document
from scripts import languages as collecting
from scripts import node, problem_sentences

ROOT = Path(__file__).resolve().parent.parent
NAMES = sorted(path.name for path in FOLDER.glob("*.json"))
PLACES = re.compile(r"\{\d+\}|%\{[^}]*\}")


def told(name: str) -> dict[str, dict[str, str]]:
    content: dict[str, dict[str, str]] = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    return content


def test_english_lists_what_the_server_says() -> None:
    wanted = {text: text.split("|")[0] for text in collecting.server_sentences()}
    assert told("en.json")["server"] == wanted, "python -m scripts.languages"


def test_english_lists_what_problems_remarks_and_reasons_say() -> None:
    wanted = {text: text.split("|")[0] for text in problem_sentences.sentences()}
    assert told("en.json")["told"] == wanted, "python -m scripts.languages"


@pytest.mark.parametrize("name", NAMES)
def test_every_problem_is_there_with_no_value_that_english_lacks(name: str) -> None:
    book, english = told(name)["told"], told("en.json")["told"]
    assert book.keys() == english.keys()
    for text, said in book.items():
        assert set(PLACES.findall(said)) <= set(PLACES.findall(text)), text
        assert (said[0] == " ", said[-1] == " ") == (text[0] == " ", text[-1] == " "), text


def test_every_module_that_makes_a_problem_is_read_or_known_to_speak_elsewhere() -> None:
    """What a new module says is found, or somebody has decided that the page never shows it."""
    root = ROOT / "p2pdnr"
    elsewhere = {path for name in problem_sentences.ELSEWHERE for path in root.glob(f"{name}.py")}
    known = elsewhere | set(problem_sentences.modules())
    marks = re.compile(r"\b(?:Problem|not_shown|journal\.remark)\(")
    making = [path for path in root.rglob("*.py") if marks.search(path.read_text(encoding="utf-8"))]
    assert [str(path.relative_to(root)) for path in making if path not in known] == []


def test_texts_for_machines_and_documentation_are_no_sentences() -> None:
    code = '"""Some words."""\nraise KeyError("no such key")\n_log.info("no, at")\nf"bus {n:,} is {a}"\ny["a b"]'
    assert list(problem_sentences.said_in(code)) == ["bus {0} is {1}"]


_WRONG: list[tuple[str, Any]] = [
    ("prosumers.0.bus", 99),
    ("prosumers.0.pv_kw", -3),
    ("prosumers.0.pv_kw", "12"),
    ("prosumers.0.pv_profile", "moon"),
    ("prosumers.0.load_kw", None),
    ("prosumers.0.battery", {"capacity_kwh": 10}),
    ("prosumers.0.flexiblee", 1),
    ("prosumers.1.id", "Bakery"),
    ("profiles.home", [1.0, 2.0]),
    ("profiles.home", [-1.0] * 24),
    ("tariff.sell_eur_per_kwh", [9.0] * 24),
    ("market.partners", "some"),
    ("dso.security", {"share": 2}),
    ("dso.role", "king"),
    ("network.initially_open", [1, 2]),
    ("network.initially_open", [90]),
    ("network.source", "nowhere"),
    ("step_h", 0),
    ("start", "noon"),
]
_ENGLISH = re.compile(
    r"\b(is|are|the|not|of|and|does|do|has|with|must|give|use|where|than|there|it|its)\b", re.IGNORECASE
)


def test_a_broken_scenario_is_told_in_german() -> None:
    """Problems as the checks make them, values and all; what stands in quotes or brackets is not the page's."""
    problems = [problem for where, value in _WRONG for problem in _problems(where, value)]
    assert len(problems) >= len(_WRONG)
    texts = [str(problem) for problem in problems]
    command = [str(node.find()), "tests/javascript/tell.js", "de"]
    said = subprocess.run(command, cwd=ROOT, input=json.dumps(texts), capture_output=True, text=True, check=True)
    for text, german in zip(texts, json.loads(said.stdout), strict=True):
        bare = re.sub(r'"[^"]*"|\([^)]*\)|known here.*', "", german)
        assert german != text
        assert not _ENGLISH.search(bare), german


def _problems(where: str, value: Any) -> tuple[Problem, ...]:
    scenario = json.loads((DATA / "scenarios" / "ieee33-solar.json").read_text(encoding="utf-8"))
    *path, last = where.split(".")
    place = scenario
    for part in path:
        place = place[int(part) if part.isdigit() else part]
    place[last] = value
    with pytest.raises(InputError) as caught:
        assembly.build_network(document.from_dict(scenario), None, parsed=True)
    return caught.value.problems


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
