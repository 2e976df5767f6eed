"""The numbers that the page's preview is held against are what Clarabel and the solver give today."""

from __future__ import annotations

from typing import Any

import pytest

from tests.javascript import preview_vectors
from tests.javascript.test_vectors import assert_close, stored


@pytest.mark.parametrize("number", range(len(preview_vectors.SEEDS)))
def test_programmes_are_as_clarabel_solves_them(number: int) -> None:
    assert_close(preview_vectors.quadratic(preview_vectors.SEEDS[number]), stored("quadratics")[number])


@pytest.fixture(scope="module")
def previews() -> dict[str, Any]:
    kept: dict[str, Any] = stored("previews")
    return kept


def test_the_day_and_its_edits_are_as_they_are_solved(previews: dict[str, Any]) -> None:
    made = preview_vectors.small_day()
    assert made == previews["edits"]["nothing"]["scenario"]
    name = "more sun"
    scenario = previews["edits"][name]["scenario"]
    preview_vectors.EDITS[name](made)
    assert made == scenario
    summary = preview_vectors.solved(scenario).summary
    assert summary["objective_eur"] == pytest.approx(previews["edits"][name]["cost"], abs=0.02)
    assert summary["losses_kwh"] == pytest.approx(previews["edits"][name]["losses"], abs=0.05)


def test_the_solved_edits_are_optimal_by_other_code(previews: dict[str, Any]) -> None:
    assert all(abs(edit["gap_central"]) < 5e-4 for edit in previews["edits"].values())
    assert len({edit["cost"] for edit in previews["edits"].values()}) == len(preview_vectors.EDITS)
