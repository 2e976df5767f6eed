"""The weights on scenarios under which the schedules met so far cost most: cutting planes (Kelley)."""

from __future__ import annotations

import numpy as np

from p2pdnr.network.arrays import Floats
from p2pdnr.reconfiguration.risk.measure import allowed, most_weight


def next_weights(cuts: Floats, level: float) -> tuple[Floats, float]:
    """Weights (N,) that make the cheapest of some schedules, with costs ``cuts`` (K, N), as dear as can be, and how
    dear that is: no weights give a better bound than this.

    max t  subject to  t <= sum q_s C_ks for all k,  q in Q.
    """
    from scipy.optimize import linprog  # slow: whoever plans without risk does without it

    count, most = cuts.shape[1], most_weight(cuts.shape[1], level)
    scale = max(1.0, float(np.abs(cuts).max()))
    found = linprog(
        np.append(np.zeros(count), -1.0),
        A_ub=np.hstack([-cuts / scale, np.ones((len(cuts), 1))]),
        b_ub=np.zeros(len(cuts)),
        A_eq=np.append(np.ones(count), 0.0)[None],
        b_eq=[1.0],
        bounds=[*[(0.0, most)] * count, (None, None)],
        method="highs",
    )
    if found.x is None:
        return np.full(count, 1.0 / count), np.inf
    weights = allowed(found.x[:count], level)
    return weights, float((cuts @ weights).min())
