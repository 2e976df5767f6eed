"""What the compiled prosumer problem reads and writes: named tuples of arrays.

Arrays are laid out (row, hour), hours padded to whole lanes (:mod:`p2pdnr.network.lanes`). A prosumer has a row for
each of its columns: the 12 of its own below, its injection where that has bounds, then a sold and a bought power per
partner. Rows of prosumers follow each other.
"""

from __future__ import annotations

from itertools import accumulate, pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from p2pdnr.network.lanes import LANES, padded

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

# Columns of an hour.
PV, CHARGE, DISCHARGE, ENERGY, FLEXIBLE, ELASTIC, GENERATOR = range(7)
IMPORTED, EXPORTED, UNSERVED, IMPORT_SLACK, EXPORT_SLACK = range(7, 12)
COLUMNS = 12
# The injection as a column between its bounds: for prosumers whose terms have some.
BOUNDED = COLUMNS
# Row of the first trade, two per partner.
TRADES = COLUMNS + 1
# Constraints of an hour: balance, injection, no resale of imports, no export of purchases, battery. Among the duals the
# border follows (of the sum of the shifted load, the same in every hour of a window), and what moves with them, the
# injection; it stays zero there where it is a column.
BALANCE, INJECTION, IMPORT, EXPORT, BATTERY = range(5)
ROWS = 5
BORDER, INJECTED = 5, 6
DUALS = 7
# Row of Newton.pull that all trades share.
TRADE = TRADES
# Rows of ProsumerRows.weights; Prices.weights has them twice, again for prosumers whose injection is a column.
P_WEIGHT, P_INVERSE, TRADE_WEIGHT = range(3)
WEIGHTS = 3
# Rows of Newton.sums.
GAP, WORST_DUAL, WORST_ROW, RATIO, PRODUCT, POWER, PRICE, BOUNDS, RESTED, AIM, TARGET, SECOND, STEP = range(13)
SUMS = 13
# Rows of a prosumer's battery in the layout.
STARTED, STORED, DRAWN = range(3)
BATTERY_NUMBERS = 3

NARROW_KW = 1e-9
"""A column with less room than this does not move."""


class Layout(NamedTuple):
    """K prosumers side by side; R rows of columns in all.

    ``lower``, ``width``, ``linear`` (13 K, T) bounds and costs of their own columns and of their injections; ``limit``,
    ``fee`` (2E, lanes) of their trades, from zero to the same limit at the same fee whether sold or bought, in all
    hours; ``quadratic`` (12 K, lanes); ``right`` (5 K, T); ``battery`` (3 K, lanes): energy at the start, stored energy
    per kW charged, drawn energy per kW discharged; ``first`` (K + 1,) row of a prosumer's first column; ``columns``
    (R,) each prosumer's columns that are free in some hour, counted from its first, and ``counts`` (K, 3) how many
    those are, in all, of its own, and with its injection.
    """

    lower: Floats
    width: Floats
    linear: Floats
    limit: Floats
    fee: Floats
    quadratic: Floats
    right: Floats
    battery: Floats
    first: Ints
    columns: Ints
    counts: Ints


class Prices(NamedTuple):
    """What an answer is drawn to: ``weights`` (6, T): see P_WEIGHT ...; ``injection`` (K, T) linear; ``trade`` (2E, T)
    cost of what is sold in each trade, earned by what is bought; ``there`` (1, T) 1 in hours and 0 in padded ones,
    ``hours`` without these; ``window`` hours in which shifted load sums to zero, counted from the first (at least the
    padded hours where that is the whole horizon).
    """

    weights: Floats
    injection: Floats
    trade: Floats
    there: Floats
    hours: int
    window: int


class Answers(NamedTuple):
    """``x`` (R, T), ``y`` (7 K, T) duals and injection, ``iterations`` (K, lanes), negative where no answer was
    found."""

    x: Floats
    y: Floats
    iterations: Ints


class ProsumerRows(NamedTuple):
    """One prosumer's problem: its rows of the layout and of the prices, and its columns that are free in some hour: its
    own (``devices``), its injection where that is a column (``bounded``) and the first of each pair that is traded
    (``trades``)."""

    lower: Floats
    width: Floats
    linear: Floats
    limit: Floats
    fee: Floats
    quadratic: Floats
    right: Floats
    battery: Floats
    weights: Floats
    injection: Floats
    trade: Floats
    there: Floats
    devices: Ints
    bounded: Ints
    trades: Ints
    hours: int
    window: int


class Point(NamedTuple):
    """Where the iteration stands: ``x`` (W, T) with the multipliers of its bounds ``zl`` and ``zu``; ``y`` (7, T)."""

    x: Floats
    y: Floats
    zl: Floats
    zu: Floats


class Newton(NamedTuple):
    """A Newton step at a point.

    ``dx``, ``dzl``, ``dzu`` (W, T), ``dy`` (7, T) the direction; ``il``, ``iu`` (W, T) reciprocals of slacks;
    ``inverse`` (W, T) of the Hessian's diagonal, ``cross`` (W, T) its entry between a pair; ``force`` (W, T) the dual
    residual but for the bounds' multipliers; ``rows`` (7, T) residuals of the primal and of the injection; ``net`` and
    ``ahead`` (1, T) what all trades add to rows, those of the point and those of the direction; ``pull`` (14, T) A'y;
    ``factor`` (15, T) of each hour's block and ``chain`` (2, T) that joins the hours; ``border`` (7, T)
    of all windows, each in its own hours, and the pivot of each in its first hour; ``border_solved`` (7 a window, T);
    ``sums`` (13, lanes) over columns and hours, but for the lanes, and what follows of them for the next step.
    """

    dx: Floats
    dzl: Floats
    dzu: Floats
    dy: Floats
    il: Floats
    iu: Floats
    inverse: Floats
    cross: Floats
    force: Floats
    rows: Floats
    net: Floats
    ahead: Floats
    pull: Floats
    factor: Floats
    chain: Floats
    border: Floats
    border_solved: Floats
    sums: Floats


class ProsumerWorkspace(NamedTuple):
    """Where a solve works, for the prosumer with the most partners: multipliers of its bounds and a Newton step."""

    zl: Floats
    zu: Floats
    newton: Newton


def new_workspace(widest: int, hours: int, windows: int = 1) -> ProsumerWorkspace:
    """Workspace for prosumers of at most ``widest`` columns, whose load is shifted within ``windows`` windows."""
    wide, few = [widest] * 10, [DUALS, DUALS, 1, 1, TRADE + 1, 15, 2, DUALS, DUALS * windows]
    ends = list(accumulate([*wide, *few]))
    memory = np.zeros((ends[-1], padded(hours)))  # one for all: a call for each takes as long as a few prosumers
    parts = [memory[first:last] for first, last in pairwise([0, *ends])]
    wide_rows, rows = parts[:10], parts[10:]
    newton = Newton(  # type: ignore[call-arg]
        *wide_rows[:3], rows[0], *wide_rows[3:8], *rows[1:], np.zeros((SUMS, LANES))
    )
    return ProsumerWorkspace(wide_rows[8], wide_rows[9], newton)
