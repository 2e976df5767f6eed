"""Reactive power of inverters as a scenario has it: the Volt-VAR curve, and what contradicts it."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np

from p2pdnr.errors import Problem
from p2pdnr.network.arrays import Floats
from p2pdnr.scenario.schema import Scenario

IEEE_1547_B = ((0.92, 0.44), (0.98, 0.0), (1.02, 0.0), (1.08, -0.44))
"""Volt-VAR curve of IEEE 1547-2018, category B, default settings of Table 8: p.u. and share of the kVA fed in."""


def volt_var_curve(scenario: Scenario) -> Floats:
    """(2, n) voltages in p.u. and shares of the kVA fed in: the scenario's own curve, or the standard one."""
    points = scenario.dso.volt_var
    rows = IEEE_1547_B if points is None else tuple((point.vm_pu, point.share) for point in points)
    return np.array(rows, dtype=np.float64).T


def inverters_kva(scenario: Scenario) -> Floats:
    """(K,) kVA of every prosumer's inverter, zero where there is none or nobody asks for reactive power."""
    used = scenario.dso.reactive != "none"
    return np.array([(item.inverter_kva or 0.0) if used else 0.0 for item in scenario.prosumers])


def reactive_problems(dso: Mapping[str, Any]) -> list[Problem]:
    """What is wrong with the settings of reactive power among those of the operator, as a document has them."""
    return [*_curve_problems(dso.get("volt_var")), *_role_problems(dso), *_security_problems(dso)]


def _curve_problems(curve: object) -> list[Problem]:
    rows = [row for row in curve if isinstance(row, Mapping)] if isinstance(curve, list | tuple) else []
    points = [(row.get("vm_pu"), row.get("share")) for row in rows]
    numbers = [(v, share) for v, share in points if isinstance(v, int | float) and isinstance(share, int | float)]
    for (low, more), (high, less) in pairwise(numbers):
        if high <= low:
            message = f"the voltage {high:g} p.u. follows {low:g}"
            return [Problem("dso", "volt_var", (), message, "Let voltages rise from point to point")]
        if less > more:
            message = f"the share rises from {more:g} to {less:g} where the voltage rises"
            return [Problem("dso", "volt_var", (), message, "Feed in less where the voltage is higher")]
    return []


def _role_problems(dso: Mapping[str, Any]) -> list[Problem]:
    reactive, role = dso.get("reactive", "none"), dso.get("role", "welfare")
    if reactive not in ("dispatch", "volt_var") or role not in ("validate", "envelopes", "leader"):
        return []
    message = f"{reactive} is there for the role welfare alone, and the role is {role}"
    return [Problem("dso", "reactive", (), message, "Choose the role welfare, or reactive none")]


def _security_problems(dso: Mapping[str, Any]) -> list[Problem]:
    """Secure plans hold limits back for loads and sun alone."""
    if dso.get("reactive") in (None, "none") or dso.get("security") is None:
        return []
    remedy = "Leave out dso.security, or set dso.reactive to none"
    return [Problem("dso", "security", (), "is not planned for with reactive power of inverters", remedy)]
