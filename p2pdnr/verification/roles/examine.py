"""The findings of a result whose operator has a role other than welfare."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from p2pdnr.results.claims import FAILS
from p2pdnr.verification.finding import Finding
from p2pdnr.verification.roles import envelopes, leader, validate
from p2pdnr.verification.roles.examined import Examined
from p2pdnr.verification.roles.rules import NOT_OF_ROLE

EXAMINERS: Mapping[str, Callable[[Examined], dict[str, Finding]]] = {
    "validate": validate.findings,
    "envelopes": envelopes.examine,
    "leader": leader.findings,
}
"""By role: the findings behind its own certificates, and in place of others of that name."""


def of_role(examined: Examined, findings: Mapping[str, Finding]) -> dict[str, Finding]:
    """The findings of every result as they stand for this role, then those of the role."""
    role = examined.result.scenario.dso.role
    reasons, doubts = NOT_OF_ROLE.get(role, {}), leader.doubts(examined) if role == "leader" else {}
    kept = {name: _known(item, reasons[name]) if name in reasons else item for name, item in findings.items()}
    doubted = {
        name: _known(kept[name], why) for name, why in doubts.items() if kept[name].state(kept[name].limit) != FAILS
    }
    return kept | doubted | EXAMINERS[role](examined)


def _known(item: Finding, reason: str) -> Finding:
    """A finding that is no verdict here: its value with the reason; what is wrong whatever the role stays wrong."""
    return Finding(item.value, f"{reason}: {item.detail}", holds=False if item.holds is False else None, unshown=True)
