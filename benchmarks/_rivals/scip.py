"""The whole day as one mixed-integer cone programme, solved by SCIP.

All hours of :mod:`.cones` at once, and for every line and hour a variable that is at least the change of its state, at
the price of an operation. SCIP gets the initial topology as its start. What a new incumbent costs, the exact power flow
of its trees says. SCIP has its usual settings, one thread, and a limit on processor time; but not the heuristic that
asks a nonlinear solver (subnlp), with which days of 70 and 118 buses end in a memory fault of the library (pyscipopt
6.3.0).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from pyscipopt import SCIP_EVENTTYPE, Eventhdlr, Model, quicksum

from benchmarks._rivals.cones import HourCone
from benchmarks._rivals.judge import Judge
from p2pdnr.network.arrays import Floats


class _Incumbents(Eventhdlr):  # type: ignore[misc]
    """Judges every new incumbent."""

    def __init__(self, judge: Judge, closed: list[list[Any]]) -> None:
        super().__init__()
        self.judge, self.closed = judge, closed

    def eventinit(self) -> None:
        """Wait for incumbents."""
        self.model.catchEvent(SCIP_EVENTTYPE.BESTSOLFOUND, self)

    def eventexit(self) -> None:
        """No more."""
        self.model.dropEvent(SCIP_EVENTTYPE.BESTSOLFOUND, self)

    def eventexec(self, event: Any) -> None:
        """Judge it."""
        del event
        found = self.model.getBestSol()
        values = np.array([[self.model.getSolVal(found, line) for line in hour] for hour in self.closed])
        rows = np.argsort(values, axis=1, kind="stable")[:, : self.judge.bench.open_count]
        self.judge.costs(np.sort(rows, axis=1)[None])


def full_horizon(judge: Judge, cones: list[HourCone]) -> float:
    """Solve until the budget is spent; returns SCIP's lower bound on the cone programme, EUR."""
    model = Model()
    model.hideOutput()
    hours = [_variables(model, hour) for hour in cones]
    closed = [[x[column] for column in hour.closed] for x, hour in zip(hours, cones, strict=True)]
    for x, hour in zip(hours, cones, strict=True):
        _rows(model, x, hour)
    _switching(model, closed, judge)
    model.includeEventhdlr(_Incumbents(judge, closed), "incumbents", "judges incumbents")
    model.setParams({"timing/clocktype": 1, "heuristics/completesol/maxunknownrate": 1.0, "heuristics/subnlp/freq": -1})
    _start(model, closed, judge)
    model.setParam("limits/time", max(judge.left_s, 0.0))
    model.optimize()
    return float(model.getDualbound())


def _variables(model: Any, hour: HourCone) -> list[Any]:
    binary = set(hour.closed.tolist())
    return [
        model.addVar(vtype="B" if k in binary else "C", lb=None if np.isinf(least) else float(least), obj=float(cost))
        for k, (least, cost) in enumerate(zip(hour.least.tolist(), hour.cost_eur.tolist(), strict=True))
    ]


def _rows(model: Any, x: list[Any], hour: HourCone) -> None:
    """Equations, inequalities, and cones over variables of their own."""
    slack = [_slack(x, hour, row) for row in range(len(hour.b))]
    for row in range(hour.equal):
        model.addCons(slack[row] == 0.0)
    for row in range(hour.equal, hour.equal + hour.positive):
        model.addCons(slack[row] >= 0.0)
    for first in range(hour.equal + hour.positive, len(hour.b), 4):
        sides = [model.addVar(lb=0.0 if k == 0 else None) for k in range(4)]
        for side, expression in zip(sides, slack[first : first + 4], strict=True):
            model.addCons(expression - side == 0.0)
        model.addCons(quicksum(side * side for side in sides[1:]) - sides[0] * sides[0] <= 0.0)


def _slack(x: list[Any], hour: HourCone, row: int) -> Any:
    """b - A x of one row."""
    part = slice(hour.A.indptr[row], hour.A.indptr[row + 1])
    terms = zip(hour.A.indices[part].tolist(), hour.A.data[part].tolist(), strict=True)
    return float(hour.b[row]) - quicksum(value * x[column] for column, value in terms)


def _switching(model: Any, closed: list[list[Any]], judge: Judge) -> None:
    case = judge.bench.case
    before: list[Any] = case.network.closed.astype(float).tolist()
    for hour in closed:
        for line, price in enumerate(case.terms.switching_cost_eur.tolist()):
            moved = model.addVar(lb=0.0, ub=1.0, obj=float(price))
            model.addCons(moved >= hour[line] - before[line])
            model.addCons(moved >= before[line] - hour[line])
        before = hour


def _start(model: Any, closed: list[list[Any]], judge: Judge) -> None:
    """The initial topology all day; SCIP completes it."""
    start, state = model.createPartialSol(), judge.bench.case.network.closed.astype(float)
    for hour in closed:
        for line, variable in enumerate(hour):
            model.setSolVal(start, variable, float(state[line]))
    model.addSol(start)
    judge.costs(_held(judge))


def _held(judge: Judge) -> Floats:
    """(1, T, n_open) the initial state all day."""
    return np.tile(np.flatnonzero(~judge.bench.case.network.closed), (1, judge.bench.case.steps, 1))
