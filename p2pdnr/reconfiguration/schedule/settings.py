"""Settings of the search for a schedule over given trees, and of the pool of trees where there are too many.

Where measurements led to a value ``docs/decisions/schedules.md`` has them; the others are choices without one. None of
them can make a bound wrong: they say how much is searched, and what was left out is counted.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PoolSettings:
    """How a pool of trees is filled (:mod:`.pool_growth`)."""

    trees: int = 600
    """That the searches of a day are to bring together, before what lies between them."""

    most_trees: int = 2500
    """Trees of a pool."""

    rounds: int = 20
    """Most times that neighbours of the best schedule's trees are added."""

    promising: int = 200
    """Neighbours added in a round by each of two measures: what they gain over all hours, and in their best hour."""

    most_ranked: int = 6000
    """Neighbours ranked in a round."""

    least_gain_share: float = 1e-6
    """Of the cost: by how much a round has to lower it for another to follow."""

    descent_exchanges: int = 8
    """Where switching is limited: exchanges, one after another, that lead away from the initial state."""

    descent_parts: int = 4
    """Parts of the day for whose remaining hours the best trees of such a step are sought."""

    descent_width: int = 4
    """Trees that a step goes on from, for each part."""

    descent_ranked: int = 2500
    """Trees ranked in such a step."""


@dataclass(frozen=True)
class ScheduleSettings:
    """How the cheapest schedule over a set of trees is sought where the exact programme is too large, or every line has
    to rest by itself (:mod:`.pruning`, :mod:`.line_dwell`)."""

    pool: PoolSettings = PoolSettings()
    """Of networks with too many trees."""

    most_states: float = 1.5e8
    """Numbers that a dynamic programme may keep, 1.2 GB."""

    most_effort: float = 3e9
    """Elementary steps of a dynamic programme, some seconds."""

    toll_bisections: int = 6
    """Schedules solved to find the toll that stands for a daily budget."""

    first_trees: int = 200
    """Trees over which a first schedule is sought."""

    first_labels: int = 30
    """Labels of that first schedule, where lines rest one by one."""

    most_trees: int = 3000
    """Trees over which the cheapest schedule is then sought, each compared with each."""

    most_labels: int = 400
    """Labels that go on from a step to the next."""

    compared_times: int = 8
    """Times as many candidates are compared with each other before that."""
