from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from p2pdnr.cli.main import main
from p2pdnr.market.terms import prosumer_terms
from p2pdnr.network import readers
from p2pdnr.network.readers import from_text
from p2pdnr.network.topology import is_radial
from p2pdnr.scenario import assembly, document
from p2pdnr.scenario.parallel_lines import together
from p2pdnr.scenario.synthetic import synthetic

Capture = pytest.CaptureFixture[str]


def test_equal_seeds_give_equal_files(tmp_path: Path) -> None:
    for name, seed in (("a", "7"), ("b", "7"), ("c", "8")):
        assert main(["generate", str(tmp_path / f"{name}.json"), "--prosumers", "12", "--seed", seed]) == 0
    a, b, c = ((tmp_path / f"{name}.json").read_text() for name in "abc")
    assert a == b
    assert a != c


@pytest.mark.parametrize("count", [1, 32, 33, 200])
def test_as_many_prosumers_as_asked_for_on_buses_that_exist(count: int) -> None:
    network = readers.read("case33bw", None)
    scenario = synthetic(network, "case33bw", count, seed=1)
    assembly.build_network(scenario)
    buses = [prosumer.bus for prosumer in scenario.prosumers]
    assert len(buses) == count
    assert 1 not in buses
    times = np.bincount(buses, minlength=34)[2:]
    assert times.max() - times.min() <= 1
    assert len({prosumer.id for prosumer in scenario.prosumers}) == count


def test_size_follows_the_feeder() -> None:
    network = readers.read("case33bw", None)
    scenario = synthetic(network, "case33bw", 100, seed=2)
    terms = [prosumer_terms(scenario, prosumer) for prosumer in scenario.prosumers]
    assert 0.2 < sum(item.load_kw.max() for item in terms) / network.p_kw.sum() < 0.6
    assert 0.2 < sum(item.pv_kw.max() for item in terms) / network.p_kw.sum() < 1.2
    assert any(item.battery_kwh for item in terms)
    assert any(item.flexible_share for item in terms)
    assert any(item.elastic_kw for item in terms)
    assert any(item.generator_kw for item in terms)


def test_a_feeder_of_ones_own(tmp_path: Path, capsys: Capture) -> None:
    table = readers.to_table(from_text("S1 2, 2 3, 3 1 open"))
    (tmp_path / "feeder.json").write_text(json.dumps(table))
    target = tmp_path / "deep" / "day.json"
    assert main(["generate", str(target), "--network", str(tmp_path / "feeder.json"), "--prosumers", "4"]) == 0
    scenario = document.load(target)
    assert scenario.network.source == "../feeder.json"
    assert assembly.build_network(scenario, target.parent).n_buses == 3


def test_a_feeder_that_is_meshed_today_begins_with_its_loops_open(tmp_path: Path, capsys: Capture) -> None:
    table = readers.to_table(from_text("S1 2, 2 3, 3 1, 3 4, 3 4"))
    (tmp_path / "ring.json").write_text(json.dumps(table))
    assert main(["generate", str(tmp_path / "x.json"), "--network", str(tmp_path / "ring.json")]) == 0
    scenario = document.load(tmp_path / "x.json")
    opened = scenario.network.initially_open
    assert opened is not None and len(opened) == 1 and "starts open" in capsys.readouterr().out
    together_again = together(scenario, tmp_path)
    network = assembly.build_network(together_again, tmp_path)
    assert is_radial(network, network.closed) and network.n_lines == 4


@pytest.mark.parametrize(
    ("arguments", "told"),
    [(["--network", "moon"], "moon"), (["--prosumers", "0"], "prosumers"), (["--network", "none.json"], "none.json")],
)
def test_what_cannot_be_made_is_told(arguments: list[str], told: str, tmp_path: Path, capsys: Capture) -> None:
    assert main(["generate", str(tmp_path / "x.json"), *arguments]) == 2
    assert told in capsys.readouterr().err
    assert not (tmp_path / "x.json").exists()


def test_a_place_that_cannot_be_written(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "file").write_text("x")
    assert main(["generate", str(tmp_path / "file" / "x.json")]) == 2
    assert "cannot be written" in capsys.readouterr().err
