"""A few rows that stand for a long profile: as different from each other as rows of it can be."""

from __future__ import annotations

import numpy as np

from p2pdnr.network.arrays import Floats, Ints
from p2pdnr.reconfiguration.terms import LoadCase


def typical_rows(case: LoadCase, most: int) -> Ints:
    """(k,) rows in order, k at most ``most``: the highest load, then always the row farthest from all before it."""
    loads = np.hstack([case.load_kw, case.load_kvar])
    chosen = [int(np.argmax(case.load_kw.sum(axis=1)))]
    apart = _squared(loads, chosen[0])
    while len(chosen) < most and apart.max() > 0.0:
        chosen.append(int(np.argmax(apart)))
        apart = np.minimum(apart, _squared(loads, chosen[-1]))
    return np.sort(np.array(chosen, dtype=np.int64))


def _squared(loads: Floats, row: int) -> Floats:
    return np.asarray(((loads - loads[row]) ** 2).sum(axis=1))
