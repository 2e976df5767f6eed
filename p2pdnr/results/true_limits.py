"""The limits that a secure plan must keep. The network of its result holds them back, as its planner did."""

from __future__ import annotations

from typing import Any

import numpy as np

from p2pdnr.network.arrays import Network
from p2pdnr.results.study_result import StudyResult


def stated_limits(network: Network) -> dict[str, Any]:
    """The limits of a network as summary.json states them, None for a line without one."""
    limit_a = [float(limit) if np.isfinite(limit) else None for limit in network.limit_a]
    return {"vm_min_pu": network.vm_min_pu, "vm_max_pu": network.vm_max_pu, "limit_a": limit_a}


def true_network(result: StudyResult) -> Network:
    """The network of a result with the limits that hold on the day: its own, unless the plan is a secure one."""
    secure = result.summary.get("secure")
    if secure is None:
        return result.network
    stated = secure["limits"]
    limit_a = np.array([np.inf if limit is None else limit for limit in stated["limit_a"]], dtype=np.float64)
    return result.network.with_(vm_min_pu=stated["vm_min_pu"], vm_max_pu=stated["vm_max_pu"], limit_a=limit_a)
