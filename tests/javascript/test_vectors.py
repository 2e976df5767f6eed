"""The numbers that JavaScript is held against are what pandapower and this package give today."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from tests.javascript import vectors


def stored(name: str) -> Any:
    return json.loads((vectors.FOLDER / f"{name}.json").read_text(encoding="utf8"))


def assert_close(found: Any, wanted: Any) -> None:
    """The same shape, and numbers that differ by no more than a solver's last digits."""
    if isinstance(wanted, dict):
        assert found.keys() == wanted.keys()
        for key in wanted:
            assert_close(found[key], wanted[key])
    elif isinstance(wanted, list):
        assert len(found) == len(wanted)
        for one, other in zip(found, wanted, strict=True):
            assert_close(one, other)
    elif isinstance(wanted, float):
        assert found == pytest.approx(wanted, rel=1e-6, abs=1e-6)
    else:
        assert found == wanted


@pytest.mark.parametrize("number", range(len(vectors.SEEDS)))
def test_power_flows_are_pandapowers(number: int) -> None:
    assert_close(vectors.power_flow(vectors.SEEDS[number]), stored("powerflow")[number])


@pytest.mark.parametrize("number", range(2))
def test_power_flows_with_levers_that_move_are_pandapowers(number: int) -> None:
    assert_close(vectors.levers(vectors.SEEDS[number]), stored("levers")[number])


@pytest.mark.parametrize("number", range(len(vectors.SEEDS)))
def test_the_solvers_sweep_gives_the_same(number: int) -> None:
    network = vectors.network_of(vectors.SEEDS[number])
    for case in stored("powerflow")[number]["cases"]:
        flow = vectors.flow_of(network, np.array(case["closed"], dtype=np.bool_))
        assert flow.converged[0]
        for name, values in (("vm_pu", flow.vm_pu), ("current_a", flow.current_a), ("line_loss_kw", flow.loss_kw)):
            np.testing.assert_allclose(values[0], case[name], atol=2e-6, err_msg=name)


def test_days_feeders_and_texts_are_those_of_python() -> None:
    made = {"day": vectors.synthetic.payload(), "feeders": {name: vectors.feeder(name) for name in vectors.FEEDERS}}
    texts = [{"text": text, "values": values} for text, values in vectors.SERIES]
    for name, value in (*made.items(), ("series", texts), ("shares", vectors.shares())):
        assert_close(json.loads(json.dumps(value)), stored(name))
