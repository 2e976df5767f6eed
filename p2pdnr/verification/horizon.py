"""A stored long horizon again: its plans by the bus admittance matrix, their switching, and every sum.

That no other schedule with a plan's times of switching is cheaper is not gone through again. What can be seen of it is:
whoever may switch more often pays no more, and nobody pays more than for switching nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from p2pdnr.network.arrays import Bools, Floats, Ints, Network
from p2pdnr.network.bundles import Bundled
from p2pdnr.network.topology import is_radial
from p2pdnr.reconfiguration.horizon.switching_times import NAMES, switching_times
from p2pdnr.reconfiguration.planning.day import as_bundles
from p2pdnr.reconfiguration.terms import LoadCase, OperatorTerms, violation_eur
from p2pdnr.results.horizon_file import INITIAL, StoredHorizon, StoredPlan
from p2pdnr.verification.certificates import Certificate
from p2pdnr.verification.finding import Finding, Rule, not_shown
from p2pdnr.verification.judge import judge
from p2pdnr.verification.roles.operating_points import operating_points
from p2pdnr.verification.switching import SwitchingLimits, broken_limits, instants

RULES = {
    "radial": Rule(0.0, "rows whose closed lines are no spanning tree, or whose switching breaks a rule"),
    "loss": Rule(2e-4, "largest difference of a row's losses from those by other power flows, share of them and 1 kW"),
    "cost": Rule(1e-5, "largest difference of a sum from the one that the rows give, share of the cost"),
    "least": Rule(1e-6, "what a plan costs above one that may switch less often, share of it"),
}
"""Certificates of a long horizon, in the order they are shown."""

JUDGED = 24
"""Rows with the highest losses, that pandapower solves as well."""


def verify_horizon(stored: StoredHorizon) -> dict[str, Certificate]:
    """The certificates of a long horizon; raises TopologyError for a network that has loops nobody can open."""
    bundle, _ = as_bundles(stored.case)
    solved = None if bundle.whole.generators is not None else _solved(stored, bundle)
    findings = {
        "radial": _radial(stored),
        "loss": _unknown() if solved is None else _loss(stored, solved, bundle),
        "cost": _unknown() if solved is None else _cost(stored, solved),
        "least": _least(stored),
    }
    return {name: _certificate(name, finding) for name, finding in findings.items()}


def _unknown() -> Finding:
    return not_shown("generators hold voltages, which the power flows of this check do not know")


def _certificate(name: str, finding: Finding) -> Certificate:
    rule = RULES[name]
    text = f"{rule.text}; {finding.detail}" if finding.detail else rule.text
    return Certificate(name, finding.value, rule.limit, finding.state(rule.limit), text)


def _radial(stored: StoredHorizon) -> Finding:
    """Trees in every row, lines of one branch together, locks, limits on switching, and a plan's own times."""
    bundle, case = as_bundles(stored.case)
    first = np.array([lines[0] for lines in bundle.members], dtype=np.int64)
    found: list[str] = []
    for name, plan in stored.plans.items():
        closed = plan.closed[:, first]
        together = bool((bundle.closed(closed) == plan.closed).all())
        found += [] if together else [f"{name}: lines that run together are not operated together"]
        found += [f"{name}: {told}" for told in _objections(case, closed, name)]
    return Finding(float(len(found)), "; ".join(found[:3]))


def _objections(case: LoadCase, closed: Bools, name: str) -> Iterator[str]:
    network, terms = case.network, case.terms
    for state in np.unique(closed, axis=0):
        if not is_radial(network, state):
            yield f"row {int((closed == state).all(axis=1).argmax())}: the closed lines are no tree"
    if name == INITIAL:
        if (closed != network.closed).any():
            yield "it switches"
        return
    switched = instants(network, closed, terms.return_to_initial)
    for line in np.flatnonzero((switched & ~network.switchable).any(axis=0)):
        yield f"{network.line_label(int(line))} may not be switched"
    yield from broken_limits(switched, _limits(terms, case.steps), network)
    if name not in NAMES:
        yield f"there are no such times of switching; they are {', '.join(NAMES)}"
        return
    other = np.setdiff1d(np.arange(case.steps), switching_times(name, case.steps, terms.steps_per_day).starts)
    for row in other[switched[other].any(axis=1)][:1]:
        yield f"row {row}: it switches at another time"


def _limits(terms: OperatorTerms, steps: int) -> SwitchingLimits:
    dwell_h = (terms.min_dwell_steps or 0) * terms.step_h
    return SwitchingLimits(terms.max_per_hour, terms.max_per_day, dwell_h, steps, terms.step_h)


def _solved(stored: StoredHorizon, bundle: Bundled) -> dict[str, tuple[Floats, Floats]]:
    """(T,) losses in kW and broken limits in EUR of every plan, NaN without a power flow or a tree."""
    return {name: _flows(stored.case, plan.closed, bundle) for name, plan in stored.plans.items()}


