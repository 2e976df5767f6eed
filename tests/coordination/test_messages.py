"""Everything that crosses between blocks of prosumers and the rest: recorded, counted, and nothing private in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from p2pdnr.coordination.admm import iterations
from p2pdnr.coordination.admm.settings import AdmmSettings
from p2pdnr.coordination.messages import per_iteration
from p2pdnr.coordination.problem import CoordinationProblem, build_problem
from p2pdnr.execution import LocalBackend
from p2pdnr.market.prosumer_blocks import tolerance_eur
from p2pdnr.market.responses import Pull, block_of
from p2pdnr.scenario import document
from p2pdnr.scenario.assembly import build_network
from tests.coordination.cases import initial, market_document, random_document

TURNS = 12
Crossing = tuple[int, str, Mapping[str, Any]]


def recorded(raw: dict[str, Any], turns: int = TURNS) -> tuple[CoordinationProblem, list[Crossing]]:
    """A negotiation of some turns between two blocks, and every message of it."""
    crossed: list[Crossing] = []
    scenario = document.from_dict(raw)
    with LocalBackend(2, listen=lambda index, way, message: crossed.append((index, way, message))) as backend:
        problem = build_problem(scenario, build_network(scenario), backend=backend)
        rules = AdmmSettings(max_iterations=turns, primal_kw=1e-9)
        iterations.negotiate(problem, initial(problem), iterations.opening(problem, rules), rules)
    return problem, crossed


def test_only_prices_trades_and_injections_cross() -> None:
    problem, crossed = recorded(random_document(5, prosumers=5))
    for index, way, message in crossed:
        people, edges = problem.blocks.prosumers[index], problem.blocks.edges[index]
        per_person = (people.stop - people.start, problem.hours)
        per_edge, per_hour = (edges.stop - edges.start, problem.hours), (problem.hours,)
        shapes = {name: values.shape for name, values in message.items()}
        if way == "to":
            linear = {"trade_linear": per_edge, "injection_linear": per_person}
            assert shapes == linear | {"trade_weight": per_hour, "injection_weight": per_hour}
        else:
            assert shapes == {"trade_kw": per_edge, "injection_kw": per_person, "cost_eur": (1,)}
        assert all(type(values) is np.ndarray and values.dtype == np.float64 for values in message.values())


def test_what_is_counted_is_what_crossed() -> None:
    problem, crossed = recorded(random_document(5, prosumers=5))
    size = sum(values.nbytes for _, _, message in crossed for values in message.values())
    assert (problem.blocks.traffic.messages, problem.blocks.traffic.bytes) == (len(crossed), size)
    once = per_iteration(len(problem.block.terms), problem.trades.n_pairs, problem.hours, blocks=2)
    assert (len(crossed), size) == (TURNS * once.messages, TURNS * once.bytes)


def test_each_block_gets_one_message_a_turn_and_returns_one() -> None:
    _, crossed = recorded(random_document(5, prosumers=5))
    for way in ("to", "from"):
        assert [index for index, where, _ in crossed if where == way] == [0, 1] * TURNS


PEOPLE: tuple[dict[str, Any], ...] = (
    {"id": "A", "load_kw": 30, "generator": {"max_kw": 20, "cost_eur_per_kwh": 5.0}, "import_limit_kw": 100},
    {"id": "B", "pv_kw": 20, "load_kw": 10},
    {"id": "C", "load_kw": 5, "elastic": {"max_kw": 5, "utility_eur_per_kwh": 0.001}},
)


@pytest.mark.parametrize(
    ("who", "private"),
    [
        (0, {"generator": {"max_kw": 20, "cost_eur_per_kwh": 8.0}}),
        (0, {"import_limit_kw": 120}),
        (2, {"elastic": {"max_kw": 5, "utility_eur_per_kwh": 0.0}}),
    ],
)
def test_private_data_that_change_no_answer_change_no_message(who: int, private: dict[str, Any]) -> None:
    """A dearer generator that would not run anyway, a limit nobody reaches, a smaller wish for power that is too dear:
    nothing outside of the block can tell."""
    then = market_document(*PEOPLE, hours=2)
    now = market_document(*(item | private if k == who else item for k, item in enumerate(PEOPLE)), hours=2)
    (_, before), (_, after) = recorded(then), recorded(now)
    assert len(before) == len(after)
    for (_, _, one), (_, _, other) in zip(before, after, strict=True):
        for name in one:
            assert other[name] == pytest.approx(one[name], abs=2e-4)


def test_answers_that_still_move_are_off_by_a_small_part_of_their_move() -> None:
    """Beside answers to the same prices that are worked out to the last digit."""
    problem, crossed = recorded(random_document(5, prosumers=5), turns=30)
    first = problem.block.part(problem.blocks.prosumers[0].start, problem.blocks.prosumers[0].stop)
    exact, before = block_of(first), None
    asked, given = (
        [message for index, there, message in crossed if (index, there) == (0, way)] for way in ("to", "from")
    )
    for message, reply in zip(asked, given, strict=True):
        answer = exact.respond(Pull(**message))
        moved = np.inf if before is None else np.abs(answer.injection_kw - before).max()
        assert np.abs(reply["injection_kw"] - answer.injection_kw).max() <= 0.1 * moved + 2e-3
        before = answer.injection_kw


@pytest.mark.parametrize(("moved", "least", "most"), [(0.0, 1e-12, 1e-12), (1e-4, 1e-12, 1e-12), (1e3, 1e-9, 1e-9)])
def test_who_rests_answers_to_the_last_digit(moved: float, least: float, most: float) -> None:
    problem, _ = recorded(random_document(5, prosumers=5), turns=1)
    pull = replace(problem.block.no_pull(), trade_weight=np.full(2, 0.1), injection_weight=np.full(2, 0.2))
    assert least <= tolerance_eur(pull, moved) <= most
