"""Between two rounds of the binary phase: what the kept trees cost at the operator's target injections, and among which
of them the next schedule is chosen."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from p2pdnr.coordination.schedule import programmes
from p2pdnr.coordination.schedule.context import Context
from p2pdnr.coordination.schedule.kept_trees import Kept, Ranked
from p2pdnr.coordination.schedule.tree_costs import schedule_closed, stage_costs

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


TopologyStep = Callable[[Context, Kept, Ints, Floats], Ranked]
"""Ranks the kept trees at target injections (K, T); the indices (T,) are of those in use."""


def topology_step(name: str) -> TopologyStep:
    """The step of a name: "trees" or "misocp"."""
    return {"trees": among_all, "misocp": among_picked}[name]


def among_all(context: Context, kept: Kept, _best: Ints, wanted_kw: Floats) -> Ranked:
    """Any kept tree may be used, ranked by exact power flow."""
    stage_eur = np.where(kept.mask, stage_costs(context.problem, kept.trees, wanted_kw), np.inf)
    return Ranked(kept, stage_eur, stage_eur)


def among_picked(context: Context, kept: Kept, best: Ints, wanted_kw: Floats) -> Ranked:
    """Only the trees in use and those that mixed-integer programmes pick, one for every hour, over the lines on which
    the kept trees differ (:mod:`.programmes`). Without time left any kept tree."""
    if not context.go_on():
        return among_all(context, kept, best, wanted_kw)
    problem = context.problem
    cost_eur = stage_costs(problem, kept.trees, wanted_kw)[best, np.arange(problem.hours)]
    undecided = programmes.Undecided(schedule_closed(kept.trees, best), kept.free_lines(problem.network.n_lines))
    picked, ended = programmes.pick(problem, undecided, wanted_kw, cost_eur, context.settings.search)
    context.journal.programmes.extend(ended)
    wider, offered = programmes.joined(kept, picked, undecided)
    ranked = among_all(context, wider, best, wanted_kw)
    return Ranked(wider, ranked.stage_eur, np.where(offered[:, None], ranked.stage_eur, np.inf))
