"""The figures of summary.json that follow from scenario, network and tables, and how they are written.

Costs are those of docs/model.md: the prosumers' retail bill, own costs, fees and unserved load, the operator's losses,
violations and switching. Violations use the AC voltages and currents of the tables.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from p2pdnr.market.private_columns import each, hourly
from p2pdnr.market.settlement import LEAST_KWH, worth_eur_per_kwh
from p2pdnr.market.terms import ProsumerTerms, all_terms
from p2pdnr.network.arrays import Bools, Floats, Ints, Network
from p2pdnr.network.hourly import steps
from p2pdnr.network.topology import changes
from p2pdnr.reconfiguration.terms import outage_price
from p2pdnr.results.study_result import Tables
from p2pdnr.scenario.schema import Scenario

COST_PARTS = ("retail", "own", "fees", "losses", "violations", "switching", "unserved")
"""The parts whose sum is the objective, in the order they are shown; where levers move their steps stand before the
last, and so does energy not supplied where it has a price."""
OPTIONAL_PARTS = ("levers", "outages")


def figures(
    scenario: Scenario, network: Network, tables: Tables, terms: Sequence[ProsumerTerms] | None = None
) -> dict[str, Any]:
    """The summary's figures, recomputed from the tables.

    Who pays more than the tariff (:func:`above_tariff`), then objective_eur, costs_eur, losses_kwh, vm_min_pu,
    vm_max_pu, operations, curtailed_kwh, community_saving_eur, charges_collected_eur, operator_surplus_eur: these less
    the price of losses, of switching and of steps of levers; where levers move lever_steps. Where bills.csv has the
    columns, refunded_eur, and who pays more than in the market without an operator (:func:`above_free_market`).
    ``terms`` are the prosumers' of this scenario, made of it where they are not at hand.
    """
    terms = all_terms(scenario) if terms is None else terms
    costs = costs_eur(scenario, network, tables, terms)
    bills = tables.bills
    collected = float(bills["network_eur"].sum())
    refunded = {"refunded_eur": 0.0 - float(bills["refund_eur"].sum())} if "refund_eur" in bills else {}
    return {
        **above_tariff(scenario, bills, terms),
        "objective_eur": sum(costs.values()),
        "costs_eur": costs,
        "losses_kwh": scenario.step_h * float(tables.hours["loss_kw"].sum()),
        "vm_min_pu": float(tables.hours["vm_min_pu"].min()),
        "vm_max_pu": float(tables.hours["vm_max_pu"].max()),
        "operations": int(operations(scenario, network, matrix(tables.lines, "closed", scenario) > 0.5).sum()),
        "curtailed_kwh": curtailed_kwh(scenario, tables, terms),
        "community_saving_eur": float((bills["retail_only_eur"] - bills["total_eur"]).sum()),
        "charges_collected_eur": collected,
        "operator_surplus_eur": collected - costs["losses"] - operator_schedule_eur(costs),
        **_lever_figures(scenario, network, tables),
        **refunded,
        **above_free_market(scenario, bills, terms),
    }


def above_tariff(
    scenario: Scenario, bills: pd.DataFrame, terms: Sequence[ProsumerTerms] | None = None
) -> dict[str, Any]:
    """Who pays more than with the retailer alone and without any network charge, which is what they would have paid had
    there been neither trading nor charges: ``above_tariff`` of the ``prosumers``, ``above_tariff_ids`` with the worst
    off first, ``above_tariff_eur`` what each of these pays more, ``above_tariff_most_eur`` the first of that."""
    excess, who = _above(terms or all_terms(scenario), bills, "retail_only_uncharged_eur")
    return {
        "prosumers": len(excess),
        "above_tariff": len(who),
        "above_tariff_ids": [scenario.prosumers[k].id for k in who],
        "above_tariff_eur": [float(excess[k]) for k in who],
        "above_tariff_most_eur": float(excess[who[0]]) if who else 0.0,
    }


def above_free_market(
    scenario: Scenario, bills: pd.DataFrame, terms: Sequence[ProsumerTerms] | None = None
) -> dict[str, Any]:
    """Who pays more than in the market's equilibrium without an operator, in the same words; nothing where bills.csv
    does not say what that is."""
    if "free_market_eur" not in bills:
        return {}
    excess, who = _above(terms or all_terms(scenario), bills, "free_market_eur")
    return {
        "above_free_market": len(who),
        "above_free_market_ids": [scenario.prosumers[k].id for k in who],
        "above_free_market_eur": [float(excess[k]) for k in who],
    }


def _above(terms: Sequence[ProsumerTerms], bills: pd.DataFrame, reference: str) -> tuple[Floats, list[int]]:
    """(K,) what everybody pays beyond a reference, and who pays more than 0.04 kWh is worth, the worst off first."""
    little = LEAST_KWH * worth_eur_per_kwh(terms)
    excess = (bills["total_eur"] - bills[reference]).to_numpy(dtype=np.float64)
    order = np.argsort(-excess, kind="stable")
    return excess, order[excess[order] > little[order]].tolist()


def comparison_row(summary: Mapping[str, Any]) -> dict[str, Any]:
    """One row of compare.csv: a summary's figures, each cost part as ``<part>_eur``, the worst violation, the status.

    ``violations`` is the largest voltage violation (p.u.) or overload (share of the limit), ``violations_eur`` the
    price of all of them.
    """
    parts = {f"{name}_eur": value for name, value in summary["costs_eur"].items()}
    certificates = summary.get("certificates") or {}
    return {
        "objective_eur": summary["objective_eur"],
        **parts,
        **{name: summary[name] for name in ("losses_kwh", "vm_min_pu", "vm_max_pu", "curtailed_kwh", "operations")},
        "violations": certificates.get("violations", {}).get("value"),
        **{name: summary[name] for name in ("community_saving_eur", "operator_surplus_eur", "status")},
        **{name: summary.get(name) for name in ("charges_collected_eur", "above_tariff", "above_tariff_most_eur")},
    }


def costs_eur(
    scenario: Scenario, network: Network, tables: Tables, terms: Sequence[ProsumerTerms] | None = None
) -> dict[str, float]:
    """Each part of :data:`COST_PARTS` in EUR over the horizon, that of levers where they move, and energy not supplied
    where it has a price."""
    market = prosumer_costs_eur(scenario, tables, terms)
    lost_kwh = scenario.step_h * float(tables.hours["loss_kw"].sum())
    costs = {name: float(market[name].sum()) for name in ("retail", "own", "fees", "unserved")}
    costs["losses"] = scenario.dso.loss_price_eur_per_kwh * lost_kwh
    costs["violations"] = violations_eur(
        scenario, network, matrix(tables.buses, "vm_pu", scenario), matrix(tables.lines, "i_a", scenario)
    )
    costs["switching"] = switching_eur(scenario, network, matrix(tables.lines, "closed", scenario) > 0.5)
    if tables.levers is not None:
        costs["levers"] = levers_eur(scenario, network, tables.levers)
    costs |= outages_eur(scenario, network, matrix(tables.lines, "closed", scenario) > 0.5)
    return {name: costs[name] for name in (*COST_PARTS[:-1], *OPTIONAL_PARTS, COST_PARTS[-1]) if name in costs}


def operator_schedule_eur(costs: Mapping[str, float]) -> float:
    """What the schedule itself costs the operator: switching, and the steps of levers where they move."""
    return costs["switching"] + costs.get("levers", 0.0)


def scale_eur(costs: Mapping[str, float]) -> float:
    """What gaps of cost parts are a share of: their sum without their signs, at least 1 EUR."""
    return max(1.0, sum(abs(value) for value in costs.values()))


def bound_gap(summary: Mapping[str, Any]) -> float | None:
    """Distance of a summary's total to its lower bound, as a share of :func:`scale_eur`; None where it states none."""
    bound_eur = summary.get("lower_bound_eur")
    if bound_eur is None:
        return None
    return float((summary["objective_eur"] - bound_eur) / scale_eur(summary["costs_eur"]))


