"""Curves over the hours as small SVG pictures, for paper: black and one colour, limits dashed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from p2pdnr.languages import ENGLISH, Language

WIDTH, HEIGHT = 220, 96
"""Three stand side by side on A4, each 56 mm wide: text of 10 units is 7 pt there."""

_LEFT, _RIGHT, _TOP, _BOTTOM = 34, 4, 8, 20


@dataclass(frozen=True)
class Curve:
    """One value per hour, drawn as steps; ``dashed`` for a limit that holds in every hour."""

    values: Sequence[float]
    dashed: bool = False


def picture(title: str, curves: Sequence[Curve], labels: Sequence[str], digits: int, say: Language = ENGLISH) -> str:
    """The SVG of some curves over the same hours; ``labels`` (T + 1) name the instants between hours, of which the
    first, the middle and the last are written."""
    low, high = _bounds(curves)
    scale = (HEIGHT - _TOP - _BOTTOM) / (high - low)
    paths = "".join(_path(curve, low, scale) for curve in curves)
    ticks = "".join(
        f'<text x="{_LEFT - 4}" y="{_y(value, low, scale) + 3:.1f}" text-anchor="end">{text}</text>'
        for value, text in ((value, say.number(value, digits)) for value in (low, high))
    )
    hours = len(labels) - 1
    named = "".join(
        f'<text x="{_x(hour, hours):.1f}" y="{HEIGHT - 5}" text-anchor="{anchor}">{escape(labels[hour])}</text>'
        for hour, anchor in ((0, "start"), (hours // 2, "middle"), (hours, "end"))
    )
    frame = f'<path class="frame" d="M{_LEFT} {_TOP}V{HEIGHT - _BOTTOM}H{WIDTH - _RIGHT}"/>'
    head = f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}">'
    return f"{head}{frame}{paths}{ticks}{named}</svg>"


def _bounds(curves: Sequence[Curve]) -> tuple[float, float]:
    low = min(min(curve.values) for curve in curves)
    high = max(max(curve.values) for curve in curves)
    return (low, high) if high > low else (low, low + 1.0)


def _x(hour: float, hours: int) -> float:
    return _LEFT + (WIDTH - _LEFT - _RIGHT) * hour / hours


def _y(value: float, low: float, scale: float) -> float:
    return HEIGHT - _BOTTOM - (value - low) * scale


def _path(curve: Curve, low: float, scale: float) -> str:
    hours = len(curve.values)
    steps = "".join(
        f"{'L' if hour else 'M'}{_x(hour, hours):.1f} {_y(value, low, scale):.1f}H{_x(hour + 1, hours):.1f}"
        for hour, value in enumerate(curve.values)
    )
    return f'<path class="{"limit" if curve.dashed else "curve"}" d="{steps}"/>'
