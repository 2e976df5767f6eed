"""solve, compare, sweep: on a network of five buses, through the same door as everything else."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from p2pdnr.cli.main import main
from p2pdnr.results import folder
from p2pdnr.results.summary import COST_PARTS
from p2pdnr.verification import RULES
from tests.small_scenario import small_document

Capture = pytest.CaptureFixture[str]
pytest.importorskip("p2pdnr.study")


@pytest.fixture
def small(tmp_path: Path) -> Path:
    (tmp_path / "small.json").write_text(json.dumps(small_document()))
    return tmp_path / "small.json"


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))


def test_solve_check_and_solve_again(small: Path, tmp_path: Path, capsys: Capture) -> None:
    out = tmp_path / "out"
    assert main(["solve", str(small), "--out", str(out)]) == 0
    told = capsys.readouterr()
    for word in ("Small: hourly topology, P2P trading, converged", *COST_PARTS, *RULES, "kWh", str(out)):
        assert word in told.out
    assert told.err == ""
    summary = folder.load(out).summary
    assert summary["status"] == "converged"
    assert set(summary["certificates"]) == set(RULES)
    assert all(claim["holds"] for claim in summary["certificates"].values())
    assert main(["check", str(out)]) == 0
    assert "every certificate holds" in capsys.readouterr().out
    assert main(["solve", str(small), "--warm", str(out), "--out", str(out), "--mode", "static", "--no-p2p"]) == 0
    again = folder.load(out)
    assert again.summary["mode"] == "static"
    assert again.summary["p2p"] is False
    assert len(again.tables.trades) == 0


def test_without_a_target_the_result_goes_to_results(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["solve", "small.json", "--mode", "fixed"]) == 0
    assert (tmp_path / "results" / "small-fixed" / "summary.json").is_file()
    assert "results/small-fixed" in capsys.readouterr().out


def test_a_target_that_cannot_stand_is_told_after_reading_only(small: Path, tmp_path: Path, capsys: Capture) -> None:
    assert main(["solve", str(small), "--out", str(small)]) == 2
    assert "no result folder" in capsys.readouterr().err
    assert main(["solve", str(small), "--warm", str(tmp_path / "none"), "--out", str(tmp_path / "x")]) == 2


def test_a_plan_is_tested_on_days_that_are_not_as_expected(small: Path, tmp_path: Path, capsys: Capture) -> None:
    out = tmp_path / "out"
    assert main(["solve", str(small), "--mode", "fixed", "--stress", "20", "--seed", "3", "--out", str(out)]) == 0
    told = capsys.readouterr().out
    assert "20 days that are not as expected" in told and "price of violations" in told
    stated = folder.load(out)
    assert stated.summary["stress"]["days"] == 20 and stated.summary["stress"]["seed"] == 3
    assert stated.stress is not None and len(stated.stress) == 4
    assert rows(out / "stress.csv")[0]["hour"] == "0"
    assert main(["check", str(out)]) == 0
    text = (out / "summary.json").read_text()
    (out / "summary.json").write_text(text.replace('"days_violated": 0', '"days_violated": 1'))
    capsys.readouterr()
    assert main(["check", str(out)]) == 1
    assert "stress.days_violated" in capsys.readouterr().out


def test_compare_prints_and_writes_the_table_of_modes(small: Path, tmp_path: Path, capsys: Capture) -> None:
    assert main(["compare", str(small), "--out", str(tmp_path / "out")]) == 0
    table = rows(tmp_path / "out" / "compare.csv")
    assert [row["mode"] for row in table] == ["fixed-no-p2p", "fixed", "static", "hourly"]
    told = capsys.readouterr().out
    for name in table[0]:
        assert name in told
    totals = [float(row["objective_eur"]) for row in table]
    assert totals == sorted(totals, reverse=True)
    for row in table:
        assert sum(float(row[f"{part}_eur"]) for part in COST_PARTS) == pytest.approx(float(row["objective_eur"]))
        stored = folder.load(tmp_path / "out" / row["mode"]).summary
        assert float(row["losses_kwh"]) == stored["losses_kwh"]


def test_compare_shows_trading_that_takes_no_notice_of_the_grid(small: Path, tmp_path: Path, capsys: Capture) -> None:
    assert main(["compare", str(small), "--uncoordinated", "--stress", "5", "--out", str(tmp_path / "out")]) == 0
    table = rows(tmp_path / "out" / "compare.csv")
    modes = ("fixed", "static", "hourly")
    assert [row["mode"] for row in table] == ["fixed-no-p2p", *modes, *(f"uncoordinated-{mode}" for mode in modes)]
    cost = {row["mode"]: float(row["objective_eur"]) for row in table}
    for mode in modes:
        assert cost[mode] <= cost[f"uncoordinated-{mode}"] + 0.01
    assert capsys.readouterr().out.count("5 days that are not as expected") == 7
    assert main(["check", str(tmp_path / "out" / "uncoordinated-hourly")]) == 0


def test_compare_sets_the_roles_of_the_operator_side_by_side(small: Path, tmp_path: Path, capsys: Capture) -> None:
    out = tmp_path / "out"
    assert main(["compare", str(small), "--roles", "--mode", "fixed", "--out", str(out)]) == 0
    table = rows(out / "roles.csv")
    found, (told, wrong) = [row["role"] for row in table], capsys.readouterr()
    named = [line.split()[2].rstrip(":") for line in wrong.splitlines() if line.startswith("no row")]
    assert sorted(found + named) == ["envelopes", "leader", "validate", "welfare"], "each has a row or a reason"
    assert found[0] == "welfare" and float(table[0]["above_welfare"]) == 0.0
    assert "welfare: lose against the retailer's tariff alone: nobody" in told
    for row in table:
        stored = folder.load(out / row["role"])
        assert stored.scenario.dso.role == row["role"] and stored.summary["mode"] == "fixed"
        parts = [float(row[f"{part}_eur"]) for part in ("losses", "violations", "switching")]
        paid = (stored.summary.get("role") or {}).get("compensation_eur", 0.0)
        assert float(row["operator_cost_eur"]) == pytest.approx(sum(parts) + paid)
        assert float(row["objective_eur"]) == stored.summary["objective_eur"]
        assert f"{row['role']}: worse off than with the retailer's tariff alone" in told


@pytest.mark.parametrize("words", [["--mode", "fixed"], ["--roles", "--uncoordinated"]])
def test_what_does_not_go_with_roles_is_refused(words: list[str], small: Path, capsys: Capture) -> None:
    assert main(["compare", str(small), *words]) == 2
    assert "roles" in capsys.readouterr().err


def test_sweep_has_a_row_for_every_combination(small: Path, tmp_path: Path, capsys: Capture) -> None:
    vary = ["--vary", "pv_kw=0:1:2", "--vary", "dso.switching_cost_eur=0:9:2"]
    assert main(["sweep", str(small), *vary, "--out", str(tmp_path / "out")]) == 0
    table = rows(tmp_path / "out" / "sweep.csv")
    assert [(row["pv_kw"], row["dso.switching_cost_eur"]) for row in table] == [
        ("0.0", "0.0"), ("0.0", "9.0"), ("1.0", "0.0"), ("1.0", "9.0"),
    ]  # fmt: skip
    assert {row["operations"] for row in table if row["dso.switching_cost_eur"] == "9.0"} == {"0"}
    assert float(table[2]["objective_eur"]) < float(table[0]["objective_eur"])
    assert "4/4" in capsys.readouterr().err


@pytest.mark.parametrize("vary", ["pv_kw=1", "colour=0:1:2", "prosumers.Moon.pv_kw=0:1:2", "pv_kw=-1:1:2"])
def test_a_variation_that_cannot_be_is_refused_before_anything_is_solved(
    vary: str, small: Path, capsys: Capture
) -> None:
    assert main(["sweep", str(small), "--vary", vary]) == 2
    assert capsys.readouterr().err.startswith("error: ")


def test_a_bound_is_shown_proved_again_and_not_believed_when_altered(
    small: Path, tmp_path: Path, capsys: Capture
) -> None:
    out = tmp_path / "out"
    assert main(["solve", str(small), "--certify", "--out", str(out)]) == 0
    told = capsys.readouterr().out
    summary = json.loads((out / "summary.json").read_text())
    bound_eur = summary["lower_bound_eur"]
    assert summary["objective_eur"] - 0.005 * sum(map(abs, summary["costs_eur"].values())) < bound_eur
    assert f"{bound_eur:,.2f} EUR" in told
    assert "lower_bound" in told
    assert "nothing costs less" in summary["proved"]
    assert main(["check", str(out)]) == 0
    summary["lower_bound_eur"] = bound_eur + 0.01
    (out / "summary.json").write_text(json.dumps(summary))
    assert main(["check", str(out)]) == 1
    assert "the stored prices prove" in capsys.readouterr().out
