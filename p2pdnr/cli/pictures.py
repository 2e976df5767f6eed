"""Comparing pictures: bytes first, then pixels with a tolerance. Needs pillow.

With the browser that took the expected picture a pixel may differ by rounding alone: ``exact`` counts those that differ
by more than ``ROUNDING`` levels, and none may. A browser update moves more.

Text and edges of another browser version differ by fractions of a pixel. So both pictures are blurred over three
pixels, and a pixel counts as changed when any of its channels still differs by more than ``LEVELS`` of 255. A picture
has changed when too large a share of it did, or when a small square of it changed as a whole: a mark that is gone, a
line in another colour.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from PIL.Image import Image

ROUNDING = 24
LEVELS = 20
SHARE = 0.004
SQUARE = 8
SQUARE_SHARE = 0.7

Pixels = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Comparison:
    """``same`` or not, why in words, and the picture of the difference where there is one."""

    same: bool
    text: str
    difference: Image | None = None


def pixels(picture: bytes) -> Pixels:
    """PNG bytes -> (height, width, 3) levels 0..255."""
    from PIL import Image

    return np.asarray(Image.open(io.BytesIO(picture)).convert("RGB"), dtype=float)


def blurred(levels: Pixels) -> Pixels:
    """Mean over 3 x 3 pixels, edges repeated."""
    padded = np.pad(levels, ((1, 1), (1, 1), (0, 0)), mode="edge")
    height, width = levels.shape[:2]
    return sum((padded[i : i + height, j : j + width] for i in range(3) for j in range(3)), np.zeros_like(levels)) / 9


def fullest_square(changed: npt.NDArray[np.bool_]) -> tuple[float, tuple[int, int]]:
    """The largest share of changed pixels in any square, and its place as (left, top)."""
    sums = np.pad(changed.astype(float), ((1, 0), (1, 0))).cumsum(0).cumsum(1)
    size = min(SQUARE, *changed.shape)
    inside = sums[size:, size:] - sums[:-size, size:] - sums[size:, :-size] + sums[:-size, :-size]
    top, left = np.unravel_index(int(np.argmax(inside)), inside.shape)
    return float(inside[top, left]) / size**2, (int(left), int(top))


def marked(actual: Pixels, changed: npt.NDArray[np.bool_]) -> Image:
    """The actual picture, faded, with changed pixels in magenta."""
    from PIL import Image

    faded = 255 - (255 - actual) * 0.25
    faded[changed] = (220, 0, 160)
    return Image.fromarray(faded.astype(np.uint8))


def compare(expected: bytes, actual: bytes, exact: bool = False, share: float = SHARE) -> Comparison:
    """Whether two PNG pictures show the same: to a person, or ``exact`` but for rounding.

    ``share`` of the pixels may change as far as no square changed as a whole.
    """
    if expected == actual:
        return Comparison(True, "the same bytes")
    before, after = pixels(expected), pixels(actual)
    if before.shape != after.shape:
        sizes = [f"{levels.shape[1]} x {levels.shape[0]}" for levels in (before, after)]
        return Comparison(False, f"size was {sizes[0]} and is {sizes[1]}", _of_two_sizes(before, after))
    if exact:
        differs = np.abs(before - after).max(axis=2) > ROUNDING
        return Comparison(not differs.any(), f"{int(differs.sum())} pixels changed", marked(after, differs))
    changed = np.abs(blurred(before) - blurred(after)).max(axis=2) > LEVELS
    found, (fullest, place) = float(changed.mean()), fullest_square(changed)
    text = f"{100 * found:.3f} % of the pixels changed, {100 * fullest:.0f} % of the square at {place}"
    return Comparison(found <= share and fullest <= SQUARE_SHARE, text, marked(after, changed))


def _of_two_sizes(before: Pixels, after: Pixels) -> Image:
    """What differs, on a sheet that holds both from their upper left corner; -1 stands beyond a picture's edge."""
    height, width = (max(levels.shape[axis] for levels in (before, after)) for axis in (0, 1))
    sheets = np.full((2, height, width, 3), -1.0)
    for sheet, levels in zip(sheets, (before, after), strict=True):
        sheet[: levels.shape[0], : levels.shape[1]] = levels
    return marked(sheets[1].clip(min=0.0), np.abs(sheets[0] - sheets[1]).max(axis=2) > 0)
