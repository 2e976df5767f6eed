"""Small SVG charts of docs/cases: grouped bars, lines over a number, and points over a number of many sizes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

COLOURS = ("#8a8f98", "#1f6f8b", "#c8553d", "#6a994e", "#8d6a9f", "#d9a441")
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 720, 300, 76, 16, 26, 70


@dataclass(frozen=True)
class Scale:
    """The second axis: ``low`` to ``high``, with a line at every ``step``."""

    low: float
    high: float
    step: float
    label: str

    def y(self, value: float) -> float:
        """Place of a value in px."""
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (value - self.low) / (self.high - self.low)


def scale(values: Sequence[float], label: str) -> Scale:
    """Round numbers around zero and all ``values``."""
    most, least = max(0.0, *values), min(0.0, *values)
    step = _round_up((most - least) / 5 or 1.0)
    low = -step * _ceil(-least / step)
    return Scale(low, low + step * max(1, _ceil((most - low) / step)), step, label)


def bars(groups: Sequence[str], series: Mapping[str, Sequence[float]], label: str) -> str:
    """An SVG document: for every group one bar of each series."""
    axis = scale([value for values in series.values() for value in values], label)
    room = (WIDTH - LEFT - RIGHT) / len(groups)
    width = 0.75 * room / len(series)
    parts = _axis(axis)
    for place, group in enumerate(groups):
        left = LEFT + room * (place + 0.125)
        parts.append(_text(left + 0.375 * room, HEIGHT - BOTTOM + 17, group, "middle"))
        for number, values in enumerate(series.values()):
            top, foot = sorted((axis.y(values[place]), axis.y(0.0)))
            box = f'x="{left + number * width:.1f}" y="{top:.1f}" width="{0.92 * width:.1f}" height="{foot - top:.1f}"'
            parts.append(f'<rect {box} fill="{COLOURS[number]}"/>')
    return _document([*parts, *_legend(list(series))])


def lines(x: Sequence[float], series: Mapping[str, Sequence[float]], label: str, below: str) -> str:
    """An SVG document: every series over ``x``, whose meaning ``below`` tells."""
    axis = scale([value for values in series.values() for value in values], label)
    span = (WIDTH - LEFT - RIGHT - 20) / (max(x) - min(x))
    places = [LEFT + 10 + span * (value - min(x)) for value in x]
    parts = _axis(axis)
    every = max(1, len(x) // 12)
    parts += [
        _text(place, HEIGHT - BOTTOM + 17, f"{v:g}", "middle")
        for place, v in list(zip(places, x, strict=True))[::every]
    ]
    for number, values in enumerate(series.values()):
        points = [(place, axis.y(value)) for place, value in zip(places, values, strict=True)]
        path = " ".join(f"{a:.1f},{b:.1f}" for a, b in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{COLOURS[number]}" stroke-width="2"/>')
        parts += [f'<circle cx="{a:.1f}" cy="{b:.1f}" r="3" fill="{COLOURS[number]}"/>' for a, b in points]
    parts.append(_text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - BOTTOM + 34, below, "middle"))
    return _document([*parts, *_legend(list(series))])


def points(series: Mapping[str, Sequence[tuple[float, float]]], label: str, below: str) -> str:
    """An SVG document: every series as joined points (x, y), x from 1 on and in powers of ten, whose meaning ``below``
    tells."""
    axis = scale([y for places in series.values() for _, y in places], label)
    most = max(math.log10(max(x, 1.0)) for places in series.values() for x, _ in places)
    decades = max(1, math.ceil(most))
    span = (WIDTH - LEFT - RIGHT - 20) / decades
    parts = _axis(axis)
    for power in range(decades + 1):
        parts.append(_text(LEFT + 10 + span * power, HEIGHT - BOTTOM + 17, f"{10**power:,}", "middle"))
    for number, places in enumerate(series.values()):
        found = [(LEFT + 10 + span * math.log10(max(x, 1.0)), axis.y(y)) for x, y in places]
        path = " ".join(f"{a:.1f},{b:.1f}" for a, b in found)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{COLOURS[number]}" stroke-width="1.5"/>')
        parts += [f'<circle cx="{a:.1f}" cy="{b:.1f}" r="4" fill="{COLOURS[number]}"/>' for a, b in found]
    parts.append(_text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - BOTTOM + 34, below, "middle"))
    return _document([*parts, *_legend(list(series))])


def steps(series: Mapping[str, Sequence[tuple[float, float]]], label: str, below: str) -> str:
    """An SVG document: every series of points (x, y) as a staircase, each value from its x on until the next; both axes
    in powers of ten around all values, which are positive."""
    across = _decades([x for places in series.values() for x, _ in places])
    up = _decades([y for places in series.values() for _, y in places])
    width, height = (WIDTH - LEFT - RIGHT - 20) / (len(across) - 1), (HEIGHT - TOP - BOTTOM) / (len(up) - 1)
    parts = [_text(8, TOP - 10, label)]
    for place, power in enumerate(up):
        y = HEIGHT - BOTTOM - place * height
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ddd"/>')
        parts.append(_text(LEFT - 6, y + 4, f"{10.0**power:g}", "end"))
    for place, power in enumerate(across):
        parts.append(_text(LEFT + 10 + place * width, HEIGHT - BOTTOM + 17, f"{10.0**power:g}", "middle"))
    for number, places in enumerate(series.values()):
        found = [
            (
                LEFT + 10 + width * (math.log10(x) - across[0]),
                HEIGHT - BOTTOM - height * (math.log10(y) - up[0]),
            )
            for x, y in places
        ]
        stairs = [found[0], *(corner for (_, high), (x, y) in pairwise(found) for corner in ((x, high), (x, y)))]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in stairs)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{COLOURS[number]}" stroke-width="2"/>')
        parts.append(f'<circle cx="{found[0][0]:.1f}" cy="{found[0][1]:.1f}" r="3" fill="{COLOURS[number]}"/>')
    parts.append(_text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - BOTTOM + 34, below, "middle"))
    return _document([*parts, *_legend(list(series))])


def _axis(axis: Scale) -> list[str]:
    parts = [_text(8, TOP - 10, axis.label)]
    for number in range(round((axis.high - axis.low) / axis.step) + 1):
        value = axis.low + number * axis.step
        y = axis.y(value)
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ddd"/>')
        parts.append(_text(LEFT - 6, y + 4, f"{value:,.10g}", "end"))
    return parts


def _legend(names: Sequence[str]) -> list[str]:
    parts, x = [], float(LEFT)
    beside = min(40.0, (WIDTH - LEFT - RIGHT - 6.2 * sum(map(len, names))) / max(len(names), 1))
    for number, name in enumerate(names):
        parts.append(f'<rect x="{x:.1f}" y="{HEIGHT - 18}" width="12" height="8" fill="{COLOURS[number]}"/>')
        parts.append(_text(x + 18, HEIGHT - 10, name))
        x += beside + 6.2 * len(name)  # px of a letter, about
    return parts


def _text(x: float, y: float, text: str, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _document(parts: Sequence[str]) -> str:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif"'
    body = "\n".join(parts)
    return f'{head} font-size="12" fill="#333">\n<rect width="100%" height="100%" fill="#fff"/>\n{body}\n</svg>\n'


def _decades(values: Sequence[float]) -> list[int]:
    """Powers of ten from below the least to above the most of them, two at least."""
    low, high = math.floor(math.log10(min(values)) + 1e-9), math.ceil(math.log10(max(values)) - 1e-9)
    return list(range(low, max(high, low + 1) + 1))


def _ceil(value: float) -> int:
    return -int(-(value - 1e-9) // 1)


def _round_up(value: float) -> float:
    """The next of 1, 2, 2.5 and 5 times a power of ten."""
    power = 1.0
    while power > value:
        power /= 10
    while power * 10 <= value:
        power *= 10
    return next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= value - 1e-12)
