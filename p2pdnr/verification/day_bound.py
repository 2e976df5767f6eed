"""A stored day again: its schedule by pandapower, and the bound on all schedules by arithmetic from what it rests on.

Nothing is solved and nothing is searched. What multipliers show of a set of states is weak duality, whatever they are;
what it does not rule out must be covered by the sets that were split off it, or counts with its own bound; sets that
end in one topology are costed by power flow. So wrong prices, multipliers or splits can only lower the bound that comes
out, or be named.
"""

from __future__ import annotations

import numpy as np

from p2pdnr.network.arrays import Bools
from p2pdnr.network.topology import is_radial
from p2pdnr.reconfiguration.bounds.cones import bounded
from p2pdnr.reconfiguration.day_bound.evidence import Unsound, least_shown_eur
from p2pdnr.reconfiguration.day_bound.hour import priced_hour
from p2pdnr.reconfiguration.day_bound.prices import lines_floor_eur
from p2pdnr.reconfiguration.day_bound.proof import most_loss_kw
from p2pdnr.reconfiguration.planning.day import as_bundles
from p2pdnr.reconfiguration.terms import LoadCase, violation_eur
from p2pdnr.results.day_file import StoredDay
from p2pdnr.verification.certificates import Certificate
from p2pdnr.verification.finding import Finding, Rule
from p2pdnr.verification.judge import judge
from p2pdnr.verification.switching import SwitchingLimits, broken_limits, instants

RULES = {
    "radial": Rule(0.0, "hours whose closed lines are no spanning tree, or whose switching breaks a rule"),
    "cost": Rule(1e-6, "largest difference of the schedule's cost from that by pandapower's losses, share of it"),
    "day_bound": Rule(
        1e-6, "what the stated bound lies above the one that its prices and multipliers show, share of it"
    ),
}
"""Certificates of a day, in the order they are shown."""


def verify_day(day: StoredDay) -> dict[str, Certificate]:
    """The certificates of a day; raises TopologyError for a network that has loops nobody can open."""
    bundle, case = as_bundles(day.case)
    first = np.array([lines[0] for lines in bundle.members], dtype=np.int64)
    closed = day.closed[:, first]
    findings = {
        "radial": _radial(case, closed, (bundle.closed(closed) != day.closed).any(axis=1)),
        "cost": _cost(day, case, closed),
        "day_bound": _bound(day, case),
    }
    return {name: _certificate(name, finding) for name, finding in findings.items()}


def _certificate(name: str, finding: Finding) -> Certificate:
    rule = RULES[name]
    text = f"{rule.text}; {finding.detail}" if finding.detail else rule.text
    return Certificate(name, finding.value, rule.limit, finding.state(rule.limit), text)


def _radial(case: LoadCase, closed: Bools, apart: Bools) -> Finding:
    """Trees in every hour, lines of one branch together (``apart`` (T,), whether they are not), locks and limits on
    switching."""
    network, terms = case.network, case.terms
    found = [
        f"hour {hour}: the closed lines are no tree" for hour, row in enumerate(closed) if not is_radial(network, row)
    ]
    found += [f"hour {hour}: lines that run together are not operated together" for hour in np.flatnonzero(apart)]
    switched = instants(network, closed, terms.return_to_initial)
    locked = (switched & ~network.switchable).any(axis=0)
    found += [f"{network.line_label(int(line))} may not be switched" for line in np.flatnonzero(locked)]
    dwell_h = (terms.min_dwell_steps or 0) * terms.step_h
    allowed = SwitchingLimits(terms.max_per_hour, terms.max_per_day, dwell_h, case.steps, terms.step_h)
    found += broken_limits(switched, allowed, network)
    return Finding(float(len(found)), "; ".join(found[:3]))


def _cost(day: StoredDay, case: LoadCase, closed: Bools) -> Finding:
    """Losses and broken limits by pandapower, and the operations."""
    network, terms = case.network, case.terms
    if not all(is_radial(network, row) for row in closed):
        return Finding(None, "the closed lines are no tree")
    judged = judge(network, closed, case.load_kw, case.load_kvar)
    broken = violation_eur(network, terms, judged.vm_pu, np.nan_to_num(judged.current_a))
    operations = instants(network, closed, terms.return_to_initial).sum(axis=0)
    cost_eur = float(
        terms.loss_eur_per_kw * np.nansum(judged.loss_kw) + broken.sum() + operations @ terms.switching_cost_eur
    )
    return Finding(abs(cost_eur - day.cost_eur) / max(abs(cost_eur), 1e-9), f"{cost_eur:,.4f} EUR")


def _bound(day: StoredDay, case: LoadCase) -> Finding:
    """What the evidence shows, beside what is stated."""
    try:
        shown = repeated_eur(day, case)
    except Unsound as wrong:
        return Finding(None, str(wrong), holds=False)
    return Finding((day.bound_eur - shown) / max(abs(day.cost_eur), 1e-9), f"no schedule below {shown:,.2f} EUR")


def repeated_eur(day: StoredDay, case: LoadCase) -> float:
    """The bound that prices, multipliers and splits show on the schedules of ``case``, whose lines are bundled."""
    price = case.terms.loss_eur_per_kw
    if price <= 0.0:
        raise Unsound("losses cost nothing")
    lines_eur = _lines_eur(day, case)
    floors = np.array([_floor_eur(day, case, step) for step in range(case.steps)])
    most_kw = most_loss_kw(day.cost_eur, floors, price)
    hours_eur = sum(_hour_eur(day, case, step, float(most_kw[step])) for step in range(case.steps))
    return min(lines_eur + hours_eur, day.cost_eur)


def _lines_eur(day: StoredDay, case: LoadCase) -> float:
    days = -(-case.steps // case.terms.steps_per_day)
    shapes = [getattr(day.prices, name).shape for name in ("open_eur", "day_eur", "step_eur")]
    if shapes != [(case.steps, case.network.n_lines), (days,), (case.steps + 1,)]:
        raise Unsound("the prices do not fit the hours and lines")
    try:
        return lines_floor_eur(case.network, case.terms, day.prices)
    except ValueError as error:
        raise Unsound(str(error)) from error


def _floor_eur(day: StoredDay, case: LoadCase, step: int) -> float:
    """What the losses of an hour cost at least."""
    floors = day.evidence.floors
    if not floors.most_loss_kw[step] > 0.0:
        raise Unsound(f"hour {step}: a relaxation has no scale")
    hour = priced_hour(case, step, float(floors.most_loss_kw[step]))
    try:
        return hour.floor_eur(bounded(hour.free, hour.all_states(), floors.multipliers[step]).bound)
    except ValueError as error:
        raise Unsound(f"hour {step}: {error}") from error


def _hour_eur(day: StoredDay, case: LoadCase, step: int, most_kw: float) -> float:
    priced = priced_hour(case, step, most_kw)
    return least_shown_eur(
        priced,
        day.prices.open_eur[step],
        day.evidence.looked[step],
        float(day.evidence.cutoff_eur[step]),
        f"hour {step}",
    )
