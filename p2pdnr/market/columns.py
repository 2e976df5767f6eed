"""Columns and rows of the compiled problem of prosumers, side by side as its kernel reads them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from p2pdnr.market.kernel_arrays import (
    BATTERY,
    BATTERY_NUMBERS,
    BOUNDED,
    COLUMNS,
    NARROW_KW,
    ROWS,
    TRADES,
    UNSERVED,
    Layout,
)
from p2pdnr.network.lanes import LANES, padded

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

LEEWAY_KW = 1e-6
"""How far the unserved load may leave its bounds inside the kernel where nobody may trade, and how wide the bounds of
an injection are at least: somebody who has to deliver exactly what it has would leave an interior-point method no
interior."""


def first_rows(first_edge: Ints) -> Ints:
    """(K + 1,) row of each prosumer's first column; its own columns come first, its injection where that is a column,
    then two per directed trade."""
    return TRADES * np.arange(len(first_edge)) + 2 * first_edge


def trade_rows(first_edge: Ints) -> Ints:
    """(2E,) row of what is sold in each directed trade; what is bought follows."""
    owner = np.repeat(np.arange(1, len(first_edge)), np.diff(first_edge))
    return np.asarray(TRADES * owner + 2 * np.arange(first_edge[-1]))


def own_rows(first_edge: Ints) -> Ints:
    """(K, 12) rows of the prosumers' own columns."""
    return first_rows(first_edge)[:-1, None] + np.arange(COLUMNS)


def injection_rows(first_edge: Ints) -> Ints:
    """(K,) rows of the prosumers' injections as columns."""
    return first_rows(first_edge)[:-1] + BOUNDED


class Rows(NamedTuple):
    """Rows of a layout: :func:`own_rows`, :func:`trade_rows` and :func:`injection_rows`."""

    own: Ints
    sold: Ints
    injection: Ints


def rows(first_edge: Ints) -> Rows:
    """Where the columns of prosumers stand whose directed trades begin at ``first_edge`` (K + 1,)."""
    return Rows(own_rows(first_edge), trade_rows(first_edge), injection_rows(first_edge))


def by_row(values: Floats) -> Floats:
    """(.., T, n) as rows (.. n, padded T)."""
    hours = values.shape[-2]
    rows = np.zeros((values.size // max(hours, 1), padded(hours)))
    rows[:, :hours] = np.moveaxis(values, -1, -2).reshape(-1, hours)
    return rows


def as_wide(rows: Floats, hours: int) -> Floats:
    """A copy of rows over so many hours, the padded ones zeros."""
    padded_rows = np.zeros((len(rows), hours))
    padded_rows[:, : rows.shape[1]] = rows
    return padded_rows


def wide(rows: Floats, hours: int) -> Floats:
    """Rows over so many hours: themselves, or a copy with zeros in the padded ones."""
    return np.ascontiguousarray(rows) if rows.shape[1] == hours else as_wide(rows, hours)


def by_lane(numbers: Floats) -> Floats:
    """(K, n) numbers of prosumers as rows (K n, lanes)."""
    return np.tile(numbers.reshape(-1, 1), LANES)


def arrange(
    own: tuple[Floats, Floats, Floats],
    scalars: tuple[Floats, Floats],
    right_kw: Floats,
    first_edge: Ints,
    trades: Floats,
) -> Layout:
    """The layout of a block.

    ``own``: lower and upper bounds and linear costs (K, T, 13), of the own columns and of the injection; ``scalars``:
    quadratic costs (K, 12) and battery (K, 3); ``right_kw`` (K, T, 5); ``trades`` (2, 2E): limits in kW and fees in
    EUR.
    """
    lower, width, cost = by_row(own[0]), by_row(own[1] - own[0]), by_row(own[2])
    limit, fee = by_lane(trades[0]), by_lane(trades[1])
    start = by_row(right_kw)
    start[BATTERY::ROWS, 0] += scalars[1][:, 0]
    first = first_rows(first_edge)
    columns, counts = with_room(width, limit, first)
    numbers = by_lane(scalars[0]), start, by_lane(scalars[1])
    return Layout(lower, width, cost, limit, fee, *numbers, first, columns, counts)


def part(layout: Layout, people: slice) -> Layout:
    """The layout of some consecutive prosumers, as views."""
    own = slice(layout.first[people.start], layout.first[people.stop])
    pairs = slice(*((layout.first[end] - TRADES * end) // 2 for end in (people.start, people.stop)))

    def of(values: Floats, rows: int) -> Floats:
        return values[rows * people.start : rows * people.stop]

    return Layout(
        of(layout.lower, TRADES), of(layout.width, TRADES), of(layout.linear, TRADES),
        layout.limit[pairs], layout.fee[pairs],
        of(layout.quadratic, COLUMNS), of(layout.right, ROWS), of(layout.battery, BATTERY_NUMBERS),
        layout.first[people.start : people.stop + 1] - layout.first[people.start],
        layout.columns[own], layout.counts[people],
    )  # fmt: skip


def with_room(width: Floats, limit: Floats, first: Ints) -> tuple[Ints, Ints]:
    """Columns with room (R,) in some hour, of own ones of ``width`` (13 K, T) and of trades up to ``limit`` (2E,
    lanes), packed at the front of each prosumer's rows, and how many (K, 3): in all, its own, and with its injection.
    """
    count, free, mine = len(first) - 1, np.zeros(first[-1], dtype=np.bool_), np.zeros(first[-1], dtype=np.bool_)
    mine[first[:-1, None] + np.arange(TRADES)] = True
    free[mine] = width.max(axis=1) > NARROW_KW
    free[~mine] = np.repeat(limit.max(axis=1) > NARROW_KW, 2)
    rows = np.flatnonzero(free)
    owner = np.repeat(np.arange(count), np.diff(first))[rows]
    place = rows - first[owner]
    own, devices, bounded = (np.bincount(owner[place < end], minlength=count) for end in (len(free), BOUNDED, TRADES))
    before = np.cumsum(own) - own
    columns = np.zeros(len(free), dtype=np.int64)
    columns[first[owner] + np.arange(len(rows)) - before[owner]] = place
    return columns, np.column_stack([own, devices, bounded]).astype(np.int64)


def without_trades(layout: Layout, hours: int) -> Layout:
    """The same prosumers where nobody may trade, with leeway in the unserved load of all ``hours``."""
    lower, width, limit = layout.lower.copy(), layout.width.copy(), np.zeros_like(layout.limit)
    lower[UNSERVED::TRADES, :hours] -= LEEWAY_KW
    width[UNSERVED::TRADES, :hours] += 2.0 * LEEWAY_KW
    columns, counts = with_room(width, limit, layout.first)
    return layout._replace(lower=lower, width=width, limit=limit, columns=columns, counts=counts)
