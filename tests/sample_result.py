"""A complete result from a simple rule of trading and pandapower's flows: every table consistent, nothing optimised.

``python -m tests.sample_result FOLDER`` writes it as a result folder with the page's payload.json in it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandapower as pp
import pandas as pd

from p2pdnr.market.terms import prosumer_terms
from p2pdnr.network.arrays import Network
from p2pdnr.network.powerflow import solve_tree
from p2pdnr.network.topology import orient
from p2pdnr.results import folder, payload, summary
from p2pdnr.results.study_result import StudyResult, Tables
from p2pdnr.scenario import assembly, document
from p2pdnr.scenario.schema import Scenario
from tests.pandapower_nets import empty

Floats = npt.NDArray[np.float64]
SECOND_TOPOLOGY = (7, 9, 14, 32, 37)
"""Open lines from noon on: the best known topology of the feeder at its nominal load."""


def sample_scenario(hours: int = 24) -> Scenario:
    """Five prosumers of different kinds on the 33-bus feeder, with a limit on every line."""
    t = np.arange(hours) * 24 / hours
    sun = np.maximum(0.0, np.sin((t - 6) / 12 * np.pi)).round(4)
    load = (0.5 + 0.4 * np.cos((t - 19) / 24 * 2 * np.pi)).round(4)
    home = {"load_profile": "load", "power_factor": 0.95}
    return document.from_dict(
        {
            "name": "Sample day",
            "network": {
                "source": "case33bw",
                "vm_min_pu": 0.9,
                "vm_max_pu": 1.05,
                "line_limit_a": 400,
                "background_scale": 0.7,
            },
            "profiles": {"load": load.tolist(), "pv": sun.tolist()},
            "tariff": {"buy_eur_per_kwh": [0.3] * hours, "sell_eur_per_kwh": [0.06] * hours},
            "market": {"partners": "all", "preferences": [{"from": "Home", "to": "Farm", "eur_per_kwh": 0.002}]},
            "dso": {"switching_cost_eur": 1.0},
            "prosumers": [
                {"id": "Home", "bus": 6, "load_kw": 60, **home},
                {"id": "Farm", "bus": 18, "load_kw": 20, "pv_kw": 300, "pv_profile": "pv", **home},
                {"id": "School", "bus": 22, "load_kw": 120, "pv_kw": 80, "flexible_share": 0.2, **home},
                {
                    "id": "Store",
                    "bus": 25,
                    "load_kw": 40,
                    "pv_kw": 150,
                    "battery": {"capacity_kwh": 200, "power_kw": 40},
                    **home,
                },
                {
                    "id": "Works",
                    "bus": 33,
                    "load_kw": 150,
                    **home,
                    "generator": {"max_kw": 60, "cost_eur_per_kwh": 0.2, "slope_eur_per_kw2h": 0.001},
                    "elastic": {"max_kw": 30, "utility_eur_per_kwh": 0.31, "slope_eur_per_kw2h": 0.002},
                },
            ],
        }
    )


def sample_result(hours: int = 24) -> StudyResult:
    """The result; its dispatch, flows, charges and bills are consistent, its prices are a rule of thumb."""
    scenario = sample_scenario(hours)
    network = assembly.build_network(scenario, None)
    closed = np.tile(network.closed, (hours, 1))
    closed[hours // 2 :, [int(line) - 1 for line in (*network.initially_open, *SECOND_TOPOLOGY)]] = True
    closed[hours // 2 :, [line - 1 for line in SECOND_TOPOLOGY]] = False
    day = _dispatch(scenario)
    pairs = assembly.partner_pairs(scenario, network)
    trades = _trades(scenario, pairs, day)
    p_kw, q_kvar = _withdrawals(scenario, network, day["injection_kw"])
    grid = _flows(network, closed, p_kw, q_kvar)
    grid["charge_loss"] = scenario.dso.loss_price_eur_per_kwh * _loss_slopes(network, closed, p_kw, q_kvar)
    tables = _tables(scenario, network, closed, day, pairs, trades, grid)
    return StudyResult(
        scenario, network, _summary(scenario, network, tables), tables, {"closed": closed.astype(float)}, {}
    )


def _dispatch(scenario: Scenario) -> dict[str, Floats]:
    """(T, K) decisions: all PV used, the battery filled by noon and empty at night, a little of every other device."""
    terms = [prosumer_terms(scenario, prosumer) for prosumer in scenario.prosumers]
    hours, count = scenario.hours, len(terms)
    day = {name: np.zeros((hours, count)) for name in QUANTITIES}
    day["load_kw"] = np.column_stack([item.load_kw for item in terms])
    day["pv_kw"] = np.column_stack([item.pv_kw for item in terms])
    for k, item in enumerate(terms):
        swing = np.sin((np.arange(hours) + 0.5) / hours * 2 * np.pi)
        day["charge_kw"][:, k] = 0.25 * item.battery_kw * np.maximum(0, swing)
        day["discharge_kw"][:, k] = item.battery_efficiency**2 * 0.25 * item.battery_kw * np.maximum(0, -swing)
        day["elastic_kw"][:, k] = 0.5 * item.elastic_kw
        day["generator_kw"][:, k] = 0.75 * item.generator_kw
        shift = item.flexible_share * item.load_kw.min() * np.where(np.arange(hours) % 2, -1.0, 1.0)
        day["flexible_kw"][:, k] = shift - shift.mean()
        stored = scenario.step_h * (
            item.battery_efficiency * day["charge_kw"][:, k]
            - day["discharge_kw"][:, k] / max(item.battery_efficiency, 1e-9)
        )
        day["energy_kwh"][:, k] = item.battery_initial_kwh + np.cumsum(stored)
    made = day["pv_kw"] + day["discharge_kw"] + day["generator_kw"]
    used = day["load_kw"] + day["charge_kw"] + day["flexible_kw"] + day["elastic_kw"]
    day["injection_kw"] = made - used
    return day


QUANTITIES = (
    "pv_kw",
    "charge_kw",
    "discharge_kw",
    "energy_kwh",
    "flexible_kw",
    "elastic_kw",
    "generator_kw",
    "import_kw",
    "export_kw",
    "unserved_kw",
)


def _trades(scenario: Scenario, pairs: npt.NDArray[np.int64], day: dict[str, Floats]) -> Floats:
    """(T, E) trades, positive = the pair's first sells: surplus meets deficit greedily, the retailer does the rest."""
    trades = np.zeros((scenario.hours, len(pairs)))
    left = day["injection_kw"].copy()
    for e, (first, second) in enumerate(pairs):
        sells = np.minimum(np.maximum(left[:, first], 0), np.maximum(-left[:, second], 0))
        buys = np.minimum(np.maximum(-left[:, first], 0), np.maximum(left[:, second], 0))
        trades[:, e] = sells - buys
        left[:, first] -= trades[:, e]
        left[:, second] += trades[:, e]
    day["export_kw"], day["import_kw"] = np.maximum(left, 0), np.maximum(-left, 0)
    day["net_trade_kw"] = day["injection_kw"] - left
    return trades


