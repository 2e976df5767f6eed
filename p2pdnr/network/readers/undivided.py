"""Numbers as somebody wrote them, from what they became after a division."""

from __future__ import annotations

import numpy as np

from p2pdnr.network.arrays import Floats


def undivided(quotient: Floats, divisor: Floats) -> Floats:
    """Numbers whose quotient by ``divisor``, rounded as it is, equals ``quotient``: neighbours of the product.

    Of several the one with the fewest digits is taken, so that 0.0922 ohm comes back as 0.0922. Where no such number
    exists (a quotient that is no rounded division by the divisor) the product stands.
    """
    pairs, where = np.unique(np.column_stack([quotient, divisor]), axis=0, return_inverse=True)
    return _undivided(pairs[:, 0], pairs[:, 1])[where.ravel()]


def _undivided(quotient: Floats, divisor: Floats) -> Floats:
    product = quotient * divisor
    result = product.copy()
    for digits in range(17, 0, -1):
        for candidate in _neighbouring(np.array([float(f"{value:.{digits}g}") for value in product.tolist()])):
            result = np.where(candidate / divisor == quotient, candidate, result)
    return result


def _neighbouring(values: Floats) -> tuple[Floats, Floats, Floats]:
    return np.nextafter(values, -np.inf), np.nextafter(values, np.inf), values
