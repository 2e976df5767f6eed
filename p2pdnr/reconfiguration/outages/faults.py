"""Every single line fault at every hour: what is lost, how it is brought back, and which faults are worst."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from p2pdnr.reconfiguration.outages.back_feed import BackFeed
from p2pdnr.reconfiguration.outages.candidates import RankedHours, listed, near, rank_isolated
from p2pdnr.reconfiguration.outages.day import OutageDay, RepairTimes
from p2pdnr.reconfiguration.outages.fault import faults
from p2pdnr.reconfiguration.outages.search import Begun, Effort, back_feeds, begin
from p2pdnr.reconfiguration.outages.shed_in_tree import Memory
from p2pdnr.reconfiguration.topologies.ranking import all_trees
from p2pdnr.reconfiguration.topologies.tree_set import TreeSet, enumerable

MOST_RANKED = 200_000
"""More topologies than these are searched and not listed."""


@dataclass(frozen=True)
class LineRisk:
    """What a line's faults cost over the day: energy not supplied per fault, on average over the hours (those in which
    the line is open count as nothing) and in the worst ``hour``; what is shed then."""

    line: int
    mean_kwh: float
    worst_kwh: float
    hour: int
    worst_shed_kw: float


def every_fault(
    day: OutageDay,
    lines: Sequence[int] | None = None,
    effort: Effort | None = None,
    go_on: Callable[[], bool] = lambda: True,
) -> list[BackFeed]:
    """The best state after the fault of each of some ``lines`` (all if None) in each hour in which it is closed, by
    line and hour. Ends early, with what it has, when ``go_on`` says so."""
    effort, memory, found = effort or Effort(), Memory(), list[BackFeed]()
    chosen = [int(line) for line in (range(day.network.n_lines) if lines is None else lines)]
    every = _every_topology(day)
    begun = {} if every is None else _begun(day, every, chosen)
    known = None if every is None else _ranked(day, every, begun)
    for line in chosen:
        if not go_on():
            break
        cases = begun[line] if begun else [Begun([], fault) for fault in faults(day, line)]
        own = [answer for case in cases for answer in case.found]
        for case in cases:
            own += [] if case.left is None else back_feeds(case.left, known, effort, memory)
        found += sorted(own, key=lambda answer: answer.hour)
    return found


def worst_first(answers: Sequence[BackFeed], hours: int, times: RepairTimes) -> list[LineRisk]:
    """Lines by the energy that their faults leave unsupplied on average, the worst first."""
    by_line: dict[int, list[BackFeed]] = {}
    for answer in answers:
        by_line.setdefault(answer.line, []).append(answer)
    return sorted((_risk(own, hours, times) for own in by_line.values()), key=lambda risk: (-risk.mean_kwh, risk.line))


def not_supplied_kwh(answer: BackFeed, times: RepairTimes) -> float:
    """Energy not supplied by one fault."""
    return times.not_supplied_kwh(answer.lost_kw, answer.shed_kw, len(answer.operations))


def _risk(answers: Sequence[BackFeed], hours: int, times: RepairTimes) -> LineRisk:
    energy = [not_supplied_kwh(answer, times) for answer in answers]
    worst = int(np.argmax(energy))
    return LineRisk(
        answers[worst].line, sum(energy) / hours, energy[worst], answers[worst].hour, answers[worst].shed_kw
    )


def _every_topology(day: OutageDay) -> TreeSet | None:
    """All topologies, None where they are too many."""
    network, count = day.network, day.topologies
    return all_trees(network) if enumerable(network, count) and count <= MOST_RANKED else None


def _begun(day: OutageDay, every: TreeSet, lines: Sequence[int]) -> dict[int, list[Begun]]:
    """What few operations bring back after the fault of each line, tree by tree."""
    trees, which = np.unique(day.closed, axis=0, return_inverse=True)
    close_by = {
        tree.tobytes(): near(day, every, tree, np.flatnonzero(which.ravel() == k)) for k, tree in enumerate(trees)
    }
    return {line: [begin(fault, close_by[fault.before.tobytes()]) for fault in faults(day, line)] for line in lines}


def _ranked(day: OutageDay, every: TreeSet, begun: dict[int, list[Begun]]) -> RankedHours | None:
    """For the faults and hours for which few operations are not enough, the ranking of all topologies in which one of
    these faults' lines is open; None where there are none."""
    left = [case.left for own in begun.values() for case in own if case.left is not None and listed(case.left)]
    if not left:
        return None
    wanted = np.zeros(day.closed.shape, dtype=np.bool_)
    for fault in left:
        wanted[fault.hours, fault.line] = True
    return rank_isolated(day, every, wanted)
