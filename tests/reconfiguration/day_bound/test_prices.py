"""The lines' side of a day against every sequence of states of every line."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest

from p2pdnr.network.arrays import Network
from p2pdnr.reconfiguration.day_bound.prices import Prices, lines_floor_eur
from p2pdnr.reconfiguration.terms import OperatorTerms
from tests.random_networks import build


def ring() -> Network:
    """Four buses in a ring with one line open, another of which may not be operated."""
    network = build([(0, 1), (1, 2), (2, 3), (3, 0)], 4, 3)
    return network.with_(closed=np.array([True, True, False, True]), switchable=np.array([True, False, True, True]))


def least_path(network: Network, line: int, terms: OperatorTerms, prices: Prices) -> float:
    """By trying all sequences; the initial state counts as rested."""
    steps, best = prices.steps, np.inf
    for states in product([True, False], repeat=steps):
        whole = [bool(network.closed[line]), *states] + (
            [bool(network.closed[line])] if terms.return_to_initial else []
        )
        moved = [step for step in range(len(whole) - 1) if whole[step] != whole[step + 1]]
        if moved and not network.switchable[line]:
            continue
        if any(second - first < (terms.min_dwell_steps or 0) for first, second in pairwise(moved)):
            continue
        day = [min(step, steps - 1) // terms.steps_per_day for step in moved]
        cost = sum(
            terms.switching_cost_eur[line] + prices.day_eur[d] + prices.step_eur[s]
            for d, s in zip(day, moved, strict=True)
        )
        cost -= sum(prices.open_eur[step, line] for step, closed in enumerate(states) if not closed)
        best = min(best, cost)
    return float(best)


@pytest.mark.parametrize("seed", range(12))
def test_equals_all_sequences_of_all_lines(seed: int) -> None:
    rng, network, steps = np.random.default_rng(seed), ring(), 4
    most = [(None, None), (3, None), (None, 2), (4, 3)][seed % 4]
    terms = OperatorTerms(
        rng.uniform(0.0, 2.0, 4),
        step_h=12.0,
        max_per_day=most[0],
        max_per_hour=most[1],
        min_dwell_steps=[None, 2, 3][seed % 3],
        return_to_initial=bool(seed % 2),
    )
    prices = Prices(
        rng.normal(0.0, 2.0, (steps, 4)),
        rng.uniform(0.0, 1.0, 2) * (most[0] is not None),
        rng.uniform(0.0, 1.0, steps + 1) * (most[1] is not None),
    )
    wanted = sum(least_path(network, line, terms, prices) for line in range(4))
    wanted -= sum(
        2 * (limit // 2) * price.sum()
        for limit, price in zip(most, (prices.day_eur, prices.step_eur), strict=True)
        if limit
    )
    assert lines_floor_eur(network, terms, prices) == pytest.approx(wanted, abs=1e-12)


def test_prices_that_prove_nothing_are_refused() -> None:
    network, terms = ring(), OperatorTerms(np.ones(4), max_per_day=2)
    good = Prices(np.zeros((2, 4)), np.zeros(1), np.zeros(3))
    lines_floor_eur(network, terms, good)
    with pytest.raises(ValueError, match="day_eur has a negative price"):
        lines_floor_eur(network, terms, Prices(good.open_eur, np.array([-1.0]), good.step_eur))
    with pytest.raises(ValueError, match="no such limit"):
        lines_floor_eur(network, terms, Prices(good.open_eur, good.day_eur, np.ones(3)))
    with pytest.raises(ValueError, match="not a number"):
        lines_floor_eur(network, terms, Prices(np.full((2, 4), np.nan), good.day_eur, good.step_eur))
