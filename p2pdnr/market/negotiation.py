"""Bilateral negotiation: every pair agrees on a power and a price per hour.

Both partners keep a copy of their trade. The pair takes the mean of what both propose, and moves its one price
towards the side that offers less: the alternating direction method of multipliers on e_kl + e_lk = 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from p2pdnr.market.responses import ProsumerBlock

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Trading:
    """State of the pairs: ``agreed_kw`` (E, T) power the first sells to the second, ``price_eur_per_kw`` (E, T) over a
    step, the partners' copies ``first_kw`` and ``second_kw`` (E, T), each positive when its owner sells."""

    agreed_kw: Floats
    price_eur_per_kw: Floats
    first_kw: Floats
    second_kw: Floats

    @property
    def mismatch_kw(self) -> float:
        """Largest |e_kl + e_lk|: the primal residual of trading."""
        return float(np.max(np.abs(self.first_kw + self.second_kw), initial=0.0))


def opening(n_pairs: int, hours: int, price_eur_per_kw: Floats) -> Trading:
    """No trade yet; every pair starts from the price of the hour ``price_eur_per_kw`` (T,)."""
    nothing = np.zeros((n_pairs, hours))
    return Trading(nothing, np.tile(price_eur_per_kw, (n_pairs, 1)), nothing, nothing)


def pull(block: ProsumerBlock, trading: Trading, weight: Floats) -> Floats:
    """(2E, T) linear term that draws each copy to the agreed power and rewards what it sells at the pair's price."""
    linear = np.empty((block.n_edges, block.right.shape[1]))
    linear[block.directed[:, 0]] = -trading.price_eur_per_kw - weight * trading.agreed_kw
    linear[block.directed[:, 1]] = -trading.price_eur_per_kw + weight * trading.agreed_kw
    return linear


def agree(block: ProsumerBlock, trading: Trading, copies_kw: Floats, weight: Floats, relaxation: float) -> Trading:
    """The next state from the partners' copies (2E, T), over-relaxed, and the weights (T,); the price falls where
    more is offered than wanted."""
    first, second = copies_kw[block.directed[:, 0]], copies_kw[block.directed[:, 1]]
    first_relaxed = relaxation * first + (1.0 - relaxation) * trading.agreed_kw
    second_relaxed = relaxation * second - (1.0 - relaxation) * trading.agreed_kw
    agreed_kw = (first_relaxed - second_relaxed) / 2.0
    price_eur_per_kw = trading.price_eur_per_kw - weight * (first_relaxed + second_relaxed) / 2.0
    return Trading(agreed_kw, price_eur_per_kw, first, second)


def delivered(block: ProsumerBlock, agreed_kw: Floats) -> Floats:
    """(K, T) power each prosumer sells in all its agreed trades, net."""
    directed = np.empty((block.n_edges, agreed_kw.shape[1] if agreed_kw.size else block.right.shape[1]))
    directed[block.directed[:, 0]] = agreed_kw
    directed[block.directed[:, 1]] = -agreed_kw
    owner = np.repeat(np.arange(len(block.terms)), np.diff(block.first_edge))
    total = np.zeros(block.right.shape[:2])
    np.add.at(total, owner, directed)
    return total
