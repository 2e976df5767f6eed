"""The mean of the worst costs (conditional value at risk), and the weights on scenarios that make it a mean.

Of N equally likely costs C and a level a in [0, 1)

    CVaR_a(C) = min over z of  z + mean(max(C - z, 0)) / (1 - a)  =  max over q in Q of  sum q_s C_s,

Q = {q >= 0, sum q = 1, q_s <= 1 / ((1 - a) N)}: Rockafellar and Uryasev, J. Risk 2(3), 2000. Level 0 is the mean.
"""

from __future__ import annotations

import numpy as np

from p2pdnr.network.arrays import Floats


def cvar(costs: Floats, level: float) -> float:
    """Of costs (N,); infinite where one of them is."""
    return float(costs @ heaviest(costs, level)) if np.isfinite(costs).all() else np.inf


def heaviest(costs: Floats, level: float) -> Floats:
    """(N,) the weights in Q under which these costs weigh most: all that is allowed on the worst."""
    most, left = most_weight(len(costs), level), 1.0
    weights = np.zeros(len(costs))
    for place in np.argsort(-costs, kind="stable"):
        weights[place] = min(most, left)
        left -= weights[place]
    return weights


def most_weight(count: int, level: float) -> float:
    """Of one of so many scenarios."""
    return min(1.0, 1.0 / ((1.0 - level) * count))


def allowed(weights: Floats, level: float) -> Floats:
    """Weights that bound from below whatever rounding did to them: no more than allowed on each, no more than one in
    all. As costs are never negative, less weight only makes the bound lower."""
    clipped = weights.clip(0.0, most_weight(len(weights), level))
    return np.asarray(clipped / max(1.0, float(clipped.sum())))
