"""Solved, stored, read again: voltages with levers that move, hour by hour, against pandapower's own tap changers and
shunts on ten networks; and reactive power on a Volt-VAR curve against an iteration of its own."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandapower as pp
import pandapower.networks as pn
import pytest

from p2pdnr import study
from p2pdnr.network.readers.pandapower import from_pandapower
from p2pdnr.network.readers.table import to_table
from p2pdnr.results import folder
from p2pdnr.scenario import document
from p2pdnr.scenario.reactive import volt_var_curve
from p2pdnr.verification.plan import Plan, read_plan
from tests import thorough
from tests.pandapower_nets import empty

RANDOM = thorough.of([0, 5], [1, 2, 3, 4, 6, 7])
TAP = {"tap_neutral": 0, "tap_min": -4, "tap_max": 4, "tap_step_percent": 1.25, "tap_pos": 0}
STEP = {"min": -3, "max": 3, "step_percent": 1.0}


def ringed(seed: int) -> Any:
    """A transformer with a tap changer at either side, a ring of five lines open at one of them, and a capacitor."""
    rng, net = np.random.default_rng(seed), empty()
    upper, lower = pp.create_bus(net, 110.0), pp.create_bus(net, 20.0)
    pp.create_ext_grid(net, upper, float(rng.uniform(0.99, 1.02)))
    pp.create_transformer_from_parameters(
        net, upper, lower, 16.0, 110.0, 20.0 + float(rng.uniform(0, 0.5)), 0.4, 11.0, 10.0, 0.06,
        tap_side="hv" if seed % 2 else "lv", tap_changer_type="Ratio", **TAP,
    )  # fmt: skip
    ring = [lower, *(pp.create_bus(net, 20.0) for _ in range(4)), lower]
    for number, (here, there) in enumerate(pairwise(ring)):
        line = pp.create_line_from_parameters(net, here, there, rng.uniform(1.0, 4.0), 0.3, 0.25, 0.0, 0.4)
        pp.create_switch(net, here, line, et="l", closed=number != 2)
    for bus in ring[1:-1]:
        pp.create_load(net, bus, rng.uniform(0.3, 1.2), rng.uniform(0.1, 0.5))
    pp.create_shunt(net, ring[2], q_mvar=-0.4, p_mw=0.0, step=0, max_step=2)
    return net


def cigre() -> Any:
    """CIGRE's medium voltage feeder with tap changers at both transformers, lines open at one end and charged."""
    net = pn.create_cigre_network_mv()
    for name, value in ({"tap_side": "hv", "tap_changer_type": "Ratio"} | TAP).items():
        net.trafo[name] = value if isinstance(value, str) else float(value)
    return net


def scenario_of(net: Any, seed: int, **settings: Any) -> dict[str, Any]:
    """Three hours in which load and sun change places; two prosumers with PV, every second time on a Volt-VAR curve."""
    rng, network = np.random.default_rng(seed), from_pandapower(net, "read")
    loaded = np.flatnonzero(network.p_kw > 0.0) + 1
    buses = rng.choice(loaded, 2, replace=False)
    size_kw = 0.5 * float(network.p_kw[network.p_kw > 0.0].mean())
    curve = {"reactive": "volt_var"} if seed % 2 else {}
    return {
        "name": f"levers {seed}",
        "network": {"source": to_table(network), "background_profile": "load", "vm_min_pu": 0.97, "vm_max_pu": 1.03}
        | settings,
        "profiles": {"load": [0.3, 0.5, 1.5], "pv": [0.2, 1.0, 0.0]},
        "tariff": {"buy_eur_per_kwh": [0.3, 0.3, 0.3], "sell_eur_per_kwh": 0.08},
        "market": {"partners": "all"},
        "dso": {"levers": "all", "lever_cost_eur": 0.01, "switching_cost_eur": 0.1} | curve,
        "prosumers": [
            {"id": name, "bus": int(bus), "load_kw": size_kw, "pv_kw": 4 * size_kw, "inverter_kva": 4.4 * size_kw}
            for name, bus in zip("AB", buses, strict=True)
        ],
    }


def stored(told: dict[str, Any], mode: str, path: Path) -> Plan:
    """The plan of a scenario, solved, kept and read again."""
    folder.save(study.run(document.from_dict(told), study.Options(mode=mode)), path)  # type: ignore[arg-type]
    return read_plan(folder.load(path))


