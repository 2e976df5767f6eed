"""What the certificates of the operator's roles measure, and with which value they hold."""

from __future__ import annotations

from p2pdnr.verification.finding import Rule

ROLE_RULES: dict[str, Rule] = {
    "limits_kept": Rule(
        1e-6, "largest voltage violation (p.u.) or overload (share) that curtailment leaves, by pandapower"
    ),
    "curtailment": Rule(3e-2, "what is curtailed beyond need, share of what it is worth"),
    "market_first": Rule(
        1e-3, "what prosumers could have saved before the operator acted, share of what they turn over"
    ),
    "compensation": Rule(1e-2, "largest difference between compensation and what was lost, EUR"),
    "envelope": Rule(
        1e-6,
        "largest voltage violation (p.u.) or overload (share) at corners and 10,000 random points of the envelopes",
    ),
    "within": Rule(1e-3, "largest injection outside of its envelope, kW"),
    "envelope_width": Rule(
        1e-3, "largest share of a prosumer's range by which one interval alone could be wider without breaking a limit"
    ),
    "revenue": Rule(
        1e-4, "largest excess of what the leader collects over its cost, or of a charge over its cap, share"
    ),
    "leader_gap": Rule(None, "operator's cost above what it pays at least at any charges, share of that cost"),
}
"""In the order they are shown, after those of every result; a role has some of them."""

NOT_OF_ROLE: dict[str, dict[str, str]] = {
    "validate": {
        "regret": "the operator acted after the market had cleared, see market_first",
        "rationality_eur": "curtailment may take more from somebody than trading brings",
    },
    "envelopes": {"rationality_eur": "an envelope may take more from somebody than trading brings"},
    "leader": {"charges": "a leader's charges are what it set and not what a kWh more costs it"},
}
"""Role -> certificates that make sense for an optimum with common prices alone -> why they show nothing there."""
