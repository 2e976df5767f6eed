"""A lower bound on the loss of all radial topologies, at once and then better."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from p2pdnr.network.arrays import Floats, Network
from p2pdnr.network.powerflow import solve_tree
from p2pdnr.network.topology import preferred_tree
from p2pdnr.reconfiguration.bounds.cones import relax
from p2pdnr.reconfiguration.bounds.relaxation import Assumptions, Grid, programme, scaled

PROVED = 1e-6
"""A loss counts as the least when the bound is above it less this share."""

ROUNDS = 3
"""Times the relaxation is solved again after states were ruled out."""


@dataclass(frozen=True)
class Bound:
    """What is known about the least loss of all radial topologies.

    Attributes
    ----------
    value_kw : no topology (that keeps the limits, where that was asked for) has a smaller loss
    incumbent_kw : the least loss known, None where none is; the bound never exceeds it
    method : how the bound was found
    nodes : relaxations solved
    seconds : wall time
    """

    value_kw: float
    incumbent_kw: float | None
    method: str
    nodes: int
    seconds: float

    @property
    def gap(self) -> float:
        """Share of the incumbent that is left open, 1 without one."""
        return 1.0 - self.value_kw / self.incumbent_kw if self.incumbent_kw else 1.0

    @property
    def proved(self) -> bool:
        """Whether the incumbent is the least loss, to a share of :data:`PROVED`."""
        return self.incumbent_kw is not None and self.value_kw >= self.incumbent_kw * (1.0 - PROVED)


def lower_bound(
    network: Network,
    p_kw: Floats,
    q_kvar: Floats,
    *,
    incumbent_kw: float | None = None,
    within_limits: bool = False,
    time_limit_s: float | None = None,
    observe: Callable[[Bound], None] | None = None,
) -> Bound:
    """A lower bound on the loss of every radial topology, by exact power flow, at one load.

    Parameters: ``p_kw``, ``q_kvar`` (n,) net withdrawals. ``incumbent_kw`` is the loss of some topology, the better the
    tighter; without one that of the initial topology is taken. ``within_limits``: bound only topologies that keep the
    limits of voltage and current; sound when the incumbent keeps them, or when none does better than it. ``observe``
    is told of every better bound. Raises :class:`TopologyError` when a bus cannot be supplied.
    """
    started = time.perf_counter()
    p_kw, q_kvar = np.asarray(p_kw, dtype=np.float64), np.asarray(q_kvar, dtype=np.float64)
    known = _initial_loss_kw(network, p_kw, q_kvar) if incumbent_kw is None else float(incumbent_kw)
    if not known:
        return Bound(0.0, known, "none is below zero", 0, 0.0)
    grid = scaled(network, p_kw, q_kvar, Assumptions(known, within_limits))
    share, rounds = _root(grid)
    bound = Bound(share * known, known, "perspective relaxation", rounds, time.perf_counter() - started)
    if observe is not None:
        observe(bound)
    return bound


def _initial_loss_kw(network: Network, p_kw: Floats, q_kvar: Floats) -> float | None:
    """Loss of the initial topology, or of a tree close to it."""
    flow = solve_tree(network, preferred_tree(network), p_kw[None], q_kvar[None])
    return float(flow.loss_kw.sum()) if flow.converged[0] else None


def _root(grid: Grid) -> tuple[float, int]:
    """Best bound of the relaxation as a share of the incumbent, states that cost too much ruled out between rounds;
    number of rounds."""
    whole = programme(grid)
    alive = np.ones(grid.states.count, dtype=np.bool_)
    best, solved = 0.0, 0
    for _ in range(ROUNDS):
        relaxed = relax(whole, alive)
        best, solved = max(best, float(relaxed.bound)), solved + 1
        kept = alive & (relaxed.at_one < 1.0)
        if best >= 1.0 or kept.sum() == alive.sum():
            break
        alive = kept
    return min(best, 1.0), solved
