"""What the certificates of the operator's roles measure, and with which value they hold."""

from __future__ import annotations

from p2pdnr.verification.finding import Rule

ROLE_RULES: dict[str, Rule] = {
    "envelope": Rule(
        1e-6,
        "largest voltage violation (p.u.) or overload (share) at corners and 10,000 random points of the envelopes",
    ),
    "within": Rule(1e-3, "largest injection outside of its envelope, kW"),
}
"""In the order they are shown, after those of every result; a role has some of them."""

NOT_OF_ROLE: dict[str, dict[str, str]] = {
    "envelopes": {"rationality_eur": "an envelope may take more from somebody than trading brings"},
}
"""Role -> certificates that make sense for an optimum with common prices alone -> why they show nothing there."""
