"""The solvers behind cvxpy: the only file that names CLARABEL and SCIP.

A :class:`ConeProgram` canonicalises a cvxpy problem once and re-solves it with other parameter values, so that a
loop pays for the solver alone. Parameters may enter the linear cost, the right-hand side and the quadratic cost,
never the matrix.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import clarabel
import cvxpy as cp
import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from cvxpy.reductions.solvers.conic_solvers.clarabel_conif import dims_to_solver_cones
from cvxpy.settings import PARAM_PROB
from scipy.optimize import linprog

from p2pdnr.errors import SolverError

Floats = npt.NDArray[np.float64]

PACKAGES = ("cvxpy", "clarabel")
"""Distributions whose versions a result states."""


class Status(StrEnum):
    """How a solve ended."""

    OPTIMAL = "optimal"
    ALMOST = "almost optimal"
    INFEASIBLE = "infeasible"
    UNBOUNDED = "unbounded"
    FAILED = "failed"


_STATUS = {
    "Solved": Status.OPTIMAL,
    "AlmostSolved": Status.ALMOST,
    "PrimalInfeasible": Status.INFEASIBLE,
    "AlmostPrimalInfeasible": Status.INFEASIBLE,
    "DualInfeasible": Status.UNBOUNDED,
    "AlmostDualInfeasible": Status.UNBOUNDED,
}


@dataclass(frozen=True)
class Solution:
    """Answer of a :class:`ConeProgram`: ``x`` in the canonical order, the dual ``z``, the objective with its
    constant."""

    status: Status
    x: Floats
    z: Floats
    objective: float
    iterations: int


class ConeProgram:
    """A cvxpy minimisation, canonicalised once for Clarabel and re-solved with changed vectors.

    Raises ``ValueError`` where a parameter enters the constraint matrix.
    """

    def __init__(self, problem: cp.Problem, tolerance: float = 1e-9) -> None:
        data, self._chain, self._inverse = problem.get_problem_data(cp.CLARABEL, ignore_dpp=False)
        self._problem = problem
        self._program = data[PARAM_PROB]
        self._rows, self._columns = data["A"].shape
        self._split_tensors()
        self._cones = dims_to_solver_cones(data["dims"])
        self._settings = _settings(tolerance)
        self._solver: Any = None
        self._quadratic_theta: Floats | None = None

    def _split_tensors(self) -> None:
        """Affine maps theta -> q, b, P from cvxpy's problem tensors; A must not depend on theta."""
        program = self._program
        tensor = sp.csr_matrix(program.A)
        matrix, right = tensor[: self._rows * self._columns], tensor[self._rows * self._columns :]
        if matrix[:, :-1].count_nonzero():
            raise ValueError("a parameter enters the constraint matrix: build one program per value instead")
        entries = sp.coo_matrix(matrix[:, -1])
        self._A = -sp.csc_matrix(
            (entries.data, (entries.row % self._rows, entries.row // self._rows)), shape=(self._rows, self._columns)
        )
        self._b_map = sp.csr_matrix(right)
        self._q_map = sp.csr_matrix(program.q)
        self._P_map = None if program.P is None else sp.csr_matrix(program.P)

    def _theta(self, values: Mapping[cp.Parameter, Any]) -> Floats:
        theta = np.zeros(self._b_map.shape[1])
        theta[-1] = 1.0
        for parameter in self._program.parameters:
            start = self._program.param_id_to_col[parameter.id]
            value = values.get(parameter, parameter.value)
            theta[start : start + parameter.size] = np.asarray(value, dtype=float).ravel(order="F")
        return theta

    def _quadratic(self, theta: Floats) -> sp.csc_matrix:
        if self._P_map is None:
            return sp.csc_matrix((self._columns, self._columns))
        rows = np.unique(self._P_map.nonzero()[0])
        entries = np.asarray(self._P_map[rows] @ theta).ravel()
        full = sp.csc_matrix((entries, (rows % self._columns, rows // self._columns)), shape=(self._columns,) * 2)
        return sp.csc_matrix(sp.triu(full, format="csc"))

    def solve(self, values: Mapping[cp.Parameter, Any]) -> Solution:
        """Solve at the given parameter values (others keep the value they have).

        Raises :class:`SolverError` when the solver breaks down without an answer of any kind.
        """
        theta = self._theta(values)
        linear = np.asarray(self._q_map @ theta).ravel()
        right = np.asarray(self._b_map @ theta).ravel()
        self._refresh(theta, linear[:-1], right)
        answer = self._solver.solve()
        status = _STATUS.get(str(answer.status), Status.FAILED)
        x = np.asarray(answer.x)
        if not np.isfinite(x).all():
            raise SolverError(f"the cone solver broke down: {answer.status}")
        return Solution(status, x, np.asarray(answer.z), float(answer.obj_val) + float(linear[-1]), answer.iterations)

    def _refresh(self, theta: Floats, linear: Floats, right: Floats) -> None:
        stale = self._P_map is not None and (
            self._quadratic_theta is None or self._changes_quadratic(theta - self._quadratic_theta)
        )
        if self._solver is None:
            P = self._quadratic(theta)
            self._solver = clarabel.DefaultSolver(P, linear, self._A, right, self._cones, self._settings)
        elif stale:
            self._solver.update(P=self._quadratic(theta), q=linear, b=right)
        else:
            self._solver.update(q=linear, b=right)
        self._quadratic_theta = theta

    def _changes_quadratic(self, change: Floats) -> bool:
        assert self._P_map is not None
        return bool(np.any(self._P_map @ change))

    def value(self, solution: Solution, variable: cp.Variable) -> Floats:
        """The value of a variable of the problem, in its own shape."""
        start = self._program.var_id_to_col[variable.id]
        block = solution.x[start : start + variable.size]
        return block.reshape(variable.shape, order="F")


def _settings(tolerance: float) -> Any:
    settings = clarabel.DefaultSettings()
    settings.verbose = False
    settings.presolve_enable = False
    settings.tol_gap_abs = settings.tol_gap_rel = settings.tol_feas = tolerance
    settings.max_threads = 1
    return settings


ALMOST_GAP = 10.0
"""Tolerances within which the gap of an almost optimal answer must be for no second attempt to be made."""


def solve_once(problem: cp.Problem, tolerance: float = 1e-9) -> Status:
    """Solve a cvxpy problem where speed does not matter; values and duals are then on its variables and constraints.

    The cones of a branch flow lose accuracy when the solver rescales their rows, so it is first asked not to. Where
    rounding stops it before its gap is closed, the answer is taken if it is feasible to the tolerance and its gap, as
    a share of the objective, is within :data:`ALMOST_GAP` tolerances; else it is asked again, with rows rescaled.
    """
    gap = ALMOST_GAP * tolerance
    close = {"reduced_tol_feas": tolerance, "reduced_tol_gap_abs": gap, "reduced_tol_gap_rel": gap}
    status = _solved(problem, tolerance, {"equilibrate_enable": False, **close})
    found = status in (Status.OPTIMAL, Status.ALMOST)
    return status if found else _solved(problem, tolerance, {"equilibrate_enable": True})


def _solved(problem: cp.Problem, tolerance: float, settings: dict[str, Any]) -> Status:
    wanted = {"tol_gap_abs": tolerance, "tol_gap_rel": tolerance, "tol_feas": tolerance, "max_threads": 1}
    try:
        with warnings.catch_warnings():  # how exact an answer is, the status tells
            warnings.simplefilter("ignore", UserWarning)
            problem.solve(solver=cp.CLARABEL, **wanted, **settings)
    except cp.SolverError as error:
        if settings["equilibrate_enable"]:
            raise SolverError(f"the cone solver gave no answer: {error}") from error
        return Status.FAILED
    return {
        cp.OPTIMAL: Status.OPTIMAL,
        cp.OPTIMAL_INACCURATE: Status.ALMOST,
        cp.INFEASIBLE: Status.INFEASIBLE,
        cp.UNBOUNDED: Status.UNBOUNDED,
    }.get(problem.status, Status.FAILED)


@dataclass(frozen=True)
class Cones:
    """How many rows stand in each cone, in this order: zero, non-negative, second-order cones of ``size`` rows each."""

    zero: int
    nonnegative: int
    second_order: int
    size: int = 4

    def restricted(self, rows: npt.NDArray[np.int64]) -> Cones:
        """The cones of some of the rows, ascending."""
        first, second = np.searchsorted(rows, [self.zero, self.zero + self.nonnegative])
        return Cones(int(first), int(second - first), int(len(rows) - second) // self.size, self.size)

    def into_dual(self, z: Floats) -> Floats:
        """The multipliers, moved into the dual cone where they are outside."""
        inside = np.nan_to_num(z, nan=0.0, posinf=0.0, neginf=0.0)
        start = self.zero + self.nonnegative
        np.maximum(inside[self.zero : start], 0.0, out=inside[self.zero : start])
        blocks = inside[start:].reshape(-1, self.size)
        blocks[:, 0] = np.maximum(blocks[:, 0], np.linalg.norm(blocks[:, 1:], axis=1) * (1.0 + 1e-15))
        return inside


def solve_cones(
    costs: tuple[Floats, Floats], rows: tuple[sp.csc_matrix, Floats], cones: Cones, tolerance: float
) -> Solution:
    """Minimise linear x + quadratic/2 x^2, ``costs`` = (linear, quadratic), subject to ``matrix x + s = right`` with s
    in the cones, ``rows`` = (matrix, right)."""
    return _conic(costs, rows, cones, _settings(tolerance))


def solve_quadratic(
    costs: tuple[Floats, Floats], rows: tuple[sp.csc_matrix, Floats], cones: Cones, tolerance: float
) -> Solution:
    """The same with rows that are not rescaled, see :func:`solve_once`."""
    settings = _settings(tolerance)
    settings.equilibrate_enable = False
    return _conic(costs, rows, cones, settings)


def _conic(costs: tuple[Floats, Floats], rows: tuple[sp.csc_matrix, Floats], cones: Cones, settings: Any) -> Solution:
    kinds = [clarabel.ZeroConeT(cones.zero), clarabel.NonnegativeConeT(cones.nonnegative)]
    kinds += [clarabel.SecondOrderConeT(cones.size)] * cones.second_order
    linear, quadratic = costs
    answer = clarabel.DefaultSolver(sp.diags(quadratic, format="csc"), linear, *rows, kinds, settings).solve()
    status = _STATUS.get(str(answer.status), Status.FAILED)
    return Solution(status, np.asarray(answer.x), np.asarray(answer.z), float(answer.obj_val), answer.iterations)


def solve_linear(
    linear: Floats, equal: tuple[sp.csr_matrix, Floats], below: tuple[sp.csr_matrix, Floats], most: Floats
) -> Floats | None:
    """The multipliers, not negative, of the rows ``below`` (matrix, right) of: minimise ``linear x`` with x from 0 to
    ``most``, ``equal`` rows equal to and ``below`` rows at most their right-hand side. None without an optimum."""
    bounds = np.column_stack([np.zeros(len(most)), most])
    answer: Any = linprog(linear, below[0], below[1], equal[0], equal[1], bounds, method="highs")  # type: ignore[call-overload]
    return -np.asarray(answer.ineqlin.marginals) if answer.status == 0 else None


MIXED_INTEGER_GAP = 5e-5
"""Relative gap at which a mixed-integer solve ends: its cones hold to 1e-6, no better in the loss."""

_ENDED = ("optimal", "gaplimit", "infeasible", "timelimit", "userinterrupt")
"""Ways in which a mixed-integer solve ends with something to say."""


@dataclass(frozen=True)
class MixedIntegerAnswer:
    """How a mixed-integer solve ended: least ``objective`` found (None without a point), lower ``bound``, whether they
    met, nodes and seconds."""

    objective: float | None
    bound: float
    finished: bool
    nodes: int
    seconds: float


def solve_mixed_integer(problem: cp.Problem, time_limit_s: float | None = None) -> MixedIntegerAnswer:
    """Minimise a cvxpy problem with boolean variables and second-order cones; values are then on its variables.

    The bound is minus infinity where the solver had none yet, plus infinity where no point exists. Raises
    :class:`SolverError` when the solver breaks down.
    """
    options: dict[str, Any] = {"limits/gap": MIXED_INTEGER_GAP}
    if time_limit_s is not None:
        options["limits/time"] = max(time_limit_s, 0.0)
    data, chain, inverse = problem.get_problem_data(cp.SCIP)
    raw = chain.solve_via_data(problem, data, solver_opts={"scip_params": options})
    model, found = raw["model"], "primal" in raw
    if found:
        with warnings.catch_warnings():  # that a time limit left a gap, the answer tells
            warnings.simplefilter("ignore", UserWarning)
            problem.unpack_results(raw, chain, inverse)
    ended = str(model.getStatus())
    if ended not in _ENDED:
        raise SolverError(f"the mixed-integer solver gave no answer: {ended}")
    return MixedIntegerAnswer(
        objective=float(problem.objective.value) if found else None,
        bound=np.inf if ended == "infeasible" else max(float(model.getDualbound()), -np.inf),
        finished=ended in ("optimal", "gaplimit", "infeasible"),
        nodes=int(model.getNTotalNodes()),
        seconds=float(model.getSolvingTime()),
    )
