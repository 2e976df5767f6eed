"""A cone programme with more columns and rows than before; what it had stays where it was among its kind."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp

from p2pdnr.network.arrays import Floats, Ints
from p2pdnr.reconfiguration.bounds.cones import ConeProgramme
from p2pdnr.solvers import Cones

Entries = tuple[Ints, Ints, Floats]
NewRows = tuple[sp.csr_matrix, Floats, Ints]
"""Rows over all columns, old and new, their right-hand sides, and the states they belong to."""


@dataclass(frozen=True, eq=False)
class NewColumns:
    """Columns that follow those of a programme: costs, bends, bounds and owners (columns,), and ``entries`` (row,
    column, value) in its equalities, columns counted from its first one."""

    linear: Floats
    bend: Floats
    low: Floats
    high: Floats
    owner: Ints
    entries: Entries


def extended(base: ConeProgramme, new: NewColumns, equal: NewRows, below: NewRows) -> ConeProgramme:
    """``base`` with new columns, equalities after its own, and inequalities before its own, over all columns."""
    width, first = len(base.linear) + len(new.linear), base.cones.zero
    rows, columns, values = new.entries
    wide = sp.csr_matrix((base.matrix.data, base.matrix.indices, base.matrix.indptr), (base.matrix.shape[0], width))
    wide = sp.csr_matrix(wide + sp.csr_matrix((values, (rows, columns)), shape=wide.shape))
    parts = [
        (wide[:first], base.right[:first], base.row_owner[:first]),
        equal,
        below,
        (wide[first:], base.right[first:], base.row_owner[first:]),
    ]
    old = base.cones
    cones = Cones(first + len(equal[1]), len(below[1]) + old.nonnegative, old.second_order, old.size)
    return replace(
        base,
        linear=np.concatenate([base.linear, new.linear]),
        bend=np.concatenate([base.bends, new.bend]),
        low=np.concatenate([base.low, new.low]),
        high=np.concatenate([base.high, new.high]),
        column_owner=np.concatenate([base.column_owner, new.owner]),
        matrix=sp.csr_matrix(sp.vstack([matrix for matrix, _, _ in parts])),
        right=np.concatenate([right for _, right, _ in parts]),
        row_owner=np.concatenate([owner for _, _, owner in parts]),
        cones=cones,
    )
