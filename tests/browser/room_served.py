"""The page with rooms and a set of two fast rounds: ``python -m tests.browser.room_served FOLDER PORT``.

``FOLDER`` holds what is kept; the package's own sets are served where it is called ``sets``.
"""

from __future__ import annotations

import json
import sys
from functools import partial
from pathlib import Path

from p2pdnr.dashboard import create_app, room
from p2pdnr.resources import DATA
from p2pdnr.room.settings import RoomSettings
from p2pdnr.server import Settings
from p2pdnr.server.serve import serve
from tests.room.classroom import KEY, SWITCH, TRADE, data_folder

WORDS = {"title": {"en": "A round", "de": "Eine Runde"}, "task": {"en": "Do it.", "de": "Tu es."}}
TEACHES = {"teaches": {"en": "Something.", "de": "Etwas."}}


def rounds(place: Path) -> Path:
    """A data folder with the small day and one set: *switch*, then *trade*."""
    data = data_folder(place)
    told = [row | WORDS | TEACHES | {"seconds": 600} for row in (SWITCH, TRADE)]
    words = {"en": "Both games", "de": "Beide Spiele"}
    sets = [{"key": "both", "title": words, "description": words, "minutes": 5, "rounds": told}]
    (data / "rooms.json").write_text(json.dumps({"sets": sets}), encoding="utf-8")
    return data


if __name__ == "__main__":
    place = Path(sys.argv[1])
    data = DATA if place.name == "sets" else rounds(place)
    app = create_app(Settings(data_dir=DATA, store_dir=place / "store", workers=1, spares=0))
    room.register(app.server, RoomSettings(KEY, place / "rooms.sqlite", data), "127.0.0.1")
    serve(app.server, "127.0.0.1", int(sys.argv[2]), ready=partial(print, flush=True))
