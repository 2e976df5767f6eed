"""One turn of the negotiation, part by part, and what general cone solvers need for the same: CPU time of one process.

Usage: PYTHONPATH=. python benchmarks/bench_tiers.py [--scenario data/scenarios/ieee33-solar.json] [--repeats 20]

The prosumers' block and the operator's hours are timed on the turns after the tenth, ``--repeats`` of them: more make
the figures steadier. Beside them the same problems as stated in cvxpy, canonicalised once and re-solved by Clarabel,
and the optimum of the whole as one programme, as a multiple of a turn. The table goes to docs/benchmarks/tiers.md.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

import numpy as np

from benchmarks._statements import by_clarabel, operator_by_clarabel
from benchmarks._tables import against_first, shown, table
from benchmarks._timing import cpu_ms
from p2pdnr.coordination.admm import iterations
from p2pdnr.coordination.admm.settings import AdmmSettings
from p2pdnr.coordination.admm.state import Agreement
from p2pdnr.coordination.optimality import central
from p2pdnr.coordination.problem import CoordinationProblem, build_problem
from p2pdnr.scenario import document
from p2pdnr.scenario.assembly import build_network

TURNS = 10
FEW = 4
"""Turns of the general solvers."""
DEFAULT = Path(__file__).parents[1] / "data" / "scenarios" / "ieee33-solar.json"
HEAD = ("part of a turn", "CPU ms", "ratio", "ms each")
Question = TypeVar("Question")
Times = list[tuple[str, float]]


def passed(problem: CoordinationProblem, closed: np.ndarray, turns: int) -> list[Agreement]:
    """Where the negotiation stands after its first turns, and after each of some more."""
    state, states = iterations.opening(problem, AdmmSettings()), []
    for turn in range(TURNS + turns):
        state = iterations.step(problem, closed, state, AdmmSettings())
        states += [state] if turn >= TURNS - 1 else []
    return states


def asked_kw(state: Agreement) -> np.ndarray:
    """(K, T) injections that the operator was asked for last."""
    return state.wanted_kw - state.charge_eur_per_kw / state.charge_weight


def turn_ms(answer: Callable[[Question], object], questions: Sequence[Question]) -> float:
    """Processor time of one answer in ms, the mean over the questions; a first round does not count."""
    return cpu_ms(1, lambda: [answer(question) for question in questions]) / len(questions)


def prosumers(problem: CoordinationProblem, states: Sequence[Agreement]) -> Times:
    """The block's answer, from the last one, and by a programme each."""
    pulls = [iterations.prices(problem, state) for state in states]
    return [
        ("prosumers, kernel", turn_ms(problem.respond, pulls)),
        ("prosumers, Clarabel", turn_ms(by_clarabel(problem, pulls[0]), pulls[:FEW])),
    ]


def operator(problem: CoordinationProblem, closed: np.ndarray, states: Sequence[Agreement]) -> Times:
    """The answer of all hours, from the last one and from a flat start, and by a programme each."""
    turns = list(pairwise(states))

    def near(turn: tuple[Agreement, Agreement]) -> object:
        return iterations.ask_operator(problem, closed, asked_kw(turn[1]), turn[0])

    def flat(turn: tuple[Agreement, Agreement]) -> object:
        return near((replace(turn[0], answer=None), turn[1]))

    general, asks = operator_by_clarabel(problem, states[0]), [asked_kw(state) for state in states[1:]]
    return [
        ("operator, kernel", turn_ms(near, turns)),
        ("operator, kernel, flat start", turn_ms(flat, turns)),
        ("operator, Clarabel", turn_ms(general, asks[:FEW])),
    ]


def whole(problem: CoordinationProblem, closed: np.ndarray, states: Sequence[Agreement]) -> Times:
    """A turn of both with all that is between them, and what knows everybody's data."""
    return [
        ("whole turn", turn_ms(lambda state: iterations.step(problem, closed, state, AdmmSettings()), states)),
        ("optimum as one programme", cpu_ms(1, lambda: central.solve_problem(problem, closed))),
    ]


def rows(times: Times, each: int) -> list[Sequence[str]]:
    """Lines of the table: ratios are to the first, which is ours; ``each``: how many share the work (0: nobody)."""
    shares = [f"{ms / each:.3f}" if each else "-" for _, ms in times]
    return [shown((*line, share)) for line, share in zip(against_first(times), shares, strict=True)]


def main() -> None:
    """Measure and keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenario", type=Path, default=DEFAULT)
    parser.add_argument("--repeats", type=int, default=20)
    options = parser.parse_args()
    scenario = document.load(options.scenario)
    problem = build_problem(scenario, build_network(scenario, options.scenario.parent))
    closed = np.tile(problem.network.closed, (problem.hours, 1))
    states, count = passed(problem, closed, options.repeats), len(problem.block.terms)
    found = rows(prosumers(problem, states), count)
    found += rows(operator(problem, closed, states), problem.hours)
    found += rows(whole(problem, closed, states), 0)
    size = f"{count} prosumers, {problem.trades.n_pairs} pairs, {problem.hours} hours, {problem.network.n_buses} buses"
    title = f"A turn of the negotiation, part by part: {size}; Clarabel re-solves to 1e-9, the whole to 1e-8"
    table("tiers", title, [HEAD, *found], ("cvxpy", "clarabel"))


if __name__ == "__main__":
    main()
