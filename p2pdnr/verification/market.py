"""What holds at the prosumers: balances and device limits, trades, bills."""

from __future__ import annotations

import numpy as np
import pandas as pd

from p2pdnr.market.terms import ProsumerTerms
from p2pdnr.network.arrays import Bools, Floats, Ints
from p2pdnr.results.study_result import Tables
from p2pdnr.results.summary import prosumer_costs_eur
from p2pdnr.verification.finding import Finding, worst
from p2pdnr.verification.plan import Plan

PAID_BACK = ("compensation_eur", "refund_eur")
"""Columns of bills.csv that are part of the total and that nobody's plan changes."""


def balance(plan: Plan) -> Finding:
    """Largest residual, in kW, of any prosumer's balances, battery, shifted load and limits."""
    residuals: dict[str, Floats] = {}
    for k, terms in enumerate(plan.terms):
        own = {name: values[:, k] for name, values in plan.day.items()}
        for name, values in {**_balances(terms, own), **_limits(terms, own)}.items():
            column = residuals.setdefault(name, np.zeros((terms.hours, len(plan.terms))))
            column[:, k] = values
    return worst(residuals, tuple(terms.name for terms in plan.terms))


def _balances(terms: ProsumerTerms, own: dict[str, Floats]) -> dict[str, Floats]:
    """Equations: residuals (T,) in kW; energies count as the power that would close the gap within the hour."""
    step_h = terms.step_h
    made = own["pv_kw"] + own["discharge_kw"] + own["generator_kw"] + own["unserved_kw"]
    used = own["charge_kw"] + terms.load_kw + own["flexible_kw"] + own["elastic_kw"]
    efficiency = terms.battery_efficiency
    stored = efficiency * own["charge_kw"] - own["discharge_kw"] / efficiency
    energy = own["energy_kwh"]
    holds_energy = terms.battery_kwh > 0
    before = np.concatenate([[terms.battery_initial_kwh], energy[:-1]]) if holds_energy else np.zeros_like(energy)
    return {
        "injection": made - used - own["injection_kw"],
        "trades and retail": own["net_trade_kw"] + own["export_kw"] - own["import_kw"] - own["injection_kw"],
        "battery energy": (energy - before) / step_h - stored,
        "battery energy at the end": np.where(_ends(terms.cycle_steps, len(energy)), energy - before[0], 0.0) / step_h,
        "shifted load over the horizon": _sums_at_end(own["flexible_kw"], _ends(terms.window_steps, len(energy))),
    }


def _ends(steps: int, hours: int) -> Bools:
    """(T,) the last hour of every stretch of ``steps`` hours, 0 = of all; the last stretch may be shorter."""
    count = np.arange(1, hours + 1)
    return np.asarray((count == hours) | (count % (steps or hours) == 0))


def _sums_at_end(values: Floats, ends: Bools) -> Floats:
    """(T,) what a series sums to within the stretch that an hour ends, zero in other hours."""
    found, total = np.zeros(len(values)), np.cumsum(values)[ends]
    found[ends] = np.diff(total, prepend=0.0)
    return found


def _limits(terms: ProsumerTerms, own: dict[str, Floats]) -> dict[str, Floats]:
    """Inequalities: by how much (T,) in kW (kWh for energy) a quantity is below its least or above its limit."""
    most: dict[str, Floats | float] = {
        "pv_kw": terms.pv_kw,
        "charge_kw": terms.battery_kw if terms.battery_kwh > 0 else 0.0,
        "discharge_kw": terms.battery_kw if terms.battery_kwh > 0 else 0.0,
        "energy_kwh": terms.battery_kwh,
        "elastic_kw": terms.elastic_kw,
        "generator_kw": terms.generator_kw,
        "import_kw": np.minimum(
            terms.import_limit_kw, terms.load_kw + own["flexible_kw"] + own["elastic_kw"] + own["charge_kw"]
        ),
        "export_kw": np.minimum(terms.export_limit_kw, own["pv_kw"] + own["discharge_kw"] + own["generator_kw"]),
        "unserved_kw": terms.load_kw,
    }
    least = {"energy_kwh": terms.battery_min_kwh if terms.battery_kwh > 0 else 0.0}
    beyond = {
        f"limit of {name}": np.maximum(own[name] - limit, least.get(name, 0.0) - own[name]).clip(min=0.0)
        for name, limit in most.items()
    }
    shifted = np.abs(own["flexible_kw"]) - terms.flexible_share * terms.load_kw
    return beyond | {"limit of flexible_kw": shifted.clip(min=0.0)}


