"""What the operator gives back: in all what it collected beyond its cost, to each its share, and nothing is taken."""

from __future__ import annotations

import numpy as np

from p2pdnr.network.arrays import Floats
from p2pdnr.results.study_result import Tables
from p2pdnr.results.summary import levers_eur, switching_eur
from p2pdnr.verification.finding import Finding
from p2pdnr.verification.plan import Plan

ROUNDING_EUR = 1e-5
"""Differences that are no error of anybody's."""


def refund(plan: Plan, tables: Tables) -> Finding:
    """The largest of three differences in EUR: between the sum of all refunds and what was collected beyond the
    operator's cost (nothing where that is below zero), between a refund and its share, and of a refund from zero where
    somebody is made to pay one."""
    if "refund_eur" not in tables.bills:
        return Finding(None, "bills.csv has no column refund_eur")
    back_eur = -tables.bills["refund_eur"].to_numpy(dtype=np.float64)
    due_eur = 0.0 if plan.scenario.dso.refund == "none" else max(0.0, _surplus_eur(plan, tables))
    apart_eur = np.abs(back_eur - due_eur * _shares(plan))
    who, lowest = int(apart_eur.argmax()), int(back_eur.argmin())
    off = {
        f"refunds come to {back_eur.sum():.2f} EUR of {due_eur:.2f} EUR": abs(float(back_eur.sum()) - due_eur),
        f"{plan.terms[who].name} has another share": float(apart_eur[who]),
        f"{plan.terms[lowest].name} is made to pay": max(0.0, -float(back_eur[lowest])),
    }
    worst = max(off, key=lambda item: off[item] if np.isfinite(off[item]) else np.inf)
    return Finding(off[worst], "" if off[worst] <= ROUNDING_EUR else worst)


def _surplus_eur(plan: Plan, tables: Tables) -> float:
    """From the plan's own charges, injections, losses and lines, and what bills.csv says of compensation."""
    step_h, dso = plan.scenario.step_h, plan.scenario.dso
    charge = plan.charge_eur_per_kwh[:, plan.prosumer_bus]
    collected = -step_h * float((charge * plan.day["injection_kw"]).sum())
    lost = dso.loss_price_eur_per_kwh * step_h * float(plan.loss_kw.sum())
    paid = -float(tables.bills["compensation_eur"].sum()) if "compensation_eur" in tables.bills else 0.0
    moved = 0.0 if tables.levers is None else levers_eur(plan.scenario, plan.network, tables.levers)
    return collected - lost - switching_eur(plan.scenario, plan.network, plan.closed) - moved - paid


def used_kw(plan: Plan) -> Floats:
    """(T, K) what a prosumer's loads take: what it makes and discharges less what it injects and charges."""
    day = plan.day
    made = day["pv_kw"] + day["generator_kw"] + day["discharge_kw"]
    return np.asarray(made - day["injection_kw"] - day["charge_kw"])


def _shares(plan: Plan) -> Floats:
    """(K,) of all that is given back."""
    used = used_kw(plan).sum(axis=0)
    count = len(plan.terms)
    if plan.scenario.dso.refund == "use" and used.sum() > 0.0:
        return np.asarray(used / used.sum())
    return np.full(count, 1.0 / count)
