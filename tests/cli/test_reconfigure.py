from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from p2pdnr.cli.main import main
from p2pdnr.network import readers
from p2pdnr.network.arrays import Lever
from p2pdnr.network.levers import with_levers
from p2pdnr.network.readers import from_text
from tests.small_networks import RING, cables, ladder, newton_kw

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def ring(tmp_path: Path) -> str:
    """A file with a small network."""
    (tmp_path / "ring.json").write_text(json.dumps(readers.to_table(from_text(RING))))
    return str(tmp_path / "ring.json")


def test_the_feeders_known_optimum(capsys: Capture) -> None:
    assert main(["reconfigure", "case33bw", "--json"]) == 0
    told = capsys.readouterr()
    assert told.err == ""
    found = json.loads(told.out)
    assert found["loss_kw"] == pytest.approx(139.551, abs=5e-4)
    assert found["open_lines"] == [7, 9, 14, 32, 37]
    assert found["initial_loss_kw"] == pytest.approx(202.677, abs=5e-4)
    assert found["lower_bound_kw"] == found["loss_kw"]
    assert found["proved"] is True
    assert found["topologies"] == 50751
    assert found["seconds"] > 0


def test_for_people(capsys: Capture) -> None:
    assert main(["reconfigure", "33bw"]) == 0
    told = capsys.readouterr().out
    assert "139.5513 kW" in told
    assert "7 9 14 32 37" in told
    assert "close 33, open 7" in told


def test_locked_lines_keep_their_state(ring: str, capsys: Capture) -> None:
    assert main(["reconfigure", ring, "--json"]) == 0
    free = json.loads(capsys.readouterr().out)
    assert main(["reconfigure", ring, "--json", "--locked", f"{free['open_lines'][0]}"]) == 0
    locked = json.loads(capsys.readouterr().out)
    assert locked["loss_kw"] > free["loss_kw"]
    assert locked["topologies"] < free["topologies"]
    assert main(["reconfigure", ring, "--locked", "1,7"]) == 2
    assert "7" in capsys.readouterr().err


@pytest.fixture
def named(tmp_path: Path) -> str:
    """A ring whose owner has names for its stations and cables."""
    names, ends = ("K100", "K101", "K102", "K103"), (("UW", "ST1"), ("ST1", "ST2"), ("ST2", "ST3"), ("UW", "ST3"))
    buses = [{"id": name, "vn_kv": 20.0, "p_kw": 2000.0 * (name != "UW")} for name in ("UW", "ST1", "ST2", "ST3")]
    lines = [
        {
            "id": name,
            "from": here,
            "to": there,
            "r_ohm": 0.9 + 0.3 * (name == "K103"),
            "x_ohm": 0.6,
            "closed": name != "K103",
        }
        for name, (here, there) in zip(names, ends, strict=True)
    ]
    (tmp_path / "named.json").write_text(json.dumps({"name": "named", "buses": buses, "lines": lines}))
    return str(tmp_path / "named.json")


