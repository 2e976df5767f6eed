"""Files of facts: written, read and compared."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.visual import facts
from tests.visual.facts import Facts
from tests.visual.scenes import Scene

SEEN: Facts = {
    "diagram": [
        "at 41,146 696x370",
        "path.wire 44,132 37x0 · stroke #43546a 3 round",
        "path.wire 81,132 40x20 length 150.4 by 191,30 218,56",
        'text.number[bus-12] "2,105 kWh · 24" 41,142 7x15 · fill #5f646d 12px',
    ],
    "headlines": ["at 770,72 486x147", 'dd.figure "16" 401,32 24x25 · #1d2129 21px 500'],
}
OTHER = {
    "a digit": ('"16"', '"17"'),
    "a digit of many": ("2,105", "2,106"),
    "a colour": ("#43546a", "#44546a"),
    "a width": ("3 round", "2 round"),
    "letters": ("21px 500", "21px"),
    "a bus": ("bus-12", "bus-13"),
    "a place": ("401,32", "404,32"),
    "a length": ("150.4", "157.0"),
    "a corner less": (" 218,56", ""),
}


def changed(before: str, after: str) -> Facts:
    return {region: [line.replace(before, after) for line in lines] for region, lines in SEEN.items()}


@pytest.mark.parametrize("name", OTHER)
@pytest.mark.parametrize("exact", [True, False])
def test_what_differs_is_told(name: str, exact: bool) -> None:
    found = facts.differences(SEEN, changed(*OTHER[name]), exact=exact)
    assert len([line for line in found if line.startswith(("+", "-"))]) == 2, found


def test_a_shift_by_a_pixel_differs_with_the_same_browser_alone() -> None:
    shifted = changed("401,32 24x25", "402,31 23x25")
    assert facts.differences(SEEN, SEEN, exact=True) == []
    assert facts.differences(SEEN, shifted, exact=False) == []
    assert facts.differences(SEEN, shifted, exact=True)[0] == "[headlines]"


@pytest.mark.parametrize("exact", [True, False])
def test_what_is_gone_or_in_another_order_is_told(exact: bool) -> None:
    assert facts.differences(SEEN, {"diagram": SEEN["diagram"]}, exact=exact)
    assert facts.differences(SEEN, SEEN | {"headlines": SEEN["headlines"][:1]}, exact=exact)
    first, second, *rest = SEEN["diagram"]
    assert facts.differences(SEEN, SEEN | {"diagram": [second, first, *rest]}, exact=exact)


def test_a_file_refers_to_the_first_view_and_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(facts, "FACTS", tmp_path / "facts")
    base, scene = Scene("light", 1280), Scene("light", 1280, "why")
    other = SEEN | {"headlines": ["at 770,72 486x147"]}
    facts.renew(base, SEEN)
    facts.renew(scene, other)
    path = facts.path_of(scene)
    assert "[diagram] as in light-1280" in path.read_text(encoding="utf-8")
    assert (facts.read(facts.path_of(base)), facts.read(path)) == (SEEN, other)
    before = path.stat().st_mtime_ns
    facts.renew(scene, other)
    assert path.stat().st_mtime_ns == before
