"""Every certificate of a result, from its scenario, network and tables alone: what it measures and its limit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from p2pdnr.coordination.plans.settings import AcceptanceSettings
from p2pdnr.market.private_columns import hourly
from p2pdnr.market.terms import ProsumerTerms, largest_powers_kw
from p2pdnr.network.arrays import Floats
from p2pdnr.network.generators import is_held
from p2pdnr.results.claims import HOLDS, NOT_SHOWN, State, state_of
from p2pdnr.results.money import CERTIFICATES, in_money, text_in_money
from p2pdnr.results.study_result import StudyResult
from p2pdnr.scenario.money import times, unit_eur
from p2pdnr.verification import grid, held_voltages, levers, loops, market, optimum, reactive, secure, switching
from p2pdnr.verification.charges import charges, counted_on
from p2pdnr.verification.finding import Finding, Rule
from p2pdnr.verification.judge import judge_hourly
from p2pdnr.verification.plan import Plan, read_plan
from p2pdnr.verification.rank import rank
from p2pdnr.verification.refund import refund
from p2pdnr.verification.rescheduling import rescheduling
from p2pdnr.verification.roles.examine import of_role
from p2pdnr.verification.roles.examined import Examined
from p2pdnr.verification.roles.rules import ROLE_RULES


@dataclass(frozen=True)
class Certificate:
    """One examined property of a result.

    ``value`` is what was measured (None: it could not be), ``limit`` the largest value allowed (None: a quantity to be
    known, not a deviation), ``state`` the verdict ("holds", "does not hold", "not shown"), ``text`` what it means and
    where the worst stands, ``reason`` why it is not shown where it is not.
    """

    name: str
    value: float | None
    limit: float | None
    state: State
    text: str
    reason: str = ""

    @property
    def holds(self) -> bool:
        """Whether it was examined and holds."""
        return self.state == HOLDS


DEFAULT_TOLERANCE_KW = 0.05
PRICE_SHARE = 1e-3
WIDEST_SHARE = 0.05
NO_CHARGE = 1e-9
"""EUR/kWh: what is no charge, up to rounding."""

RULES: dict[str, Rule] = {
    "radial": Rule(0.0, "hours whose closed lines are no spanning tree, or whose switching breaks a rule"),
    "ac_voltage_pu": Rule(1e-6, "largest difference from pandapower's voltages, p.u."),
    "ac_loss_kw": Rule(1e-3, "largest difference from pandapower's losses, kW"),
    "balance_kw": Rule(1e-3, "largest residual of any balance or limit of prosumers, buses and lines, kW"),
    "reciprocity_kw": Rule(1e-3, "largest difference between what one sells and its partners buy, kW"),
    "primal_kw": Rule(
        AcceptanceSettings.moved_times * DEFAULT_TOLERANCE_KW,
        "largest disagreement of two copies before projection, kW",
    ),
    "dual": Rule(1e-2, "dual residual at the end of the negotiation, EUR/kWh"),
    "gap_central": Rule(
        optimum.GAP_LIMIT, "cost above the centralised optimum of the same schedule, share of the sum of cost parts"
    ),
    "cone_gap": Rule(1e-3, "largest gap of a cone of the centralised optimum, p.u.^2"),
    "regret": Rule(1e-2, "the most a prosumer could save at the final prices by another plan, EUR"),
    "budget_eur": Rule(1e-2, "largest error of a bill, or imbalance of the trades' payments, EUR"),
    "rationality_eur": Rule(1e-2, "the most a prosumer pays beyond the retailer alone at the same charges, EUR"),
    "rank": Rule(None, "largest place of an hour's topology among all by loss and violation, stated truly"),
    "violations": Rule(
        None, "largest voltage violation (p.u.) or overload (share of the limit), priced and stated truly"
    ),
    "charges": Rule(
        1e-4,
        "largest difference of a network charge's part from what a kWh more costs the operator, share of the highest",
    ),
}
"""Certificates in the order they are shown."""

ON_REQUEST: dict[str, Rule] = {
    "lower_bound": Rule(None, "cost above what any plan of this mode costs at least, share of the sum of cost parts"),
    "reactive_kvar": Rule(
        1e-3,
        "largest reactive power beyond an inverter's kVA, or off its Volt-VAR curve at pandapower's voltages, kvar",
    ),
    "held_voltages_pu": Rule(
        1e-6, "largest difference from the voltage that a generator holds where its limits let it, by pandapower, p.u."
    ),
    "levers": Rule(0.0, "hours in which levers move otherwise than is stated, or than the rules on their steps allow"),
    "reschedule_eur": Rule(None, "what another schedule would still save at the plan's own injections, EUR"),
    "secure": Rule(
        None, "share of unseen days on which a limit of voltage or current breaks, by the bus admittance matrix"
    ),
    "refund_eur": Rule(1e-2, "largest error of what the operator gives back, in all or to one prosumer, EUR"),
}
"""Certificates of results that claim more; they stand after the others."""

EVERY = RULES | ON_REQUEST | ROLE_RULES
"""All of them; those of the operator's role stand last."""


