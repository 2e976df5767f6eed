from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from p2pdnr.cli.main import main
from p2pdnr.cli.reconfigure import minimum_loss
from p2pdnr.errors import PowerFlowError
from p2pdnr.network import powerflow, readers, topology
from p2pdnr.network.arrays import Network
from p2pdnr.network.readers import from_text
from p2pdnr.reconfiguration import search
from p2pdnr.reconfiguration.exchange import Effort

Capture = pytest.CaptureFixture[str]


def test_the_feeders_known_optimum(capsys: Capture) -> None:
    assert main(["reconfigure", "case33bw", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
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


def by_hand(network) -> tuple[float, list[int]]:  # type: ignore[no-untyped-def]
    """Every tree one at a time; those that break a limit behind the others."""
    ranked = []
    trees = search.all_trees(network)
    for index in range(len(trees)):
        closed = trees.closed(index)
        flow = powerflow.solve_tree(network, topology.orient(network, closed), network.p_kw[None], network.q_kvar[None])
        low = flow.vm_pu.min() < network.vm_min_pu
        over = (flow.current_a[0] > network.limit_a).any()
        if flow.converged.all():
            ranked.append((bool(low or over), float(flow.loss_kw.sum()), (np.flatnonzero(~closed) + 1).tolist()))
    return min(ranked)[1:]


RING = "S1 2 r=0.4, 2 3 r=0.5, 3 4 r=0.6, 4 5 r=0.3, 5 1 r=0.9 open, 2 5 r=1.2 open, bus 4 p=900"


@pytest.mark.parametrize("drawing", [RING, RING.replace("5 1 r=0.9", "5 1 r=0.9 limit=20"), f"{RING}, bus 1 v=1.03"])
def test_small_networks_by_hand(drawing: str) -> None:
    network = from_text(drawing)
    loss_kw, opened = by_hand(network)
    found = minimum_loss(network)
    assert found["loss_kw"] == pytest.approx(loss_kw, abs=1e-6)
    assert found["open_lines"] == opened


def test_limits_decide_before_losses() -> None:
    free, limited = (minimum_loss(from_text(text)) for text in (RING, RING.replace("5 1 r=0.9", "5 1 r=0.9 limit=20")))
    assert limited["open_lines"] != free["open_lines"]
    assert limited["loss_kw"] > free["loss_kw"]


def test_an_initial_state_that_is_not_radial_has_no_loss(tmp_path: Path, capsys: Capture) -> None:
    network = from_text(RING.replace(" open", ""))
    (tmp_path / "ring.json").write_text(json.dumps(readers.to_table(network)))
    assert main(["reconfigure", str(tmp_path / "ring.json")]) == 0
    assert "not radial" in capsys.readouterr().out
    assert minimum_loss(network)["initial_loss_kw"] is None


def test_a_load_that_no_topology_can_carry() -> None:
    with pytest.raises(PowerFlowError):
        minimum_loss(from_text(RING.replace("p=900", "p=9000000")))


def ladder(steps: int) -> Network:
    """Rails 1-3-5... and 2-4-6..., a rung at every step; only the last is closed: one rail is fed from its far end."""
    rungs = [f"{2 * k + 1} {2 * k + 2} {'open' if k < steps - 1 else ''}" for k in range(steps)]
    rails = [f"{k + 1} {k + 3}" for k in range(2 * steps - 2)]
    return from_text(", ".join([*rungs, *rails, "bus 1 v=1"]))


def test_more_topologies_than_can_be_evaluated() -> None:
    network = ladder(14)
    found = minimum_loss(network, Effort(seed=1))
    assert found["topologies"] > 10_000_000
    assert found["proved"] is False
    assert found["lower_bound_kw"] is None
    assert found["loss_kw"] < 0.9 * found["initial_loss_kw"]
    closed = np.ones(network.n_lines, dtype=bool)
    closed[np.array(found["open_lines"]) - 1] = False
    flow = powerflow.solve_tree(network, topology.orient(network, closed), network.p_kw[None], network.q_kvar[None])
    assert float(flow.loss_kw.sum()) == pytest.approx(found["loss_kw"], abs=1e-6)
    assert minimum_loss(network, Effort(seed=1)) == found


def test_the_search_finds_what_is_proved_where_both_can(monkeypatch: pytest.MonkeyPatch) -> None:
    network = readers.read("case33bw", None)
    proved = minimum_loss(network)
    monkeypatch.setattr("p2pdnr.reconfiguration.trees.MOST_TREES", 1000)
    found = minimum_loss(network)
    assert found["proved"] is False
    assert found["open_lines"] == proved["open_lines"]


@pytest.mark.parametrize("network", ["case34bw", "nothing.json", "nothing.m", "README.md", ""])
def test_a_network_that_is_none(network: str, capsys: Capture) -> None:
    assert main(["reconfigure", network]) == 2
    assert capsys.readouterr().err.startswith("error: network")
