"""Where market and grid meet: buses, places, loads, and the parts that run side by side."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from p2pdnr.coordination.messages import Blocks
from p2pdnr.coordination.problem import Known, build_problem
from p2pdnr.errors import NetworkError
from p2pdnr.execution import LocalBackend
from p2pdnr.market.responses import Pull
from p2pdnr.scenario import document
from p2pdnr.scenario.assembly import build_network
from tests.coordination.cases import FIVE, grid, market_document, problem_of, random_document

PEOPLE = (
    {"id": "A", "load_kw": 30, "power_factor": 0.8, "bus": 4},
    {"id": "B", "pv_kw": 10, "bus": 2},
    {"id": "C", "load_kw": 5, "bus": 4},
)


def scene() -> dict[str, object]:
    return market_document(*PEOPLE, hours=2, network={"source": grid(FIVE, 100.0)})


def test_prosumers_find_their_bus() -> None:
    problem = problem_of(scene())
    assert problem.prosumer_bus.tolist() == [3, 1, 3]
    assert problem.place.tolist() == [1, 0, 1]
    assert problem.prosumers_per_bus.tolist() == [1.0, 2.0]
    assert problem.at_buses(np.array([[1.0, 2.0], [10.0, 20.0], [100.0, 200.0]])).tolist() == [[10, 101], [20, 202]]


def test_reactive_power_belongs_to_the_fixed_load_alone() -> None:
    """30 kW at 0.8: 22.5 kvar on top of the background."""
    problem = problem_of(scene())
    assert problem.operator.load_kvar[0].tolist() == pytest.approx([0, 0, 0, 22.5, 0])
    assert problem.operator.load_kw[0].tolist() == [0, 100, 100, 100, 100]


def test_net_loads_are_background_less_injections() -> None:
    problem = problem_of(scene())
    injection = np.array([[-30.0, -30.0], [10.0, 0.0], [-5.0, -5.0]])
    assert problem.net_load_kw(injection).tolist() == [[0, 90, 100, 135, 100], [0, 100, 100, 135, 100]]


def test_blocks_answer_as_the_whole() -> None:
    raw = random_document(5, prosumers=5)
    scenario = document.from_dict(raw)
    network = build_network(scenario)
    whole = build_problem(scenario, network)
    rng = np.random.default_rng(0)
    shape = (whole.block.n_edges, whole.hours)
    weight = np.full(whole.hours, 1e-3)
    pull = Pull(rng.uniform(-0.3, 0.0, shape), rng.uniform(-0.1, 0.1, (5, whole.hours)), weight, weight)
    with LocalBackend(3) as backend:
        apart = build_problem(scenario, network, backend=backend)
        assert len(apart.blocks.prosumers) == 3
        one, other, private = apart.respond(pull), whole.respond(pull), whole.settled(pull)
    assert one.trade_kw == pytest.approx(other.trade_kw, abs=1e-9)
    assert one.injection_kw == pytest.approx(private.injection_kw, abs=1e-9)
    assert one.cost_eur == pytest.approx(whole.block.cost_eur(private))


@pytest.mark.parametrize(("workers", "sizes"), [(8, [1, 1, 1]), (2, [1, 2])])
def test_there_are_no_more_blocks_than_prosumers(workers: int, sizes: list[int]) -> None:
    with LocalBackend(workers) as backend:
        blocks = Blocks(problem_of(scene()).block, backend)
    assert [item.stop - item.start for item in blocks.prosumers] == sizes


def test_a_network_without_lines_is_refused() -> None:
    raw = market_document({"id": "A", "load_kw": 1, "bus": 1}, network={"source": {"buses": [{"vn_kv": 10.0}]}})
    with pytest.raises(NetworkError, match="no lines"):
        problem_of(raw)


@pytest.mark.parametrize("p2p", [True, False])
def test_what_is_known_already_makes_the_same_problem(p2p: bool) -> None:
    scenario = document.from_dict(scene())
    network = build_network(scenario)
    made = build_problem(scenario, network, p2p)
    known = Known(made.block.terms, made.trades.pairs, (made.block, made.trades))
    again, half = (build_problem(scenario, network, known=item) for item in (known, replace(known, market=None)))
    assert again.block is made.block and half.block.terms is made.block.terms
    for name in ("lower", "upper", "linear", "edge_limit_kw", "edge_fee_eur", "directed"):
        np.testing.assert_array_equal(getattr(half.block, name), getattr(made.block, name))
    np.testing.assert_array_equal(half.operator.load_kvar, made.operator.load_kvar)
