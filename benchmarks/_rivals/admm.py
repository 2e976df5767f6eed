"""ADMM with relaxed switches, rounded to spanning trees.

Takapoui, Moehle, Boyd and Bemporad, "A simple effective heuristic for embedded mixed-integer quadratic programming",
International Journal of Control 93(1), 2020, with what radial feeders need: the states y of the switches in every hour
are relaxed to 0 <= y <= 1 in the cone programmes of :mod:`.cones` and held near copies z that are radial,

    y = argmin  cost(y) + rho/2 |y - z + u|^2        one cone programme per hour
    z = argmin  rho/2 |y - z + u|^2 + switching(z)   hour by hour, each a least spanning tree while the others stay
    u = u + y - z

Every z is a schedule and is judged by the exact power flow. As in that paper the start is random and the penalty stays;
when z has not changed for a few turns, the next random start follows.
"""

from __future__ import annotations

from dataclasses import dataclass

import clarabel
import numpy as np
import scipy.sparse as sp

from benchmarks._rivals.cones import HourCone
from benchmarks._rivals.judge import Judge
from p2pdnr.network.arrays import Bools, Floats, Ints, Network
from p2pdnr.network.topology import spanning_tree

PENALTY = 0.2
"""Of what the initial topology costs in an hour on average, in EUR for a switch that is moved."""
SPREAD = 0.2
"""Standard deviation of the random start."""
TURNS, IDLE, SWEEPS = 60, 5, 3
"""Turns from one start at most; turns without another z after which it ends; times all hours are looked at for z."""


@dataclass(frozen=True, eq=False)
class Relaxed:
    """An hour without binaries, for Clarabel: rows with the bounds of all columns, and a penalty on the lines."""

    hour: HourCone
    A: sp.csc_matrix
    b: Floats
    P: sp.csc_matrix
    cones: list[object]
    rho: float

    def near(self, wanted: Floats) -> Floats | None:
        """(m,) states of the lines near ``wanted`` (m,) at the least cost, None where the solver fails."""
        linear = self.hour.cost_eur.copy()
        linear[self.hour.closed] -= self.rho * wanted
        settings = clarabel.DefaultSettings()
        settings.verbose, settings.max_threads = False, 1
        settings.tol_gap_abs = settings.tol_gap_rel = settings.tol_feas = 1e-5
        answer = clarabel.DefaultSolver(self.P, linear, self.A, self.b, self.cones, settings).solve()
        x = np.asarray(answer.x)[self.hour.closed]
        return np.clip(x, 0.0, 1.0) if np.isfinite(x).all() else None


def relaxed(hour: HourCone, rho: float) -> Relaxed:
    """An hour with its lines between 0 and 1."""
    count = len(hour.cost_eur)
    bounded = np.flatnonzero(np.isfinite(hour.least))
    eye = sp.eye(count, format="csr")
    split = hour.equal + hour.positive
    lines = eye[hour.closed]
    A = sp.vstack([hour.A[:split], -eye[bounded], lines, -lines, hour.A[split:]], format="csc")
    ends = [np.ones(len(hour.closed)), np.zeros(len(hour.closed))]
    b = np.concatenate([hour.b[:split], -hour.least[bounded], *ends, hour.b[split:]])
    positive = hour.positive + len(bounded) + 2 * len(hour.closed)
    cones = [clarabel.ZeroConeT(hour.equal), clarabel.NonnegativeConeT(positive)]
    cones += [clarabel.SecondOrderConeT(4)] * hour.cones
    diagonal = np.zeros(count)
    diagonal[hour.closed] = rho
    return Relaxed(hour, A, b, sp.diags(diagonal, format="csc"), cones, rho)


def rounded(judge: Judge, hours: list[HourCone], seed: int) -> None:
    """Random starts until the budget is spent."""
    network, rng = judge.bench.case.network, np.random.default_rng(seed)
    held = np.tile(np.flatnonzero(~network.closed), (len(hours), 1))
    rho = PENALTY * float(judge.costs(held[None])[0]) / len(hours)
    programmes = [relaxed(hour, rho) for hour in hours]
    while judge.left_s > 0.0:
        z = np.tile(network.closed, (len(hours), 1))
        u = rng.normal(0.0, SPREAD, z.shape) * network.switchable
        _from(judge, programmes, (z, u))


def _from(judge: Judge, programmes: list[Relaxed], start: tuple[Bools, Floats]) -> None:
    """Turns from one start."""
    network, (z, u) = judge.bench.case.network, start
    price, rho, idle = judge.bench.case.terms.switching_cost_eur, programmes[0].rho, 0
    for _ in range(TURNS):
        y = np.zeros(z.shape)
        for hour, programme in enumerate(programmes):
            if judge.left_s <= 0.0:
                return
            found = programme.near(z[hour] - u[hour])
            y[hour] = z[hour] if found is None else found
        before, z = z, radial(network, y + u, price / rho)
        u = u + y - z
        judge.costs(opened(z)[None])
        idle = idle + 1 if (z == before).all() else 0
        if idle == IDLE:
            return


def radial(network: Network, wanted: Floats, price: Floats) -> Bools:
    """(T, m) trees near ``wanted`` (T, m): the least of |z - wanted|^2 / 2 and ``price`` (m,) for every change that is
    found from each hour by itself, from the initial state all day, and from the mean of all hours."""
    alone = np.array([spanning(network, 0.5 - row) for row in wanted])
    mean = spanning(network, 0.5 - wanted.mean(axis=0) + price / len(wanted) * (1.0 - 2.0 * network.closed))
    starts = [alone, *(np.tile(row, (len(wanted), 1)) for row in (network.closed, mean))]
    found = [_swept(network, start, wanted, price) for start in starts]
    return min(found, key=lambda z: _distance(network, z, wanted, price))


def _distance(network: Network, z: Bools, wanted: Floats, price: Floats) -> float:
    moved = z != np.vstack([network.closed, z[:-1]])
    return float(((z - wanted) ** 2).sum() / 2.0 + (moved @ price).sum())


def _swept(network: Network, z: Bools, wanted: Floats, price: Floats) -> Bools:
    """The hours in turn, each a least spanning tree at the hours beside it."""
    z = z.copy()
    for _ in range(SWEEPS):
        for hour in range(len(z)):
            before = network.closed if hour == 0 else z[hour - 1]
            weight = 0.5 - wanted[hour] + price * (1.0 - 2.0 * before)
            if hour + 1 < len(z):
                weight = weight + price * (1.0 - 2.0 * z[hour + 1])
            z[hour] = spanning(network, weight)
    return z


def spanning(network: Network, weight: Floats) -> Bools:
    """(m,) the spanning tree of least ``weight`` (m,); lines that may not be operated keep their state (Kruskal)."""
    fixed = np.where(network.switchable, 0, np.where(network.closed, -1, 1))
    order = np.lexsort((weight, fixed))
    return spanning_tree(network, order[fixed[order] <= 0])


def opened(z: Bools) -> Ints:
    """(T, n_open) open lines of states (T, m)."""
    return np.array([np.flatnonzero(~row) for row in z])
