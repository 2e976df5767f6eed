"""What holds at an optimum: nobody could do better at the final prices, nobody is worse off than without trading."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from p2pdnr.coordination.optimality.central import solve_problem
from p2pdnr.coordination.optimality.duality import DualBound, Stand, capability_kw, exact, near
from p2pdnr.coordination.optimality.nearby import cheaper_plan_eur
from p2pdnr.coordination.problem import CoordinationProblem, Known, at_positions, build_problem, without_choice
from p2pdnr.errors import P2pdnrError
from p2pdnr.market import settlement
from p2pdnr.market.best_bill import furthest, savings_eur
from p2pdnr.market.inverters import DEVICES, Inverters, inverters, orders_eur, price_of_active, priced
from p2pdnr.market.responses import ProsumerBlock
from p2pdnr.market.settlement import retail_only_eur
from p2pdnr.network.arrays import Floats
from p2pdnr.results.claims import HOLDS
from p2pdnr.results.study_result import StudyResult, Tables
from p2pdnr.results.summary import costs_eur, operator_schedule_eur, scale_eur
from p2pdnr.verification.finding import Finding
from p2pdnr.verification.market import paid_back_eur
from p2pdnr.verification.plan import Plan

CLOSE = 1e-4
"""Of the sum of the cost parts: a gap that a lower bound shows to be no larger needs no optimum to compare with."""

LARGEST_CENTRAL = 50_000
"""Prosumers and pairs times hours up to which both levels are solved together; 300 prosumers with 1,600 pairs take 6 s,
1,000 with 5,300 pairs half a minute and 1.8 GB."""

LOOSE_CONE_PU2 = 1e-3
"""From here on the centralised relaxation is no optimum that the plan could reach."""

GAP_LIMIT = 1e-3
"""Of the sum of the cost parts: what a plan may cost above the optimum of its schedule."""

ENOUGH = 2.5e-4
"""Of the same: how near to the operator's best answer its bound is brought where cones are loose."""

RESPECTED = 1e-4
"""Of the sum of the cost parts: how far below a lower bound rounding may bring a cost."""

DUALITY = "a lower bound by weak duality at the plan's prices"
BRANCHED = "a lower bound by weak duality at the plan's prices, the operator's answers searched on the exact power flow"
BILL_ITEMS = ["retail_eur", "trades_eur", "fees_eur", "network_eur", "own_costs_eur"]


def is_loose(cone_gap_pu2: float | None) -> bool:
    """Whether a centralised relaxation with this gap of its cones is no optimum that the plan could reach."""
    return cone_gap_pu2 is not None and cone_gap_pu2 > LOOSE_CONE_PU2


@dataclass(frozen=True, eq=False)
class Orders:
    """Reactive power that inverters have to give: ``kvar`` (K, T), and ``active_eur``, ``reactive_eur`` (K, T) prices
    of their active and reactive power per kW and kvar over a step, at which bounds are taken; any prices give one."""

    inverters: Inverters
    kvar: Floats
    active_eur: Floats
    reactive_eur: Floats


def orders(plan: Plan, result: StudyResult) -> Orders | None:
    """The operator's orders, None where it does not choose reactive power."""
    behind = inverters(plan.scenario, plan.prosumer_bus)
    if not behind.dispatched:
        return None
    kvar = plan.day.get("reactive_kvar", np.zeros_like(plan.day["injection_kw"]))
    of_devices = _stored(result, "inverter_device_eur", (*kvar.T.shape, len(DEVICES)))
    of_circle = _stored(result, "inverter_circle_eur", kvar.T.shape)
    return Orders(behind, np.ascontiguousarray(kvar.T), price_of_active(behind, of_devices), -of_circle)


def _stored(result: StudyResult, name: str, shape: tuple[int, ...]) -> Floats:
    """An array of warm.npz, zeros where there is none of this shape."""
    stored = result.arrays.get(name)
    return stored if stored is not None and stored.shape == shape else np.zeros(shape)