def test_answers_and_locks_know_the_names(named: str, capsys: Capture) -> None:
    assert main(["reconfigure", named, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["open_lines"], found["open_line_ids"]) == ([3], ["K102"])
    assert (found["operations"], found["operation_ids"]) == ([[4, "close"], [3, "open"]], ["K103", "K102"])
    assert main(["reconfigure", named]) == 0
    told = capsys.readouterr().out
    assert "open lines: 3 [K102]" in told and "close 4 [K103], open 3 [K102]" in told
    answers = []
    for locked in ("K102", "3", "#3", '"K102",K102'):
        assert main(["reconfigure", named, "--json", "--locked", locked]) == 0
        answers.append(json.loads(capsys.readouterr().out)["open_line_ids"])
    assert answers == [["K101"]] * 4
    assert main(["reconfigure", named, "--locked", "K999,K101"]) == 2
    assert "line K999 --locked: does not exist" in capsys.readouterr().err
    assert main(["reconfigure", named, "--swaps", "1", "--json"]) == 0
    best = json.loads(capsys.readouterr().out)["swaps"][0]
    assert (best["close_id"], best["open_id"]) == ("K103", "K102")


def test_a_days_table_knows_the_names(named: str, tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "day.csv").write_text("hour,factor,bus ST3 kw\n0,1,0\n1,1,9000\n")
    command = ["reconfigure", named, "--hours", str(tmp_path / "day.csv"), "--out", str(tmp_path / "out.csv")]
    assert main([*command, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    by_number = [[int(name[1:]) - 99 for name in row["open_line_ids"]] for row in found["hours"]]
    assert by_number == [row["open_lines"] for row in found["hours"]]
    assert [f"K{line + 99}" for _, line, _ in found["sequence"]] == found["sequence_ids"]
    assert (tmp_path / "out.csv").read_text().splitlines()[0].endswith(",open_lines,open_line_ids")


def test_lines_may_be_made_switchable(tmp_path: Path, capsys: Capture) -> None:
    place = tmp_path / "cables.json"
    place.write_text(json.dumps(readers.to_table(cables())))
    # all: 4 opens; the pair and 5: 5 stays open; one of the pair and 5: it stands apart, and both of them are open
    for named, opened in (("all", {4}), ("1,2,5", {5}), ("1,5", {1, 5})):
        assert main(["reconfigure", str(place), "--json", "--switchable", named]) == 0
        found = json.loads(capsys.readouterr().out)
        state = np.array([number not in opened for number in range(1, 6)])
        assert found["open_lines"] == sorted(opened)
        assert found["loss_kw"] == pytest.approx(newton_kw(cables().with_(closed=state)), abs=1e-6)
    assert main(["reconfigure", str(place), "--switchable", "9"]) == 2
    assert "--switchable" in capsys.readouterr().err


def test_single_exchanges(ring: str, capsys: Capture) -> None:
    assert main(["reconfigure", ring, "--swaps", "3", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert len(found["swaps"]) == 3
    assert main(["reconfigure", ring, "--swaps", "3"]) == 0
    table = capsys.readouterr().out.splitlines()
    assert table[2].split()[:2] == [str(found["swaps"][0]["close"]), str(found["swaps"][0]["open"])]
    assert len(table) == 5


def test_a_meshed_network(tmp_path: Path, capsys: Capture) -> None:
    network = from_text(RING.replace(" open", ""))
    (tmp_path / "ring.json").write_text(json.dumps(readers.to_table(network)))
    assert main(["reconfigure", str(tmp_path / "ring.json")]) == 0
    told = capsys.readouterr().out
    assert "not radial: meshed" in told
    assert "today meshed: 4.6034 kW, 2.9043 kW less than this radial topology" in told
    assert "lines to close: none; lines to open: 3 6" in told


def test_exchanges_and_days_start_from_a_radial_state_near_a_meshed_one(tmp_path: Path, capsys: Capture) -> None:
    """Two loops: a line of each is opened first, and told; a dead bus is connected first."""
    (tmp_path / "day.csv").write_text("hour,factor\n0,1\n1,0.5\n")
    dead = RING.replace("2 3 r=0.5", "2 3 r=0.5 open").replace("5 1 r=0.9 open", "5 1 r=0.9 open")
    for text, actions in ((RING.replace(" open", ""), ["open", "open"]), (dead, ["close"])):
        (tmp_path / "ring.json").write_text(json.dumps(readers.to_table(from_text(text))))
        for more in (["--swaps", "3"], ["--hours", str(tmp_path / "day.csv")]):
            command = ["reconfigure", str(tmp_path / "ring.json"), *more]
            assert main(command) == 0
            head = capsys.readouterr().out.splitlines()[0]
            assert head.startswith(f"the initial state is not radial: {actions[0]} ")
            assert main([*command, "--json"]) == 0
            found = json.loads(capsys.readouterr().out)
            assert [action for _, action in found["start_operations"]] == actions
            assert len(found["start_operation_ids"]) == len(actions)


def test_a_ring_that_nothing_can_open_has_no_exchanges(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "ring.json").write_text(json.dumps(readers.to_table(from_text("S1 2 fixed, 2 3 fixed, 3 1 fixed"))))
    assert main(["reconfigure", str(tmp_path / "ring.json"), "--swaps", "3"]) == 0
    assert "0 exchanges possible" in capsys.readouterr().out


@pytest.mark.parametrize("tie", ["", " open"])
def test_a_day_beside_a_loop_that_nothing_can_open(tie: str, tmp_path: Path, capsys: Capture) -> None:
    ring = "S1 2 fixed r=0.5, 2 3 fixed r=0.5, 3 1 fixed r=0.5, 2 4 r=0.5, 4 5 r=0.5, 5 3 r=0.5"
    (tmp_path / "ring.json").write_text(json.dumps(readers.to_table(from_text(f"{ring}{tie}, bus 4 p=90, bus 5 p=60"))))
    (tmp_path / "day.csv").write_text("hour,factor,bus 4 kw\n0,1,90\n1,1,900\n2,1,-100\n")
    command = ["reconfigure", str(tmp_path / "ring.json"), "--hours", str(tmp_path / "day.csv")]
    assert main([*command, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["exact"] and found["meshed_lines"] == [1, 2, 3] and found["topologies"] == 3
    assert [action for _, action in found["start_operations"]] == ([] if tie else ["open"])
    assert all(len(row["open_lines"]) == 1 and row["open_lines"][0] > 3 for row in found["hours"])
    assert main(command) == 0
    told = capsys.readouterr().out
    assert "meshed, as nothing can open it: 1 2 3" in told
    assert "all 3 topologies radial but for the meshed part compared in every hour, no schedule" in told
    assert main([*command, "--gap", "1"]) == 0
    assert main([*command, "--gap", "1", "--proof", str(tmp_path / "proof")]) == 2
    assert "but not with --levers, --proof" in capsys.readouterr().err


def test_a_day(ring: str, tmp_path: Path, capsys: Capture) -> None:
    profile = tmp_path / "day.csv"
    profile.write_text("hour,factor,bus 4 kw\n0,1,900\n1,1,-900\n2,0.5,0\n")
    command = ["reconfigure", ring, "--hours", str(profile), "--switching-cost", "0.01"]
    assert main([*command, "--json", "--out", str(tmp_path / "hours.csv")]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["exact"] is True
    assert [row["hour"] for row in found["hours"]] == [0, 1, 2]
    assert found["hourly"]["cost_eur"] <= found["static"]["cost_eur"] <= found["initial"]["cost_eur"]
    assert found["hourly"]["operations"] == len(found["sequence"])
    table = (tmp_path / "hours.csv").read_text().splitlines()
    assert table[0] == "hour,loss_kw,vm_min_pu,vm_max_pu,max_loading_percent,violation_eur,operations,open_lines"
    assert len(table) == 4
    assert main([*command, "--max-per-day", "0"]) == 0
    assert "no schedule that respects the limits is cheaper" in capsys.readouterr().out


def test_a_bound_on_a_day(ring: str, tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "day.csv").write_text("hour,factor\n0,1\n1,0.4\n")
    command = ["reconfigure", ring, "--hours", str(tmp_path / "day.csv"), "--gap", "1"]
    assert main([*command, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["exact"] and found["gap"] == 0.0
    assert found["bound_eur"] == found["hourly"]["cost_eur"]
    assert main([*command, "--levers", "all"]) == 2
    assert "is not known with --levers" in capsys.readouterr().err
    assert main(["reconfigure", ring, "--gap", "1"]) == 2
    assert "--gap" in capsys.readouterr().err


def test_a_bound_is_kept_and_repeated(ring: str, tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "day.csv").write_text("hour,factor\n0,1\n1,0.4\n")
    kept = tmp_path / "kept"
    command = ["reconfigure", ring, "--hours", str(tmp_path / "day.csv"), "--proof", str(kept)]
    assert main(command) == 2
    assert "--gap" in capsys.readouterr().err
    assert main([*command, "--gap", "1", "--loss-price", "0"]) == 2
    assert "losses cost nothing" in capsys.readouterr().err
    assert main([*command, "--gap", "1"]) == 0
    assert f"p2pdnr check {kept}" in capsys.readouterr().out
    assert main(["check", str(kept)]) == 0
    assert "every certificate holds" in capsys.readouterr().out
    table = json.loads((kept / "day.json").read_text())
    (kept / "day.json").write_text(json.dumps(table | {"bound_eur": table["cost_eur"] * 1.01}))
    assert main(["check", str(kept)]) == 1
    assert "does not stand up" in capsys.readouterr().out
    (kept / "bound.npz").unlink()
    assert main(["check", str(kept)]) == 2
    assert "does not exist" in capsys.readouterr().err


def test_a_bound_is_told_in_percent(tmp_path: Path, capsys: Capture) -> None:
    network = ladder(16)
    network = network.with_(p_kw=0.3 * network.p_kw, q_kvar=0.3 * network.q_kvar)
    (tmp_path / "ladder.json").write_text(json.dumps(readers.to_table(network)))
    (tmp_path / "day.csv").write_text("hour,factor\n0,1\n")
    assert (
        main(["reconfigure", str(tmp_path / "ladder.json"), "--hours", str(tmp_path / "day.csv"), "--gap", "30"]) == 0
    )
    told = capsys.readouterr().out
    assert "not proved to be the best of all; no schedule costs less than" in told
    assert "% below it" in told


def test_a_day_whose_columns_are_called_otherwise_says_how_it_was_read(
    ring: str, tmp_path: Path, capsys: Capture
) -> None:
    profile = tmp_path / "tag.csv"
    profile.write_text("Stunde;Faktor\n0;1\n1;0,5\n")
    assert main(["reconfigure", ring, "--hours", str(profile)]) == 0
    assert "read: column 2 ('Faktor') as factors of all loads" in capsys.readouterr().out
    assert main(["reconfigure", ring, "--hours", str(profile), "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["remarks"]) == 2


def lifted(tmp_path: Path) -> str:
    """A ring behind a tap changer, with a capacitor, as a file."""
    network = from_text("S1 2 r=5 x=4, 2 3 r=5 x=4, 3 1 r=4 x=4 open, bus 2 p=300 q=100, bus 3 p=900 q=400")
    items = [Lever("substation tap", 0, -2, 2, 0.02), Lever("capacitor", 2, 0, 2, 200.0)]
    (tmp_path / "lifted.json").write_text(json.dumps(readers.to_table(with_levers(network, items, (0, 0)))))
    (tmp_path / "day.csv").write_text("hour,factor\n0,0.2\n1,1.0\n")
    return str(tmp_path / "lifted.json")


def test_a_day_in_which_levers_move(tmp_path: Path, capsys: Capture) -> None:
    day = ["reconfigure", lifted(tmp_path), "--hours", str(tmp_path / "day.csv")]
    out = ["--out", str(tmp_path / "out.csv")]
    assert main([*day, "--levers", "all", "--lever-cost", "0.01", *out]) == 0
    told = capsys.readouterr().out
    assert "positions: tap changer at bus 1, -2 to 2; capacitor at bus 3, 0 to 2" in told
    assert "all 3 radial topologies at 15 positions of levers compared in every hour" in told
    assert (tmp_path / "out.csv").read_text().splitlines()[0].endswith("positions,lever_steps")
    assert main([*day, "--levers", "capacitors", "--max-lever-steps", "1", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["levers"] == [{"kind": "capacitor", "bus": 3, "id": "3", "min": 0, "max": 2}]
    assert found["hourly"]["lever_steps"] == 1
    assert found["hourly"]["cost_eur"] <= found["hourly_levers_held"]["cost_eur"] + 1e-6
    assert main([*day, "--json"]) == 0
    assert "positions" not in json.loads(capsys.readouterr().out)["hours"][0], "nothing more where nobody asks"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            ["--levers", "bus:2"],
            "Write all, taps, capacitors, or some of: bus:1, bus:3",
        ),
        (["--lever-cost", "1"], "means something for levers that move only"),
        (["--levers", "all", "--min-dwell", "2"], "is not kept where levers move"),
    ],
)
def test_levers_that_cannot_be_meant(options: list[str], said: str, tmp_path: Path, capsys: Capture) -> None:
    assert main(["reconfigure", lifted(tmp_path), "--hours", str(tmp_path / "day.csv"), *options]) == 2
    assert said in capsys.readouterr().err


def test_options_of_a_day_without_one(ring: str, capsys: Capture) -> None:
    assert main(["reconfigure", ring, "--max-per-day", "3", "--return"]) == 2
    told = capsys.readouterr().err
    assert "--max-per-day" in told
    assert "--return" in told


def test_a_profile_that_is_none(ring: str, tmp_path: Path, capsys: Capture) -> None:
    assert main(["reconfigure", ring, "--hours", str(tmp_path / "none.csv")]) == 2
    assert "cannot be read" in capsys.readouterr().err


@pytest.mark.parametrize(("steps", "stage", "options"), [(11, "ranking", []), (40, "bound", ["--exact"])])
def test_an_interrupt_keeps_the_best_so_far(steps: int, stage: str, options: list[str], tmp_path: Path) -> None:
    network = ladder(steps)
    network = network.with_(p_kw=4.0 / steps * network.p_kw, q_kvar=4.0 / steps * network.q_kvar)
    (tmp_path / "ladder.json").write_text(json.dumps(readers.to_table(network)))
    command = [sys.executable, "-m", "p2pdnr", "reconfigure", str(tmp_path / "ladder.json"), "--json", "--progress"]
    with subprocess.Popen([*command, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        told = next(line for line in process.stderr if f" {stage}," in line)
        assert "least loss so far" in told
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=1200)
    assert process.returncode == 0
    found = json.loads(out)
    assert found["ended"] == "interrupted"
    assert found["proved"] is False
    assert found["loss_kw"] <= found["initial_loss_kw"]
    assert (found["lower_bound_kw"] is None) == (stage == "ranking")


@pytest.mark.parametrize("network", ["case34bw", "nothing.json", "nothing.m", "README.md", ""])
def test_a_network_that_is_none(network: str, capsys: Capture) -> None:
    assert main(["reconfigure", network]) == 2
    assert capsys.readouterr().err.startswith("error: network")


def test_switching_by_day_or_never(ring: str, tmp_path: Path, capsys: Capture) -> None:
    rows = [f"{row},{0.3 + 0.1 * (row % 7)},{400 * (row % 5)}" for row in range(800)]
    (tmp_path / "long.csv").write_text("\n".join(["hour,factor,bus 3 kw", *rows]))
    command = ["reconfigure", ring, "--hours", str(tmp_path / "long.csv"), "--step", "0.25"]
    assert main([*command, "--switch-at", "daily,fixed", "--out", str(tmp_path / "plan.csv"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["switch_at"] == "daily"
    assert found["exact"] is True
    assert {row["hour"] for row in found["hours"] if row["operations"]} <= set(range(0, 800, 96))
    assert found["plans"]["daily"]["cost_eur"] <= found["plans"]["fixed"]["cost_eur"]
    assert len((tmp_path / "plan.csv").read_text().splitlines()) == 801
    assert main(command) == 0
    told = capsys.readouterr().out
    assert "none with these times of switching is cheaper" in told
    kept = str(tmp_path / "kept")
    assert main([*command, "--switch-at", "daily,fixed", "--keep", kept]) == 0
    assert f"p2pdnr check {kept}" in capsys.readouterr().out
    assert main(["check", kept]) == 0
    assert "3 hold, 1 not shown: least" in capsys.readouterr().out
    assert main([*command, "--keep", kept]) == 2
    assert "Add --switch-at" in capsys.readouterr().err
    assert main([*command, "--switch-at", "monthly"]) == 2
    assert "hourly, daily" in capsys.readouterr().err
    assert main([*command, "--levers", "all"]) == 2
    assert "744" in capsys.readouterr().err
