"""What holds at an optimum: nobody could do better at the final prices, nobody is worse off than without trading."""

from __future__ import annotations

import numpy as np

from p2pdnr.coordination.central import solve
from p2pdnr.coordination.duality import bound, near
from p2pdnr.coordination.problem import Problem, build_problem
from p2pdnr.errors import P2pdnrError
from p2pdnr.market import settlement
from p2pdnr.market.responses import ProsumerBlock, prosumer_block
from p2pdnr.market.settlement import best_response_eur, retail_only_eur
from p2pdnr.network.arrays import Floats
from p2pdnr.results.study_result import StudyResult, Tables
from p2pdnr.results.summary import costs_eur
from p2pdnr.verification.finding import Finding
from p2pdnr.verification.plan import Plan

CLOSE = 1e-4
"""Of the sum of the cost parts: a gap that a lower bound shows to be no larger needs no optimum to compare with."""

LARGEST_CENTRAL = 50_000
"""Prosumers and pairs times hours up to which both levels are solved together; 300 prosumers with 1,600 pairs take 6 s,
1,000 with 5,300 pairs half a minute and 1.8 GB."""

LOOSE_CONE_PU2 = 1e-3
"""From here on the centralised relaxation is no optimum that the plan could reach."""

RESPECTED = 1e-4
"""Of the sum of the cost parts: how far below a lower bound rounding may bring a cost."""

STATED_EUR = 1e-2
"""By how much a stated bill of the retailer alone may differ from the recomputed one; what is too little to count."""

DUALITY = "a lower bound by weak duality at the plan's prices"
BILL_ITEMS = ["retail_eur", "trades_eur", "fees_eur", "network_eur", "own_costs_eur"]


def is_loose(cone_gap_pu2: float | None) -> bool:
    """Whether a centralised relaxation with this gap of its cones is no optimum that the plan could reach."""
    return cone_gap_pu2 is not None and cone_gap_pu2 > LOOSE_CONE_PU2


def regret(plan: Plan, tables: Tables) -> Finding:
    """The most any prosumer, in EUR, could save by another plan at the final trade prices and network charges."""
    try:
        best = best_response_eur(_block(plan), _price_eur(plan), _charge_eur(plan))
    except P2pdnrError as error:
        return Finding(None, str(error))
    saved = tables.bills["total_eur"].to_numpy() - best
    limit = negligible_eur(tables)
    who = _worst(saved, limit)
    detail = f"{plan.terms[who].name}, whose best answer costs {best[who]:.2f} EUR"
    return Finding(float(saved[who]), detail, limit=float(limit[who]))


def negligible_eur(tables: Tables) -> Floats:
    """(K,) what a prosumer may lose: a thousandth of what it turns over, the sum of its bill's items without their
    signs, or of what prosumers turn over on average, at least a cent."""
    return settlement.negligible_eur(tables.bills[BILL_ITEMS].to_numpy(dtype=np.float64).T)


def _worst(loss: Floats, limit: Floats) -> int:
    """Who is furthest beyond its limit, else who loses most."""
    beyond = loss / limit
    return int(beyond.argmax() if beyond.max() > 1.0 else loss.argmax())


def rationality(plan: Plan, tables: Tables) -> Finding:
    """The most any prosumer pays, in EUR, beyond what it would pay with the retailer alone at the same charges;
    negative when all are better off. What bills.csv states about the retailer alone must be true."""
    block, charge = _block(plan), _charge_eur(plan)
    alone = {
        "retail_only_eur": retail_only_eur(block, charge),
        "retail_only_uncharged_eur": retail_only_eur(block, np.zeros_like(charge)),
    }
    loss, limit = tables.bills["total_eur"].to_numpy() - alone["retail_only_eur"], negligible_eur(tables)
    worst = _worst(loss, limit)
    worse = [f"{plan.terms[k].name} by {loss[k]:.2f} EUR" for k in np.argsort(-loss) if loss[k] > STATED_EUR]
    for column, true in alone.items():
        off = np.abs(tables.bills[column].to_numpy() - true)
        if off.max() > STATED_EUR:
            who = int(off.argmax())
            stated = tables.bills[column].iloc[who]
            detail = f"{column} of {plan.terms[who].name} is {true[who]:.2f} EUR and not {stated:.2f} EUR"
            return Finding(float(loss[worst]), detail, holds=False, limit=float(limit[worst]))
    detail = f"worse off than with the retailer alone: {', '.join(worse[:5])}" if worse else ""
    return Finding(float(loss[worst]), detail, limit=float(limit[worst]))


def _block(plan: Plan) -> ProsumerBlock:
    return prosumer_block(plan.terms, plan.trading)


