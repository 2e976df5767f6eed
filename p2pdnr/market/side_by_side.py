"""A single hour of many prosumers: eight of them side by side, where the kernel has eight hours of one.

The kernel works on eight hours at once, of which one hour alone uses one. Nothing joins prosumers inside of it, and of
a single hour nothing joins its neighbours either: the battery ends where it has to, and no load is shifted. So eight
prosumers of about as many partners are written into the lanes of one problem, and each lane goes its own steps.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from p2pdnr.market import columns, kernel
from p2pdnr.market.kernel_arrays import (
    BALANCE,
    BATTERY,
    BATTERY_NUMBERS,
    CHARGE,
    COLUMNS,
    DISCHARGE,
    DUALS,
    ENERGY,
    INJECTION,
    PV,
    ROWS,
    TRADES,
    Answers,
    Layout,
    Prices,
    new_workspace,
)
from p2pdnr.network.lanes import LANES

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Packs:
    """Where K prosumers stand, eight to a pack: ``place`` (K,) the pack of each, times eight, plus its lane; ``first``
    (P + 1,) row of each pack's first column; ``rows`` (R,) where the row of a layout goes among the lanes of all
    packs; ``pairs`` (2E,) where each directed trade goes among those of all packs."""

    place: Ints
    first: Ints
    rows: Ints
    pairs: Ints

    @cached_property
    def duals(self) -> Ints:
        """(7 K,) where the multipliers of each prosumer go."""
        return self.of_each(DUALS)

    @cached_property
    def delivered(self) -> list[Ints]:
        """Two of (K,): the right-hand sides that agreed trades change."""
        return [self.of_each(ROWS)[row::ROWS] for row in (BALANCE, INJECTION)]

    @cached_property
    def widest(self) -> int:
        """Rows of the widest pack."""
        return int(np.diff(self.first).max())

    @property
    def count(self) -> int:
        """Number of packs."""
        return len(self.first) - 1

    def of_each(self, rows: int) -> Ints:
        """(K rows,) where so many rows of each prosumer go among the lanes of all packs."""
        pack, lane = self.place[:, None] // LANES, self.place[:, None] % LANES
        return np.asarray(((pack * rows + np.arange(rows)) * LANES + lane).ravel())

    def packed(self, values: Floats, where: Ints, rows: int) -> Floats:
        """(rows, lanes) values at their places, zeros in lanes without a prosumer."""
        lanes = np.zeros(rows * LANES)
        lanes[where] = values
        return lanes.reshape(rows, LANES)

    def layout(self, layout: Layout) -> Layout:
        """The layout of all packs, from that of prosumers one after the other. The battery's energy at the end moves to
        the right-hand side, so that no lane's start is its neighbour's end."""
        mine, pairs = self.of_each(TRADES), (int(self.first[-1]) - TRADES * self.count) // 2
        lower, width, linear = (
            self.packed(item[:, 0], mine, TRADES * self.count) for item in (layout.lower, layout.width, layout.linear)
        )
        limit, fee = (self.packed(item[:, 0], self.pairs, pairs) for item in (layout.limit, layout.fee))
        right = self.packed(layout.right[:, 0], self.of_each(ROWS), ROWS * self.count)
        right[BATTERY::ROWS] -= lower[ENERGY::TRADES]
        lower[ENERGY::TRADES] = 0.0
        packed, counts = columns.with_room(width, limit, self.first)
        return Layout(
            lower, width, linear, limit, fee,
            self.packed(layout.quadratic[:, 0], self.of_each(COLUMNS), COLUMNS * self.count), right,
            self.packed(layout.battery[:, 0], self.of_each(BATTERY_NUMBERS), BATTERY_NUMBERS * self.count),
            self.first, packed, counts,
        )  # fmt: skip

    def delivering(self, layout: Layout, delivered_kw: Floats) -> Layout:
        """The same where ``delivered_kw`` (K, 1) are agreed."""
        right = layout.right.copy()
        for where in self.delivered:
            right.reshape(-1)[where] += delivered_kw[:, 0]
        return layout._replace(right=right)

    def with_devices(self, layout: Layout, device_linear: Floats, device_weight: Floats) -> Layout:
        """The same where what stands behind inverters costs ``device_linear`` (K, 1, 3) x + ``device_weight`` (K,) / 2
        x^2 besides."""
        linear, quadratic = layout.linear.copy(), layout.quadratic.copy()
        mine, rows = self.of_each(TRADES), self.of_each(COLUMNS)
        for place, column in enumerate((PV, DISCHARGE, CHARGE)):
            linear.reshape(-1)[mine[column::TRADES]] += device_linear[:, 0, place]
            quadratic.reshape(-1)[rows[column::COLUMNS]] += device_weight
        return layout._replace(linear=linear, quadratic=quadratic)

    def prices(self, weights: Floats, injection_eur: Floats, trade_eur: Floats) -> Prices:
        """The prices of all packs, from weights (6, T) of one hour, costs (K, 1) of injecting and (2E, 1) of selling in
        each directed trade."""
        drawn = self.packed(injection_eur[:, 0], self.place, self.count)
        trade = self.packed(trade_eur[:, 0], self.pairs, (int(self.first[-1]) - TRADES * self.count) // 2)
        return Prices(np.repeat(weights[:, :1], LANES, axis=1), drawn, trade, np.ones((1, LANES)), LANES, LANES)

    def solved(self, layout: Layout, prices: Prices, start: Answers | None, tolerance_eur: float) -> Answers:
        """The answers, prosumer by prosumer, a single hour wide, to prices from :meth:`prices`.
        Where ``start`` begins is read and not changed."""
        if start is None:
            x, y = np.zeros((int(self.first[-1]), LANES)), np.zeros((DUALS * self.count, LANES))
        else:
            x = self.packed(start.x[:, 0], self.rows, int(self.first[-1]))
            y = self.packed(start.y[:, 0], self.duals, DUALS * self.count)
        answers = Answers(x, y, np.zeros((self.count, LANES), dtype=np.int64))
        workspace = new_workspace(self.widest, LANES)
        kernel.solve_block(layout, prices, answers, workspace, (tolerance_eur, start is not None, True))
        rows, their = x.reshape(-1)[self.rows, None], y.reshape(-1)[self.duals, None]
        return Answers(rows, their, answers.iterations.reshape(-1)[self.place, None])


def packs(first_edge: Ints, bounded: npt.NDArray[np.bool_]) -> Packs:
    """Eight prosumers to a pack, those with about as many partners together; ``bounded`` (K,) whose injection has
    bounds, who share no pack with others."""
    partners = np.diff(first_edge)
    order = np.lexsort((partners, bounded))
    spare = -np.count_nonzero(~bounded) % LANES  # lanes that stay empty before the first that is bounded
    seat = np.arange(len(order)) + spare * bounded[order]
    place = np.empty(len(order), dtype=np.int64)
    place[order] = seat
    count = int(seat[-1]) // LANES + 1
    most = np.zeros(count, dtype=np.int64)
    np.maximum.at(most, place // LANES, partners)
    first = np.concatenate([[0], np.cumsum(TRADES + 2 * most)]).astype(np.int64)
    own = columns.first_rows(first_edge)
    owner = np.repeat(np.arange(len(partners)), np.diff(own))
    row = first[place[owner] // LANES] + np.arange(own[-1]) - own[owner]
    rows = row * LANES + place[owner] % LANES
    sold = columns.trade_rows(first_edge)
    before = TRADES * (place[owner[sold]] // LANES + 1)  # rows of own columns, which are no trades
    pairs = (row[sold] - before) // 2 * LANES + rows[sold] % LANES
    return Packs(place, first, rows, pairs)
