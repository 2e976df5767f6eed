"""What the benchmarks of the page wait for and ask is there in the page: a word of it may change, these may not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = "\n".join(
    path.read_text(encoding="utf-8")
    for path in [ROOT / "p2pdnr" / "dashboard" / "page.html", *sorted((ROOT / "assets").glob("*/*.js"))]
    if path.name != "door.js"
)
DOOR = (ROOT / "assets" / "app" / "door.js").read_text(encoding="utf-8")
DRIVING = {
    path.name: text
    for path in sorted((ROOT / "benchmarks").glob("*.py"))
    if "playwright" in (text := path.read_text(encoding="utf-8"))
}


def test_there_are_benchmarks_that_drive_the_page() -> None:
    assert {"bench_page.py", "_cancels.py", "_frames.py", "_moves.py", "_imported.py"} <= set(DRIVING)


@pytest.mark.parametrize("name", DRIVING)
def test_every_element_that_a_benchmark_looks_for_is_in_the_page(name: str) -> None:
    ids = set(re.findall(r"""["' (]#([a-z][\w-]+)""", DRIVING[name]))
    made = {one: f"{one.partition('-')[0]}-${{" for one in ids}  # an id made of a prefix and a field
    assert [one for one in sorted(ids) if f'"{one}"' not in PAGE and made[one] not in PAGE] == []


@pytest.mark.parametrize("name", DRIVING)
def test_every_state_that_a_benchmark_waits_for_is_set_by_the_page(name: str) -> None:
    states = set(re.findall(r"\[data-([a-z]+)", DRIVING[name]))
    assert [one for one in sorted(states) if f"dataset.{one} = " not in PAGE and f'"data-{one}":' not in PAGE] == []


@pytest.mark.parametrize("name", DRIVING)
def test_every_name_that_a_benchmark_asks_of_the_door_is_behind_it(name: str) -> None:
    asked = set(re.findall(r"\bp2pdnr\.([a-z]\w+)\b(?=[.(])", DRIVING[name])) - {"cli", "network", "sheets", "results"}
    assert [one for one in sorted(asked) if not re.search(rf"\b{one}\b", DOOR)] == []


@pytest.mark.parametrize("name", DRIVING)
def test_no_benchmark_waits_for_words(name: str) -> None:
    assert not re.search(r"\.test\(.*\b(textContent|innerText)\b", DRIVING[name])
