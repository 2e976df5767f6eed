"""What a group of prosumers leaves unserved or unused counts once, by a price on its sum.

:mod:`.possible_answers` lets each member of a group leave as much as the whole group may. In all it is no more than
that. With a price of at least zero on the sum,

    operator's cost  >=  operator's cost + sum over groups and hours of price x (what they leave - what they may),

as the bracket is not above zero in any answer to charges. The least of the right side is the least cost of a problem in
which leaving sun unused and load unserved has a price, less a constant (weak duality). What they may is a constant, and
by the balance of the group a sum of what its devices do (:mod:`.group_balances`), which then have a price, too.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from p2pdnr.coordination.plans.dispatch import Bools, Floats
from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.coordination.roles.group_balances import balances
from p2pdnr.coordination.roles.possible_answers import whatever_charges_can_do
from p2pdnr.coordination.roles.shortages import is_known, most_kw, parts
from p2pdnr.market.kernel_arrays import PV, UNSERVED
from p2pdnr.market.responses import ProsumerBlock

WORTH_A_WORD_KW = 1.0
"""By which the members' own limits exceed that of their group, in all hours together, for a price to matter."""


@dataclass(frozen=True, eq=False)
class Groups:
    """Prosumers who can sell to each other: ``part`` (K,) whose, and the most that a group may leave, (4, P, T) in kW:
    load unserved, and sun unused; the same by the group's balance, with ``slope`` (4, K, T, 12) for what each column
    adds. Infinite where nothing is known."""

    part: npt.NDArray[np.int64]
    most_kw: Floats
    slope: Floats


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
    balanced, slope = balances(free, part, is_known(problem, cap_eur_per_kwh))
    groups = Groups(part, np.concatenate([most, balanced]), np.concatenate([np.zeros_like(slope), slope]))
    return Possible(free, groups, problem.block, problem.step_h * cap_eur_per_kwh)


def left_kw(free: CoordinationProblem, columns: Floats) -> Floats:
    """(2, K, T) load unserved and sun unused in a plan's ``columns`` (K, T, 12)."""
    return np.array([columns[:, :, UNSERVED], free.block.upper[:, :, PV] - columns[:, :, PV]])


def priced(all_: Possible, price_eur_per_kw: Floats) -> tuple[CoordinationProblem, float]:
    """The problem with prices (4, P, T) on what is left, in EUR per kW over a step, and the EUR to add to its cost.

    Prices below zero, or where nothing is known of a group, count as zero.
    """
    block, groups = all_.problem.block, all_.groups
    price = np.where(np.isfinite(groups.most_kw), np.maximum(price_eur_per_kw, 0.0), 0.0)
    of_each = price[:, groups.part]
    linear = block.linear - (of_each[:, :, :, None] * groups.slope).sum(axis=0)
    unserved, unused = of_each[::2].sum(axis=0), of_each[1::2].sum(axis=0)
    linear[:, :, UNSERVED] += unserved
    linear[:, :, PV] -= unused
    allowed = np.where(price > 0.0, groups.most_kw, 0.0)
    constant = float((unused * block.upper[:, :, PV]).sum() - (price * allowed).sum())
    return replace(all_.problem, block=replace(block, linear=linear)), constant


def binding(all_: Possible) -> Bools:
    """(4, P, T) which groups' limits are below what their members' own allow; none where that is little."""
    block, groups = all_.problem.block, all_.groups
    own = np.array([block.upper[:, :, UNSERVED], block.upper[:, :, PV] - block.lower[:, :, PV]])
    added = np.minimum(groups.slope * block.lower, groups.slope * block.upper).sum(axis=3)
    above = np.zeros(groups.most_kw.shape)
    for rule, (left, least) in enumerate(zip(np.concatenate([own, own]), added, strict=True)):
        np.add.at(above[rule], groups.part, left - least)
    above -= np.where(np.isfinite(groups.most_kw), groups.most_kw, np.inf)
    binds = above > 1e-6
    return binds if float(above[binds].sum()) >= WORTH_A_WORD_KW else np.zeros_like(binds)
