"""The closed form of a line against a numerical minimum of what it is the least of."""

from __future__ import annotations

from typing import Any, NamedTuple

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize

from p2pdnr.network.lanes import LANES, store
from p2pdnr.reconfiguration.lagrangian import kernel
from p2pdnr.reconfiguration.lagrangian.closed_form import BusPrices, Cut, LineTerms, least_on_line

PRICE = st.floats(-50.0, 50.0)
IMPEDANCE = st.floats(0.01, 0.5)


def priced(line: LineTerms, parent: BusPrices, bus: BusPrices, y: float, flow: np.ndarray, v: float) -> float:
    """The terms of the Lagrangian with the flow (P, Q) of the line, whose squared current is least: l v = P^2 + Q^2.

    Sent off at the parent, P and Q are worth a_i and b_i there; r l and x l of it are lost; the rest arrives. The
    squared voltage beyond falls by 2 (r P + x Q) - (r^2 + x^2) l and is priced at y.
    """
    (p, q), (r, x, own) = flow, line
    current = (p * p + q * q) / v
    balances = parent.a * p + parent.b * q - bus.a * (p - r * current) - bus.b * (q - x * current)
    return float(balances + own * current + y * (2.0 * (r * p + x * q) - (r * r + x * x) * current))


@given(st.tuples(PRICE, PRICE, PRICE, PRICE), IMPEDANCE, IMPEDANCE, st.floats(-5.0, 5.0), st.floats(0.8, 1.3))
def test_it_is_the_least_of_what_the_flow_costs(
    prices: tuple[float, float, float, float], r: float, x: float, y: float, v: float
) -> None:
    parent, bus = BusPrices(*map(np.float64, prices[:2])), BusPrices(*map(np.float64, prices[2:]))
    needed = -(r * bus.a + x * bus.b) + (r * r + x * x) * y
    line = LineTerms(np.float64(r), np.float64(x), np.float64(max(needed, 0.0) + 3.0))
    least = least_on_line(line, parent, bus, np.float64(y))
    found = minimize(lambda flow: priced(line, parent, bus, y, flow, v), np.zeros(2), method="BFGS", tol=1e-10)
    scale = 1.0 + abs(found.fun)
    assert -v * (least.above_eur - y) == pytest.approx(found.fun, abs=1e-6 * scale)
    assert least.current_eur > 0.0


def test_a_cut_moves_all_three_prices() -> None:
    line, zero = LineTerms(np.ones(1), np.ones(1), np.ones(1)), BusPrices(np.zeros(1), np.zeros(1))
    plain = least_on_line(line, zero, zero, np.zeros(1))
    cut = least_on_line(line, zero, zero, np.zeros(1), Cut(np.full(1, 3.0), np.full(1, 4.0), np.full(1, 2.0)))
    assert (plain.current_eur, plain.above_eur) == (1.0, 0.0)
    assert cut.current_eur == 3.0
    assert cut.above_eur == pytest.approx(25.0 / 12.0)


def test_a_negative_price_of_the_current_is_told() -> None:
    line, zero = LineTerms(np.ones(1), np.ones(1), -np.ones(1)), BusPrices(np.zeros(1), np.zeros(1))
    assert least_on_line(line, zero, zero, np.zeros(1)).current_eur[0] < 0.0


class Adjoint(NamedTuple):
    a: Any
    b: Any
    m: Any


class Work(NamedTuple):
    losses: Adjoint
    limits: Adjoint
    y: Any


class Branches(NamedTuple):
    parent: Any
    r: Any
    x: Any
    line: Any


class Grid(NamedTuple):
    overload: Any


class Case(NamedTuple):
    grid: Grid
    branches: Branches
    work: Work
    loss_eur: float


@numba.njit
def by_kernel(case, share, k, found):  # type: ignore[no-untyped-def]
    c, above = kernel._line(case, share, k)
    store(found, 0, 0, c)
    store(found, 1, 0, above)


@pytest.mark.interpreted
def test_the_kernel_has_the_same_closed_form() -> None:
    rng = np.random.default_rng(3)
    losses, limits = (Adjoint(*rng.normal(size=(3, 2, LANES))) for _ in range(2))
    y, (r, x), loss, share = rng.normal(size=(2, LANES)), rng.uniform(0.1, 0.5, (2, 2)), 6.0, 0.25
    overload = np.array([[0.5, 0.7], [1.0, 1.0]])  # one over the squared limit of each line, and a price
    branches = Branches(np.array([0, 0]), r, x, np.array([0, 1]))
    found = np.empty((2, LANES))
    by_kernel(Case(Grid(overload), branches, Work(losses, limits, y), loss), share, 1, found)
    parent, bus = (BusPrices(losses.a[k] + share * limits.a[k], losses.b[k] + share * limits.b[k]) for k in (0, 1))
    line = LineTerms(r[1], x[1], loss * r[1] + share * limits.m[1] * overload[0, 1])
    least = least_on_line(line, parent, bus, y[1])
    assert found[0] == pytest.approx(least.current_eur, rel=1e-12)
    assert found[1] == pytest.approx(least.above_eur, rel=1e-12)
