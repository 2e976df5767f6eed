"""The stages of the suite: each reads the files that hold its tests, and no others."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.run_tests import STAGES, files_of

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
    found = files_of(BY_NAME[name])
    assert holds in found and spares not in found
    assert all((ROOT / file).is_file() for file in found)


def test_the_unit_stage_reads_all_but_what_is_another_stages_as_a_whole() -> None:
    files = files_of(BY_NAME["unit"])
    assert len(files) == len(set(files)) > 300
    left_out = {str(file.relative_to(ROOT)) for file in (ROOT / "tests").rglob("test_*.py")} - set(files)
    assert left_out and all(file.startswith(("tests/browser/", "tests/visual/")) for file in left_out)
