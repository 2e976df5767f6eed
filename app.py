"""Starts the page: ``python app.py [--scenario FILE | --result DIR] [--host 127.0.0.1] [--port 8050]``."""

from __future__ import annotations

import argparse
import sys

from p2pdnr.cli import app


def main(arguments: list[str] | None = None) -> int:
    """Parse the command line and serve until interrupted; 2 for bad input."""
    return run(parser().parse_args(arguments))


def parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(prog="app.py", description="The p2pdnr page.")
    app.add_arguments(parser)
    return parser


def run(options: argparse.Namespace) -> int:
    """Make the app and serve it."""
    from p2pdnr.errors import InputError

    try:
        return app.run(options)
    except InputError as error:
        print(error, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
