"""How long a plan lasts, in the words of a caption."""

from __future__ import annotations

import pytest

from p2pdnr.figures.horizon import over, throughout
from p2pdnr.languages import ENGLISH, read

_LASTS = [
    (24, 1.0, "over the day", "all day", "über den Tag"),
    (96, 0.25, "over the day", "all day", "über den Tag"),
    (168, 1.0, "over the week", "all week", "über die Woche"),
    (8784, 1.0, "over the year", "all year", "über das Jahr"),
    (72, 1.0, "over the 3 days", "all 3 days", "über die 3 Tage"),
    (50, 0.25, "over the 12.5 hours", "all 12.5 hours", "über die 12.5 Stunden"),
]


@pytest.mark.parametrize(("hours", "step_h", "said", "all_of_it", "german"), _LASTS)
def test_a_plan_is_called_by_its_own_length(hours: int, step_h: float, said: str, all_of_it: str, german: str) -> None:
    plan = {"hours": hours, "step_h": step_h}
    assert over(plan, ENGLISH) == said
    assert throughout(plan, ENGLISH) == all_of_it
    assert over(plan, read()["de"]) == german
