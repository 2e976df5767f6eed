"""Texts of certificates and remarks are said in a language as the page says them."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from p2pdnr.languages import ENGLISH, Language, known
from p2pdnr.telling import told
from scripts import node

ROOT = Path(__file__).resolve().parent.parent
POLISH = Language(
    "xx",
    "Polski",
    "pl-PL",
    decimal=",",
    thousands=".",
    told={
        "bus {0} does not exist": "nie ma szyny {0}",
        "There are buses 1 to {0}": "Szyny: 1 do {0}",
        " and {0} more": " i {0} innych",
        "losses of {0} kW": "straty {0} kW",
        "prosumer {0}": "prosument {0}",
    },
)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("bus 9 does not exist", "nie ma szyny 9"),
        ("Bus 9 does not exist.", "Nie ma szyny 9."),
        (
            "prosumer P1 bus: bus 99 does not exist. There are buses 1 to 33",
            "Prosument P1 bus: nie ma szyny 99. Szyny: 1 do 33",
        ),
        ("bus 3 does not exist and 4 more", "nie ma szyny 3 i 4 innych"),
        ("losses of 1,234.5 kW", "straty 1.234,5 kW"),
        ("the colour of this thing", "the colour of this thing"),
    ],
)
def test_sentences_stand_together_and_within_one_another(text: str, said: str) -> None:
    assert told(text, POLISH).lower() == said.lower()
    assert told(text, ENGLISH) == text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("injection: Cold store, hour 4", "Einspeisung: Cold store, Stunde 4"),
        ("loss of all lines: hour 4", "Netzverlust aller Leitungen: Stunde 4"),
        ("1903.922 EUR reached, 1903.314 EUR possible", "1903,922 EUR erreicht, 1903,314 EUR möglich"),
        (
            "summary.json states losses_kwh = 2104.8, the tables give 2109.8",
            "summary.json nennt losses_kwh = 2104,8, die Tabellen ergeben 2109,8",
        ),
    ],
)
def test_names_of_quantities_and_contradictions_of_check_are_told(text: str, said: str) -> None:
    assert told(text, known()["de"]) == said


def test_it_says_what_the_page_says() -> None:
    """All patterns of German with values in them, which the page's own script tells as well."""
    german = known()["de"]
    merged = [re.sub(r"(\{\d+\})(\{\d+\})+", r"\1", text) for text in german.told]
    texts = [re.sub(r"\{(\d+)\}", lambda place: "7XCR9"[int(place[1]) % 5], text) for text in merged]
    command = [str(node.find()), "tests/javascript/tell.js", "de"]
    said = subprocess.run(command, cwd=ROOT, input=json.dumps(texts), capture_output=True, text=True, check=True)
    assert [told(text, german) for text in texts] == json.loads(said.stdout)
