"""Plans that a solve could already run before it ends: the first answer, and what improves on it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from p2pdnr.coordination.plans.dispatch import Dispatch
from p2pdnr.coordination.problem import CoordinationProblem, given
from p2pdnr.network.arrays import Floats
from p2pdnr.network.topology import changes

MOST_DRAWN = 20_000
"""Hours times buses up to which a plan on the way is told bus by bus: 24 hours of 800 buses."""


@dataclass(frozen=True)
class Offer:
    """A plan with exact power flow and exact trades; better ones may follow.

    ``mode`` it was made for; ``primal_kw`` how far copies are still apart; ``objective_eur`` everything it costs and
    ``costs_eur`` by part; ``open_lines`` (from 1) of every hour; ``operations`` lines that change state, in all;
    ``net_kw``, ``net_kvar`` what every bus takes in every hour, to 1 W, so that the plan can be drawn: empty where
    there are more than :data:`MOST_DRAWN` of them, and where levers move.
    """

    mode: str
    seconds: float
    primal_kw: float
    objective_eur: float
    costs_eur: dict[str, float]
    losses_kwh: float
    vm_min_pu: float
    vm_max_pu: float
    operations: int
    open_lines: tuple[tuple[int, ...], ...]
    net_kw: tuple[tuple[float, ...], ...] = ()
    net_kvar: tuple[tuple[float, ...], ...] = ()


def offer_of(problem: CoordinationProblem, plan: Dispatch, mode: str, seconds: float) -> Offer:
    """A plan in figures."""
    drawn = plan.closed.shape[0] * problem.network.n_buses <= MOST_DRAWN and plan.positions is None
    loads = problem.net_load_kw(plan.response.injection_kw), given(problem, plan.reactive_kvar).operator.load_kvar
    net_kw, net_kvar = (_rounded(values) if drawn else () for values in loads)
    return Offer(
        mode=mode,
        seconds=seconds,
        primal_kw=plan.agreement.primal_kw,
        objective_eur=plan.total_eur,
        costs_eur=dict(plan.costs_eur),
        losses_kwh=problem.step_h * float(plan.flow.loss_kw.sum()),
        vm_min_pu=float(plan.flow.vm_pu.min()),
        vm_max_pu=float(plan.flow.vm_pu.max()),
        operations=int(changes(problem.network, plan.closed).sum()),
        open_lines=tuple(tuple((np.flatnonzero(~row) + 1).tolist()) for row in plan.closed),
        net_kw=net_kw,
        net_kvar=net_kvar,
    )


def _rounded(values: Floats) -> tuple[tuple[float, ...], ...]:
    return tuple(map(tuple, np.round(values, 3).tolist()))


@dataclass
class Offers:
    """What has been offered so far: the first plan of each mode, and any that costs less than all before."""

    made: list[Offer] = field(default_factory=list)

    def first(self, mode: str) -> Offer | None:
        """The first plan of a mode."""
        return next((offer for offer in self.made if offer.mode == mode), None)

    def is_news(self, plan: Dispatch, mode: str) -> bool:
        """Whether a plan is worth telling."""
        return self.first(mode) is None or plan.total_eur < min(offer.objective_eur for offer in self.made)
