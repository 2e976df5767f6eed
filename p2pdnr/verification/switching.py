"""What holds for the switching: stated operations, locks, limits, and the order of an hour's operations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from p2pdnr.network.arrays import Bools, Network
from p2pdnr.network.topology import changes
from p2pdnr.results.study_result import Tables
from p2pdnr.verification.plan import Plan


@dataclass(frozen=True)
class SwitchingLimits:
    """Most operations in a step and in 24 hours, None without limit, and the least hours between two of one line; a
    horizon of ``steps`` of ``step_h`` hours each."""

    max_per_hour: int | None
    max_per_day: int | None
    dwell_h: float
    steps: int
    step_h: float

    def when(self, instant: int) -> str:
        """An instant as people call it."""
        return f"hour {instant}" if instant < self.steps else "the return to the initial state"


def objections(plan: Plan, tables: Tables, mode: str) -> list[str]:
    """Everything about the switching that is not as it is stated or as the scenario allows; empty when all is well."""
    rules = (*_locks(plan), *_limits(plan), *_mode(plan, mode))
    return [*_stated(plan, tables), *rules, *_numbered(tables), *_sequence(plan, tables)]


def _stated(plan: Plan, tables: Tables) -> Iterator[str]:
    """hours.csv repeats what lines.csv says."""
    switched = changes(plan.network, plan.closed).sum(axis=1)
    for hour, text in enumerate(tables.hours["open_lines"]):
        if sorted(map(int, str(text).split())) != (np.flatnonzero(~plan.closed[hour]) + 1).tolist():
            yield f"hour {hour}: the open lines stated differ from the states of the lines"
        stated = int(tables.hours["operations"].iloc[hour])
        if stated != switched[hour]:
            yield f"hour {hour}: {switched[hour]} lines change state and not {stated}"


def _locks(plan: Plan) -> Iterator[str]:
    for hour, line in np.argwhere(_instants(plan) & ~plan.network.switchable):
        yield f"{_when(plan, hour)}: {plan.network.line_label(int(line))} may not be switched"


def _instants(plan: Plan) -> Bools:
    return instants(plan.network, plan.closed, plan.scenario.dso.return_to_initial)


def instants(network: Network, closed: Bools, return_to_initial: bool) -> Bools:
    """(T, m) which lines change state at the start of each hour; with a return to the initial state (T + 1, m): that is
    one more instant, at the end of the horizon."""
    switched = changes(network, closed)
    return np.vstack([switched, closed[-1] != network.closed]) if return_to_initial else switched


def _when(plan: Plan, instant: int) -> str:
    return _allowed(plan).when(instant)


def _allowed(plan: Plan) -> SwitchingLimits:
    dso, steps = plan.scenario.dso, len(plan.closed)
    limits = dso.max_switching_per_hour, dso.max_switching_per_day, dso.min_dwell_h or 0.0
    return SwitchingLimits(*limits, steps, plan.scenario.step_h)


def _limits(plan: Plan) -> Iterator[str]:
    return broken_limits(_instants(plan), _allowed(plan), plan.network)


def broken_limits(switched: Bools, allowed: SwitchingLimits, network: Network) -> Iterator[str]:
    """Operations per hour and per day, and the time between two operations of a line, from what changes at each instant
    (T or T + 1, m). The return to the initial state keeps the limit of an hour by itself, and counts for the last day
    and for the dwell."""
    hourly = switched.sum(axis=1)
    if allowed.max_per_hour is not None and hourly.max() > allowed.max_per_hour:
        when = allowed.when(int(hourly.argmax()))
        yield f"{when}: {hourly.max()} operations, allowed are {allowed.max_per_hour}"
    day = np.minimum(np.arange(len(hourly)), allowed.steps - 1) // max(1, round(24 / allowed.step_h))
    daily = np.bincount(day, weights=hourly)
    if allowed.max_per_day is not None and daily.max() > allowed.max_per_day:
        yield f"day {int(daily.argmax())}: {daily.max():.0f} operations, allowed are {allowed.max_per_day}"
    for line in np.flatnonzero(switched.sum(axis=0) > 1):
        if np.diff(np.flatnonzero(switched[:, line])).min() * allowed.step_h < allowed.dwell_h - 1e-9:
            yield f"{network.line_label(int(line))} changes state again within {allowed.dwell_h:g} h"


def _mode(plan: Plan, mode: str) -> Iterator[str]:
    """A fixed topology never changes, a static one only before the first hour."""
    switched = np.flatnonzero(changes(plan.network, plan.closed).any(axis=1))
    first = {"fixed": 0, "static": 1}.get(mode, len(plan.closed))
    if (switched >= first).any():
        yield f"the topology changes although the mode is {mode}"


def _numbered(tables: Tables) -> Iterator[str]:
    """Rows of operations.csv stand in the order of the operations, numbered from 0 in each hour."""
    found = tables.operations[["hour", "step"]].to_numpy(dtype=np.int64)
    hours, first, count = np.unique(np.sort(found[:, 0]), return_index=True, return_counts=True)
    expected = np.repeat(hours, count), np.arange(len(found)) - np.repeat(first, count)
    wrong = np.flatnonzero((found != np.column_stack(expected)).any(axis=1))
    if len(wrong):
        yield f"the operations are not numbered in their order (row {wrong[0] + 2} of operations.csv)"


def _sequence(plan: Plan, tables: Tables) -> Iterator[str]:
    """Replaying operations.csv leads from each hour's state to the next and never leaves a bus without supply; the
    return to the initial state stands at the hour after the last."""
    state = plan.network.closed.copy()
    goals = [*plan.closed, plan.network.closed] if plan.scenario.dso.return_to_initial else list(plan.closed)
    for instant, closed in enumerate(goals):
        rows = tables.operations[tables.operations["hour"] == instant]
        yield from _replay(plan, state, rows, _when(plan, instant))
        if not np.array_equal(state, closed):
            yield f"{_when(plan, instant)}: the operations do not lead to the states of the lines"
        state = closed.copy()


def _replay(plan: Plan, state: Bools, rows: pd.DataFrame, when: str) -> Iterator[str]:
    """Do the operations of one instant on ``state`` (m,), which changes."""
    for line, action in zip(rows["line"].astype(int), rows["action"], strict=True):
        closes = action == "close"
        if bool(state[line - 1]) is closes:
            yield f"{when}: the operation '{action} line {line}' changes nothing"
        state[line - 1] = closes
        if not connected(plan.network, state):
            yield f"{when}: the operation '{action} line {line}' leaves buses without supply"


def connected(network: Network, closed: Bools) -> bool:
    """Whether every bus is supplied over the closed lines (m,), loops allowed."""
    component = list(range(network.n_buses))

    def find(bus: int) -> int:
        while component[bus] != bus:
            component[bus] = component[component[bus]]
            bus = component[bus]
        return bus

    for one, other in zip(network.from_bus[closed].tolist(), network.to_bus[closed].tolist(), strict=True):
        component[find(one)] = find(other)
    roots = {find(bus) for bus in network.substations.tolist()}
    return all(find(bus) in roots for bus in range(network.n_buses))
