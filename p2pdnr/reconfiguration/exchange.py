"""Good radial topologies where there are too many to rank them all: iterated exchange search.

Several chains, each from a tree of its own, go down to local optima of all single exchanges and are kicked out of them
again (the kernel); every chain resumes from its best. The work, not the clock, decides where it ends, so that a seed
gives the same answer on any number of cores; a time limit may end it earlier.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from p2pdnr.errors import TopologyError
from p2pdnr.network.arrays import Bools, Floats, Network
from p2pdnr.network.kernel_arrays import Finds, Grid, Work, new_state
from p2pdnr.network.powerflow import withdrawals_pu
from p2pdnr.network.topology import is_radial, unreachable_buses
from p2pdnr.reconfiguration.exchange_kernel import exchange
from p2pdnr.reconfiguration.search import evaluate, kernel_grid, share
from p2pdnr.reconfiguration.terms import OperatorTerms
from p2pdnr.reconfiguration.trees import TreeSet, pool

SLICE = 10
"""Rounds a chain does before the clock is looked at and it resumes from its best."""


@dataclass(frozen=True)
class Effort:
    """How long to search: ``rounds`` of kick and descent in each of ``chains``; ``keep`` trees for the pool."""

    seed: int = 0
    rounds: int = 40
    chains: int = 4
    kicks: int = 3
    keep: int = 200
    time_limit_s: float | None = None


@dataclass(frozen=True, eq=False)
class _Problem:
    """What all chains share."""

    network: Network
    grid: Grid
    withdrawals: tuple[Floats, Floats]
    hours: int
    loss_eur: float
    effort: Effort


@dataclass(frozen=True, eq=False)
class _Chain:
    """One chain: its number, the closed lines (m,) it goes on from, the best trees it has met; both change in place."""

    number: int
    closed: Bools
    finds: Finds


def search(network: Network, p_kw: Floats, q_kvar: Floats, terms: OperatorTerms, effort: Effort) -> TreeSet:
    """The best trees met for the sum of losses and violations over the hours, best first.

    Parameters: ``p_kw``, ``q_kvar`` (T, n) net withdrawals. The first chain starts from the network's initial state
    where that is radial. Raises :class:`TopologyError` when a bus cannot be supplied.
    """
    problem = _problem(network, p_kw, q_kvar, terms, effort)
    chains = [_chain(problem, number) for number in range(effort.chains)]
    started = time.perf_counter()
    for first in range(0, max(effort.rounds, 1), SLICE):
        rounds = min(SLICE, effort.rounds - first)
        share(partial(_advance, problem, chains, (first, rounds)), range(len(chains)))
        if effort.time_limit_s is not None and time.perf_counter() - started > effort.time_limit_s:
            break
    found = np.vstack([chain.finds.open_lines[np.isfinite(chain.finds.cost)] for chain in chains])
    exact = evaluate(network, found, p_kw, q_kvar, terms)
    order = np.argsort(exact.stage_cost(terms).sum(axis=1), kind="stable")[: effort.keep]
    return TreeSet(exact.open_lines[order].copy(), network.n_lines, complete=False)


def search_hours(network: Network, p_kw: Floats, q_kvar: Floats, terms: OperatorTerms, effort: Effort) -> TreeSet:
    """A pool for a schedule: the initial state, the best trees of all hours together, and those of every single hour.

    The search of an hour is short and starts from the best tree of the hour before, the first from that of all hours.
    """
    found = [search(network, p_kw, q_kvar, terms, effort)]
    share_of_hour = max(2, effort.keep // max(len(p_kw), 1))
    brief = replace(effort, rounds=min(effort.rounds, SLICE), chains=min(effort.chains, 2), keep=share_of_hour)
    for hour in range(len(p_kw)):
        here, one = network.with_(closed=found[-1].closed(0)), slice(hour, hour + 1)
        found.append(search(here, p_kw[one], q_kvar[one], terms, brief))
    initial = np.flatnonzero(~network.closed)[None] if is_radial(network, network.closed) else found[0].open_lines[:0]
    return pool(network, np.vstack([initial, *(trees.open_lines for trees in found)]))


def _problem(network: Network, p_kw: Floats, q_kvar: Floats, terms: OperatorTerms, effort: Effort) -> _Problem:
    """Everything in the kernel's form."""
    if dark := unreachable_buses(network):
        raise TopologyError(dark_buses=tuple(bus + 1 for bus in dark))
    withdrawals, hours = withdrawals_pu(network, p_kw, q_kvar)
    loss_eur = terms.loss_price_eur_per_kwh * terms.step_h * network.base_kw
    return _Problem(network, kernel_grid(network, terms), withdrawals, hours, loss_eur, effort)


def _chain(problem: _Problem, number: int) -> _Chain:
    """A chain at its start: the initial state for the first, random trees for the others."""
    network, random = problem.network, np.random.default_rng([problem.effort.seed, number])
    closed = network.closed.copy()
    if number or not is_radial(network, closed):
        closed = _random_tree(network, random)
    keep, width = max(problem.effort.keep, 1), int((~closed).sum())
    weight = np.random.default_rng(0).integers(0, 2**58, network.n_lines)
    places = np.zeros((keep, width), dtype=np.int64)
    return _Chain(number, closed, Finds(np.full(keep, np.inf), places, np.full(keep, -1), weight))


def _random_tree(network: Network, random: np.random.Generator) -> Bools:
    """(m,) a spanning tree from lines in random order, lines that are closed for good first."""
    node = np.arange(network.n_buses)
    node[network.substations] = network.substations[0]
    usable = random.permutation(np.flatnonzero(network.switchable | network.closed))
    closed = np.zeros(network.n_lines, dtype=np.bool_)
    for line in usable[np.argsort(network.switchable[usable], kind="stable")]:
        one, other = node[network.from_bus[line]], node[network.to_bus[line]]
        if one != other:
            closed[line] = True
            node[node == other] = one
    return closed


def _advance(problem: _Problem, chains: list[_Chain], slice_: tuple[int, int], index: int) -> None:
    """A slice (first round, number of rounds) of one chain."""
    chain, effort = chains[index], problem.effort
    seed = int(np.random.default_rng([effort.seed, chain.number, slice_[0]]).integers(1, 2**31 - 2))
    room = (new_state(problem.network.n_buses, problem.hours), chain.finds)
    work = Work(seed, slice_[1], effort.kicks, problem.hours, problem.loss_eur)
    exchange(problem.grid, chain.closed, problem.withdrawals, room, work)
    chain.closed[:] = True
    chain.closed[chain.finds.open_lines[np.argmin(chain.finds.cost)]] = False
