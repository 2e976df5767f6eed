"""Prosumers' answers to prices: the market's side of the loop.

A :class:`ProsumerBlock` holds the private data of some prosumers as arrays; only prices and targets go in, only trades
and injections come out of :meth:`ProsumerBlock.respond`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from p2pdnr.errors import SolverError
from p2pdnr.market import columns, kernel, private_columns
from p2pdnr.market.kernel_arrays import (
    BALANCE,
    CHARGE,
    COLUMNS,
    DISCHARGE,
    DUALS,
    ENERGY,
    INJECTED,
    INJECTION,
    P_INVERSE,
    PV,
    ROWS,
    TRADES,
    UNSERVED,
    WEIGHTS,
    Answers,
    Layout,
    Prices,
    new_workspace,
)
from p2pdnr.market.prosumer import QUANTITIES
from p2pdnr.market.side_by_side import Packs, packs
from p2pdnr.market.terms import Everybody, ProsumerTerms, TradeTerms
from p2pdnr.network.lanes import LANES

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

GAP_TOLERANCE_EUR = 1e-12
"""Complementarity of every bound at the answer, per unit of the largest price: where nothing but a pull of 1e-4 EUR/kW2
decides, the answer is then within about 1e-3 kW."""

LINEAR_WEIGHT = 1e-10
"""Stands for no quadratic pull on the injection; the kernel needs a positive number."""


@dataclass(frozen=True, eq=False)
class Pull:
    """What draws the answer of a block besides its own costs, in EUR over a step.

    The block minimises own costs + ``trade_linear`` * e + ``trade_weight``/2 e^2 + ``injection_linear`` * p +
    ``injection_weight``/2 p^2. ``trade_linear`` is (2E, T) in the block's directed order, ``injection_linear`` (K,
    T); the weights are (T,). Where inverters count, every device of :data:`p2pdnr.market.inverters.DEVICES` costs
    ``device_linear`` (K, T, 3) * x + ``device_weight`` (K,) / 2 x^2 as well.
    """

    trade_linear: Floats
    injection_linear: Floats
    trade_weight: Floats
    injection_weight: Floats
    device_linear: Floats | None = None
    device_weight: Floats | None = None


@dataclass(frozen=True, eq=False)
class Response:
    """Answer of a block of K prosumers with 2E directed trades.

    ``columns`` (K, T, 12) in the order of the kernel; ``sold_kw``, ``bought_kw`` (2E, T) directed; ``injection_kw``
    (K, T);
    ``rows`` and ``duals`` are the same and the multipliers as the kernel has them, for a next answer to start from;
    ``iterations`` (K,).
    """

    columns: Floats
    sold_kw: Floats
    bought_kw: Floats
    injection_kw: Floats
    rows: Floats
    duals: Floats
    iterations: Ints

    @property
    def trade_kw(self) -> Floats:
        """(2E, T) directed trades, positive = sells."""
        return self.sold_kw - self.bought_kw

    def quantity(self, name: str) -> Floats:
        """(T, K) one of :data:`p2pdnr.market.prosumer.QUANTITIES`, which are the first columns."""
        return self.columns[:, :, QUANTITIES.index(name)].T

    @property
    def quantities(self) -> dict[str, Floats]:
        """All quantities by name, (T, K) each."""
        return {name: self.quantity(name) for name in QUANTITIES}


Start = Response | Answers | None


@dataclass(frozen=True, eq=False)
class ProsumerBlock:
    """Private data of K prosumers as the kernel wants it; rows of ``lower`` ... are prosumers, then hours, then
    columns. ``injection_kw`` (K, 2, T) the least and the most of those whose injection has bounds."""

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
    injection_kw: Floats

    @property
    def n_edges(self) -> int:
        """Number of directed trades, two per pair."""
        return len(self.edge_limit_kw)

    @cached_property
    def layout(self) -> Layout:
        """The block as the kernel reads it."""
        trades = np.array([self.edge_limit_kw, self.edge_fee_eur])
        low, high = self.injection_kw[:, 0, :, None], self.injection_kw[:, 1, :, None]
        lower, upper = np.concatenate([self.lower, low], axis=2), np.concatenate([self.upper, high], axis=2)
        own = (lower, upper, np.concatenate([self.linear, np.zeros_like(low)], axis=2))
        scalars = (self.quadratic, self.battery)
        return columns.arrange(own, scalars, self.right, self.first_edge, trades)

    def no_pull(self) -> Pull:
        """The pull of somebody without prices, charges or targets."""
        count, hours = self.right.shape[:2]
        return Pull(np.zeros((self.n_edges, hours)), np.zeros((count, hours)), np.zeros(hours), np.zeros(hours))

    def respond(
        self,
        pull: Pull,
        delivered_kw: Floats | None = None,
        trading: bool = True,
        start: Response | None = None,
        tolerance_eur: float = GAP_TOLERANCE_EUR,
    ) -> Response:
        """Solve every prosumer of the block.

        ``delivered_kw`` (K, T) are trades already agreed, sold power positive; with ``trading`` False no others are
        possible. ``start``: an answer to similar prices, which saves iterations and changes nothing else.
        ``tolerance_eur``: complementarity of every bound at the answer, as of :data:`GAP_TOLERANCE_EUR`.
        Raises :class:`SolverError` naming the prosumers whose problem has no solution.
        """
        solve = self._one_by_one if self.packs is None else self._side_by_side
        return self._response(self._answered(solve(pull, delivered_kw, trading, start, tolerance_eur)))

    def follow(self, pull: Pull, last: Answers | None, tolerance_eur: float) -> Answers:
        """The answers to the next prices, which take the place of the ``last`` ones; otherwise as :meth:`respond`."""
        solve = self._one_by_one if self.packs is None else self._side_by_side
        return self._answered(solve(pull, None, True, last, tolerance_eur))

    def _answered(self, answers: Answers) -> Answers:
        failed = np.flatnonzero(answers.iterations[:, 0] < 0)
        if len(failed):
            names = ", ".join(self.terms[k].name for k in failed[:5])
            raise SolverError(f"no answer from prosumers {names}: their problem has no solution or is badly scaled")
        return answers

    def told(self, answers: Answers) -> tuple[Floats, Floats, float]:
        """What others learn of answers: trades (2E, T) and injections (K, T), and :meth:`cost_eur`."""
        hours, places = self.right.shape[1], self._rows
        sold, bought = (answers.x.take(rows, axis=0)[:, :hours] for rows in (places.sold, places.sold + 1))
        own = answers.x.take(places.own, axis=0)[:, :, :hours]
        linear = self.layout.linear.reshape(len(own), TRADES, -1)[:, :COLUMNS, :hours]
        cost_eur = np.einsum("kct,kct->", linear, own)
        cost_eur += np.sum(self.quadratic * np.einsum("kct,kct->kc", own, own)) / 2.0
        cost_eur += self.edge_fee_eur @ (sold.sum(axis=1) + bought.sum(axis=1))
        return sold - bought, self._injection_kw(answers), float(cost_eur)

    def own_kw(self, answers: Answers, which: Sequence[int]) -> Floats:
        """(K, T, n) some of the own columns of answers."""
        rows = self._rows.own[:, list(which)]
        return np.ascontiguousarray(answers.x[rows, : self.right.shape[1]].transpose(0, 2, 1))

    def _injection_kw(self, answers: Answers) -> Floats:
        hours = self.right.shape[1]
        bounded = answers.x.take(self._rows.injection, axis=0)[:, :hours]
        return np.asarray(answers.y[INJECTED::DUALS, :hours] + bounded)

    def _one_by_one(
        self, pull: Pull, delivered_kw: Floats | None, trading: bool, start: Start, tolerance_eur: float
    ) -> Answers:
        """One prosumer after the other, all hours of each."""
        hours = self.right.shape[1]
        layout = self.layout if trading else columns.without_trades(self.layout, hours)
        layout = _with_devices(layout, pull)
        if delivered_kw is not None:
            layout = _with_delivery(layout, delivered_kw)
        answers = self._answers(start)
        workspace = new_workspace(int(np.diff(layout.first).max()), hours, -(-layout.lower.shape[1] // self._window))
        kernel.solve_block(layout, self._prices(pull), answers, workspace, (tolerance_eur, start is not None, False))
        return answers

    def _side_by_side(
        self, pull: Pull, delivered_kw: Floats | None, trading: bool, start: Start, tolerance_eur: float
    ) -> Answers:
        """Eight prosumers at once, of a single hour."""
        assert self.packs is not None
        layout = self._packed if trading else self._packed_alone
        if delivered_kw is not None:
            layout = self.packs.delivering(layout, delivered_kw)
        if pull.device_linear is not None and pull.device_weight is not None:
            layout = self.packs.with_devices(layout, pull.device_linear, pull.device_weight)
        begin = Answers(start.rows, start.duals, start.iterations) if isinstance(start, Response) else start
        prices = self.packs.prices(self._weights(pull), pull.injection_linear, pull.trade_linear)
        found = self.packs.solved(layout, prices, begin, tolerance_eur)
        found.x[self._rows.own[:, ENERGY]] += self.layout.lower[ENERGY::TRADES, :1]
        return found

    @cached_property
    def packs(self) -> Packs | None:
        """Where the prosumers of a single hour stand side by side; None where there are more hours, or too few
        prosumers to fill the lanes."""
        if self.right.shape[1] > 1 or len(self.terms) < LANES:
            return None
        return packs(self.first_edge, np.asarray(self.injection_kw[:, 1, 0] > self.injection_kw[:, 0, 0]))

    @cached_property
    def _packed(self) -> Layout:
        """The block's single hour side by side."""
        assert self.packs is not None
        return self.packs.layout(self.layout)

    @cached_property
    def _packed_alone(self) -> Layout:
        """The same where nobody may trade."""
        assert self.packs is not None
        return self.packs.layout(columns.without_trades(self.layout, 1))

    @cached_property
    def _rows(self) -> columns.Rows:
        """Where the block's columns stand."""
        return columns.rows(self.first_edge)

    def cost_eur(self, response: Response) -> float:
        """Everything the block pays but payments among prosumers and network charges, fees included."""
        columns = response.columns
        linear = float(np.sum(self.linear * columns))
        quadratic = float(np.sum(self.quadratic[:, None, :] * columns**2)) / 2.0
        fees = float(np.sum(self.edge_fee_eur[:, None] * (response.sold_kw + response.bought_kw)))
        return linear + quadratic + fees

    def part(self, first: int, last: int) -> BlockData:
        """The data of prosumers ``first`` to ``last`` - 1, with their share of the directed trades. Who keeps them in
        this process shares this block's arrays."""
        edges = slice(self.first_edge[first], self.first_edge[last])
        ends = self.first_edge[first : last + 1] - self.first_edge[first]
        terms = self.terms
        some = terms.part(first, last) if isinstance(terms, Everybody) else terms[first:last]
        data = BlockData(some, ends, self.edge_limit_kw[edges], self.edge_fee_eur[edges])
        return replace(data, shared=lambda: self._shared(data, slice(first, last)))

    def _shared(self, data: BlockData, people: slice) -> ProsumerBlock:
        """The block of some consecutive prosumers as views of this one's arrays."""
        some = replace(
            self, terms=data.terms, lower=self.lower[people], upper=self.upper[people], linear=self.linear[people],
            quadratic=self.quadratic[people], right=self.right[people], battery=self.battery[people],
            injection_kw=self.injection_kw[people], first_edge=data.first_edge, edge_limit_kw=data.edge_limit_kw,
            edge_fee_eur=data.edge_fee_eur, directed=np.zeros((0, 2), dtype=np.int64),
        )  # fmt: skip
        some.__dict__["layout"] = columns.part(self.layout, people)
        return some

    def _weights(self, pull: Pull) -> Floats:
        """(6, padded T) weights as the kernel reads them."""
        injection_weight = np.maximum(pull.injection_weight, LINEAR_WEIGHT)
        weights = np.stack([injection_weight, 1.0 / injection_weight, pull.trade_weight] * 2, axis=1)
        weights[:, WEIGHTS + P_INVERSE] = 0.0  # an injection between bounds moves as a column alone
        padded = columns.by_row(weights)
        padded[:, self.right.shape[1] :] = 1.0
        return padded

    def _prices(self, pull: Pull) -> Prices:
        padded = self._weights(pull)
        hours, wide = self.right.shape[1], padded.shape[1]
        there = np.zeros((1, wide))
        there[:, :hours] = 1.0
        injection, trade = (columns.wide(values, wide) for values in (pull.injection_linear, pull.trade_linear))
        return Prices(padded, injection, trade, there, hours, self._window)

    @property
    def _window(self) -> int:
        """Hours of a window of shifted load as the kernel counts them: padded ones belong to the only one."""
        return self.terms[0].window_steps or self.layout.lower.shape[1]

    @property
    def window(self) -> Ints:
        """(T,) in which window of shifted load each hour is, the same for all prosumers."""
        return self.terms[0].window

    def _answers(self, start: Start) -> Answers:
        """Where answers begin and go: zeros, a copy of an earlier response, or answers that need not be kept."""
        iterations, hours = np.zeros((len(self.terms), LANES), dtype=np.int64), self.layout.lower.shape[1]
        if isinstance(start, Answers):
            return start._replace(iterations=iterations)
        if start is not None:
            return Answers(columns.as_wide(start.rows, hours), columns.as_wide(start.duals, hours), iterations)
        rows = np.zeros((int(self.layout.first[-1]), hours)), np.zeros((DUALS * len(self.terms), hours))
        return Answers(*rows, iterations)

    def _response(self, answers: Answers) -> Response:
        hours, sold = self.right.shape[1], self._rows.sold
        own = np.ascontiguousarray(answers.x[self._rows.own, :hours].transpose(0, 2, 1))
        own[:, :, UNSERVED] = np.clip(own[:, :, UNSERVED], 0.0, self.right[:, :, BALANCE])
        return Response(
            own,
            answers.x[sold, :hours],
            answers.x[sold + 1, :hours],
            self._injection_kw(answers),
            answers.x,
            answers.y,
            answers.iterations[:, 0],
        )


