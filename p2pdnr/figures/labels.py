"""Names beside curves instead of a legend, where there is room for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from p2pdnr.figures.theme import Theme
from p2pdnr.network.arrays import Floats

DIRECT = "direct"
"""Name of these annotations: the page goes back to a legend where type is large or the chart is narrow."""

_HIGH, _OFF = 0.1, 0.03
"""Height of a name and its distance from its curve, as shares of the panel."""
_HOURS_PER_LETTER = 0.44
"""Width of a letter where the chart shows a day."""
_LETTER_PX, _LEAST_PX = 7, 64
_CLEAR = 0.02
"""Least distance of a name from other curves and names, as a share of the panel."""


@dataclass(frozen=True)
class Curve:
    """A curve of a panel: its ``name``, one value per hour, and the ``colour`` its name is written in."""

    name: str
    values: Sequence[float | None]
    colour: str


@dataclass(frozen=True)
class _Spot:
    """A place for a name: from ``left`` to ``right`` in hours, from ``low`` to ``high`` in shares of the panel."""

    left: float
    right: float
    low: float
    high: float


def readable(colour: str, theme: Theme) -> str:
    """The colour for a curve's name: its own, but for the pale one of references, which is too faint for text."""
    return theme["muted"] if colour == theme["retail"] else colour


def beside(curves: Sequence[Curve], bounds: tuple[float, float]) -> list[dict[str, Any]]:
    """One annotation per curve of a panel that shows values from ``bounds[0]`` to ``bounds[1]``; none at all where one
    of them has no room."""
    low, high = bounds
    rows = [(np.array(curve.values, dtype=np.float64) - low) / (high - low) for curve in curves]
    taken: list[_Spot] = []
    for index, curve in enumerate(curves):
        others = [row for other, row in enumerate(rows) if other != index]
        found = _best(rows[index], others, taken, len(curve.name))
        if found is None:
            return []
        taken.append(found)
    middles = [((spot.left + spot.right) / 2.0, low + (high - low) * (spot.low + spot.high) / 2.0) for spot in taken]
    return [_annotation(curve, y) | {"x": x} for curve, (x, y) in zip(curves, middles, strict=True)]


def at_ends(curves: Sequence[Curve], bounds: tuple[float, float]) -> list[dict[str, Any]]:
    """One annotation per curve to the right of a panel that shows values from ``bounds[0]`` to ``bounds[1]``: at the
    height of the curve's last value, or as little off it as keeps names apart."""
    low, high = bounds
    ends = [(float(curve.values[-1] or 0.0) - low) / (high - low) for curve in curves]
    order = np.argsort(ends, kind="stable").tolist()
    heights = [ends[index] for index in order]
    for place in range(1, len(heights)):
        heights[place] = max(heights[place], heights[place - 1] + _HIGH)
    shift = min(0.0, np.mean([ends[index] - height for index, height in zip(order, heights, strict=True)]))
    return [
        _annotation(curves[index], low + (high - low) * (height + shift))
        | {"x": 1.0, "xref": "paper", "xanchor": "left", "xshift": 4}
        for index, height in zip(order, heights, strict=True)
    ]


def room(names: Sequence[dict[str, Any]]) -> int:
    """Pixels to the right of a panel for the longest of names that stand at the ends of its curves."""
    return max(_LEAST_PX, _LETTER_PX * max(len(name["text"]) for name in names) - 6)


def _best(own: Floats, others: list[Floats], taken: list[_Spot], letters: int) -> _Spot | None:
    """The spot that is clearest of other curves, where the own curve is flattest."""
    wide = _HOURS_PER_LETTER * letters * len(own) / 24.0
    best, chosen = -np.inf, None
    for left in np.arange(0.0, len(own) - 1.0 - wide, 0.5).tolist():
        hours = slice(int(np.floor(left)), int(np.ceil(left + wide)) + 1)
        if np.isnan(own[hours]).any():
            continue
        bottom, top = float(own[hours].min()), float(own[hours].max())
        for low in (top + _OFF, bottom - _OFF - _HIGH):
            spot = _Spot(left, left + wide, low, low + _HIGH)
            clear = _clearance(spot, [row[hours] for row in others], taken)
            score = min(clear, 4 * _CLEAR) - 0.5 * (top - bottom)
            # nearer to its own curve than to any other, all along
            if clear > max(_CLEAR, top - bottom) and score > best + 1e-9:
                best, chosen = score, spot
    return chosen


def _clearance(spot: _Spot, others: list[Floats], taken: list[_Spot]) -> float:
    """Least distance from other curves, other names and the edges of the panel; negative where something is touched."""
    spans = [(float(np.nanmin(row)), float(np.nanmax(row))) for row in others if not np.isnan(row).all()]
    spans += [(other.low, other.high) for other in taken if other.left < spot.right and spot.left < other.right]
    gaps = [max(low - spot.high, spot.low - high) for low, high in spans]
    return min([*gaps, spot.low, 1.05 - spot.high])


def _annotation(curve: Curve, height: float) -> dict[str, Any]:
    font = {"color": curve.colour, "size": 12}
    return {"name": DIRECT, "text": curve.name, "y": height, "showarrow": False, "font": font}
