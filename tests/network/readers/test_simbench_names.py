"""SimBench grids by name: which names are codes, and what happens with and without the package."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import numpy as np
import pandapower as pp
import pytest
from pandapower import networks

from p2pdnr.errors import NetworkError
from p2pdnr.network import readers
from p2pdnr.network.powerflow import solve_tree
from p2pdnr.network.readers import simbench_names
from p2pdnr.network.topology import orient

CODE = "1-MV-rural--0-sw"


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> pp.pandapowerNet:
    """The package with one grid, which is pandapower's open ring; its own data are 90 MB."""
    net = networks.simple_mv_open_ring_net()
    package = SimpleNamespace(collect_all_simbench_codes=lambda: [CODE], get_simbench_net=lambda code: net)
    monkeypatch.setitem(sys.modules, "simbench", package)
    monkeypatch.setattr(simbench_names, "find_spec", lambda name: object())
    return net


@pytest.mark.parametrize("name", [CODE, "1-LV-rural1--2-no_sw", "1-MVLV-semiurb-5.220-0-sw", "1-HVMV-urban-all-1-sw"])
def test_codes_are_known_and_take_a_while(name: str) -> None:
    assert simbench_names.is_simbench_code(name) and not readers.is_quick(name)


@pytest.mark.parametrize("name", ["case33bw", "1-MV-rural", "2-MV-rural--0-sw", "1-MV-rural--0-sw/../../etc"])
def test_other_names_are_no_codes(name: str) -> None:
    assert not simbench_names.is_simbench_code(name)


def test_the_grid_has_the_power_flow_that_pandapower_finds(stand_in: pp.pandapowerNet) -> None:
    network = readers.read(CODE, None)
    pp.runpp(stand_in, numba=False, tolerance_mva=1e-9)
    found = solve_tree(network, orient(network, network.closed), network.p_kw[None], network.q_kvar[None])
    assert network.name == CODE
    lost_kw = 1e3 * (stand_in.res_line.pl_mw.sum() + stand_in.res_trafo.pl_mw.sum())
    assert np.sum(found.loss_kw) == pytest.approx(lost_kw, abs=1e-3)


def test_a_code_that_there_is_not_is_refused(stand_in: pp.pandapowerNet) -> None:
    with pytest.raises(NetworkError, match="is no code of SimBench"):
        readers.read("1-MV-lunar--0-sw", None)


def test_without_the_package_the_remedy_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simbench_names, "find_spec", lambda name: None)
    with pytest.raises(NetworkError, match=r"not installed.*pip install"):
        readers.read(CODE, None)
