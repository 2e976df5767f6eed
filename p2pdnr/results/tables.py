"""From a plan to tidy tables: arrays over hours become rows of docs/formats.md."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pandas as pd

from p2pdnr.coordination.plans.dispatch import Dispatch
from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.coordination.progress.journal import Journal
from p2pdnr.market.negotiation import delivered
from p2pdnr.market.prosumer import QUANTITIES
from p2pdnr.market.settlement import Bills, settle
from p2pdnr.network.arrays import Network
from p2pdnr.network.cut_loops import cut
from p2pdnr.network.hourly import steps
from p2pdnr.network.topology import changes
from p2pdnr.reconfiguration.topologies.switching_sequence import operations
from p2pdnr.results.study_result import Tables

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


def tables(
    problem: CoordinationProblem, plan: Dispatch, journal: Journal, ranks: Ints | None, times: list[str] | None = None
) -> Tables:
    """All tables of a plan; ``ranks`` (T,) places of the hours' trees, None where they are not known; ``times`` (T,)
    time stamps where the scenario has a start."""
    names = [terms.name for terms in problem.block.terms]
    hours = hours_table(problem, plan, ranks)
    return Tables(
        hours=hours if times is None else hours.assign(time=times),
        buses=buses_table(problem, plan),
        lines=lines_table(problem, plan),
        prosumers=prosumers_table(problem, plan, names),
        partners=partners_table(problem, names),
        trades=trades_table(problem, plan, names),
        bills=bills_table(bills(problem, plan), names),
        convergence=convergence_table(journal, plan),
        operations=operations_table(problem, plan.closed),
        levers=levers_table(problem, plan),
    )


def partners_table(problem: CoordinationProblem, names: list[str]) -> pd.DataFrame:
    """partners.csv"""
    ends = np.array(names, dtype=object)[problem.trades.pairs.reshape(-1, 2)]
    return pd.DataFrame({"prosumer": ends[:, 0], "partner": ends[:, 1]})


def bills(problem: CoordinationProblem, plan: Dispatch) -> Bills:
    """Bills at the prices of the pairs and the charges at the buses."""
    charge_eur_per_kw = problem.step_h * plan.charge_eur_per_kwh.sum(axis=0)[:, problem.prosumer_bus].T
    return settle(
        problem.block,
        plan.response,
        plan.traded_kw,
        plan.agreement.trading.price_eur_per_kw,
        np.ascontiguousarray(charge_eur_per_kw),
    )


def hours_table(problem: CoordinationProblem, plan: Dispatch, ranks: Ints | None) -> pd.DataFrame:
    """hours.csv"""
    flow, closed = plan.flow, plan.closed
    loading = loading_percent(problem.network, flow.current_a)
    limited = np.isfinite(problem.network.limit_a)
    return pd.DataFrame(
        {
            "hour": np.arange(problem.hours),
            "loss_kw": flow.loss_kw.sum(axis=1),
            "vm_min_pu": flow.vm_pu.min(axis=1),
            "vm_max_pu": flow.vm_pu.max(axis=1),
            "max_loading_percent": loading[:, limited].max(axis=1) if limited.any() else np.nan,
            "operations": changes(problem.network, closed).sum(axis=1),
            "open_lines": [" ".join(str(line + 1) for line in np.flatnonzero(~row)) for row in closed],
            "rank": pd.array([pd.NA] * problem.hours if ranks is None else ranks.tolist(), dtype="Int64"),
        }
    )


def loading_percent(network: Network, current_a: Floats) -> Floats:
    """(T, m) current by its limit in percent; NaN for lines without limit."""
    limit = np.where(np.isfinite(network.limit_a), network.limit_a, np.nan)
    return np.asarray(100.0 * current_a / limit)


def buses_table(problem: CoordinationProblem, plan: Dispatch) -> pd.DataFrame:
    """buses.csv"""
    charge = plan.charge_eur_per_kwh
    hours, count = plan.flow.vm_pu.shape
    return pd.DataFrame(
        {
            "hour": np.repeat(np.arange(hours), count),
            "bus": np.tile(np.arange(1, count + 1), hours),
            "vm_pu": plan.flow.vm_pu.ravel(),
            "charge_eur_per_kwh": charge.sum(axis=0).ravel(),
            **{f"charge_{part}": charge[k].ravel() for k, part in enumerate(("loss", "congestion", "voltage"))},
        }
    )


def lines_table(problem: CoordinationProblem, plan: Dispatch) -> pd.DataFrame:
    """lines.csv"""
    flow = plan.flow
    hours, count = plan.closed.shape
    return pd.DataFrame(
        {
            "hour": np.repeat(np.arange(hours), count),
            "line": np.tile(np.arange(1, count + 1), hours),
            "closed": plan.closed.ravel().astype(np.int64),
            "p_kw": flow.p_kw.ravel(),
            "q_kvar": flow.q_kvar.ravel(),
            "i_a": flow.current_a.ravel(),
            "loading_percent": loading_percent(problem.network, flow.current_a).ravel(),
            "loss_kw": flow.loss_kw.ravel(),
        }
    )


def prosumers_table(problem: CoordinationProblem, plan: Dispatch, names: list[str]) -> pd.DataFrame:
    """prosumers.csv"""
    response = plan.response
    net_trade_kw = delivered(problem.block, plan.traded_kw)
    quantities = {name: response.quantity(name).ravel() for name in QUANTITIES}
    return pd.DataFrame(
        {
            "hour": np.repeat(np.arange(problem.hours), len(names)),
            "prosumer": names * problem.hours,
            "injection_kw": response.injection_kw.T.ravel(),
            **quantities,
            "net_trade_kw": net_trade_kw.T.ravel(),
            **({} if plan.reactive_kvar is None else {"reactive_kvar": plan.reactive_kvar.T.ravel()}),
        }
    )


def trades_table(problem: CoordinationProblem, plan: Dispatch, names: list[str]) -> pd.DataFrame:
    """trades.csv: every pair and hour, turned so that the power is not negative."""
    trading = plan.agreement.trading
    power, first, second = plan.traded_kw.T, trading.first_kw.T, trading.second_kw.T
    sells = power >= 0.0
    ends = np.array(names, dtype=object)[problem.trades.pairs] if problem.trades.n_pairs else np.empty((0, 2), object)
    shape = power.shape
    start, end = (np.broadcast_to(ends[:, side], shape) for side in range(2))
    return pd.DataFrame(
        {
            "hour": np.repeat(np.arange(problem.hours), shape[1]),
            "seller": np.where(sells, start, end).ravel(),
            "buyer": np.where(sells, end, start).ravel(),
            "power_kw": np.abs(power).ravel(),
            "price_eur_per_kwh": (trading.price_eur_per_kw.T / problem.step_h).ravel(),
            "copy_seller_kw": np.where(sells, first, second).ravel(),
            "copy_buyer_kw": np.where(sells, -second, -first).ravel(),
        }
    )


def bills_table(items: Bills, names: list[str]) -> pd.DataFrame:
    """bills.csv"""
    columns = ("retail_eur", "trades_eur", "fees_eur", "network_eur", "own_costs_eur", "total_eur")
    reference = ("retail_only_eur", "retail_only_uncharged_eur")
    return pd.DataFrame({"prosumer": names} | {name: getattr(items, name) for name in (*columns, *reference)})


def convergence_table(journal: Journal, plan: Dispatch) -> pd.DataFrame:
    """convergence.csv; the last row is the plan that was kept, which need not be the last one tested."""
    records = [*journal.records, journal.record(plan.agreement)]
    fields = ("iteration", "phase", "primal", "dual", "rho", "objective_eur", "free_binaries", "seconds")
    return pd.DataFrame({name: [getattr(record, name) for record in records] for name in fields})


def operations_table(problem: CoordinationProblem, closed: Bools) -> pd.DataFrame:
    """operations.csv: make-before-break orders, the return to the initial state after the last hour where asked for."""
    network = cut(problem.network)
    states = [network.closed, *closed, *([network.closed] if problem.terms.return_to_initial else [])]
    rows = [
        (hour, step, line + 1, action)
        for hour, (before, after) in enumerate(pairwise(states))
        for step, (line, action) in enumerate(operations(network, before, after))
    ]
    return pd.DataFrame(rows, columns=["hour", "step", "line", "action"])


def levers_table(problem: CoordinationProblem, plan: Dispatch) -> pd.DataFrame | None:
    """levers.csv: where every lever that moves stands, and the steps it makes at the start of the hour; None where none
    moves."""
    levers, positions = problem.network.levers, plan.positions
    if levers is None or positions is None:
        return None
    hours, count = positions.shape
    return pd.DataFrame(
        {
            "hour": np.repeat(np.arange(hours), count),
            "kind": [item.kind for item in levers.items] * hours,
            "number": np.tile([item.place + 1 for item in levers.items], hours),
            "position": positions.ravel(),
            "steps": steps(levers.positions, positions).ravel(),
        }
    )
