"""Parallel lines of a scenario's network, and the numbers that name lines."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from p2pdnr.network.readers import to_table
from p2pdnr.network.topology import is_radial
from p2pdnr.scenario import assembly, document
from p2pdnr.scenario.network_schema import NetworkTable
from p2pdnr.scenario.parallel_lines import together
from p2pdnr.scenario.schema import Scenario
from p2pdnr.sheets.writing import workbook
from tests.small_networks import cables


def scenario(network: dict[str, Any] | None = None, **dso: Any) -> Scenario:
    return document.from_dict(
        {
            "name": "two cables",
            "network": {"source": table(), **(network or {})},
            "profiles": {"load": [1.0, 0.5], "pv": [0.0, 1.0]},
            "tariff": {"buy_eur_per_kwh": [0.3, 0.3], "sell_eur_per_kwh": [0.1, 0.1]},
            "prosumers": [{"id": "Home", "bus": 2, "load_kw": 10}, {"id": "Roof", "bus": 3, "pv_kw": 20}],
            "dso": dso,
        }
    )


def table() -> dict[str, Any]:
    return to_table(cables())


def test_parallel_lines_of_a_workbook_become_one(tmp_path: Path) -> None:
    lines = [("from", "to", "r_ohm", "x_ohm"), ("1", "2", 0.1, 0.1), ("1", "2", 0.2, 0.1), ("2", "3", 0.1, 0.1)]
    buses = [("id", "vn_kv", "p_kw", "substation"), *((name, 10, 5, name == "1") for name in "123")]
    rows = {"lines": lines, "buses": [tuple("yes" if cell is True else cell or "" for cell in row) for row in buses]}
    (tmp_path / "grid.xlsx").write_bytes(workbook(rows))
    document_of_it = document.to_dict(scenario()) | {"network": {"source": "grid.xlsx"}}
    given = document.from_dict(document_of_it)
    assert assembly.build_network(together(given, tmp_path), tmp_path).n_lines == 2
    assert isinstance(assembly.standalone(given, tmp_path).network.source, NetworkTable)


def test_parallel_lines_become_one_and_numbers_follow() -> None:
    given = scenario(
        {"line_limits_a": {"2": 80, "5": 200}, "line_limit_a": 100, "switchable": [1, 2, 4, 5]},
        switching_cost_eur=1.0, line_switching_costs_eur={"2": 3, "5": 7},
    )  # fmt: skip
    found = together(given, None)
    network = assembly.build_network(found, None)
    assert network.n_lines == 4
    assert is_radial(network, network.closed)
    np.testing.assert_allclose(network.limit_a, [160, 100, 100, 200])  # two equal cables: twice the smaller limit
    assert network.switchable.tolist() == [True, False, True, True]
    assert network.line_ids == ("1 with 2", "3", "4", "5")
    assert dict(found.dso.line_switching_costs_eur) == {1: 4.0, 4: 7.0}
    assert together(found, None) == found


def test_a_scenario_may_open_one_of_them() -> None:
    given = scenario({"initially_open": [2, 5]})
    assert together(given, None) is given
    assert assembly.build_network(given, None).n_lines == 5


@pytest.mark.parametrize("source", ["case33bw", "nothing.json", "../secret.m"])
def test_what_has_none_or_cannot_be_read_stays_as_it_is(source: str) -> None:
    given = scenario({"source": source})
    assert together(given, None) is given


def test_numbers_beyond_the_network_are_told_elsewhere() -> None:
    given = scenario({"line_limits_a": {"9": 80}})
    assert together(given, None) is given
