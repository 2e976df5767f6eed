"""The report as one HTML file that prints on A4: no script, nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined, select_autoescape

from p2pdnr import __version__, telling
from p2pdnr.languages import ENGLISH, Language, sentence
from p2pdnr.report import facts
from p2pdnr.report.curves import Curve, picture
from p2pdnr.results.study_result import StudyResult
from p2pdnr.results.summary import bound_gap
from p2pdnr.results.true_limits import true_network
from p2pdnr.scenario import document as scenarios
from p2pdnr.verification import Certificate, statements, verify
from p2pdnr.verification.certificates import EVERY

TEMPLATE = Path(__file__).with_name("report.html")
"""What the report says around its tables, in ``say("...")``."""


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


def written(result: StudyResult, check: Checked, say: Language = ENGLISH) -> str:
    """The HTML text of a result's report in a language; what people named stays as they named it."""
    environment = Environment(autoescape=select_autoescape(default=True), undefined=StrictUndefined, trim_blocks=True)
    environment.filters["told"] = partial(telling.told, language=say)
    environment.filters["measured"] = partial(_measured, say=say)
    template = environment.from_string(TEMPLATE.read_text(encoding="utf-8"))
    return template.render(_content(result, check, say))


_KINDS = {
    "hourly": sentence("Topologies change from hour to hour"),
    "static": sentence("The best fixed topology"),
    "fixed": sentence("The grid as built"),
}
_PARTS = {
    "retail": sentence("retailer: imports less exports"),
    "own": sentence("prosumers' own: wear, discomfort, generation, less utility"),
    "fees": sentence("trade fees and preferences"),
    "losses": sentence("losses"),
    "violations": sentence("broken limits, at their price"),
    "switching": sentence("switching"),
    "unserved": sentence("load not served"),
}
_STATES = (sentence("holds"), sentence("does not hold"), sentence("not shown"))


def _content(result: StudyResult, check: Checked, say: Language) -> dict[str, Any]:
    return {
        "say": say,
        "kind": say(_KINDS[result.summary["mode"]]),
        "parts": {name: say(text) for name, text in _PARTS.items()},
        "summary": result.summary,
        "description": result.scenario.description,
        "gap": bound_gap(result.summary),
        "pictures": list(_pictures(result, say)),
        "assumptions": facts.assumptions(result, say),
        "spells": facts.spells(result, say),
        "operations": facts.operations(result, say),
        "extremes": facts.extremes(result, say),
        "bills": facts.bills(result),
        "check": check,
        "fails": [item.name for item in check.certificates.values() if item.state == "does not hold"],
        "open": [item for item in check.certificates.values() if item.state == "not shown"],
        "sha256": scenarios.sha256(result.scenario),
        "version": __version__,
    }


def _measured(item: Certificate, say: Language) -> str:
    """What a certificate measured, and in brackets where the worst stands."""
    rule = EVERY.get(item.name)
    if rule is None or not item.text.startswith(f"{rule.text} ("):
        return telling.told(item.text, say)
    place = item.text.removeprefix(f"{rule.text} (").removesuffix(")")
    return f"{telling.told(rule.text, say)} ({telling.told(place, say)})"


def _pictures(result: StudyResult, say: Language) -> Iterator[tuple[str, str]]:
    """Title and SVG of losses, voltages and loading over the hours."""
    hours, names, network = result.tables.hours, facts.hour_names(result.scenario, say), true_network(result)

    def curve(name: str) -> Curve:
        return Curve(hours[name].astype(float).tolist())

    def limit(value: float) -> Curve:
        return Curve([value] * len(hours), dashed=True)

    def drawn(title: str, curves: list[Curve], digits: int) -> tuple[str, str]:
        return title, picture(title, curves, names, digits, say)

    yield drawn(say("Losses, kW"), [curve("loss_kw"), limit(0.0)], 0)
    voltages = [curve("vm_min_pu"), curve("vm_max_pu"), limit(network.vm_min_pu), limit(network.vm_max_pu)]
    yield drawn(say("Lowest and highest voltage, p.u."), voltages, 3)
    if hours["max_loading_percent"].notna().all():
        yield drawn(say("Highest loading, %"), [curve("max_loading_percent"), limit(100.0)], 0)
