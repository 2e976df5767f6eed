"""The best state after one fault, hour by hour.

First topologies that supply everybody who can be reached and keep the limits: of them the one with the fewest
operations, then the least loss. Where all topologies are known, none is better. Else those are looked at that one tie
line brings, and what exchanges of two lines make of them. Where none keeps the limits, load is shed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from p2pdnr.network.arrays import Bools, Floats, Ints
from p2pdnr.reconfiguration.outages.all_states import MOST_STATES, count_states, every_state
from p2pdnr.reconfiguration.outages.back_feed import BackFeed, States
from p2pdnr.reconfiguration.outages.candidates import (
    Candidates,
    RankedHours,
    few_topologies,
    known_topologies,
    nearest,
    ranked,
    wider,
)
from p2pdnr.reconfiguration.outages.energised import Supply, dead, supplied
from p2pdnr.reconfiguration.outages.fault import Fault
from p2pdnr.reconfiguration.outages.restoration_order import restoration
from p2pdnr.reconfiguration.outages.shed_in_tree import Memory, shed_in_tree

MAYBE_EUR = 0.02
"""Rankings are exact to so much at the price of their terms; what they call less broken is looked at again."""


@dataclass(frozen=True)
class Effort:
    """How far to look where not all states can be known.

    ``rounds`` of exchanges from the ``exchanged`` best topologies; loads are shed in the ``shed_in`` best of an hour;
    at most ``most_trees`` topologies and ``most_states`` states of a fault are gone through one by one.
    """

    rounds: int = 2
    exchanged: int = 4
    shed_in: int = 4
    most_trees: int = 400
    most_states: int = MOST_STATES


@dataclass(frozen=True, eq=False)
class Begun:
    """The answers ``found`` for a fault so far, and the fault in the hours that are ``left``, None where none is."""

    found: list[BackFeed]
    left: Fault | None


def begin(fault: Fault, close_by: RankedHours | None) -> Begun:
    """What few operations bring back; ``close_by`` are the topologies that they reach from the fault's tree, None where
    the day has too many to list."""
    candidates = known_topologies(fault, close_by)
    if candidates is None:
        return Begun([], fault)
    found = list(_without_shedding(fault, candidates))
    still = np.setdiff1d(fault.hours, [answer.hour for answer in found])
    return Begun(found, fault.at(still) if len(still) else None)


def back_feeds(fault: Fault, known: RankedHours | None, effort: Effort, shed_before: Memory) -> list[BackFeed]:
    """The best state found for every hour of a fault; ``known`` is the ranking of all topologies of the day's network,
    None where they are too many; what is shed goes into ``shed_before`` and comes from it."""
    found: list[BackFeed] = []
    candidates = known_topologies(fault, known) or few_topologies(fault, effort.most_trees)
    if candidates is None:
        candidates = ranked(fault, nearest(fault))
    for rounds_left in range(effort.rounds, -1, -1):
        found += _without_shedding(fault, candidates)
        still = np.setdiff1d(fault.hours, [answer.hour for answer in found])
        if not len(still):
            return found
        candidates = _at(candidates, np.isin(fault.hours, still))
        fault = fault.at(still)
        if candidates.complete or not rounds_left:
            break
        candidates = ranked(fault, wider(fault, candidates, effort.exchanged))
    return found + _with_shedding(fault, candidates, effort, shed_before)


def _at(candidates: Candidates, hours: Bools) -> Candidates:
    """The ranking in some of its hours."""
    broken_eur, loss_kw = candidates.broken_eur[:, hours], candidates.loss_kw[:, hours]
    return Candidates(candidates.trees, broken_eur, loss_kw, candidates.complete)


def _without_shedding(fault: Fault, candidates: Candidates) -> Iterator[BackFeed]:
    """For every hour that has one, the topology with the fewest operations that keeps all limits and supplies whoever
    can be reached."""
    maybe = np.flatnonzero((candidates.broken_eur <= MAYBE_EUR).any(axis=1))
    dark = np.broadcast_to(fault.lost, (len(maybe), len(fault.lost)))
    states = fault.states(candidates.closed(maybe), dark, int(fault.hours[0]))
    ranking = replace(candidates, broken_eur=candidates.broken_eur[maybe], loss_kw=candidates.loss_kw[maybe])
    left = {row: iter(_by_operations(ranking, states, row).tolist()) for row in range(len(fault.hours))}
    while left:
        tried = {row: place for row in left if (place := next(left[row], None)) is not None}
        left = {row: left[row] for row in tried}
        for place in set(tried.values()):
            rows = [row for row, own in tried.items() if own == place]
            least = candidates.complete or not states.operations[place]
            for row, answer in zip(rows, _records(fault, states, place, np.array(rows), least), strict=True):
                if not answer.broken:
                    del left[row]
                    yield answer


def _by_operations(ranking: Candidates, states: States, row: int) -> Ints:
    """Topologies that may keep the limits in an hour, those with the fewest operations first, then the least loss."""
    maybe = np.flatnonzero(ranking.broken_eur[:, row] <= MAYBE_EUR)
    order = np.lexsort((ranking.loss_kw[maybe, row], states.operations[maybe]))
    return maybe[order]


def _records(fault: Fault, states: States, place: int, rows: Ints, least: bool) -> list[BackFeed]:
    """One state in some hours of the fault."""
    network, hours, closed, dark = fault.network, fault.hours[rows], states.closed[place], states.dark[place]
    supply = supplied(network, closed, fault.day.p_kw[hours], fault.day.q_kvar[hours])
    operations = tuple(restoration(network, fault.opened, closed))
    lowest, highest, loading = _extremes(supply, network.limit_a)
    broken, load_kw = supply.broken(network), fault.day.load_kw[hours]
    return [
        BackFeed(
            line=fault.line,
            hour=int(hour),
            closed=closed,
            operations=operations,
            cut_off=fault.cut_off,
            dark=dark,
            lost_kw=float(load_kw[k] @ fault.cut_off),
            shed_kw=float(load_kw[k] @ dark),
            loss_kw=float(supply.loss_kw[k]),
            vm_min_pu=float(lowest[k]),
            vm_max_pu=float(highest[k]),
            loading=float(loading[k]),
            broken=float(broken[k]),
            least=least,
        )
        for k, hour in enumerate(hours)
    ]


def _extremes(supply: Supply, limit_a: Floats) -> tuple[Floats, Floats, Floats]:
    """(H,) lowest and highest voltage and highest loading; the last is NaN where no supplied line has a limit."""
    limited = np.where(np.isfinite(limit_a), supply.loading, np.nan)
    loading = np.where(np.isnan(limited).all(axis=1), np.nan, np.fmax.reduce(limited, axis=1))
    return np.fmin.reduce(supply.vm_pu, axis=1), np.fmax.reduce(supply.vm_pu, axis=1), loading


def _with_shedding(fault: Fault, candidates: Candidates, effort: Effort, shed_before: Memory) -> list[BackFeed]:
    """The least load left without supply: of all states where they are few, else as far as was looked."""
    rows, most = range(len(fault.hours)), effort.most_states
    if candidates.complete and len(candidates.trees) <= effort.most_trees:
        every = candidates.closed()
        if count_states(fault.rest, every, fault.lost, most) <= most:
            trees, dark = every_state(fault.rest, every, fault.lost)
            return [_best(fault, fault.states(trees, dark, int(fault.hours[row])), row, least=True) for row in rows]
    tried = _shed(fault, candidates, effort, shed_before)
    return [_best(fault, fault.states(*tried[row], int(fault.hours[row])), row, least=False) for row in rows]


def _shed(fault: Fault, candidates: Candidates, effort: Effort, shed_before: Memory) -> list[tuple[Bools, Bools]]:
    """By hour: trees (k, m) and the buses (k, n) left in the dark in them."""
    order = [candidates.best(row, effort.shed_in) for row in range(len(fault.hours))]
    nobody = ~np.isin(np.arange(fault.rest.n_buses), fault.rest.substations)
    found = [[(fault.before, nobody)] for _ in fault.hours]
    for number in np.unique(np.concatenate(order)).tolist():
        here, closed = np.flatnonzero([number in own for own in order]), candidates.closed([number])[0]
        for row, buses in zip(here, shed_in_tree(fault, closed, fault.hours[here], shed_before), strict=True):
            found[row].append((closed, buses))
    return [(np.array([tree for tree, _ in own]), np.array([buses for _, buses in own])) for own in found]


def _best(fault: Fault, states: States, row: int, least: bool) -> BackFeed:
    """The best state that keeps the limits; where switches cannot bring any about, the one that breaks them least."""
    ranks, best, at, beyond = states.rank(), None, -1, []
    for place in states.order().tolist():
        if best is not None and ranks[place] != ranks[at]:
            break
        if (dead(fault.network, states.closed[place]) != states.dark[place]).any():
            continue  # a locked line joins what should lie in the dark
        answer = _records(fault, states, place, np.array([row]), least)[0]
        if answer.broken:
            beyond.append(answer)
        elif best is None or answer.loss_kw < best.loss_kw:
            best, at = answer, place
    return best or min(beyond, key=lambda answer: answer.broken)
