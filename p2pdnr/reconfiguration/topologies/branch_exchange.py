"""Good radial topologies where there are too many to rank them all: iterated exchange search.

Several chains, each from a tree of its own, go down to local optima of all single exchanges and are kicked out of them
again (:mod:`p2pdnr.reconfiguration.topologies.exchange_kernel`). The work, not the clock, decides where a chain ends,
so that a seed gives the same answer on any number of cores; a time limit or a watcher may end it earlier. At the end
every single exchange of the best tree is evaluated: no promise, no estimate decides that it is a local optimum.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from p2pdnr.network.arrays import Bools, Floats, Ints, Network
from p2pdnr.network.kernel import new_branches
from p2pdnr.network.kernel_arrays import Grid, new_state
from p2pdnr.network.lanes import LANES
from p2pdnr.network.powerflow import withdrawals_pu
from p2pdnr.network.topology import is_radial
from p2pdnr.reconfiguration.terms import OperatorTerms
from p2pdnr.reconfiguration.topologies.exchange_arrays import ChainEffort, ChainWorkspace, Finds
from p2pdnr.reconfiguration.topologies.exchange_kernel import exchange
from p2pdnr.reconfiguration.topologies.initial_trees import start
from p2pdnr.reconfiguration.topologies.ranking import Halt, evaluate_trees, kernel_grid, share
from p2pdnr.reconfiguration.topologies.tree_set import TreeSet, distinct


@dataclass(frozen=True)
class Effort:
    """How long to search: ``rounds`` of kick and descent in each of ``chains`` (None: by the size of the network),
    ``brief_rounds`` for a single hour of a schedule; ``doubt`` the share by which the estimated change of losses may
    err before an exchange is overlooked; ``keep`` trees for the pool.

    ``watch`` is told the cost of the best tree so far, several times a second; the search ends when it returns False.
    """

    seed: int = 0
    rounds: int | None = None
    chains: int = 4
    kicks: int = 3
    brief_rounds: int = 10
    doubt: float = 0.15
    keep: int = 200
    time_limit_s: float | None = None
    watch: Callable[[float], bool] | None = None


@dataclass(frozen=True, eq=False)
class _Search:
    """What all chains share."""

    network: Network
    grid: Grid
    withdrawals: tuple[Floats, Floats]
    hours: int
    loss_eur: float
    effort: Effort


@dataclass(frozen=True, eq=False)
class _Chain:
    """One chain: its number, the closed lines (m,) it goes on from, its workspace; both change in place."""

    number: int
    closed: Bools
    workspace: ChainWorkspace


def search(network: Network, p_kw: Floats, q_kvar: Floats, terms: OperatorTerms, effort: Effort) -> TreeSet:
    """The best trees met for the sum of losses and violations over the hours, best first.

    Parameters: ``p_kw``, ``q_kvar`` (T, n) net withdrawals. The first chain starts from the network's initial state
    where that is radial. Raises :class:`TopologyError` when a bus cannot be supplied.
    """
    withdrawals, hours = withdrawals_pu(network, p_kw, q_kvar)
    loss_eur = terms.loss_eur_per_kw * network.base_kw
    problem = _Search(network, kernel_grid(network, terms), withdrawals, hours, loss_eur, effort)
    chains = [_chain(problem, number) for number in range(effort.chains)]
    _run(problem, chains)
    found = np.vstack([_open_lines(chain) for chain in chains])
    exact = evaluate_trees(network, distinct(network, found), p_kw, q_kvar, terms)
    order = np.argsort(exact.stage_cost(terms).sum(axis=1), kind="stable")[: effort.keep]
    return TreeSet(exact.open_lines[order].copy(), network.n_lines, complete=False)


def default_rounds(network: Network, hours: int) -> int:
    """Rounds of a chain by size: what a round costs grows with the buses and with the hours."""
    return int(np.clip(300_000 // (network.n_buses * -(-hours // LANES)), 20, 150))


def search_hours(network: Network, p_kw: Floats, q_kvar: Floats, terms: OperatorTerms, effort: Effort) -> TreeSet:
    """A pool for a schedule: the initial state, the best trees of all hours together, those of every single hour, and
    of stretches of a half and a quarter of the hours, which is what counts where switching is dear or limited.

    These searches are short and start from the best tree of the one before, the first from that of all hours.
    """
    hours = len(p_kw)
    found = [search(network, p_kw, q_kvar, terms, effort)]
    share_of_stretch = max(2, effort.keep // max(hours, 1))
    brief = replace(effort, rounds=effort.brief_rounds, chains=min(effort.chains, 2), keep=share_of_stretch)
    for stretch in [*_stretches(hours, 2), *_stretches(hours, 4), *(slice(hour, hour + 1) for hour in range(hours))]:
        here = network.with_(closed=found[-1].closed(0))
        found.append(search(here, p_kw[stretch], q_kvar[stretch], terms, brief))
    initial = np.flatnonzero(~network.closed)[None] if is_radial(network, network.closed) else found[0].open_lines[:0]
    return distinct(network, np.vstack([initial, *(trees.open_lines for trees in found)]))


def _stretches(hours: int, parts: int) -> list[slice]:
    """Stretches of a part of the hours, each half over the one before; none where they would be single hours."""
    length = hours // parts
    step = max(1, length // 2)
    return [slice(first, first + length) for first in range(0, hours - length + 1, step)] if length > 1 else []


def _chain(problem: _Search, number: int) -> _Chain:
    """A chain at its start."""
    network, keep = problem.network, max(problem.effort.keep, 1)
    closed = start(network, number, problem.effort.seed)
    weight = np.random.default_rng(0).integers(0, 2**58, network.n_lines)
    places = np.zeros((keep, int((~closed).sum())), dtype=np.int64)
    finds = Finds(np.full(keep, np.inf), places, np.full(keep, -1), weight)
    here, trial = (new_state(network.n_buses, problem.hours) for _ in range(2))
    branches, other = (new_branches(problem.grid) for _ in range(2))
    position, control = np.zeros(network.n_buses, dtype=np.int64), np.zeros(2, dtype=np.int64)
    return _Chain(number, closed, ChainWorkspace(here, branches, position, trial, other, finds, control))


def _run(problem: _Search, chains: list[_Chain]) -> None:
    """All chains on all cores, then every exchange of the best; until done or told to stop."""
    effort, started = problem.effort, time.perf_counter()
    rounds = default_rounds(problem.network, problem.hours) if effort.rounds is None else effort.rounds

    def advance(index: int) -> None:
        _advance(problem, chains[index], rounds, effort.doubt)

    def go_on() -> bool:
        in_time = effort.time_limit_s is None or time.perf_counter() - started <= effort.time_limit_s
        wanted = effort.watch is None or effort.watch(min(chain.workspace.finds.cost.min() for chain in chains))
        return in_time and wanted

    def stop() -> None:
        for chain in chains:
            chain.workspace.control[0] = 1

    halt = Halt(go_on, stop)
    share(advance, range(len(chains)), halt)
    best = min(chains, key=lambda chain: float(chain.workspace.finds.cost.min()))
    share(lambda _: _advance(problem, best, 0, np.inf), range(1), halt)


def _advance(problem: _Search, chain: _Chain, rounds: int, doubt: float) -> None:
    """Rounds of one chain."""
    effort = problem.effort
    seed = int(np.random.default_rng([effort.seed, chain.number]).integers(1, 2**31 - 2))
    work = ChainEffort(seed, rounds, effort.kicks, problem.hours, problem.loss_eur, doubt)
    exchange(problem.grid, chain.closed, problem.withdrawals, chain.workspace, work)


def _open_lines(chain: _Chain) -> Ints:
    """(k, n_open) the trees a chain has kept."""
    return chain.workspace.finds.open_lines[np.isfinite(chain.workspace.finds.cost)]
