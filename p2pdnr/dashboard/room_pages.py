"""The pages of rooms: one HTML for the lecturer's screen and for phones, which hold no data before somebody asks."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

from flask import Flask, Response

from p2pdnr.dashboard import assets, page
from p2pdnr.dashboard.assets import CLASSIC, ROOM, Assets
from p2pdnr.resources import ASSETS

STYLES = ("colours.css", "layout.css", "diagram.css", "whatif.css", "explore.css", "rooms.css")
"""Style sheets of the pages, in their order."""
_TEMPLATE = Path(__file__).with_name("room.html")
_CODE = re.compile(r"[A-Za-z0-9]{1,12}")


def register(app: Flask, files: Assets | None = None) -> None:
    """Add the pages to an app that serves the scripts of :mod:`p2pdnr.dashboard.assets` below ``/assets/``."""
    served = files or assets.read(ASSETS)
    made = partial(_page, served, lambda name: f"/assets/{served.address(name)}")
    app.add_url_rule("/room", "room", lambda: _answer(made("")))
    app.add_url_rule("/room/<code>", "room_of", lambda code: _answer(made(code)))


def _page(files: Assets, url: Callable[[str], str], code: str) -> str:
    """The page; what is no code of a room opens it without one."""
    parts = {
        "__THEME__": url(CLASSIC[0]),
        "__STYLES__": "\n".join(f'<link rel="stylesheet" href="{url(f"styles/{name}")}">' for name in STYLES),
        "__MODULES__": "\n".join(
            f'<link rel="modulepreload" href="{url(name)}">' for name in assets.needed(files, ROOM)
        ),
        "__ENTRY__": url(ROOM),
        "__CODE__": html.escape(code.upper()) if _CODE.fullmatch(code) else "",
    }
    return page.filled(_TEMPLATE.read_text(encoding="utf-8"), parts)


def _answer(text: str) -> Response:
    return Response(text, mimetype="text/html", headers={"Cache-Control": "no-cache"})
