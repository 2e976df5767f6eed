"""Private data of prosumers as columns and rows of the compiled problem, and side by side as its kernel reads them."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt

from p2pdnr.market.kernel_arrays import (
    BALANCE,
    BATTERY,
    BOUNDED,
    CHARGE,
    COLUMNS,
    DISCHARGE,
    ELASTIC,
    ENERGY,
    EXPORT_SLACK,
    EXPORTED,
    FLEXIBLE,
    GENERATOR,
    IMPORT,
    IMPORT_SLACK,
    IMPORTED,
    PV,
    ROWS,
    TRADES,
    UNSERVED,
    Layout,
)
from p2pdnr.market.terms import ProsumerTerms
from p2pdnr.network.lanes import padded

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

NARROW_KW = 1e-9
"""A column with less room than this does not move."""

LEEWAY_KW = 1e-6
"""How far the unserved load may leave its bounds inside the kernel where nobody may trade, and how wide the bounds of
an injection are at least: somebody who has to deliver exactly what it has would leave an interior-point method no
interior."""


def bounds(terms: ProsumerTerms) -> tuple[Floats, Floats]:
    """Lower and upper bounds (T, columns); what the balance bounds anyway gets that bound, so that every box is
    finite."""
    lower, upper = (np.zeros((terms.hours, COLUMNS)) for _ in range(2))
    stores = terms.battery_kwh > 0
    upper[:, PV] = terms.pv_kw
    upper[:, CHARGE] = terms.battery_kw if stores else 0.0
    upper[:, DISCHARGE] = terms.most_discharge_kw
    upper[:, ENERGY] = terms.battery_kwh
    if stores:
        lower[:, ENERGY] = terms.battery_min_kwh
        lower[terms.returns, ENERGY] = upper[terms.returns, ENERGY] = terms.returned_kwh[terms.returns]
    shift_kw = terms.shift_kw
    lower[:, FLEXIBLE], upper[:, FLEXIBLE] = -shift_kw, shift_kw
    upper[:, ELASTIC] = terms.elastic_kw
    upper[:, GENERATOR] = terms.generator_kw
    upper[:, UNSERVED] = terms.load_kw
    used_kw = terms.load_kw + shift_kw + terms.elastic_kw + upper[:, CHARGE]
    made_kw = terms.pv_kw + upper[:, DISCHARGE] + terms.generator_kw
    upper[:, IMPORTED] = np.minimum(terms.import_limit_kw, used_kw)
    upper[:, EXPORTED] = np.minimum(terms.export_limit_kw, made_kw)
    upper[:, IMPORT_SLACK] = 2.0 * used_kw
    upper[:, EXPORT_SLACK] = 2.0 * made_kw
    return lower, upper


def linear(terms: ProsumerTerms) -> Floats:
    """(T, columns) linear costs in EUR per kW held for one step."""
    linear = np.zeros((terms.hours, COLUMNS))
    linear[:, CHARGE] = linear[:, DISCHARGE] = terms.wear_eur_per_kwh
    linear[:, ELASTIC] = -terms.utility_eur_per_kwh
    linear[:, GENERATOR] = terms.generation_eur_per_kwh
    linear[:, IMPORTED] = terms.buy_eur_per_kwh
    linear[:, EXPORTED] = -terms.sell_eur_per_kwh
    linear[:, UNSERVED] = terms.unserved_eur_per_kwh
    return terms.step_h * linear


def quadratic(terms: ProsumerTerms) -> Floats:
    """(columns,) quadratic costs in EUR per kW^2 held for one step."""
    quadratic = np.zeros(COLUMNS)
    quadratic[FLEXIBLE] = terms.discomfort_eur_per_kw2h
    quadratic[ELASTIC] = terms.elastic_slope_eur_per_kw2h
    quadratic[GENERATOR] = terms.generator_slope_eur_per_kw2h
    return terms.step_h * quadratic


def right(terms: ProsumerTerms) -> Floats:
    """(T, rows) right-hand sides in kW."""
    right = np.zeros((terms.hours, ROWS))
    right[:, BALANCE] = terms.load_kw
    right[:, IMPORT] = -terms.load_kw
    return right


def battery(terms: ProsumerTerms) -> Floats:
    """Energy at the start, stored energy per kW charged, drawn energy per kW discharged."""
    if terms.battery_kwh <= 0:
        return np.zeros(3)
    stored = terms.step_h * terms.battery_efficiency
    return np.array([terms.battery_initial_kwh, stored, terms.step_h / terms.battery_efficiency])


def injection_bounds(terms: ProsumerTerms) -> Floats:
    """(2, T) least and most injection in kW, at least :data:`LEEWAY_KW` apart; what its devices reach where only other
    hours have bounds, and zeros where none has. Raises ValueError where the least is above the most."""
    if not terms.is_bounded:
        return np.zeros((2, terms.hours))
    (low, high), (least, most) = terms.injection_bounds_kw, terms.reach_kw
    if (low > high).any():
        raise ValueError(f"{terms.name} has a least injection above its most")
    low = np.where(np.isfinite(low), low, np.minimum(least, high))
    high = np.where(np.isfinite(high), high, np.maximum(most, low))
    missing = np.maximum(LEEWAY_KW - (high - low), 0.0) / 2.0
    inside = (high >= least) & (low <= most)  # what the devices leave of the bounds needs that room too
    low = np.where(inside, np.minimum(low - missing, most - LEEWAY_KW), low - missing)
    return np.array([low, np.where(inside, np.maximum(high + missing, least + LEEWAY_KW), high + missing)])


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


def by_row(values: Floats) -> Floats:
    """(.., T, n) as rows (.. n, padded T)."""
    hours = values.shape[-2]
    rows = np.zeros((values.size // max(hours, 1), padded(hours)))
    rows[:, :hours] = np.moveaxis(values, -1, -2).reshape(-1, hours)
    return rows


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
    sold = trade_rows(first_edge)
    mine = (first_rows(first_edge)[:-1, None] + np.arange(TRADES)).ravel()
    lower, width, cost = (np.zeros((mine.size + 2 * sold.size, padded(right_kw.shape[1]))) for _ in range(3))
    lower[mine], width[mine], cost[mine] = by_row(own[0]), by_row(own[1] - own[0]), by_row(own[2])
    for rows in (sold, sold + 1):
        width[rows, : right_kw.shape[1]], cost[rows, : right_kw.shape[1]] = trades[0][:, None], trades[1][:, None]
    start = by_row(right_kw)
    start[BATTERY::ROWS, 0] += scalars[1][:, 0]
    free = width > NARROW_KW
    first = first_rows(first_edge)
    columns, counts = _with_room(np.asarray(free.any(axis=1)), first)
    return Layout(
        lower, width, cost, free.astype(float), (~free).astype(float), scalars[0].ravel(), start, scalars[1].ravel(),
        first, columns, counts,
    )  # fmt: skip


def _with_room(free: Bools, first: Ints) -> tuple[Ints, Ints]:
    """Columns with room (R,), packed at the front of each prosumer's rows, and how many (K, 3): in all, its own, and
    with its injection."""
    columns = np.zeros(len(free), dtype=np.int64)
    counts = np.zeros((len(first) - 1, 3), dtype=np.int64)
    for k, (a, b) in enumerate(pairwise(first.tolist())):
        found = np.flatnonzero(free[a:b])
        columns[a : a + len(found)] = found
        counts[k] = np.searchsorted(found, (TRADES + len(free), BOUNDED, TRADES))
    return columns, counts


def without_trades(layout: Layout, first_edge: Ints, hours: int) -> Layout:
    """The same prosumers where nobody may trade, with leeway in the unserved load of all ``hours``."""
    sold, unserved = trade_rows(first_edge), own_rows(first_edge)[:, UNSERVED]
    lower, width = layout.lower.copy(), layout.width.copy()
    lower[unserved, :hours] -= LEEWAY_KW
    width[unserved, :hours] += 2.0 * LEEWAY_KW
    width[sold], width[sold + 1] = 0.0, 0.0
    free = width > NARROW_KW
    columns, counts = _with_room(np.asarray(free.any(axis=1)), layout.first)
    masks = free.astype(float), (~free).astype(float)
    return layout._replace(lower=lower, width=width, free=masks[0], fixed=masks[1], columns=columns, counts=counts)
