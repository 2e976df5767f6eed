"""The prosumer's own problem, written once.

Balance of every hour (injection p positive):
    p = g + b - c + q - d + r - f - x = sum of trades + n - m
with PV g, battery discharge b and charge c, generator q, fixed load d, unserved load r, shifted load f, elastic load
x, export n and import m. The cost is the energy bill and the own costs of the day, utilities negative. The
negotiation adds prices and a quadratic pull towards the other side's copies; the centralised optimum uses the same
statement without them.
"""

from __future__ import annotations

from dataclasses import dataclass

import cvxpy as cp
import numpy as np
import numpy.typing as npt

from p2pdnr.market.terms import ProsumerTerms

Floats = npt.NDArray[np.float64]

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
class ProsumerModel:
    """Variables, constraints and cost of one prosumer in cvxpy.

    ``quantities`` maps each name of :data:`QUANTITIES` to a (T,) expression; ``sold_kw`` and ``bought_kw`` are (T,
    d), the trades with its ``d`` partners; ``injection_kw`` (T,); costs in EUR over the horizon.
    """

    quantities: dict[str, cp.Expression]
    sold_kw: cp.Expression
    bought_kw: cp.Expression
    injection_kw: cp.Expression
    constraints: list[cp.Constraint]
    retail_eur: cp.Expression
    own_eur: cp.Expression
    unserved_eur: cp.Expression
    fees_eur: cp.Expression

    @property
    def trades_kw(self) -> cp.Expression:
        """(T, d) trades, positive = sells."""
        return self.sold_kw - self.bought_kw

    @property
    def cost_eur(self) -> cp.Expression:
        """J of the prosumer, without trade payments and network charges."""
        return self.retail_eur + self.own_eur + self.unserved_eur + self.fees_eur


def prosumer_model(terms: ProsumerTerms, limit_kw: Floats, fee_eur_per_kwh: Floats) -> ProsumerModel:
    """State the problem of one prosumer with ``d`` partners; ``limit_kw`` and ``fee_eur_per_kwh`` are (d,)."""
    quantities = _quantities(terms)
    sold_kw, bought_kw = (_trade_variable(terms.hours, len(limit_kw)) for _ in range(2))
    g, c, b, _s, f, x, q, m, n, r = (quantities[name] for name in QUANTITIES)
    injection_kw = g + b - c + q - terms.load_kw + r - f - x
    constraints = [
        *_device_limits(terms, quantities),
        injection_kw == cp.sum(sold_kw - bought_kw, axis=1) + n - m,
        m <= terms.load_kw + f + x + c,  # nobody resells what the retailer delivers
        n <= g + b + q,
    ]
    if len(limit_kw):
        constraints += [
            sold_kw <= np.tile(limit_kw, (terms.hours, 1)),
            bought_kw <= np.tile(limit_kw, (terms.hours, 1)),
        ]
    D = terms.step_h
    return ProsumerModel(
        quantities,
        sold_kw,
        bought_kw,
        injection_kw,
        constraints,
        retail_eur=D * (terms.buy_eur_per_kwh @ m - terms.sell_eur_per_kwh @ n),
        own_eur=D * _own_cost_eur_per_h(terms, quantities),
        unserved_eur=D * terms.unserved_eur_per_kwh * cp.sum(r),
        fees_eur=D * cp.sum((sold_kw + bought_kw) @ fee_eur_per_kwh) if len(limit_kw) else cp.Constant(0.0),
    )


def _trade_variable(hours: int, partners: int) -> cp.Expression:
    return cp.Variable((hours, partners), nonneg=True) if partners else cp.Constant(np.zeros((hours, 1)))


def _quantities(terms: ProsumerTerms) -> dict[str, cp.Expression]:
    """A variable for every device that is there, zeros for the others: absent parts cost nothing."""
    T = terms.hours
    battery = terms.battery_kwh > 0
    has_load = bool(np.any(terms.load_kw > 0))
    makes_power = bool(np.any(terms.pv_kw > 0)) or battery or terms.generator_kw > 0
    uses_power = has_load or battery or terms.elastic_kw > 0
    present = {
        "pv_kw": bool(np.any(terms.pv_kw > 0)),
        "charge_kw": battery,
        "discharge_kw": battery,
        "energy_kwh": battery,
        "elastic_kw": terms.elastic_kw > 0,
        "generator_kw": terms.generator_kw > 0,
        "import_kw": uses_power and terms.import_limit_kw > 0,
        "export_kw": makes_power and terms.export_limit_kw > 0,
        "unserved_kw": has_load,
    }
    quantities: dict[str, cp.Expression] = {
        name: cp.Variable(T, nonneg=True) if there else cp.Constant(np.zeros(T)) for name, there in present.items()
    }
    shifts = has_load and terms.flexible_share > 0 and T > 1
    quantities["flexible_kw"] = cp.Variable(T) if shifts else cp.Constant(np.zeros(T))
    return quantities


def _device_limits(terms: ProsumerTerms, quantities: dict[str, cp.Expression]) -> list[cp.Constraint]:
    g, c, b, s, f, x, q, m, n, r = (quantities[name] for name in QUANTITIES)
    limits: list[tuple[cp.Expression, Floats | float]] = [
        (g, terms.pv_kw),
        (c, terms.battery_kw),
        (b, terms.battery_kw),
        (s, terms.battery_kwh),
        (x, terms.elastic_kw),
        (q, terms.generator_kw),
        (m, terms.import_limit_kw),
        (n, terms.export_limit_kw),
        (r, terms.load_kw),
    ]
    constraints = [value <= limit for value, limit in limits if not value.is_constant() and np.all(np.isfinite(limit))]
    if not f.is_constant():
        constraints += [cp.abs(f) <= terms.flexible_share * terms.load_kw, cp.sum(f) == 0]
    if not s.is_constant():
        before = cp.hstack([terms.battery_initial_kwh, s[:-1]])
        stored_kw = terms.battery_efficiency * c - b / terms.battery_efficiency
        constraints += [s == before + terms.step_h * stored_kw, s[-1] == terms.battery_initial_kwh]
    return constraints


def _own_cost_eur_per_h(terms: ProsumerTerms, quantities: dict[str, cp.Expression]) -> cp.Expression:
    """Wear, discomfort and generation, less the utility of the elastic load."""
    _, c, b, _, f, x, q, _, _, _ = (quantities[name] for name in QUANTITIES)
    return (
        terms.wear_eur_per_kwh * cp.sum(c + b)
        + terms.discomfort_eur_per_kw2h / 2 * cp.sum_squares(f)
        + terms.generation_eur_per_kwh * cp.sum(q)
        + terms.generator_slope_eur_per_kw2h / 2 * cp.sum_squares(q)
        - terms.utility_eur_per_kwh * cp.sum(x)
        + terms.elastic_slope_eur_per_kw2h / 2 * cp.sum_squares(x)
    )
