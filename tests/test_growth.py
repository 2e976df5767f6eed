"""The repository stays small: every version of a file is kept for ever, and whoever clones it takes them all."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MOST_BYTES = 300_000

LARGE: dict[str, str] = {}
"""Tracked files that may be larger, and why."""


@pytest.fixture(scope="module")
def tracked() -> dict[str, int]:
    """Bytes of every tracked file that is there, by its name in the repository."""
    try:
        told = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this copy is no clone")
    names = [name for name in told.stdout.decode("utf-8").split("\0") if (ROOT / name).is_file()]
    return {name: (ROOT / name).stat().st_size for name in names if name}


def test_every_large_file_is_named_with_its_reason(tracked: dict[str, int]) -> None:
    large = {name: size for name, size in tracked.items() if size > MOST_BYTES}
    assert set(large) - set(LARGE) == set(), {name: size for name, size in large.items() if name not in LARGE}


def test_every_file_that_is_named_is_there_and_large(tracked: dict[str, int]) -> None:
    assert [name for name in LARGE if tracked.get(name, 0) <= MOST_BYTES] == []


def test_no_result_keeps_the_losses_of_every_topology(tracked: dict[str, int]) -> None:
    assert [name for name in tracked if name.startswith("data/results/") and name.endswith("topologies.npz")] == []
