"""What the page's preview is held against: programmes that Clarabel solves, and small days that the solver solves.

``quadratics`` are drawn at random; least value, solution and prices of the rows come from cvxpy with Clarabel, other
code than the interior-point method in assets/preview. ``previews`` are one small day and edits of it: a preview, made
in the browser from the payload of the unedited day, must come near the figures of the solved edits, and those of a
centralised optimum of the same schedule (cvxpy), which the solver knows nothing of.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import cvxpy as cp
import numpy as np

from p2pdnr import study
from p2pdnr.results import payload
from p2pdnr.results.study_result import StudyResult
from p2pdnr.scenario import document
from tests.small_scenario import small_document

Json = dict[str, Any]
SEEDS = (1, 2, 3, 4, 5, 6)
FAR = 1e3
"""Bounds of the programmes are nearer than this; what is further away is no bound."""


def _drawn(seed: int) -> dict[str, Any]:
    """A sparse programme with a point inside its bounds: (m, n) matrix, right side, costs, curvatures, bounds."""
    random = np.random.default_rng(seed)
    rows, columns = 3 + seed, 9 + 2 * seed
    matrix = np.where(random.random((rows, columns)) < 0.4, random.integers(-3, 4, (rows, columns)), 0).astype(float)
    matrix[np.arange(rows), random.permutation(columns)[:rows]] = 1.0
    lower, upper = -random.uniform(0.5, 4.0, columns), random.uniform(0.5, 4.0, columns)
    curve = np.where(random.random(columns) < 0.5, random.uniform(0.1, 2.0, columns), 0.0)
    upper[(random.random(columns) < 0.3) & (curve > 0.0)] = np.inf
    inside = lower + random.random(columns) * (np.minimum(upper, 4.0) - lower)
    return {
        "matrix": matrix,
        "right": matrix @ inside,
        "cost": random.normal(size=columns),
        "curve": curve,
        "lower": lower,
        "upper": upper,
    }


def quadratic(seed: int) -> Json:
    """A programme and Clarabel's answer; ``value`` is null of a bound that is not there."""
    drawn = _drawn(seed)
    x = cp.Variable(len(drawn["cost"]))
    rows = drawn["matrix"] @ x == drawn["right"]
    bounded = np.flatnonzero(drawn["upper"] < FAR)
    cost = drawn["cost"] @ x + 0.5 * cp.sum(cp.multiply(drawn["curve"], cp.square(x)))
    problem = cp.Problem(cp.Minimize(cost), [rows, x >= drawn["lower"], x[bounded] <= drawn["upper"][bounded]])
    problem.solve(solver=cp.CLARABEL, tol_gap_abs=1e-11, tol_gap_rel=1e-11, tol_feas=1e-11)
    assert problem.status == "optimal"
    found = {name: values.round(9).tolist() for name, values in drawn.items()}
    found["upper"] = [value if np.isfinite(value) else None for value in found["upper"]]
    strict = drawn["curve"] > 0.0
    return found | {
        "value": round(float(problem.value), 6),
        "strict": [round(float(value), 4) if sure else None for value, sure in zip(x.value, strict, strict=True)],
    }


def _person(scenario: Json, name: str) -> Json:
    """A prosumer by its id."""
    return next(person for person in scenario["prosumers"] if person["id"] == name)


def _battery(scenario: Json) -> None:
    _person(scenario, "Sun")["battery"]["capacity_kwh"] = 120


def _windows(scenario: Json) -> None:
    """Load moves within halves of the day, the battery is never nearly empty, and back after each half."""
    scenario["flexible_window_h"] = 2
    _person(scenario, "Sun")["battery"].update(min_kwh=20, cycle_h=2)


EDITS: dict[str, Callable[[Json], None]] = {
    "nothing": lambda scenario: None,
    "more load": lambda scenario: _person(scenario, "Home").update(load_kw=96),
    "more sun": lambda scenario: _person(scenario, "Sun").update(pv_kw=360),
    "a larger battery": _battery,
    "windows": _windows,
    "flexible": lambda scenario: _person(scenario, "Home").update(flexible_share=0.4),
    "a dearer retailer": lambda scenario: scenario["tariff"].update(buy_eur_per_kwh=[0.24, 0.36, 0.36, 0.24]),
    "dearer trades": lambda scenario: scenario["market"].update(trade_fee_eur_per_kwh=0.002),
}
"""One number of the small day each, by up to a fifth, two of them twice as large; and windows."""


def small_day() -> Json:
    """The day that is edited."""
    scenario = small_document()
    scenario["market"]["trade_fee_eur_per_kwh"] = 0.001
    return scenario


def solved(scenario: Json) -> StudyResult:
    """The day solved, hourly."""
    return study.run(document.parse(json.dumps(scenario)), study.Options(tolerance_kw=0.01))


def _edited(change: Callable[[Json], None]) -> Json:
    scenario = copy.deepcopy(small_day())
    change(scenario)
    result = solved(scenario)
    shown = payload.payload(result)
    return {
        "scenario": scenario,
        "cost": round(shown["summary"]["objective_eur"], 3),
        "losses": round(shown["summary"]["losses_kwh"], 2),
        "gap_central": round(result.summary["certificates"]["gap_central"]["value"], 5),
        "bills": [round(value, 2) for value in shown["bills"]["total_eur"]],
        "open": shown["series"]["open_lines"],
    }


def previews() -> Json:
    """The payload of the small day, and what became of its edits when they were solved."""
    day = payload.payload(solved(small_day()))
    day["convergence"] = {name: [] for name in day["convergence"]}
    day["summary"] |= {"seconds": {}, "versions": {}, "certificates": {}}  # none of it says what a preview shows
    return {"payload": day, "edits": {name: _edited(change) for name, change in EDITS.items()}}


def quadratics() -> list[Json]:
    """All programmes."""
    return [quadratic(seed) for seed in SEEDS]
