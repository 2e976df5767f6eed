"""The hours of a day as cone programmes in matrices: what SCIP solves with binaries, and ADMM without.

Each is the DistFlow relaxation of :mod:`p2pdnr.reconfiguration.models.misocp`, with its strengthened arcs and loop
cuts: rivals get the best statement that we have, and broken limits at their price. It is put into standard form once,
A x + s = b with s in a product of cones, before the clock starts.
"""

from __future__ import annotations

from dataclasses import dataclass

import cvxpy as cp
import numpy as np
import scipy.sparse as sp

from benchmarks._rivals.judge import Workbench
from p2pdnr.network.arrays import Floats, Ints
from p2pdnr.reconfiguration.bounds.grid import Assumptions, scaled
from p2pdnr.reconfiguration.models import misocp

ROOM = 1.2
"""Of the cost of the initial topology in an hour: plans that cost more in it are not looked at."""


@dataclass(frozen=True, eq=False)
class HourCone:
    """One hour: minimise ``cost_eur`` x, A x + s = b, x >= ``least``; of s the first ``equal`` are 0, the next
    ``positive`` are not negative, then come second-order cones of four. ``closed`` (m,) columns of the lines."""

    cost_eur: Floats
    A: sp.csr_matrix
    b: Floats
    least: Floats
    equal: int
    positive: int
    closed: Ints

    @property
    def cones(self) -> int:
        """Second-order cones."""
        return (len(self.b) - self.equal - self.positive) // 4


def hour_cones(bench: Workbench) -> list[HourCone]:
    """All hours of a case."""
    first = np.flatnonzero(~bench.case.network.closed)[None]
    return [_hour(bench, hour, float(bench.stage_eur(first, hour)[0])) for hour in range(bench.case.steps)]


def _hour(bench: Workbench, hour: int, initial_eur: float) -> HourCone:
    case, price = bench.case, bench.case.terms.loss_eur_per_kw
    grid = scaled(case.network, case.load_kw[hour], case.load_kvar[hour], Assumptions(ROOM * initial_eur / price))
    model = misocp.state(grid, None, case.terms)
    data = model.problem.get_problem_data(cp.SCIP)[0]
    dims = data["dims"]
    assert set(dims.soc) == {4}
    assert not data["int_vars_idx"]
    least = np.full(len(data["c"]), -np.inf) if data["lower_bounds"] is None else np.array(data["lower_bounds"])
    columns = np.array(sorted(int(np.ravel(place)[0]) for place in data["bool_vars_idx"]), dtype=np.int64)
    assert len(columns) == case.network.n_lines
    eur = price * model.unit_kw * np.asarray(data["c"], dtype=np.float64)
    return HourCone(eur, sp.csr_matrix(data["A"]), np.asarray(data["b"]), least, dims.zero, dims.nonneg, columns)