def regret(plan: Plan, tables: Tables, block: ProsumerBlock | None = None, orders: Orders | None = None) -> Finding:
    """The most any prosumer, in EUR, could save by another plan at the final trade prices and network charges: its bill
    less a lower bound on the bills of all its plans, by arithmetic. What the operator pays back is left out: it comes
    whatever a prosumer does. ``block``: the market, where the scenario does not say all of it. Whoever has ``orders``
    has no plan whose active power leaves less than these ask for.
    """
    block = block or plan.market
    bill, limit = _bill_eur(tables), _negligible_eur(block, tables)
    ordered = np.zeros_like(bill) if orders is None else orders_eur(orders.inverters, orders.kvar, orders.active_eur)
    judged = block if orders is None else priced(block, orders.active_eur)
    try:
        least = plan.bills.least_eur if judged is plan.market else None
        saved = savings_eur(judged, (plan.price_eur_per_kw, plan.charge_eur_per_kw), bill + ordered, limit, least)
    except P2pdnrError as error:
        return Finding(None, str(error))
    who = furthest(saved, limit)
    detail = f"{plan.terms[who].name}, who cannot pay less than {bill[who] - saved[who]:.2f} EUR"
    return Finding(float(saved[who]), detail, limit=float(limit[who]))


def _bill_eur(tables: Tables) -> Floats:
    """(K,) the bills without what the operator pays back."""
    return np.asarray(tables.bills["total_eur"].to_numpy(dtype=np.float64) - paid_back_eur(tables))


def _negligible_eur(block: ProsumerBlock, tables: Tables) -> Floats:
    """(K,) what each prosumer may lose."""
    return settlement.negligible_eur(block, tables.bills[BILL_ITEMS].to_numpy(dtype=np.float64).T)


def rationality(plan: Plan, tables: Tables, orders: Orders | None = None) -> Finding:
    """The most any prosumer pays, in EUR, beyond what it would pay with the retailer alone at the same charges;
    negative when all are better off, what the operator pays back left out. What bills.csv states about the retailer
    alone must be true. Whoever has ``orders`` to give reactive power would have them with the retailer alone as well.
    """
    block, charge = plan.market, plan.charge_eur_per_kw
    alone = {
        "retail_only_eur": retail_only_eur(block, charge),
        "retail_only_uncharged_eur": retail_only_eur(block, np.zeros_like(charge)),
    }
    least_eur = alone["retail_only_eur"] if orders is None else _alone_eur(block, charge, orders)
    loss, limit = _bill_eur(tables) - least_eur, _negligible_eur(block, tables)
    worst, little = furthest(loss, limit), settlement.LEAST_KWH * settlement.worth_eur_per_kwh(block.terms)
    worse = [f"{plan.terms[k].name} by {loss[k]:.2f} EUR" for k in np.argsort(-loss) if loss[k] > little[k]]
    for column, true in alone.items():
        off = np.abs(tables.bills[column].to_numpy() - true) / little
        if not off.max() <= 1.0:
            who = int(off.argmax())
            stated = tables.bills[column].iloc[who]
            detail = f"{column} of {plan.terms[who].name} is {true[who]:.2f} EUR and not {stated:.2f} EUR"
            return Finding(float(loss[worst]), detail, holds=False, limit=float(limit[worst]))
    detail = f"worse off than with the retailer alone: {', '.join(worse[:5])}" if worse else ""
    return Finding(float(loss[worst]), detail, limit=float(limit[worst]))


def _alone_eur(block: ProsumerBlock, charge_eur: Floats, orders: Orders) -> Floats:
    """(K,) what no bill with the retailer alone is below, at charges (K, T) and with orders."""
    ordered_eur = orders_eur(orders.inverters, orders.kvar, orders.active_eur)
    return np.asarray(retail_only_eur(priced(block, orders.active_eur), charge_eur) - ordered_eur)


def _bus_charge_eur(plan: Plan) -> Floats:
    """(n, T) EUR per kW withdrawn over a step at each bus."""
    return np.ascontiguousarray(plan.scenario.step_h * plan.charge_eur_per_kwh.T)


