"""Readings out of standard profiles, a clear sky and vehicles, beside what demandlib and pvlib say themselves."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from p2pdnr.cli.main import main
from p2pdnr.errors import InputError
from p2pdnr.meters import standard_profiles
from p2pdnr.meters.standard_profiles import Customers, Roofs, Span, Vehicles, rows
from p2pdnr.scenario import document

bdew = pytest.importorskip("demandlib.bdew")
pytest.importorskip("pvlib")
FREIBURG = (47.99, 7.85, 280.0)


def table(*asked: Any, **more: Any) -> pd.DataFrame:
    head, *cells = rows(*asked, **more)
    return pd.DataFrame(cells, columns=head).set_index("timestamp").astype(float)


@pytest.mark.parametrize("kind", ["H25", "P25", "S25", "G25", "H0", "G3"])
def test_a_year_of_a_profile_has_the_energy_asked_for_and_its_shape(kind: str) -> None:
    whole = table([Customers(kind, 1, 4200.0)], Span(date(2025, 1, 1), 365, zone="UTC"))
    kw = whole[f"{kind} 1 consumption kW"].to_numpy()
    assert kw.sum() / 4.0 == pytest.approx(4200.0, abs=0.2)
    index = pd.date_range("2025-01-01", periods=35040, freq="15min")
    if kind.endswith("25"):
        theirs = np.asarray(getattr(bdew, kind)(index))
    else:
        name = standard_profiles.OF_1999[kind]
        theirs = bdew.ElecSlp(2025).get_scaled_power_profiles({name: 1.0})[name].to_numpy()
    np.testing.assert_allclose(kw / kw.sum(), theirs / theirs.sum(), atol=2e-7)


def test_profiles_go_by_the_wall_clock_on_days_on_which_it_changes() -> None:
    spring = table([Customers("H25", 1)], Span(date(2025, 3, 30), 1, 60))
    autumn = table([Customers("H25", 1)], Span(date(2025, 10, 26), 1, 60))
    assert (len(spring), len(autumn)) == (23, 25)
    assert spring.index[2].startswith("2025-03-30T03:00") and autumn.index[3].startswith("2025-10-26T02:00:00+01:00")
    assert autumn.iloc[2, 0] == autumn.iloc[3, 0], "two o'clock comes twice"


def test_pv_is_highest_at_noon_of_the_sun_and_recovered_from_what_is_metered() -> None:
    found = table([Customers("H25", 4)], Span(date(2025, 6, 25), 1, 60, place=FREIBURG), [Roofs(2, 6.0)])
    made = found["H25 1 generation kW"]
    assert made.max() == pytest.approx(4.6, abs=0.3) and made.idxmax()[11:13] in ("13", "14") and made.iloc[0] == 0.0
    # data/profiles holds the same roof, made by the script beside it at 24 degrees of air
    kept = pd.read_csv("data/profiles/summer_day.csv")["pv_south"].to_numpy()
    np.testing.assert_allclose(made.to_numpy() / 6.0, kept, atol=0.02)
    plain = table([Customers("H25", 1)], Span(date(2025, 6, 25), 1, 60))["H25 1 consumption kW"]
    net = found["H25 1 consumption kW"] + made - found["H25 1 feed-in kW"]
    np.testing.assert_allclose(net, plain, atol=3e-5)
    assert [name for name in found if "generation" in name] == ["H25 1 generation kW", "H25 3 generation kW"]


def test_vehicles_bring_their_energy_in_the_evening_and_the_seed_decides_when() -> None:
    span = Span(date(2025, 6, 23), 7, 15)
    plain, first = (table([Customers("H25", 10)], span, vehicles=fleet) for fleet in ([], [Vehicles(10, 8.0, 3.7)]))
    more = (first - plain).to_numpy()
    assert more.sum() / 4.0 == pytest.approx(10 * 7 * 8.0, rel=0.1) and more.max() <= 3.7 + 1e-4
    clock = np.array([int(stamp[11:13]) for stamp in first.index])
    assert more[(clock > 3) & (clock < 12)].sum() == 0.0
    again = table([Customers("H25", 10)], span, vehicles=[Vehicles(10, 8.0, 3.7)])
    assert first.equals(again)


def test_everything_that_does_not_fit_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError) as caught:
        rows([Customers("P25", 2), Customers("X", 1)], Span(date(2025, 6, 23), 1, 7), [Roofs(9, 1.0)], [Vehicles(9)])
    told = str(caught.value)
    for said in ("profile X", "is 7 minutes", "place", "at more customers than the 1 without PV", "more than the 3"):
        assert said in told
    monkeypatch.setattr(standard_profiles, "find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"demandlib: is not installed. pip install 'p2pdnr\[profiles\]'"):
        rows([Customers("H25", 1)], Span(date(2025, 6, 23)))


def test_two_commands_make_a_scenario(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    readings, out = tmp_path / "homes.csv", tmp_path / "day.json"
    given = ["--customers", "h25:3", "--customers", "S25:2:3000", "--customers", "H25:1", "--pv", "2:5:90:20"]
    more = ["--place", "47.99,7.85", "--vehicles", "1", "--day", "2025-06-25", "--step", "60"]
    assert main(["scenario", "profiles", *given, *more, "--out", str(readings)]) == 0
    network = ["--network", "case33bw", "--zone", "Europe/Berlin"]
    assert main(["scenario", "from-meters", str(readings), *network, "--out", str(out)]) == 0
    made = document.load(out)
    assert [one.id for one in made.prosumers] == ["H25 1", "H25 2", "H25 3", "S25 1", "S25 2", "H25 4"]
    assert [one.pv_kw > 0 for one in made.prosumers].count(True) == 2
    capsys.readouterr()
    for wrong in (
        ["--place", "97,0"],
        ["--day", "noon"],
        ["--pv", "two"],
        ["--vehicles", "-1"],
        ["--zone", "Moon/Sea"],
    ):
        assert main(["scenario", "profiles", *given, *more, *wrong, "--out", str(readings)]) == 2
        assert "error:" in capsys.readouterr().err
