"""Prices of a day's bound that nobody would choose: at any prices it must stay below every schedule."""

from __future__ import annotations

import numpy as np

from p2pdnr.reconfiguration.day_bound.prices import Prices, no_prices
from p2pdnr.reconfiguration.terms import LoadCase


def random_prices(case: LoadCase, found: Prices, rng: np.random.Generator, scale: float, noisy: float) -> Prices:
    """None, or those found or none with noise of any size, a share ``noisy`` of the time; limits that are there
    priced."""
    size = scale * float(10.0 ** rng.uniform(-4.0, 1.0)) * (rng.random() < noisy)
    none = no_prices(case.steps, case.network.n_lines, case.terms)
    day, step = (limit is not None for limit in (case.terms.max_per_day, case.terms.max_per_hour))
    return Prices(
        found.open_eur * rng.integers(0, 2) + rng.normal(0.0, size, found.open_eur.shape),
        rng.uniform(0.0, size, none.day_eur.shape) * day,
        rng.uniform(0.0, size, none.step_eur.shape) * step,
    )
