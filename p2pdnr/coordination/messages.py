"""What travels in the negotiation: nothing but trades, prices, injections and charges."""

from __future__ import annotations

from dataclasses import dataclass

from p2pdnr.coordination.problem import Problem

BYTES_PER_NUMBER = 8


@dataclass(frozen=True)
class Traffic:
    """Messages and bytes of one turn, if every prosumer sat at its own machine."""

    messages: int
    bytes: int


def traffic(problem: Problem) -> Traffic:
    """One turn: both partners of a pair send their copy to each other; every prosumer sends its injection to the
    operator and receives the operator's copy with the charge."""
    pairs, prosumers = problem.trades.n_pairs, len(problem.block.terms)
    numbers = problem.hours * (2 * pairs + 3 * prosumers)
    return Traffic(2 * pairs + 2 * prosumers, BYTES_PER_NUMBER * numbers)
