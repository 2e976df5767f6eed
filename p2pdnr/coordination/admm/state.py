"""Where a negotiation stands, and the rules by which it moves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from p2pdnr.market.negotiation import Trading
from p2pdnr.market.prosumer_blocks import Reply
from p2pdnr.market.responses import Pull
from p2pdnr.reconfiguration.operator.problem import OperatorAnswer

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Rules:
    """How the negotiation moves and when it ends.

    ``trade_weight`` and ``charge_weight`` draw copies together, in EUR/kW a prosumer's usual power away from each
    other (:mod:`.weights`); both are balanced against the dual residual for the first ``balance_until`` iterations and
    fixed afterwards. ``primal_kw`` and ``objective_change`` (relative) end it. ``topology``: what picks trees while
    switches are being frozen, a ranking ("trees") or mixed-integer programmes ("misocp"). ``regretted``: what all
    prosumers together could still have saved, of the sum of the cost parts; infinite where nobody asks.
    ``rested_eur_per_kwh``: how far prices may still move in a turn at the end; infinite unless copies have agreed and
    somebody was left with regrets. ``seed``: of the searches for topologies.
    """

    trade_weight: float = 0.33
    charge_weight: float = 0.05
    relaxation: float = 1.6
    balance_until: int = 100
    primal_kw: float = 0.05
    objective_change: float = 1e-5
    max_iterations: int = 1200
    topology: str = "trees"
    regretted: float = 5e-5
    rested_eur_per_kwh: float = np.inf
    seed: int = 0

    @property
    def is_restless(self) -> bool:
        """Whether prices must come to rest, for which weights also fall where copies agree."""
        return self.rested_eur_per_kwh < np.inf


@dataclass(frozen=True, eq=False)
class Agreement:
    """State of the negotiation, also what a next one starts from.

    ``wanted_kw`` (K, T) are the operator's copies of the injections, ``charge_eur`` (K, T) the charge earned per kW
    injected in a step; the weights (T,) draw copies together; ``response`` is the prosumers' last answer, to
    ``asked``, and ``answer`` the operator's.
    """

    trading: Trading
    wanted_kw: Floats
    charge_eur: Floats
    trade_weight: Floats
    charge_weight: Floats
    response: Reply | None = None
    asked: Pull | None = None
    answer: OperatorAnswer | None = None
    primal_kw: float = np.inf
    dual_eur_per_kwh: float = np.inf
    objective_eur: float = np.inf
    converged: bool = False
