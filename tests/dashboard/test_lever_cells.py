"""What the page says for levers that move is what a document gets."""

from __future__ import annotations

import pytest

from p2pdnr.dashboard.lever_cells import MOVING, moving, write_moving


@pytest.mark.parametrize("name", [*MOVING, "bus:1,line:7"])
def test_what_is_written_is_read_back(name: str) -> None:
    assert moving(write_moving(name)) == name
    assert moving(name) == name


def test_nothing_means_none() -> None:
    assert moving(" ") == "none"
    assert write_moving(None) == "none"
