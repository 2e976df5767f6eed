"""Finding prices and sets of states that prove a bound where topologies are too many to be enumerated.

Prices of stored energy and of the market are those of the convex programme of the plan's schedule. At these, one cone
programme holds the relaxations of all hours and what operations cost between them: its multipliers are the prices of
open lines. Then every hour is a problem of its own, bounded by branching where the gap is widest.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from p2pdnr.coordination.bound.joint_hour import JointHour
from p2pdnr.coordination.bound.joint_proof import Ground, JointDay, JointEvidence, shown_eur, switching_floor_eur
from p2pdnr.coordination.bound.matrix import Floats
from p2pdnr.coordination.bound.programme import solve_hours
from p2pdnr.coordination.plans.dispatch import Dispatch
from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.coordination.progress.journal import Journal
from p2pdnr.errors import SolverError
from p2pdnr.network.topology import orient
from p2pdnr.reconfiguration.bounds.cones import Multipliers
from p2pdnr.reconfiguration.bounds.free_injections import Watched
from p2pdnr.reconfiguration.day_bound.coupled import coupled_prices
from p2pdnr.reconfiguration.day_bound.hour import HourSearch
from p2pdnr.reconfiguration.day_bound.prices import Prices, no_prices
from p2pdnr.reconfiguration.day_bound.proof import branch
from p2pdnr.reconfiguration.topologies.ranking import share
from p2pdnr.solvers import Status

GOAL = 2e-3
"""Of the sum of the cost parts: a gap to the plan that needs no more branching."""

MOST_ENTRIES = 6_000_000
"""Rows of relaxations that are branched on, in all: what is kept of them is as many numbers."""

MOST_COUPLED = 600_000
"""Rows of the one programme over all hours: with more, lines have no prices, and operations cost nothing."""

NEAR_PU, NEAR_SHARE = 0.01, 0.7
"""How near a plan's voltages and currents come to a limit for it to be part of the relaxation of that hour."""


@dataclass(frozen=True, eq=False)
class JointFound:
    """A bound in EUR and what proves it; ``relaxations`` that were branched on."""

    bound_eur: float
    ground: Ground
    evidence: JointEvidence
    relaxations: int


def search(problem: CoordinationProblem, mode: str, plan: Dispatch, journal: Journal, goal: float = GOAL) -> JointFound:
    """A bound on all plans of a mode ("hourly", "static").

    Raises :class:`SolverError` when the programme of the plan's schedule has no answer.
    """
    day = JointDay(problem, _ground(problem, plan))
    floors_eur, floors = _floors(day)
    left_eur = day.left_eur(floors_eur)
    hours = [day.hour(step, float(left_eur[step])) for step in range(problem.hours)]
    prices = _prices(day, hours, mode, journal)
    cutoffs = _costs(hours, plan, prices.open_eur)
    parts = zip(hours, prices.open_eur, cutoffs, strict=True)
    searches = [HourSearch(hour, open_eur, float(cutoff), keep=True) for hour, open_eur, cutoff in parts]
    rows = max(hour.free.matrix.shape[0] for hour in hours)

    def go_on(_: float) -> bool:
        journal.check()
        journal.report(None)
        return not journal.out_of_time and rows * sum(item.nodes for item in searches) < MOST_ENTRIES

    lines_eur = switching_floor_eur(problem.network, problem.terms, mode, prices)
    branch(searches, day.storage_eur + lines_eur, plan.total_eur - goal * plan.scale_eur, go_on)
    looked = tuple(tuple(item.looked) for item in searches)
    evidence = JointEvidence(floors, prices, np.array([item.cutoff_eur for item in searches]), looked)
    bound_eur = shown_eur(problem, mode, day.ground, evidence)
    return JointFound(bound_eur, day.ground, evidence, sum(item.nodes for item in searches))


def _prices(day: JointDay, hours: list[JointHour], mode: str, journal: Journal) -> Prices:
    """Prices on open lines from one programme over all hours; none where the time is over, or it would be too large."""
    problem, rows = day.problem, sum(hour.free.matrix.shape[0] for hour in hours)
    if journal.out_of_time or rows > MOST_COUPLED:
        return no_prices(problem.hours, problem.network.n_lines, problem.terms)
    return coupled_prices(hours, problem.terms, mode == "static")


def _ground(problem: CoordinationProblem, plan: Dispatch) -> Ground:
    """Prices of the convex programme of the plan's schedule, and the limits that the plan comes near to."""
    trees = [orient(problem.network, closed) for closed in plan.closed]
    answer = solve_hours(problem, trees, np.arange(problem.hours))
    if answer.status not in (Status.OPTIMAL, Status.ALMOST):
        raise SolverError(f"the relaxation of the plan's schedule was not solved: {answer.status}")
    return Ground(answer.storage, answer.prices, plan.total_eur, _watched(problem, plan))


def _watched(problem: CoordinationProblem, plan: Dispatch) -> Watched:
    """All limits of a kind in an hour in which one of them is near."""
    network, flow = problem.network, plan.flow
    low = (flow.vm_pu < network.vm_min_pu + NEAR_PU).any(axis=1)
    high = (flow.vm_pu > network.vm_max_pu - NEAR_PU).any(axis=1)
    current = (flow.current_a > NEAR_SHARE * network.limit_a).any(axis=1)
    near = (low, network.n_buses), (high, network.n_buses), (current, network.n_lines)
    return Watched(*(np.repeat(np.asarray(close)[:, None], count, axis=1) for close, count in near))


def _floors(day: JointDay) -> tuple[Floats, tuple[Multipliers, ...]]:
    """What every hour costs at least, without prices on lines, and the multipliers that show it."""
    floors, found = day.least_eur.copy(), dict[int, Multipliers]()

    def first(step: int) -> None:
        hour = day.hour(step, float(day.first_eur[step]))
        relaxed = hour.relax(hour.free, hour.all_states())
        found[step] = Multipliers(relaxed.multipliers.values)
        if np.isfinite(relaxed.bound):
            floors[step] = max(floors[step], hour.scale_eur * relaxed.bound)

    share(first, range(len(floors)))
    return floors, tuple(found[step] for step in range(len(floors)))


def _costs(hours: list[JointHour], plan: Dispatch, open_eur: Floats) -> Floats:
    """(T,) what the plan's topologies cost at least at prices on open lines."""
    found = np.zeros(len(hours))

    def one(step: int) -> None:
        found[step] = hours[step].cost_eur(plan.closed[step], open_eur[step])

    share(one, range(len(hours)))
    return found
