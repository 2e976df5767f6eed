"""Settings of the search for a secure plan."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SecuritySettings:
    """How limits are held back, and how the schedule is chosen again (docs/secure.md)."""

    confidence: float = 0.95
    """Of the binomial bound on the share of days that break a limit, which the plan meets on the days it is made
    with."""

    rounds: int = 8
    """Plans tried, each with limits held back by more or less than the one before."""

    first_scale: float = 0.5
    """Of the quantiles of what perturbations do: by how much limits are held back at first."""

    widening: float = 1.6
    """Factor on that where it is not enough, while no plan was secure yet."""

    most_scale: float = 4.0
    """Beyond this nothing is held back further."""

    scenarios: int = 40
    """Days over which the expected cost of a schedule is computed."""

    hours_trees: int = 40
    """Topologies of every hour that are looked at over these days, those that are best on the day as forecast."""

    most_trees: int = 1500
    """Of them in all."""
