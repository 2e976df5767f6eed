"""A second-order cone programme whose parts belong to states, so that programmes of fewer states are cut out of it.

    min c x   s.t.   A x = b,   A' x <= b',   C x + d in second-order cones of dimension 4,   low <= x <= high

A lower bound does not rely on the solver's accuracy: with any multipliers z in the dual cone, c x >= (c + A z) x - b z,
whose first term is least at a corner of the box (weak duality; Jansson, Chaykin and Keil 2007).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from p2pdnr.network.arrays import Bools, Floats, Ints
from p2pdnr.solvers import Cones, Status, solve_cones


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
        row, column, value = (np.concatenate(part) for part in zip(*self._entries, strict=True))
        matrix = sp.csr_matrix((value, (row, column)), shape=(self.count, columns))
        return matrix, np.concatenate(self._right), np.concatenate(self._owner)


@dataclass(frozen=True, eq=False)
class ConeProgramme:
    """The programme in the form ``matrix x + s = right`` with s in the cones, rows in their order.

    Attributes
    ----------
    linear, low, high, column_owner : (columns,) ; the first ``n_states`` columns are the weights of the states
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
    low: Floats
    high: Floats
    matrix: sp.csc_matrix
    right: Floats
    cones: Cones


def relax(programme: ConeProgramme, alive: Bools, accuracy: float = 1e-7) -> Relaxed:
    """Solve the programme of the states that are alive (Y,)."""
    part = _part(programme, alive)
    answer = solve_cones(part.linear, part.matrix, part.right, part.cones, accuracy)
    multipliers = Multipliers(answer.z, answer.status is Status.INFEASIBLE)
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
    kept = np.append(alive, True)  # ALWAYS is -1
    rows, columns = np.flatnonzero(kept[programme.row_owner]), np.flatnonzero(kept[programme.column_owner])
    return _Part(
        linear=programme.linear[columns],
        low=programme.low[columns],
        high=programme.high[columns],
        matrix=sp.csc_matrix(programme.matrix[rows][:, columns]),
        right=programme.right[rows],
        cones=programme.cones.restricted(rows),
    )


def _bounded(programme: ConeProgramme, alive: Bools, part: _Part, multipliers: Multipliers) -> Bounded:
    """Weak duality over the box, with the multipliers moved into the dual cone."""
    feasible = not multipliers.empty
    dual = part.cones.into_dual(multipliers.values)
    n_alive, signs = int(alive.sum()), part.cones.zero + part.cones.nonnegative
    dual[signs - n_alive : signs] = 0.0  # the box says it, and what a state would cost shows in the slope
    slope = feasible * part.linear + part.matrix.T @ dual
    least = np.minimum(slope * part.low, slope * part.high)
    bound = float(np.nan_to_num(least.sum() - part.right @ dual + feasible * programme.offset, nan=-np.inf))
    if multipliers.empty:
        return Bounded(np.inf if bound > 0.0 else -np.inf, np.where(alive, -np.inf, np.inf))
    at_one = np.full(programme.n_states, np.inf)
    at_one[alive] = bound - least[:n_alive] + slope[:n_alive]
    return Bounded(bound, at_one)
