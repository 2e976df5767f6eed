"""What travels in the negotiation: prices and pulls to the blocks of prosumers, trades and injections back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from p2pdnr.execution import Backend, Residents
from p2pdnr.market.prosumer_blocks import Member, Message, Reply, joined, part_of, size_bytes
from p2pdnr.market.responses import ProsumerBlock, Pull

BYTES_PER_NUMBER = 8


@dataclass(frozen=True)
class Traffic:
    """Messages and bytes that have crossed between blocks and the rest."""

    messages: int = 0
    bytes: int = 0


class Blocks:
    """The blocks of a market, each where the backend has settled it, and a count of what crossed."""

    def __init__(self, block: ProsumerBlock, backend: Backend) -> None:
        bounds = np.linspace(0, len(block.terms), min(backend.workers, len(block.terms)) + 1).astype(int)
        self.prosumers = [slice(int(first), int(last)) for first, last in pairwise(bounds)]
        self.edges = [slice(int(block.first_edge[p.start]), int(block.first_edge[p.stop])) for p in self.prosumers]
        self._block, self._backend = block, backend
        self.traffic = Traffic()

    @cached_property
    def _residents(self) -> Residents[Message]:
        """The blocks, settled when they are asked for the first time: who only judges a market asks nobody."""
        data = [self._block.part(item.start, item.stop) for item in self.prosumers]
        return self._backend.settle(Member, data)

    def ask(self, pull: Pull) -> Reply:
        """All prosumers' answer: one message to every block and one back."""
        asked = [part_of(pull, *where) for where in zip(self.prosumers, self.edges, strict=True)]
        answers = self._residents.ask(asked)
        self._count([*asked, *answers])
        return joined(answers)

    def _count(self, crossed: Sequence[Message]) -> None:
        then = self.traffic
        self.traffic = Traffic(then.messages + len(crossed), then.bytes + sum(map(size_bytes, crossed)))


def per_iteration(prosumers: int, pairs: int, hours: int, blocks: int) -> Traffic:
    """What one iteration takes: every trade and injection has a price on the way in and a power on the way out, both
    copies of a trade; every block gets the weights of the hours and returns one sum of costs."""
    numbers = hours * (4 * pairs + 2 * prosumers) + blocks * (2 * hours + 1)
    return Traffic(2 * blocks, BYTES_PER_NUMBER * numbers)
