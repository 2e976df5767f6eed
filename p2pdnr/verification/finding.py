"""What one examination found: a number, and where the worst of it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Finding:
    """``value`` is None where the quantity could not be computed; ``detail`` says where the worst stands, for people.

    ``holds`` overrides the comparison of value and limit where the value is no deviation; ``limit`` the rule's limit
    where that depends on whom the value is about.
    """

    value: float | None
    detail: str = ""
    holds: bool | None = None
    limit: float | None = None


def worst(residuals: dict[str, npt.NDArray[np.float64]], places: tuple[str, ...] = ()) -> Finding:
    """The largest absolute residual; ``residuals`` maps what they are about to (T, ...) arrays, first axis hours.

    ``places`` names the entries of the second axis. A NaN counts as infinitely wrong and gives the value None.
    """
    largest, detail = 0.0, ""
    for name, values in residuals.items():
        if values.size == 0:
            continue
        magnitude = np.abs(values)
        if np.isnan(magnitude).any():
            return Finding(None, f"{name}: {_place(np.isnan(magnitude), places)} has no value")
        if float(magnitude.max()) > largest:
            largest, detail = float(magnitude.max()), f"{name}: {_place(magnitude, places)}"
    return Finding(largest, detail)


def _place(magnitude: npt.NDArray[np.float64] | npt.NDArray[np.bool_], places: tuple[str, ...]) -> str:
    index = np.unravel_index(int(np.argmax(magnitude)), magnitude.shape)
    where = f"hour {index[0]}"
    return f"{places[index[1]]}, {where}" if len(index) > 1 and places else where
