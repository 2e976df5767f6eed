"""Random prosumers with any combination of devices, and what the written statement says of an answer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import cvxpy as cp
import numpy as np
from hypothesis import strategies as st

from p2pdnr.market.prosumer import MarketModel, prosumer_model
from p2pdnr.market.responses import ProsumerBlock, Pull, Response, prosumer_block
from p2pdnr.market.terms import ProsumerTerms, TradeTerms
from p2pdnr.solvers import solve_once

Floats = np.ndarray

FLEXIBLE, BATTERY, ELASTIC, GENERATOR, PV, LOAD = (1 << k for k in range(6))
ALL_DEVICES = 63


def prosumer(seed: int, hours: int, devices: int = ALL_DEVICES, **changes: object) -> ProsumerTerms:
    """A prosumer with some of the devices, in random numbers; ``changes`` replace terms."""
    rng = np.random.default_rng(seed)
    day = np.arange(hours) / max(hours, 6)
    buy = rng.uniform(0.1, 0.4) * (1.0 + 0.4 * np.sin(9.0 * day + seed))
    has = {bit: bool(devices & bit) for bit in (FLEXIBLE, BATTERY, ELASTIC, GENERATOR, PV, LOAD)}
    values = {
        "name": f"P{seed}",
        "step_h": 1.0,
        "load_kw": has[LOAD] * rng.uniform(5, 100) * (1.0 + 0.5 * np.sin(7.0 * day + seed)),
        "pv_kw": has[PV] * rng.uniform(5, 300) * np.clip(np.sin(2.0 * np.pi * (day - 0.1)), 0.0, None),
        "buy_eur_per_kwh": buy,
        "sell_eur_per_kwh": rng.uniform(0.1, 0.9) * buy,
        "import_limit_kw": 500.0,
        "export_limit_kw": np.inf,
        "unserved_eur_per_kwh": 10.0,
        "flexible_share": has[FLEXIBLE] * 0.2,
        "discomfort_eur_per_kw2h": has[FLEXIBLE] * 0.002,
        "battery_kwh": has[BATTERY] * 100.0,
        "battery_kw": has[BATTERY] * 40.0,
        "battery_efficiency": 0.95,
        "battery_initial_kwh": has[BATTERY] * rng.uniform(10, 90),
        "wear_eur_per_kwh": has[BATTERY] * 0.002,
        "elastic_kw": has[ELASTIC] * 20.0,
        "utility_eur_per_kwh": has[ELASTIC] * rng.uniform(0.1, 0.5),
        "elastic_slope_eur_per_kw2h": has[ELASTIC] * 0.001,
        "generator_kw": has[GENERATOR] * 50.0,
        "generation_eur_per_kwh": has[GENERATOR] * rng.uniform(0.05, 0.4),
        "generator_slope_eur_per_kw2h": has[GENERATOR] * 0.0005,
    }
    return ProsumerTerms(**(values | changes))  # type: ignore[arg-type]


@st.composite
def prosumer_terms(draw: st.DrawFn, hours: int, step_h: float) -> ProsumerTerms:
    """Any devices, any limits: on islands, with free energy, with dear energy, with leaky batteries."""
    scale = draw(st.sampled_from([0.0, 0.01, 1.0, 30.0]))
    base = prosumer(draw(st.integers(0, 2**16)), hours, draw(st.integers(0, ALL_DEVICES)), step_h=step_h)
    changes = {
        "buy_eur_per_kwh": scale * base.buy_eur_per_kwh,
        "sell_eur_per_kwh": scale * base.sell_eur_per_kwh,
        "import_limit_kw": draw(st.sampled_from([0.0, 20.0, 500.0, np.inf])),
        "export_limit_kw": draw(st.sampled_from([0.0, 20.0, np.inf])),
        "battery_efficiency": draw(st.sampled_from([0.7, 0.95, 1.0])),
        "unserved_eur_per_kwh": draw(st.sampled_from([5.0, 50.0])),
        "battery_min_kwh": draw(st.sampled_from([0.0, 0.5, 1.0])) * base.battery_initial_kwh,
        "cycle_steps": draw(st.sampled_from([0, 0, 1, 2, 4])),
    }
    return ProsumerTerms(**(vars(base) | changes))


@st.composite
def blocks(draw: st.DrawFn, max_hours: int = 6, max_prosumers: int = 4) -> ProsumerBlock:
    """Prosumers with random pairs among them, none too."""
    hours, step_h = draw(st.integers(1, max_hours)), draw(st.sampled_from([0.25, 0.5, 1.0]))
    terms = tuple(draw(prosumer_terms(hours, step_h)) for _ in range(draw(st.integers(1, max_prosumers))))
    window_steps = draw(st.sampled_from([0, 0, 1, 2, 3]))
    terms = tuple(replace(item, window_steps=window_steps) for item in terms)
    pairs = [(a, b) for b in range(len(terms)) for a in range(b) if draw(st.booleans())]
    return block_of(terms, pairs, fee_eur_per_kwh=draw(st.sampled_from([0.0, 0.001, 0.05])))


def block_of(
    terms: tuple[ProsumerTerms, ...], pairs: list[tuple[int, int]], fee_eur_per_kwh: float = 0.001
) -> ProsumerBlock:
    """The block of some prosumers and pairs; a preference on top of the fee tells the two sides apart."""
    return prosumer_block(terms, trades_of(terms, pairs, fee_eur_per_kwh))


def bounded(block: ProsumerBlock, seed: int, share: float = 0.6) -> ProsumerBlock:
    """The same prosumers, about half of their injections in about half of the hours between bounds that hold what each
    would inject by itself, or nothing at all where no battery has to be filled or emptied: there is always an
    answer."""
    rng, terms = np.random.default_rng(seed), []
    alone_kw = block.respond(block.no_pull(), trading=False).injection_kw
    for item, own_kw in zip(block.terms, alone_kw, strict=True):
        least, most = item.reach_kw
        inside = np.where(rng.random() < 0.5 or np.isfinite(item.battery_end_kwh), own_kw, 0.0)
        low, high = inside + share * rng.random() * (least - inside), inside + share * rng.random() * (most - inside)
        below, above = rng.random((2, item.hours)) < 0.5
        low, high = np.where(below, np.minimum(low, inside), -np.inf), np.where(above, np.maximum(high, inside), np.inf)
        terms.append(replace(item, low_kw=low, high_kw=high))
    trades = TradeTerms(pairs_of(block), block.edge_limit_kw[block.directed[:, 0]], _fees(block), 0.0)
    return prosumer_block(tuple(terms), trades)


def pairs_of(block: ProsumerBlock) -> np.ndarray:
    """(E, 2) the two prosumers of every pair."""
    owner = np.repeat(np.arange(len(block.terms)), np.diff(block.first_edge))
    return np.asarray(owner[block.directed])


def _fees(block: ProsumerBlock) -> Floats:
    """(E, 2) EUR/kWh."""
    return block.edge_fee_eur[block.directed] / block.terms[0].step_h


def trades_of(terms: tuple[ProsumerTerms, ...], pairs: list[tuple[int, int]], fee_eur_per_kwh: float) -> TradeTerms:
    """Trades limited by the smaller partner; the second of each pair pays a preference of a tenth of the fee."""
    largest = np.array([item.largest_power_kw for item in terms])
    index = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    fees = np.tile([fee_eur_per_kwh, 1.1 * fee_eur_per_kwh], (len(index), 1))
    return TradeTerms(index, largest[index].min(axis=1), fees, fee_eur_per_kwh)


def random_pull(block: ProsumerBlock, seed: int, weight: float = 1e-2) -> Pull:
    """Prices around 0.2 EUR/kWh, charges around 0, and targets."""
    rng = np.random.default_rng(seed)
    count, hours = block.right.shape[:2]
    step_h = block.terms[0].step_h
    trade = -step_h * rng.uniform(0.0, 0.4, (block.n_edges, hours)) + weight * rng.normal(0, 5, (block.n_edges, hours))
    charge = step_h * rng.normal(0, 0.05, (count, hours)) + weight * rng.normal(0, 10, (count, hours))
    return Pull(trade, charge, np.full(hours, weight), weight * rng.uniform(0.1, 1.0, hours))


def statement(block: ProsumerBlock, k: int, pull: Pull) -> tuple[MarketModel, cp.Problem]:
    """What prosumer k answers to a pull, as it is written for people."""
    edges = slice(block.first_edge[k], block.first_edge[k + 1])
    fees = block.edge_fee_eur[edges] / block.terms[k].step_h
    model = prosumer_model(block.terms[k], block.edge_limit_kw[edges], fees)
    cost = model.cost_eur + pull.injection_linear[k] @ model.injection_kw
    cost += cp.sum(cp.multiply(pull.injection_weight / 2.0, cp.square(model.injection_kw)))
    if edges.stop > edges.start:
        cost += cp.sum(cp.multiply(pull.trade_linear[edges].T, model.trades_kw))
        cost += cp.sum(cp.multiply(pull.trade_weight[:, None] / 2.0, cp.square(model.trades_kw)))
    return model, cp.Problem(cp.Minimize(cost), model.constraints)


def assert_answers(block: ProsumerBlock, pull: Pull, response: Response, tolerance_kw: float = 2e-3) -> None:
    """Every prosumer's answer keeps the statement's constraints, costs what its optimum costs, and where the pull
    leaves one optimum only, is that one."""
    for k in range(len(block.terms)):
        model, problem = statement(block, k, pull)
        solve_once(problem, 1e-9)
        optimum, trades_kw, injection_kw = problem.value, model.trades_kw.value, model.injection_kw.value
        edges = slice(block.first_edge[k], block.first_edge[k + 1])
        put(model, response, k, edges)
        broken = max(float(np.max(item.violation())) for item in model.constraints)
        assert broken < 1e-5
        assert problem.objective.value - optimum < 1e-5 * (1.0 + abs(optimum))
        np.testing.assert_allclose(response.injection_kw[k], injection_kw, atol=tolerance_kw)
        if edges.stop > edges.start:
            np.testing.assert_allclose(response.trade_kw[edges].T, trades_kw, atol=tolerance_kw)


def put(model: MarketModel, response: Response, k: int, edges: slice) -> None:
    """An answer as the values of the statement's variables; a device that is not there must stand still."""
    for name, expression in model.quantities.items():
        _set(expression, response.quantity(name)[:, k])
    if edges.stop > edges.start:
        _set(model.sold_kw, response.sold_kw[edges].T)
        _set(model.bought_kw, response.bought_kw[edges].T)


