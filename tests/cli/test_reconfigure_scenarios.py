"""``reconfigure --hours --scenarios``: what is printed, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from p2pdnr.cli.main import main
from tests.small_scenario import small_document

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def words(tmp_path: Path) -> list[str]:
    (tmp_path / "five.json").write_text(json.dumps(small_document()["network"]["source"]))
    (tmp_path / "day.csv").write_text("hour,factor\n0,1\n1,0.5\n")
    rows = "\n".join(f"{s},{h},{0.5 + 0.4 * ((s * 7 + h * 3) % 4)}" for s in range(6) for h in range(2))
    (tmp_path / "days.csv").write_text(f"scenario,hour,factor\n{rows}\n")
    names = [str(tmp_path / name) for name in ("five.json", "day.csv", "days.csv")]
    return ["reconfigure", names[0], "--hours", names[1], "--scenarios", names[2]]


def test_the_expected_cost_is_proved_and_told(words: list[str], capsys: Capture) -> None:
    assert main(words) == 0
    told = capsys.readouterr().out
    assert "in 6 scenarios, no schedule that respects the limits has a lower expected cost" in told
    for name in ("initial", "for the profile", "least expected"):
        assert name in told


def test_risk_looks_at_the_worst(words: list[str], capsys: Capture) -> None:
    assert main([*words, "--risk", "0.5", "--switching-cost", "0.1"]) == 0
    assert "has a lower mean cost of the worst 50% of scenarios" in capsys.readouterr().out
    assert main([*words, "--risk", "0.5", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["proved"]
    assert found["plans"]["chosen"]["risk_eur"] == pytest.approx(found["value_eur"])
    assert found["lower_bound_eur"] <= found["value_eur"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--risk", "1"], "is no level from 0 to below 1"),
        (["--risk", "much"], "--risk"),
        (["--out", "x.csv", "--levers", "all"], "--levers"),
    ],
)
def test_what_cannot_be_meant_is_refused(words: list[str], more: list[str], said: str, capsys: Capture) -> None:
    assert main([*words, *more]) == 2
    assert said in capsys.readouterr().err


def test_options_that_would_do_nothing_are_refused(words: list[str], tmp_path: Path, capsys: Capture) -> None:
    assert main([*words[:4], "--risk", "0.5"]) == 2
    assert "means something for scenarios only" in capsys.readouterr().err
    assert main([*words[:2], *words[4:]]) == 2
    assert "--scenarios" in capsys.readouterr().err
    (tmp_path / "day.csv").write_text("hour,factor\n0,1\n")
    assert main(words) == 2
    assert "has 2 steps, the profile has 1" in capsys.readouterr().err
