"""What was meant by an unknown word: found among many names, with a bounded number of comparisons."""

from __future__ import annotations

import difflib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2pdnr.errors import ScenarioError
from p2pdnr.scenario import document
from p2pdnr.scenario.suggestions import MAX_COMPARED, MAX_WORDS, Suggestions
from tests.scenario.documents import full


@settings(deadline=None, derandomize=True, max_examples=20)
@given(st.integers(0, 499), st.integers(0, 8), st.sampled_from(["cut", "double", "swap", "other"]))
def test_a_slip_in_one_of_many_names_is_seen(number: int, place: int, slip: str) -> None:
    names = [f"House {number:04d}" for number in range(500)]
    right = names[number]
    word = {
        "cut": right[:place] + right[place + 1 :],
        "double": right[: place + 1] + right[place:],
        "swap": right[:place] + right[place : place + 2][::-1] + right[place + 2 :],
        "other": right[:place] + "x" + right[place + 1 :],
    }[slip]
    told = Suggestions().similar(word, names)
    best = difflib.get_close_matches(word.lower(), [name.lower() for name in names], n=1)
    score = difflib.SequenceMatcher(None, best[0], word.lower()).ratio()
    meant = told.removeprefix("Did you mean ").removesuffix("?").lower()
    assert difflib.SequenceMatcher(None, meant, word.lower()).ratio() >= score - 0.12


def many_unknown(count: int) -> dict[str, Any]:
    """A document with unknown partners, preferences, profiles and fields."""
    given = full()
    one = given["prosumers"][0]
    given["prosumers"] = [one | {"id": f"P {k}", "load_profile": f"prfile {k}", f"colr{k}": 1} for k in range(count)]
    given["market"] = {
        "partners": [[f"Q {k}", f"R {k}"] for k in range(count)],
        "preferences": [{"from": f"S {k}", "to": f"T {k}", "eur_per_kwh": 0} for k in range(count)],
    }
    return given


def test_comparisons_do_not_grow_with_unknown_words(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[int] = []
    first = difflib.SequenceMatcher.real_quick_ratio
    monkeypatch.setattr(difflib.SequenceMatcher, "real_quick_ratio", lambda self: compared.append(1) or first(self))
    with pytest.raises(ScenarioError):
        document.from_dict(many_unknown(600))
    assert 0 < len(compared) <= 2 * MAX_WORDS * MAX_COMPARED