def verify(result: StudyResult, costs_eur: Floats | None = None) -> dict[str, Certificate]:
    """Recompute every certificate of ``result``; nothing is taken from its summary but the claims that are examined.

    ``costs_eur`` (n_trees, T) spares a study the second evaluation of all radial topologies at the dispatched
    injections (rows as in :func:`p2pdnr.reconfiguration.topologies.ranking.all_trees`); they are computed where it is
    not given.

    ``result``'s tables must fit its scenario, as those of :func:`p2pdnr.results.folder.load` do.
    """
    unit = unit_eur(result.scenario)
    if unit != 1.0:
        costs = None if costs_eur is None else costs_eur / unit
        return {name: _in_money(item, unit) for name, item in verify(in_money(result, 1.0 / unit), costs).items()}
    with np.errstate(all="ignore"):  # what is not finite is an answer, and none that holds
        findings = examine(result, costs_eur)
    every = [name for name in EVERY if name in findings]
    return {name: _certificate(name, findings[name], _limit(name, result)) for name in every}


def _in_money(item: Certificate, unit: float) -> Certificate:
    """A certificate of a result in units of ``unit`` EUR, its value and limit in EUR."""
    item = replace(item, text=text_in_money(item.text, unit), reason=text_in_money(item.reason, unit))
    if item.name not in CERTIFICATES:
        return item
    return replace(item, value=times(item.value, unit), limit=times(item.limit, unit))


def examine(result: StudyResult, costs_eur: Floats | None = None) -> dict[str, Finding]:
    """The finding behind every certificate."""
    plan, tables = read_plan(result), result.tables
    judged = judge_hourly(plan.hourly, plan.closed, plan.withdrawal_kw, plan.withdrawal_kvar)
    (gap_central, cone_gap), orders = loops.central(plan, result), optimum.orders(plan, result)
    stated_eur = float(result.summary.get("costs_eur", {}).get("violations", 0.0))
    bounded = {} if result.summary.get("lower_bound_eur") is None else {"lower_bound": loops.lower_bound(plan, result)}
    if result.summary.get("reschedule_eur") is not None:
        bounded["reschedule_eur"] = rescheduling(plan, result)
    if result.summary.get("secure") is not None:
        bounded["secure"] = secure.secure(result)
    if is_apart(result):
        gap_central = _distance(gap_central, result.scenario.dso.role)
    if result.scenario.dso.refund != "none" or "refund_eur" in tables.bills:
        bounded["refund_eur"] = refund(plan, tables)
    if plan.positions is not None:
        bounded["levers"] = levers.levers(plan, tables)
    if is_held(plan.network):
        bounded["held_voltages_pu"] = held_voltages.held_voltages(plan.network, judged)
    if reactive.is_stated(result):
        bounded["reactive_kvar"] = reactive.reactive(plan, judged, result)
    findings = bounded | {
        "radial": _radial(plan, result),
        "ac_voltage_pu": grid.ac_voltage(plan, judged, tables),
        "ac_loss_kw": grid.ac_loss(plan, judged, tables),
        "balance_kw": _larger(market.balance(plan), grid.flow_balance(plan)),
        "reciprocity_kw": _reciprocity(plan, result),
        "primal_kw": _primal(plan, result),
        "dual": _dual(plan, result),
        "budget_eur": market.budget(plan, tables),
        "gap_central": gap_central,
        "cone_gap": cone_gap,
        "regret": optimum.regret(plan, tables, orders=orders),
        "rationality_eur": optimum.rationality(plan, tables, orders),
        "rank": loops.rank(plan, tables) or rank(plan, tables, costs_eur, result.topologies.get("loss_kw")),
        "violations": grid.violations(plan, judged, tables, stated_eur),
        "charges": _charges(plan, result),
    }
    findings = held_voltages.doubted(plan.network, findings, RULES)
    return findings if result.scenario.dso.role == "welfare" else of_role(Examined(result, plan, judged), findings)


