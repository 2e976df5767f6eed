"""What every bus withdraws and consumes in a result, from its scenario and tables."""

from __future__ import annotations

import numpy as np

from p2pdnr.market.terms import all_terms
from p2pdnr.network.arrays import Floats
from p2pdnr.results.study_result import StudyResult
from p2pdnr.results.summary import matrix
from p2pdnr.scenario import assembly


def consumed_kw(result: StudyResult) -> Floats:
    """(T, n) load that people use at every bus: the network's own and the prosumers' as served and shifted; charging,
    PV and all that feeds in is left out."""
    scenario, table = result.scenario, result.tables.prosumers
    load_kw = np.array(assembly.background_kw(scenario, result.network)[0])
    moved = {name: matrix(table, name, scenario) for name in ("unserved_kw", "flexible_kw", "elastic_kw")}
    for k, (prosumer, terms) in enumerate(zip(scenario.prosumers, all_terms(scenario), strict=True)):
        own = terms.load_kw - moved["unserved_kw"][:, k] + moved["flexible_kw"][:, k] + moved["elastic_kw"][:, k]
        load_kw[:, prosumer.bus - 1] += np.maximum(own, 0.0)
    return load_kw


def inverters_kvar(result: StudyResult) -> Floats | None:
    """(T, K) what the inverters of a result feed in, None where they give no reactive power."""
    table = result.tables.prosumers
    return matrix(table, "reactive_kvar", result.scenario) if "reactive_kvar" in table else None