def _with_devices(layout: Layout, pull: Pull) -> Layout:
    """What devices behind an inverter cost besides."""
    if pull.device_linear is None or pull.device_weight is None:
        return layout
    linear, quadratic = layout.linear.copy(), layout.quadratic.copy().reshape(len(pull.device_weight), COLUMNS, LANES)
    hours = pull.device_linear.shape[1]
    for place, column in enumerate((PV, DISCHARGE, CHARGE)):
        linear[column::TRADES, :hours] += pull.device_linear[:, :, place]
        quadratic[:, column] += pull.device_weight[:, None]
    return layout._replace(linear=linear, quadratic=quadratic.reshape(-1, LANES))


def _with_delivery(layout: Layout, delivered_kw: Floats) -> Layout:
    right, hours = layout.right.copy(), delivered_kw.shape[1]
    right[BALANCE::ROWS, :hours] += delivered_kw
    right[INJECTION::ROWS, :hours] += delivered_kw
    return layout._replace(right=right)


@dataclass(frozen=True, eq=False)
class BlockData:
    """What a block is made of: its prosumers' private data, and limits (2E,) in kW and fees (2E,) in EUR per kW and
    step of their directed trades, those of prosumer k from ``first_edge[k]`` on. ``shared`` makes the block from
    arrays that are there already; it does not travel."""

    terms: tuple[ProsumerTerms, ...]
    first_edge: Ints
    edge_limit_kw: Floats
    edge_fee_eur: Floats
    shared: Callable[[], ProsumerBlock] | None = None

    def __getstate__(self) -> dict[str, object]:
        return self.__dict__ | {"shared": None}


