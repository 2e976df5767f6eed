"""The table of networks that come with pandapower and SimBench: none is missing, none differs."""

from __future__ import annotations

import re

import pytest

from benchmarks import bench_networks
from benchmarks._tables import kept_rows

TRANSMISSION = r"case|GB|iceland|create_cigre_network_hv|create_empty_network|example_|1-EHV|1-HVMV-mixed"
"""Grids that may be refused or left without a power flow: no distribution network is among them."""
ROWS = {row[0]: row for row in kept_rows("networks", bench_networks.TITLE)}


def test_every_network_of_pandapower_and_every_mv_grid_of_simbench_is_in_it() -> None:
    assert {name for name, _ in bench_networks.built_in()} == {name for name in ROWS if not name.startswith("1-")}
    assert len([name for name in ROWS if name.startswith("1-MV-")]) == 12


def test_what_is_read_agrees_and_what_is_refused_has_a_reason() -> None:
    for name, buses, state, worst, _, answer in ROWS.values():
        if answer.startswith("agrees"):
            assert float(worst) <= bench_networks.TOLERANCE_PU and state and int(buses) > 1, name
        else:
            assert re.search(r"^refused: .+|^no power flow: pandapower finds none|^no power flow: .+", answer), name
    assert sum(row[-1].startswith("agrees") for row in ROWS.values()) > 60
    others = {name for name, row in ROWS.items() if not row[-1].startswith("agrees")}
    assert all(re.match(TRANSMISSION, name) for name in others), others


@pytest.mark.parametrize("name", ["create_cigre_network_mv(with_der=all)", "kb_extrem_landnetz_kabel_trafo", "case9"])
def test_a_row_is_made_again(name: str) -> None:
    made = bench_networks.row(name, dict(bench_networks.built_in())[name])
    kept = ROWS[name]
    assert [made[column] for column in (0, 1, 2, 5)] == [kept[column] for column in (0, 1, 2, 5)]
    assert not made[3] or float(made[3]) <= bench_networks.TOLERANCE_PU
