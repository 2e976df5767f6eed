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
