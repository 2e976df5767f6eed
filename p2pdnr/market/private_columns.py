"""Private data of all prosumers of a block as columns and rows of the compiled problem."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from p2pdnr.market.columns import LEEWAY_KW
from p2pdnr.market.kernel_arrays import (
    BALANCE,
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
    UNSERVED,
)
from p2pdnr.market.terms import Everybody, ProsumerTerms, gathered, gathered_by_hour, windows

Floats = npt.NDArray[np.float64]
Terms = Sequence[ProsumerTerms]


def each(terms: Terms, name: str) -> Floats:
    """(K,) a number of every prosumer."""
    return terms.number(name) if isinstance(terms, Everybody) else gathered(terms, name)


def hourly(terms: Terms, name: str) -> Floats:
    """(K, T) a series of every prosumer, or one number for all its hours."""
    return terms.series(name) if isinstance(terms, Everybody) else gathered_by_hour(terms, name)


def bounds(terms: Terms) -> tuple[Floats, Floats]:
    """Lower and upper bounds (K, T, columns); what the balance bounds anyway gets that bound, so that every box is
    finite."""
    load_kw, pv_kw = hourly(terms, "load_kw"), hourly(terms, "pv_kw")
    elastic_kw, generator_kw = each(terms, "elastic_kw")[:, None], each(terms, "generator_kw")[:, None]
    lower, upper = (np.zeros((*load_kw.shape, COLUMNS)) for _ in range(2))
    battery_kw = np.where(each(terms, "battery_kwh") > 0, each(terms, "battery_kw"), 0.0)[:, None]
    upper[:, :, PV] = pv_kw
    upper[:, :, CHARGE] = battery_kw
    upper[:, :, DISCHARGE] = np.minimum(hourly(terms, "discharge_kw"), battery_kw)
    lower[:, :, ENERGY], upper[:, :, ENERGY] = _energy(terms)
    shift_kw = _shift_kw(terms, load_kw)
    lower[:, :, FLEXIBLE], upper[:, :, FLEXIBLE] = -shift_kw, shift_kw
    upper[:, :, ELASTIC], upper[:, :, GENERATOR] = elastic_kw, generator_kw
    upper[:, :, UNSERVED] = load_kw
    used_kw = load_kw + shift_kw + elastic_kw + upper[:, :, CHARGE]
    made_kw = pv_kw + upper[:, :, DISCHARGE] + generator_kw
    upper[:, :, IMPORTED] = np.minimum(each(terms, "import_limit_kw")[:, None], used_kw)
    upper[:, :, EXPORTED] = np.minimum(each(terms, "export_limit_kw")[:, None], made_kw)
    upper[:, :, IMPORT_SLACK] = 2.0 * used_kw
    upper[:, :, EXPORT_SLACK] = 2.0 * made_kw
    return lower, upper


def _energy(terms: Terms) -> tuple[Floats, Floats]:
    """(K, T) each: least and most energy in the battery, the same where it has to return."""
    hours, stores = terms[0].hours, each(terms, "battery_kwh") > 0
    start, end = each(terms, "battery_initial_kwh"), each(terms, "battery_end_kwh")
    low = np.tile(np.where(stores, each(terms, "battery_min_kwh"), 0.0)[:, None], hours)
    high = np.tile(each(terms, "battery_kwh")[:, None], hours)
    cycle = each(terms, "cycle_kwh")
    returned = np.tile(np.where(np.isnan(cycle), start, cycle)[:, None], hours)
    returned[:, -1] = np.where(np.isnan(end), start, end)
    cycles = np.column_stack([each(terms, "cycle_steps"), each(terms, "cycle_gone")]).astype(np.int64)
    different, which = np.unique(cycles, axis=0, return_inverse=True)
    held = np.array([_returns(hours, *cycle) for cycle in different.tolist()])[which.reshape(-1)] & stores[:, None]
    return np.where(held, returned, low), np.where(held, returned, high)


def _returns(hours: int, steps: int, gone: int) -> npt.NDArray[np.bool_]:
    """(T,) the last hour, and those where a cycle ends."""
    ends = np.diff(windows(hours + 1, steps, gone)) > 0
    ends[-1:] = True
    return ends


def _shift_kw(terms: Terms, load_kw: Floats) -> Floats:
    """(K, T) how far loads may deviate from plan; not at all where a window has a single hour."""
    alone = _by_steps(terms, "window_steps", _alone)
    return np.where(alone, 0.0, each(terms, "flexible_share")[:, None] * load_kw)


def _alone(hours: int, steps: int) -> npt.NDArray[np.bool_]:
    """(T,) hours that are a window by themselves."""
    window = windows(hours, steps)
    return np.asarray(np.bincount(window)[window] == 1)


def _by_steps(terms: Terms, name: str, told: Callable[[int, int], npt.NDArray[np.bool_]]) -> npt.NDArray[np.bool_]:
    """(K, T) what is told of hours and steps, steps by steps: few differ."""
    different, which = np.unique(each(terms, name), return_inverse=True)
    return np.array([told(terms[0].hours, int(count)) for count in different])[which.reshape(-1)]


def linear(terms: Terms) -> Floats:
    """(K, T, columns) linear costs in EUR per kW held for one step."""
    buy, sell = hourly(terms, "buy_eur_per_kwh"), hourly(terms, "sell_eur_per_kwh")
    cost = np.zeros((*buy.shape, COLUMNS))
    cost[:, :, CHARGE] = cost[:, :, DISCHARGE] = each(terms, "wear_eur_per_kwh")[:, None]
    cost[:, :, ELASTIC] = -each(terms, "utility_eur_per_kwh")[:, None]
    cost[:, :, GENERATOR] = each(terms, "generation_eur_per_kwh")[:, None]
    cost[:, :, IMPORTED], cost[:, :, EXPORTED] = buy, -sell
    cost[:, :, UNSERVED] = each(terms, "unserved_eur_per_kwh")[:, None]
    return each(terms, "step_h")[:, None, None] * cost


def quadratic(terms: Terms) -> Floats:
    """(K, columns) quadratic costs in EUR per kW^2 held for one step."""
    cost = np.zeros((len(terms), COLUMNS))
    cost[:, FLEXIBLE] = each(terms, "discomfort_eur_per_kw2h")
    cost[:, ELASTIC] = each(terms, "elastic_slope_eur_per_kw2h")
    cost[:, GENERATOR] = each(terms, "generator_slope_eur_per_kw2h")
    return each(terms, "step_h")[:, None] * cost


def right(terms: Terms) -> Floats:
    """(K, T, rows) right-hand sides in kW."""
    load_kw = hourly(terms, "load_kw")
    side = np.zeros((*load_kw.shape, ROWS))
    side[:, :, BALANCE], side[:, :, IMPORT] = load_kw, -load_kw
    return side


def battery(terms: Terms) -> Floats:
    """(K, 3) energy at the start, stored energy per kW charged, drawn energy per kW discharged."""
    step_h, efficiency = each(terms, "step_h"), each(terms, "battery_efficiency")
    numbers = np.column_stack([each(terms, "battery_initial_kwh"), step_h * efficiency, step_h / efficiency])
    return np.where(each(terms, "battery_kwh")[:, None] > 0, numbers, 0.0)


def injection_bounds(terms: Terms) -> Floats:
    """(K, 2, T) least and most injection in kW; zeros where there are no bounds. Raises ValueError where the least is
    above the most."""
    low, high = hourly(terms, "low_kw"), hourly(terms, "high_kw")
    found = np.zeros((len(terms), 2, terms[0].hours))
    for k in np.flatnonzero((np.isfinite(low) | np.isfinite(high)).any(axis=1)).tolist():
        found[k] = _between(terms[k], low[k], high[k])
    return found


def _between(terms: ProsumerTerms, low: Floats, high: Floats) -> Floats:
    """(2, T) least and most injection in kW, at least :data:`LEEWAY_KW` apart; what its devices reach where only other
    hours have bounds."""
    least, most = terms.reach_kw
    if (low > high).any():
        raise ValueError(f"{terms.name} has a least injection above its most")
    low = np.where(np.isfinite(low), low, np.minimum(least, high))
    high = np.where(np.isfinite(high), high, np.maximum(most, low))
    missing = np.maximum(LEEWAY_KW - (high - low), 0.0) / 2.0
    inside = (high >= least) & (low <= most)  # what the devices leave of the bounds needs that room too
    low = np.where(inside, np.minimum(low - missing, most - LEEWAY_KW), low - missing)
    return np.array([low, np.where(inside, np.maximum(high + missing, least + LEEWAY_KW), high + missing)])
