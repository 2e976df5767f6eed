"""``check RESULT_DIR``: every certificate again, from the files alone."""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from p2pdnr.cli import options
from p2pdnr.results.claims import FAILS, NOT_SHOWN, state_of

if TYPE_CHECKING:
    from p2pdnr.results.study_result import StudyResult
    from p2pdnr.verification import Certificate

FIGURE_TOLERANCE = 1e-6
"""Relative difference allowed between a stated figure and the tables."""

VALUE_TOLERANCE = 0.1
"""Share of its limit by which a stated certificate may differ from the recomputed one: solvers differ in the last
digits."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``check``."""
    parser.add_argument("result", metavar="RESULT_DIR", type=options.place, help="folder that a solve has written")


def run(arguments: argparse.Namespace) -> int:
    """Print every certificate with its value and limit; 1 when one does not hold or the summary says something else."""
    from p2pdnr.cli.report import certificates_text, verdict_text
    from p2pdnr.results import folder
    from p2pdnr.verification import verify

    result = folder.load(arguments.result)
    certificates = verify(result)
    print(f"{result.summary['name']}: {result.summary['mode']} topology, {result.summary['status']}")
    print(certificates_text(certificates))
    claimed = result.summary.get("certificates") or {}
    contradictions = [*_claims(claimed, certificates), *_figures(result), *_stress(result)]
    for contradiction in contradictions:
        print(f"  FAILS summary.json {contradiction}")
    good = not contradictions and FAILS not in {item.state for item in certificates.values()}
    print(verdict_text(certificates) if good else "this result does not stand up")
    return 0 if good else 1


def _claims(claimed: dict[str, Any], certificates: dict[str, Certificate]) -> Iterator[str]:
    for name in dict.fromkeys([*certificates, *claimed]):
        if name not in claimed or name not in certificates:
            yield (
                f"does not state the certificate {name}" if name not in claimed else f"states {name}, which is unknown"
            )
        elif not _same(claimed[name], certificates[name]):
            yield f"states {name} = {claimed[name].get('value')}, recomputed is {certificates[name].value}"


def _same(claim: dict[str, Any], item: Certificate) -> bool:
    value = claim.get("value")
    if not _same_state(claim, item) or (value is None) != (item.value is None):
        return False
    slack = VALUE_TOLERANCE * item.limit if item.limit else FIGURE_TOLERANCE
    return value is None or item.value is None or math.isclose(value, item.value, rel_tol=1e-3, abs_tol=slack)


def _same_state(claim: dict[str, Any], item: Certificate) -> bool:
    """A result of before there were three states may call what is not shown as it liked."""
    if "state" not in claim and item.state == NOT_SHOWN:
        return True
    return claim.get("holds") is item.holds and state_of(claim) == item.state


def _figures(result: StudyResult) -> Iterator[str]:
    """Figures of the summary that the tables do not bear out."""
    from p2pdnr.results.summary import figures

    again = _flat(figures(result.scenario, result.network, result.tables))
    stated = _flat(result.summary)
    for name, value in again.items():
        claim = stated.get(name)
        if not isinstance(claim, int | float) or not math.isclose(
            claim, value, rel_tol=FIGURE_TOLERANCE, abs_tol=FIGURE_TOLERANCE
        ):
            yield f"states {name} = {claim}, the tables give {value:.8g}"


def _stress(result: StudyResult) -> Iterator[str]:
    """What is stated about perturbed days, drawn again from its seed."""
    from p2pdnr.results.summary import plain
    from p2pdnr.verification import stress

    stated = result.summary.get("stress")
    if stated is None:
        return
    try:
        model = stress.Disturbance(**stated["model"])
        again = stress.stressed(result, int(stated["days"]), int(stated["seed"]), model).summary["stress"]
    except (KeyError, TypeError, ValueError) as error:
        yield f"states a stress test that cannot be repeated ({error!r})"
        return
    claims, truth = (_leaves(plain(item)) for item in (stated, again))
    for name, value in truth.items():
        if not _close(claims.get(name), value):
            yield f"states stress.{name} = {claims.get(name)}, drawn again it is {value}"


def _leaves(tree: dict[str, Any], path: str = "") -> dict[str, Any]:
    """Nested figures by their dotted path."""
    found: dict[str, Any] = {}
    for name, value in tree.items():
        found |= _leaves(value, f"{path}{name}.") if isinstance(value, dict) else {f"{path}{name}": value}
    return found


def _close(claim: Any, value: Any) -> bool:
    if not isinstance(claim, int | float) or not isinstance(value, int | float):
        return bool(claim == value)
    return math.isclose(claim, value, rel_tol=1e-4, abs_tol=1e-4)


def _flat(figures: dict[str, Any]) -> dict[str, Any]:
    """Costs by part beside the other figures."""
    parts = {f"costs_eur.{name}": value for name, value in (figures.get("costs_eur") or {}).items()}
    return {name: value for name, value in figures.items() if name != "costs_eur"} | parts
