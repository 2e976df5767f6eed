"""The profiles in data/: what their script makes of demandlib and pvlib, and fit for use as they stand."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

FOLDER = Path(__file__).parents[2] / "data" / "profiles"
FILES = {"summer_day": 24, "winter_day": 24, "summer_week": 168}
LOADS = ["home", "office", "evening", "industry", "shop", "bakery", "farm"]
PV = ["pv_south", "pv_east", "pv_west"]


def read(name: str, folder: Path = FOLDER) -> pd.DataFrame:
    return pd.read_csv(folder / f"{name}.csv", index_col="hour")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("demandlib")
    pytest.importorskip("pvlib")
    folder = tmp_path_factory.mktemp("profiles")
    subprocess.run([sys.executable, str(FOLDER / "make_profiles.py"), str(folder)], check=True, capture_output=True)
    return folder


@pytest.mark.parametrize("name", FILES)
def test_the_script_makes_the_files(made: Path, name: str) -> None:
    pd.testing.assert_frame_equal(read(name, made), read(name), rtol=0, atol=1.01e-4)


@pytest.mark.parametrize(("name", "hours"), FILES.items())
def test_every_hour_has_its_values(name: str, hours: int) -> None:
    table = read(name)
    assert table.index.tolist() == list(range(hours))
    assert table.columns.tolist() == LOADS + PV
    assert np.isfinite(table.to_numpy()).all()
    assert (table.to_numpy() >= 0).all()


@pytest.mark.parametrize("name", FILES)
def test_units_are_what_the_readme_says(name: str) -> None:
    """Loads peak at 1; a clear sky gives at most what is installed, and nothing at night."""
    table = read(name)
    assert (table[LOADS].max() == 1.0).all()
    assert (table[PV].max() < 1.0).all()
    assert (table[PV].max() > 0.25).all()
    assert (table.loc[table.index % 24 < 4, PV] == 0).all(axis=None)


def test_the_sun_goes_from_east_to_west() -> None:
    day = read("summer_day")
    centre = {name: float((day.index * day[name]).sum() / day[name].sum()) for name in PV}
    assert centre["pv_east"] + 1 < centre["pv_south"] < centre["pv_west"] - 1
    assert 12 < centre["pv_south"] < 13.5, "noon in Freiburg is half past one in summer time"


def test_people_keep_their_hours() -> None:
    """What makes the profiles worth having: their peaks do not coincide."""
    day = read("summer_day")
    assert 17 <= day["home"].idxmax() <= 21
    assert 8 <= day["office"].idxmax() <= 12
    assert day["bakery"].idxmax() <= 7
    assert day["industry"].min() > 0.5
    weekend = read("summer_week").loc[120:, "office"]
    assert weekend.max() < 0.5


def test_every_column_is_described() -> None:
    text = (FOLDER / "README.md").read_text(encoding="utf8")
    for column in LOADS + PV:
        assert f"`{column}`" in text
    for name in FILES:
        assert f"`{name}.csv`" in text
