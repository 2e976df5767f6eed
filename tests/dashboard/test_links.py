"""Share links: small, exact, tied to their case, and harmless when they are not what they should be."""

from __future__ import annotations

import base64
import json
import zlib
from typing import Any

import pytest

from p2pdnr.dashboard import callbacks, drafts, links
from p2pdnr.dashboard.cases import Case
from p2pdnr.errors import ScenarioError
from p2pdnr.scenario import document
from p2pdnr.scenario.schema import Scenario


@pytest.fixture
def cases(default_scenario: Scenario) -> dict[str, Case]:
    """One solved case."""
    return {"day": Case("day", default_scenario, {"hourly": "day-hourly"})}


@pytest.fixture
def draft(cases: dict[str, Case]) -> dict[str, Any]:
    """Its draft as the page holds it."""
    travelled: dict[str, Any] = json.loads(json.dumps(cases["day"].draft))
    return travelled


def packed(content: Any, level: int = 9) -> str:
    """What a forged link looks like."""
    return base64.urlsafe_b64encode(zlib.compress(json.dumps(content).encode(), level)).decode().rstrip("=")


def test_a_link_opens_with_the_edits_of_its_draft(cases: dict[str, Case], draft: dict[str, Any]) -> None:
    first, *others = draft["rows"]
    new = others[0] | {"row": "n15", "id": "New one", "pv_kw": "33"}
    draft["rows"] = [first | {"load_kw": "123"}, *others[:-1], new]
    draft["settings"]["switching_cost"] = "2.5"
    draft["profiles"]["home"] = "24 x 0.5"
    draft |= {"mode": "static", "trading": "off"}
    link = links.write(draft, cases)
    assert len(link) < 900
    case, opened = links.read(link, cases)
    assert (case.key, opened["case"], opened["mode"], opened["trading"]) == ("day", "day", "static", "off")
    before, after = drafts.read(draft).scenario, drafts.read(opened).scenario
    assert before is not None and after is not None
    assert document.sha256(before) == document.sha256(after)
    assert drafts.changes(opened) == drafts.changes(draft) == 1 + 2 + 1 + 1 + 1
    assert links.write(opened, cases) == link


def test_a_fresh_draft_gives_the_case_itself(cases: dict[str, Case], draft: dict[str, Any]) -> None:
    assert drafts.changes(links.read(links.write(draft, cases), cases)[1]) == 0


@pytest.mark.parametrize(
    ("forged", "told"),
    [
        ("", "damaged"),
        ("!!!", "damaged"),
        ("AAAA", "damaged"),
        (packed([1]), "damaged"),
        (packed({"v": 1, "case": "other"}), "not known here"),
        (packed({"v": 1, "case": "day", "hash": "0" * 16}), "another version"),
        ("A" * 8193, "longer"),
        (packed({"patch": "0" * 5_000_000}), "damaged"),
    ],
)
def test_what_is_no_link_is_refused(cases: dict[str, Case], forged: str, told: str) -> None:
    with pytest.raises(ScenarioError, match=told):
        links.read(forged, cases)


@pytest.mark.parametrize("patch", [7, {"prosumers": []}, {"prosumers": {"Bakery": {"bus": "x"}}}, {"nonsense": 1}])
def test_a_patch_that_fits_no_scenario_is_refused(cases: dict[str, Case], patch: Any) -> None:
    fine = json.loads(zlib.decompress(base64.urlsafe_b64decode(links.write(cases["day"].draft, cases) + "==")))
    with pytest.raises(ScenarioError):
        links.read(packed(fine | {"patch": patch}), cases)


def test_an_import_is_offered_as_a_file(cases: dict[str, Case], default_scenario: Scenario) -> None:
    answer = callbacks.share(cases, {"draft": drafts.unsolved(default_scenario)})
    assert answer["file"] and "Download" in answer["problems"][0]
    assert callbacks.share(cases, {"open": "xyz"})["file"] is False
    assert (
        callbacks.share(cases, {"open": callbacks.share(cases, {"draft": cases["day"].draft})["link"]})["case"] == "day"
    )
