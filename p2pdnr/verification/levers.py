"""What holds for tap changers and capacitors: stated steps and the limit on them; ranges are held on reading."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from p2pdnr.results.study_result import Tables
from p2pdnr.verification.finding import Finding
from p2pdnr.verification.plan import Plan


def levers(plan: Plan, tables: Tables) -> Finding:
    """Number of hours and days in which something about the steps is wrong."""
    found = [*_stated(plan, tables), *_most(plan)]
    return Finding(float(len(found)), found[0] if found else "")


def _moves(plan: Plan) -> list[int]:
    """Steps of all levers together at the start of every hour, and after the last where they return."""
    if plan.positions is None or plan.network.levers is None:
        return []
    state, found = list(plan.network.levers.positions), []
    goals = [*plan.positions.tolist(), *([state] if plan.scenario.dso.return_to_initial else [])]
    for goal in goals:
        found.append(sum(abs(there - here) for here, there in zip(state, goal, strict=True)))
        state = goal
    return found


def _stated(plan: Plan, tables: Tables) -> Iterator[str]:
    """levers.csv says which steps lead from an hour to the next."""
    assert plan.positions is not None and plan.network.levers is not None and tables.levers is not None
    stated = tables.levers["steps"].to_numpy(dtype=np.int64).reshape(plan.positions.shape)
    before = np.array(plan.network.levers.positions)
    for hour, where in enumerate(plan.positions):
        if (np.abs(where - before) != stated[hour]).any():
            yield f"hour {hour}: the steps stated are not those between the positions"
        before = where


def _most(plan: Plan) -> Iterator[str]:
    """Steps of a day; a return counts for the last one."""
    limit = plan.scenario.dso.max_lever_steps
    if limit is None:
        return
    moves, last = _moves(plan), len(plan.closed) - 1
    daily: dict[int, int] = {}
    for hour, count in enumerate(moves):
        day = min(hour, last) // max(1, round(24 / plan.scenario.step_h))
        daily[day] = daily.get(day, 0) + count
    for day, count in daily.items():
        if count > limit:
            yield f"day {day}: {count} steps of levers, allowed are {limit}"
