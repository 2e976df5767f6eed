"""The questions of the first minute: their stored answers belong to the changes they name."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

from p2pdnr.dashboard import cases, questions
from p2pdnr.scenario import document
from p2pdnr.server import Settings
from p2pdnr.server.store import Store

DATA = Path(__file__).resolve().parents[2] / "data"


def test_answers_are_solves_of_the_changed_scenarios(tmp_path: Path) -> None:
    store = Store(Settings(data_dir=DATA, store_dir=tmp_path))
    known = cases.read_cases(DATA / "scenarios", store.fixed_names())
    asked = questions.read_questions(DATA / "questions", known, store.fixed_names())
    assert len(asked) == 3
    for item in asked:
        if item.case is None:
            assert item.mode in known[item.base].results
            continue
        stored = store.get(item.case.key)
        assert stored is not None
        summary = json.loads(gzip.decompress(stored.payload.read_bytes()))["summary"]
        assert summary["scenario_sha256"] == document.sha256(item.case.scenario)
        assert "does not hold" not in {claim["state"] for claim in summary["certificates"].values()}
        assert store.folder(item.case.key) is None  # nothing to start a solve from


def test_a_question_without_its_answer_is_not_asked() -> None:
    known = cases.read_cases(DATA / "scenarios", ())
    assert questions.read_questions(DATA / "questions", known, ()) == ()


def test_chips_are_never_markup() -> None:
    item = questions.Question("a", '<b>"x"</b>', "l", "fixed", None)
    assert "<b>" not in questions.chips([item])


def test_chips_of_other_cases_are_hidden_from_the_start() -> None:
    own, other = (questions.Question(case, "x", "l", "fixed", None) for case in ("a", "b"))
    shown, hidden = questions.chips([own, other], shown="a").split("</button>")[:2]
    assert ("hidden" in shown, "hidden" in hidden) == (False, True)
    assert "hidden" not in questions.chips([own, other])
