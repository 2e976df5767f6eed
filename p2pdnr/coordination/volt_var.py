"""Power flows of a schedule, and reactive power that follows the voltage at its bus.

Under a Volt-VAR curve q = kva f(v), cut to what active power leaves, and v follows q by the power flow. Both are met by
Newton's method on what the buses feed in, with the slopes of voltages from power flows beside: f falls and voltages
rise with what is fed in, so that there is one solution and halved steps lead to it.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from p2pdnr.coordination.problem import CoordinationProblem, given
from p2pdnr.errors import PowerFlowError
from p2pdnr.market.inverters import on_curve_kvar
from p2pdnr.network.powerflow import Flow, solve_tree

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

ENOUGH_KVAR = 1e-9
MOST_STEPS, HALVINGS = 60, 20
BESIDE_KVAR, BESIDE_PU = 1.0, 1e-7


def schedule_flow(problem: CoordinationProblem, closed: Bools, injection_kw: Floats) -> Flow:
    """AC power flow of a schedule (T, m) at injections (K, T), hours with the same tree at once; hours without one are
    not ``converged``."""
    load_kw, load_kvar = problem.net_load_kw(injection_kw), problem.operator.load_kvar
    p_kw, q_kvar, current_a, loss_kw = (np.empty(closed.shape) for _ in range(4))
    vm_pu = np.empty((len(closed), problem.network.n_buses))
    flow = Flow(vm_pu, p_kw, q_kvar, current_a, loss_kw, np.zeros(len(closed), dtype=np.bool_))
    operator = problem.operator
    for rows in operator.alike(closed, np.arange(len(closed))):
        tree, network = operator.tree(closed[rows[0]], int(rows[0])).tree, operator.hourly.at(int(rows[0]))
        part = solve_tree(network, tree, load_kw[rows], load_kvar[rows])
        for name in ("vm_pu", "p_kw", "q_kvar", "current_a", "loss_kw", "converged"):
            getattr(flow, name)[rows] = getattr(part, name)
    return flow


def voltages(problem: CoordinationProblem, closed: Bools, injection_kw: Floats) -> Floats:
    """(T, n) voltages of a schedule in p.u., 1 where there is no power flow."""
    return np.nan_to_num(schedule_flow(problem, closed, injection_kw).vm_pu, nan=1.0)


def on_curve(
    problem: CoordinationProblem, closed: Bools, injection_kw: Floats, most_kvar: Floats, start_kvar: Floats
) -> Floats:
    """(K, T) reactive power that is on the curve at the voltages it brings about, at most ``most_kvar`` (K, T).

    Raises :class:`PowerFlowError` naming hours in which none was found.
    """
    fed = np.clip(start_kvar, -most_kvar, most_kvar)
    wanted = _wanted(problem, closed, injection_kw, most_kvar, fed)
    slopes = _slopes(problem, closed, injection_kw, fed)
    for _ in range(MOST_STEPS):
        off = problem.inverters.at_buses(wanted[0] - fed)
        if np.abs(off).max(initial=0.0) <= ENOUGH_KVAR:
            return fed
        bend = problem.inverters.at_buses(wanted[1])
        newton = np.eye(off.shape[1]) - bend[:, :, None] * slopes
        step = np.asarray(np.linalg.solve(newton, off[:, :, None])[:, :, 0], dtype=np.float64)
        fed, wanted = _moved(problem, (closed, injection_kw, most_kvar), (fed, wanted), step)
    hours = np.flatnonzero(np.abs(problem.inverters.at_buses(wanted[0] - fed)).max(axis=1) > 1e3 * ENOUGH_KVAR)
    if len(hours):
        raise PowerFlowError(f"no reactive power on the Volt-VAR curve found in hours {', '.join(map(str, hours))}")
    return fed


def _moved(
    problem: CoordinationProblem,
    at: tuple[Bools, Floats, Floats],
    now: tuple[Floats, tuple[Floats, Floats]],
    step: Floats,
) -> tuple[Floats, tuple[Floats, Floats]]:
    """A step (T, ni) of what the buses feed in, in every hour as much of it as brings the curve nearer."""
    inverters, (fed, wanted) = problem.inverters, now
    before = np.linalg.norm(inverters.at_buses(wanted[0] - fed), axis=1)
    share, new, found = np.ones(len(step)), fed, wanted
    for _ in range(HALVINGS):
        new = fed + inverters.of_prosumers(share[:, None] * step / inverters.per_bus)
        found = _wanted(problem, *at, new)
        worse = np.linalg.norm(inverters.at_buses(found[0] - new), axis=1) > (1.0 - 0.1 * share) * before + ENOUGH_KVAR
        if not worse.any():
            break
        share = np.where(worse, share / 2.0, share)
    return new, found


def _wanted(
    problem: CoordinationProblem, closed: Bools, injection_kw: Floats, most_kvar: Floats, fed: Floats
) -> tuple[Floats, Floats]:
    """(K, T) what the curve asks for at the voltages of ``fed`` (K, T), and how fast that changes with the voltage."""
    vm_pu = voltages(given(problem, fed), closed, injection_kw)[:, problem.prosumer_bus].T
    wanted, beyond = (on_curve_kvar(problem.inverters, vm_pu + shift, most_kvar) for shift in (0.0, BESIDE_PU))
    return wanted, (beyond - wanted) / BESIDE_PU


def _slopes(problem: CoordinationProblem, closed: Bools, injection_kw: Floats, fed: Floats) -> Floats:
    """(T, ni, ni) voltage of an inverter bus by what another one feeds in, p.u. per kvar."""
    inverters = problem.inverters
    here = voltages(given(problem, fed), closed, injection_kw)[:, inverters.buses]
    slopes = np.empty((len(here), len(inverters.buses), len(inverters.buses)))
    for place in range(len(inverters.buses)):
        beside = np.zeros((len(here), len(inverters.buses)))
        beside[:, place] = BESIDE_KVAR
        more = fed + inverters.of_prosumers(beside / inverters.per_bus)
        there = voltages(given(problem, more), closed, injection_kw)[:, inverters.buses]
        slopes[:, :, place] = (there - here) / BESIDE_KVAR
    return slopes
