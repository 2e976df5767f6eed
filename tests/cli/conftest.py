"""Scenarios and results on disk for the commands."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from p2pdnr.results import folder
from p2pdnr.results.study_result import StudyResult
from p2pdnr.scenario import document
from p2pdnr.verification import claims, verify
from tests.sample_result import sample_result


@pytest.fixture(scope="session")
def sample() -> StudyResult:
    """Eight hours with a change of topology in the middle; its summary claims what is so."""
    bare = sample_result(8)
    return replace(bare, summary=bare.summary | {"certificates": claims(verify(bare))})


@pytest.fixture
def result_folder(sample: StudyResult, tmp_path: Path) -> Path:
    """The sample as a result folder."""
    folder.save(sample, tmp_path / "result")
    return tmp_path / "result"


Edit = Callable[[dict], object]


@pytest.fixture
def scenario_file(sample: StudyResult, tmp_path: Path) -> Callable[[Edit], Path]:
    """Writes the sample's scenario with an edit, and says where."""

    def write(edit: Edit) -> Path:
        told = json.loads(document.dumps(sample.scenario))
        edit(told)
        path = tmp_path / "edited.json"
        path.write_text(json.dumps(told))
        return path

    return write
