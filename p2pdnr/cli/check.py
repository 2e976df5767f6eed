"""``check RESULT_DIR``: every certificate again, from the files alone."""

from __future__ import annotations

import argparse

from p2pdnr.cli import options
from p2pdnr.results.claims import FAILS


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``check``."""
    parser.add_argument("result", metavar="RESULT_DIR", type=options.place, help="folder that a solve has written")


def run(arguments: argparse.Namespace) -> int:
    """Print every certificate with its value and limit; 1 when one does not hold or a file says something else."""
    from p2pdnr.cli.report import certificates_text, verdict_text
    from p2pdnr.results import folder
    from p2pdnr.verification import statements, verify

    result = folder.load(arguments.result)
    certificates = verify(result)
    stated = statements(result, certificates)
    print(f"{result.summary['name']}: {result.summary['mode']} topology, {result.summary['status']}")
    print(certificates_text(certificates))
    for line in stated.contradictions:
        print(f"  FAILS {line}")
    for line in stated.unshown:
        print(f"  open  {line}")
    good = not stated.contradictions and FAILS not in {item.state for item in certificates.values()}
    print(_verdict(verdict_text(certificates), stated.unshown) if good else "this result does not stand up")
    return 0 if good else 1


def _verdict(verdict: str, unshown: tuple[str, ...]) -> str:
    return f"{verdict}; not shown: {'; '.join(unshown)}" if unshown else verdict
