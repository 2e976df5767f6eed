"""What holds at the prosumers: balances and device limits, trades, bills."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from p2pdnr.market.private_columns import each, hourly
from p2pdnr.market.terms import ProsumerTerms
from p2pdnr.network.arrays import Bools, Floats, Ints
from p2pdnr.results.study_result import Tables
from p2pdnr.results.summary import prosumer_costs_eur
from p2pdnr.verification.finding import Finding, worst
from p2pdnr.verification.plan import Plan

ONE_NUMBER = (
    "step_h", "battery_kwh", "battery_kw", "battery_efficiency", "battery_initial_kwh", "battery_min_kwh", "elastic_kw",
    "generator_kw", "import_limit_kw", "export_limit_kw", "flexible_share",
)  # fmt: skip
"""Of a prosumer's terms, what its balances and limits need beside its series."""

PAID_BACK = ("compensation_eur", "refund_eur")
"""Columns of bills.csv that are part of the total and that nobody's plan changes."""


def balance(plan: Plan) -> Finding:
    """Largest residual, in kW, of any prosumer's balances, battery, shifted load and limits."""
    data = {name: each(plan.terms, name) for name in ONE_NUMBER}
    data |= {name: hourly(plan.terms, name).T for name in ("load_kw", "pv_kw")}
    residuals = {**_balances(plan.terms, data, plan.day), **_limits(data, plan.day)}
    return worst(residuals, lambda k: plan.terms[k].name)


def _balances(terms: Sequence[ProsumerTerms], data: dict[str, Floats], own: dict[str, Floats]) -> dict[str, Floats]:
    """Equations: residuals (T, K) in kW; energies count as the power that would close the gap within the hour."""
    step_h, hours = data["step_h"], len(data["load_kw"])
    made = own["pv_kw"] + own["discharge_kw"] + own["generator_kw"] + own["unserved_kw"]
    used = own["charge_kw"] + data["load_kw"] + own["flexible_kw"] + own["elastic_kw"]
    efficiency = data["battery_efficiency"]
    stored = efficiency * own["charge_kw"] - own["discharge_kw"] / efficiency
    energy, start = own["energy_kwh"], data["battery_initial_kwh"][None]
    before = np.where(data["battery_kwh"] > 0, np.concatenate([start, energy[:-1]]), 0.0)
    cycles, stretches = (each(terms, name) for name in ("cycle_steps", "window_steps"))
    full, shifted = np.zeros(energy.shape, dtype=np.bool_), np.zeros_like(energy)
    for steps in np.unique(cycles):
        full[:, cycles == steps] = _ends(int(steps), hours)[:, None]
    for steps in np.unique(stretches):
        some = stretches == steps
        shifted[:, some] = _sums_at_end(own["flexible_kw"][:, some], _ends(int(steps), hours))
    return {
        "injection": made - used - own["injection_kw"],
        "trades and retail": own["net_trade_kw"] + own["export_kw"] - own["import_kw"] - own["injection_kw"],
        "battery energy": (energy - before) / step_h - stored,
        "battery energy at the end": np.where(full, energy - before[0], 0.0) / step_h,
        "shifted load over the horizon": shifted,
    }


def _ends(steps: int, hours: int) -> Bools:
    """(T,) the last hour of every stretch of ``steps`` hours, 0 = of all; the last stretch may be shorter."""
    count = np.arange(1, hours + 1)
    return np.asarray((count == hours) | (count % (steps or hours) == 0))


def _sums_at_end(values: Floats, ends: Bools) -> Floats:
    """(T, k) what series sum to within the stretch that an hour ends, zero in other hours."""
    found, total = np.zeros(values.shape), np.cumsum(values, axis=0)[ends]
    found[ends] = np.diff(total, axis=0, prepend=0.0)
    return found