def prosumer_costs_eur(
    scenario: Scenario, tables: Tables, terms: Sequence[ProsumerTerms] | None = None
) -> dict[str, Floats]:
    """(K,) retail bill, own costs, fees and unserved load of every prosumer in EUR over the horizon; ``terms`` as of
    :func:`figures`."""
    terms = all_terms(scenario) if terms is None else terms
    day = {
        name: matrix(tables.prosumers, name, scenario) for name in tables.prosumers.columns.drop(["hour", "prosumer"])
    }
    step = scenario.step_h
    buy, sell = (hourly(terms, name).T for name in ("buy_eur_per_kwh", "sell_eur_per_kwh"))
    return {
        "retail": step * (buy * day["import_kw"] - sell * day["export_kw"]).sum(axis=0),
        "own": _own_eur(terms, day),
        "fees": fees_eur(scenario, tables.trades),
        "unserved": step * scenario.dso.violation_price_eur_per_kwh * day["unserved_kw"].sum(axis=0),
    }


def fees_eur(scenario: Scenario, trades: pd.DataFrame) -> Floats:
    """(K,) trade fees, which both sides of a trade pay, and each prosumer's own preferences, in EUR."""
    fee = scenario.market.trade_fee_eur_per_kwh
    index = {prosumer.id: k for k, prosumer in enumerate(scenario.prosumers)}
    preference = {(item.from_, item.to): item.eur_per_kwh for item in scenario.market.preferences}
    ends = [trades[side].map(index).to_numpy(dtype=np.int64) for side in ("seller", "buyer")]
    fees = np.full((len(trades), 2), fee)
    if preference:
        sides = list(zip(trades["seller"], trades["buyer"], strict=True))
        own = [(preference.get(pair, 0.0), preference.get(pair[::-1], 0.0)) for pair in sides]
        fees += np.reshape(own, (-1, 2))
    traded_kwh = scenario.step_h * trades["power_kw"].to_numpy(dtype=np.float64)
    paid = np.zeros(len(index))
    np.add.at(paid, np.column_stack(ends).ravel(), (traded_kwh[:, None] * fees).ravel())
    return paid


