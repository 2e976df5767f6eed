"""Radial topologies ranked by exact AC power flow: every tree, every hour, on all cores.

A tree is oriented and its power flow solved for all hours inside one compiled loop over trees; threads share the trees
in fixed portions. Every tree starts flat, so that its numbers do not depend on which other trees are ranked with it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from p2pdnr.network.admittance import bus_admittance, end_admittance
from p2pdnr.network.arrays import Bools, Floats, Network
from p2pdnr.network.held_kernel import held_rank
from p2pdnr.network.kernel import new_branches, rank
from p2pdnr.network.kernel_arrays import Earth, Grid, Ranking, RankingWorkspace, new_state
from p2pdnr.network.powerflow import held_of, withdrawals_pu
from p2pdnr.reconfiguration.terms import LoadCase, OperatorTerms, limit_kva
from p2pdnr.reconfiguration.topologies.tree_set import TreeSet, all_trees, pool

__all__ = ["Landscape", "TreeSet", "all_trees", "evaluate", "landscape", "pool"]

PORTION = 256
"""Trees that a thread takes at a time."""
POLL_S = 0.05
"""Between two questions whether to go on."""


class Accuracy(NamedTuple):
    """Of a power flow: ``tolerance`` on the squared voltages (p.u.), and most ``sweeps``."""

    tolerance: float
    sweeps: int


RANKING = Accuracy(2e-6, 100)
"""Losses of healthy topologies are then within 1e-3 kW."""
FINAL = Accuracy(1e-11, 400)
"""Of finalists."""


class Halt(NamedTuple):
    """How work is ended early: ``go_on`` is asked several times a second; once it says no ``stop`` is called, which
    ends what runs, and nothing more is begun."""

    go_on: Callable[[], bool]
    stop: Callable[[], None]


@dataclass(frozen=True, eq=False)
class Landscape:
    """Losses and violations of every tree in every hour; NaN where the power flow has no solution.

    Attributes
    ----------
    loss_kw : (n_trees, T) sum of r l
    violation_eur : (n_trees, T) price of broken voltage and current limits over a step
    converged : (n_trees, T)
    """

    trees: TreeSet
    loss_kw: Floats
    violation_eur: Floats
    converged: Bools

    @property
    def open_lines(self) -> npt.NDArray[np.int32]:
        """(n_trees, n_open) open lines of each tree."""
        return self.trees.open_lines

    def stage_cost(self, terms: OperatorTerms) -> Floats:
        """(n_trees, T) EUR of losses and violations in each step, infinite where the power flow has no solution."""
        cost = terms.loss_eur_per_kw * self.loss_kw + self.violation_eur
        return np.where(self.converged, cost, np.inf)


def landscape(network: Network, trees: TreeSet, p_kw: Floats, q_kvar: Floats, terms: OperatorTerms) -> Landscape:
    """Rank every tree of a set in every hour.

    Parameters: ``p_kw``, ``q_kvar`` (T, n) net withdrawals. Losses are within 1e-3 kW or so of the exact power flow.
    """
    return _evaluate(LoadCase(network, p_kw, q_kvar, terms), trees, RANKING)


def evaluate(
    network: Network, open_sets: npt.ArrayLike, p_kw: Floats, q_kvar: Floats, terms: OperatorTerms
) -> Landscape:
    """The same for a few topologies given by their open lines (k, n_open), to full accuracy.

    Raises :class:`TopologyError` for the first that is not radial; duplicates are dropped.
    """
    return evaluate_trees(network, pool(network, open_sets), p_kw, q_kvar, terms)


def evaluate_trees(network: Network, trees: TreeSet, p_kw: Floats, q_kvar: Floats, terms: OperatorTerms) -> Landscape:
    """The same for a set of trees."""
    return _evaluate(LoadCase(network, p_kw, q_kvar, terms), trees, FINAL)


def _evaluate(case: LoadCase, trees: TreeSet, accuracy: Accuracy) -> Landscape:
    network = case.network
    by_bus, hours = withdrawals_pu(network, case.load_kw, case.load_kvar)
    shape = (len(trees), hours)
    ranking = Ranking(np.empty(shape), np.empty(shape), np.empty(shape, dtype=np.bool_))
    grid = kernel_grid(network, case.terms)

    def rank_portion(first: int) -> None:
        part = slice(first, first + PORTION)
        portion = Ranking(ranking.loss[part], ranking.violation_eur[part], ranking.converged[part])
        closed = np.ones(network.n_lines, dtype=np.bool_)
        workspace = RankingWorkspace(portion, new_state(network.n_buses, hours), new_branches(grid), closed)
        opened = trees.open_lines[part].copy()
        if network.generators is None:
            rank(grid, opened, by_bus, workspace, tuple(accuracy))
        else:
            held = held_of(network, (by_bus[0], by_bus[1].copy()), hours)
            held_rank(grid, opened, held, workspace, tuple(accuracy))

    share(rank_portion, range(0, len(trees), PORTION))
    return Landscape(trees, network.base_kw * ranking.loss, ranking.violation_eur, ranking.converged)


def share(work: Callable[[int], None], items: Sequence[int], halt: Halt | None = None) -> None:
    """Do ``work`` on every item with one thread per core, until ``halt``; the first error is raised."""
    with ThreadPoolExecutor(max(1, min(_cores(), len(items)))) as executor:
        futures = [executor.submit(work, item) for item in items]
        running: set[Future[None]] = set(futures)
        while halt is not None and running:
            running = wait(running, timeout=POLL_S).not_done
            if not halt.go_on():
                halt.stop()
                executor.shutdown(cancel_futures=True)
                return
        for future in futures:
            future.result()


def _cores() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def kernel_grid(network: Network, terms: OperatorTerms) -> Grid:
    """The network and the price of its limits in per unit."""
    buses = np.concatenate([network.from_bus, network.to_bus])
    by_bus = np.argsort(buses, kind="stable")
    start = np.concatenate([[0], np.cumsum(np.bincount(buses, minlength=network.n_buses))])
    half_price = terms.half_violation_eur_per_kw
    return Grid(
        start=start.astype(np.int64),
        line=by_bus % max(network.n_lines, 1),
        other=np.concatenate([network.to_bus, network.from_bus])[by_bus],
        r=network.r_pu.copy(),
        x=network.x_pu.copy(),
        roots=network.substations.astype(np.int64),
        root_v=network.substation_vm_pu**2,
        overload=np.array([network.limit_pu**-2.0, half_price * limit_kva(network)]),
        band=np.array([network.vm_min_pu**2, network.vm_max_pu**2, half_price * 1000.0]),
        ends=np.array([network.from_bus, network.to_bus]),
        switchable=network.switchable.copy(),
        earth=None if network.is_plain else _earth(network),
    )


def _earth(network: Network) -> Earth:
    """Ratios and admittances to earth."""
    ends, alone = end_admittance(network), bus_admittance(network, np.zeros(network.n_lines, dtype=np.bool_))[0]
    added = ends.closed - ends.opened
    return Earth(
        square=network.ratio**2,
        alone=np.array([alone.real, alone.imag, network.shunt_g_pu]),
        closed=np.vstack([ends.closed.real, ends.closed.imag]),
        added=np.vstack([added.real, added.imag]),
    )
