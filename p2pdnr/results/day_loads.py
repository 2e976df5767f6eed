"""What every bus withdraws and consumes in a result, from its scenario and tables."""

from __future__ import annotations

import numpy as np

from p2pdnr.market.terms import all_terms
from p2pdnr.network.arrays import Floats, Network
from p2pdnr.results.study_result import StudyResult
from p2pdnr.results.summary import matrix
from p2pdnr.scenario import assembly
from p2pdnr.scenario.schema import Scenario


def withdrawals(
    scenario: Scenario, network: Network, injection_kw: Floats, reactive_kvar: Floats | None = None
) -> tuple[Floats, Floats]:
    """(T, n) net active (kW) and reactive (kvar) withdrawals, injections (T, K) of the prosumers taken off.

    A prosumer's reactive power follows its fixed load; what its inverter feeds in, ``reactive_kvar`` (T, K), is taken
    off where there is some.
    """
    p_kw, q_kvar = (np.array(values) for values in assembly.background_kw(scenario, network))
    for k, (prosumer, terms) in enumerate(zip(scenario.prosumers, all_terms(scenario), strict=True)):
        p_kw[:, prosumer.bus - 1] -= injection_kw[:, k]
        q_kvar[:, prosumer.bus - 1] += terms.load_kw * np.tan(np.arccos(prosumer.power_factor))
        if reactive_kvar is not None:
            q_kvar[:, prosumer.bus - 1] -= reactive_kvar[:, k]
    return p_kw, q_kvar


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
