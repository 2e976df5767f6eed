"""``scenario from-meters``: a community's spreadsheet becomes a scenario that fits its network."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from p2pdnr.cli.main import main
from p2pdnr.network import readers
from p2pdnr.network.readers import from_text
from p2pdnr.scenario import document

HOMES = 6


def community(path: Path) -> Path:
    """A day of quarter hours of some homes, two of which feed in; one reading is missing."""
    rng = np.random.default_rng(1)
    names = [f"Home {k:02d} import kWh" for k in range(1, HOMES + 1)] + ["Home 03 export kWh", "Home 06 export kWh"]
    rows = [["timestamp", *names]]
    for step in range(96):
        drawn = [f"{value:.3f}" for value in rng.random(HOMES) / 10.0]
        drawn[1] = "" if step == 20 else drawn[1]
        sun = max(0.0, float(np.sin((step - 24) / 48 * np.pi)))
        rows.append([f"23.06.2025 {step // 4:02d}:{15 * (step % 4):02d}", *drawn, f"{sun:.3f}", f"{sun / 2:.3f}"])
    path.write_text("\n".join(",".join(row) for row in rows))
    return path


def test_a_spreadsheet_becomes_a_scenario(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    meters, out = community(tmp_path / "week.csv"), tmp_path / "day" / "mine.json"
    (tmp_path / "prices.csv").write_text(
        "hour;buy ct/kWh;sell ct/kWh\n" + "\n".join(f"{h};24,1;8,1" for h in range(24))
    )
    (tmp_path / "map.csv").write_text("meter,bus\nHome 01,18\nHome 02,33\n")
    given = [
        "scenario",
        "from-meters",
        str(meters),
        "--network",
        "case33bw",
        "--out",
        str(out),
        "--zone",
        "Europe/Berlin",
    ]
    rest = ["--step", "60", "--tariff", str(tmp_path / "prices.csv"), "--map", str(tmp_path / "map.csv")]
    assert main([*given, *rest]) == 0
    told = capsys.readouterr().out
    assert f"{HOMES} homes, 24 steps of 60 minutes from 2025-06-23" in told and "Home 02 (1)" in told
    scenario = document.load(out)
    assert [home.bus for home in scenario.prosumers[:2]] == [18, 33] and scenario.network.source == "case33bw"
    assert scenario.prosumers[2].pv_kw > 0 and scenario.prosumers[0].pv_kw == 0
    assert scenario.tariff.buy_eur_per_kwh[0] == pytest.approx(0.241)
    assert scenario.market.partners == "all" and "every home may trade with every other" in told


def test_homes_on_a_feeder_that_is_meshed_today(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    meters, out = community(tmp_path / "day.csv"), tmp_path / "x.json"
    (tmp_path / "ring.json").write_text(json.dumps(readers.to_table(from_text("S1 2, 2 3, 3 1"))))
    given = ["scenario", "from-meters", str(meters), "--network", str(tmp_path / "ring.json")]
    assert main([*given, "--out", str(out)]) == 0
    assert document.load(out).network.initially_open and "starts open" in capsys.readouterr().out


def test_what_does_not_fit_is_told_without_a_traceback(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    meters = community(tmp_path / "week.csv")
    given = ["scenario", "from-meters", str(meters), "--network", "case33bw", "--out", str(tmp_path / "x.json")]
    assert main([*given, "--day", "2024-01-01"]) == 2 and main([*given, "--zone", "Nowhere"]) == 2
    assert main([*given, "--day", "someday"]) == 2 and main([*given, "--days", "3"]) == 2
    (tmp_path / "map.csv").write_text("meter,bus\nHome 01,99\n")
    assert main([*given, "--map", str(tmp_path / "map.csv")]) == 2
    told = capsys.readouterr().err
    assert "Choose one from 2025-06-23 to 2025-06-23" in told and "Home 01 (99)" in told and "Traceback" not in told


def test_typical_days_are_scenarios_with_the_days_they_stand_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = ["time;Home kWh"]
    for day in range(9):
        used = [2.0 if (hour < 12) == (day % 3 == 0) else 0.5 for hour in range(24)]
        rows += [f"2025-02-{day + 1:02d} {hour:02d}:00;{used[hour]}" for hour in range(24)]
    (tmp_path / "homes.csv").write_text("\n".join(rows))
    out = tmp_path / "mine.json"
    words = ["scenario", "from-meters", str(tmp_path / "homes.csv"), "--network", "case33bw", "--typical", "2"]
    assert main([*words, "--out", str(out)]) == 0
    told = capsys.readouterr().out
    assert "stands for 3 of 9 days" in told and "stands for 6 of 9 days" in told
    made = [document.load(path) for path in sorted(tmp_path.glob("mine-2025-02-*.json"))]
    assert len(made) == 2 and all(one.hours == 24 for one in made)
    assert {one.start for one in made} <= {f"2025-02-{day:02d}T00:00" for day in range(1, 10)}
