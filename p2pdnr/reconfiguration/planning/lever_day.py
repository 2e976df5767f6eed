"""A day in which tap changers and capacitors move beside lines: every topology at every position of theirs, by hour.

Costs are those of exact power flows; the schedule is the cheapest of all (:mod:`..schedule.joint_search`) where all
topologies could be ranked at all positions. Within an hour nothing is said about whether lines or levers move first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from p2pdnr.errors import InputError, NetworkError, Problem, SolverError
from p2pdnr.network.arrays import Bools, Ints, Lever, Network
from p2pdnr.network.levers import at
from p2pdnr.network.topology import count_spanning_trees
from p2pdnr.reconfiguration.planning.day_plan import DayPlan, Moved, day_plan
from p2pdnr.reconfiguration.planning.progress import Watch
from p2pdnr.reconfiguration.planning.settings import PlanningSettings
from p2pdnr.reconfiguration.schedule import pool_growth
from p2pdnr.reconfiguration.schedule.joint_programme import JointProgramme, JointSchedule
from p2pdnr.reconfiguration.schedule.joint_search import cheapest_single, cheapest_together
from p2pdnr.reconfiguration.schedule.lever_states import LeverStates, lever_states
from p2pdnr.reconfiguration.schedule.pool_growth import Staged
from p2pdnr.reconfiguration.schedule.pruning import cheapest
from p2pdnr.reconfiguration.schedule.settings import ScheduleSettings
from p2pdnr.reconfiguration.terms import LeverTerms, LoadCase
from p2pdnr.reconfiguration.topologies.tree_set import TreeSet, all_trees, enumerable


@dataclass(frozen=True, eq=False)
class LeverDay:
    """What moving levers brings.

    Attributes
    ----------
    items : the levers that may move
    states : positions that they may have together
    initial : the initial topology with levers that move, None where it has no power flow or no way that keeps limits
    held : the cheapest schedule of topologies with levers that stay where they are; None where there is none
    """

    items: tuple[Lever, ...]
    states: int
    initial: DayPlan | None
    held: DayPlan | None

    def of_every_line(self, whole: Callable[[DayPlan], DayPlan], members: Sequence[Ints]) -> LeverDay:
        """The same in terms of a network whose lines, ``members``, were operated together."""
        items = tuple(
            replace(item, place=int(members[item.place][0])) if item.kind == "line tap" else item for item in self.items
        )
        plans = (None if plan is None else whole(plan) for plan in (self.initial, self.held))
        return LeverDay(items, self.states, *plans)

    def rows(self, network: Network) -> list[dict[str, Any]]:
        """The levers as JSON can hold them, numbers from 1."""
        return [
            {
                "kind": item.kind,
                "line" if item.kind == "line tap" else "bus": item.place + 1,
                "id": (network.line_name if item.kind == "line tap" else network.bus_name)(item.place),
                "min": item.least,
                "max": item.most,
            }
            for item in self.items
        ]


def states_of(case: LoadCase) -> LeverStates:
    """The positions that levers of a case may have.

    Raises :class:`NetworkError` where it has no levers or too many positions, :class:`InputError` where lines have to
    rest.
    """
    if case.network.levers is None:
        told = "has no tap changer or capacitor that may move"
        remedy = "Give a bus or line a tap or a capacitor (docs/formats.md); lines that run together keep their taps"
        raise NetworkError([Problem("network", "levers", (case.network.name,), told, remedy)])
    if (case.terms.min_dwell_steps or 1) > 1:
        told = "is not kept by schedules in which levers move"
        raise InputError([Problem("terms", "min_dwell_steps", (), told, "Ask for one of the two")])
    return lever_states(case.network.levers)


def together(case: LoadCase, among: Staged, terms: LeverTerms, watch: Watch, block: int) -> tuple[JointProgramme, bool]:
    """The programme of a day over the trees of ``among``, which has their costs at the positions of the moment, and
    whether they were ranked at all positions before the time was up; what was not has no cost and is not used."""
    states = states_of(case)
    stage_eur = np.full((case.steps, len(among.trees), len(states)), np.inf)
    stage_eur[:, :, states.start] = among.stage_eur.T
    done = True
    for state in np.setdiff1d(np.arange(len(states)), states.start):
        there = replace(case, network=at(case.network, states.positions[state]))
        for first in range(0, len(among.trees), block):
            if not watch.go_on("ranking"):
                done = False
                break
            rows = np.arange(first, min(first + block, len(among.trees)))
            stage_eur[:, rows, state] = pool_growth.staged(there, among.trees.subset(rows)).stage_eur.T
    return JointProgramme(stage_eur, among.trees, states, case.terms, terms, case.network.closed), done


def best_plan(case: LoadCase, programme: JointProgramme) -> tuple[DayPlan, bool]:
    """The cheapest schedule of a programme, and whether none over its trees is cheaper.

    Raises :class:`SolverError` where none keeps the limits on moving.
    """
    found, exact = cheapest_together(programme)
    return day_plan(case, _closed(programme.trees, found.indices), _moved(programme, found)), exact


def single_tree_day(case: LoadCase, terms: LeverTerms) -> DayPlan | None:
    """The cheapest schedule of one topology all day with levers that move; None where topologies are too many to be
    ranked at all positions, or none keeps the limits."""
    trees_count, states = count_spanning_trees(case.network), states_of(case)
    stages = trees_count * case.steps * len(states)
    if not enumerable(case.network, trees_count) or stages > PlanningSettings.most_stages:
        return None
    trees = all_trees(case.network)
    programme, _ = together(case, pool_growth.staged(case, trees), terms, Watch(), len(trees))
    try:
        found = cheapest_single(programme)
    except SolverError:
        return None
    return day_plan(case, _closed(trees, found.indices), _moved(programme, found))


def _moved(programme: JointProgramme, found: JointSchedule) -> Moved:
    """Positions by hour, and what it took to get there."""
    return Moved(
        programme.levers.positions[found.states],
        found.lever_steps,
        found.final_steps,
        programme.lever_terms.step_eur * (int(found.lever_steps.sum()) + found.final_steps),
    )


def beside(case: LoadCase, programme: JointProgramme, among: Staged, settings: ScheduleSettings) -> LeverDay:
    """What the schedule is measured against: the initial topology with levers, and topologies without."""
    assert case.network.levers is not None
    return LeverDay(
        case.network.levers.items, len(programme.levers), _initial(case, programme), _held(case, among, settings)
    )


def _initial(case: LoadCase, programme: JointProgramme) -> DayPlan | None:
    one = TreeSet(np.flatnonzero(~case.network.closed)[None].astype(np.int32), case.network.n_lines, complete=False)
    costs = [
        pool_growth.staged(replace(case, network=at(case.network, where)), one).stage_eur
        for where in programme.levers.positions
    ]
    stage_eur = np.ascontiguousarray(np.stack(costs, axis=2).transpose(1, 0, 2))
    try:
        return best_plan(case, replace(programme, stage=stage_eur, trees=one))[0]
    except SolverError:
        return None


def _held(case: LoadCase, among: Staged, settings: ScheduleSettings) -> DayPlan | None:
    if not np.isfinite(among.stage_eur).any(axis=0).all():
        return None
    try:
        found, _ = cheapest(among.stage_eur, among.trees, case.terms, case.network.closed, settings)
    except SolverError:
        return None
    return day_plan(case, _closed(among.trees, found.indices))


def _closed(trees: TreeSet, indices: Ints) -> Bools:
    return np.array([trees.closed(int(index)) for index in indices])
