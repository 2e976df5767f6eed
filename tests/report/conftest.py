"""A complete result that nothing had to be solved for."""

from __future__ import annotations

import pytest

from p2pdnr.results.study_result import StudyResult
from tests.sample_result import sample_result


@pytest.fixture(scope="session")
def sample() -> StudyResult:
    """Eight hours with a change of topology in the middle."""
    return sample_result(8)