def _price_eur(plan: Plan) -> Floats:
    """(E, T) EUR per kW traded over a step."""
    return np.ascontiguousarray(plan.scenario.step_h * plan.price_eur_per_kwh.T)


def _charge_eur(plan: Plan) -> Floats:
    """(K, T) EUR per kW withdrawn over a step at each prosumer's bus."""
    return np.ascontiguousarray(plan.scenario.step_h * plan.charge_eur_per_kwh[:, plan.prosumer_bus].T)


def _bus_charge_eur(plan: Plan) -> Floats:
    """(n, T) EUR per kW withdrawn over a step at each bus."""
    return np.ascontiguousarray(plan.scenario.step_h * plan.charge_eur_per_kwh.T)


def central(plan: Plan, result: StudyResult) -> tuple[Finding, Finding]:
    """Gap to the centralised optimum of the same schedule, relative to the sum of the cost parts without their signs,
    and the gap of that optimum's cones in p.u.^2.

    The plan's cost is that of its AC power flow; it may be below the optimum (a negative gap) because the convex
    problem keeps the lossless voltage, which is never below the true one, within the upper limit.

    Weak duality at the plan's own prices bounds the gap from above in a fraction of the time, and is enough where it is
    close, or where the market is too large to be solved as one. It is tried by arithmetic first, at the plan's own
    power flow: a plan that reaches that bound is itself an optimum of the relaxation, and its cones are as tight as its
    power flow is exact.
    """
    costs = costs_eur(plan.scenario, plan.network, result.tables)
    problem = build_problem(plan.scenario, plan.network, p2p=len(plan.pairs) > 0)
    size = (len(plan.terms) + len(plan.pairs)) * len(plan.closed)
    found = _at_the_plan(problem, plan, costs)
    if not _is_close(found) and (found[0].value is None or size > LARGEST_CENTRAL):
        found = _by_duality(problem, plan, costs)
    return found if _is_close(found) or size > LARGEST_CENTRAL else _together(plan, costs)


def _is_close(found: tuple[Finding, Finding]) -> bool:
    gap, cone_gap = found
    return gap.value is not None and abs(gap.value) <= CLOSE and not is_loose(cone_gap.value)


def _together(plan: Plan, costs: dict[str, float]) -> tuple[Finding, Finding]:
    """Both findings by solving both levels as one programme."""
    try:
        optimum = solve(plan.scenario, plan.network, plan.closed, p2p=len(plan.pairs) > 0)
    except P2pdnrError as error:
        return Finding(None, str(error)), Finding(None, str(error))
    return _compared(costs, optimum.objective_eur, optimum.cone_gap, "possible")


def _at_the_plan(problem: Problem, plan: Plan, costs: dict[str, float]) -> tuple[Finding, Finding]:
    """Both findings by the best answers to the plan's prices and charges, the operator's bounded by arithmetic."""
    prices = (_price_eur(plan), _bus_charge_eur(plan))
    try:
        found = near(problem, plan.closed, prices, np.ascontiguousarray(plan.day["injection_kw"].T))
    except P2pdnrError as error:
        return Finding(None, str(error)), Finding(None, str(error))
    if found is None:
        return Finding(None, "no multipliers"), Finding(None, "no multipliers")
    return _compared(costs, found.total_eur, found.cone_gap, DUALITY)


def _by_duality(problem: Problem, plan: Plan, costs: dict[str, float]) -> tuple[Finding, Finding]:
    """Both findings by the best answers to the plan's prices and charges: the gap is no larger than what is found."""
    try:
        found = bound(problem, plan.closed, _price_eur(plan), _bus_charge_eur(plan))
    except P2pdnrError as error:
        return Finding(None, str(error)), Finding(None, str(error))
    return _compared(costs, found.total_eur, found.cone_gap, DUALITY)


def _compared(costs: dict[str, float], least_eur: float, cone_gap: float, what: str) -> tuple[Finding, Finding]:
    """The findings of a plan whose optimum is ``least_eur``, or no less, with cones that loose."""
    reached = sum(costs.values()) - costs["switching"]
    gap = (reached - least_eur) / max(1.0, sum(abs(value) for value in costs.values()))
    detail = f"{reached:.3f} EUR reached, {least_eur:.3f} EUR {what}"
    if not is_loose(cone_gap):
        return Finding(gap, detail), Finding(cone_gap)
    # a loose cone burns power that no grid burns: its optimum is a bound from below, which the plan must respect
    respected = gap >= -RESPECTED
    loose = "the relaxation is loose here: its optimum is a lower bound only, the plan keeps to the exact power flow"
    fails = None if respected else False
    return Finding(gap, f"{detail}; {loose}", fails, unshown=True), Finding(cone_gap, loose, fails, unshown=True)
