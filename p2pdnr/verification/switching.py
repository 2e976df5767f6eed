"""What holds for the switching: stated operations, locks, limits, and the order of an hour's operations."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from p2pdnr.network.arrays import Bools, Network
from p2pdnr.results.study_result import Tables
from p2pdnr.results.summary import changes
from p2pdnr.verification.plan import Plan


def objections(plan: Plan, tables: Tables, mode: str) -> list[str]:
    """Everything about the switching that is not as it is stated or as the scenario allows; empty when all is well."""
    return [*_stated(plan, tables), *_locks(plan), *_limits(plan), *_mode(plan, mode), *_sequence(plan, tables)]


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
    for hour, line in np.argwhere(changes(plan.network, plan.closed) & ~plan.network.switchable):
        yield f"hour {hour}: line {line + 1} may not be switched"


def _limits(plan: Plan) -> Iterator[str]:
    """Operations per hour and per day, time between two operations of a line, and the state at the end."""
    dso, step_h = plan.scenario.dso, plan.scenario.step_h
    switched = changes(plan.network, plan.closed)
    hourly = switched.sum(axis=1)
    if dso.max_switching_per_hour is not None and hourly.max() > dso.max_switching_per_hour:
        yield f"hour {int(hourly.argmax())}: {hourly.max()} operations, allowed are {dso.max_switching_per_hour}"
    day = np.arange(len(hourly)) // max(1, round(24 / step_h))
    daily = np.bincount(day, weights=hourly)
    if dso.max_switching_per_day is not None and daily.max() > dso.max_switching_per_day:
        yield f"day {int(daily.argmax())}: {daily.max():.0f} operations, allowed are {dso.max_switching_per_day}"
    dwell_h = dso.min_dwell_h or 0.0
    for line in np.flatnonzero(switched.sum(axis=0) > 1):
        if np.diff(np.flatnonzero(switched[:, line])).min() * step_h < dwell_h - 1e-9:
            yield f"line {line + 1} changes state again within {dwell_h:g} h"


def _mode(plan: Plan, mode: str) -> Iterator[str]:
    """A fixed topology never changes, a static one only before the first hour."""
    switched = np.flatnonzero(changes(plan.network, plan.closed).any(axis=1))
    first = {"fixed": 0, "static": 1}.get(mode, len(plan.closed))
    if (switched >= first).any():
        yield f"the topology changes although the mode is {mode}"


def _sequence(plan: Plan, tables: Tables) -> Iterator[str]:
    """Replaying operations.csv leads from each hour's state to the next and never leaves a bus without supply."""
    state = plan.network.closed.copy()
    ordered = tables.operations.sort_values(["hour", "step"], kind="stable")
    for hour, closed in enumerate(plan.closed):
        rows = ordered[ordered["hour"] == hour]
        for line, action in zip(rows["line"], rows["action"], strict=True):
            state[int(line) - 1] = action == "close"
            if not connected(plan.network, state):
                yield f"hour {hour}: the operation '{action} line {line}' leaves buses without supply"
                break
        if not np.array_equal(state, closed):
            yield f"hour {hour}: the operations do not lead to the states of the lines"
            state = closed.copy()


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
