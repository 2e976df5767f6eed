"""Settings of reconfiguration without a market: how much is ranked, searched and bounded."""

from __future__ import annotations

from dataclasses import dataclass

from p2pdnr.reconfiguration.schedule.settings import ScheduleSettings


@dataclass(frozen=True)
class PlanningSettings:
    """For the topology of least loss and for the schedule of a day."""

    seed: int = 0
    """Of the searches for topologies. The user's ``--seed``."""

    schedule: ScheduleSettings = ScheduleSettings()
    """Of a day: pools of topologies, and the cheapest schedule over them."""

    most_stages: int = 40_000_000
    """Topologies times hours up to which all of them are ranked for a day: 0.3 GB a table, of which a schedule takes
    about six."""

    block: int = 4096
    """Topologies that are ranked before the clock is looked at again."""

    finalists: int = 20
    """Topologies of least loss that are evaluated again to full accuracy."""

    long_ranking: float = 1e8
    """Topologies times buses from which on a search goes before their ranking, so that there is soon a good answer."""

    most_bounded: int = 1500
    """Buses up to which the relaxation is quick enough to be solved unasked."""

    bound_gap: float | None = None
    """Share of a day's cost within which a lower bound on all schedules is sought where not all topologies can be
    ranked; None without such a bound. The user's ``--gap``."""

    keep_proof: bool = False
    """Whether what the bound rests on is kept, so that it can be repeated. The user's ``--proof``."""
