"""A release is cut once or again, and the version is the same wherever it stands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from p2pdnr import __version__
from scripts import release

ROOT = Path(__file__).resolve().parents[2]
BEFORE = """# Changelog

How it is kept.

## Unreleased

The first.

### Changed

- Losses.

### Added

- A page.
"""
AFTER = """# Changelog

How it is kept.

## Unreleased

## 1.0.0 - 2026-11-28

The first.

### Changed

- Losses.

### Added

- A page.
"""


def test_what_is_unreleased_moves_under_the_version() -> None:
    assert release.cut(BEFORE, "1.0.0", "2026-11-28") == AFTER


def test_cut_again_it_takes_the_new_lines() -> None:
    more = AFTER.replace("## Unreleased\n", "## Unreleased\n\n### Fixed\n\n- A hole.\n\n### Added\n\n- A tour.\n")
    again = release.cut(more, "1.0.0", "2026-11-29")
    assert (
        again
        == AFTER.replace("11-28", "11-29").replace("### Added", "### Fixed\n\n- A hole.\n\n### Added") + "- A tour.\n"
    )


def test_the_next_version_stands_above() -> None:
    more = AFTER.replace("## Unreleased\n", "## Unreleased\n\n### Fixed\n\n- A hole.\n")
    following = release.cut(more, "1.0.1", "2026-12-24")
    assert re.findall(r"^## (.+)$", following, re.MULTILINE) == [
        "Unreleased",
        "1.0.1 - 2026-12-24",
        "1.0.0 - 2026-11-28",
    ]
    assert following.endswith(AFTER[AFTER.index("## 1.0.0") :])


@pytest.mark.parametrize("name", release.PLACES)
def test_the_version_is_the_same_everywhere(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf8")
    found = re.search(release.PLACES[name], text, re.MULTILINE)
    assert found is not None
    assert found.group().removeprefix(found[1]).removesuffix(found[2]) == __version__
