"""Voltages and losses by pandapower's Newton-Raphson solver, which has no part in finding them.

The hours stand side by side in one pandapower network, each with its own buses, lines and supply, so that one Newton
solve answers for all of them (24 hours of 33 buses: 0.15 s instead of 0.5 s). Where that does not converge the hours
are halved until the ones without a solution stand alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from p2pdnr.errors import PowerFlowError
from p2pdnr.network import pandapower_net
from p2pdnr.network.arrays import Bools, Floats, Ints, Network
from p2pdnr.network.held_newton import solve_held_hours
from p2pdnr.network.hourly import HourlyNetwork
from p2pdnr.network.near_zero import tolerance_mva


@dataclass(frozen=True, eq=False)
class Judgement:
    """``vm_pu`` (T, n), ``loss_kw`` and ``current_a`` (T, m); NaN at buses without supply and in hours in which no
    solution was found; ``residual_mva`` (T,), the largest mismatch of a bus that was reached, infinite there."""

    vm_pu: Floats
    loss_kw: Floats
    current_a: Floats
    residual_mva: Floats

    @property
    def unsolved(self) -> Bools:
        """(T,) hours in which no solution was found."""
        return np.asarray(~np.isfinite(self.residual_mva))


def judge_hourly(hourly: HourlyNetwork, closed: Bools, withdrawal_kw: Floats, withdrawal_kvar: Floats) -> Judgement:
    """The same with levers as they stand in every hour."""
    parts = list(hourly.parts(np.arange(len(closed))))
    found = [judge(there, closed[rows], withdrawal_kw[rows], withdrawal_kvar[rows]) for rows, there in parts]
    order = np.argsort(np.concatenate([rows for rows, _ in parts]))
    return _joined(found, order)


def _joined(parts: list[Judgement], order: Ints) -> Judgement:
    names = ("vm_pu", "loss_kw", "current_a", "residual_mva")
    return Judgement(*(np.concatenate([getattr(part, name) for part in parts])[order] for name in names))


def judge(network: Network, closed: Bools, withdrawal_kw: Floats, withdrawal_kvar: Floats) -> Judgement:
    """AC power flow of every hour; ``closed`` (T, m), withdrawals (load less injection) (T, n). Generators of the
    network hold their voltages, and withdrawals do not count what they give in reactive power."""
    found = (_solved if network.generators is None else _held)(network, closed, withdrawal_kw, withdrawal_kvar)
    if found is not None:
        return found
    if len(closed) == 1:
        nothing = np.full((1, network.n_lines), np.nan)
        return Judgement(np.full((1, network.n_buses), np.nan), nothing, nothing, np.full(1, np.inf))
    middle = len(closed) // 2
    halves = [
        judge(network, closed[part], withdrawal_kw[part], withdrawal_kvar[part])
        for part in (slice(None, middle), slice(middle, None))
    ]
    return _joined(halves, np.arange(len(closed)))


def _solved(network: Network, closed: Bools, p_kw: Floats, q_kvar: Floats) -> Judgement | None:
    """All hours in one net, None without a solution."""
    built = pandapower_net.build(network, closed)
    residual_mva = _residual_mva(network, built.net, p_kw, q_kvar)
    return _judgement(pandapower_net.read(built), residual_mva) if np.isfinite(residual_mva) else None


def _held(network: Network, closed: Bools, p_kw: Floats, q_kvar: Floats) -> Judgement | None:
    """The same with generators that hold their voltages."""
    try:
        solved, _ = solve_held_hours(network, closed, p_kw, q_kvar)
    except PowerFlowError:
        return None
    return _judgement(solved, tolerance_mva(network))


def _judgement(solved: pandapower_net.Solved, residual_mva: float) -> Judgement:
    return Judgement(solved.vm_pu, solved.loss_kw, solved.current_a, np.full(len(solved.vm_pu), residual_mva))


def _residual_mva(network: Network, net: Any, p_kw: Floats, q_kvar: Floats) -> float:
    """Solve a net with the withdrawals (T, n) at its buses; the mismatch reached, infinite without a solution."""
    import pandapower as pp

    pp.create_loads(net, np.arange(p_kw.size), p_mw=p_kw.ravel() / 1e3, q_mvar=q_kvar.ravel() / 1e3)
    try:
        return pandapower_net.run(net, network)
    except PowerFlowError:
        return np.inf
