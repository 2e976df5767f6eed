"""The place of each hour's topology among all radial topologies, at the injections that were dispatched."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from p2pdnr.coordination.schedule import tree_costs
from p2pdnr.errors import P2pdnrError
from p2pdnr.network.arrays import Floats
from p2pdnr.network.topology import count_spanning_trees
from p2pdnr.reconfiguration import terms
from p2pdnr.reconfiguration.topologies import ranking
from p2pdnr.results.study_result import Tables
from p2pdnr.verification.finding import Finding, not_shown, same_arrays
from p2pdnr.verification.plan import Plan

SAME_EUR = 1e-3
"""Costs of an hour closer than this are equal: the ranking's power flows are only so exact."""

SAME_KW = 2e-3
"""Losses are stored in whole watts, and a ranking's power flows are no more exact than one."""

CELLS = 20_000_000
"""Topologies times hours that are evaluated at once, which bounds the memory."""


def rank(plan: Plan, tables: Tables, costs_eur: Floats | None = None, losses_kw: Floats | None = None) -> Finding:
    """Largest stated rank; holds when every hour's rank is true (between those that equal costs leave open), and the
    losses of all topologies too where ``losses_kw`` (T, n_trees), each hour sorted, states them.

    ``costs_eur`` (n_trees, T) are losses and violations of all radial topologies at the dispatched injections, rows as
    in :func:`p2pdnr.reconfiguration.topologies.ranking.all_trees`, where they are at hand; they are computed else, and
    then the stated losses are examined. No rank stands where the topologies are too many to be enumerated; then nothing
    is shown.
    """
    stated = tables.hours["rank"].to_numpy(dtype=np.float64, na_value=np.nan)
    if np.isnan(stated).all():
        return _unranked(plan)
    try:
        trees = ranking.all_trees(plan.network)
        own = trees.places(plan.closed)
    except (KeyError, P2pdnrError) as error:
        return Finding(None, str(error.args[0]))
    for hour, (costs, losses) in enumerate(_hourly(plan, trees) if costs_eur is None else _given(costs_eur)):
        best = 1 + int((costs < costs[own[hour]] - SAME_EUR).sum())
        worst = max(best, int((costs <= costs[own[hour]] + SAME_EUR).sum()))
        if not best <= stated[hour] <= worst:
            return Finding(float(worst), f"hour {hour} has place {best} and not {stated[hour]:g}", holds=False)
        if losses_kw is not None and losses is not None and not _same_losses(losses_kw, hour, losses):
            return Finding(float(worst), f"hour {hour}: the stated losses of all topologies are others", holds=False)
    return Finding(float(stated.max()), f"of {len(trees)} radial topologies, hour {int(stated.argmax())}", holds=True)


def _given(costs_eur: Floats) -> Iterator[tuple[Floats, None]]:
    return ((costs, None) for costs in np.ascontiguousarray(costs_eur.T))


def _same_losses(stated_kw: Floats, hour: int, losses_kw: Floats) -> bool:
    """Whether an hour's sorted losses are stated to a watt, those without a power flow (NaN) last."""
    if stated_kw.ndim != 2 or hour >= len(stated_kw) or stated_kw.shape[1] != len(losses_kw):
        return False
    return bool(same_arrays(stated_kw[hour], np.sort(losses_kw), abs_=SAME_KW).all())


def _unranked(plan: Plan) -> Finding:
    """No hour has a rank: nothing is shown where the topologies are too many, else the ranks are missing."""
    count = count_spanning_trees(plan.network)
    if tree_costs.few(plan.network, count, len(plan.closed)):
        return Finding(None, "no hour has a place, though the radial topologies can be enumerated")
    return not_shown(f"{count:,} radial topologies are too many to be compared in {len(plan.closed)} hours")


def _hourly(plan: Plan, trees: ranking.TreeSet) -> Iterator[tuple[Floats, Floats]]:
    """(n_trees,) costs and losses of one hour after the other; no power flow: an infinite cost and no loss."""
    operator = terms.from_scenario(plan.scenario, plan.network)
    block = max(1, CELLS // len(trees))
    for first in range(0, len(plan.closed), block):
        hours = slice(first, first + block)
        cost, losses = np.empty((2, len(trees), len(plan.closed[hours])))
        for rows, network in plan.hourly.parts(np.arange(len(plan.closed))[hours]):
            p_kw, q_kvar = plan.withdrawal_kw[hours][rows], plan.withdrawal_kvar[hours][rows]
            found = ranking.landscape(network, trees, p_kw, q_kvar, operator)
            cost[:, rows] = found.stage_cost(operator)
            losses[:, rows] = np.where(found.converged, found.loss_kw, np.nan)
        yield from zip(cost.T, losses.T, strict=True)
