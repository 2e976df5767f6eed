"""The stated bound against whoever alters what proves it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from p2pdnr import study
from p2pdnr.results.study_result import StudyResult
from p2pdnr.scenario import document
from p2pdnr.verification import bound
from tests.small_scenario import small_document


@pytest.fixture(scope="module")
def certified() -> StudyResult:
    return study.run(document.from_dict(small_document()), study.Options(certify=True))


def test_a_bound_that_its_prices_prove_holds(certified: StudyResult) -> None:
    assert bound.lower_bound(certified).state(None) == "holds"


@pytest.mark.parametrize("name", ["bound_stored_eur", "bound_shifted_eur", "bound_balance_eur", "bound_grid_a"])
@pytest.mark.parametrize("size", [1e308, -1e308, np.inf, np.nan])
def test_prices_of_no_size_prove_nothing(certified: StudyResult, name: str, size: float) -> None:
    arrays = certified.arrays | {name: np.full_like(certified.arrays[name], size)}
    assert bound.lower_bound(replace(certified, arrays=arrays)).state(None) == "does not hold"


@pytest.mark.parametrize("stated_eur", [np.nan, np.inf, -np.inf])
def test_a_stated_bound_that_is_not_finite_does_not_hold(certified: StudyResult, stated_eur: float) -> None:
    result = replace(certified, summary=certified.summary | {"lower_bound_eur": stated_eur})
    assert bound.lower_bound(result).state(None) == "does not hold"


def test_what_is_proved_but_not_finite_does_not_hold(certified: StudyResult, monkeypatch: pytest.MonkeyPatch) -> None:
    for proved_eur in (np.nan, np.inf):
        monkeypatch.setattr(bound, "repeated_eur", lambda *_arguments, value=proved_eur: value)
        assert bound.lower_bound(certified).state(None) == "does not hold"


def test_a_bound_above_what_the_prices_prove_does_not_hold(certified: StudyResult) -> None:
    too_much = float(certified.summary["lower_bound_eur"]) + 1.0
    result = replace(certified, summary=certified.summary | {"lower_bound_eur": too_much})
    assert bound.lower_bound(result).state(None) == "does not hold"
