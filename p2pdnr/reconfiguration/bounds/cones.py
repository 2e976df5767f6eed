"""A second-order cone programme whose parts belong to states, so that programmes of fewer states are cut out of it.

    min c x + h/2 x^2   s.t.   A x = b,   A' x <= b',   C x + d in second-order cones of dimension 4,   low <= x <= high

A lower bound does not rely on the solver's accuracy: with any multipliers z in the dual cone, c x >= (c + A z) x - b z,
whose first term is least at a corner of the box (weak duality; Jansson, Chaykin and Keil 2007), or inside it for a
column with a bend h.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from p2pdnr.network.arrays import Bools, Floats, Ints
from p2pdnr.solvers import Cones, Solution, Status, solve_cones, solve_quadratic

ROUNDING = 1e-11
"""Of what adds up to it: how far above nought a sum must be to show that no point exists."""


class Rows:
    """Rows being collected for a sparse matrix, in blocks; ``owner`` is the state a row belongs to."""

    def __init__(self) -> None:
        self._entries: list[tuple[Ints, Ints, Floats]] = []
        self._right: list[Floats] = []
        self._owner: list[Ints] = []
        self.count = 0

    def add(
        self, right: npt.ArrayLike, owner: npt.ArrayLike, *entries: tuple[npt.ArrayLike, npt.ArrayLike, npt.ArrayLike]
    ) -> None:
        """A block of rows with this right-hand side; entries are (row within the block, column, value)."""
        right = np.asarray(right, dtype=np.float64)
        for row, column, value in entries:
            row, column = np.asarray(row, dtype=np.int64), np.asarray(column, dtype=np.int64)
            self._entries.append((row + self.count, column, np.broadcast_to(np.asarray(value, float), row.shape)))
        self._right.append(right)
        self._owner.append(np.broadcast_to(np.asarray(owner, dtype=np.int64), right.shape))
        self.count += len(right)

    def matrix(self, columns: int) -> tuple[sp.csr_matrix, Floats, Ints]:
        """The rows as a matrix, their right-hand side, and their owners."""
        if not self._right:
            return sp.csr_matrix((0, columns)), np.zeros(0), np.zeros(0, dtype=np.int64)
        row, column, value = (np.concatenate(part) for part in zip(*self._entries, strict=True))
        matrix = sp.csr_matrix((value, (row, column)), shape=(self.count, columns))
        return matrix, np.concatenate(self._right), np.concatenate(self._owner)


@dataclass(frozen=True, eq=False)
class ConeProgramme:
    """The programme in the form ``matrix x + s = right`` with s in the cones, rows in their order.

    Attributes
    ----------
    linear, low, high, column_owner : (columns,) ; the first ``n_states`` columns are the weights of the states
    bend : (columns,) of the cost's quadratic part, None where there is none
    matrix, right, row_owner : (rows,) ; equalities, then inequalities, then cones
    offset : constant of the objective
    cones : how many rows of each; the last inequalities say that weights are not negative
    """

    linear: Floats
    low: Floats
    high: Floats
    column_owner: Ints
    matrix: sp.csr_matrix
    right: Floats
    row_owner: Ints
    cones: Cones
    n_states: int
    offset: float = 0.0
    bend: Floats | None = None

    @property
    def bends(self) -> Floats:
        """(columns,) h, not negative."""
        return np.zeros(len(self.linear)) if self.bend is None else self.bend


@dataclass(frozen=True, eq=False)
class Multipliers:
    """What a bound rests on: ``values``, one for every row of the states that are alive, and ``empty``, whether they
    are to show that no point exists at all."""

    values: Floats
    empty: bool = False


@dataclass(frozen=True, eq=False)
class Bounded:
    """``bound``: safe lower bound, infinite when it is certain that no point exists; ``at_one`` (Y,) a safe lower bound
    on points in which that state has weight 1, infinite for states left out."""

    bound: float
    at_one: Floats


@dataclass(frozen=True, eq=False)
class Relaxed(Bounded):
    """Answer to a programme of some states: ``weight`` (Y,) of every state, and the ``multipliers`` of the bounds."""

    weight: Floats
    multipliers: Multipliers


@dataclass(frozen=True, eq=False)
class _Part:
    """The rows and columns of a programme that some states leave."""

    linear: Floats
    bend: Floats
    low: Floats
    high: Floats
    matrix: sp.csc_matrix
    right: Floats
    cones: Cones


def relax(programme: ConeProgramme, alive: Bools, accuracy: float = 1e-7) -> Relaxed:
    """Solve the programme of the states that are alive (Y,)."""
    part = _part(programme, alive)
    answer = solve_cones((part.linear, part.bend), (part.matrix, part.right), part.cones, accuracy)
    return _relaxed(programme, alive, part, answer, answer.z)


def relax_stored(programme: ConeProgramme, alive: Bools, needless: Bools, accuracy: float = 1e-7) -> Relaxed:
    """The same, of a programme whose rows are of one size already, with multipliers as they are stored: to single
    precision, and none for rows that are ``needless`` (rows,) beside the box."""
    part = _part(programme, alive)
    answer = solve_quadratic((part.linear, part.bend), (part.matrix, part.right), part.cones, accuracy)
    values = np.where(needless[_rows_of(programme, alive)], 0.0, answer.z)
    return _relaxed(programme, alive, part, answer, values.astype(np.float32).astype(np.float64))


def _relaxed(programme: ConeProgramme, alive: Bools, part: _Part, answer: Solution, values: Floats) -> Relaxed:
    multipliers = Multipliers(values, answer.status is Status.INFEASIBLE)
    found = _bounded(programme, alive, part, multipliers)
    weight = np.zeros(programme.n_states)
    weight[alive] = np.nan_to_num(answer.x[: int(alive.sum())])
    return Relaxed(found.bound, found.at_one, weight, multipliers)


def bounded(programme: ConeProgramme, alive: Bools, multipliers: Multipliers) -> Bounded:
    """What any multipliers show of the states that are alive (Y,), by arithmetic alone.

    Raises ValueError where there is not one multiplier for every row.
    """
    part = _part(programme, alive)
    if multipliers.values.shape != part.right.shape:
        raise ValueError(f"{len(part.right)} multipliers are needed, there are {multipliers.values.size}")
    return _bounded(programme, alive, part, multipliers)


def _part(programme: ConeProgramme, alive: Bools) -> _Part:
    rows, columns = _rows_of(programme, alive), np.flatnonzero(np.append(alive, True)[programme.column_owner])
    return _Part(
        linear=programme.linear[columns],
        bend=programme.bends[columns],
        low=programme.low[columns],
        high=programme.high[columns],
        matrix=sp.csc_matrix(programme.matrix[rows][:, columns]),
        right=programme.right[rows],
        cones=programme.cones.restricted(rows),
    )


def _rows_of(programme: ConeProgramme, alive: Bools) -> Ints:
    """The rows that some states leave."""
    return np.flatnonzero(np.append(alive, True)[programme.row_owner])  # ALWAYS is -1


def _bounded(programme: ConeProgramme, alive: Bools, part: _Part, multipliers: Multipliers) -> Bounded:
    """Weak duality over the box, with the multipliers moved into the dual cone."""
    feasible = not multipliers.empty
    dual = part.cones.into_dual(multipliers.values)
    n_alive, signs = int(alive.sum()), part.cones.zero + part.cones.nonnegative
    dual[signs - n_alive : signs] = 0.0  # the box says it, and what a state would cost shows in the slope
    slope = feasible * part.linear + part.matrix.T @ dual
    least = _least(slope, feasible * part.bend, part.low, part.high)
    bound = float(np.nan_to_num(least.sum() - part.right @ dual + feasible * programme.offset, nan=-np.inf))
    if multipliers.empty:
        sure = bound > ROUNDING * (np.abs(least).sum() + np.abs(part.right * dual).sum())
        return Bounded(np.inf if sure else -np.inf, np.where(alive, -np.inf, np.inf))
    at_one = np.full(programme.n_states, np.inf)
    at_one[alive] = bound - least[:n_alive] + slope[:n_alive]
    return Bounded(bound, at_one)


def _least(slope: Floats, bend: Floats, low: Floats, high: Floats) -> Floats:
    """(columns,) the least of slope x + bend/2 x^2 between ``low`` and ``high``."""
    at_corner = np.minimum(slope * low, slope * high)
    curved = np.flatnonzero(bend > 0.0)
    inside = np.clip(-slope[curved] / bend[curved], low[curved], high[curved])
    at_corner[curved] = slope[curved] * inside + 0.5 * bend[curved] * inside**2
    return np.asarray(at_corner)
