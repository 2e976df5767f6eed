"""Exact AC power flow of many days on one schedule, and which limits break on which day."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from p2pdnr.network.arrays import Bools, Floats, Network
from p2pdnr.network.powerflow import solve_tree
from p2pdnr.network.topology import orient
from p2pdnr.reconfiguration.terms import OperatorTerms, violation_eur

NOTICEABLE_PU, NOTICEABLE_SHARE = 1e-4, 1e-3
"""A voltage or current counts as broken beyond this: limits that bind in a plan are met to rounding only."""

CELLS = 4_000_000
"""Days times hours times buses of one block of power flows, which bounds the memory."""


@dataclass(frozen=True, eq=False)
class Seen:
    """N days: voltages (N, T, n); loading (N, T, m) as a share of the limit, 0 where there is none; losses in kW and
    price of broken limits in EUR (N, T). NaN in hours without a power flow solution, which break every limit."""

    vm_pu: Floats
    loading: Floats
    loss_kw: Floats
    violation_eur: Floats


@dataclass(frozen=True, eq=False)
class Broken:
    """Which limits break: ``low``, ``high`` voltage (N, T) and ``line`` (N, T, m)."""

    low: Bools
    high: Bools
    line: Bools

    @property
    def hours(self) -> Bools:
        """(N, T) whether any does."""
        return np.asarray(self.low | self.high | self.line.any(axis=2))

    @property
    def days(self) -> Bools:
        """(N,) whether any does at any time."""
        return np.asarray(self.hours.any(axis=1))


def blocks(days: int, cells_per_day: int) -> list[range]:
    """Days by number in blocks that fit the memory."""
    block = max(1, CELLS // max(1, cells_per_day))
    return [range(first, min(first + block, days)) for first in range(0, days, block)]


def seen(network: Network, terms: OperatorTerms, closed: Bools, loads: tuple[Floats, Floats]) -> Seen:
    """Days with withdrawals (N, T, n) in kW and kvar on a schedule (T, m), one of each; limits are the network's."""
    (p_kw, q_kvar), m = loads, network.n_lines
    days, hours, n = p_kw.shape
    into = Seen(*(np.empty((days, hours, width)) for width in (n, m)), *(np.empty((days, hours)) for _ in range(2)))
    for row in np.unique(closed, axis=0):
        here = np.flatnonzero((closed == row).all(axis=1))
        with np.errstate(all="ignore"):  # days without a solution
            flow = solve_tree(
                network, orient(network, row), p_kw[:, here].reshape(-1, n), q_kvar[:, here].reshape(-1, n)
            )
            price = violation_eur(network, terms, flow.vm_pu, np.nan_to_num(flow.current_a))
        shape = (days, len(here))
        into.vm_pu[:, here] = flow.vm_pu.reshape(*shape, n)
        into.loading[:, here] = (flow.current_a / network.limit_a).reshape(*shape, m)
        into.loss_kw[:, here] = flow.loss_kw.sum(axis=1).reshape(shape)
        into.violation_eur[:, here] = np.where(flow.converged, price, np.nan).reshape(shape)
    return into


def broken(network: Network, days: Seen) -> Broken:
    """The limits of the network that the days break."""
    unsolved = np.isnan(days.loss_kw)
    fed = np.setdiff1d(np.arange(network.n_buses), network.substations)
    vm_pu = days.vm_pu[:, :, fed]
    low = (vm_pu < network.vm_min_pu - NOTICEABLE_PU).any(axis=2)
    high = (vm_pu > network.vm_max_pu + NOTICEABLE_PU).any(axis=2)
    line = (days.loading > 1.0 + NOTICEABLE_SHARE) | (unsolved[:, :, None] & np.isfinite(network.limit_a))
    return Broken(low | unsolved, high | unsolved, line)


def in_blocks(days: int, cells_per_day: int, look: Callable[[range], tuple[Floats, ...]]) -> tuple[Floats, ...]:
    """What ``look`` finds of all days, a block at a time, joined along the days."""
    parts = [look(block) for block in blocks(days, cells_per_day)]
    return tuple(np.concatenate(part) for part in zip(*parts, strict=True))
