"""What summary.json says of one solve: the figures of its plan, how it came about, what is proved and what is not."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from p2pdnr import __version__, solvers
from p2pdnr.coordination.plans.dispatch import Dispatch
from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.coordination.progress.journal import Journal
from p2pdnr.network.generators import fixed_remarks
from p2pdnr.reconfiguration.operator.arrays import MOST_LIMITS
from p2pdnr.reconfiguration.topologies.graph_reduction import reduce_network
from p2pdnr.results.claims import FAILS
from p2pdnr.results.study_result import StudyResult
from p2pdnr.scenario import document
from p2pdnr.verification import Certificate, claims, words
from p2pdnr.verification.optimum import is_loose


@dataclass(frozen=True, eq=False)
class Told:
    """What a plan has to tell beside its tables: what was solved, its journal, and remarks of the operator's role."""

    problem: CoordinationProblem
    journal: Journal
    remarks: tuple[str, ...] = ()


def summary(draft: StudyResult, item: Dispatch, certificates: dict[str, Certificate], told: Told) -> dict[str, Any]:
    """summary.json: the figures of ``draft``, and how they came about."""
    problem, journal = told.problem, told.journal
    crossed = problem.blocks.traffic
    seconds = {name: round(value, 4) for name, value in journal.stage_seconds.items()}
    first = journal.offers.first(str(draft.summary["mode"]))
    status = words.CONVERGED if item.agreement.converged else "stopped"
    answered = {} if first is None else {"first_answer": round(first.seconds, 4)}
    return {
        "lower_bound_eur": None,
        **draft.summary,
        "status": status,
        "proved": _proved(draft, certificates, status),
        "remarks": [
            *_remarks(item, certificates),
            *told.remarks,
            *_limits_met(draft, journal),
            *fixed_remarks(problem.network),
        ],
        "certificates": claims(certificates),
        "seconds": {"total": round(journal.seconds, 4), **answered, **seconds},
        "iterations": len(journal.records),
        **_topology_step(journal, problem),
        "messages": crossed.messages,
        "bytes": crossed.bytes,
        "versions": {"p2pdnr": __version__, "python": platform.python_version()}
        | {name: version(name) for name in ("numpy", "numba", *solvers.PACKAGES, "pandapower")},
        "scenario_sha256": document.sha256(draft.scenario),
        "topologies": len(draft.topologies["loss_kw"][0]) if draft.topologies else None,
    }


def _topology_step(journal: Journal, problem: CoordinationProblem) -> dict[str, Any]:
    """How the mixed-integer programmes ended, where there were any: their number, those that ran out of time, those
    that picked another tree than the one in use, and the most lines that one of them had to decide."""
    if not journal.programmes:
        return {}
    switchable, reduced = int(problem.network.switchable.sum()), reduce_network(problem.network).binaries_after
    return {
        "topology_step": {
            "programmes": len(journal.programmes),
            "out_of_time": sum(not item.proved for item in journal.programmes),
            "changed": sum(item.changed for item in journal.programmes),
            "most_binaries": max(item.binaries for item in journal.programmes),
            "binaries_without_reduction": problem.hours * switchable,
            "binaries_graph_reduction": problem.hours * reduced,
        }
    }


def _proved(draft: StudyResult, certificates: dict[str, Certificate], status: str) -> str:
    loose = is_loose(certificates["cone_gap"].value)
    how = words.searched(draft.summary["coordinated"], status, loose, draft.scenario.dso.role)
    states = {name: item.state for name, item in certificates.items()}
    return words.proved(how, states, draft.summary.get("proved", ""))


def _remarks(item: Dispatch, certificates: dict[str, Certificate]) -> list[str]:
    """Why a result does not stand up: how the negotiation ended, and every certificate that does not hold; then what
    was left out."""
    state = item.agreement
    apart = (
        f"the negotiation ended with copies {state.primal_kw:.3g} kW apart and prices moving by "
        f"{state.dual_eur_per_kwh:.3g} EUR/kWh in a turn"
    )
    failing = [f"{name}: {claim.text}" for name, claim in certificates.items() if claim.state == FAILS]
    return [*([] if state.converged else [apart]), *failing, *_left_out(item)]


def _left_out(item: Dispatch) -> list[str]:
    """What the operator's problem had no room for."""
    count = 0 if item.agreement.answer is None else item.agreement.answer.left_out
    if not count:
        return []
    most = f"the operator acts on at most {MOST_LIMITS:,} broken limits of an hour"
    return [f"{most}: {count:,} more, the least dear ones, are priced but moved nobody"]


def _limits_met(draft: StudyResult, journal: Journal) -> list[str]:
    """Where the search for topologies was narrower than what the mode allows."""
    return [text for (mode, _), text in journal.remarks.items() if mode == draft.summary["mode"]]