def central(plan: Plan, result: StudyResult) -> tuple[Finding, Finding]:
    """Gap to the centralised optimum of the same schedule, relative to the sum of the cost parts without their signs,
    and the gap of the cones it rests on in p.u.^2. Both levels are held to the true limits.

    Weak duality at the plan's own prices bounds the gap from above in a fraction of the time, and is enough where it is
    close, or where the market is too large to be solved as one. It is tried by arithmetic first, at the plan's own
    power flow: a plan that reaches that bound is itself an optimum of the relaxation, and its cones are as tight as its
    power flow is exact. Hours in which a limit loosens the cone are then searched on the exact power flow: a plan whose
    prosumers and whose operator have no better answer to its prices is an optimum, whatever the cone says.
    """
    costs = costs_eur(plan.scenario, plan.network, result.tables, plan.terms)
    ordered, kvar = orders(plan, result), plan.day.get("reactive_kvar")
    if kvar is None and plan.scenario.dso.reactive == "volt_var":
        kvar = np.zeros_like(plan.day["injection_kw"])
    problem = at_positions(_problem(plan), plan.positions)
    problem = without_choice(problem, None if kvar is None else np.ascontiguousarray(kvar.T))
    injection_kw = np.ascontiguousarray(plan.day["injection_kw"].T)
    given = () if ordered is None else (ordered.kvar, (ordered.active_eur, ordered.reactive_eur))
    stand = Stand(plan.price_eur_per_kw, _bus_charge_eur(plan), injection_kw, _reached(costs)[0], *given)
    try:
        bills = plan.bills if ordered is None and problem.block is plan.market else None
        found = near(problem, plan.closed, stand, bills=bills)
        first = _compared(costs, found.total_eur, found.cone_gap, DUALITY)
        if _is_close(first):
            return first
        return _examined(problem, plan, (stand, found), costs, result.summary.get("coordinated") is not False)
    except P2pdnrError as error:
        return Finding(None, str(error)), Finding(None, str(error))


def _problem(plan: Plan) -> CoordinationProblem:
    """Both levels as the scenario has them. What the plan's own pairs make of the market is that too, where they are
    those of the scenario."""
    pairs = plan.partners if len(plan.pairs) else plan.partners[:0]
    same = pairs.shape == plan.pairs.shape and bool((pairs == plan.pairs).all())
    known = Known(plan.terms, pairs, (plan.market, plan.trading) if same else None)
    return build_problem(plan.scenario, plan.network, known=known)


def _examined(
    problem: CoordinationProblem, plan: Plan, at: tuple[Stand, DualBound], costs: dict[str, float], coordinated: bool
) -> tuple[Finding, Finding]:
    """Both findings of a plan that arithmetic alone does not show: the programme of both levels first where that bound
    says something in every hour, else the search; the other where one leaves it open."""
    if problem.inverters.dispatched:
        return _with_inverters(problem, plan, at, costs)
    if _is_large(plan):
        return _exactly(problem, plan, at, costs)
    if not coordinated or np.isfinite(at[1].operator_eur).all():
        together = _together(problem, plan, costs)
        return together if not coordinated or not together[0].unshown else _exactly(problem, plan, at, costs)
    found = _exactly(problem, plan, at, costs)
    if found[0].state(GAP_LIMIT) == HOLDS:
        return found
    together = _together(problem, plan, costs)
    return together if found[0].value is None or not together[0].unshown else found


def _is_close(found: tuple[Finding, Finding]) -> bool:
    gap, cone_gap = found
    return gap.value is not None and abs(gap.value) <= CLOSE and not is_loose(cone_gap.value)


def _with_inverters(
    problem: CoordinationProblem, plan: Plan, at: tuple[Stand, DualBound], costs: dict[str, float]
) -> tuple[Finding, Finding]:
    """Both findings where the operator chooses reactive power: its answers are not searched on the exact power flow."""
    if not _is_large(plan):
        return _together(problem, plan, costs)
    gap, cone = _compared(costs, at[1].total_eur, at[1].cone_gap, DUALITY)
    unshown = gap.value is None or gap.value > GAP_LIMIT
    return (replace(gap, detail=f"{gap.detail}; too large for one programme", unshown=True) if unshown else gap), cone


