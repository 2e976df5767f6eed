"""What every bus withdraws of prosumers' injections, and values as JSON has them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from p2pdnr.market.terms import all_terms
from p2pdnr.network.arrays import Floats, Network
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


def plain(value: Any) -> Any:
    """``value`` with numpy scalars, arrays and tuples turned into what JSON can say, NaN and infinities into null."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
