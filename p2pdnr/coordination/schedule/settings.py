"""Settings of tier 2, the search for a schedule of trees.

Where measurements led to a value ``docs/decisions/schedules.md`` has them; the others are choices without one.
``benchmarks/bench_ablation.py`` shows what the answers owe to some of them, ``benchmarks/bench_schedules.py`` how far
all together are from the best of all schedules where that is known.
"""

from __future__ import annotations

from dataclasses import dataclass

from p2pdnr.reconfiguration.schedule.settings import ScheduleSettings


@dataclass(frozen=True)
class SearchSettings:
    """Tier 2, in the order in which its parts are used."""

    topology: str = "trees"
    """What picks trees while switches are being frozen: a ranking by exact power flow ("trees"), or mixed-integer
    programmes ("misocp"). The user's ``--topology``."""

    seed: int = 0
    """Of the searches for topologies. The user's ``--seed``."""

    schedule: ScheduleSettings = ScheduleSettings()
    """How the cheapest schedule over given trees is sought, and how a pool of trees is filled."""

    most_stages: int = 20_000_000
    """Trees times hours that are ranked at once: 160 MB for each look."""

    unconstrained_iterations: int = 25
    """Iterations of trading without charges, which lead to the injections that all trees are first ranked at."""

    unconstrained_relaxation: float = 1.6
    """Over-relaxation of these, as in tier 1."""

    screen_hours: int = 8
    """Hours, evenly spread, in which all trees are ranked first; half of all hours or fewer."""

    screen_each: int = 2500
    """Trees that are then ranked in every hour: the cheapest of each of these hours."""

    screen_together: int = 5000
    """The same: the cheapest of these hours together."""

    curtailed_shares: tuple[float, ...] = (0.3, 0.6, 1.0)
    """Of the feed-in: what may be given up at those injections, at the retailer's price."""

    near_best_share: float = 0.25
    """Of the best tree's cost over all hours: how far from it a tree may be and still be ranked with less feed-in."""

    noticeable_kw: float = 1.0
    """Feed-in of an hour below this is not curtailed."""

    carried_shares: tuple[float, ...] = (0.3, 0.1, 0.03, 0.0)
    """Of all injections: what an hour is ranked at that no tree carries in full, the first that one carries."""

    last_place: float = 2.0
    """Times the dearest tree of the hour: what a tree is taken to cost that has no power flow."""

    pool_per_hour: int = 6
    """Trees of a pool that stay in question when it is filled again: the cheapest of each hour."""

    pool_of_all_hours: int = 60
    """The same: the cheapest of all hours together."""

    renewals: int = 6
    """Most times that the pool of a large network is filled again at the injections of a plan."""

    short_list: int = 5000
    """Trees among which the best single one is sought where it is only a candidate for an hourly schedule."""

    first_margin: float = 0.25
    """Of the best schedule's stage cost: how far from it a tree may be and still be kept after the first ranking."""

    margin_factor: float = 0.35
    """By which that margin shrinks from round to round."""

    rounds: int = 5
    """Rankings of the binary phase; the last leaves one schedule."""

    iterations_per_round: int = 8
    """Iterations of tier 1 between two rankings."""

    most_kept: int = 500
    """Trees that a ranking keeps at most."""

    programme_s: float = 5.0
    """Most that one mixed-integer programme may take; what it has found by then counts."""

    programme_slack: float = 1e-4
    """Share by which the tree in use may lose more in the programme than by exact power flow."""

    threshold_share: float = 2e-4
    """Of the sum of the cost parts: what a schedule must gain to be accepted, more than twice the error of an
    evaluation."""

    resistance_eur_per_kw2: float = 1e-3
    """Against which prosumers move in the soft look of the local search."""

    finalists_per_hour: int = 6
    """Trees of the local search: the cheapest of each hour in each look."""

    finalists_of_all_hours: int = 40
    """The same: the cheapest of all hours together."""

    next_cheapest: int = 2
    """Schedules of the soft look that are tested after the cheapest of every look was refused."""

    curtailed_on: int = 16
    """Topologies that break limits and are looked at with what must be given up on them: the cheapest of an hour, or of
    all hours for one topology."""

    most_improvements: int = 8
    """Schedules that the local search accepts at most."""

    test_iterations: tuple[int, ...] = (15, 10, 25, 25)
    """Iterations of tier 1 on a schedule that is tested, after each of which it is looked at."""

    hopeless_share: float = 3e-3
    """Of the sum of the cost parts: a tested schedule that costs so much more is dropped."""

    hopeless_iterations: int = 25
    """After how many iterations that is looked at."""

    lever_stages: int = 40_000_000
    """Trees times hours times positions of levers that are ranked at once; beyond it the cheapest trees of each hour
    and of all hours at the positions of the moment."""

    lever_finalists: int = 12
    """Trees that are ranked at all positions of levers with prosumers that move, beside those in use."""

    lever_turns: int = 6
    """Most times that levers and topologies are moved together."""

    another_day_share: float = 0.1
    """Of all injections: how much of them may have changed for an earlier schedule to be worth improving."""

    rough_times: float = 20.0
    """Times the tolerance: how well a narrower mode is negotiated when it is only a candidate for a wider one."""

    rough_objective_change: float = 1e-4
    """The same of the objective."""

    glimpse_iterations: int = 30
    """Iterations of a narrower mode that nobody asked for, before a bound is asked whether it can still be cheaper. 0:
    it is negotiated without such a question."""
