"""What holds at the inverters: reactive power within their kVA, on the Volt-VAR curve where they follow one."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from p2pdnr.network.arrays import Floats
from p2pdnr.results.study_result import StudyResult
from p2pdnr.verification.finding import Finding, worst
from p2pdnr.verification.judge import Judgement
from p2pdnr.verification.plan import Plan


def is_stated(result: StudyResult) -> bool:
    """Whether a result says something of reactive power, or should."""
    return "reactive_kvar" in result.tables.prosumers or _kva(result) is not None


def reactive(plan: Plan, judged: Judgement, result: StudyResult) -> Finding:
    """The most, in kvar, by which an inverter is beyond its kVA, gives reactive power that nobody asked for, or is off
    its curve at pandapower's voltages, active power going first."""
    kva, kvar = _kva(result), plan.day.get("reactive_kvar")
    if kvar is None:
        return Finding(None, "prosumers.csv does not say what reactive power inverters give")
    names = tuple(item.id for item in plan.scenario.prosumers)
    if kva is None:
        return worst({"reactive power without an inverter": np.abs(kvar)}, names)
    active_kw = plan.day["pv_kw"] + plan.day["discharge_kw"] - plan.day["charge_kw"]
    apparent_kva = np.sqrt(active_kw**2 + kvar**2)
    found = {"apparent power": np.where(kva > 0.0, apparent_kva - kva, np.abs(kvar)).clip(min=0.0)}
    if plan.scenario.dso.reactive == "volt_var":
        found["reactive power off the curve"] = np.abs(kvar - _by_curve(plan, judged, kva, active_kw))
    return worst(found, names)


def _kva(result: StudyResult) -> Floats | None:
    """(K,) of every inverter whose reactive power is asked for, None where there is none."""
    if result.scenario.dso.reactive == "none":
        return None
    kva = np.array([item.inverter_kva or 0.0 for item in result.scenario.prosumers])
    return kva if kva.any() else None


def _by_curve(plan: Plan, judged: Judgement, kva: Floats, active_kw: Floats) -> Floats:
    """(T, K) what the curve says at pandapower's voltages, line by line of it."""
    curve = plan.scenario.dso.volt_var
    standard = ((0.92, 0.44), (0.98, 0.0), (1.02, 0.0), (1.08, -0.44))
    points = standard if curve is None else tuple((point.vm_pu, point.share) for point in curve)
    vm_pu = judged.vm_pu[:, plan.prosumer_bus]
    share = np.where(vm_pu <= points[0][0], points[0][1], points[-1][1])
    for (low, more), (high, less) in pairwise(points):
        between = (vm_pu > low) & (vm_pu <= high)
        share = np.where(between, more + (less - more) * (vm_pu - low) / (high - low), share)
    left_kvar = np.sqrt(np.maximum(kva**2 - active_kw**2, 0.0))
    return np.sign(share) * np.minimum(np.abs(share) * kva, left_kvar)
