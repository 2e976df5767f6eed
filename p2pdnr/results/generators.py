"""Generators that hold their voltages in a result: what summary.json says of them, and the result for other days."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from p2pdnr.network.arrays import Network
from p2pdnr.network.generators import at_limit, released
from p2pdnr.results.study_result import StudyResult
from p2pdnr.results.summary import matrix


def generator_figures(network: Network) -> list[dict[str, Any]]:
    """Of every one its bus from 1, the voltage that it holds, what it gives hour by hour, and in which hours it gives
    all or as little as it can; empty where none holds its voltage."""
    if network.held is None or network.held.kvar is None:
        return []
    generators, kvar = network.held.generators, network.held.kvar
    ends = at_limit(generators, kvar)
    return [
        {
            "bus": int(bus) + 1,
            "set_pu": float(generators.vm_pu[place]),
            "kvar": kvar[:, place].tolist(),
            "hours_at_limit": np.flatnonzero(ends[:, place]).tolist(),
        }
        for place, bus in enumerate(generators.bus)
    ]


def generator_table(result: StudyResult) -> pd.DataFrame:
    """Hour by hour of every generator that holds its voltage: bus from 1, set point, the voltage that its bus has, what
    it gives, and whether that is the "most" or the "least" that it can. They must hold their voltages in the result."""
    held = result.network.held
    assert held is not None and held.kvar is not None
    generators, kvar = held.generators, held.kvar
    vm_pu = matrix(result.tables.buses, "vm_pu", result.scenario)[:, generators.bus]
    hours, count = kvar.shape
    return pd.DataFrame({
        "hour": np.repeat(np.arange(hours), count),
        "bus": np.tile(generators.bus + 1, hours),
        "set_pu": np.tile(generators.vm_pu, hours),
        "vm_pu": vm_pu.ravel(),
        "kvar": kvar.ravel(),
        "at_limit": np.array(["", "most", "least"])[at_limit(generators, kvar).ravel()],
    })  # fmt: skip


def with_held_voltages(result: StudyResult) -> StudyResult:
    """The result for power flows of days and topologies that are not the planned ones: generators that hold their
    voltages in the plan hold them there as well, and no load counts what they give. As it is where none does."""
    return replace(result, network=released(result.network))
