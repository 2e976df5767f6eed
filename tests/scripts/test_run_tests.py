"""The stages of the suite: each reads the files that hold its tests, and no others."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.run_tests import STAGES, marked

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