def _together(problem: CoordinationProblem, plan: Plan, costs: dict[str, float]) -> tuple[Finding, Finding]:
    """Both findings by solving both levels as one programme."""
    optimum = solve_problem(problem, plan.closed)
    return _compared(costs, optimum.objective_eur, optimum.cone_gap, "possible")


def _exactly(
    problem: CoordinationProblem, plan: Plan, at: tuple[Stand, DualBound], costs: dict[str, float]
) -> tuple[Finding, Finding]:
    """Both findings by answers to the plan's prices: prosumers' bounds, the operator's on the exact power flow."""
    stand, found = at
    reached, scale_eur = _reached(costs)
    answered = exact(problem, plan.closed, stand, found, ENOUGH * scale_eur)
    over = float(answered.known_eur.sum() - answered.found_eur.sum())
    least = float(found.prosumers_eur.sum() + answered.least_eur.sum())
    gap, cone = (reached - least) / scale_eur, _cone(answered.cone_gap)
    detail = f"{reached:.3f} EUR reached, {least:.3f} EUR {BRANCHED}"
    if gap <= GAP_LIMIT:
        return Finding(gap, detail, holds=None if gap >= -RESPECTED else False), cone
    cheaper = _cheaper(problem, plan, stand, reached - GAP_LIMIT * scale_eur)
    if cheaper < reached - GAP_LIMIT * scale_eur:
        gap = gap if np.isfinite(gap) else (reached - cheaper) / scale_eur
        return Finding(gap, f"{detail}; a plan for {cheaper:.3f} EUR was found nearby", holds=False), cone
    if not np.isfinite(least):
        return Finding(None, "no bound on what flows can be, and no cheaper plan was found nearby", unshown=True), cone
    open_ = f"the operator would save {over:.3f} EUR at the plan's prices" if over > 0.0 else "its bound stays below"
    return Finding(gap, f"{detail}; {open_}, but no cheaper plan was found nearby", unshown=True), cone


def _cheaper(problem: CoordinationProblem, plan: Plan, stand: Stand, enough_eur: float) -> float:
    """EUR of the cheapest plan found near this one, infinite where markets are too large to look."""
    if _is_large(plan):
        return np.inf
    least, most = capability_kw(problem)
    start = problem.at_buses(stand.injection_kw)
    return cheaper_plan_eur(problem, plan.closed, start, (most - least).T, enough_eur)


def _is_large(plan: Plan) -> bool:
    """Whether both levels cannot be solved together."""
    return (len(plan.terms) + len(plan.pairs)) * len(plan.closed) > LARGEST_CENTRAL


def _reached(costs: dict[str, float]) -> tuple[float, float]:
    """What both levels pay whatever the schedule costs by itself, and what gaps are a share of."""
    return sum(costs.values()) - operator_schedule_eur(costs) - costs.get("outages", 0.0), scale_eur(costs)


def _cone(cone_gap: float) -> Finding:
    """Whether the relaxation is exact; where it is not the plan is judged without it."""
    if not is_loose(cone_gap):
        return Finding(cone_gap)
    return Finding(cone_gap, "the relaxation is loose here; the plan is judged on the exact power flow", unshown=True)


def _compared(costs: dict[str, float], least_eur: float, cone_gap: float, what: str) -> tuple[Finding, Finding]:
    """The findings of a plan whose optimum is ``least_eur``, or no less, with cones that loose. A plan that costs less
    than its optimum is as wrong as one that costs more."""
    reached, scale_eur = _reached(costs)
    gap = (reached - least_eur) / scale_eur
    detail = f"{reached:.3f} EUR reached, {least_eur:.3f} EUR {what}"
    below = None if gap >= -RESPECTED else False
    if not is_loose(cone_gap):
        return Finding(gap, detail, holds=below), Finding(cone_gap)
    # a loose cone loses power that no grid loses: its optimum is a bound from below, which a plan may yet be close to
    loose = "the relaxation is loose here: its optimum is a lower bound only"
    return Finding(gap, f"{detail}; {loose}", holds=below, unshown=gap > GAP_LIMIT), _cone(cone_gap)
