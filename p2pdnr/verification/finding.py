"""What one examination found: a number, and where the worst of it is."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from p2pdnr.results.claims import FAILS, HOLDS, NOT_SHOWN, State


@dataclass(frozen=True)
class Finding:
    """``value`` is None where the quantity could not be computed; ``detail`` says where the worst stands, for people.

    ``holds`` overrides the comparison of value and limit where the value is no deviation; ``limit`` the rule's limit
    where that depends on whom the value is about. ``unshown``: the method cannot tell here, ``detail`` says why; a
    finding that does not hold all the same does not hold.
    """

    value: float | None
    detail: str = ""
    holds: bool | None = None
    limit: float | None = None
    unshown: bool = False

    def state(self, limit: float | None) -> State:
        """The verdict against ``limit`` (None: whatever the value); a value or limit that is not finite fails."""
        known = self.value is not None and (limit is None or within(self.value, limit))
        finite = self.value is None or math.isfinite(self.value)
        if self.holds is False or not finite:
            return FAILS
        if self.unshown:
            return NOT_SHOWN
        return HOLDS if known or (self.holds and self.value is not None) else FAILS


@dataclass(frozen=True)
class Rule:
    """What a certificate measures, and the largest value with which it holds."""

    limit: float | None
    text: str


def not_shown(reason: str, value: float | None = None) -> Finding:
    """What cannot be examined here, with the reason."""
    return Finding(value, reason, unshown=True)


def within(value: float, limit: float) -> bool:
    """Whether ``value`` is at most ``limit``; never where one of them is not finite."""
    return math.isfinite(value) and math.isfinite(limit) and value <= limit


Places = tuple[str, ...] | Callable[[int], str]
"""Names of entries, or what tells the name of one: of ten thousand names one is asked for."""


def worst(residuals: dict[str, npt.NDArray[np.float64]], places: Places = ()) -> Finding:
    """The largest absolute residual; ``residuals`` maps what they are about to (T, ...) arrays, first axis hours.

    ``places`` names the entries of the second axis, all of them or the one that is asked for.
    What is not finite is infinitely wrong and gives the value None.
    """
    largest, detail = 0.0, ""
    for name, values in residuals.items():
        if values.size == 0:
            continue
        magnitude = np.abs(values)
        odd = ~np.isfinite(magnitude)
        if odd.any():
            return Finding(None, f"{name}: {_place(odd, places)} has no value")
        if float(magnitude.max()) > largest:
            largest, detail = float(magnitude.max()), f"{name}: {_place(magnitude, places)}"
    return Finding(largest, detail)


def _place(magnitude: npt.NDArray[np.float64] | npt.NDArray[np.bool_], places: Places) -> str:
    index = np.unravel_index(int(np.argmax(magnitude)), magnitude.shape)
    where = f"hour {index[0]}"
    if len(index) == 1 or not places:
        return where
    return f"{places(int(index[1])) if callable(places) else places[index[1]]}, {where}"


def same(stated: object, true: object, rel: float = 0.0, abs_: float = 0.0) -> bool:
    """Whether a stated value is the true one: numbers within a tolerance and finite, all else exactly."""
    numbers = [value for value in (stated, true) if isinstance(value, int | float) and not isinstance(value, bool)]
    if len(numbers) < 2:
        return type(stated) is type(true) and stated == true
    return all(map(math.isfinite, numbers)) and math.isclose(*numbers, rel_tol=rel, abs_tol=abs_)


def same_arrays(
    stated: npt.NDArray[np.float64], true: npt.NDArray[np.float64], rel: float = 0.0, abs_: float = 0.0
) -> npt.NDArray[np.bool_]:
    """Where stated numbers are the true ones; NaN and infinities are the same only as themselves."""
    with np.errstate(invalid="ignore"):
        near = np.isfinite(stated) & np.isfinite(true) & (np.abs(stated - true) <= abs_ + rel * np.abs(true))
    return np.asarray(near | (stated == true) | (np.isnan(stated) & np.isnan(true)))
