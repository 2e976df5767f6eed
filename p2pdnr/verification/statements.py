"""What a result says twice: every figure, word and array that follows from others is recomputed and compared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from p2pdnr.results.claims import FAILS, NOT_SHOWN, named, state_of
from p2pdnr.results.generators import generator_figures
from p2pdnr.results.role import column_faults, role_figures
from p2pdnr.results.study_result import StudyResult
from p2pdnr.results.summary import figures
from p2pdnr.scenario import document
from p2pdnr.scenario.advice import advice
from p2pdnr.verification import drawn_again, free_market, loops, network_again, secure, secure_again, stored, words
from p2pdnr.verification.certificates import Certificate, is_apart
from p2pdnr.verification.finding import same
from p2pdnr.verification.optimum import is_loose

FIGURE_TOLERANCE = 1e-6
"""Relative difference allowed between a stated figure and the tables."""

LATER = (
    "charges_collected_eur",
    "prosumers",
    "above_tariff",
    "above_tariff_ids",
    "above_tariff_eur",
    "above_tariff_most_eur",
)
"""Figures that results of before do not state."""

LATER_CERTIFICATES = ("charges",)
"""Certificates that results of before do not state; what they state is judged all the same."""

VALUE_TOLERANCE = 0.1
"""Share of its limit by which a stated certificate may differ from the recomputed one: solvers differ in the last
digits."""


@dataclass(frozen=True)
class Statements:
    """``contradictions``: what is stated and is not so, each beginning with its file; ``unshown``: what could not be
    held against anything, with the reason."""

    contradictions: tuple[str, ...]
    unshown: tuple[str, ...]


def statements(result: StudyResult, certificates: Mapping[str, Certificate]) -> Statements:
    """Everything that ``result`` states beside its certificates, which are ``certificates`` when recomputed."""
    with np.errstate(all="ignore"):
        found = [
            *(f"summary.json {item}" for item in _summary(result, certificates)),
            *network_again.differences(result.scenario, result.network, result.summary.get("secure")),
            *secure_again.contradictions(result),
            *stored.contradictions(result),
            *drawn_again.contradictions(result),
            *free_market.contradictions(result),
        ]
    open_ = [text for text in _left_out(result) if text]
    if network_again.lies_elsewhere(result.scenario):
        where = result.scenario.network.source
        open_.append(f"loads and impedances of network.json: {where} is not in the folder")
    return Statements(tuple(found), tuple(open_))


def _left_out(result: StudyResult) -> tuple[str, ...]:
    """Why something is held against nothing."""
    return drawn_again.too_many(result), secure.too_many(result), free_market.unshown(result)


def _summary(result: StudyResult, certificates: Mapping[str, Certificate]) -> Iterator[str]:
    yield from _claims(result.summary.get("certificates") or {}, certificates)
    yield from _figures(result)
    yield from _origin(result)
    if _has_states(result.summary):
        yield from _words(result, certificates)


def _has_states(summary: Mapping[str, Any]) -> bool:
    """Whether a result was written since certificates have three states; older ones say less."""
    return any("state" in claim for claim in (summary.get("certificates") or {}).values())


def _claims(claimed: Mapping[str, Any], certificates: Mapping[str, Certificate]) -> Iterator[str]:
    for name in dict.fromkeys([*certificates, *claimed]):
        if _is_younger(name, claimed):
            continue
        if name not in claimed or name not in certificates:
            yield (
                f"does not state the certificate {name}" if name not in claimed else f"states {name}, which is unknown"
            )
            continue
        claim, item = claimed[name], certificates[name]
        if not _same_state(claim, item):
            yield f"states {name} = {claim.get('value')}: {state_of(claim)}, recomputed it is: {item.state}"
        elif not _same_value(claim, item):
            yield f"states {name} = {claim.get('value')}, recomputed is {item.value}"
        elif "state" in claim and not same(claim.get("limit"), item.limit, rel=1e-3):
            yield f"states the limit {claim.get('limit')} of {name}, which is {item.limit}"


def _is_younger(name: str, claimed: Mapping[str, Any]) -> bool:
    """Whether a result may be silent about a certificate as it was not known yet."""
    return name in LATER_CERTIFICATES and name not in claimed


def _same_value(claim: Mapping[str, Any], item: Certificate) -> bool:
    slack = VALUE_TOLERANCE * item.limit if item.limit else FIGURE_TOLERANCE
    return same(claim.get("value"), item.value, rel=1e-3, abs_=slack)


def _same_state(claim: Mapping[str, Any], item: Certificate) -> bool:
    """A result of before there were three states may call what is not shown as it liked."""
    if "state" not in claim:
        return item.state == NOT_SHOWN or claim.get("holds") is item.holds
    return claim.get("holds") is item.holds and state_of(claim) == item.state


def _figures(result: StudyResult) -> Iterator[str]:
    """Figures of the summary that the tables do not bear out."""
    again = _flat(figures(result.scenario, result.network, result.tables))
    stated = _flat(result.summary)
    for name, value in again.items():
        if name in LATER and name not in stated:
            continue
        if isinstance(value, list):
            if not _same_list(stated.get(name), value):
                yield f"states {name} = {stated.get(name)}, the tables give {value}"
        elif not same(stated.get(name), value, rel=FIGURE_TOLERANCE, abs_=FIGURE_TOLERANCE):
            yield f"states {name} = {stated.get(name)}, the tables give {value:.8g}"
    if (result.summary.get("generators") or []) != generator_figures(result.network):
        yield "states other generators than network.json has, or other hours at their limits"
    yield from loops.contradictions(result)
    yield from (f"states {name}, which is unknown" for name in stated if "." in name and name not in again)
    yield from _role(result)


def _role(result: StudyResult) -> Iterator[str]:
    """What follows from role.csv, where the operator's role is another than welfare."""
    stated = result.summary.get("role") or {}
    if result.role is None:
        if stated:
            yield "states figures of a role, and there is no role.csv"
        return
    yield from column_faults(result.scenario, result.role)
    again = role_figures(result.scenario, result.role, figures(result.scenario, result.network, result.tables))
    for name, value in again.items():
        good = stated.get(name) == value if isinstance(value, str) else _near(stated.get(name), value)
        if not good:
            yield f"states role.{name} = {stated.get(name)}, the tables give {value}"