def _withdrawals(scenario: Scenario, network: Network, injection_kw: Floats) -> tuple[Floats, Floats]:
    """(T, n) active and reactive power drawn at every bus."""
    p_kw, q_kvar = (values.copy() for values in assembly.background_kw(scenario, network))
    for k, prosumer in enumerate(scenario.prosumers):
        terms = prosumer_terms(scenario, prosumer)
        p_kw[:, prosumer.bus - 1] -= injection_kw[:, k]
        q_kvar[:, prosumer.bus - 1] += terms.load_kw * np.tan(np.arccos(prosumer.power_factor))
    return p_kw, q_kvar


def _flows(network: Network, closed: npt.NDArray[np.bool_], p_kw: Floats, q_kvar: Floats) -> dict[str, Floats]:
    """AC flows of every hour by pandapower, as (T, n) and (T, m)."""
    net = _pandapower_net(network)
    rows = []
    for hour in range(len(closed)):
        net.load["p_mw"], net.load["q_mvar"] = p_kw[hour] / 1e3, q_kvar[hour] / 1e3
        net.line["in_service"] = closed[hour]
        pp.runpp(net, tolerance_mva=1e-11, max_iteration=30, numba=False)
        line = net.res_line
        rows.append(
            [net.res_bus.vm_pu, line.p_from_mw * 1e3, line.q_from_mvar * 1e3, line.i_from_ka * 1e3, line.pl_mw * 1e3]
        )
    columns = [np.nan_to_num(np.array([row[c] for row in rows], dtype=float)) for c in range(5)]
    return dict(zip(("vm_pu", "p_kw", "q_kvar", "i_a", "loss_kw"), columns, strict=True))


