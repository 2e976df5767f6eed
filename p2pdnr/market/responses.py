"""Prosumers answering prices: a block of private problems solved side by side by the compiled kernel.

A :class:`ProsumerBlock` holds the private data of its prosumers as arrays; only prices and targets go in, only trades and
injections come out of :meth:`ProsumerBlock.respond`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from p2pdnr.errors import SolverError
from p2pdnr.market import kernel
from p2pdnr.market.prosumer import QUANTITIES
from p2pdnr.market.terms import ProsumerTerms, TradeTerms

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

GAP_TOLERANCE_EUR = 3e-10
"""Complementarity of every bound at the answer; keeps the answer within about 1e-5 kW where only the pull decides."""

LINEAR_WEIGHT = 1e-10
"""Stands for no quadratic pull on the injection; the kernel needs a positive number."""

_COLUMN_OF = {
    "pv_kw": kernel.PV,
    "charge_kw": kernel.CHARGE,
    "discharge_kw": kernel.DISCHARGE,
    "energy_kwh": kernel.ENERGY,
    "flexible_kw": kernel.FLEXIBLE,
    "elastic_kw": kernel.ELASTIC,
    "generator_kw": kernel.GENERATOR,
    "import_kw": kernel.IMPORTED,
    "export_kw": kernel.EXPORTED,
    "unserved_kw": kernel.UNSERVED,
}


@dataclass(frozen=True, eq=False)
class Pull:
    """What draws the answer of a block besides its own costs, in EUR over a step.

    The block minimises own costs + ``trade_linear`` * e + ``trade_weight``/2 e^2 + ``injection_linear`` * p +
    ``injection_weight``/2 p^2. ``trade_linear`` is (2E, T) in the block's directed order, ``injection_linear`` (K, T); the weights are (T,).
    """

    trade_linear: Floats
    injection_linear: Floats
    trade_weight: Floats
    injection_weight: Floats


@dataclass(frozen=True, eq=False)
class Response:
    """Answer of a block: ``quantities`` name -> (T, K), ``trade_kw`` (2E, T) directed, ``injection_kw`` (K, T)."""

    columns: Floats
    sold_kw: Floats
    bought_kw: Floats
    injection_kw: Floats

    @property
    def trade_kw(self) -> Floats:
        """(2E, T) directed trades, positive = sells."""
        return self.sold_kw - self.bought_kw

    def quantity(self, name: str) -> Floats:
        """(T, K) one of :data:`p2pdnr.market.prosumer.QUANTITIES`."""
        return self.columns[:, :, _COLUMN_OF[name]].T

    @property
    def quantities(self) -> dict[str, Floats]:
        """All quantities by name, (T, K) each."""
        return {name: self.quantity(name) for name in QUANTITIES}


@dataclass(frozen=True, eq=False)
class ProsumerBlock:
    """Private data of K prosumers as the kernel wants it; rows of ``lower`` ... are prosumers, then hours, then columns."""

    terms: tuple[ProsumerTerms, ...]
    lower: Floats
    upper: Floats
    linear: Floats
    quadratic: Floats
    right: Floats
    battery: Floats
    first_edge: Ints
    edge_limit_kw: Floats
    edge_fee_eur: Floats
    directed: Ints

    @property
    def n_edges(self) -> int:
        """Number of directed trades, two per pair."""
        return len(self.edge_limit_kw)

    def no_pull(self) -> Pull:
        """The pull of somebody without prices, charges or targets."""
        count, hours = self.right.shape[:2]
        return Pull(np.zeros((self.n_edges, hours)), np.zeros((count, hours)), np.zeros(hours), np.zeros(hours))

    def respond(self, pull: Pull, delivered_kw: Floats | None = None, trading: bool = True) -> Response:
        """Solve every prosumer of the block.

        ``delivered_kw`` (K, T) are trades already agreed, sold power positive; with ``trading`` False no others are possible.
        Raises :class:`SolverError` naming the prosumers whose problem has no solution.
        """
        right = self.right if delivered_kw is None else self._with_delivery(delivered_kw)
        limit_kw = self.edge_limit_kw if trading else np.zeros_like(self.edge_limit_kw)
        weights = np.array([pull.trade_weight, np.maximum(pull.injection_weight, LINEAR_WEIGHT)])
        columns, injection_kw, sold_kw, bought_kw, iterations = kernel.solve_block(
            self.lower, self.upper, self.linear, self.quadratic, right, self.battery, self.first_edge, limit_kw,
            self.edge_fee_eur, np.ascontiguousarray(pull.trade_linear), np.ascontiguousarray(pull.injection_linear),
            weights, GAP_TOLERANCE_EUR,
        )  # fmt: skip
        if np.any(iterations < 0):
            names = ", ".join(self.terms[k].name for k in np.flatnonzero(iterations < 0)[:5])
            raise SolverError(f"no answer from prosumers {names}: their problem has no solution or is badly scaled")
        return Response(columns, sold_kw, bought_kw, injection_kw)

    def part(self, first: int, last: int) -> ProsumerBlock:
        """The block of prosumers ``first`` to ``last`` - 1, with their share of the directed trades; it cannot settle pairs."""
        rows, edges = slice(first, last), slice(self.first_edge[first], self.first_edge[last])
        return ProsumerBlock(
            self.terms[rows],
            self.lower[rows],
            self.upper[rows],
            self.linear[rows],
            self.quadratic[rows],
            self.right[rows],
            self.battery[rows],
            self.first_edge[first : last + 1] - self.first_edge[first],
            self.edge_limit_kw[edges],
            self.edge_fee_eur[edges],
            np.zeros((0, 2), dtype=np.int64),
        )

    def _with_delivery(self, delivered_kw: Floats) -> Floats:
        right = self.right.copy()
        right[:, :, kernel.BALANCE] += delivered_kw
        right[:, :, kernel.INJECTION] += delivered_kw
        return right


def prosumer_block(terms: tuple[ProsumerTerms, ...], trades: TradeTerms) -> ProsumerBlock:
    """Arrange private data for the kernel; the directed trades of a prosumer stand together, in the order of the pairs."""
    hours, step_h = terms[0].hours, terms[0].step_h
    ends = trades.pairs.ravel()
    order = np.argsort(ends, kind="stable")
    directed = np.empty(len(ends), dtype=np.int64)
    directed[order] = np.arange(len(ends))
    bounds = [_bounds(item) for item in terms]
    return ProsumerBlock(
        terms=terms,
        lower=np.array([low for low, _ in bounds]),
        upper=np.array([high for _, high in bounds]),
        linear=np.array([_linear(item) for item in terms]),
        quadratic=np.array([_quadratic(item) for item in terms]),
        right=np.array([_right(item) for item in terms]).reshape(len(terms), hours, kernel.ROWS),
        battery=np.array([_battery(item) for item in terms]),
        first_edge=np.searchsorted(ends[order], np.arange(len(terms) + 1)).astype(np.int64),
        edge_limit_kw=np.repeat(trades.limit_kw, 2)[order],
        edge_fee_eur=step_h * trades.fee_eur_per_kwh.ravel()[order],
        directed=directed.reshape(-1, 2),
    )


def _bounds(terms: ProsumerTerms) -> tuple[Floats, Floats]:
    """Lower and upper bounds (T, columns); what the balance bounds anyway gets that bound, so that every box is finite."""
    lower, upper = (np.zeros((terms.hours, kernel.COLUMNS)) for _ in range(2))
    stores = terms.battery_kwh > 0
    upper[:, kernel.PV] = terms.pv_kw
    upper[:, kernel.CHARGE] = upper[:, kernel.DISCHARGE] = terms.battery_kw if stores else 0.0
    upper[:, kernel.ENERGY] = terms.battery_kwh
    lower[-1, kernel.ENERGY] = upper[-1, kernel.ENERGY] = terms.battery_initial_kwh if stores else 0.0
    shift_kw = terms.flexible_share * terms.load_kw if terms.hours > 1 else np.zeros(1)
    lower[:, kernel.FLEXIBLE], upper[:, kernel.FLEXIBLE] = -shift_kw, shift_kw
    upper[:, kernel.ELASTIC] = terms.elastic_kw
    upper[:, kernel.GENERATOR] = terms.generator_kw
    upper[:, kernel.UNSERVED] = terms.load_kw
    used_kw = terms.load_kw + shift_kw + terms.elastic_kw + upper[:, kernel.CHARGE]
    made_kw = terms.pv_kw + upper[:, kernel.DISCHARGE] + terms.generator_kw
    upper[:, kernel.IMPORTED] = np.minimum(terms.import_limit_kw, used_kw)
    upper[:, kernel.EXPORTED] = np.minimum(terms.export_limit_kw, made_kw)
    upper[:, kernel.IMPORT_SLACK] = 2.0 * used_kw
    upper[:, kernel.EXPORT_SLACK] = 2.0 * made_kw
    return lower, upper


def _linear(terms: ProsumerTerms) -> Floats:
    """(T, columns) linear costs in EUR per kW held for one step."""
    linear = np.zeros((terms.hours, kernel.COLUMNS))
    linear[:, kernel.CHARGE] = linear[:, kernel.DISCHARGE] = terms.wear_eur_per_kwh
    linear[:, kernel.ELASTIC] = -terms.utility_eur_per_kwh
    linear[:, kernel.GENERATOR] = terms.generation_eur_per_kwh
    linear[:, kernel.IMPORTED] = terms.buy_eur_per_kwh
    linear[:, kernel.EXPORTED] = -terms.sell_eur_per_kwh
    linear[:, kernel.UNSERVED] = terms.unserved_eur_per_kwh
    return terms.step_h * linear


def _quadratic(terms: ProsumerTerms) -> Floats:
    quadratic = np.zeros(kernel.COLUMNS)
    quadratic[kernel.FLEXIBLE] = terms.discomfort_eur_per_kw2h
    quadratic[kernel.ELASTIC] = terms.elastic_slope_eur_per_kw2h
    quadratic[kernel.GENERATOR] = terms.generator_slope_eur_per_kw2h
    return terms.step_h * quadratic


def _right(terms: ProsumerTerms) -> Floats:
    right = np.zeros((terms.hours, kernel.ROWS))
    right[:, kernel.BALANCE] = terms.load_kw
    right[:, kernel.IMPORT] = -terms.load_kw
    return right


def _battery(terms: ProsumerTerms) -> Floats:
    """Energy at the start, stored energy per kW charged, drawn energy per kW discharged."""
    if terms.battery_kwh <= 0:
        return np.zeros(3)
    stored = terms.step_h * terms.battery_efficiency
    return np.array([terms.battery_initial_kwh, stored, terms.step_h / terms.battery_efficiency])


def joined(parts: list[Response]) -> Response:
    """One response from those of consecutive parts of a block."""
    return Response(
        *(
            np.concatenate([getattr(part, name) for part in parts])
            for name in ("columns", "sold_kw", "bought_kw", "injection_kw")
        )
    )
