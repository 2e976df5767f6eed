"""Where a negotiation stands."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from p2pdnr.coordination.admm.reactive import Reactive
from p2pdnr.market.negotiation import Trading
from p2pdnr.market.prosumer_blocks import Reply
from p2pdnr.market.responses import Pull
from p2pdnr.reconfiguration.operator.problem import OperatorAnswer

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Agreement:
    """State of the negotiation, also what a next one starts from.

    ``wanted_kw`` (K, T) are the operator's copies of the injections, ``charge_eur_per_kw`` (K, T) the charge earned
    per kW injected in a step; the weights (T,) in EUR/kW2 draw copies together; ``response`` is the prosumers' last
    answer, to ``asked``, and ``answer`` the operator's; ``reactive`` is where the inverters' copies stand.
    """

    trading: Trading
    wanted_kw: Floats
    charge_eur_per_kw: Floats
    trade_weight: Floats
    charge_weight: Floats
    response: Reply | None = None
    asked: Pull | None = None
    answer: OperatorAnswer | None = None
    reactive: Reactive | None = None
    primal_kw: float = np.inf
    dual_eur_per_kwh: float = np.inf
    objective_eur: float = np.inf
    converged: bool = False


@dataclass(frozen=True, eq=False)
class Iteration:
    """One iteration of the negotiation: the state it began from, and the one it led to."""

    before: Agreement
    after: Agreement
