"""The report as one HTML file that prints on A4: no script, nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined, select_autoescape

from p2pdnr import __version__
from p2pdnr.report import facts
from p2pdnr.report.curves import Curve, picture
from p2pdnr.results.study_result import StudyResult
from p2pdnr.results.summary import bound_gap
from p2pdnr.results.true_limits import true_network
from p2pdnr.scenario import document as scenarios
from p2pdnr.verification import Certificate, statements, verify

_TEMPLATE = Path(__file__).with_name("report.html")


@dataclass(frozen=True)
class Checked:
    """Certificates that were worked out again for the report, what in the result they contradict, and what no check
    reaches."""

    certificates: Mapping[str, Certificate]
    contradictions: tuple[str, ...]
    unshown: tuple[str, ...]


def checked(result: StudyResult) -> Checked:
    """Every certificate of a result, from its tables alone. Imports cvxpy and pandapower."""
    certificates = verify(result)
    stated = statements(result, certificates)
    return Checked(certificates, stated.contradictions, stated.unshown)


def written(result: StudyResult, check: Checked) -> str:
    """The HTML text of a result's report."""
    environment = Environment(autoescape=select_autoescape(default=True), undefined=StrictUndefined, trim_blocks=True)
    template = environment.from_string(_TEMPLATE.read_text(encoding="utf-8"))
    return template.render(_content(result, check))


def _content(result: StudyResult, check: Checked) -> dict[str, Any]:
    return {
        "summary": result.summary,
        "description": result.scenario.description,
        "gap": bound_gap(result.summary),
        "pictures": list(_pictures(result)),
        "assumptions": facts.assumptions(result),
        "spells": facts.spells(result),
        "operations": facts.operations(result),
        "extremes": facts.extremes(result),
        "bills": facts.bills(result),
        "check": check,
        "fails": [item.name for item in check.certificates.values() if item.state == "does not hold"],
        "open": [item for item in check.certificates.values() if item.state == "not shown"],
        "sha256": scenarios.sha256(result.scenario),
        "version": __version__,
    }


def _pictures(result: StudyResult) -> Iterator[tuple[str, str]]:
    """Title and SVG of losses, voltages and loading over the hours."""
    hours, names, network = result.tables.hours, facts.hour_names(result.scenario), true_network(result)

    def curve(name: str) -> Curve:
        return Curve(hours[name].astype(float).tolist())

    def limit(value: float) -> Curve:
        return Curve([value] * len(hours), dashed=True)

    yield "Losses, kW", picture("Losses", [curve("loss_kw"), limit(0.0)], names, 0)
    voltages = [curve("vm_min_pu"), curve("vm_max_pu"), limit(network.vm_min_pu), limit(network.vm_max_pu)]
    yield "Lowest and highest voltage, p.u.", picture("Voltages", voltages, names, 3)
    if hours["max_loading_percent"].notna().all():
        yield "Highest loading, %", picture("Loading", [curve("max_loading_percent"), limit(100.0)], names, 0)
