"""``solve SCENARIO``: one study, its figures on the terminal and its result in a folder."""

from __future__ import annotations

import argparse
import sys
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from p2pdnr.cli import options
from p2pdnr.cli.secure_text import secure_text
from p2pdnr.results import claims

if TYPE_CHECKING:
    from p2pdnr.results.study_result import StudyResult
    from p2pdnr.scenario.schema import Scenario
    from p2pdnr.study import Options


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``solve``."""
    options.add_scenario(parser)
    parser.add_argument(
        "--mode",
        choices=("hourly", "static", "fixed"),
        default="hourly",
        help="topology: switched every hour, the best one all day, or the initial one (default hourly)",
    )
    parser.add_argument(
        "--role",
        choices=("welfare", "validate", "envelopes", "leader"),
        help="what the operator may do: agree on one optimum, curtail what the market wants, publish limits of "
        "injections, or set charges first (default: as the scenario says)",
    )
    parser.add_argument("--no-p2p", action="store_true", help="no trades between prosumers")
    options.add_solving(parser)
    options.add_backend(parser)
    parser.add_argument(
        "--certify", action="store_true", help="prove how much cheaper any other schedule and plan could be"
    )
    parser.add_argument(
        "--topology",
        choices=("trees", "misocp"),
        default="trees",
        help="what picks trees while switches are frozen: ranking, or a mixed-integer programme per hour",
    )
    options.add_stress(parser)
    options.add_secure(parser)
    parser.add_argument(
        "--free-market",
        action="store_true",
        help="also what everybody would pay in the market without an operator (where it is not too large)",
    )
    parser.add_argument("--warm", metavar="RESULT_DIR", type=options.place, help="start from an earlier result")
    parser.add_argument(
        "--out", metavar="DIR", type=options.place, help="result folder (default results/SCENARIO-MODE)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Solve, print, save; 1 when the study did not converge or a certificate does not hold."""
    from p2pdnr.results import folder

    target = arguments.out or options.default_folder(arguments.scenario, _suffix(arguments))
    folder.refuse_foreign(target)
    scenario = options.read_scenario(arguments.scenario)
    # The solvers are imported when the input has been found good: they take seconds.
    from p2pdnr import study
    from p2pdnr.cli import progress, report
    from p2pdnr.verification import from_claims

    wanted = _options(arguments, scenario)  # reads the earlier result, if one is named
    try:
        study.warm_up()  # imports, and kernels that are compiled once, are not part of the solve
        result = _solved(scenario, wanted, arguments)
    finally:
        progress.clear()
    folder.save(result, target)
    print(report.summary_text(result.summary))
    certificates = from_claims(result.summary["certificates"])
    print(report.certificates_text(certificates))
    stands = claims.FAILS not in [item.state for item in certificates.values()]  # else they are told at the end
    remarks = report.remarks_text(result.summary) if stands and result.summary["status"] == "converged" else ""
    print(report.verdict_text(certificates) + remarks)
    if result.stress is not None:
        print(report.stress_text(result.summary["stress"]))
    if result.secure is not None:
        print(secure_text(result.summary["secure"]))
    print(f"result in {target}")
    return tell_shortcomings(result.summary)


def _solved(scenario: Scenario, wanted: Options, arguments: argparse.Namespace) -> StudyResult:
    from p2pdnr import study
    from p2pdnr.cli import progress

    with options.dask_backend(arguments) or nullcontext() as backend:
        return study.run(
            scenario,
            wanted,
            folder=arguments.scenario.parent,
            observe=progress.progress_line(),
            backend=backend,
        )


def tell_shortcomings(summary: dict[str, Any], whose: str = "") -> int:
    """Say on stderr why a result does not stand up, and of one among several (``whose``) what there is to remark;
    returns the exit status, 0 when it does."""
    failing = claims.named(summary["certificates"], claims.FAILS)
    reasons = [f"the certificate {name} does not hold" for name in failing]
    if summary["status"] != "converged":
        reasons.insert(0, f"it is {summary['status']}")
    if reasons:
        print(f"error: {whose or 'this result'} does not stand up: {', '.join(reasons)}", file=sys.stderr)
    for remark in summary.get("remarks", []) if reasons or whose else []:
        print(f"  {remark}" if reasons else f"note: {whose}: {remark}", file=sys.stderr)
    return 1 if reasons else 0


def _options(arguments: argparse.Namespace, scenario: Scenario) -> Options:
    from p2pdnr.results import folder
    from p2pdnr.study import Options

    return Options(
        mode=arguments.mode,
        p2p=not arguments.no_p2p,
        **arguments.tolerance,
        time_limit_s=arguments.time_limit,
        seed=arguments.seed,
        certify=arguments.certify,
        warm=folder.load(arguments.warm) if arguments.warm else None,
        stress_days=arguments.stress,
        free_market=arguments.free_market,
        topology=arguments.topology,
        role=arguments.role,
        secure=arguments.secure,
        test_days=arguments.test_days,
        days=options.read_days(arguments.scenarios, scenario, arguments.scenario.parent),
    )


def _suffix(arguments: argparse.Namespace) -> str:
    parts = (arguments.mode, arguments.role, "no-p2p" if arguments.no_p2p else None)
    return "-".join(part for part in parts if part)