def _set(expression: cp.Expression, values: Floats) -> None:
    for variable in expression.variables():  # one where there is a device, none else
        variable.project_and_assign(values.reshape(variable.shape))
    np.testing.assert_allclose(expression.value, values, atol=1e-6)


def terms(hours: int = 2, **changes: Any) -> ProsumerTerms:
    """Nothing but a retailer at 0.30 and 0.10 EUR/kWh."""
    nothing = np.zeros(hours)
    base = ProsumerTerms(
        name="A",
        step_h=1.0,
        load_kw=nothing,
        pv_kw=nothing,
        buy_eur_per_kwh=np.full(hours, 0.3),
        sell_eur_per_kwh=np.full(hours, 0.1),
        import_limit_kw=np.inf,
        export_limit_kw=np.inf,
        unserved_eur_per_kwh=10.0,
    )
    return replace(base, **{name: np.array(v, float) if isinstance(v, list) else v for name, v in changes.items()})


def neighbours() -> ProsumerBlock:
    """Load 10 and PV 8, the consumer's name first; a fee of 0.01, and 0.02 more for the producer."""
    people = (terms(hours=1, load_kw=[10]), terms(hours=1, pv_kw=[8]))
    return prosumer_block(people, TradeTerms(np.array([[0, 1]]), np.array([8.0]), np.array([[0.01, 0.03]]), 0.01))
