"""The stages of the suite: each reads the files that hold its tests, and no others."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.run_tests import SHARED_DAYS, STAGES, divided, marked

ROOT = Path(__file__).resolve().parents[2]
BY_NAME = {stage.name: stage for stage in STAGES}


@pytest.mark.parametrize(
    ("name", "holds", "spares"),
    [
        ("interpreted", "tests/market/test_kernel.py", "tests/test_growth.py"),
        ("browser", "tests/cli/test_screenshot.py", "tests/market/test_kernel.py"),
        ("pictures", "tests/visual/test_page.py", "tests/browser/test_access.py"),
    ],
)
def test_a_stage_of_one_mark_reads_the_files_that_bear_it(name: str, holds: str, spares: str) -> None:
    found = marked(BY_NAME[name])
    assert holds in found and spares not in found
    assert all((ROOT / file).is_file() for file in found)


def test_what_bears_several_marks_or_none_is_looked_for_everywhere() -> None:
    assert marked(BY_NAME["unit"]) == []


def test_every_file_of_the_unit_stage_is_read_by_one_of_its_processes() -> None:
    groups = divided(3)
    files = [file for group in groups for file in group]
    assert len(files) == len(set(files)) > 300
    left_out = {str(file.relative_to(ROOT)) for file in (ROOT / "tests").rglob("test_*.py")} - set(files)
    assert left_out and all(file.startswith(("tests/browser/", "tests/visual/")) for file in left_out)
    sizes = [sum((ROOT / file).stat().st_size for file in group) for group in groups]
    assert max(sizes) < 1.1 * min(sizes)


def test_files_that_need_the_same_solved_day_go_to_one_process() -> None:
    groups = divided(2)
    asking = [any(SHARED_DAYS.search((ROOT / file).read_text(encoding="utf8")) for file in group) for group in groups]
    assert asking == [True, False]
