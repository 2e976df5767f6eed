"""``app [--scenario FILE | --result DIR]``: serves the page; ``python app.py`` is the same."""

from __future__ import annotations

import argparse
import logging
import re
import threading
import webbrowser
from collections.abc import Callable
from pathlib import Path


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
    parser.add_argument("--no-browser", action="store_true", help="do not open a browser")


def _origin(text: str) -> str:
    """Scheme and host of a site, as a browser compares them."""
    if not re.fullmatch(r"https?://[A-Za-z0-9.\-]+(:\d{1,5})?", text):
        raise argparse.ArgumentTypeError(
            f"{text} is no site; give scheme and host alone, such as https://learn.example"
        )
    return text


def run(arguments: argparse.Namespace) -> int:
    """Make the app and serve it until it is interrupted."""
    from p2pdnr.dashboard import create_app
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
    app = create_app(settings, scenario=scenario, hosts=hosts, result=result, host=arguments.host)
    serve(app.server, arguments.host, arguments.port, ready=announcement(with_browser=not arguments.no_browser))
    return 0


def announcement(with_browser: bool) -> Callable[[str], None]:
    """Prints a line of the server; the first one that holds an address opens a browser there, if one is wanted."""
    opened: list[threading.Thread] = []

    def ready(line: str) -> None:
        print(line, flush=True)
        address = re.search(r"http\S+", line)
        if address and with_browser and not opened:
            opened.append(threading.Thread(target=webbrowser.open, args=(address.group(),), daemon=True))
            opened[0].start()

    return ready
