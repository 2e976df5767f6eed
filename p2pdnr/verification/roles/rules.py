"""What the certificates of the operator's roles measure, and with which value they hold."""

from __future__ import annotations

from p2pdnr.verification.finding import Rule

ROLE_RULES: dict[str, Rule] = {}
"""In the order they are shown, after those of every result; a role has some of them."""

NOT_OF_ROLE: dict[str, dict[str, str]] = {}
"""Role -> certificates that make sense for an optimum with common prices alone -> why they show nothing there."""
