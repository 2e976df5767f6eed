"""The prosumers' own problems, written once.

Balance of every hour (injection p positive):
    p = g + b - c + q - d + r - f - x = sum of trades + n - m
with PV g, battery discharge b and charge c, generator q, fixed load d, unserved load r, shifted load f, elastic load
x, export n and import m. The cost is the energy bill and the own costs of the day, utilities negative. The
negotiation adds prices and a quadratic pull towards the other side's copies; the centralised optimum uses the same
statement without them.

The statement is that of K prosumers side by side, a column each, who meet in their trades and nowhere else:
:func:`market_model`. One of them alone is :func:`prosumer_model`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import cvxpy as cp
import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from p2pdnr.market.terms import ProsumerTerms, TradeTerms, windows

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

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
"""The prosumer's decisions besides its trades, in the order of every table."""


@dataclass(frozen=True, eq=False)
class Links:
    """E links over which K prosumers trade: ``incidence`` (E, K) is +1 where what is sold leaves and -1 where it
    arrives; ``limit_kw`` (E,) either way; ``fee_eur_per_kwh`` (E,) of all who stand at the link."""

    incidence: Any
    limit_kw: Floats
    fee_eur_per_kwh: Floats


def links_between(trades: TradeTerms, count: int) -> Links:
    """All pairs of ``count`` prosumers as links from the first to the second, who both pay the fee: what one sells the
    other buys, by construction."""
    pair = np.arange(trades.n_pairs)
    ends = [sp.csr_array((np.ones(len(pair)), (pair, side)), shape=(len(pair), count)) for side in trades.pairs.T]
    return Links(ends[0] - ends[1], trades.limit_kw, trades.fee_eur_per_kwh.sum(axis=1))


@dataclass(frozen=True, eq=False)
class MarketModel:
    """Variables, constraints and costs of K prosumers in cvxpy.

    ``quantities`` maps each name of :data:`QUANTITIES` to a (T, K) expression; ``sold_kw`` and ``bought_kw`` are (T,
    E), the two ways of every link; ``injection_kw`` (T, K); ``balance`` is that of every prosumer and hour, among the
    constraints; costs in EUR over the horizon.
    """

    quantities: dict[str, cp.Expression]
    sold_kw: cp.Expression
    bought_kw: cp.Expression
    injection_kw: cp.Expression
    balance: cp.Constraint
    constraints: list[cp.Constraint]
    retail_eur: cp.Expression
    own_eur: cp.Expression
    unserved_eur: cp.Expression
    fees_eur: cp.Expression

    @property
    def trades_kw(self) -> cp.Expression:
        """(T, E) trades, positive = sold."""
        return self.sold_kw - self.bought_kw

    @property
    def cost_eur(self) -> cp.Expression:
        """The sum of all J, without trade payments and network charges."""
        return self.retail_eur + self.own_eur + self.unserved_eur + self.fees_eur


def prosumer_model(terms: ProsumerTerms, limit_kw: Floats, fee_eur_per_kwh: Floats) -> MarketModel:
    """State the problem of one prosumer with ``d`` partners; ``limit_kw`` and ``fee_eur_per_kwh`` are (d,).

    Quantities and injection are (T,) here, trades (T, d).
    """
    model = market_model([terms], Links(np.ones((len(limit_kw), 1)), limit_kw, fee_eur_per_kwh))
    quantities = {name: _only(value) for name, value in model.quantities.items()}
    return replace(model, quantities=quantities, injection_kw=_only(model.injection_kw))


