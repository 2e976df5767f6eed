"""Certificates of the operator as leader: what it collects, and how much cheaper it could be at most."""

from __future__ import annotations

import numpy as np

from p2pdnr.coordination.problem import build_problem
from p2pdnr.coordination.roles.leader_bound import EXACT, repeated_eur
from p2pdnr.coordination.roles.regret import Known
from p2pdnr.coordination.roles.shared_shortages import possible_answers
from p2pdnr.coordination.schedule.tree_costs import every_tree
from p2pdnr.errors import P2pdnrError
from p2pdnr.market.kernel_arrays import COLUMNS
from p2pdnr.market.prosumer import QUANTITIES
from p2pdnr.results.summary import prosumer_costs_eur, switching_eur, violations_eur
from p2pdnr.verification.finding import Finding, not_shown, same, within
from p2pdnr.verification.refund import used_kw
from p2pdnr.verification.roles.examined import Examined

GAP_LIMIT = 0.03
"""Of the operator's cost: a larger gap does not show that the leader is near its best."""

REFUND_EUR = 1e-2
"""A refund to all that is worth no word."""

ROUNDING, SEARCHED, RESPECTED = 1e-6, 1e-4, 1e-4
"""Of the operator's cost, at least of 1 EUR: how far the stated bound may be above the repeated one, where a search is
repeated, and the cost below it."""


def findings(examined: Examined) -> dict[str, Finding]:
    """Of a leader's result: ``revenue`` and ``leader_gap``; ``regret`` is that of every result."""
    cost_eur = operator_cost_eur(examined)
    return {"revenue": revenue(examined, cost_eur), "leader_gap": leader_gap(examined, cost_eur)}


def doubts(examined: Examined) -> dict[str, str]:
    """Which findings of every result show nothing here, and why: a leader's followers answer to charges alone, and a
    refund by use pays them for using more."""
    scenario, bills = examined.plan.scenario, examined.result.tables.bills
    if scenario.dso.refund != "use" or "refund_eur" not in bills:
        return {}
    back_eur = -float(bills["refund_eur"].sum())
    if not back_eur > REFUND_EUR:
        return {}
    used_kwh = scenario.step_h * float(used_kw(examined.plan).sum())
    more_eur = back_eur / max(used_kwh, 1e-3)
    paid = f"a refund by use pays up to {more_eur:.4f} EUR for a kWh more"
    return {"regret": f"{paid} that is used, which the answers to the charges do not count on"}


def operator_cost_eur(examined: Examined) -> float:
    """Losses and violations in pandapower's state of the plan, and switching; NaN where that has no solution."""
    scenario, plan, judged = examined.plan.scenario, examined.plan, examined.judged
    lost_kwh = scenario.step_h * float(judged.loss_kw.sum())
    broken_eur = violations_eur(scenario, plan.network, judged.vm_pu, judged.current_a)
    switched_eur = switching_eur(scenario, plan.network, plan.closed)
    return scenario.dso.loss_price_eur_per_kwh * lost_kwh + broken_eur + switched_eur


def highest_charge_eur_per_kwh(examined: Examined) -> float:
    """The scenario's cap; without one the highest price at which anybody buys."""
    stated = examined.plan.scenario.dso.max_charge_eur_per_kwh
    return max(float(np.max(terms.buy_eur_per_kwh)) for terms in examined.plan.terms) if stated is None else stated


def revenue(examined: Examined, cost_eur: float) -> Finding:
    """The largest excess, as a share: of what prosumers pay for the network, injections earning the charge, beyond the
    operator's cost, or of a charge beyond zero or the cap."""
    if not np.isfinite(cost_eur):
        return Finding(None, "the plan has no power flow solution")
    plan, cap = examined.plan, highest_charge_eur_per_kwh(examined)
    charge = plan.charge_eur_per_kwh
    withdrawn_kw = -plan.day["injection_kw"]
    collected_eur = plan.scenario.step_h * float((charge[:, plan.prosumer_bus] * withdrawn_kw).sum())
    outside = max(float(charge.max()) - cap, -float(charge.min()))
    excess = {
        f"{collected_eur:.2f} EUR are collected, the operator's cost is {cost_eur:.2f} EUR": (collected_eur - cost_eur)
        / max(1.0, cost_eur),
        f"charges from {charge.min():.4f} to {charge.max():.4f} EUR per kWh, the highest allowed is {cap:.4f}": outside
        / max(cap, 1e-3),
    }
    detail = max(excess, key=lambda text: excess[text])
    return Finding(excess[detail], detail)


def leader_gap(examined: Examined, cost_eur: float) -> Finding:
    """Distance of the operator's cost to the stated bound, as a share of that cost; holds where the stored prices prove
    the bound again, the plan does not cost less, and the gap is small."""
    told, scale = examined.result.summary.get("role", {}), max(1.0, cost_eur)
    stated_eur = told.get("lower_bound_eur")
    if stated_eur is None:
        stated = told.get("gap")
        return (
            not_shown("no bound is stated") if stated is None else Finding(None, "a gap without a bound", holds=False)
        )
    gap = (cost_eur - float(stated_eur)) / scale
    if not same(told.get("gap"), gap, abs_=RESPECTED):
        return Finding(gap, f"the gap is stated as {told.get('gap')}", holds=False)
    objection = _unproved(examined, float(stated_eur), cost_eur)
    if objection:
        return Finding(gap, objection, holds=False)
    detail = f"at no charges up to the cap does the operator pay less than {stated_eur:.2f} EUR"
    if not within(-RESPECTED, gap):
        return Finding(gap, detail, holds=False)
    far = f"{detail}; so large a gap does not show that the leader is near its best"
    return Finding(gap, detail) if within(gap, GAP_LIMIT) else Finding(gap, far, unshown=True)


def _unproved(examined: Examined, stated_eur: float, cost_eur: float) -> str:
    """Why the stored prices do not prove the bound, empty where they do."""
    result = examined.result
    problem = build_problem(result.scenario, result.network, bool(result.summary.get("p2p", True)))
    all_ = possible_answers(problem, highest_charge_eur_per_kwh(examined))
    known = _known(examined, cost_eur)
    try:
        proved_eur = repeated_eur(all_, every_tree(problem), str(result.summary["mode"]), known, result.arrays)
    except (ValueError, P2pdnrError) as error:
        return f"the bound cannot be repeated: {error}"
    rounding = SEARCHED if EXACT in result.arrays else ROUNDING
    if within(stated_eur, proved_eur + rounding * max(1.0, cost_eur)):
        return ""
    return f"{stated_eur:.4f} EUR are stated, the stored prices prove {proved_eur:.4f} EUR"


def _known(examined: Examined, cost_eur: float) -> Known:
    """The plan as a bound may compare answers with it."""
    plan, result = examined.plan, examined.result
    columns = np.zeros((len(plan.terms), plan.scenario.hours, COLUMNS))
    for place, name in enumerate(QUANTITIES):
        columns[:, :, place] = plan.day[name].T
    paid = prosumer_costs_eur(result.scenario, result.tables)
    prosumers_eur = float(sum(values.sum() for values in paid.values()))
    return Known(plan.closed, plan.day["injection_kw"].T, columns, cost_eur, prosumers_eur)
