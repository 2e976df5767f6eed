"""Schedules that stay with the topology of the hour before, or after, where a plan goes elsewhere for some hours.

A ranking at a plan's own injections holds such a schedule to be dear where these break a limit on the topology that
would stay: prosumers have moved to what the other one can carry. What that is worth shows only when they move back.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from p2pdnr.coordination.plans.dispatch import Dispatch, switching_eur
from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.coordination.schedule.choice import Choice
from p2pdnr.coordination.schedule.tree_costs import finite_costs, ranked, schedule_closed
from p2pdnr.reconfiguration.topologies.tree_set import TreeSet, pool

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

FORBIDDEN_EUR = 1e9
"""What a topology costs that is not the one asked for, when a schedule is held against the limits on switching."""


@dataclass(frozen=True, eq=False)
class Staying:
    """A schedule (T, m) with one detour less, and what operations and losses gain by it at the plan's injections, what
    limits it breaks there left out."""

    closed: Bools
    gain_eur: float


def staying(problem: CoordinationProblem, choice: Choice, plan: Dispatch) -> list[Staying]:
    """Schedules that leave out one detour of a plan's, the most gain first: those that would break a limit at the
    plan's injections and that the limits on switching allow."""
    used = np.unique(plan.closed, axis=0)
    if len(used) < 2:
        return []
    few = pool(problem.network, [np.flatnonzero(~row) for row in used])
    now = few.places(plan.closed)
    seen = ranked(problem, few, plan.response.injection_kw)
    loss_eur = problem.terms.loss_eur_per_kw * finite_costs(np.where(seen.converged, seen.loss_kw, np.inf))
    broken_eur = np.where(seen.converged, seen.violation_eur, np.inf)
    found = []
    for hours, place in _detours(now):
        if not (broken_eur[place, hours] > broken_eur[now[hours], hours]).any():
            continue  # the ranking knows all about it
        then = now.copy()
        then[hours] = place
        closed = schedule_closed(few, then)
        gain_eur = switching_eur(problem, plan.closed) - switching_eur(problem, closed)
        gain_eur += float((loss_eur[now[hours], hours] - loss_eur[place, hours]).sum())
        if _is_allowed(problem, few, choice, then):
            found.append(Staying(closed, gain_eur))
    return sorted(found, key=lambda item: -item.gain_eur)


def _detours(places: Ints) -> Iterator[tuple[Ints, int]]:
    """Runs of hours with one topology (T,), and the topology of the hour before each run, then of the hour after."""
    runs = np.split(np.arange(len(places)), np.flatnonzero(np.diff(places)) + 1)
    for k, run in enumerate(runs):
        beside = {int(places[other[0]]) for other in runs[max(0, k - 1) : k + 2]} - {int(places[run[0]])}
        yield from ((run, place) for place in sorted(beside))


def _is_allowed(problem: CoordinationProblem, trees: TreeSet, choice: Choice, wanted: Ints) -> bool:
    """Whether a schedule (T,) keeps the limits on switching."""
    if not problem.terms.limits_switching:
        return True
    cost = np.full((len(trees), len(wanted)), FORBIDDEN_EUR)
    cost[wanted, np.arange(len(wanted))] = 0.0
    return np.array_equal(choice.best(problem, trees, cost), wanted)