def claims(certificates: dict[str, Certificate]) -> dict[str, dict[str, Any]]:
    """Certificates as summary.json states them."""
    return {
        name: {"value": item.value, "limit": item.limit, "holds": item.holds, "state": item.state}
        | ({"reason": item.reason} if item.reason else {})
        for name, item in certificates.items()
    }


def from_claims(stated: Mapping[str, Mapping[str, Any]]) -> dict[str, Certificate]:
    """The certificates that summary.json states, without where the worst stands."""
    return {
        name: Certificate(
            name,
            claim.get("value"),
            claim.get("limit"),
            state_of(claim),
            EVERY[name].text + (f" ({claim['reason']})" if claim.get("reason") else ""),
            str(claim.get("reason", "")),
        )
        for name, claim in stated.items()
    }


def _certificate(name: str, finding: Finding, limit: float | None) -> Certificate:
    limit = limit if finding.limit is None else finding.limit
    state = finding.state(limit)
    value = finding.value if finding.value is not None and np.isfinite(finding.value) else None
    detail = f" ({finding.detail})" if finding.detail else ""
    reason = finding.detail if state == NOT_SHOWN else ""
    return Certificate(name, value, limit, state, EVERY[name].text + detail, reason)


def _limit(name: str, result: StudyResult) -> float | None:
    """The rule's limit, None for a distance that is no deviation."""
    return None if name == "gap_central" and is_apart(result) else EVERY[name].limit


def _primal_limit_kw(result: StudyResult, terms: Sequence[ProsumerTerms]) -> float:
    return AcceptanceSettings.moved_times * _tolerance_kw(result, terms)


def _tolerance_kw(result: StudyResult, terms: Sequence[ProsumerTerms]) -> float:
    """What was asked for, capped; a result that does not say so is judged by the default."""
    stated = result.summary.get("tolerance_kw")
    asked = DEFAULT_TOLERANCE_KW if stated is None else float(stated)
    return min(asked, widest_tolerance_kw(terms))


def widest_tolerance_kw(terms: Sequence[ProsumerTerms]) -> float:
    """No plan of prosumers is judged by a wider tolerance, whatever was asked for: a share of the largest power that
    one of them could inject or withdraw, at least the default."""
    largest_kw = float(largest_powers_kw(terms).max())
    return max(DEFAULT_TOLERANCE_KW, WIDEST_SHARE * largest_kw)


def is_apart(result: StudyResult) -> bool:
    """Whether market and grid were not brought to one optimum together, so that a gap to it is no deviation."""
    return result.scenario.dso.role != "welfare" or is_uncoordinated(result)


def is_uncoordinated(result: StudyResult) -> bool:
    """Whether trading took no notice of the grid: the result says so, and there are no charges."""
    charge = result.tables.buses["charge_eur_per_kwh"]
    return result.summary.get("coordinated") is False and bool((charge.abs() <= NO_CHARGE).all())


