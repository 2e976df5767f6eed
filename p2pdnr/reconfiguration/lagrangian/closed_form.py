"""The least of the Lagrangian over the flow on one line, in closed form: the statement to read.

The line to bus j from its parent i carries P, Q and the squared current l, with P^2 + Q^2 <= v_i l. At multipliers a, b
of the balances and y of the voltages beyond the line (:mod:`.kernel` has the whole bound) P and Q are priced at

    A = a_i - a_j + 2 r y,    B = b_i - b_j + 2 x y,

and l at C = own price + r a_j + x b_j - (r^2 + x^2) y, which must not be negative. The least of A P + B Q + C l is then
-v_i s with s = (A^2 + B^2) / (4 C), so that the parent's voltage is priced at y + s.

:mod:`.kernel` computes the same on lanes; a test holds both together.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from p2pdnr.network.arrays import Floats

# Below these a negative C, and a square of A and B without a C, are rounding: per unit of squared current or power they
# are worth less than 1e-9 EUR.
ROUNDING_C, ROUNDING_SQUARE, TINY = 1e-12, 1e-26, 1e-200


class LineTerms(NamedTuple):
    """Lines or one line: ``r``, ``x`` per unit; ``own_eur`` what a unit of squared current costs by itself, losses
    and the price of its limit together."""

    r: Floats
    x: Floats
    own_eur: Floats


class BusPrices(NamedTuple):
    """Multipliers of the balances of active and reactive power at a bus, EUR per unit."""

    a: Floats
    b: Floats


class Cut(NamedTuple):
    """What the price of a secant takes from those of P and Q, and adds to that of the squared current."""

    p: Floats
    q: Floats
    l: Floats


class LeastOnLine(NamedTuple):
    """``current_eur`` the price C of the squared current; ``above_eur`` y + s, what the parent's squared voltage is
    priced at."""

    current_eur: Floats
    above_eur: Floats


def least_on_line(line: LineTerms, parent: BusPrices, bus: BusPrices, y: Floats, cut: Cut | None = None) -> LeastOnLine:
    """The closed form of a line, arrays of one shape; a negative C bounds nothing, which is for the caller to see."""
    r, x, own = line
    rise_a = parent.a - bus.a + 2.0 * r * y
    rise_b = parent.b - bus.b + 2.0 * x * y
    c = own + r * bus.a + x * bus.b - (r * r + x * x) * y
    if cut is not None:
        rise_a, rise_b, c = rise_a - cut.p, rise_b - cut.q, c + cut.l
    with np.errstate(over="ignore"):
        square = np.maximum(rise_a**2 + rise_b**2 - ROUNDING_SQUARE, 0.0)
        return LeastOnLine(c, y + square / (4.0 * np.maximum(c, TINY)))
