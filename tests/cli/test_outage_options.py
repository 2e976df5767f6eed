"""``reconfigure --hours --outage-price``: energy that faults leave unsupplied as a part of the cost."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from p2pdnr.cli.main import main

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def day(tmp_path: Path) -> list[str]:
    profile = tmp_path / "day.csv"
    profile.write_text("hour,factor\n0,0.5\n1,1.0\n")
    return ["reconfigure", "case33bw", "--hours", str(profile)]


def test_the_price_is_a_part_of_the_cost(day: list[str], tmp_path: Path, capsys: Capture) -> None:
    assert main([*day, "--json"]) == 0
    plain = json.loads(capsys.readouterr().out)
    out = tmp_path / "hours.csv"
    assert main([*day, "--outage-price", "50", "--repair", "6", "--operation", "30", "--json", "--out", str(out)]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["exact"]
    plan = found["hourly"]
    parts = 0.12 * plan["losses_kwh"] + plan["violations_eur"] + plan["switching_eur"] + plan["outages_eur"]
    assert plan["cost_eur"] == pytest.approx(parts)
    assert plan["outages_eur"] < found["initial"]["outages_eur"]
    assert plan["losses_kwh"] >= plain["hourly"]["losses_kwh"] - 1e-3
    assert "outages_eur" not in plain["hourly"]
    with out.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert sum(float(row["outage_eur"]) for row in rows) == pytest.approx(plan["outages_eur"])
    assert main([*day, "--outage-price", "50"]) == 0
    assert "not supplied EUR" in capsys.readouterr().out


@pytest.mark.parametrize(
    "options",
    [
        ["--repair", "3"],
        ["--faults-per-year", "1"],
        ["--outage-price", "5", "--switch-at", "daily"],
    ],
)
def test_what_does_not_go_together_is_told(day: list[str], options: list[str], capsys: Capture) -> None:
    assert main([*day, *options]) == 2
    assert "--outage-price" in capsys.readouterr().err


def test_a_bound_knows_that_energy_not_supplied_is_never_worth_something(day: list[str], capsys: Capture) -> None:
    assert main([*day, "--outage-price", "50", "--gap", "1", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["bound_eur"] == pytest.approx(found["hourly"]["cost_eur"]) and found["gap"] == pytest.approx(0.0)