def _is_tree(bundle: Bundled, closed: Bools) -> bool:
    """Whether closed lines (m,) are a tree once those between the same two buses count as one."""
    return is_radial(bundle.network, np.array([closed[lines].any() for lines in bundle.members]))


def _flows(case: LoadCase, closed: Bools, bundle: Bundled) -> tuple[Floats, Floats]:
    network, losses, broken = case.network, np.full(case.steps, np.nan), np.full(case.steps, np.nan)
    states, which = np.unique(closed, axis=0, return_inverse=True)
    for number, state in enumerate(states):
        rows = np.flatnonzero(which.ravel() == number)
        if not _is_tree(bundle, state):
            continue
        with np.errstate(all="ignore"):
            points = operating_points(network, state, case.load_kw[rows], case.load_kvar[rows])
        losses[rows] = points.loss_kw
        broken[rows] = violation_eur(network, case.terms, points.vm_pu, _current_a(network, points.loading))
    return losses, broken


def _current_a(network: Network, loading: Floats) -> Floats:
    """(N, m) from shares of the limits; 0 where there is none, which breaks nothing."""
    limited = np.isfinite(network.limit_a)
    return np.where(limited, loading * np.where(limited, network.limit_a, 0.0), 0.0)


def _loss(stored: StoredHorizon, solved: dict[str, tuple[Floats, Floats]], bundle: Bundled) -> Finding:
    worst, where = 0.0, ""
    for name, plan in stored.plans.items():
        apart = np.abs(plan.loss_kw - solved[name][0]) / (1.0 + np.abs(solved[name][0]))
        rows = np.argsort(-plan.loss_kw, kind="stable")[:JUDGED]
        apart[rows] = np.maximum(apart[rows], _judged(stored.case, plan, rows, bundle))
        row = int(np.nan_to_num(apart, nan=np.inf).argmax())
        if not apart[row] <= worst:
            worst, where = float(apart[row]), f"{name}, row {row}"
    return Finding(worst, where)


def _judged(case: LoadCase, plan: StoredPlan, rows: Ints, bundle: Bundled) -> Floats:
    """(k,) the same by pandapower, of some rows."""
    if not all(_is_tree(bundle, row) for row in plan.closed[rows]):
        return np.full(len(rows), np.inf)
    judged = judge(case.network, plan.closed[rows], case.load_kw[rows], case.load_kvar[rows])
    loss_kw = np.where(judged.unsolved, np.nan, np.nansum(judged.loss_kw, axis=1))
    return np.asarray(np.abs(plan.loss_kw[rows] - loss_kw) / (1.0 + np.abs(loss_kw)))


def _cost(stored: StoredHorizon, solved: dict[str, tuple[Floats, Floats]]) -> Finding:
    worst, where = 0.0, ""
    for name, plan in stored.plans.items():
        again = _sums(stored.case, plan, solved[name])
        scale = max(abs(again["cost_eur"]), 1e-9)
        for what, value in again.items():
            share = abs(plan.sums[what] - value) / max(scale, abs(value))
            if not share <= worst:
                worst, where = share, f"{name}, {what}"
        if plan.sums["operations"] != again["operations"]:
            worst, where = np.inf, f"{name}, operations"
    return Finding(worst, where)


def _sums(case: LoadCase, plan: StoredPlan, flows: tuple[Floats, Floats]) -> dict[str, float]:
    bundle, own = as_bundles(case)
    first = np.array([lines[0] for lines in bundle.members], dtype=np.int64)
    operations = instants(own.network, plan.closed[:, first], case.terms.return_to_initial).sum(axis=0)
    losses_kwh, violations = float(flows[0].sum()) * case.terms.step_h, float(flows[1].sum())
    switching = float(operations @ own.terms.switching_cost_eur)
    losses_eur = case.terms.loss_price_eur_per_kwh * losses_kwh
    return {
        "cost_eur": losses_eur + violations + switching,
        "losses_kwh": losses_kwh,
        "violations_eur": violations,
        "switching_eur": switching,
        "operations": float(operations.sum()),
    }


def _least(stored: StoredHorizon) -> Finding:
    """Of plans said to be the cheapest: those that may switch more often first, the initial topology last."""
    names = [name for name in (*NAMES, INITIAL) if name in stored.plans]
    worst, where = 0.0, "no other schedule was looked at"
    for often, seldom in pairwise(names):
        if stored.plans[often].proved:
            most = stored.plans[seldom].sums["cost_eur"]
            share = (stored.plans[often].sums["cost_eur"] - most) / max(abs(most), 1e-9)
            if share > worst:
                worst, where = share, f"{often} costs more than {seldom}"
    fine = worst <= (RULES["least"].limit or 0.0)
    return Finding(worst, where, holds=None if fine else False, unshown=fine)
