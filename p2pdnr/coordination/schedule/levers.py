"""The operator's hour on one tree: what it may take from prosumers, and how far limits are broken then, by AC power
flow."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import linprog

from p2pdnr.network.arrays import Network
from p2pdnr.network.powerflow import solve_tree
from p2pdnr.network.topology import Tree

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

MARGIN = 1e-9
"""By as much programmes stay within limits."""

STEP_KW = 1.0
"""Each way of the differences that slopes are taken from: their error is below 1e-9 of the slope."""


@dataclass(frozen=True, eq=False)
class Levers:
    """J things that the operator may do in an hour, (J,) each: at bus index ``bus`` it changes the injection by
    ``sign`` (-1 less feeding in, +1 less load) per kW, up to ``most_kw``, at ``eur_per_kwh``, which is above zero."""

    bus: Ints
    sign: Floats
    most_kw: Floats
    eur_per_kwh: Floats

    @property
    def curtails(self) -> npt.NDArray[np.bool_]:
        """(J,) levers on feeding in; the others are on loads."""
        return np.asarray(self.sign < 0.0)


@dataclass(frozen=True, eq=False)
class GridHour:
    """One hour on one tree with withdrawals ``load_kw``, ``load_kvar`` (n,) before any lever is used."""

    network: Network
    tree: Tree
    load_kw: Floats
    load_kvar: Floats

    def beyond(self, levers: Levers, used_kw: Floats) -> Floats:
        """(R, c) how far every limit is broken, below zero where it holds, when R times (J,) is used; NaN where there
        is no power flow.

        Squared voltages in p.u. above and below their limits, at buses that are no substations; then squared currents
        of lines with a limit as a share of its square, less one.
        """
        load_kw = np.tile(self.load_kw, (len(used_kw), 1))
        np.subtract.at(load_kw.T, levers.bus, (levers.sign * used_kw).T)
        flow = solve_tree(self.network, self.tree, load_kw, np.tile(self.load_kvar, (len(used_kw), 1)))
        fed = np.setdiff1d(np.arange(self.network.n_buses), self.network.substations)
        limited = np.flatnonzero(np.isfinite(self.network.limit_a))
        v = flow.vm_pu[:, fed] ** 2
        current = (flow.current_a[:, limited] / self.network.limit_a[limited]) ** 2 - 1.0
        return np.concatenate([v - self.network.vm_max_pu**2, self.network.vm_min_pu**2 - v, current], axis=1)

    def slopes(self, levers: Levers, used_kw: Floats) -> Floats:
        """(c, J) by how much a kW more of each lever changes what :meth:`beyond` tells, by central differences."""
        steps = STEP_KW * np.eye(len(used_kw))
        beyond = self.beyond(levers, np.concatenate([used_kw + steps, used_kw - steps]))
        return np.asarray((beyond[: len(steps)] - beyond[len(steps) :]).T / (2.0 * STEP_KW))


def programme(hour: GridHour, levers: Levers, at: tuple[Floats, Floats, float], elastic: bool) -> Floats | None:
    """(J,) the answer of the programme linearised at what is used, no further from it than reach."""
    floor_kw, used_kw, reach_kw = at
    beyond, slopes = hour.beyond(levers, used_kw[None])[0], hour.slopes(levers, used_kw)
    lower, upper = np.maximum(floor_kw, used_kw - reach_kw), np.minimum(levers.most_kw, used_kw + reach_kw)
    upper = np.maximum(upper, lower)
    cost = levers.eur_per_kwh / levers.eur_per_kwh.max()
    right = slopes @ used_kw - beyond - MARGIN
    binding = np.maximum(slopes * lower, slopes * upper).sum(axis=1) > right  # nothing within reach breaks the others
    rows, right = slopes[binding], right[binding]
    bounds = list(zip(lower, upper, strict=True))
    if elastic:
        steepest = max(1e-12, float(np.abs(rows).max(initial=0.0)))
        rows = np.hstack([rows, -steepest * np.eye(len(right))])  # what is broken, in kW of the strongest lever
        cost = np.concatenate([cost, np.full(len(right), 1e4)])
        bounds += [(0.0, None)] * len(right)
    scale = np.maximum(np.abs(rows).max(axis=1, initial=0.0), 1e-12)
    found = linprog(cost, A_ub=rows / scale[:, None], b_ub=right / scale, bounds=bounds, method="highs")
    return None if found.x is None else np.clip(found.x[: len(used_kw)], floor_kw, levers.most_kw)
