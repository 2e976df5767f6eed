"""docs/trust.md names tests that are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "trust.md").read_text(encoding="utf8")
TESTS = re.findall(r"`(tests/\w+/\w+\.py|tests/\w+\.py)::(\w+)`", PAGE)
FILES = re.findall(r"`(tests/[\w/]+\.py|benchmarks/\w+\.py|p2pdnr/[\w/]+\.py)`", PAGE)


@pytest.mark.parametrize(("file", "name"), TESTS)
def test_a_named_test_is_there(file: str, name: str) -> None:
    assert f"def {name}(" in (ROOT / file).read_text(encoding="utf8")


def test_named_files_are_there_and_every_fault_has_a_test() -> None:
    assert [name for name in FILES if not (ROOT / name).is_file()] == []
    faults = PAGE.split("## Faults")[1].split("## Load")[0]
    assert f"| faults survived | {faults.count('| `tests/')}, each with a test" in PAGE