def reciprocity(plan: Plan) -> Finding:
    """Largest residual of the trades, in kW: a prosumer's net trade is the sum of its trades, so that what one sells
    another buys, and no trade exceeds the pair's limit."""
    names = tuple(terms.name for terms in plan.terms)
    pairs = tuple(f"{names[first]} and {names[second]}" for first, second in plan.pairs)
    over = (np.abs(plan.trade_kw) - plan.trading.limit_kw).clip(min=0.0)
    of_pairs = worst({"trade limit": over}, pairs)
    of_people = worst({"net trade": plan.net_trade_kw - plan.day["net_trade_kw"]}, names)
    return max(of_people, of_pairs, key=lambda finding: np.inf if finding.value is None else finding.value)


def wrong_partners(plan: Plan, expected: Ints) -> str:
    """Names a pair that trades though the scenario (``expected`` (E, 2)) does not make it partners, or that the
    scenario makes partners and that is missing; empty if none."""
    allowed, found = ({tuple(sorted(pair)) for pair in pairs.tolist()} for pairs in (expected, plan.pairs))
    for one, other in sorted(found ^ allowed):
        wrong = "are no partners in the scenario" if (one, other) in found else "are partners and stand nowhere"
        return f"{plan.terms[one].name} and {plan.terms[other].name} {wrong}"
    return "a pair of partners stands twice" if len(found) < len(plan.pairs) else ""


def bills(plan: Plan, tables: Tables, paid_by_operator: Floats | None = None) -> pd.DataFrame:
    """Every prosumer's bill in EUR, recomputed from trades, prices, tariffs and charges: bills.csv up to the total.

    ``paid_by_operator`` (K,) is compensation, None where none is paid; a refund is as bills.csv has it.
    """
    step_h = plan.scenario.step_h
    costs = prosumer_costs_eur(plan.scenario, tables)
    paid = np.zeros(len(plan.terms))
    value = step_h * (plan.trade_kw * plan.price_eur_per_kwh).sum(axis=0)
    np.add.at(paid, plan.pairs[:, 0], -value)
    np.add.at(paid, plan.pairs[:, 1], value)
    charge = plan.charge_eur_per_kwh[:, plan.prosumer_bus]
    made = pd.DataFrame(
        {
            "retail_eur": costs["retail"],
            "trades_eur": paid,
            "fees_eur": costs["fees"],
            "network_eur": -step_h * (charge * plan.day["injection_kw"]).sum(axis=0),
            "own_costs_eur": costs["own"] + costs["unserved"],
        }
    )
    if "refund_eur" in tables.bills:
        made["refund_eur"] = tables.bills["refund_eur"].to_numpy(dtype=np.float64)
    if paid_by_operator is not None:
        made["compensation_eur"] = -paid_by_operator
    return made.assign(total_eur=made.sum(axis=1))


def paid_back_eur(tables: Tables) -> Floats:
    """(K,) what every prosumer gets from the operator whatever it does, as part of its bill: not above zero."""
    back = np.zeros(len(tables.bills))
    for name in PAID_BACK:
        if name in tables.bills:
            back = back + tables.bills[name].to_numpy(dtype=np.float64)
    return back


def budget(plan: Plan, tables: Tables, paid_by_operator: Floats | None = None) -> Finding:
    """Largest difference, in EUR, of a stated and a recomputed bill, or of the trades' payments and receipts."""
    names = tuple(terms.name for terms in plan.terms)
    again = bills(plan, tables, paid_by_operator)
    if ("compensation_eur" in tables.bills) is not (paid_by_operator is not None):
        return Finding(None, "bills.csv and role.csv do not agree whether the operator pays compensation")
    # One row per item, so that the place found is the prosumer.
    off = {name: (tables.bills[name].to_numpy() - again[name].to_numpy())[None, :] for name in again.columns}
    found = worst(off, names)
    surplus = abs(float(tables.bills["trades_eur"].sum()))
    if found.value is not None and surplus > found.value:
        return Finding(surplus, "the trades' payments and receipts do not cancel")
    return Finding(found.value, found.detail.removesuffix(", hour 0"))
