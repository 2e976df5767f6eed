"""Blocks of prosumers as they live apart: private data inside, prices in, trades and injections out.

A message is a mapping of names to arrays and nothing else. To a block: what its trades and injections are worth, pulls
included (:class:`p2pdnr.market.responses.Pull`). From a block: its trades, its injections, and one number, what all its
prosumers together pay for them, which the negotiation needs to know when to stop.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from p2pdnr.market.inverters import DEVICES
from p2pdnr.market.kernel_arrays import Answers
from p2pdnr.market.responses import GAP_TOLERANCE_EUR, BlockData, Pull, block_of

Floats = npt.NDArray[np.float64]
Message = Mapping[str, Floats]

FOLLOWED, LOOSEST_EUR = 1e-4, 1e-9
"""How exact an answer is while answers still move: complementarity of every bound, per unit of the largest price, as a
share of the pull's cost of the last move, and at most. Its error is then a small part of that move."""


@dataclass(frozen=True, eq=False)
class Reply:
    """What is known of prosumers' answers outside of their blocks: ``trade_kw`` (2E, T) directed, positive = sells;
    ``injection_kw`` (K, T); ``cost_eur``, the sum of their own costs, fees included; ``devices_kw`` (K, T, 3) what
    stands behind their inverters where that is asked for."""

    trade_kw: Floats
    injection_kw: Floats
    cost_eur: float
    devices_kw: Floats | None = None


class Member:
    """One block where it lives. It remembers its last answer, which saves iterations, and how far that had moved:
    answers that still move need not be exact to the last digit, and become so as they come to rest."""

    def __init__(self, data: BlockData) -> None:
        self._block = block_of(data)
        self._last: Answers | None = None
        self._told: Reply | None = None
        self._moved_kw = 0.0

    def __call__(self, message: Message) -> Message:
        """The block's answer to prices; raises :class:`p2pdnr.errors.SolverError`."""
        before, pull = self._told, Pull(**message)
        last, self._last = self._last, None  # which the next ones take the place of
        self._last = self._block.follow(pull, last, tolerance_eur(pull, self._moved_kw))
        told = self._told = Reply(*self._block.told(self._last))
        self._moved_kw = 0.0 if before is None else moved_kw(before, told)
        devices = {"devices_kw": self._block.own_kw(self._last, DEVICES)} if "device_linear" in message else {}
        numbers = {"trade_kw": told.trade_kw, "injection_kw": told.injection_kw, "cost_eur": np.array([told.cost_eur])}
        return devices | numbers


def tolerance_eur(pull: Pull, moved: float) -> float:
    """Complementarity of every bound at an answer, when the last one had ``moved`` so many kW."""
    weight = min(float(pull.trade_weight.min()), float(pull.injection_weight.min()))
    return min(max(FOLLOWED * weight * moved**2, GAP_TOLERANCE_EUR), LOOSEST_EUR)


def moved_kw(before: Reply, after: Reply) -> float:
    """The largest change of a trade or an injection from one answer to the next."""
    sides = ((after.trade_kw, before.trade_kw), (after.injection_kw, before.injection_kw))
    return max(_largest(new - old) for new, old in sides)


def _largest(values: Floats) -> float:
    """Without signs, and without another array of that size."""
    return max(float(values.max(initial=0.0)), -float(values.min(initial=0.0)))


def part_of(pull: Pull, prosumers: slice, edges: slice) -> Message:
    """The message to the block of some consecutive prosumers with their directed trades."""
    devices = {}
    if pull.device_linear is not None and pull.device_weight is not None:
        devices = {"device_linear": pull.device_linear[prosumers], "device_weight": pull.device_weight[prosumers]}
    return devices | {
        "trade_linear": np.ascontiguousarray(pull.trade_linear[edges]),
        "injection_linear": np.ascontiguousarray(pull.injection_linear[prosumers]),
        "trade_weight": pull.trade_weight,
        "injection_weight": pull.injection_weight,
    }


def joined(answers: list[Message]) -> Reply:
    """One reply from those of consecutive blocks."""
    trade_kw, injection_kw = (np.concatenate([item[name] for item in answers]) for name in ("trade_kw", "injection_kw"))
    devices_kw = np.concatenate([item["devices_kw"] for item in answers]) if "devices_kw" in answers[0] else None
    return Reply(trade_kw, injection_kw, float(sum(item["cost_eur"][0] for item in answers)), devices_kw)


def size_bytes(message: Message) -> int:
    """What a message weighs: its numbers, without envelope."""
    return sum(values.nbytes for values in message.values())