def _limits(data: dict[str, Floats], own: dict[str, Floats]) -> dict[str, Floats]:
    """Inequalities: by how much (T, K) in kW (kWh for energy) a quantity is below its least or above its limit."""
    stores, load_kw = data["battery_kwh"] > 0, data["load_kw"]
    battery_kw = np.where(stores, data["battery_kw"], 0.0)
    most: dict[str, Floats] = {
        "pv_kw": data["pv_kw"],
        "charge_kw": battery_kw,
        "discharge_kw": battery_kw,
        "energy_kwh": data["battery_kwh"],
        "elastic_kw": data["elastic_kw"],
        "generator_kw": data["generator_kw"],
        "import_kw": np.minimum(
            data["import_limit_kw"], load_kw + own["flexible_kw"] + own["elastic_kw"] + own["charge_kw"]
        ),
        "export_kw": np.minimum(data["export_limit_kw"], own["pv_kw"] + own["discharge_kw"] + own["generator_kw"]),
        "unserved_kw": load_kw,
    }
    least = {"energy_kwh": np.where(stores, data["battery_min_kwh"], 0.0)}
    beyond = {
        f"limit of {name}": np.maximum(own[name] - limit, least.get(name, 0.0) - own[name]).clip(min=0.0)
        for name, limit in most.items()
    }
    shifted = np.abs(own["flexible_kw"]) - data["flexible_share"] * load_kw
    return beyond | {"limit of flexible_kw": shifted.clip(min=0.0)}


def reciprocity(plan: Plan) -> Finding:
    """Largest residual of the trades, in kW: a prosumer's net trade is the sum of its trades, so that what one sells
    another buys, and no trade exceeds the pair's limit."""
    over = (np.abs(plan.trade_kw) - plan.trading.limit_kw).clip(min=0.0)
    of_pairs = worst({"trade limit": over}, lambda e: " and ".join(plan.terms[k].name for k in plan.pairs[e]))
    of_people = worst({"net trade": plan.net_trade_kw - plan.day["net_trade_kw"]}, lambda k: plan.terms[k].name)
    return max(of_people, of_pairs, key=lambda finding: np.inf if finding.value is None else finding.value)


def wrong_partners(plan: Plan, expected: Ints) -> str:
    """Names a pair that trades though the scenario (``expected`` (E, 2)) does not make it partners, or that the
    scenario makes partners and that is missing; empty if none."""
    count = len(plan.terms)
    allowed, found = (np.unique(pairs.min(axis=1) * count + pairs.max(axis=1)) for pairs in (expected, plan.pairs))
    differing = np.setxor1d(found, allowed, assume_unique=True)
    if len(differing):
        wrong = "are no partners in the scenario" if differing[0] in found else "are partners and stand nowhere"
        one, other = divmod(int(differing[0]), count)
        return f"{plan.terms[one].name} and {plan.terms[other].name} {wrong}"
    return "a pair of partners stands twice" if len(found) < len(plan.pairs) else ""


def bills(plan: Plan, tables: Tables, paid_by_operator: Floats | None = None) -> pd.DataFrame:
    """Every prosumer's bill in EUR, recomputed from trades, prices, tariffs and charges: bills.csv up to the total.

    ``paid_by_operator`` (K,) is compensation, None where none is paid; a refund is as bills.csv has it.
    """
    step_h = plan.scenario.step_h
    costs = prosumer_costs_eur(plan.scenario, tables, plan.terms)
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
    again = bills(plan, tables, paid_by_operator)
    if ("compensation_eur" in tables.bills) is not (paid_by_operator is not None):
        return Finding(None, "bills.csv and role.csv do not agree whether the operator pays compensation")
    # One row per item, so that the place found is the prosumer.
    off = {name: (tables.bills[name].to_numpy() - again[name].to_numpy())[None, :] for name in again.columns}
    found = worst(off, lambda k: plan.terms[k].name)
    surplus = abs(float(tables.bills["trades_eur"].sum()))
    if found.value is not None and surplus > found.value:
        return Finding(surplus, "the trades' payments and receipts do not cancel")
    return Finding(found.value, found.detail.removesuffix(", hour 0"))
