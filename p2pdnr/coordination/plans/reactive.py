"""What inverters of a plan do: reactive power beside the active power that was dispatched."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from p2pdnr.coordination.admm.state import Agreement
from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.coordination.volt_var import on_curve
from p2pdnr.market.inverters import active_kw, headroom_kvar
from p2pdnr.market.kernel_arrays import CHARGE, DISCHARGE, PV
from p2pdnr.market.responses import ProsumerBlock, Response

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

LEEWAY_KW = 1e-7


def plan_kvar(problem: CoordinationProblem, closed: Bools, agreement: Agreement, response: Response) -> Floats | None:
    """(K, T) reactive power of a plan: what was agreed on within what active power leaves, or what the Volt-VAR curve
    says; None where nobody gives any. Raises :class:`PowerFlowError` where the curve is not met."""
    inverters = problem.inverters
    if not inverters.used or agreement.reactive is None:
        return None
    most_kvar = headroom_kvar(inverters.kva, active_kw(response.columns))
    if inverters.follows_voltage:
        start = agreement.reactive.operator_kvar
        return on_curve(problem, closed, response.injection_kw, most_kvar, start)
    return np.clip(agreement.reactive.agreed_kvar, -most_kvar, most_kvar)


def carried_kw(problem: CoordinationProblem, agreement: Agreement) -> Floats:
    """(K, T) active power that inverters carry beside the reactive power that was agreed on."""
    inverters, state = problem.inverters, agreement.reactive
    shape = agreement.wanted_kw.shape
    kvar = state.agreed_kvar if state is not None and inverters.dispatched else np.zeros(shape)
    return headroom_kvar(inverters.kva, kvar)


def within_inverters(problem: CoordinationProblem, most_kw: Floats, response: Response) -> ProsumerBlock | None:
    """The prosumers with devices held to the active power ``most_kw`` (K, T) that inverters carry, where the answer is
    beyond that; None where none is.

    In such an hour a battery gives at most and takes at least what it did, and PV gives the rest.
    """
    inverters, block = problem.inverters, problem.block
    excess = active_kw(response.columns) - most_kw
    beyond = (inverters.kva[:, None] > 0.0) & (excess > LEEWAY_KW)
    if not beyond.any():
        return None
    upper, lower = block.upper.copy(), block.lower.copy()
    used = {column: response.columns[:, :, column] for column in (PV, DISCHARGE, CHARGE)}
    sun = np.maximum(used[PV] - excess, 0.0)
    rest = np.maximum(excess - used[PV], 0.0)
    upper[:, :, PV] = np.where(beyond, np.minimum(upper[:, :, PV], sun), upper[:, :, PV])
    given = np.maximum(used[DISCHARGE] - rest, 0.0)
    upper[:, :, DISCHARGE] = np.where(beyond, np.minimum(upper[:, :, DISCHARGE], given), upper[:, :, DISCHARGE])
    lower[:, :, CHARGE] = np.where(beyond, np.maximum(lower[:, :, CHARGE], used[CHARGE]), lower[:, :, CHARGE])
    lower[:, :, CHARGE] = np.minimum(lower[:, :, CHARGE], upper[:, :, CHARGE])
    return replace(block, upper=upper, lower=lower)
