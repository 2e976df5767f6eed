"""Settings of the search for a secure plan."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SecuritySettings:
    """How limits are held back, and how the schedule is chosen over drawn days (docs/secure.md)."""

    confidence: float = 0.95
    """Of the binomial bound on the share of days that break a limit, which the plan meets on the days it is made
    with."""

    rounds: int = 8
    """Plans tried beside the one for the day as forecast."""

    first_scale: float = 1.0
    """Of the quantiles of what perturbations do: by how much a limit is held back that broke on too many days."""

    widening: float = 1.25
    """Factor on that each time it is not enough."""

    unserved_share: float = 0.01
    strained_share: float = 0.25
    """Of the nominal plan's cost parts: what unserved load may cost more than in it, and a plan over the days, before
    limits count as held back too far."""

    least_part: float = 0.12
    """Scales closer than this to those of the last plan are not tried."""

    dear_share: float = 0.02
    """Of the nominal plan's cost parts: a plan that keeps the share for more is tried again with less held back."""

    refinements: int = 7
    """Plans tried where the share is missed or dear, on topologies that break limits on fewest days."""

    small_step: float = 0.15
    """By which scales of limits to blame grow then."""

    ways_back: int = 2
    """Plans tried half-way back, once the share is kept."""

    broken_share: float = 0.05
    """Of the nominal plan's cost parts: what breaking limits on all days that may be costs then, beside their price."""

    first_weight: float = 1.0
    """On the price of broken limits, where a schedule is chosen over the days."""

    dearer: float = 1.5
    """Factor on that each time a plan is not secure."""

    scenarios: int = 48
    """Days over which the cost of topologies is computed."""

    trees_each_hour: int = 250
    """Topologies of every hour that are looked at over these days: those that are best on the day as forecast."""

    trees_all_hours: int = 150
    """Topologies that are looked at in all hours: those that are best over them alike, and the plan's own."""
