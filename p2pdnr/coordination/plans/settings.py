"""Settings of what lies between the tiers: from an agreement to a plan, and which plan will do."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from p2pdnr.coordination.admm.settings import AdmmSettings


@dataclass(frozen=True)
class Tightening:
    """One attempt at a plan: ``times`` the tolerance, and how far prices may still move in the last iteration where
    plans were as agreed and only their prices were not yet right.

    An attempt with ``most_work``, its iterations times prosumers and hours, is finer than what is asked for: it is made
    where copies agree and the plan will still not do, and what does not come to rest in it is not taken.
    """

    times: float
    rested_eur_per_kwh: float
    most_work: int | None = None

    @property
    def is_finer(self) -> bool:
        """Whether it goes beyond what is asked for."""
        return self.most_work is not None

    def of(self, admm: AdmmSettings, rest: bool, size: int) -> AdmmSettings:
        """Settings of the negotiation for this attempt; prices have to ``rest`` where only they were not right, and
        ``size`` is prosumers times hours."""
        most = admm.max_iterations if self.most_work is None else max(1, self.most_work // size)
        return replace(
            admm,
            primal_kw=self.times * admm.primal_kw,
            rested_eur_per_kwh=self.rested_eur_per_kwh if rest else np.inf,
            max_iterations=min(most, admm.max_iterations),
        )


@dataclass(frozen=True)
class AcceptanceSettings:
    """When a plan is accepted, and what follows where it is not. Shares without another word are of the sum of a plan's
    cost parts without their signs (:attr:`p2pdnr.coordination.plans.dispatch.Dispatch.scale_eur`)."""

    dispatch_stiffness: float = 20.0
    """Times the weight of the negotiation: how firmly the dispatch keeps to the injections the operator counts on."""

    firm_kw: float = np.inf
    """Where an injection is so far from what the operator counts on, its pull is at least the retailer's price: what a
    battery gains between two hours must not move it by more than a tolerance, however small that is. Infinite: the
    weight alone decides."""

    surprise_share: float = 2e-4
    """By how much a plan may cost more than agreed on. Plans of costs so near count as equal."""

    moved_times: float = 1.5
    """Times the tolerance in kW: how far the dispatch may move injections once the negotiation has ended. Also the
    limit of the certificate ``primal_kw``."""

    beyond_pair_limit_kw: float = 5e-4
    """Rounding that a trade may be beyond its pair's limit."""

    moving_eur_per_kwh: float = 1e-2
    """How far prices may still move in an iteration, or ``moving_share`` where that is more. The limit of the
    certificate ``dual``."""

    moving_share: float = 1e-3
    """Of the highest price or charge."""

    regretted_share: float = 5e-5
    """What all prosumers together could still have saved; infinite where nobody asks."""

    attempts: tuple[Tightening, ...] = (
        Tightening(1.0, np.inf),
        Tightening(0.2, 1e-2),
        Tightening(0.04, 1e-3),
        Tightening(0.008, 1e-4, most_work=2_000_000),
        Tightening(0.0016, 1e-5, most_work=2_000_000),
        Tightening(0.0003, 1e-6, most_work=2_000_000),
    )
    """One after the other until a plan is accepted. The last three are for such as somebody with next to no turnover
    whose neighbours' trades are large."""

    held_back_times: float = 2.0
    """Times what a plan went beyond a limit without meaning to: by how much the limit is held back."""

    meant_times: float = 10.0
    """Times the tolerance in kW: who is further beyond a line's limit means to be, at its price."""

    meant_pu: float = 2e-5
    """The same of a voltage."""

    first_answer_kw: float = 0.5
    """How far copies may be apart behind a first answer; it keeps every balance exactly all the same."""

    first_answer_every: int = 3
    """How many iterations lie between two attempts at a first answer."""