def _near(stated: object, value: object) -> bool:
    return same(stated, value, rel=FIGURE_TOLERANCE, abs_=FIGURE_TOLERANCE)


def _same_list(stated: Any, true: list[Any]) -> bool:
    if not isinstance(stated, list) or len(stated) != len(true):
        return False
    return all(_near(one, other) for one, other in zip(stated, true, strict=True))


def _flat(figures: Mapping[str, Any]) -> dict[str, Any]:
    """Costs by part beside the other figures."""
    parts = {f"costs_eur.{name}": value for name, value in (figures.get("costs_eur") or {}).items()}
    return {name: value for name, value in figures.items() if name != "costs_eur"} | parts


def _origin(result: StudyResult) -> Iterator[str]:
    """What was solved, and how."""
    summary, pairs = result.summary, len(result.tables.partners)
    if summary.get("name") != result.scenario.name:
        yield f"states the name {summary.get('name')}, the scenario's is {result.scenario.name}"
    if summary.get("scenario_sha256") != document.sha256(result.scenario):
        yield "does not state the hash of the scenario"
    if pairs and not summary.get("p2p"):
        yield "states that there was no trading, but partners.csv has pairs"
    if not summary.get("coordinated", True) and not is_apart(result):
        yield "states that trading took no notice of the grid, but buses.csv has charges"
    yield from _ended(result)


def _ended(result: StudyResult) -> Iterator[str]:
    """How the negotiation ended, against the last row of convergence.csv."""
    summary, rows = result.summary, result.tables.convergence
    status, primal_kw = summary.get("status"), float(rows["primal"].iloc[-1]) if len(rows) else float("nan")
    if status not in (words.CONVERGED, "stopped"):
        yield f"states the status {status}, with which no result is written"
    tolerance_kw = float(summary.get("tolerance_kw") or float("inf"))
    if status == words.CONVERGED and not primal_kw <= tolerance_kw * (1.0 + 1e-9):
        yield f"states that it converged to {tolerance_kw} kW, convergence.csv ends at {primal_kw} kW"
    if "iterations" in summary and summary["iterations"] != len(rows) - 1:
        yield f"states {summary['iterations']} iterations, convergence.csv has {len(rows) - 1}"


def _words(result: StudyResult, certificates: Mapping[str, Certificate]) -> Iterator[str]:
    """What is proved, and why a result does not stand up."""
    summary = result.summary
    claimed = summary.get("certificates") or {}
    states = {name: item.state for name, item in certificates.items() if not _is_younger(name, claimed)}
    loose = is_loose(certificates["cone_gap"].value)
    role, coordinated = result.scenario.dso.role, bool(summary.get("coordinated", True))
    how = words.searched(coordinated, str(summary.get("status")), loose, role)
    stated = str(summary.get("proved", ""))
    if not words.fits(stated, how, states, summary.get("lower_bound_eur")):
        yield f"states as proved: {stated}"
    failing = named(claimed, FAILS)
    told = {remark.split(":")[0] for remark in summary.get("remarks", ())}
    missing = [name for name in failing if name not in told]
    if missing:
        yield f"has no remark that {', '.join(missing)} does not hold"
    yield from (f"does not remark: {item}" for item in advice(result.scenario) if item not in summary["remarks"])