def drawn(net: Any, p_kw: np.ndarray, q_kvar: np.ndarray) -> np.ndarray:
    """(n,) voltages of pandapower with these withdrawals at the net's buses, its own loads left out."""
    for table in ("load", "sgen"):
        net[table] = net[table].iloc[:0]
    for bus, p, q in zip(net.bus.index, p_kw, q_kvar, strict=False):
        pp.create_load(net, bus, p / 1000.0, q / 1000.0)
    pp.runpp(net, tolerance_mva=1e-9, max_iteration=50, numba=False)
    return np.asarray(net.res_bus.vm_pu)


def stand(net: Any, plan: Plan, hour: int) -> None:
    """Set the net's tap changers, shunts, external grid and lines as a plan has them in an hour."""
    assert plan.positions is not None
    levers = plan.network.levers
    assert levers is not None
    taps = [place for item, place in zip(levers.items, plan.positions[hour], strict=True) if item.kind == "line tap"]
    caps = [place for item, place in zip(levers.items, plan.positions[hour], strict=True) if item.kind == "capacitor"]
    if taps:
        net.trafo["tap_pos"] = [float(place) for place in taps]
    if caps:
        net.shunt["step"] = [int(place) for place in caps]
    if levers.items[0].kind == "substation tap":
        net.ext_grid["vm_pu"] = levers.without.substation_vm_pu[0] * levers.items[0].factor(
            int(plan.positions[hour, 0])
        )
    if (plan.closed != plan.network.closed).any():
        net.switch["closed"] = True
        net.line["in_service"] = plan.closed[hour, : len(net.line)]


def assert_same(net: Any, plan: Plan) -> None:
    """The plan's voltages are pandapower's in every hour, and its levers moved."""
    assert plan.positions is not None
    assert len(np.unique(plan.positions, axis=0)) > 1
    for hour in range(len(plan.vm_pu)):
        stand(net, plan, hour)
        count = len(net.bus)
        theirs = drawn(net, plan.withdrawal_kw[hour, :count], plan.withdrawal_kvar[hour, :count])
        np.testing.assert_allclose(plan.vm_pu[hour, :count], theirs, rtol=0.0, atol=1e-6)


@pytest.mark.parametrize("seed", RANDOM)
def test_on_random_networks_with_transformers_and_capacitors(seed: int, tmp_path: Path) -> None:
    told = scenario_of(ringed(seed), seed)
    plan = stored(told, "hourly", tmp_path / "out")
    assert_same(ringed(seed), plan)
    if seed % 2:
        assert_on_curve(ringed(seed), plan)


def assert_on_curve(net: Any, plan: Plan) -> None:
    """Damped steps of one's own end at the plan's reactive power and voltages, from none at all."""
    curve = volt_var_curve(plan.scenario)
    kva = np.array([item.inverter_kva for item in plan.scenario.prosumers])
    fed, active = plan.day["reactive_kvar"], plan.day["pv_kw"]
    for hour in range(len(fed)):
        stand(net, plan, hour)
        room, q = np.sqrt(np.maximum(kva**2 - active[hour] ** 2, 0.0)), np.zeros(len(kva))
        without_kvar = plan.withdrawal_kvar[hour].copy()
        np.add.at(without_kvar, plan.prosumer_bus, fed[hour])
        for _ in range(60):
            load_kvar = without_kvar.copy()
            np.subtract.at(load_kvar, plan.prosumer_bus, q)
            vm = drawn(net, plan.withdrawal_kw[hour], load_kvar)
            wanted = np.clip(kva * np.interp(vm[plan.prosumer_bus], *curve), -room, room)
            if np.abs(wanted - q).max() < 1e-6:
                break
            q = q + 0.7 * (wanted - q)
        np.testing.assert_allclose(q, fed[hour], rtol=0.0, atol=1e-2)
        np.testing.assert_allclose(plan.vm_pu[hour], vm, rtol=0.0, atol=1e-6)


def test_on_the_feeder_of_cigre(tmp_path: Path) -> None:
    plan = stored(scenario_of(cigre(), 1), "fixed", tmp_path / "out")
    assert_same(cigre(), plan)


def test_on_33_buses_with_a_tap_changer_at_the_substation(tmp_path: Path) -> None:
    told = scenario_of(pn.case33bw(), 2, bus_taps={"1": STEP})
    told["prosumers"] = [row | {"pv_kw": 10 * row["pv_kw"]} for row in told["prosumers"]]
    plan = stored(told, "fixed", tmp_path / "out")
    assert_same(pn.case33bw(), plan)
