"""What a scenario may ask for beside loops that nothing can open, and how the rest is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from p2pdnr import study
from p2pdnr.errors import InputError, NetworkError, ScenarioError
from p2pdnr.network.readers import from_text
from p2pdnr.scenario import document
from p2pdnr.scenario.assembly import build_network
from p2pdnr.scenario.loops import loop_problems, loop_remark, refuse_loops, way_out
from tests.looped_scenario import looped_document

NAMES = "lines 1, 2, 3 and 4 form loops that nothing can open"


def test_a_day_beside_a_double_circuit_is_taken() -> None:
    network = build_network(document.from_dict(looped_document()))
    assert network.joints is None and network.n_buses == 6, "it is cut where it is solved"
    assert NAMES in loop_remark(network)


@pytest.mark.parametrize(
    ("field", "dso"),
    [
        ("role", {"role": "validate"}),
        ("levers", {"levers": "taps"}),
        ("security", {"security": {}}),
        ("outage_price", {"outage_price": {"eur_per_kwh": 5.0}}),
    ],
)
def test_what_is_not_there_beside_loops_is_refused_by_field_with_a_remedy(field: str, dso: dict[str, Any]) -> None:
    scene = looped_document()
    scene["dso"] |= dso
    with pytest.raises(ScenarioError) as raised:
        build_network(document.from_dict(scene))
    problem = next(item for item in raised.value.problems if item.field == field)
    assert NAMES in problem.message and "make a line of every loop switchable" in problem.remedy


def test_a_role_given_as_an_option_is_refused_as_well() -> None:
    with pytest.raises(InputError, match="loops that nothing can open"):
        study.run(document.from_dict(looped_document()), study.Options(role="envelopes"))


def test_trading_first_and_the_grid_afterwards_needs_a_radial_grid() -> None:
    with pytest.raises(NetworkError, match="needs a grid that is radial"):
        study.uncoordinated(document.from_dict(looped_document()))


def test_more_loops_than_are_solved_are_refused_by_number() -> None:
    rungs = [f"{2 * k + 1} {2 * k + 2}" for k in range(23)]
    rails = [f"{k + 1} {k + 3}" for k in range(44)]
    network = from_text(", ".join([*rungs, *rails, "bus 1 v=1"]))
    network = network.with_(switchable=np.zeros(network.n_lines, dtype=bool))
    told = list(loop_problems(document.from_dict(looped_document()), network))
    assert len(told) == 1 and "22 loops, and a day is solved with at most 20" in told[0].message
    assert "more" in told[0].message


def test_a_radial_network_is_asked_nothing() -> None:
    network = from_text("S1 2, 2 3, 3 1 open, bus 3 p=400")
    assert not list(loop_problems(document.from_dict(looped_document()), network))
    refuse_loops(network, "anything")
    assert "Make a line of every loop switchable" in way_out(network)


def test_a_loop_that_a_switch_can_open_is_still_to_be_opened() -> None:
    scene = looped_document()
    scene["network"]["initially_open"] = []
    with pytest.raises(ScenarioError, match="leaves no tree"):
        build_network(document.from_dict(scene))