def _distance(gap: Finding, role: str) -> Finding:
    """Of a plan that was never coordinated: how far it is from the optimum is a quantity to be known; below it would be
    an error."""
    below = gap.value is None or not gap.value >= -optimum.RESPECTED
    apart = "trading took no notice of the grid" if role == "welfare" else f"the operator's role is {role}"
    return Finding(gap.value, f"{apart}: {gap.detail}", holds=False if below else None, unshown=True)


def _larger(*findings: Finding) -> Finding:
    return max(findings, key=lambda finding: np.inf if finding.value is None else finding.value)


def _radial(plan: Plan, result: StudyResult) -> Finding:
    found = grid.radial(plan)
    objections = switching.objections(plan, result.tables, str(result.summary.get("mode")))
    if not objections:
        return found
    return Finding(max(found.value or 0.0, 1.0), found.detail or objections[0])


def _reciprocity(plan: Plan, result: StudyResult) -> Finding:
    stranger = market.wrong_partners(plan, plan.partners if result.summary.get("p2p", True) else plan.partners[:0])
    return Finding(None, stranger) if stranger else market.reciprocity(plan)


def _primal(plan: Plan, result: StudyResult) -> Finding:
    """Largest disagreement of the copies behind the plan: of trades (trades.csv), and of injections, as dispatched and
    as the operator counted on them (warm.npz)."""
    apart, limit_kw = np.abs(plan.copies_kw[0] - plan.copies_kw[1]), _primal_limit_kw(result, plan.terms)
    injection_kw = plan.day["injection_kw"].T
    wanted_kw = result.arrays.get("wanted_kw", injection_kw)
    if wanted_kw.shape != injection_kw.shape:
        return Finding(None, "the operator's copies do not fit the prosumers", limit=limit_kw)
    of_trades = Finding(float(apart.max(initial=0.0)), "trades", limit=limit_kw)
    return _larger(of_trades, Finding(float(np.abs(wanted_kw - injection_kw).max()), "injections", limit=limit_kw))


def _charges(plan: Plan, result: StudyResult) -> Finding:
    """Of the copies that the operator answered with, which ``primal_kw`` holds against the plan."""
    wanted_kw, apart_kw = result.arrays.get("wanted_kw", np.zeros(0)), _primal_limit_kw(result, plan.terms)
    coordinated = result.summary.get("coordinated") is not False
    return charges(counted_on(plan, wanted_kw, apart_kw), result.tables, _tolerance_kw(result, plan.terms), coordinated)


def _dual(plan: Plan, result: StudyResult) -> Finding:
    """Of the last iteration that was within the tolerance: later ones tried schedules that were not taken."""
    rows = result.tables.convergence.dropna(subset=["primal", "dual"])
    if not len(rows):
        return Finding(None, "nothing was negotiated")
    agreed = rows[rows["primal"] <= _primal_limit_kw(result, plan.terms)]
    last = agreed if len(agreed) else rows
    limit = max(RULES["dual"].limit or 0.0, PRICE_SHARE * highest_eur_per_kwh(plan))
    return Finding(float(last["dual"].iloc[-1]), f"iteration {last['iteration'].iloc[-1]}", limit=limit)


def highest_eur_per_kwh(plan: Plan) -> float:
    """The highest price in use: of pairs, and charges where prosumers sit, which budget and regret judge. At most what
    the scenario itself could bring about: its tariffs, or every bus at the price of violations."""
    in_use = (plan.price_eur_per_kwh, plan.charge_eur_per_kwh[:, plan.prosumer_bus])
    highest = max(float(np.abs(values).max(initial=0.0)) for values in in_use)
    tariffs = [np.abs(hourly(plan.terms, name)).max() for name in ("buy_eur_per_kwh", "sell_eur_per_kwh")]
    dearest = plan.network.n_buses * plan.scenario.dso.violation_price_eur_per_kwh
    return min(highest, max(dearest, *map(float, tariffs)))
