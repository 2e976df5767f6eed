"""Errors of a day-ahead forecast: one cloud field over the feeder, and loads by class (docs/forecasts.md).

Factors on what was forecast are lognormal with mean one, exp(sd z - sd^2 / 2), with z standard normal:

    sun at bus i in hour t     z = C_it,   corr(C_it, C_js) = exp(-d_ij / reach) exp(-|t - s| / sun_hours)
    load k of class c          z = sqrt(shared) A_ct + sqrt(1 - shared) B_kt,   each exp(-|t - s| / load_hours) in time

Both are first-order autoregressive in time. d_ij is the electrical distance along the initial tree (sum of \\|z\\|) as
a share of the largest between two buses. That errors of forecasts of irradiance correlate less the farther two places
are apart, about exponentially, is what Lorenz, Hurka, Heinemann and Beyer measured (IEEE J. Sel. Top. Appl. Earth Obs.
2(1), 2009); that small loads are forecast worse, and what is common to many does not average out, Sevlian and Rajagopal
(Int. J. Electr. Power Energy Syst. 98, 2018, arXiv:1404.0058).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from p2pdnr.network.arrays import Floats, Ints, Network
from p2pdnr.scenario.assembly import electrical_distance_pu
from p2pdnr.scenario.schema import Forecast, Scenario

NETWORK_CLASS = "network"
"""Class of the network's own loads that no background profile is named for."""

_SAFE = 1e-10
"""Added to the diagonal of a correlation matrix, whose buses may lie at no distance from each other."""


@dataclass(frozen=True, eq=False)
class ErrorModel:
    """The errors of one scenario: ``T`` hours, ``n`` buses, ``K`` prosumers, ``C`` classes of loads.

    Attributes
    ----------
    forecast : the parameters, as the scenario has them
    hours, step_h : T, and the length of a step
    cloud_root : (n, n) what makes the cloud field of independent numbers, a Cholesky factor
    load_class : (K + n,) class of every prosumer's fixed load, then of every bus's own
    load_sd : (K + n,) standard deviation of its logarithm
    prosumers, classes : K and C
    """

    forecast: Forecast
    hours: int
    step_h: float
    cloud_root: Floats
    load_class: Ints
    load_sd: Floats
    prosumers: int
    classes: int


@dataclass(frozen=True, eq=False)
class DayFactors:
    """What N days make of the forecast: factors on the sun at every bus (N, T, n), on the fixed load of every prosumer
    (N, T, K), and on every bus's own load (N, T, n)."""

    sun: Floats
    load: Floats
    background: Floats

    def __len__(self) -> int:
        return len(self.sun)


def error_model(scenario: Scenario, network: Network) -> ErrorModel:
    """The model that a scenario's ``forecast`` describes."""
    forecast = scenario.forecast
    names = [item.load_profile for item in scenario.prosumers] + background_classes(scenario, network)
    classes = sorted(set(names))
    return ErrorModel(
        forecast=forecast,
        hours=scenario.hours,
        step_h=scenario.step_h,
        cloud_root=_cloud_root(network, forecast.sun_reach),
        load_class=np.array([classes.index(name) for name in names], dtype=np.int64),
        load_sd=np.array([forecast.load_classes.get(name, forecast.load_sd) for name in names]),
        prosumers=len(scenario.prosumers),
        classes=len(classes),
    )


def drawn(model: ErrorModel, seed: int, days: range) -> DayFactors:
    """Days by number; each has random numbers of its own, whatever other days are drawn with it."""
    forecast, loads = model.forecast, len(model.load_class)
    normal = [_normals(model, seed, day) for day in days]
    clouds, shared, own = (np.array(part) for part in zip(*normal, strict=True))
    field = correlated(clouds, np.exp(-model.step_h / forecast.sun_hours)) @ model.cloud_root.T
    keep = np.exp(-model.step_h / forecast.load_hours)
    common, single = correlated(shared, keep)[:, :, model.load_class], correlated(own, keep)
    load = np.sqrt(forecast.load_shared) * common + np.sqrt(1.0 - forecast.load_shared) * single
    sun, use = _lognormal(field, np.array(forecast.sun_sd)), _lognormal(load, model.load_sd)
    assert use.shape == (len(days), model.hours, loads)
    return DayFactors(sun, use[:, :, : model.prosumers], use[:, :, model.prosumers :])


def correlated(normal: Floats, keep: float) -> Floats:
    """(N, T, count) stationary first-order autoregressive series of standard normal margins, from independent numbers;
    ``keep`` is the correlation of neighbouring steps."""
    series = normal.copy()
    for t in range(1, series.shape[1]):
        series[:, t] = keep * series[:, t - 1] + np.sqrt(1.0 - keep**2) * series[:, t]
    return series


def _normals(model: ErrorModel, seed: int, day: int) -> tuple[Floats, Floats, Floats]:
    """Independent numbers of one day: (T, n) of clouds, (T, C) of classes, (T, K + n) of loads."""
    rng = np.random.default_rng([seed, day])
    sizes = (len(model.cloud_root), model.classes, len(model.load_class))
    clouds, shared, own = (rng.standard_normal((model.hours, size)) for size in sizes)
    return clouds, shared, own


def _lognormal(z: Floats, sd: Floats) -> Floats:
    return np.asarray(np.exp(sd * z - sd**2 / 2))


def _cloud_root(network: Network, reach: float) -> Floats:
    distance = electrical_distance_pu(network, np.arange(network.n_buses))
    share = distance / max(float(distance.max()), np.finfo(float).tiny)
    correlation = np.exp(-share / reach) + _SAFE * np.eye(network.n_buses)
    return np.asarray(np.linalg.cholesky(correlation), dtype=np.float64)


def background_classes(scenario: Scenario, network: Network) -> list[str]:
    """Class of every bus's own load: its background profile, or :data:`NETWORK_CLASS`."""
    named = scenario.network.background_profile
    if isinstance(named, str):
        return [named] * network.n_buses
    classes = [NETWORK_CLASS] * network.n_buses
    for name, buses in (named or {}).items():
        for bus in buses:
            classes[bus - 1] = name
    return classes
