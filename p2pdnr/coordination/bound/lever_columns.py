"""Tap changers of substations and capacitors as columns and rows of the cone programme.

The squared voltage of a substation is a column between those of its positions, and what the capacitors of a bus give
one between their least and most susceptance times the squared voltage there: a relaxation of whole positions. A step of
a tap changer counts by the chord of squared voltage over positions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from p2pdnr.coordination.bound.feeders import Feeders
from p2pdnr.coordination.bound.matrix import Floats, Ints, Matrix
from p2pdnr.coordination.bound.step_prices import StepPrices, day_of, ranges_of
from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.network.arrays import Network
from p2pdnr.reconfiguration.lagrangian.lever_ranges import LeverRanges


@dataclass(frozen=True, eq=False)
class LeverColumns:
    """``plain``: the network without levers; ``low_v2``, ``high_v2`` (s,) of substations; ``cap_bus`` (C,) buses with
    capacitors, ``least_pu``, ``most_pu`` (C,) what they have; of the M tap changers that move ``row`` (M,) the place
    among the substations, ``lever`` (M,) among the levers, and ``slope`` (M,) steps per unit of squared voltage."""

    plain: Network
    low_v2: Floats
    high_v2: Floats
    cap_bus: Ints
    least_pu: Floats
    most_pu: Floats
    row: Ints
    lever: Ints
    slope: Floats

    def priced(self, prices: StepPrices | None, hour: int) -> Floats:
        """(s,) EUR per unit of squared voltage of every substation at the prices of its steps."""
        cost = np.zeros(len(self.low_v2))
        if prices is not None:
            cost[self.row] = self.slope * prices.position_eur[hour, self.lever]
        return cost

    def feed(self, matrix: Matrix, tree: Feeders, q_rows: Ints, caps: Ints) -> None:
        """Capacitors feed reactive power into the balances of their buses."""
        place = tree.place[self.cap_bus]
        matrix.put(q_rows[place], caps, 1.0)

    def limit(self, matrix: Matrix, tree: Feeders, v: Ints, caps: Ints) -> None:
        """least v <= what capacitors give <= most v."""
        place = tree.place[self.cap_bus]
        for susceptance, sign in ((self.most_pu, 1.0), (self.least_pu, -1.0)):
            rows = matrix.new_rows(np.zeros(len(caps)))
            matrix.put(rows, caps, sign)
            matrix.put(rows, v[place], -sign * susceptance)


def lever_columns(problem: CoordinationProblem) -> LeverColumns:
    """Of a problem, whether its levers move or not."""
    network, levers = problem.network, problem.network.levers
    moving = problem.levers is not None and levers is not None
    plain = levers.without if moving and levers is not None else network
    ranges = ranges_of(problem, None, np.arange(0)) or LeverRanges.held(plain, 0)
    fed = np.setdiff1d(np.flatnonzero((ranges.least_pu != 0.0) | (ranges.most_pu != 0.0)), plain.substations)
    low, high = ranges.source_v2.min(axis=1), ranges.source_v2.max(axis=1)
    items = list(levers.items) if moving and levers is not None else []
    own = [j for j, item in enumerate(items) if item.kind == "substation tap" and item.most > item.least]
    row = np.array([int(np.flatnonzero(plain.substations == items[j].place)[0]) for j in own], dtype=np.int64)
    ends = ranges.source_v2[row, -1] - ranges.source_v2[row, 0]
    slope = np.array([items[j].most - items[j].least for j in own], dtype=np.float64) / ends
    lever = np.array(own, dtype=np.int64)
    return LeverColumns(plain, low, high, fed, ranges.least_pu[fed], ranges.most_pu[fed], row, lever, slope)


class StepRows(NamedTuple):
    """Where the steps of M tap changers stand: ``columns`` (T + 1, M) their size, ``up`` and ``down`` (T + 1, M) the
    rows that make it the size, ``days`` (D,) rows of a day's most steps or none."""

    columns: Ints
    up: Ints
    down: Ints
    days: Ints


def put_steps(
    problem: CoordinationProblem, own: LeverColumns, matrix: Matrix, sources: list[Ints], first: int
) -> StepRows:
    """Write u >= |slope (v_t - v_(t-1))| for every step, the return last; columns from ``first`` on, ``sources`` (s,)
    columns of the substations hour by hour."""
    hours, count = len(sources), len(own.row)
    columns = first + np.arange((hours + 1) * count).reshape(hours + 1, count)
    levers, terms = problem.network.levers, problem.levers
    before = np.zeros(count)
    if levers is not None:
        items = [levers.items[j] for j in own.lever.tolist()]
        offset = np.array([levers.positions[j] - item.least for j, item in zip(own.lever.tolist(), items, strict=True)])
        start = np.where(own.slope > 0.0, own.low_v2[own.row], own.high_v2[own.row])
        before = start + offset / own.slope
    up, down = (np.empty((hours + 1, count), dtype=np.int64) for _ in range(2))
    for t in range(hours + 1):
        moved = own.slope * ((t == 0) * 1.0 - (t == hours) * 1.0) * before
        for rows, sign in ((up, 1.0), (down, -1.0)):
            rows[t] = matrix.new_rows(sign * moved)
            matrix.put(rows[t], columns[t], -1.0)
            if t < hours:
                matrix.put(rows[t], sources[t][own.row], sign * own.slope)
            if t > 0:
                matrix.put(rows[t], sources[t - 1][own.row], -sign * own.slope)
    days = np.zeros(0, dtype=np.int64)
    if terms is not None and terms.max_per_day is not None:
        day = day_of(problem)
        days = matrix.new_rows(np.full(day[-1] + 1, float(terms.max_per_day)))
        matrix.put(np.repeat(days[day], count), columns[:hours].ravel(), 1.0)
    return StepRows(columns, up, down, days)


def step_prices(problem: CoordinationProblem, own: LeverColumns, rows: StepRows, z: Floats) -> StepPrices:
    """Prices of steps in the multipliers of their rows, in EUR."""
    levers = problem.network.levers
    assert levers is not None
    step_eur = np.zeros((len(rows.up), len(levers.items)))
    step_eur[:, own.lever] = z[rows.up] - z[rows.down]
    toll = z[rows.days] if len(rows.days) else np.zeros(day_of(problem)[-1] + 1)
    return StepPrices(step_eur, toll)
