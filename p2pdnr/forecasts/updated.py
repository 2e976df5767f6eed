"""What is forecast in the course of a day, when its first hours are known (docs/rolling.md).

A factor is exp(sd z - sd^2 / 2) with z of an autoregressive process, so that after an hour h with factor F_h

    E[F_t | F_h] = F_h^k exp(sd^2 k (1 - k) / 2),    k = exp(-(t - h) / hours):

the error that is seen now goes on for a while and is forgotten, and what is left to err grows with the lead time.
"""

from __future__ import annotations

import numpy as np

from p2pdnr.forecasts.error_model import DayFactors, ErrorModel
from p2pdnr.network.arrays import Floats


def seen(model: ErrorModel, actual: DayFactors, now: int) -> DayFactors:
    """The factors as they are expected before the step ``now``, those before it being known; ``actual`` is one day."""
    forecast, prosumers = model.forecast, model.prosumers
    sun_sd = np.full(actual.sun.shape[2], forecast.sun_sd)
    return DayFactors(
        _seen(actual.sun, sun_sd, now, model.step_h / forecast.sun_hours),
        _seen(actual.load, model.load_sd[:prosumers], now, model.step_h / forecast.load_hours),
        _seen(actual.background, model.load_sd[prosumers:], now, model.step_h / forecast.load_hours),
    )


def _seen(actual: Floats, sd: Floats, now: int, step: float) -> Floats:
    """(1, T, count) from (1, T, count) that come, with ``step`` as a share of the time of correlation."""
    found = np.ones_like(actual)
    found[:, :now] = actual[:, :now]
    if now:
        lead = np.arange(1, actual.shape[1] - now + 1)[:, None]
        keep = np.exp(-step * lead)
        found[:, now:] = actual[:, [now - 1]] ** keep * np.exp(sd**2 * keep * (1.0 - keep) / 2.0)
    return found