def market_model(terms: Sequence[ProsumerTerms], links: Links) -> MarketModel:
    """State the problems of K prosumers who trade over ``links``."""
    own = _stacked(terms)
    quantities, limits = _quantities(own)
    g, c, b, _s, f, x, q, m, n, r = (quantities[name] for name in QUANTITIES)
    hours, step_h, fee = len(own["load_kw"]), terms[0].step_h, links.fee_eur_per_kwh
    sold_kw, bought_kw = (_trade_variable(hours, len(fee)) for _ in range(2))
    injection_kw = g + b - c + q - own["load_kw"] + r - f - x
    delivered_kw = (sold_kw - bought_kw) @ links.incidence if len(fee) else 0.0
    balance = injection_kw == delivered_kw + n - m
    constraints = [
        *limits,
        balance,
        *_no_resale(own, quantities),
        *_between(own, injection_kw),
        *[way <= np.tile(links.limit_kw, (hours, 1)) for way in (sold_kw, bought_kw) if len(fee)],
    ]
    return MarketModel(
        quantities,
        sold_kw,
        bought_kw,
        injection_kw,
        balance,
        constraints,
        retail_eur=step_h * (_total(own["buy_eur_per_kwh"], m) - _total(own["sell_eur_per_kwh"], n)),
        own_eur=step_h * _own_cost_eur_per_h(own, quantities),
        unserved_eur=step_h * _total(own["unserved_eur_per_kwh"], r),
        fees_eur=step_h * cp.sum((sold_kw + bought_kw) @ fee) if len(fee) else cp.Constant(0.0),
    )


def _stacked(terms: Sequence[ProsumerTerms]) -> dict[str, Floats]:
    """All numbers by name, (T, K) where there is one an hour and (K,) else."""
    apart = ("name", "low_kw", "high_kw", "discharge_kw")
    names = [item.name for item in fields(ProsumerTerms) if item.name not in apart]
    own = {name: np.array([getattr(item, name) for item in terms], dtype=np.float64).T for name in names}
    low, high = np.array([item.injection_bounds_kw for item in terms]).transpose(1, 2, 0)
    hourly = {
        name: np.array([getattr(item, name) for item in terms]).T for name in ("shift_kw", "returns", "returned_kwh")
    }
    given = np.array([item.most_discharge_kw for item in terms]).T
    return own | hourly | {"low_kw": low, "high_kw": high, "discharge_kw": given}


def _only(values: cp.Expression) -> cp.Expression:
    """The column of a single prosumer."""
    return values[:, 0]


def _trade_variable(hours: int, links: int) -> cp.Expression:
    return cp.Variable((hours, links), nonneg=True) if links else cp.Constant(np.zeros((hours, 1)))


def _total(price: Floats, quantity: cp.Expression) -> cp.Expression:
    """Sum over hours and prosumers of a quantity (T, K) at its prices (T, K) or (K,)."""
    if quantity.is_constant() or not price.any():
        return cp.Constant(0.0)
    return cp.sum(cp.multiply(np.broadcast_to(price, quantity.shape), quantity))


def _holders(own: dict[str, Floats]) -> dict[str, Bools]:
    """(K,) who has a decision of each name to make: parts that are not there are no variables."""
    battery, load, sun = own["battery_kwh"] > 0, np.any(own["load_kw"] > 0, axis=0), np.any(own["pv_kw"] > 0, axis=0)
    elastic, generator = own["elastic_kw"] > 0, own["generator_kw"] > 0
    return {
        "pv_kw": sun,
        "charge_kw": battery,
        "discharge_kw": battery,
        "energy_kwh": battery,
        "flexible_kw": np.any(own["shift_kw"] > 0, axis=0),
        "elastic_kw": elastic,
        "generator_kw": generator,
        "import_kw": (load | battery | elastic) & (own["import_limit_kw"] > 0),
        "export_kw": (sun | battery | generator) & (own["export_limit_kw"] > 0),
        "unserved_kw": load,
    }


def _quantities(own: dict[str, Floats]) -> tuple[dict[str, cp.Expression], list[cp.Constraint]]:
    """(T, K) of every name, and the limits of the devices."""
    shape, variables = own["load_kw"].shape, {}
    quantities: dict[str, cp.Expression] = {}
    constraints: list[cp.Constraint] = []
    for name, has in _holders(own).items():
        if not has.any():
            quantities[name] = cp.Constant(np.zeros(shape))
            continue
        variables[name] = cp.Variable((shape[0], int(has.sum())), nonneg=name != "flexible_kw")
        everybody = sp.eye_array(shape[1], format="csr")
        quantities[name] = variables[name] if has.all() else variables[name] @ everybody[has]
        constraints += _limits(own, name, variables[name], has)
    if "energy_kwh" in variables:
        constraints += _storage(own, [variables[name] for name in ("charge_kw", "discharge_kw", "energy_kwh")])
    return quantities, constraints


