"""Every single line fault at every hour: what is lost, how it is brought back, and which faults are worst."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from p2pdnr.reconfiguration.outages.back_feed import BackFeed
from p2pdnr.reconfiguration.outages.candidates import limit_terms
from p2pdnr.reconfiguration.outages.day import OutageDay, RepairTimes
from p2pdnr.reconfiguration.outages.fault import faults
from p2pdnr.reconfiguration.outages.search import Effort, back_feeds
from p2pdnr.reconfiguration.topologies.ranking import Landscape, all_trees, landscape
from p2pdnr.reconfiguration.topologies.tree_set import enumerable

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
    known, effort = _known(day), effort or Effort()
    found: list[BackFeed] = []
    for line in range(day.network.n_lines) if lines is None else lines:
        if not go_on():
            break
        own = [answer for fault in faults(day, int(line)) for answer in back_feeds(fault, known, effort)]
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


def _known(day: OutageDay) -> Landscape | None:
    """The ranking of all topologies in all hours, None where they are too many."""
    network, count = day.network, day.topologies
    if not enumerable(network, count) or count > MOST_RANKED:
        return None
    return landscape(network, all_trees(network), day.p_kw, day.q_kvar, limit_terms(network))
