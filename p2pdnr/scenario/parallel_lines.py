"""Closed lines between the same two buses as one line of the scenario's network, so that its numbers mean one thing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from p2pdnr.errors import NetworkError
from p2pdnr.network import readers
from p2pdnr.network.bundles import Bundled, bundled
from p2pdnr.scenario import assembly, checks, document
from p2pdnr.scenario.schema import Scenario

_APPLIED = ("initially_open", "switchable", "line_limit_a", "line_limits_a", "bus_taps", "line_taps", "capacitors")


def together(scenario: Scenario, folder: Path | None) -> Scenario:
    """The scenario with parallel lines joined, their settings applied and the numbers of lines changed accordingly.

    ``folder`` is where a relative ``network.source`` is looked up; None refuses paths. A scenario without parallel
    closed lines comes back as it is, and so does one that does not fit its network: that is told elsewhere.
    """
    source = scenario.network.source
    if isinstance(source, str) and not readers.is_file(source):
        return scenario
    try:
        network = readers.read(assembly.network_source(scenario.network), folder)
    except NetworkError:
        return scenario
    if checks.has_wrong_numbers(scenario, network):
        return scenario
    bundle = bundled(assembly.with_settings(network, scenario.network))
    return _rewritten(scenario, bundle) if bundle.groups else scenario


def _rewritten(scenario: Scenario, bundle: Bundled) -> Scenario:
    written = document.to_dict(scenario)
    kept = {name: value for name, value in written["network"].items() if name not in _APPLIED}
    written["network"] = kept | {"source": readers.to_table(bundle.network)}
    if costs := _costs(scenario, bundle):
        written["dso"] = written.get("dso", {}) | {"line_switching_costs_eur": costs}
    return document.from_dict(written)


def _costs(scenario: Scenario, bundle: Bundled) -> dict[str, Any]:
    """Switching costs by line number: those of joined lines add up."""
    given, usual = dict(scenario.dso.line_switching_costs_eur), scenario.dso.switching_cost_eur
    named = {int(number): value for number, value in given.items()}
    sums: dict[str, Any] = {}
    for place, lines in enumerate(bundle.members):
        each = [named.get(line + 1, usual) for line in lines.tolist()]
        if len(each) > 1 or int(lines[0]) + 1 in named:
            sums[str(place + 1)] = sum(each)
    return sums
