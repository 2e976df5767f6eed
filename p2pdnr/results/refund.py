"""What the operator collects beyond its own cost, given back to the prosumers: a line of every bill (``dso.refund``).

Network charges are prices at the margin, so that they bring in more than losses and switching cost, most of all where a
limit binds. A refund changes nobody's plan: prosumers take it as given, and the shares by use count the load of the
plan. The price of a violation is paid by nobody and to nobody, and no part of this cost.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from p2pdnr.market.terms import loads_kw
from p2pdnr.network.arrays import Floats, Network
from p2pdnr.results.study_result import Tables
from p2pdnr.results.summary import costs_eur, matrix, operator_schedule_eur
from p2pdnr.scenario.schema import Scenario


def refunded(scenario: Scenario, network: Network, tables: Tables) -> Tables:
    """The tables with a column ``refund_eur`` in bills.csv, which is part of the total: not above zero, as it is
    income. As they are where ``dso.refund`` is "none"."""
    if scenario.dso.refund == "none":
        return tables
    back_eur = max(0.0, beyond_cost_eur(scenario, network, tables)) * shares(scenario, tables)
    total_eur = tables.bills["total_eur"] - back_eur
    return replace(tables, bills=tables.bills.assign(total_eur=total_eur, refund_eur=0.0 - back_eur))


def beyond_cost_eur(scenario: Scenario, network: Network, tables: Tables) -> float:
    """Network charges collected less the price of losses and of switching, and less what those who were curtailed are
    paid."""
    costs, bills = costs_eur(scenario, network, tables), tables.bills
    paid_eur = -float(bills["compensation_eur"].sum()) if "compensation_eur" in bills else 0.0
    return float(bills["network_eur"].sum()) - costs["losses"] - operator_schedule_eur(costs) - paid_eur


def shares(scenario: Scenario, tables: Tables) -> Floats:
    """(K,) of what is given back, summing to one: the same for all, or by the energy that each consumes in its plan
    (fixed, shifted and elastic load that is served). Where nobody consumes anything all have the same."""
    used_kwh = consumed_kwh(scenario, tables)
    if scenario.dso.refund == "equal" or not used_kwh.sum() > 0.0:
        return np.full(len(used_kwh), 1.0 / len(used_kwh))
    return np.asarray(used_kwh / used_kwh.sum())


def consumed_kwh(scenario: Scenario, tables: Tables) -> Floats:
    """(K,) energy that every prosumer's loads take over the horizon, batteries aside."""
    load_kw = loads_kw(scenario)
    more_kw = matrix(tables.prosumers, "flexible_kw", scenario) + matrix(tables.prosumers, "elastic_kw", scenario)
    return np.asarray(
        scenario.step_h * (load_kw + more_kw - matrix(tables.prosumers, "unserved_kw", scenario)).sum(axis=0)
    )
