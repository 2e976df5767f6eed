"""One step of the leader: where it would move the market, and the charges that let the market go there.

The leader's problem is min C(P) over injections P that are an answer to some charges. With M(P) the greatest
V(c) + D c P over the charges allowed (:class:`.followers.Supporter`), P is an answer where J(P) = M(P), and M is
convex. So the operator's cost plus a weighted regret,

    min over P of  C(P) + weight x (J(P) - M(P)),

is a difference of convex functions; at charges c that support the present P, M(P) >= V(c) + D c P, and each step solves

    min over P of  C(P) + weight x (J(P) - D c P),

and finds new charges at what comes out (the convex-concave procedure; Yuille and Rangarajan 2003). As the weight
grows, the regret goes to zero, and of all equilibria at the charges the last step picks that of the operator's least
cost: the optimistic answer. C is the exact power flow, by its slopes and the curvature of losses (:class:`LocalGrid`).
"""

from __future__ import annotations

from dataclasses import dataclass

import cvxpy as cp
import numpy as np

from p2pdnr.coordination.optimality.central import Bools, Floats, links
from p2pdnr.coordination.optimality.duality import capability_kw
from p2pdnr.coordination.optimality.local_grid import LocalGrid
from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.coordination.roles.followers import Outcome, injected, outcome, solved
from p2pdnr.market.prosumer import QUANTITIES, MarketModel, market_model

SHRINK, SHORTEST_SHARE = 0.3, 1e-4
"""By how much a step is shortened where it makes things worse, and the share of what a bus can do at which it ends."""

NARROWED = ("pv_kw", "elastic_kw", "generator_kw", "unserved_kw")
"""Of what charges can change only within bounds (:mod:`.possible_answers`)."""


@dataclass(frozen=True, eq=False)
class Ground:
    """Where the leader moves: the problem ``free`` that holds all that charges can do, the ``grid`` of its schedule,
    and by how much the injections of buses can differ at all, ``room_kw`` (T, nb)."""

    free: CoordinationProblem
    grid: LocalGrid
    room_kw: Floats

    @property
    def problem(self) -> CoordinationProblem:
        """Both levels as they are."""
        return self.grid.problem


def ground(problem: CoordinationProblem, free: CoordinationProblem, closed: Bools) -> Ground:
    """The ground of a schedule ``closed`` (T, m)."""
    least, most = capability_kw(problem)
    return Ground(free, LocalGrid(problem, closed), (most - least).T)


@dataclass(frozen=True, eq=False)
class Pull:
    """Charges (T, nb) in EUR per kW withdrawn over a step, and what a euro of the market's own aim counts."""

    charge_eur_per_kw: Floats
    weight: float

    def market_eur(self, cost_eur: float, injected_kw: Floats) -> float:
        """The market's aim, weighed: what prosumers pay, charges included."""
        return self.weight * (cost_eur - float((self.charge_eur_per_kw * injected_kw).sum()))


@dataclass(frozen=True, eq=False)
class _Move:
    """The leader's next move, stated once for all lengths: it may move an injection by ``most_kw`` (T, nb)."""

    market: MarketModel
    programme: cp.Problem
    most_kw: cp.Parameter


def step(ground: Ground, at: Outcome, pull: Pull) -> Outcome:
    """The market outcome of least operator's cost plus pull that is found from ``at``; ``at`` itself where no move is
    better. Raises :class:`SolverError` without an answer."""
    share, at_kw = 1.0, ground.problem.at_buses(at.injection_kw)
    now_eur, move = _aim_eur(ground, at, pull), _stated(ground, at_kw, pull)
    while share > SHORTEST_SHARE:
        moved = _moved(ground, move, share)
        if _aim_eur(ground, moved, pull) <= now_eur:
            return moved
        share *= SHRINK
    return at


def _aim_eur(ground: Ground, at: Outcome, pull: Pull) -> float:
    injected_kw = ground.problem.at_buses(at.injection_kw)
    return float(ground.grid.cost_eur(injected_kw).sum()) + pull.market_eur(at.cost_eur, injected_kw)


def _stated(ground: Ground, at_kw: Floats, pull: Pull) -> _Move:
    """The best move by the slopes at injections (T, nb)."""
    problem, grid = ground.problem, ground.grid
    market = market_model(problem.block.terms, links(problem))
    move, most_kw = cp.Variable(at_kw.shape), cp.Parameter(at_kw.shape, nonneg=True)
    hours = [grid.model_eur(grid.around(hour, at_kw[hour]), move[hour], bent=True) for hour in range(len(at_kw))]
    paid = market.cost_eur - cp.sum(cp.multiply(pull.charge_eur_per_kw, at_kw + move))
    limits = [
        injected(problem, market) == at_kw + move,
        cp.abs(move) <= most_kw,
        *possible(ground.free, market),
        *market.constraints,
    ]
    aim = (cp.sum(hours) + pull.weight * paid) / max(1.0, pull.weight)
    return _Move(market, cp.Problem(cp.Minimize(aim), limits), most_kw)


def _moved(ground: Ground, move: _Move, share: float) -> Outcome:
    """The best move within a ``share`` of what every bus can do."""
    move.most_kw.value = share * ground.room_kw
    solved(move.programme, "a step of the leader")
    return outcome(ground.problem, move.market)


def possible(free: CoordinationProblem, market: MarketModel) -> list[cp.Constraint]:
    """What no charges can change keeps within its bounds on the way, too."""
    limits: list[cp.Constraint] = []
    for name in NARROWED:
        quantity, column = market.quantities[name], QUANTITIES.index(name)
        if not quantity.is_constant():
            sides = (side[:, :, column].T for side in (free.block.lower, free.block.upper))
            least, most = (np.asarray(side) for side in sides)
            limits += [quantity >= least, quantity <= most]
    return limits
