"""What a group of prosumers leaves unserved or unused counts once, by a price on its sum.

:mod:`.possible_answers` lets each member of a group leave as much as the whole group may. In all it is no more than
that. With a price of at least zero on the sum,

    operator's cost  >=  operator's cost + sum over groups and hours of price x (what they leave - what they may),

as the bracket is not above zero in any answer to charges. The least of the right side is the least cost of a problem in
which leaving sun unused and load unserved has a price, less a constant (weak duality).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from p2pdnr.coordination.plans.dispatch import Bools, Floats
from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.coordination.roles.possible_answers import whatever_charges_can_do
from p2pdnr.coordination.roles.shortages import most_kw, parts
from p2pdnr.market.kernel_arrays import PV, UNSERVED
from p2pdnr.market.responses import ProsumerBlock

WORTH_A_WORD_KW = 1.0
"""By which the members' own limits exceed that of their group, in all hours together, for a price to matter."""


@dataclass(frozen=True, eq=False)
class Groups:
    """Prosumers who can sell to each other: ``part`` (K,) whose, and the most that a group may leave, (2, P, T) in kW:
    load unserved, and sun unused; infinite where nothing is known."""

    part: npt.NDArray[np.int64]
    most_kw: Floats


@dataclass(frozen=True, eq=False)
class Possible:
    """All that charges up to a cap, in EUR per kW over a step, can do: ``problem`` with bounds on each prosumer, and
    ``groups`` with bounds on sums; ``asked`` has what prosumers pay themselves."""

    problem: CoordinationProblem
    groups: Groups
    asked: ProsumerBlock
    cap_eur_per_kw: float


def possible_answers(problem: CoordinationProblem, cap_eur_per_kwh: float) -> Possible:
    """All that charges between zero and a cap can do."""
    part = parts(problem)
    most = np.zeros((2, int(part.max()) + 1, problem.hours))
    for kind, own in zip(most, most_kw(problem, cap_eur_per_kwh), strict=True):
        np.maximum.at(kind, part, own)
    free = whatever_charges_can_do(problem, cap_eur_per_kwh)
    return Possible(free, Groups(part, most), problem.block, problem.step_h * cap_eur_per_kwh)


def left_kw(free: CoordinationProblem, columns: Floats) -> Floats:
    """(2, K, T) load unserved and sun unused in a plan's ``columns`` (K, T, 12)."""
    return np.array([columns[:, :, UNSERVED], free.block.upper[:, :, PV] - columns[:, :, PV]])


def priced(all_: Possible, price_eur_per_kw: Floats) -> tuple[CoordinationProblem, float]:
    """The problem with prices (2, P, T) on what is left, in EUR per kW over a step, and the EUR to add to its cost.

    Prices below zero, or where nothing is known of a group, count as zero.
    """
    block, groups = all_.problem.block, all_.groups
    price = np.where(np.isfinite(groups.most_kw), np.maximum(price_eur_per_kw, 0.0), 0.0)
    of_each, linear = price[:, groups.part], block.linear.copy()
    linear[:, :, UNSERVED] += of_each[0]
    linear[:, :, PV] -= of_each[1]
    allowed = np.where(price > 0.0, groups.most_kw, 0.0)
    constant = float((of_each[1] * block.upper[:, :, PV]).sum() - (price * allowed).sum())
    return replace(all_.problem, block=replace(block, linear=linear)), constant


def binding(all_: Possible) -> Bools:
    """(2, P, T) which groups' limits are below what their members' own allow; none where that is little."""
    free, groups = all_.problem, all_.groups
    own = np.array([free.block.upper[:, :, UNSERVED], free.block.upper[:, :, PV] - free.block.lower[:, :, PV]])
    in_all = np.zeros(groups.most_kw.shape)
    for kind, each in zip(in_all, own, strict=True):
        np.add.at(kind, groups.part, each)
    binds = in_all > groups.most_kw + 1e-6
    beyond_kw = float(np.where(binds, in_all - groups.most_kw, 0.0).sum())
    return binds if beyond_kw >= WORTH_A_WORD_KW else np.zeros_like(binds)
