"""Classrooms for tests of rooms."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.room.classroom import Classroom


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Classroom]:
    """A classroom of its own."""
    found = Classroom(tmp_path)
    yield found
    found.hall.close()
