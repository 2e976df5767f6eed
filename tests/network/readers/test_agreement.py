"""The check of what was read: it agrees where the reading is right, and says so where it is not."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from p2pdnr.cli.main import main
from p2pdnr.network.readers import from_text
from p2pdnr.network.readers.agreement import OWN, agreement, own_flow
from p2pdnr.network.readers.pandapower import imported
from tests.pandapower_nets import copied
from tests.small_networks import newton_kw

pp = pytest.importorskip("pandapower")
networks = pytest.importorskip("pandapower.networks")


@copied
def meshed() -> Any:
    """A loop that switches can open, and one that nothing can."""
    net = pp.create_empty_network()
    for _ in range(6):
        pp.create_bus(net, 20.0)
    pp.create_ext_grid(net, 0, vm_pu=1.01)
    for start, end in ((0, 1), (1, 2), (2, 0), (2, 3), (3, 4), (4, 5), (5, 2)):
        pp.create_line(net, start, end, 3.0, "NA2XS2Y 1x185 RM/25 12/20 kV")
    for bus, line in ((3, 4), (4, 5)):
        pp.create_switch(net, bus, line, "l")
    for bus in range(1, 6):
        pp.create_load(net, bus, 0.8, 0.2)
    return net


def test_meshed_states_agree_with_runpp() -> None:
    found = agreement(imported(meshed(), "meshed"))
    assert found.holds and found.vm_pu < 1e-9 and found.loss_kw == pytest.approx(found.their_loss_kw, abs=1e-5)
    assert "runpp" in found.by


def test_a_reading_that_is_wrong_differs_and_is_named() -> None:
    read = imported(meshed(), "meshed")
    wrong = read.network.p_kw.copy()
    wrong[4] *= 1.05
    found = agreement(replace(read, network=read.network.with_(p_kw=wrong)))
    assert not found.holds and found.vm_pu > 1e-6 and found.bus == "bus 4"
    assert found.as_dict()["holds"] is False


def test_a_network_that_is_partly_without_supply_is_compared_where_it_has_some() -> None:
    net = meshed()
    net.switch["closed"] = False
    found = agreement(imported(net, "partly dark"))
    assert found.holds


def test_a_net_without_a_power_flow_is_not_shown() -> None:
    net = meshed()
    net.load["p_mw"] = 500.0
    found = agreement(imported(net, "too much"))
    assert not found.holds and "pandapower finds no power flow" in found.reason and "reason" in found.as_dict()


def test_the_power_flow_of_a_state_with_loops_is_that_of_newton_raphson() -> None:
    network = from_text("S1 2, 2 3, 3 1, bus 2 p=300, bus 3 p=700 q=200")
    vm_pu, loss_kw, own = own_flow(network)
    assert own == OWN
    assert loss_kw == pytest.approx(newton_kw(network), abs=1e-6) and np.isfinite(vm_pu).all()


@pytest.mark.parametrize("name", ["bus {}", "bus 1 with bus {}", ") ({}", "a" * 300, "Größe 🏠\n<b>"])
def test_buses_are_compared_whatever_their_names_are(name: str) -> None:
    net = meshed()
    net.bus["name"] = [name.format(bus + 1) for bus in net.bus.index]
    assert agreement(imported(net, "odd names")).holds


def test_states_of_more_loops_than_are_solved_are_compared_by_newton_raphson(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("p2pdnr.network.break_points.MOST_LOOPS", 1)
    found = agreement(imported(meshed(), "meshed"))
    assert found.holds and found.own != OWN and "Newton-Raphson" in found.own


def test_the_command_checks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pp.to_json(meshed(), str(tmp_path / "net.json"))
    assert main(["network", "import", str(tmp_path / "net.json"), "--check"]) == 0
    assert "check: agrees with pandapower's runpp" in capsys.readouterr().out
    (tmp_path / "lines.csv").write_text("from,to,r_ohm,x_ohm\nGrid,A,0.5,0.4\nA,B,0.5,0.4\nB,Grid,0.5,0.4\n")
    (tmp_path / "buses.csv").write_text("bus,p_kw\nA,100\nB,50\n")
    sheets = [str(tmp_path / "lines.csv"), str(tmp_path / "buses.csv"), "--kv", "20"]
    assert main(["network", "import", *sheets, "--check", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["check"]["holds"] is True
    net = meshed()
    net.load["p_mw"] = 500.0
    pp.to_json(net, str(tmp_path / "net.json"))
    assert main(["network", "import", str(tmp_path / "net.json"), "--check"]) == 1
    assert "check: not shown: pandapower finds no power flow" in capsys.readouterr().out
