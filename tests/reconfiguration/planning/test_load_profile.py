"""Load profiles from CSV: what they mean, and every problem at once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from p2pdnr.errors import ProfileError
from p2pdnr.network.arrays import Floats, Network
from p2pdnr.network.readers import from_text
from p2pdnr.reconfiguration.planning.load_profile import read_profile

NETWORK = from_text("S1 2, 2 3, 3 1 open, bus 2 p=100 q=50, bus 3 p=40 q=-10")


def written(folder: Path, text: str) -> Path:
    path = folder / "day.csv"
    path.write_text(text, encoding="utf-8")
    return path


def loads(path: Path, network: Network = NETWORK) -> tuple[Floats, Floats]:
    found = read_profile(path, network)
    return found.p_kw, found.q_kvar


def test_factors_of_all_and_of_single_buses_and_loads_themselves(tmp_path: Path) -> None:
    path = written(tmp_path, "\ufeffHour, factor ,bus 3,bus 2 kw\n0,0.5,2,-30\n\n1,1,0,7.5\n")
    p_kw, q_kvar = loads(path)
    np.testing.assert_allclose(p_kw, [[0, -30, 80], [0, 7.5, 0]])
    np.testing.assert_allclose(q_kvar, [[0, 25, -20], [0, 50, 0]])


def test_buses_without_a_column_keep_their_load(tmp_path: Path) -> None:
    p_kw, q_kvar = loads(written(tmp_path, "hour,bus 2 kvar\n0,8\n"))
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
        ("hour,factor\n", "has 0 steps"),
        ("hour\n0\n", "no column but hour"),
        ("Stunde;Faktor\n0;0,4\n2;0,4\n", "is 2, not 1"),
        ("Stunde;Faktor\n0;0,4\n1;40\n", "not 'hour'"),
        ("Stunde;Faktor\nMontag;0,4\n", "not 'hour'"),
        ("Stunde;Leistung kW\n0;0,4\n", "not 'hour'"),
        ("hour;Wirkleistung [kW]\n0;0,4\n", "which is no column"),
        ("heure;charge\n0;0,4\n", "which is no column"),
        ("Stunde;Faktor;Wochentag\n0;0,4;1\n", "not 'hour'"),
        ("Stunde;Faktor\n0;-0,4\n", "not 'hour'"),
        ("0;0,4\n1;0,5\n", "not 'hour'"),
        ("hour;factor\n0;0,4\n1;0.4\n", "row 2, column factor: is '0,4'"),
        ("hour;factor\n0;1.000,4\n", "no finite number"),
        ("hour,bus 4\n0,1\n", "buses 1 to 3"),
        ("hour,bus 0\n0,1\n", "buses 1 to 3"),
        ("hour,load\n0,1\n", "which is no column"),
        ("hour,factor,factor\n0,1,1\n", "again"),
        ("hour,bus 2,bus 2 kw\n0,1,1\n", "both tell"),
        ("hour,factor\n2,1\n", "is 2, not 0"),
        ("hour,factor\n1,1\n2,1\n4,1\n", "row 4, column hour: is 4, not 3"),
        ("hour,factor\n0,1\n2025-06-23 01:00,1\n", "row 3, column hour"),
        ("time,factor\n2025-06-23 00:00,1\n1,1\n", "row 3, column hour: is '1', no time stamp"),
        ("time,factor\n23.06.2025 00:00,1\n", "no time stamp"),
        ("time,factor\n2025-06-23 01:00,1\n2025-06-23 00:00,1\n", "not after the row before"),
        ("time,factor\n2025-03-30 01:00,1\n2025-03-30 02:00,1\n2025-03-30 04:00,1\n", "row 4.*comes 2 h after"),
        ("hour,factor\n0,1e999\n", "no finite number"),
        ("hour,factor\n" + "".join(f"{h},1\n" for h in range(35_137)), "35,137 steps"),
        ('hour,factor\n0,"1\n', "no CSV"),
    ],
)
def test_what_is_no_profile(text: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match=told):
        read_profile(written(tmp_path, text), NETWORK)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match="cannot be read"):
        read_profile(tmp_path / "none.csv", NETWORK)
    (tmp_path / "bytes.csv").write_bytes(b"hour,\x00\x01")
    with pytest.raises(ProfileError, match="is no text"):
        read_profile(tmp_path / "bytes.csv", NETWORK)


def test_what_spreadsheets_write(tmp_path: Path) -> None:
    for text in (
        "hour;factor;bus 2 kw\n0;0,4;-1\n1;0,5;7,5\n",
        "Hour\tfactor\tbus 2 kw\n1\t0.4\t-1\n2\t0.5\t7.5\n",
        "timestamp,factor,bus 2 kW\n2025-06-23 00:00,0.4,-1\n2025-06-23T01:00,0.5,7.5\n",
    ):
        p_kw, q_kvar = loads(written(tmp_path, text))
        np.testing.assert_allclose(p_kw, [[0, -1, 16], [0, 7.5, 20]])
        np.testing.assert_allclose(q_kvar, [[0, 20, -4], [0, 25, -5]])


def test_time_stamps_tell_the_step(tmp_path: Path) -> None:
    quarter = "time,factor\n2025-03-30T01:45+01:00,1\n2025-03-30T03:00+02:00,1\n2025-03-30T03:15+02:00,1\n"
    assert read_profile(written(tmp_path, quarter), NETWORK).step_h == pytest.approx(0.25)
    assert read_profile(tmp_path / "day.csv", NETWORK, 0.25).step_h == pytest.approx(0.25)
    with pytest.raises(ProfileError, match=r"comes 0\.25 h after the row before\. Rows stand 1 h apart"):
        read_profile(tmp_path / "day.csv", NETWORK, 1.0)
    assert read_profile(written(tmp_path, "hour,factor\n0,1\n"), NETWORK).step_h is None


def test_buses_by_their_ids(tmp_path: Path) -> None:
    network = NETWORK.with_(bus_ids=("", "Mill Road", "bus 7 (Dam)"))
    path = written(tmp_path, "hour,bus Mill Road kw,Bus bus 7,bus 1\n0,9,2,1\n")
    np.testing.assert_allclose(loads(path, network)[0], [[0, 9, 80]])
    with pytest.raises(ProfileError, match="Mill Roads, which does not exist"):
        read_profile(written(tmp_path, "hour,bus Mill Roads kw\n0,1\n"), network)
    with pytest.raises(ProfileError, match="again"):
        read_profile(written(tmp_path, "hour,bus 2,bus Mill Road\n0,1,1\n"), network)
    with pytest.raises(ProfileError, match=r"is the id of bus 2 and the number of another \(write #3\)"):
        read_profile(written(tmp_path, "hour,bus 3\n0,1\n"), NETWORK.with_(bus_ids=("", "3", "")))


@pytest.mark.parametrize(
    ("header", "rows", "told"),
    [
        ("Stunde;Faktor", ("0;0,5", "1;2"), 2),
        ("Uhrzeit;Lastfaktor", ("1;0,5", "2;2"), 2),
        ("heure;facteur", ("0;0,5", "1;2,0"), 2),
        ("hora;coeficiente", ("2025-06-23 00:00;0,5", "2025-06-23 01:00;2"), 2),
        ("Zeit\tFactor", ("0\t0.5", "1\t2"), 1),
        ("hour,profile", ("0,0.5", "1,2"), 1),
        ("hour;factor", ("0;0,5", "1;2"), 0),
    ],
)
def test_two_columns_of_any_name_are_read_by_what_stands_in_them_and_it_is_told(
    header: str, rows: tuple[str, ...], told: int, tmp_path: Path
) -> None:
    found = read_profile(written(tmp_path, "\n".join([header, *rows])), NETWORK)
    np.testing.assert_allclose(found.p_kw, [[0, 50, 20], [0, 200, 80]])
    assert len(found.remarks) == told
    assert all("by what stands in it" in remark for remark in found.remarks)
    if told == 2:
        own = header.split(";")
        assert found.remarks[0].startswith(f"column 1 ({own[0]!r}) as the hours")
        assert found.remarks[1].startswith(f"column 2 ({own[1]!r}) as factors of all loads")


def test_a_bus_beside_an_unknown_name_of_the_hours(tmp_path: Path) -> None:
    found = read_profile(written(tmp_path, "Stunde;bus 2 kw\n0;0,5\n1;-700\n"), NETWORK)
    np.testing.assert_allclose(found.p_kw[:, 1], [0.5, -700])
    assert len(found.remarks) == 1


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_profiles_in_the_encodings_of_spreadsheets(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "day.csv"
    path.write_bytes("Stunde;Verh\u00e4ltnis\n0;0,4\n1;0,5\n".encode(encoding))
    found = read_profile(path, NETWORK)
    np.testing.assert_allclose(found.p_kw[1], 1.25 * found.p_kw[0])
    assert found.p_kw.any()


def test_a_column_of_powers_has_a_remedy(tmp_path: Path) -> None:
    path = tmp_path / "day.csv"
    path.write_text("hour,load\n2025-06-23 00:00,0.4\n")
    with pytest.raises(ProfileError, match="Call it factor where its values multiply"):
        read_profile(path, NETWORK)
