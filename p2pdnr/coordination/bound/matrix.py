"""A sparse matrix that is written row block by row block."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass
class Matrix:
    """Entries and right-hand sides of rows that are numbered as they come."""

    count: int = 0
    _rows: list[Ints] = field(default_factory=list)
    _columns: list[Ints] = field(default_factory=list)
    _values: list[Floats] = field(default_factory=list)
    _right: list[Floats] = field(default_factory=list)

    def new_rows(self, right: Floats) -> Ints:
        """Numbers of as many new rows as there are right-hand sides."""
        rows = self.count + np.arange(len(right))
        self._right.append(np.asarray(right, dtype=np.float64))
        self.count += len(right)
        return rows

    def put(self, rows: Ints, columns: Ints, values: Floats | float) -> None:
        """Add entries; those at the same place add up."""
        self._rows.append(rows)
        self._columns.append(columns)
        self._values.append(np.broadcast_to(np.asarray(values, dtype=np.float64), rows.shape))

    def assembled(self, width: int) -> tuple[sp.csc_matrix, Floats]:
        """The matrix with ``width`` columns, and the right-hand sides."""
        places = (np.concatenate(self._rows), np.concatenate(self._columns))
        matrix = sp.csc_matrix((np.concatenate(self._values), places), shape=(self.count, width))
        return matrix, np.concatenate(self._right)
