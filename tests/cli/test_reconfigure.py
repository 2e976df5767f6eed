from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from p2pdnr.cli.main import main
from p2pdnr.cli.reconfigure import minimum_loss
from p2pdnr.errors import PowerFlowError, SolverError
from p2pdnr.network import powerflow, readers, topology
from p2pdnr.network.readers import from_text
from p2pdnr.reconfiguration import search

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


def test_more_topologies_than_can_be_evaluated() -> None:
    steps = 14
    rungs = [f"{2 * k + 1} {2 * k + 2} {'' if k == 0 else 'open'}" for k in range(steps)]
    rails = [f"{k + 1} {k + 3}" for k in range(2 * steps - 2)]
    ladder = from_text("S1 2, " + ", ".join([*rungs[1:], *rails]))
    with pytest.raises(SolverError, match="too many"):
        minimum_loss(ladder)


@pytest.mark.parametrize("network", ["case34bw", "nothing.json", "nothing.m", "README.md", ""])
def test_a_network_that_is_none(network: str, capsys: Capture) -> None:
    assert main(["reconfigure", network]) == 2
    assert capsys.readouterr().err.startswith("error: network")
