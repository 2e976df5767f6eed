"""Branches worked out here beside those that pandapower gives to its own solver, and what is known of its tables."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandapower as pp
import pandapower.networks as examples
import pandas as pd
import pytest

from p2pdnr.network.readers import pandapower_model, pandapower_tables
from p2pdnr.network.readers.pandapower_model import Model
from p2pdnr.network.readers.pandapower_switches import operable
from tests.pandapower_nets import copied

EXACT = 1e-9


@copied
def multivoltage() -> Any:
    return examples.example_multivoltage()


def both(net: Any) -> tuple[Model, Model]:
    couplers = operable(net).couplers
    return pandapower_model.branch_model(net, couplers), pandapower_model.solver_model(net, couplers)


def assert_same(mine: Model, theirs: Model) -> None:
    """The same branches between the same nodes, whatever the nodes are numbered."""
    assert list(mine.branches) == list(theirs.branches)
    node: dict[int, int] = {}
    for table, own in mine.branches.items():
        other = theirs.branches[table]
        for name in ("z", "y", "y_more", "shift"):
            np.testing.assert_allclose(getattr(own, name), getattr(other, name), rtol=EXACT, atol=1e-12, err_msg=table)
        np.testing.assert_allclose(own.ratio + (own.ratio == 0), other.ratio + (other.ratio == 0), rtol=EXACT)
        np.testing.assert_allclose(mine.vn_kv[own.ends], theirs.vn_kv[other.ends])
        for here, there in zip(own.ends.ravel().tolist(), other.ends.ravel().tolist(), strict=True):
            assert node.setdefault(here, there) == there, table
    assert len(set(node.values())) == len(node)


@pytest.mark.parametrize("name", ["create_cigre_network_mv", "mv_oberrhein", "case14", "case_ieee30"])
def test_branches_of_built_in_nets_are_those_of_pandapower(name: str) -> None:
    net = getattr(examples, name)()
    assert_same(*both(net[0] if isinstance(net, tuple) else net))


@pytest.mark.parametrize("kind", ["Ratio", "Symmetrical", "Ideal", None])
@pytest.mark.parametrize("side", ["hv", "mv", "lv"])
@pytest.mark.parametrize("at_star", [False, True])
def test_tap_changers_of_every_kind(kind: str | None, side: str, at_star: bool) -> None:
    net = multivoltage()
    turned = {"Ratio": 20.0, "Symmetrical": 90.0}.get(kind or "", 0.0)
    percent = 0.0 if kind == "Ideal" and at_star else 1.5
    steps = {"tap_neutral": 1.0, "tap_pos": 5.0, "tap_step_percent": percent, "tap_step_degree": turned}
    steps |= {"tap_step_degree": 2.0} if kind == "Ideal" and at_star else {}
    for name, at in (("trafo", "lv" if side == "lv" else "hv"), ("trafo3w", side)):
        for column, value in ({"tap_side": at, "tap_changer_type": kind} | steps).items():
            net[name][column] = value
    net.trafo["parallel"], net.trafo["leakage_resistance_ratio_hv"], net.trafo["leakage_reactance_ratio_hv"] = (
        2,
        0.4,
        0.3,
    )
    net.trafo3w["tap_at_star_point"], net.trafo3w["shift_lv_degree"] = at_star, 150.0
    mine, theirs = both(net)
    assert_same(mine, theirs)
    neutral = pandapower_model.branch_model(multivoltage(), operable(net).couplers).branches["trafo3w"]
    assert np.allclose(neutral.ratio, mine.branches["trafo3w"].ratio) == (kind in ("Ideal", None))


def test_transformers_as_pi_and_lines_to_buses_out_of_service() -> None:
    net = multivoltage()
    net.user_pf_options = {"trafo_model": "pi"}
    net.bus.loc[[5, 20], "in_service"] = False
    mine, theirs = both(net)
    assert_same(mine, theirs)
    assert len(mine.vn_kv) > len(set(mine.bus[mine.bus >= 0]))  # stars and open ends


def test_impedances_with_admittances_and_couplers() -> None:
    net = pp.create_empty_network(sn_mva=10.0)
    here, there, beyond, far = (pp.create_bus(net, 20.0) for _ in range(4))
    pp.create_ext_grid(net, here)
    pp.create_impedance(net, here, there, 0.01, 0.02, sn_mva=2.0, bf_pu=0.003, gt_pu=0.001)
    pp.create_switch(net, there, beyond, "b", z_ohm=0.3)
    pp.create_switch(net, beyond, far, "b")
    pp.create_load(net, far, 1.0)
    assert_same(*both(net))


@pytest.mark.parametrize("name", ["trafo", "trafo3w"])
def test_what_is_unusual_is_asked_of_pandapower(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    net, asked = multivoltage(), list[int]()
    monkeypatch.setattr(pandapower_model, "solver_model", lambda net, couplers: asked.append(1))
    pandapower_model.branch_model(net, [])
    assert not asked
    net[name]["tap_dependency_table"] = True
    pandapower_model.branch_model(net, [])
    assert asked


def test_what_is_known_of_the_tables_is_what_pandapower_has() -> None:
    empty = pp.create_empty_network()
    tables = {
        name: {str(key): str(kind) for key, kind in table.dtypes.items()}
        for name, table in empty.items()
        if isinstance(table, pd.DataFrame) and not name.startswith(("_", "res_"))
    }
    known = {name: dict(columns) for name, columns in pandapower_tables.columns_of().items()}
    assert {name: known[name] for name in tables if name in known} == {n: c for n, c in tables.items() if n in known}
    assert {"bus", "line", "trafo", "trafo3w", "switch", "load", "gen", "dcline"} <= set(known)
    assert pandapower_tables.standard_types() == {kind: empty.std_types[kind] for kind in ("line", "trafo")}


def test_a_file_is_read_without_loading_pandapower(tmp_path: Path) -> None:
    path = tmp_path / "net.json"
    pp.to_json(examples.create_cigre_network_mv(), str(path))
    code = (
        "import sys; from pathlib import Path; from p2pdnr.network import readers;"
        "readers.read(sys.argv[1], Path()); print(*sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    loaded = {name.split(".")[0] for name in ran.stdout.split()}
    assert "p2pdnr" in loaded
    assert not loaded & {"pandapower", "cvxpy"}
