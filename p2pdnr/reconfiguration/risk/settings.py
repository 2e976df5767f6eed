"""Settings of the search for schedules over scenarios."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class RiskSettings:
    """How many topologies and partial schedules are kept, and when bounds are close enough."""

    each_hour: int = 60
    """Topologies of every hour, best by expected cost, among which weights on scenarios are sought first."""

    all_hours: int = 60
    """The same over all hours alike."""

    planes: int = 60
    """Cutting planes among these topologies."""

    rounds: int = 4
    """Looks at all topologies under the weights found."""

    close: float = 1e-7
    """Gap, as a share of the cost, below which nothing more is sought."""

    most_contenders: int = 400
    """Topologies that the search for the last gap takes; where more could be in a better schedule the gap is stated."""

    most_labels: int = 20_000
    """Partial schedules that it looks at."""

    bounds: int = 6
    """Weights on scenarios that bound every partial schedule."""
