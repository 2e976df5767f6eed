"""The stated lower bound, proved again from the prices that are stored with the result."""

from __future__ import annotations

import numpy as np

from p2pdnr.coordination.bound.certificate import repeated_eur
from p2pdnr.coordination.problem import build_problem
from p2pdnr.coordination.schedule.tree_costs import every_tree
from p2pdnr.errors import P2pdnrError
from p2pdnr.results.study_result import StudyResult
from p2pdnr.results.summary import costs_eur, scale_eur
from p2pdnr.verification.finding import Finding, within

ROUNDING = 1e-6
"""Of the sum of the cost parts: how far the stated bound may be above the repeated one."""

RESPECTED = 1e-4
"""The same for a plan's cost below the bound: plans balance within a thousandth of a kW."""


def lower_bound(result: StudyResult) -> Finding:
    """Distance of the plan's cost to the bound, relative to the sum of the cost parts without their signs.

    Holds when the stored prices prove the bound that is stated, and the plan does not cost less.
    """
    stated_eur = float(result.summary["lower_bound_eur"])
    costs = costs_eur(result.scenario, result.network, result.tables)
    scale = scale_eur(costs)
    gap = (sum(costs.values()) - stated_eur) / scale
    problem = build_problem(result.scenario, result.network, bool(result.summary.get("p2p", True)))
    try:
        proved_eur = repeated_eur(problem, every_tree(problem), str(result.summary["mode"]), result.arrays)
    except (ValueError, P2pdnrError) as error:
        return Finding(None, f"the bound cannot be repeated: {error}", holds=False)
    if not np.isfinite([stated_eur, gap, proved_eur]).all():
        return Finding(None, f"{stated_eur} EUR are stated, the stored prices prove {proved_eur} EUR", holds=False)
    if not within(stated_eur, proved_eur + ROUNDING * scale):
        detail = f"{stated_eur:.4f} EUR are stated, the stored prices prove {proved_eur:.4f} EUR"
        return Finding(gap, detail, holds=False)
    detail = f"no plan of this mode costs less than {stated_eur:.2f} EUR"
    return Finding(gap, detail, holds=within(-RESPECTED, gap))