def block_of(data: BlockData, directed: Ints | None = None) -> ProsumerBlock:
    """Arrange private data for the kernel; without the places ``directed`` (E, 2) of the pairs' copies a block cannot
    settle pairs."""
    if data.shared is not None:
        return data.shared()
    terms = data.terms
    lower, upper = private_columns.bounds(terms)
    return ProsumerBlock(
        terms=terms,
        lower=lower,
        upper=upper,
        linear=private_columns.linear(terms),
        quadratic=private_columns.quadratic(terms),
        right=private_columns.right(terms),
        battery=private_columns.battery(terms),
        injection_kw=private_columns.injection_bounds(terms),
        first_edge=data.first_edge,
        edge_limit_kw=data.edge_limit_kw,
        edge_fee_eur=data.edge_fee_eur,
        directed=np.zeros((0, 2), dtype=np.int64) if directed is None else directed,
    )


def prosumer_block(terms: tuple[ProsumerTerms, ...], trades: TradeTerms) -> ProsumerBlock:
    """All prosumers of a market; the directed trades of a prosumer stand together, in the order of the pairs."""
    ends = trades.pairs.ravel()
    order = np.argsort(ends, kind="stable")
    directed = np.empty(len(ends), dtype=np.int64)
    directed[order] = np.arange(len(ends))
    first_edge = np.searchsorted(ends[order], np.arange(len(terms) + 1)).astype(np.int64)
    fee_eur = terms[0].step_h * trades.fee_eur_per_kwh.ravel()[order]
    data = BlockData(terms, first_edge, np.repeat(trades.limit_kw, 2)[order], fee_eur)
    return block_of(data, directed.reshape(-1, 2))
