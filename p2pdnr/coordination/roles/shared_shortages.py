"""What a group of prosumers leaves unserved or unused counts once, by a price on its sum.

:mod:`.possible_answers` lets each member of a group leave as much as the whole group may. In all it is no more than
that. With a price of at least zero on the sum,

    operator's cost  >=  operator's cost + sum over groups and hours of price x (what they leave - what they may),

as the bracket is not above zero in any answer to charges. The least of the right side is the least cost of a problem in
which leaving sun unused and load unserved has a price, less a constant (weak duality).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cvxpy as cp
import numpy as np
import numpy.typing as npt

from p2pdnr.coordination.optimality.central import links
from p2pdnr.coordination.optimality.local_grid import LocalGrid
from p2pdnr.coordination.plans.dispatch import Bools, Floats
from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.coordination.roles.followers import injected, solved
from p2pdnr.coordination.roles.leader_step import possible
from p2pdnr.coordination.roles.possible_answers import whatever_charges_can_do
from p2pdnr.coordination.roles.shortages import most_kw, parts
from p2pdnr.errors import P2pdnrError
from p2pdnr.market.kernel_arrays import PV, UNSERVED
from p2pdnr.market.prosumer import market_model

WORTH_A_WORD_KW = 1.0
"""By which the members' own limits exceed that of their group, in all hours together, for a price to matter."""


WIDER_KW = 0.5
"""By which limits of groups are wider where prices are looked for."""


@dataclass(frozen=True, eq=False)
class Groups:
    """Prosumers who can sell to each other: ``part`` (K,) whose, and the most that a group may leave, (2, P, T) in kW:
    load unserved, and sun unused; infinite where nothing is known."""

    part: npt.NDArray[np.int64]
    most_kw: Floats


@dataclass(frozen=True, eq=False)
class Possible:
    """All that charges can do: ``problem`` with bounds on each prosumer, and ``groups`` with bounds on sums."""

    problem: CoordinationProblem
    groups: Groups


def possible_answers(problem: CoordinationProblem, cap_eur_per_kwh: float) -> Possible:
    """All that charges between zero and a cap can do."""
    part = parts(problem)
    most = np.zeros((2, int(part.max()) + 1, problem.hours))
    for kind, own in zip(most, most_kw(problem, cap_eur_per_kwh), strict=True):
        np.maximum.at(kind, part, own)
    return Possible(whatever_charges_can_do(problem, cap_eur_per_kwh), Groups(part, most))


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


def prices_eur_per_kw(all_: Possible, closed: Bools, injection_kw: Floats) -> Floats | None:
    """Prices (2, P, T) near a plan, lines ``closed`` (T, m) and injections (K, T): what an operator who decided all
    would give to have a group leave more. None where no group's limit is below what its members' own allow, or where
    that programme has no answer."""
    free, groups = all_.problem, all_.groups
    own = np.array([free.block.upper[:, :, UNSERVED], free.block.upper[:, :, PV] - free.block.lower[:, :, PV]])
    in_all = np.zeros(groups.most_kw.shape)
    for kind, each in zip(in_all, own, strict=True):
        np.add.at(kind, groups.part, each)
    binding = in_all > groups.most_kw + 1e-6
    if float(np.where(binding, in_all - groups.most_kw, 0.0).sum()) < WORTH_A_WORD_KW:
        return None
    try:
        return _multipliers(all_, (closed, injection_kw), binding)
    except P2pdnrError:
        return None


def _multipliers(all_: Possible, plan: tuple[Bools, Floats], binding: Bools) -> Floats:
    """Multipliers of the groups' limits in the operator's problem by the slopes at a plan.

    Where a group can leave no less than it may at most, any multiplier would do, however large; limits a little wider,
    and no price above the steepest slope of the hour, choose one that says something."""
    free, groups, (closed, injection_kw) = all_.problem, all_.groups, plan
    grid, at_kw = LocalGrid(free, closed), free.at_buses(injection_kw)
    steepest = np.abs(grid.slope_eur_per_kw(at_kw)).max(axis=1)
    market, move = market_model(free.block.terms, links(free)), cp.Variable(at_kw.shape)
    left = [market.quantities["unserved_kw"], free.block.upper[:, :, PV].T - market.quantities["pv_kw"]]
    members = [np.flatnonzero(groups.part == part) for part in range(groups.most_kw.shape[1])]
    where = np.argwhere(binding)
    beyond = cp.Variable(len(where), nonneg=True)
    rows = [
        cp.sum(left[kind][hour, members[part]]) <= groups.most_kw[kind, part, hour] + WIDER_KW + beyond[place]
        for place, (kind, part, hour) in enumerate(where.tolist())
    ]
    hours = [grid.model_eur(grid.around(hour, at_kw[hour]), move[hour], bent=True) for hour in range(free.hours)]
    limits = [injected(free, market) == at_kw + move, *possible(free, market), *market.constraints, *rows]
    aim = cp.sum(hours) + steepest[where[:, 2]] @ beyond
    solved(cp.Problem(cp.Minimize(aim), limits), "prices of what groups leave")
    found = np.zeros(groups.most_kw.shape)
    found[tuple(where.T)] = [float(row.dual_value) for row in rows]
    return np.maximum(found, 0.0)