def violations_eur(scenario: Scenario, network: Network, vm_pu: Floats, current_a: Floats) -> float:
    """Price of all violations in EUR; ``vm_pu`` (T, n), ``current_a`` (T, m).

    A bus counts 1000 kW times half the excess of its squared voltage (p.u.), a line its rated power times half the
    excess of (I / Imax)^2. Substations hold their voltage and count nothing.
    """
    square = vm_pu**2
    voltage = np.maximum(square - network.vm_max_pu**2, network.vm_min_pu**2 - square).clip(min=0.0) / 2
    voltage[:, network.substations] = 0.0
    limited = np.isfinite(network.limit_a)
    limit_a = network.limit_a[limited]
    rated_kva = np.sqrt(3.0) * network.vn_kv[network.from_bus][limited] * limit_a
    current = rated_kva * ((current_a[:, limited] / limit_a) ** 2 - 1.0).clip(min=0.0) / 2
    price = scenario.dso.violation_price_eur_per_kwh
    return float(price * scenario.step_h * (1000.0 * voltage.sum() + current.sum()))


def switching_eur(scenario: Scenario, network: Network, closed: Bools) -> float:
    """Price of all operations in EUR, a return to the initial state included if asked for; ``closed`` (T, m)."""
    price = np.full(network.n_lines, scenario.dso.switching_cost_eur)
    for line, cost_eur in scenario.dso.line_switching_costs_eur.items():
        price[int(line) - 1] = cost_eur
    return float(operations(scenario, network, closed) @ price)


def outages_eur(scenario: Scenario, network: Network, closed: Bools) -> dict[str, float]:
    """Price of energy that faults leave unsupplied in EUR, by the name of the cost part; empty where it has none;
    ``closed`` (T, m)."""
    price = outage_price(scenario, network)
    return {} if price is None else {"outages": float(price.schedule_eur(network, closed).sum())}


def levers_eur(scenario: Scenario, network: Network, levers: pd.DataFrame) -> float:
    """Price of all steps of levers in EUR, the return to where they stand included if asked for."""
    return scenario.dso.lever_cost_eur * float(lever_steps(scenario, network, levers).sum())


def lever_steps(scenario: Scenario, network: Network, levers: pd.DataFrame) -> Ints:
    """(T, L) steps of every lever at the start of each hour, those after the last hour in one more row where they are
    asked for; from levers.csv."""
    start = () if network.levers is None else network.levers.positions
    return steps(start, lever_positions(scenario, levers), scenario.dso.return_to_initial)


def lever_positions(scenario: Scenario, levers: pd.DataFrame) -> Ints:
    """(T, L) positions that levers.csv states."""
    return matrix(levers, "position", scenario).astype(np.int64)


def _lever_figures(scenario: Scenario, network: Network, tables: Tables) -> dict[str, Any]:
    """How many steps levers make, where they move."""
    if tables.levers is None:
        return {}
    return {"lever_steps": int(lever_steps(scenario, network, tables.levers).sum())}


def operations(scenario: Scenario, network: Network, closed: Bools) -> Ints:
    """(m,) how often each line changes state, the return to the initial state after the last hour included where one is
    asked for."""
    counts = changes(network, closed).sum(axis=0)
    if scenario.dso.return_to_initial:
        counts = counts + (closed[-1] != network.closed)
    return np.asarray(counts, dtype=np.int64)


def curtailed_kwh(scenario: Scenario, tables: Tables, terms: Sequence[ProsumerTerms] | None = None) -> float:
    """PV energy that was available and not used, in kWh; ``terms`` as of :func:`figures`."""
    available = hourly(terms or all_terms(scenario), "pv_kw").T
    return scenario.step_h * float((available - matrix(tables.prosumers, "pv_kw", scenario)).sum())


def matrix(table: pd.DataFrame, column: str, scenario: Scenario) -> Floats:
    """(T, rows per hour) one column of a table that is complete and ordered by hour."""
    return table[column].to_numpy(dtype=np.float64).reshape(scenario.hours, -1)


def _own_eur(terms: Sequence[ProsumerTerms], day: dict[str, Floats]) -> Floats:
    """(K,) wear, discomfort and generation, less the utility of the elastic load, in EUR over the horizon."""
    wear = each(terms, "wear_eur_per_kwh") * (day["charge_kw"] + day["discharge_kw"])
    discomfort = each(terms, "discomfort_eur_per_kw2h") / 2 * day["flexible_kw"] ** 2
    made, used = day["generator_kw"], day["elastic_kw"]
    generation = each(terms, "generation_eur_per_kwh") * made
    generation = generation + each(terms, "generator_slope_eur_per_kw2h") / 2 * made**2
    utility = each(terms, "utility_eur_per_kwh") * used - each(terms, "elastic_slope_eur_per_kw2h") / 2 * used**2
    return np.asarray(each(terms, "step_h") * (wear + discomfort + generation - utility).sum(axis=0))
