"""Other topologies for a few hours in a row in which limits bind.

Where limits bind, what a topology is worth hangs on how little must be given up on it, and for one hour alone it seldom
pays to switch there and back. So, for every two and every three hours in a row in which limits bind, the topology is
tested on which least must be given up in these hours together for what the market does alone: by tier 1, started warm
from the plan. Most tests end after a few iterations, as a bound shows that nothing is to be gained.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from p2pdnr.coordination.plans.dispatch import Bools, Dispatch
from p2pdnr.coordination.schedule.choice import Static
from p2pdnr.coordination.schedule.context import Candidates, Context
from p2pdnr.coordination.schedule.least_curtailed import curtailed_eur
from p2pdnr.coordination.schedule.local_search import improve

Ints = npt.NDArray[np.int64]

LENGTHS = (2, 3)
"""Hours of a window."""

BINDS = 0.01
"""Of the highest price of energy: what a limit has to add to a charge for an hour to count."""

MOST_TESTS = 16
"""Windows that are tested at most."""


def eased(context: Context, candidates: Candidates, plan: Dispatch) -> Dispatch:
    """A plan, or a cheaper one with other topologies in a few hours in which limits bind.

    Where switching is limited, where one topology stays, and where an earlier plan is tested again, the plan itself.
    """
    problem, known = context.problem, candidates.outlook
    fixed = isinstance(candidates.choice, Static) or problem.terms.limits_switching or problem.levers is not None
    if fixed or known.uncut_eur is None or not known.trees.complete:
        return plan
    # prosumers have far to go: what a test costs at first says little
    search = replace(context.settings.search, hopeless_share=np.inf)
    patient = replace(context, settings=replace(context.settings, search=search))
    for count, (hours, closed) in enumerate(windows(context, candidates, plan)):
        if count >= MOST_TESTS or not context.go_on():
            break
        tested = plan.closed.copy()
        tested[hours] = closed
        if (tested != plan.closed).any():
            plan = improve(patient, tested, plan) or plan
    return plan


def windows(context: Context, candidates: Candidates, plan: Dispatch) -> Iterator[tuple[Ints, Bools]]:
    """Hours in a row in which limits bind, and the closed lines (m,) of the topology on which least must be given up in
    them; the shortest windows first."""
    problem, known = context.problem, candidates.outlook
    assert known.uncut_eur is not None
    hours = binding_hours(context, plan)
    eur = np.full((len(known.trees), problem.hours), np.inf)
    for hour in hours if len(hours) > 1 else ():
        rows = np.argsort(known.uncut_eur[:, hour], kind="stable")[: context.settings.search.curtailed_on]
        some = known.trees.subset(rows)
        eur[rows, hour] = curtailed_eur(problem, some, known.unconstrained_kw, np.array([hour]))[:, 0]
    for length in LENGTHS:
        for first in hours:
            window = np.arange(first, first + length)
            if np.isin(window, hours).all():
                together = eur[:, window].sum(axis=1)
                if np.isfinite(together).any():
                    yield window, known.trees.closed(int(together.argmin()))


def binding_hours(context: Context, plan: Dispatch) -> Ints:
    """Hours of a plan in which a voltage or a current limit is a part of some charge."""
    answer = plan.agreement.answer
    assert answer is not None
    highest = max(float(np.max(terms.buy_eur_per_kwh)) for terms in context.problem.block.terms)
    of_limits = np.abs(answer.charge_eur_per_kwh[1:]).max(axis=(0, 2))
    return np.asarray(np.flatnonzero(of_limits > BINDS * highest), dtype=np.int64)
