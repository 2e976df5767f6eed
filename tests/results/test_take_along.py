"""Workbooks and Parquet archives hold what the tables hold."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from p2pdnr.errors import ResultError
from p2pdnr.results import take_along
from p2pdnr.results.columns import TABLES
from p2pdnr.results.study_result import StudyResult
from p2pdnr.sheets.reading import read_sheets


def test_a_workbook_has_the_figures_and_every_table(sample: StudyResult, tmp_path: Path) -> None:
    take_along.write_excel(sample, tmp_path / "day.xlsx")
    sheets = {
        sheet.name.rpartition(":")[2].strip(): sheet.rows
        for sheet in read_sheets((tmp_path / "day.xlsx").read_bytes(), "day.xlsx")
    }
    assert len(sheets) == 1 + len(TABLES)
    people = next(rows for name, rows in sheets.items() if "prosumers" in name)
    assert list(people[0]) == list(sample.tables.prosumers.columns)
    assert [row[1] for row in people[1:3]] == ["Home", "Farm"]
    assert [row[2] for row in people[1:]] == sample.tables.prosumers["injection_kw"].tolist()
    overview = next(rows for name, rows in sheets.items() if "overview" in name)
    assert ["objective_eur", sample.summary["objective_eur"]] in [list(row[:2]) for row in overview]


def test_more_rows_than_a_sheet_has_are_refused(
    sample: StudyResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(take_along, "_MOST_ROWS", 100)
    with pytest.raises(ResultError, match=r"buses.*lines.*--parquet"):
        take_along.write_excel(sample, tmp_path / "day.xlsx")
    assert not (tmp_path / "day.xlsx").exists()


def test_parquet_gives_the_tables_back(sample: StudyResult, tmp_path: Path) -> None:
    take_along.write_parquet(sample, tmp_path / "day.zip")
    with zipfile.ZipFile(tmp_path / "day.zip") as archive:
        assert {Path(name).stem for name in archive.namelist()} == set(TABLES)
        read = pd.read_parquet(io.BytesIO(archive.read("lines.parquet")))
    pd.testing.assert_frame_equal(read, sample.tables.lines, check_exact=True)


def test_without_pyarrow_the_remedy_is_told(
    sample: StudyResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(take_along, "find_spec", lambda name: None)
    with pytest.raises(ResultError, match=r"needs pyarrow.*pip install"):
        take_along.write_parquet(sample, tmp_path / "day.zip")
