"""Small margins before the operator's limits, where a plan went beyond them although nobody had agreed on that.

Copies agree within a tolerance and a plan is dispatched within another, so that a plan may be a watt or two beyond a
limit. Where violations are dear even that costs more than all else. No tolerance is small enough at 1e5 EUR/kWh, but a
limit that is held back by as much keeps the plan within the true one, at the price of a watt of congestion.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from p2pdnr.coordination.plans.dispatch import Dispatch
from p2pdnr.coordination.plans.settings import AcceptanceSettings
from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.network.arrays import Network
from p2pdnr.reconfiguration.operator.problem import OperatorProblem
from p2pdnr.reconfiguration.terms import limit_kva

Floats = npt.NDArray[np.float64]


def held_back(
    problem: CoordinationProblem, plan: Dispatch, tolerance_kw: float, settings: AcceptanceSettings
) -> CoordinationProblem:
    """The problem of an operator that stays as far from its limits as ``plan`` went beyond the ones of ``problem``."""
    seen = problem.operator.network
    over = np.maximum(plan.flow.current_a / seen.limit_a - 1.0, 0.0)
    beyond_kva = over * limit_kva(seen)
    times, meant_kva = settings.held_back_times, settings.meant_times * tolerance_kw
    line = 1.0 - times * np.where(beyond_kva <= meant_kva, over, 0.0).max(axis=0)
    below, above = (times * _slight(values, settings.meant_pu) for values in _beyond(seen, plan.flow.vm_pu))
    tighter = seen.with_(
        limit_a=seen.limit_a * line, vm_min_pu=seen.vm_min_pu + below, vm_max_pu=seen.vm_max_pu - above
    )
    operator = problem.operator
    return replace(
        problem,
        operator=OperatorProblem(
            tighter,
            operator.terms,
            operator.load_kw,
            operator.load_kvar,
            operator.buses,
            operator.inverter_buses,
            operator.positions,
        ),
    )


def _beyond(network: Network, vm_pu: Floats) -> tuple[Floats, Floats]:
    """How far voltages (T, n) are below and above their limits; substations have none."""
    vm_pu = np.delete(vm_pu, network.substations, axis=1)
    return network.vm_min_pu - vm_pu, vm_pu - network.vm_max_pu


def _slight(beyond_pu: Floats, meant_pu: float) -> float:
    """The most by which a voltage is beyond a limit, of what is too little to be meant."""
    return float(np.where((beyond_pu > 0.0) & (beyond_pu <= meant_pu), beyond_pu, 0.0).max(initial=0.0))
