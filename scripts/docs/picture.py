"""The moving picture of README.md: the page itself, photographed hour by hour, as docs/pictures/day.webp."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from p2pdnr.cli.screenshot import at_rest, browser_page, served, show
from scripts.docs.pages import DOCS
from scripts.page_door import ask

HOURS = range(5, 23)
WIDTH, HEIGHT, SHOWN = 1280, 800, 960
"""Pixels: of the window, and how wide it is shown."""
PAUSE_MS, LONG_MS = 550, 1600
"""How long an hour stands, and the last one."""


def write() -> None:
    """Photograph the hours of the default day and put them together."""
    with TemporaryDirectory() as place, browser_page(WIDTH, Path(place)) as page, served() as address:
        page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
        show(page, f"{address}?hour={HOURS[0]}&theme=light&freeze=1")
        pictures = [_hour(page, hour) for hour in HOURS]
    pauses = [PAUSE_MS] * (len(pictures) - 1) + [LONG_MS]
    first, *others = pictures
    target = DOCS / "pictures" / "day.webp"
    first.save(target, save_all=True, append_images=others, duration=pauses, loop=0, quality=72, method=6)
    print(f"{target.name}: {len(pictures)} pictures, {target.stat().st_size / 1000:.0f} kB")


def _hour(page: Any, hour: int) -> Any:
    from PIL import Image

    ask(page, "hour => p2pdnr.goTo(hour)", hour)
    photo = Image.open(BytesIO(at_rest(page, whole=False))).convert("RGB")
    return photo.resize((SHOWN, SHOWN * HEIGHT // WIDTH), Image.Resampling.LANCZOS)
