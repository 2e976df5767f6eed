"""From a plan to tidy tables: every row in its place, signs and units as docs/formats.md says."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from p2pdnr.coordination.modes import plan
from p2pdnr.coordination.plans.dispatch import Dispatch
from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.coordination.progress.journal import Journal
from p2pdnr.coordination.schedule.context import Context
from p2pdnr.market.prosumer import QUANTITIES
from p2pdnr.reconfiguration.topologies.ranking import all_trees
from p2pdnr.results import tables as module
from p2pdnr.results.study_result import Tables
from tests.coordination.cases import problem_of, random_document


@pytest.fixture(scope="module")
def solved() -> tuple[CoordinationProblem, Dispatch, Tables]:
    """Half hours, three prosumers, switching for nothing, so that something moves."""
    scene = random_document(27, 4, 3) | {"step_h": 0.5}
    scene["dso"] |= {"switching_cost_eur": 0.0, "return_to_initial": True}
    for row in scene["prosumers"]:
        row |= {"load_kw": 4 * row["load_kw"], "pv_kw": 7 * row.get("pv_kw", 0.0)}
    problem, journal = problem_of(scene), Journal()
    found = plan(Context(problem, journal=journal), all_trees(problem.network), "hourly")["hourly"]
    return problem, found, module.tables(problem, found, journal, np.array([1, 2, 1, 3]))


def test_every_table_has_a_row_for_everything(solved: tuple[CoordinationProblem, Dispatch, Tables]) -> None:
    problem, _, tables = solved
    n, m, people, pairs = problem.network.n_buses, problem.network.n_lines, 3, 3
    rows = {name: len(getattr(tables, name)) for name in ("hours", "buses", "lines", "prosumers", "trades", "bills")}
    assert rows == {"hours": 4, "buses": 4 * n, "lines": 4 * m, "prosumers": 12, "trades": 4 * pairs, "bills": people}
    assert tables.buses["bus"].tolist()[: n + 1] == [*range(1, n + 1), 1]
    assert tables.lines["line"].tolist()[: m + 1] == [*range(1, m + 1), 1]
    assert tables.lines["hour"].is_monotonic_increasing
    assert tables.hours["rank"].tolist() == [1, 2, 1, 3]


def test_hours_summarise_lines_and_buses(solved: tuple[CoordinationProblem, Dispatch, Tables]) -> None:
    problem, found, tables = solved
    by_hour = tables.lines.groupby("hour")
    assert tables.hours["loss_kw"].to_numpy() == pytest.approx(by_hour["loss_kw"].sum().to_numpy())
    assert tables.hours["max_loading_percent"].to_numpy() == pytest.approx(by_hour["loading_percent"].max().to_numpy())
    assert tables.hours["vm_min_pu"].to_numpy() == pytest.approx(tables.buses.groupby("hour")["vm_pu"].min().to_numpy())
    for hour, text in enumerate(tables.hours["open_lines"]):
        lines = tables.lines[(tables.lines["hour"] == hour) & (tables.lines["closed"] == 0)]
        assert text == " ".join(map(str, lines["line"]))
    states = np.vstack([problem.network.closed, found.closed])
    assert tables.hours["operations"].tolist() == [int((a != b).sum()) for a, b in pairwise(states)]
    assert tables.hours["operations"].sum() > 0


def test_loading_is_current_by_limit_and_empty_without_one(
    solved: tuple[CoordinationProblem, Dispatch, Tables],
) -> None:
    problem, _, tables = solved
    limit = np.tile(problem.network.limit_a, 4)
    rated = np.isfinite(limit)
    assert rated.any()
    assert not rated.all()
    lines = tables.lines
    assert lines["loading_percent"].isna().to_numpy().tolist() == (~rated).tolist()
    expected = 100 * lines["i_a"].to_numpy()[rated] / limit[rated]
    assert lines["loading_percent"].to_numpy()[rated] == pytest.approx(expected)


def test_the_loading_of_a_network_without_limits_is_empty() -> None:
    scene = random_document(5, 2, 2)
    for line in scene["network"]["source"]["lines"]:
        line.pop("limit_a", None)
    problem = problem_of(scene)
    found = plan(Context(problem), all_trees(problem.network), "fixed")["fixed"]
    assert module.hours_table(problem, found, None)["max_loading_percent"].isna().all()
    assert module.hours_table(problem, found, None)["rank"].isna().all()


def test_open_lines_carry_nothing(solved: tuple[CoordinationProblem, Dispatch, Tables]) -> None:
    lines = solved[2].lines
    idle = lines[lines["closed"] == 0]
    assert not idle[["p_kw", "q_kvar", "i_a", "loss_kw"]].to_numpy().any()


def test_prosumers_are_balanced_and_named(solved: tuple[CoordinationProblem, Dispatch, Tables]) -> None:
    _, found, tables = solved
    table = tables.prosumers
    assert table["prosumer"].tolist() == ["P1", "P2", "P3"] * 4
    assert set(QUANTITIES) < set(table.columns)
    balance = table["net_trade_kw"] + table["export_kw"] - table["import_kw"] - table["injection_kw"]
    assert balance.abs().max() < 1e-3
    second = table[table["prosumer"] == "P2"]
    assert second["injection_kw"].tolist() == found.response.injection_kw[1].tolist()
    assert second["energy_kwh"].tolist() == found.response.quantity("energy_kwh")[:, 1].tolist()


def test_trades_run_from_seller_to_buyer(solved: tuple[CoordinationProblem, Dispatch, Tables]) -> None:
    problem, found, tables = solved
    trades = tables.trades
    assert (trades["power_kw"] >= 0).all()
    signed = found.traded_kw.T.ravel()
    names = np.array(["P1", "P2", "P3"])[problem.trades.pairs]
    first = np.tile(names[:, 0], 4)
    assert (trades["seller"].to_numpy() == first).tolist() == (signed >= 0).tolist()
    assert trades["power_kw"].to_numpy() == pytest.approx(np.abs(signed))
    assert (trades["seller"] != trades["buyer"]).all()
    assert trades["copy_seller_kw"].to_numpy() == pytest.approx(trades["power_kw"].to_numpy(), abs=0.5)
    assert trades["copy_buyer_kw"].to_numpy() == pytest.approx(trades["power_kw"].to_numpy(), abs=0.5)
    price = found.agreement.trading.price_eur_per_kw.T.ravel() / 0.5
    assert trades["price_eur_per_kwh"].to_numpy() == pytest.approx(price), "per kWh, whatever the step"


def test_net_trades_are_the_sum_of_trades(solved: tuple[CoordinationProblem, Dispatch, Tables]) -> None:
    tables = solved[2]
    sold = tables.trades.groupby(["hour", "seller"])["power_kw"].sum()
    bought = tables.trades.groupby(["hour", "buyer"])["power_kw"].sum()
    for row in tables.prosumers.itertuples():
        net = sold.get((row.hour, row.prosumer), 0.0) - bought.get((row.hour, row.prosumer), 0.0)
        assert net == pytest.approx(row.net_trade_kw, abs=1e-9)


def test_bills_follow_from_the_other_tables(solved: tuple[CoordinationProblem, Dispatch, Tables]) -> None:
    """network_eur = - step x sum of charge x injection; trades at their price, half an hour each."""
    problem, _, tables = solved
    bills = tables.bills.set_index("prosumer")
    merged = tables.prosumers.assign(bus=np.tile(problem.prosumer_bus + 1, 4)).merge(tables.buses, on=["hour", "bus"])
    network = -0.5 * (merged["charge_eur_per_kwh"] * merged["injection_kw"]).groupby(merged["prosumer"]).sum()
    assert bills["network_eur"].to_numpy() == pytest.approx(network.to_numpy())
    paid = 0.5 * tables.trades["power_kw"] * tables.trades["price_eur_per_kwh"]
    trades = paid.groupby(tables.trades["buyer"]).sum().reindex(bills.index, fill_value=0.0)
    trades = trades - paid.groupby(tables.trades["seller"]).sum().reindex(bills.index, fill_value=0.0)
    assert bills["trades_eur"].to_numpy() == pytest.approx(trades.to_numpy())
    parts = ["retail_eur", "trades_eur", "fees_eur", "network_eur", "own_costs_eur"]
    assert bills["total_eur"].to_numpy() == pytest.approx(bills[parts].sum(axis=1).to_numpy())


def test_charges_are_the_sum_of_their_parts(solved: tuple[CoordinationProblem, Dispatch, Tables]) -> None:
    buses = solved[2].buses
    parts = buses["charge_loss"] + buses["charge_congestion"] + buses["charge_voltage"]
    assert buses["charge_eur_per_kwh"].to_numpy() == pytest.approx(parts.to_numpy())


def test_operations_lead_from_hour_to_hour_and_home(solved: tuple[CoordinationProblem, Dispatch, Tables]) -> None:
    problem, found, tables = solved
    closed = problem.network.closed.copy()
    for hour in range(5):
        for row in tables.operations[tables.operations["hour"] == hour].sort_values("step").itertuples():
            assert closed[row.line - 1] == (row.action == "open"), "it changes its state"
            closed[row.line - 1] = row.action == "close"
        expected = found.closed[hour] if hour < 4 else problem.network.closed
        assert (closed == expected).all()
    assert set(tables.operations["action"]) == {"open", "close"}


def test_convergence_is_the_journal(solved: tuple[CoordinationProblem, Dispatch, Tables]) -> None:
    table: pd.DataFrame = solved[2].convergence
    assert table["iteration"].tolist() == list(range(len(table)))
    assert set(table["phase"]) <= {"binary", "convex", "polish"}
    assert table["seconds"].is_monotonic_increasing
    assert (table["free_binaries"] >= 0).all()


def test_without_partners_the_tables_of_trade_are_empty() -> None:
    problem = problem_of(random_document(5, 2, 2), p2p=False)
    found = plan(Context(problem), all_trees(problem.network), "fixed")["fixed"]
    tables = module.tables(problem, found, Journal(), None)
    assert len(tables.partners) == 0
    assert tables.partners.columns.tolist() == ["prosumer", "partner"]
    assert len(tables.trades) == 0
    assert "price_eur_per_kwh" in tables.trades.columns
    assert not tables.bills["trades_eur"].any()
    assert tables.convergence["primal"].tolist() == [found.agreement.primal_kw], "the plan that was kept"
    assert len(tables.operations) == 0
