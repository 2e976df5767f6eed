"""Starts the page: ``python app.py [--scenario FILE | --result DIR] [--host 127.0.0.1] [--port 8050]``."""

from __future__ import annotations

import argparse
import re
import sys
import threading
import webbrowser
from pathlib import Path


def main(arguments: list[str] | None = None) -> int:
    """Parse the command line and serve until interrupted; 2 for bad input."""
    return run(parser().parse_args(arguments))


def parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(prog="app.py", description="The p2pdnr page.")
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
    parser.add_argument("--no-browser", action="store_true", help="do not open a browser")
    return parser


def run(options: argparse.Namespace) -> int:
    """Make the app and serve it."""
    from p2pdnr.dashboard import create_app
    from p2pdnr.dashboard.cases import read_scenario
    from p2pdnr.errors import InputError
    from p2pdnr.server import headers
    from p2pdnr.server.serve import serve

    opened: list[threading.Thread] = []

    def ready(line: str) -> None:
        print(line, flush=True)
        address = re.search(r"http\S+", line)
        if address and not options.no_browser and not opened:
            opened.append(threading.Thread(target=webbrowser.open, args=(address.group(),), daemon=True))
            opened[0].start()

    try:
        scenario = read_scenario(Path(options.scenario)) if options.scenario else None
        result = Path(options.result) if options.result else None
        hosts = headers.trusted_hosts(options.host, options.trusted_host)
        app = create_app(scenario=scenario, hosts=hosts, result=result, host=options.host)
        serve(app.server, options.host, options.port, ready=ready)
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