MOST = {
    "pv_kw": "pv_kw",
    "charge_kw": "battery_kw",
    "discharge_kw": "discharge_kw",
    "energy_kwh": "battery_kwh",
    "elastic_kw": "elastic_kw",
    "generator_kw": "generator_kw",
    "import_kw": "import_limit_kw",
    "export_kw": "export_limit_kw",
    "unserved_kw": "load_kw",
}
"""Quantity -> the term that limits it."""


def _limits(own: dict[str, Floats], name: str, value: cp.Variable, has: Bools) -> list[cp.Constraint]:
    """Of one quantity of those who have it; shifted load stays within its share and sums to zero in every window."""
    if name == "flexible_kw":
        most = own["shift_kw"][:, has]
        return [value <= most, value >= -most, _windows(own["window_steps"][0], len(most)) @ value == 0]
    most = np.broadcast_to(own[MOST[name]], own["load_kw"].shape)[:, has]
    finite = np.flatnonzero(np.isfinite(most).all(axis=0))
    return [value[:, finite] <= most[:, finite]] if len(finite) else []


def _windows(steps: float, hours: int) -> sp.csr_array:
    """(windows, T) 1 where an hour is in a window."""
    window = windows(hours, int(steps))
    return sp.csr_array((np.ones(hours), (window, np.arange(hours))))


def _storage(own: dict[str, Floats], battery: list[cp.Variable]) -> list[cp.Constraint]:
    """Energy from hour to hour, at least what it must be, and at the end of a cycle what it has to be."""
    c, b, s = battery
    has = own["battery_kwh"] > 0
    start, efficiency = own["battery_initial_kwh"][has], own["battery_efficiency"][has]
    first = np.zeros(s.shape)
    first[0] = start
    before = first + sp.eye_array(s.shape[0], k=-1, format="csr") @ s
    stored_kw = c @ sp.diags_array(efficiency) - b @ sp.diags_array(1.0 / efficiency)
    least = [s >= np.tile(own["battery_min_kwh"][has], (len(first), 1))] if own["battery_min_kwh"].any() else []
    hour, who = np.nonzero(own["returns"][:, has])
    return [s == before + own["step_h"][0] * stored_kw, s[hour, who] == own["returned_kwh"][:, has][hour, who], *least]


def _no_resale(own: dict[str, Floats], quantities: dict[str, cp.Expression]) -> list[cp.Constraint]:
    """What the retailer delivers is used, what goes to it is own production."""
    g, c, b, _, f, x, q, m, n, _ = (quantities[name] for name in QUANTITIES)
    rules = ((m, own["load_kw"] + f + x + c), (n, g + b + q))
    return [part <= whole for part, whole in rules if not (part.is_constant() and whole.is_constant())]


def _between(own: dict[str, Floats], injection_kw: cp.Expression) -> list[cp.Constraint]:
    """Injections between their bounds, where there are some."""
    below, above = np.isfinite(own["low_kw"]), np.isfinite(own["high_kw"])
    least = [injection_kw[below] >= own["low_kw"][below]] if below.any() else []
    return least + ([injection_kw[above] <= own["high_kw"][above]] if above.any() else [])


def _own_cost_eur_per_h(own: dict[str, Floats], quantities: dict[str, cp.Expression]) -> cp.Expression:
    """Wear, discomfort and generation, less the utility of the elastic load."""
    _, c, b, _, f, x, q, _, _, _ = (quantities[name] for name in QUANTITIES)
    curved = ((f, "discomfort_eur_per_kw2h"), (q, "generator_slope_eur_per_kw2h"), (x, "elastic_slope_eur_per_kw2h"))
    return (
        _total(own["wear_eur_per_kwh"], c + b)
        + _total(own["generation_eur_per_kwh"], q)
        - _total(own["utility_eur_per_kwh"], x)
        + sum(_total(own[name] / 2, cp.square(value)) for value, name in curved)
    )
