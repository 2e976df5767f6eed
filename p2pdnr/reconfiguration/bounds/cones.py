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
class Relaxed:
    """Answer to a programme of some states.

    ``bound``: safe lower bound, infinite when it is certain that no point exists; ``weight`` (Y,) of every state;
    ``at_one`` (Y,) a safe lower bound on points in which that state has weight 1, infinite for states left out.
    """

    bound: float
    weight: Floats
    at_one: Floats


def relax(programme: ConeProgramme, alive: Bools, accuracy: float = 1e-7) -> Relaxed:
    """Solve the programme of the states that are alive (Y,)."""
    kept = np.append(alive, True)  # ALWAYS is -1
    rows, columns = np.flatnonzero(kept[programme.row_owner]), np.flatnonzero(kept[programme.column_owner])
    matrix = sp.csc_matrix(programme.matrix[rows][:, columns])
    cones = programme.cones.restricted(rows)
    answer = solve_cones(programme.linear[columns], matrix, programme.right[rows], cones, accuracy)
    cost = programme.linear[columns] if answer.status is not Status.INFEASIBLE else np.zeros(len(columns))
    dual = cones.into_dual(answer.z)
    n_alive, signs = int(alive.sum()), cones.zero + cones.nonnegative
    dual[signs - n_alive : signs] = 0.0  # the box says it, and what a state would cost shows in the slope
    slope = cost + matrix.T @ dual
    low, high = programme.low[columns], programme.high[columns]
    least = np.minimum(slope * low, slope * high)
    feasible = answer.status is not Status.INFEASIBLE
    bound = float(np.nan_to_num(least.sum() - programme.right[rows] @ dual + feasible * programme.offset, nan=-np.inf))
    weight, at_one = np.zeros(programme.n_states), np.full(programme.n_states, np.inf)
    weight[alive] = np.nan_to_num(answer.x[:n_alive])
    at_one[alive] = bound - least[:n_alive] + slope[:n_alive]
    if answer.status is Status.INFEASIBLE:
        return Relaxed(np.inf if bound > 0.0 else -np.inf, weight, np.where(alive, -np.inf, np.inf))
    return Relaxed(bound, weight, at_one)