def _loss_slopes(network: Network, closed: npt.NDArray[np.bool_], p_kw: Floats, q_kvar: Floats) -> Floats:
    """(T, n) what a kW more at every bus adds to the losses, by differences over 2 kW; no limit of the sample binds."""
    step_kw = 1.0 * np.eye(network.n_buses)
    rows = []
    for hour, lines in enumerate(closed):
        tree, q = orient(network, lines), np.tile(q_kvar[hour], (network.n_buses, 1))
        more, less = (solve_tree(network, tree, p_kw[hour] + sign * step_kw, q) for sign in (1.0, -1.0))
        rows.append((more.loss_kw.sum(axis=1) - less.loss_kw.sum(axis=1)) / 2.0)
    return np.array(rows)


def _pandapower_net(network: Network) -> Any:
    net = empty(sn_mva=1.0)
    for vn_kv in network.vn_kv:
        pp.create_load(net, pp.create_bus(net, vn_kv), 0.0)
    z_ohm = network.vn_kv[network.from_bus] ** 2 / network.base_mva
    ends = zip(network.from_bus, network.to_bus, network.r_pu * z_ohm, network.x_pu * z_ohm, strict=True)
    for first, second, r_ohm, x_ohm in ends:
        pp.create_line_from_parameters(net, int(first), int(second), 1.0, r_ohm, x_ohm, 0.0, 1.0)
    for bus, vm_pu in zip(network.substations, network.substation_vm_pu, strict=True):
        pp.create_ext_grid(net, int(bus), vm_pu)
    return net


def _tables(
    scenario: Scenario, network: Network, closed: npt.NDArray[np.bool_], day: Any, pairs: Any, trades: Any, grid: Any
) -> Tables:
    hours, ids = scenario.hours, [prosumer.id for prosumer in scenario.prosumers]
    buses = _grid_table(hours, "bus", network.n_buses, {"vm_pu": grid["vm_pu"]})
    charge = grid["charge_loss"]
    for name, share in (
        ("charge_eur_per_kwh", 1.0),
        ("charge_loss", 1.0),
        ("charge_congestion", 0.0),
        ("charge_voltage", 0.0),
    ):
        buses[name] = (share * charge).ravel()
    limited = {**grid, "closed": closed.astype(int), "loading_percent": 100 * grid["i_a"] / network.limit_a}
    lines = _grid_table(
        hours,
        "line",
        network.n_lines,
        {name: limited[name] for name in ("closed", "p_kw", "q_kvar", "i_a", "loading_percent", "loss_kw")},
    )
    people = pd.DataFrame({"hour": np.repeat(np.arange(hours), len(ids)), "prosumer": ids * hours})
    for name in ("injection_kw", *QUANTITIES, "net_trade_kw"):
        people[name] = day[name].ravel()
    partners = pd.DataFrame({"prosumer": [ids[k] for k in pairs[:, 0]], "partner": [ids[k] for k in pairs[:, 1]]})
    traded = _trade_table(hours, partners, trades)
    bills = _bills(scenario, people, traded, charge)
    switched = summary.changes(network, closed)
    operations = _operations(closed, switched)
    return Tables(
        hours=_hours_table(network, closed, grid, switched),
        buses=buses,
        lines=lines,
        prosumers=people,
        partners=partners,
        trades=traded,
        bills=bills,
        convergence=_convergence(),
        operations=pd.DataFrame(operations, columns=["hour", "step", "line", "action"]),
    )


def _operations(closed: npt.NDArray[np.bool_], switched: npt.NDArray[np.bool_]) -> list[tuple[int, int, int, str]]:
    """Lines are closed before others are opened."""
    rows = []
    for t in range(len(closed)):
        lines = sorted(np.flatnonzero(switched[t]), key=lambda line: not closed[t, line])
        rows += [(t, step, line + 1, "close" if closed[t, line] else "open") for step, line in enumerate(lines)]
    return rows


def _grid_table(hours: int, key: str, count: int, columns: dict[str, Floats]) -> pd.DataFrame:
    table = pd.DataFrame({"hour": np.repeat(np.arange(hours), count), key: np.tile(np.arange(1, count + 1), hours)})
    return table.assign(**{name: values.ravel() for name, values in columns.items()})


def _hours_table(network: Network, closed: Any, grid: dict[str, Floats], switched: Any) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "hour": np.arange(len(closed)),
            "loss_kw": grid["loss_kw"].sum(axis=1),
            "vm_min_pu": grid["vm_pu"].min(axis=1),
            "vm_max_pu": grid["vm_pu"].max(axis=1),
            "max_loading_percent": (100 * grid["i_a"] / network.limit_a).max(axis=1),
            "operations": switched.sum(axis=1),
            "open_lines": [" ".join(str(line + 1) for line in np.flatnonzero(~row)) for row in closed],
            "rank": np.full(len(closed), np.nan),
        }
    )


