"""Prices that part the hours of a day, and what the lines' side of the day costs at least at any such prices.

A schedule y pays c per operation and keeps the limits on operations. Copies z of the lines' states carry that side, and
a price on y_t = z_t parts it from the power flow, which is then a problem of one hour:

    cost >= sum over t of min over topologies [ losses_t + price_t * open ] + sum over lines of least path(z)
            - sum over days of day price * budget - sum over steps of step price * limit

where an operation of z costs c plus the prices of the limits that count it, and an open line earns its price. A line
has two states, so its least path over the hours, with the hours for which it has to rest, is a small dynamic programme.
Whatever the prices are, no schedule within the limits costs less.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from p2pdnr.network.arrays import Floats, Network
from p2pdnr.reconfiguration.terms import OperatorTerms


@dataclass(frozen=True, eq=False)
class Prices:
    """What parts the hours.

    Attributes
    ----------
    open_eur : (T, m) of a line being open in a step; counts for lines that some topology opens and some closes
    day_eur : (days,) of an operation in a day, not negative; zero without a budget
    step_eur : (T + 1,) of an operation in a step, not negative, the return after the last one included
    """

    open_eur: Floats
    day_eur: Floats
    step_eur: Floats

    @property
    def steps(self) -> int:
        """T."""
        return len(self.open_eur)


def no_prices(steps: int, lines: int, terms: OperatorTerms) -> Prices:
    """Every hour by itself, operations for nothing."""
    return Prices(np.zeros((steps, lines)), np.zeros(-(-steps // terms.steps_per_day)), np.zeros(steps + 1))


def budget(limit: int | None) -> int | None:
    """Operations that a limit leaves: they come in pairs, as all topologies have the same number of open lines."""
    return None if limit is None else 2 * (limit // 2)


def day_of(step: int, steps: int, terms: OperatorTerms) -> int:
    """The day whose budget a step counts for; the return after the last step counts for the last day."""
    return min(step, steps - 1) // terms.steps_per_day


def lines_floor_eur(network: Network, terms: OperatorTerms, prices: Prices) -> float:
    """The least that the lines' side costs at these prices, the prices of the limits given back.

    Raises ``ValueError`` where a price of a limit is negative or not a number, or is on a limit that is not there.
    """
    _refuse_useless(terms, prices)
    operation = _operation_eur(terms, prices)
    paths = _least_paths(network, terms, prices.open_eur, operation)
    given_back = (budget(terms.max_per_day) or 0) * prices.day_eur.sum()
    given_back += (budget(terms.max_per_hour) or 0) * prices.step_eur.sum()
    return float(paths.sum() - given_back)


def _refuse_useless(terms: OperatorTerms, prices: Prices) -> None:
    for name, limit, price in (
        ("day_eur", terms.max_per_day, prices.day_eur),
        ("step_eur", terms.max_per_hour, prices.step_eur),
    ):
        if not (np.isfinite(price) & (price >= 0.0)).all():
            raise ValueError(f"{name} has a negative price or none")
        if limit is None and price.any():
            raise ValueError(f"{name} has a price, and there is no such limit")
    if not np.isfinite(prices.open_eur).all():
        raise ValueError("open_eur has a price that is not a number")


def _operation_eur(terms: OperatorTerms, prices: Prices) -> Floats:
    """(T + 1, m) what an operation of each line costs in a step and after the last."""
    days = np.array([day_of(step, prices.steps, terms) for step in range(prices.steps + 1)])
    return np.asarray(terms.switching_cost_eur + (prices.day_eur[days] + prices.step_eur)[:, None])


def _least_paths(network: Network, terms: OperatorTerms, open_eur: Floats, operation: Floats) -> Floats:
    """(m,) the cheapest sequence of states of every line by itself.

    ``value`` (2, ages, m): closed and open, and the steps at rest since the last operation, the most that count last.
    """
    steps, lines = open_eur.shape
    ages = max(1, min(terms.min_dwell_steps or 1, steps + 1))
    moving = np.where(network.switchable, operation, np.inf)
    value = np.full((2, ages, lines), np.inf)
    value[(~network.closed).astype(np.int64), -1, np.arange(lines)] = 0.0
    for step in range(steps):
        value = _stepped(value, moving[step])
        value[1] -= open_eur[step]
    if not terms.return_to_initial:
        return np.asarray(value.min(axis=(0, 1)))
    back = _stepped(value, moving[-1]).min(axis=1)
    return np.asarray(np.where(network.closed, back[0], back[1]))


def _stepped(value: Floats, operation: Floats) -> Floats:
    """Each state after a step in which the line rests, or is operated if it has rested long enough."""
    rested = value[:, -1].copy()
    after = np.full_like(value, np.inf)
    after[:, 1:] = value[:, :-1]
    after[:, -1] = np.minimum(after[:, -1], rested)
    after[:, 0] = np.minimum(after[:, 0], rested[::-1] + operation)
    return after
