from __future__ import annotations

import pytest

from p2pdnr.verification import words

GOOD = {"radial": "holds", "rank": "holds"}


def test_no_more_is_proved_than_what_holds() -> None:
    how = words.searched(True, "converged", False)
    assert words.proved(how, GOOD, "") == f"{words.SEARCHED} {words.UNBOUNDED}"
    assert words.proved(how, GOOD, "Over all it is least.") == f"{words.SEARCHED} Over all it is least."
    unshown = words.proved(how, GOOD | {"rank": "not shown"}, "")
    assert unshown == f"{words.SEARCHED} Not shown: rank. {words.UNBOUNDED}"
    failing = words.proved(how, GOOD | {"rank": "not shown", "dual": "does not hold"}, "Over all it is least.")
    assert failing == "Nothing is proved, as dual does not hold."


@pytest.mark.parametrize(
    ("coordinated", "status", "loose", "expected"),
    [
        (True, "converged", False, words.SEARCHED),
        (True, "converged", True, words.SEARCHED_LOOSE),
        (True, "stopped", False, words.STOPPED),
        (False, "converged", False, words.UNCOORDINATED),
        (False, "stopped", True, words.UNCOORDINATED),
    ],
)
def test_how_a_plan_came_about(coordinated: bool, status: str, loose: bool, expected: str) -> None:
    assert words.searched(coordinated, status, loose) == expected


@pytest.mark.parametrize(
    ("said", "bound_eur", "fits"),
    [
        ("1,234.50", 1234.501, True),
        ("1,234.50", 1234.52, False),
        ("-4,931.56", -4931.56, True),
        ("4,931.56", -4931.56, False),
        ("5,123", 5123.4, True),
        ("5,123", 5124.4, False),
        ("512,300", 512_345.0, True),
        ("512,300", 512_360.0, False),
        ("0.005123", 0.0051234, True),
        ("0.005123", 0.00514, False),
        ("0.005123", None, False),
        ("much", 1.0, False),
    ],
)
def test_the_words_name_the_bound_that_is_stated(said: str, bound_eur: float | None, fits: bool) -> None:
    how = words.searched(True, "converged", False)
    stated = words.proved(how, GOOD, f"Over all schedules nothing costs less than {said} EUR; that is near.")
    assert words.fits(stated, how, GOOD, bound_eur) is fits


def test_words_without_a_bound() -> None:
    how = words.searched(True, "converged", False)
    for more, bound_eur, fits in (("", None, True), ("", 1.0, False), ("No lower bound: too many.", None, True)):
        assert words.fits(words.proved(how, GOOD, more), how, GOOD, bound_eur) is fits
    assert not words.fits("The best of all.", how, GOOD, None)
    assert not words.fits(words.proved(how, GOOD, ""), how, GOOD | {"rank": "not shown"}, None)
