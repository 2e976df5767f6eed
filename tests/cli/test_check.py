from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from p2pdnr.cli.main import main
from p2pdnr.verification import RULES

Capture = pytest.CaptureFixture[str]


def restate(folder: Path, change: Callable[[dict], object]) -> None:
    summary = json.loads((folder / "summary.json").read_text())
    change(summary)
    (folder / "summary.json").write_text(json.dumps(summary))


def test_every_certificate_is_printed_with_value_and_limit(result_folder: Path, capsys: Capture) -> None:
    main(["check", str(result_folder)])
    told = capsys.readouterr().out
    stated = json.loads((result_folder / "summary.json").read_text())["certificates"]
    for name, claim in stated.items():
        line = next(line for line in told.splitlines() if f" {name} " in line)
        if claim["limit"] is not None and name not in ("regret", "rationality_eur"):
            assert f"<= {RULES[name].limit:g}" in line


def test_an_altered_table_fails(result_folder: Path, capsys: Capture) -> None:
    text = (result_folder / "buses.csv").read_text().splitlines()
    cells = text[40].split(",")
    cells[2] = str(float(cells[2]) - 1e-4)
    text[40] = ",".join(cells)
    (result_folder / "buses.csv").write_text("\n".join(text) + "\n")
    assert main(["check", str(result_folder)]) == 1
    told = capsys.readouterr().out
    assert any(line.split()[:2] == ["FAILS", "ac_voltage_pu"] for line in told.splitlines())
    assert "does not stand up" in told


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda s: s["certificates"]["ac_loss_kw"].update(value=1e-4 + 4e-4), "states ac_loss_kw = 0.0005"),
        (lambda s: s["certificates"]["radial"].update(holds=False), "states radial"),
        (lambda s: s["certificates"].pop("budget_eur"), "does not state the certificate budget_eur"),
        (lambda s: s["certificates"].update(beauty={"value": 1, "limit": 2, "holds": True}), "states beauty"),
        (lambda s: s.update(objective_eur=s["objective_eur"] - 1), "states objective_eur"),
        (lambda s: s.update(above_tariff_ids=["Nobody"]), "states above_tariff_ids"),
        (lambda s: s.update(charges_collected_eur=s["charges_collected_eur"] + 1), "states charges_collected_eur"),
        (lambda s: s.update(operations=0), "states operations"),
        (lambda s: s["costs_eur"].update(losses=0.0), "states costs_eur.losses"),
        (lambda s: s.update(curtailed_kwh=None), "states curtailed_kwh = None"),
    ],
)
def test_a_summary_that_says_something_else_fails(
    change: Callable[[dict], object], told: str, result_folder: Path, capsys: Capture
) -> None:
    restate(result_folder, change)
    assert main(["check", str(result_folder)]) == 1
    assert told in capsys.readouterr().out


def test_a_torn_folder_is_bad_input(result_folder: Path, capsys: Capture) -> None:
    (result_folder / "lines.csv").unlink()
    (result_folder / "summary.json").write_text("{")
    assert main(["check", str(result_folder)]) == 2
    told = capsys.readouterr().err
    assert "lines.csv" in told
    assert "summary.json" in told
