"""Entry point of the command line: parses, runs one command, turns errors into messages and exit statuses.

Exit status 0 done, 1 the run failed or a certificate does not hold, 2 bad input. Messages go to stderr without a
traceback; P2PDNR_TRACEBACK=1 shows one where the error is not about the input.
"""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module

from p2pdnr import __version__
from p2pdnr.cli.terminal import plain_output
from p2pdnr.errors import InputError, P2pdnrError

DONE, FAILED, BAD_INPUT = 0, 1, 2

COMMANDS = {
    "solve": "solve a scenario and write its result folder",
    "compare": "solve a scenario in every mode and print the table of modes",
    "reconfigure": "find the radial topology of a network with the least loss",
    "sweep": "solve a scenario again and again with varied values",
    "outages": "find the best back-feed after every single line fault of a result",
    "roll": "re-switch a solved day as forecasts come true or do not, hour by hour",
    "check": "recompute every certificate of a result from its files alone",
    "export": "write a result as one page, pandapower JSON, spreadsheets or a moving picture",
    "generate": "write a synthetic scenario",
    "network": "read a network from pandapower, MATPOWER or sheets, and tell what became of it",
    "scenario": "make a scenario of meter readings",
    "screenshot": "take a picture of the page at one hour",
    "app": "serve the page and open it in a browser",
}
"""Command -> its line in the help."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command in ``argv`` (default: the process's arguments) and return the exit status."""
    with plain_output():
        return _main(argv)


def _main(argv: Sequence[str] | None) -> int:
    given = list(sys.argv[1:] if argv is None else argv)
    try:
        arguments = command_line(given).parse_args(given)
    except SystemExit as exit_:
        return exit_.code if isinstance(exit_.code, int) else BAD_INPUT
    try:
        return int(arguments.run(arguments))
    except InputError as error:
        return _complain(BAD_INPUT, *map(str, error.problems))
    except KeyboardInterrupt:
        return _complain(FAILED, "interrupted")
    except BrokenPipeError:
        # Whoever read our output has seen enough; nothing more may be written when the interpreter ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except P2pdnrError as error:
        return _complain(FAILED, str(error) or type(error).__name__)
    except MemoryError:
        return _complain(FAILED, "this needs more memory than there is; use fewer prosumers, hours or buses")
    except Exception as error:
        return _complain(
            FAILED, f"{type(error).__name__}: {' '.join(str(error).split())[:300]} (a fault of the programme)"
        )


def command_line(given: Sequence[str]) -> argparse.ArgumentParser:
    """All commands with their help lines; only the one that is named gets its arguments, and its module imported."""
    parser = argparse.ArgumentParser(
        prog="python -m p2pdnr", description="Peer-to-peer trading on a grid that re-switches itself."
    )
    parser.add_argument("--version", action="version", version=f"p2pdnr {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    named = next((word for word in given if not word.startswith("-")), None)
    for name, line in COMMANDS.items():
        command = commands.add_parser(name, help=line, description=f"{line[0].upper()}{line[1:]}.", allow_abbrev=False)
        if name == named:
            module = import_module(f"p2pdnr.cli.{name}")
            module.add_arguments(command)
            command.set_defaults(run=module.run)
    return parser


def _complain(status: int, *messages: str) -> int:
    for message in messages:
        print(f"error: {message}", file=sys.stderr)
    if os.environ.get("P2PDNR_TRACEBACK") == "1" and status == FAILED:
        traceback.print_exc()
    return status
