"""The day as a moving picture: the grid hour by hour above its losses, drawn with Pillow, without a browser."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from p2pdnr.errors import InputError, Problem
from p2pdnr.figures import Payload
from p2pdnr.figures.theme import COLOURS, Theme, read_themes

WIDTH, MARGIN, CURVE_HEIGHT, HEAD = 960, 40, 110, 56
"""Pixels: width of the picture, of its margins, height of the loss curve and of the title."""

FINE = 2
"""Drawn so many times larger and then reduced, which smooths edges."""

SECONDS_PER_HOUR = 0.7

Floats = npt.NDArray[np.float64]
Colour = tuple[int, int, int]


def animate(payload: Payload, path: Path, theme: str = "light") -> None:
    """Write the day of a result (as results.payload makes it) as an animated GIF, one picture per hour.

    Raises InputError when Pillow is not installed.
    """
    scene = Scene(payload, read_themes(COLOURS)[theme])
    pictures = [scene.picture(hour) for hour in range(payload["hours"])]
    colours = _sheet(pictures).quantize(256)  # one palette for all, so that nothing flickers
    frames = [picture.quantize(palette=colours, dither=0) for picture in pictures]
    duration = int(1000 * SECONDS_PER_HOUR)
    frames[0].save(
        path, format="GIF", save_all=True, append_images=frames[1:], duration=duration, loop=0, optimize=True
    )


def pillow() -> Any:
    """The drawing library; raises InputError when it is missing."""
    try:
        from PIL import Image, ImageDraw, ImageFont
    except ImportError:
        remedy = "pip install pillow"
        raise InputError([Problem("animation", "", ("pillow",), "is not installed", remedy)]) from None
    return Image, ImageDraw, ImageFont


class Scene:
    """What stays the same from hour to hour: places, scales, colours and type."""

    def __init__(self, payload: Payload, theme: Theme) -> None:
        self._image, self._draw, fonts = pillow()
        self._payload, self._theme = payload, theme
        diagram = payload["diagram"]
        x, y = np.array(diagram["x"], dtype=float), np.array(diagram["y"], dtype=float)
        routes = [np.array(route, dtype=float) for route in diagram["routes"]]
        bends = np.vstack([np.column_stack([x, y]), *routes])
        low, span = bends.min(axis=0), np.ptp(bends, axis=0)
        scale = min((WIDTH - 2 * MARGIN) / max(span[0], 1e-9), 520 / max(span[1], 1e-9), 90)
        shift = np.array([(WIDTH - scale * span[0]) / 2, HEAD + MARGIN])
        self._buses = (np.column_stack([x, y]) - low) * scale + shift
        self._routes = [(route - low) * scale + shift for route in routes]
        self._bottom = HEAD + 2 * MARGIN + scale * span[1]
        self._mark = float(np.clip(scale / 5, 2.5, 7.0))
        self._fonts = {size: _font(fonts, size * FINE) for size in (13, 22)}

    def picture(self, hour: int) -> Any:
        """One hour, as a Pillow image."""
        size = (FINE * WIDTH, int(FINE * (self._bottom + CURVE_HEIGHT + MARGIN)))
        image = self._image.new("RGB", size, self._theme["panel"])
        draw = self._draw.Draw(image)
        self._title(draw, hour)
        self._lines(draw, hour)
        self._marks(draw, hour)
        self._curve(draw, hour)
        return image.resize((size[0] // FINE, size[1] // FINE), self._image.Resampling.LANCZOS)

    def _title(self, draw: Any, hour: int) -> None:
        payload, theme = self._payload, self._theme
        minutes = round(hour * payload["step_h"] * 60)
        self._text(draw, (MARGIN, 20), f"{minutes // 60 % 24:02d}:{minutes % 60:02d}", 22, theme["ink"])
        opened = ", ".join(map(str, payload["series"]["open_lines"][hour][:16])) or "none"
        told = f"{payload['name'][:60]} · losses {payload['series']['loss_kw'][hour]:.0f} kW · open lines {opened}"
        self._text(draw, (MARGIN + 84, 28), told, 13, theme["muted"])

    def _lines(self, draw: Any, hour: int) -> None:
        lines, theme = self._payload["lines"], self._theme
        largest = max((abs(value) for row in lines["p_kw"] for value in row), default=1.0) or 1.0
        for line, route in enumerate(self._routes):
            points = [tuple(point) for point in route * FINE]
            if not lines["closed"][hour][line]:
                _dotted(draw, route * FINE, theme["open"])
                continue
            share = abs(lines["p_kw"][hour][line]) / largest
            loading = lines["loading_percent"][hour][line]
            colour = theme["over"] if (loading or 0) > 100 + 1e-3 else _mixed(theme, "load-low", "load-high", share)
            draw.line(points, fill=colour, width=int(FINE * (1.2 + 4.8 * share**0.5)), joint="curve")

    def _marks(self, draw: Any, hour: int) -> None:
        payload, theme = self._payload, self._theme
        limits = payload["network"]
        span = max(limits["vm_max_pu"] - 1.0, 1.0 - limits["vm_min_pu"], 1e-6)
        prosumers = set(payload["diagram"]["prosumer_buses"])
        for bus, place in enumerate(self._buses):
            off = (payload["buses"]["vm_pu"][hour][bus] - 1.0) / span
            fill = _mixed(theme, "mid", "high" if off > 0 else "low", min(1.0, abs(off)))
            box = [*(FINE * (place - self._mark)), *(FINE * (place + self._mark))]
            shape = draw.rounded_rectangle if bus + 1 in prosumers else draw.ellipse
            corner = {"radius": FINE * self._mark / 2} if bus + 1 in prosumers else {}
            shape(box, fill=fill, outline=theme["ink"], width=FINE, **corner)
        for bus in limits["substations"]:
            x, y = FINE * self._buses[bus - 1]
            half = FINE * self._mark
            draw.rectangle([x - 3.4 * half, y - 2 * half, x - 2.4 * half, y + 2 * half], fill=theme["ink"])

    def _curve(self, draw: Any, hour: int) -> None:
        losses = np.array(self._payload["series"]["loss_kw"], dtype=float)
        top, bottom = FINE * self._bottom, FINE * (self._bottom + CURVE_HEIGHT - 24)
        x = FINE * np.linspace(MARGIN, WIDTH - MARGIN, len(losses)) if len(losses) > 1 else np.array([FINE * MARGIN])
        y = bottom - (bottom - top) * losses / max(losses.max(), 1e-9)
        points = list(zip(x.tolist(), y.tolist(), strict=True))
        if len(points) > 1:
            draw.polygon([(x[0], bottom), *points, (x[-1], bottom)], fill=self._theme["wash"])
            draw.line(points, fill=self._theme["accent"], width=2 * FINE, joint="curve")
        draw.line([(x[hour], top), (x[hour], bottom)], fill=self._theme["ink"], width=FINE)
        for at in range(0, len(losses), max(1, len(losses) // 8)):
            clock = f"{round(at * self._payload['step_h']) % 24:02d}"
            self._text(draw, (x[at] / FINE - 8, self._bottom + CURVE_HEIGHT - 18), clock, 13, self._theme["muted"])

    def _text(self, draw: Any, place: tuple[float, float], text: str, size: int, colour: str) -> None:
        draw.text((FINE * place[0], FINE * place[1]), text, font=self._fonts[size], fill=colour)


def _sheet(pictures: list[Any]) -> Any:
    """All pictures on one sheet, each taken to a quarter of its size by leaving points out."""
    image, _, _ = pillow()
    small = [one.resize((one.width // 4, one.height // 4), image.Resampling.NEAREST) for one in pictures]
    sheet = image.new("RGB", (small[0].width, small[0].height * len(small)))
    for number, one in enumerate(small):
        sheet.paste(one, (0, number * one.height))
    return sheet


def _font(fonts: Any, size: int) -> Any:
    spec = find_spec("font_hanken_grotesk")
    if spec is None or spec.origin is None:
        return fonts.load_default(size)
    return fonts.truetype(str(Path(spec.origin).parent / "files" / "HankenGrotesk-Regular.otf"), size)


def _mixed(theme: Theme, first: str, second: str, share: float) -> Colour:
    """The colour between two tokens."""
    a, b = (np.array([int(theme[token][at : at + 2], 16) for at in (1, 3, 5)]) for token in (first, second))
    red, green, blue = np.rint(a + share * (b - a)).astype(int).tolist()
    return red, green, blue


def _dotted(draw: Any, route: Floats, colour: str) -> None:
    """Dots along a polyline."""
    steps = np.hypot(*np.diff(route, axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    for at in np.arange(0.0, along[-1], 7.0 * FINE):
        x, y = (float(np.interp(at, along, route[:, axis])) for axis in (0, 1))
        draw.ellipse([x - FINE, y - FINE, x + FINE, y + FINE], fill=colour)
