"""Plans that a solve could already run before it ends: the first answer, and what improves on it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from p2pdnr.coordination.plans.dispatch import Dispatch
from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.network.topology import changes


@dataclass(frozen=True)
class Offer:
    """A plan with exact power flow and exact trades; better ones may follow.

    ``mode`` it was made for; ``primal_kw`` how far copies are still apart; ``objective_eur`` everything it costs and
    ``costs_eur`` by part; ``open_lines`` (from 1) of every hour; ``operations`` lines that change state, in all.
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


def offer_of(problem: CoordinationProblem, plan: Dispatch, mode: str, seconds: float) -> Offer:
    """A plan in figures."""
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
    )


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
