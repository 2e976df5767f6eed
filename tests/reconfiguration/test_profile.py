"""Load profiles from CSV: what they mean, and every problem at once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from p2pdnr.errors import ProfileError
from p2pdnr.network.readers import from_text
from p2pdnr.reconfiguration.profile import read_profile

NETWORK = from_text("S1 2, 2 3, 3 1 open, bus 2 p=100 q=50, bus 3 p=40 q=-10")


def written(folder: Path, text: str) -> Path:
    path = folder / "day.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_factors_of_all_and_of_single_buses_and_loads_themselves(tmp_path: Path) -> None:
    path = written(tmp_path, "\ufeffHour, factor ,bus 3,bus 2 kw\n0,0.5,2,-30\n\n1,1,0,7.5\n")
    p_kw, q_kvar = read_profile(path, NETWORK)
    np.testing.assert_allclose(p_kw, [[0, -30, 80], [0, 7.5, 0]])
    np.testing.assert_allclose(q_kvar, [[0, 25, -20], [0, 50, 0]])


def test_buses_without_a_column_keep_their_load(tmp_path: Path) -> None:
    p_kw, q_kvar = read_profile(written(tmp_path, "hour,bus 2 kvar\n0,8\n"), NETWORK)
    np.testing.assert_allclose(p_kw, [[0, 100, 40]])
    np.testing.assert_allclose(q_kvar, [[0, 8, -10]])


def test_all_problems_at_once(tmp_path: Path) -> None:
    text = "hour,factor,bus 2\n0,nan,x\n2,1\n2,1,1\n"
    with pytest.raises(ProfileError) as caught:
        read_profile(written(tmp_path, text), NETWORK)
    where = [problem.field for problem in caught.value.problems]
    assert where == ["row 2, column factor", "row 2, column bus 2", "row 3"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "is empty"),
        ("hour,factor\n", "has 0 hours"),
        ("hour\n0\n", "no column but hour"),
        ("hour;factor\n0;1\n", "semicolons"),
        ("time,factor\n0,1\n", "not 'hour'"),
        ("hour,bus 4\n0,1\n", "buses 1 to 3"),
        ("hour,bus 0\n0,1\n", "buses 1 to 3"),
        ("hour,load\n0,1\n", "which is no column"),
        ("hour,factor,factor\n0,1,1\n", "again"),
        ("hour,bus 2,bus 2 kw\n0,1,1\n", "both tell"),
        ("hour,factor\n1,1\n", "is 1, not 0"),
        ("hour,factor\n0,1e999\n", "no finite number"),
        ("hour,factor\n" + "".join(f"{h},1\n" for h in range(169)), "169 hours"),
        ('hour,factor\n0,"1\n', "no CSV"),
    ],
)
def test_what_is_no_profile(text: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match=told):
        read_profile(written(tmp_path, text), NETWORK)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match="cannot be read"):
        read_profile(tmp_path / "none.csv", NETWORK)
    (tmp_path / "bytes.csv").write_bytes(b"hour,\xff\xfe")
    with pytest.raises(ProfileError, match="UTF-8"):
        read_profile(tmp_path / "bytes.csv", NETWORK)
