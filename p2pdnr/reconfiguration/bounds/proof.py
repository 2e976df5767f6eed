"""A lower bound on the loss of all radial topologies: by one relaxation, then better by branch and bound."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from p2pdnr.network.arrays import Bools, Floats, Network
from p2pdnr.network.powerflow import solve_tree
from p2pdnr.network.topology import preferred_tree
from p2pdnr.reconfiguration.bounds.area_search import AreaSearch, in_areas
from p2pdnr.reconfiguration.bounds.branching import PROVED, BranchAndBound, SearchProgress
from p2pdnr.reconfiguration.bounds.grid import Assumptions, scaled
from p2pdnr.reconfiguration.bounds.relaxation import Builder, built

STEP = 1e-4
"""Share of the incumbent by which a bound must have risen to be told again."""

AHEAD = 3.0
"""How much more the search with the higher bound works, of the two: the other may still overtake it."""


@dataclass(frozen=True, eq=False)
class Bound:
    """What is known about the least loss of all radial topologies.

    Attributes
    ----------
    value_kw : no topology (that keeps the limits, where that was asked for) has a smaller loss
    incumbent_kw : the least loss known, None where none is; the bound never exceeds it
    closed : (m,) lines closed in a topology with that loss, where it is better than the one given
    method : how the bound was found
    nodes : relaxations solved
    seconds : wall time
    """

    value_kw: float
    incumbent_kw: float | None
    closed: Bools | None
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
    load: tuple[Floats, Floats],
    assumed: Assumptions | None = None,
    *,
    time_limit_s: float | None = None,
    observe: Callable[[Bound], None] | None = None,
) -> Bound:
    """A lower bound on the loss of every radial topology, by exact power flow, at one load.

    Parameters: ``load`` is a pair of (n,) net withdrawals in kW and kvar. ``assumed`` holds the loss of some topology,
    the better the tighter; without, that of the initial topology is taken. Where it says ``within_limits``, only
    topologies that keep the limits of voltage and current are bounded; that topology must then keep them.
    ``time_limit_s``: without one the relaxation is
    solved once; with one it is branched on until that time is over, the incumbent is proved to be the best, or somebody
    interrupts. ``observe`` is told of better bounds and topologies.

    Raises :class:`TopologyError` when a bus cannot be supplied.
    """
    started = time.perf_counter()
    p_kw, q_kvar = (np.asarray(part, dtype=np.float64) for part in load)
    known = _initial_loss_kw(network, p_kw, q_kvar) if assumed is None else float(assumed.loss_kw)
    if not known:
        return Bound(0.0, known, None, "none is below zero", 0, 0.0)
    told = [-1.0]

    def bound(progress: SearchProgress) -> Bound:
        method = "perspective relaxation" if progress.nodes == 1 else "branch and bound"
        losses = progress.bound * known, progress.incumbent * known
        return Bound(*losses, progress.closed, method, progress.nodes, time.perf_counter() - started)

    def tell(progress: SearchProgress) -> None:
        if observe is not None and (progress.bound > told[0] + STEP or progress.proved):
            told[0] = progress.bound
            observe(bound(progress))

    grid = scaled(network, p_kw, q_kvar, Assumptions(known, assumed is not None and assumed.within_limits))
    model = Builder(grid)
    whole = built(model)
    search = BranchAndBound(grid, whole)
    search.advance(1)
    tell(search.progress)
    if time_limit_s is None:
        return bound(search.progress)
    end = time.perf_counter() + time_limit_s
    return bound(_run(search, lambda: in_areas(model, whole), end, tell))


def _run(
    search: BranchAndBound, begin: Callable[[], AreaSearch | None], end: float, tell: Callable[[SearchProgress], None]
) -> SearchProgress:
    """Branch on the whole feeder and in its areas until nothing is left, the clock says ``end`` or the user interrupts;
    the better bound counts. ``tell`` hears of every step."""
    areas, best = None, search.progress
    try:
        areas = begin() if time.perf_counter() < end and not best.finished else None
        while not best.finished and time.perf_counter() < end:
            if areas is None or areas.finished or areas.work > _share(areas, search) * search.work:
                search.advance()
            else:
                areas.advance()
            best = _better(search.progress, areas)
            tell(best)
    except KeyboardInterrupt:
        return _better(search.progress, areas)
    return best


def _share(areas: AreaSearch, search: BranchAndBound) -> float:
    """Work in areas for each unit of work on the whole feeder: most of it where the bound is higher."""
    return AHEAD if areas.bound > search.progress.bound else 1.0 / AHEAD


def _better(progress: SearchProgress, areas: AreaSearch | None) -> SearchProgress:
    """What the whole feeder's search knows, with the bound of the areas where that is higher."""
    if areas is None:
        return progress
    bound = max(progress.bound, min(areas.bound, progress.incumbent))
    both = replace(progress, bound=bound, nodes=progress.nodes + areas.nodes)
    return replace(both, finished=progress.finished or both.proved)


def _initial_loss_kw(network: Network, p_kw: Floats, q_kvar: Floats) -> float | None:
    """Loss of the initial topology, or of a tree close to it."""
    flow = solve_tree(network, preferred_tree(network), p_kw[None], q_kvar[None])
    return float(flow.loss_kw.sum()) if flow.converged[0] else None
