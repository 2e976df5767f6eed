"""Generators that hold their voltages in a plan, by pandapower's power flow at what they are stated to give."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from p2pdnr.network.arrays import Network
from p2pdnr.network.generators import AT_LIMIT_KVAR, at_limit, bus_names, is_held
from p2pdnr.results.claims import FAILS
from p2pdnr.verification.finding import Finding, Rule, not_shown
from p2pdnr.verification.judge import Judgement

FIXED: Mapping[str, str] = {
    "gap_central": "the optimum is that at the reactive power which they give in this plan",
    "charges": "what a kWh more costs is that with the reactive power which they give in this plan",
    "rank": "other topologies are ranked with the reactive power which they give in this plan",
}
"""Findings that take what generators give as fixed, and what that means."""


def held_voltages(network: Network, judged: Judgement) -> Finding:
    """The most by which a bus misses the voltage that its generator holds: below it only where that gives all it can,
    above it only where the least; nothing is given beyond a limit."""
    held = network.held
    assert held is not None and held.kvar is not None
    generators, kvar = held.generators, held.kvar
    beyond = np.maximum(kvar - generators.most_kvar, generators.least_kvar - kvar)
    if not beyond.max() <= AT_LIMIT_KVAR:
        hour, place = np.unravel_index(np.nanargmax(beyond), beyond.shape)
        where = _place(network, int(generators.bus[place]), int(hour))
        return Finding(None, f"{where}: {kvar[hour, place]:.3f} kvar is beyond its limits", holds=False)
    short = generators.vm_pu - judged.vm_pu[:, generators.bus]
    fixed = np.where(generators.most_kvar - generators.least_kvar <= AT_LIMIT_KVAR, 0.0, 1.0)  # holds nothing
    ends = at_limit(generators, kvar)
    short = fixed * np.where(ends > 0, np.minimum(short, 0.0), np.where(ends < 0, np.maximum(short, 0.0), short))
    short = np.abs(short)
    if np.isnan(short).any():
        return Finding(None, "the plan has no power flow solution")
    hour, place = np.unravel_index(short.argmax(), short.shape)
    return Finding(float(short.max()), _place(network, int(generators.bus[place]), int(hour)))


def _place(network: Network, bus: int, hour: int) -> str:
    """Where and when, in words: "bus 4 in hour 0", a bus by the name that its owner gave it."""
    return f"{network.bus_label(bus)} in hour {hour}"


def doubted(network: Network, findings: Mapping[str, Finding], rules: Mapping[str, Rule]) -> dict[str, Finding]:
    """Findings as they stand where generators hold voltages: those that take what they give as fixed show nothing of
    what happens where that changes; what is wrong with it stays wrong."""
    if not is_held(network):
        return dict(findings)
    who, found = f"generators at bus {bus_names(network)} hold a voltage", dict(findings)
    for name, what in FIXED.items():
        if found[name].state(rules[name].limit) != FAILS:
            found[name] = not_shown(f"{who}: {what}; {found[name].detail}", found[name].value)
    return found
