"""Generators of network tables: what is read, what is worked out, what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from p2pdnr.errors import NetworkError
from p2pdnr.network.held_newton import solve_held
from p2pdnr.network.readers.agreement import agreement
from p2pdnr.network.readers.report import Imported
from p2pdnr.network.readers.table import from_table, to_table


def table(generator: Any, at: int = 3, closed: bool = False) -> dict[str, Any]:
    """Four buses on a ring that is open at its last line, or closed."""
    buses: list[dict[str, Any]] = [{"vn_kv": 10.0, "p_kw": 300.0 * bus, "q_kvar": 100.0} for bus in range(4)]
    buses[0] |= {"substation_voltage_pu": 1.0, "p_kw": 0.0}
    buses[at]["generator"] = generator
    ends = ((1, 2), (2, 3), (3, 4), (1, 4))
    lines = [{"from": a, "to": b, "r_ohm": 0.5, "x_ohm": 0.6, "closed": True} for a, b in ends]
    lines[3]["closed"] = closed
    return {"buses": buses, "lines": lines}


@pytest.mark.parametrize("closed", [False, True])
def test_what_a_generator_gives_today_is_worked_out(closed: bool) -> None:
    network = from_table(table({"vm_pu": 1.0, "p_kw": 100.0, "min_kvar": -900, "max_kvar": 900}, closed=closed))
    generators = network.generators
    assert generators is not None
    assert generators.kvar == pytest.approx(solve_held(network, network.closed)[1], abs=0.1)
    assert network.p_kw[3] == 800.0 and network.q_kvar[3] == pytest.approx(100.0 - generators.kvar[0])
    assert to_table(from_table(to_table(network))) == to_table(network)


def test_limits_may_be_left_out_and_what_is_said_is_kept() -> None:
    network = from_table(table({"vm_pu": 1.01, "kvar": 5.0}))
    generators = network.generators
    assert generators is not None and generators.kvar.tolist() == [5.0]
    assert np.isinf([generators.least_kvar[0], generators.most_kvar[0]]).all()
    assert to_table(network)["buses"][3]["generator"] == {"vm_pu": 1.01, "p_kw": 0.0, "kvar": 5.0}


def test_the_check_of_a_table_judges_the_voltages_that_are_held() -> None:
    network = from_table(table({"vm_pu": 1.0, "p_kw": 100.0}))
    found = agreement(Imported(network, (), None))
    assert found.holds and "generators within their limits" in found.by
    generators = network.generators
    assert generators is not None
    generators.vm_pu[0] = 1.004
    held = from_table(to_table(network))
    generators.vm_pu[0] = 1.0
    assert agreement(Imported(held, (), None)).holds


@pytest.mark.parametrize(
    ("generator", "at", "message"),
    [
        ({"p_kw": 5.0}, 3, "vm_pu: is missing"),
        ({"vm_pu": 0.0}, 3, "vm_pu: is not above 0"),
        ({"vm_pu": True}, 3, "vm_pu: is no finite number"),
        ({"vm_pu": float("nan")}, 3, "vm_pu: is no finite number"),
        ({"vm_pu": 1.0, "min_kvar": 5, "max_kvar": 4}, 3, "min_kvar: is above max_kvar"),
        ({"vm_pu": 1.0, "q": 4}, 3, "generator.q: is not known"),
        (7, 3, "generator: is not an object"),
        ({"vm_pu": 1.0}, 0, "generator: stands at a substation"),
    ],
)
def test_faults_are_told_by_bus_and_field(generator: Any, at: int, message: str) -> None:
    with pytest.raises(NetworkError, match=message):
        from_table(table(generator, at))


def test_a_state_without_a_power_flow_is_told() -> None:
    network = from_table(table({"vm_pu": 1.0, "p_kw": 1e9}))
    assert network.generators is not None and "has no power flow that was found" in network.remarks[-1]