def _trade_table(hours: int, partners: pd.DataFrame, trades: Floats) -> pd.DataFrame:
    rows = []
    for t in range(hours):
        for e, (first, second) in enumerate(zip(partners["prosumer"], partners["partner"], strict=True)):
            power = trades[t, e]
            seller, buyer = (first, second) if power >= 0 else (second, first)
            price = 0.15 + 0.001 * e
            rows.append(
                (
                    t,
                    seller,
                    buyer,
                    abs(power),
                    price,
                    abs(power) + 0.01 * (power != 0),
                    abs(power) - 0.01 * (power != 0),
                )
            )
    columns = ["hour", "seller", "buyer", "power_kw", "price_eur_per_kwh", "copy_seller_kw", "copy_buyer_kw"]
    return pd.DataFrame(rows, columns=columns)


def _bills(scenario: Scenario, people: pd.DataFrame, trades: pd.DataFrame, charge: Floats) -> pd.DataFrame:
    ids = [prosumer.id for prosumer in scenario.prosumers]
    frame = Tables(
        *(pd.DataFrame() for _ in range(3)), people, pd.DataFrame(), trades, *(pd.DataFrame() for _ in range(3))
    )
    costs = summary.prosumer_costs_eur(scenario, frame)
    paid = dict.fromkeys(ids, 0.0)
    for row in trades.itertuples():
        paid[row.seller] -= scenario.step_h * row.power_kw * row.price_eur_per_kwh
        paid[row.buyer] += scenario.step_h * row.power_kw * row.price_eur_per_kwh
    at = charge[:, [prosumer.bus - 1 for prosumer in scenario.prosumers]]
    bills = pd.DataFrame(
        {"prosumer": ids, "retail_eur": costs["retail"], "trades_eur": list(paid.values()), "fees_eur": costs["fees"]}
    )
    bills["network_eur"] = -scenario.step_h * (at * people["injection_kw"].to_numpy().reshape(scenario.hours, -1)).sum(
        axis=0
    )
    bills["own_costs_eur"] = costs["own"] + costs["unserved"]
    bills["total_eur"] = bills[["retail_eur", "trades_eur", "fees_eur", "network_eur", "own_costs_eur"]].sum(axis=1)
    buy, sell = (np.array(values) for values in (scenario.tariff.buy_eur_per_kwh, scenario.tariff.sell_eur_per_kwh))
    alone = people["injection_kw"].to_numpy().reshape(scenario.hours, -1)
    retail_only = scenario.step_h * (np.maximum(-alone, 0).T @ buy - np.maximum(alone, 0).T @ sell)
    bills["retail_only_uncharged_eur"] = retail_only + bills["own_costs_eur"]
    bills.insert(len(bills.columns) - 1, "retail_only_eur", bills["retail_only_uncharged_eur"] + bills["network_eur"])
    return bills


def _convergence() -> pd.DataFrame:
    steps = np.arange(12)
    return pd.DataFrame(
        {
            "iteration": steps,
            "phase": ["binary"] * 5 + ["convex"] * 6 + ["polish"],
            "primal": 40.0 * 0.5**steps,
            "dual": 0.1 * 0.4**steps,
            "rho": np.full(12, 1e-3),
            "objective_eur": 300 + 20 * 0.5**steps,
            "free_binaries": [120, 80, 30, 8, 0, 0, 0, 0, 0, 0, 0, 0],
            "seconds": 0.1 * steps,
        }
    )


def _summary(scenario: Scenario, network: Network, tables: Tables) -> dict[str, Any]:
    return {
        "name": scenario.name,
        "mode": "hourly",
        "p2p": True,
        "status": "converged",
        **summary.figures(scenario, network, tables),
        "lower_bound_eur": None,
        "proved": "nothing",
        "certificates": {},
        "seconds": {"total": 1.5, "search": 0.5},
        "iterations": 12,
        "scenario_sha256": document.sha256(scenario),
        "topologies": None,
    }


if __name__ == "__main__":
    target = Path(sys.argv[1])
    folder.save(sample_result(), target)
    (target / "payload.json").write_text(json.dumps(payload.payload(sample_result())))
