"""One-hour feeders whose exports meet the upper voltage limit: no search of the exact problem finds better plans.

The search is scipy's differential evolution over what the prosumers feed in, its power flow one of complex currents.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from scipy.optimize import differential_evolution

from p2pdnr.coordination.plans.dispatch import Dispatch
from tests.coordination.cases import Json, agreed, problem_of
from tests.coordination.sunny_feeders import VN_KV, sunny

Floats = npt.NDArray[np.float64]

BASE_KW = 1000.0


def exact_eur(scene: Json, pv_kw: Floats) -> Floats:
    """(N,) what plans (K, N) of the sun cost everybody, by sweeps over complex currents; 1e9 without a power flow."""
    network, people = scene["network"], scene["prosumers"]
    buses, lines = network["source"]["buses"], network["source"]["lines"]
    injection_kw = pv_kw - np.array([[item["load_kw"]] for item in people])
    power = np.array([[item.get("p_kw", 0.0) + 1j * item.get("q_kvar", 0.0)] for item in buses]) + 0j * pv_kw[:1]
    for item, own_kw in zip(people, injection_kw, strict=True):
        power[item["bus"] - 1] += 1j * item["load_kw"] * np.tan(np.arccos(item["power_factor"])) - own_kw
    z = np.array([line["r_ohm"] + 1j * line["x_ohm"] for line in lines]) * BASE_KW / 1000.0 / VN_KV**2
    v = np.full(power.shape, buses[0]["substation_voltage_pu"], dtype=complex)
    with np.errstate(all="ignore"):
        for _ in range(400):
            before, current = v.copy(), np.conj(power / BASE_KW / v)
            for line in reversed(lines):
                current[line["from"] - 1] += current[line["to"] - 1]
            for line, impedance in zip(lines, z, strict=True):
                v[line["to"] - 1] = v[line["from"] - 1] - impedance * current[line["to"] - 1]
            moved = np.abs(v - before).max(axis=0)
            if not (moved > 1e-11).any():
                break
        ends = [line["to"] - 1 for line in lines]
        lost_kw = BASE_KW * z.real @ np.abs(current[ends]) ** 2
        square = np.abs(v[1:]) ** 2
        beyond = np.maximum(square - network["vm_max_pu"] ** 2, network["vm_min_pu"] ** 2 - square).clip(min=0.0)
        tariff, terms = scene["tariff"], scene["dso"]
        sold, bought = np.maximum(injection_kw, 0.0).sum(axis=0), np.maximum(-injection_kw, 0.0).sum(axis=0)
        cost = tariff["buy_eur_per_kwh"][0] * bought - tariff["sell_eur_per_kwh"][0] * sold
        cost += terms["loss_price_eur_per_kwh"] * lost_kw
        cost += terms["violation_price_eur_per_kwh"] * 500.0 * beyond.sum(axis=0)
    return np.where(moved < 1e-8, cost, 1e9)


def best_eur(scene: Json, plan: Dispatch) -> float:
    """The least that a search over all uses of the sun finds, the plan among them."""
    most_kw = np.array([item["pv_kw"] for item in scene["prosumers"]])
    found = differential_evolution(
        lambda share: exact_eur(scene, most_kw[:, None] * share.reshape(len(most_kw), -1)),
        [(0.0, 1.0)] * len(most_kw), vectorized=True, updating="deferred", popsize=24, maxiter=120, tol=1e-10, rng=1,
        x0=np.clip(plan.response.quantity("pv_kw")[0] / most_kw, 0.0, 1.0),
    )  # fmt: skip
    return float(found.fun)


@pytest.mark.parametrize("seed", [0, 4, 7, 8, 9, 12, 14, 16])
def test_no_use_of_the_sun_costs_less_where_the_upper_limit_binds(seed: int) -> None:
    scene = sunny(seed)
    plan = agreed(problem_of(scene))
    assert plan.agreement.converged
    assert plan.flow.vm_pu.max() == pytest.approx(1.04, abs=2e-5), "the limit binds, and the true voltage keeps it"
    assert exact_eur(scene, plan.response.quantity("pv_kw").T)[0] == pytest.approx(plan.total_eur, abs=1e-3)
    assert plan.total_eur <= best_eur(scene, plan) + 1e-4 * plan.scale_eur


def test_a_plan_beyond_the_highest_voltage_is_found() -> None:
    """A lateral of much reactance: voltage rises with exports, then falls. Whoever stops at the limit on the way up, or
    at the voltage without losses, exports a tenth of what the lower limit allows at the other end."""
    people = [{"id": "P0", "bus": 3, "load_kw": 139.0, "power_factor": 0.9, "pv_kw": 10_500.0}]
    buses: list[Json] = [{"vn_kv": VN_KV, "substation_voltage_pu": 1.02}, {"vn_kv": VN_KV, "p_kw": 300.0}]
    lines = [{"from": 1, "to": 2, "r_ohm": 0.2, "x_ohm": 0.01}, {"from": 2, "to": 3, "r_ohm": 3.0, "x_ohm": 12.8}]
    scene = sunny(0) | {
        "network": {"source": {"buses": [*buses, {"vn_kv": VN_KV}], "lines": lines},
                    "vm_min_pu": 0.9, "vm_max_pu": 1.03},
        "dso": {"loss_price_eur_per_kwh": 0.004, "violation_price_eur_per_kwh": 140.0},
        "prosumers": people,
    }  # fmt: skip
    plan = agreed(problem_of(scene))
    assert plan.flow.vm_pu.min() == pytest.approx(0.9, abs=1e-4)
    assert plan.response.injection_kw[0, 0] > 6000.0
    assert plan.total_eur <= best_eur(scene, plan) + 1e-4 * plan.scale_eur


def test_copies_that_swing_between_two_ways_to_pay_settle() -> None:
    """Limits that are broken at a price, on the far side of the highest voltage: the operator's hour bends the wrong
    way there, and copies settle once their weights are above that bend."""
    ohm = ((0.12, 0.20), (0.18, 0.33), (0.78, 2.66), (1.88, 2.47), (0.15, 0.12))
    ends = ((1, 2), (1, 3), (3, 4), (4, 5), (5, 6))
    withdrawn = ((0.0, 0.0), (-1.0, 173.0), (399.0, 108.0), (-91.0, 112.0), (-151.0, -192.0), (334.0, 197.0))
    buses: list[Json] = [{"vn_kv": VN_KV, "p_kw": p, "q_kvar": q} for p, q in withdrawn]
    buses[0] = {"vn_kv": VN_KV, "substation_voltage_pu": 1.016}
    lines = [{"from": a, "to": b, "r_ohm": r, "x_ohm": x} for (a, b), (r, x) in zip(ends, ohm, strict=True)]
    people = [
        {"id": "P0", "bus": 4, "load_kw": 13.0, "power_factor": 0.95, "pv_kw": 6611.0},
        {"id": "P1", "bus": 5, "load_kw": 142.0, "power_factor": 0.9, "pv_kw": 2993.0},
    ]
    scene = sunny(0) | {
        "network": {"source": {"buses": buses, "lines": lines}, "vm_min_pu": 0.9, "vm_max_pu": 1.033},
        "tariff": {"buy_eur_per_kwh": [0.25], "sell_eur_per_kwh": [0.139]},
        "dso": {"loss_price_eur_per_kwh": 0.05, "violation_price_eur_per_kwh": 10.0},
        "prosumers": people,
    }
    plan = agreed(problem_of(scene))
    assert plan.agreement.converged
    assert plan.total_eur <= best_eur(scene, plan) + 1e-4 * plan.scale_eur
