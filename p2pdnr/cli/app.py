"""``app [--scenario FILE | --result DIR]``: serves the page; ``python app.py`` is the same."""

from __future__ import annotations

import argparse
import logging
import os
import re
import secrets
import threading
import webbrowser
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from p2pdnr.room.settings import RoomSettings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``app``."""
    opened = parser.add_mutually_exclusive_group()
    opened.add_argument("--scenario", metavar="FILE", help="scenario to open instead of the default one")
    opened.add_argument("--result", metavar="DIR", help="result folder to open instead of the default day")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this machine only)")
    parser.add_argument("--port", type=int, default=8050, help="port; the next free one when it is busy")
    parser.add_argument(
        "--trusted-host",
        metavar="NAME",
        action="append",
        default=[],
        help="further name it is asked under (repeatable)",
    )
    parser.add_argument(
        "--embed-in",
        metavar="ORIGIN",
        type=_origin,
        action="append",
        default=[],
        help="site whose pages may show this one in a frame, such as https://learn.example (repeatable)",
    )
    parser.add_argument("--room", action="store_true", help="a lecturer may open rooms that phones join (docs/room.md)")
    parser.add_argument(
        "--room-key", metavar="KEY", type=_key, help="the lecturer's key, 12 characters or more (default: a new one)"
    )
    parser.add_argument(
        "--room-file", metavar="FILE", help="where rooms are kept (default: rooms.sqlite in the user's state folder)"
    )
    parser.add_argument("--no-browser", action="store_true", help="do not open a browser")


def _origin(text: str) -> str:
    """Scheme and host of a site, as a browser compares them."""
    if not re.fullmatch(r"https?://[A-Za-z0-9.\-]+(:\d{1,5})?", text):
        raise argparse.ArgumentTypeError(
            f"{text} is no site; give scheme and host alone, such as https://learn.example"
        )
    return text


def _key(text: str) -> str:
    """A key that nobody guesses, and that stands in an address as it is."""
    if not re.fullmatch(r"[A-Za-z0-9_-]{12,100}", text):
        raise argparse.ArgumentTypeError("the key has to be 12 to 100 of A-Z, a-z, 0-9, _ and -")
    return text


def run(arguments: argparse.Namespace) -> int:
    """Make the app and serve it until it is interrupted."""
    from p2pdnr.dashboard import create_app, room
    from p2pdnr.dashboard.app import own_settings
    from p2pdnr.dashboard.cases import read_scenario
    from p2pdnr.server import headers
    from p2pdnr.server.serve import serve

    scenario = read_scenario(Path(arguments.scenario)) if arguments.scenario else None
    result = Path(arguments.result) if arguments.result else None
    hosts = headers.trusted_hosts(arguments.host, arguments.trusted_host)
    logging.basicConfig(format="%(message)s")
    logging.getLogger("p2pdnr.server").setLevel(logging.INFO)
    settings = own_settings(tuple(arguments.embed_in))
    rooms = _rooms(arguments)
    app = create_app(settings, scenario=scenario, hosts=hosts, result=result, host=arguments.host)
    if rooms is not None:
        room.register(app.server, rooms, arguments.host)
    told = announcement(not arguments.no_browser, rooms.key if rooms else "")
    serve(app.server, arguments.host, arguments.port, ready=told)
    return 0


def _rooms(arguments: argparse.Namespace) -> RoomSettings | None:
    """What rooms may use, None where there are none."""
    if not (arguments.room or arguments.room_key or arguments.room_file):
        return None
    from p2pdnr.resources import DATA
    from p2pdnr.room.settings import RoomSettings

    file = Path(arguments.room_file) if arguments.room_file else _state_folder() / "rooms.sqlite"
    return RoomSettings(arguments.room_key or secrets.token_urlsafe(16), file, DATA)


def _state_folder() -> Path:
    """Where programmes of this user keep what outlives them."""
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "p2pdnr"


def announcement(with_browser: bool, room_key: str = "") -> Callable[[str], None]:
    """Prints a line of the server; the first one that holds an address opens a browser there, if one is wanted. With a
    key the lecturer's link is printed behind it and is what the browser opens."""
    opened: list[str] = []

    def ready(line: str) -> None:
        print(line, flush=True)
        address = re.search(r"http\S+", line)
        if address is None or opened:
            return
        opened.append(f"{address.group()}room#key={room_key}" if room_key else address.group())
        if room_key:
            print(f"Rooms are led at {opened[0]}", flush=True)
        if with_browser:
            threading.Thread(target=webbrowser.open, args=(opened[0],), daemon=True).start()

    return ready
