"""A little room before the operator's limits, where a plan went beyond them although nobody had agreed on that.

Copies agree within a tolerance and a plan is dispatched within another; what that leaves beyond a limit is a watt or
two. Where violations are dear even that costs more than all else. No tolerance is small enough at 1e5 EUR/kWh, but a
limit that is held back by as much keeps the plan within the true one, at the price of a watt of congestion.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from p2pdnr.coordination.plans.dispatch import Dispatch
from p2pdnr.coordination.problem import Problem
from p2pdnr.network.arrays import Network
from p2pdnr.reconfiguration.operator.problem import OperatorProblem
from p2pdnr.reconfiguration.terms import limit_kva

Floats = npt.NDArray[np.float64]

TIMES = 2.0
"""Times what a plan went beyond a limit, by which the limit is held back."""

MEANT = 10.0
"""Times the tolerance in kW: who is further beyond a line's limit means to be, at its price."""

MEANT_PU = 2e-5
"""The same of a voltage."""


def held_back(problem: Problem, plan: Dispatch, tolerance_kw: float) -> Problem:
    """The problem of an operator that stays as far from its limits as ``plan`` went beyond the ones of ``problem``."""
    seen = problem.operator.network
    over = np.maximum(plan.flow.current_a / seen.limit_a - 1.0, 0.0)
    beyond_kva = over * limit_kva(seen)
    line = 1.0 - TIMES * np.where(beyond_kva <= MEANT * tolerance_kw, over, 0.0).max(axis=0)
    below, above = (TIMES * _slight(values) for values in _beyond(seen, plan.flow.vm_pu))
    tighter = seen.with_(
        limit_a=seen.limit_a * line, vm_min_pu=seen.vm_min_pu + below, vm_max_pu=seen.vm_max_pu - above
    )
    operator = problem.operator
    return replace(
        problem,
        operator=OperatorProblem(tighter, operator.terms, operator.load_kw, operator.load_kvar, operator.buses),
    )


def _beyond(network: Network, vm_pu: Floats) -> tuple[Floats, Floats]:
    """How far voltages (T, n) are below and above their limits; substations have none."""
    vm_pu = np.delete(vm_pu, network.substations, axis=1)
    return network.vm_min_pu - vm_pu, vm_pu - network.vm_max_pu


def _slight(beyond_pu: Floats) -> float:
    """The most by which a voltage is beyond a limit without meaning to be."""
    return float(np.where((beyond_pu > 0.0) & (beyond_pu <= MEANT_PU), beyond_pu, 0.0).max(initial=0.0))
