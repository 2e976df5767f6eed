"""What every bus withdraws of prosumers' injections, and values as JSON has them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from p2pdnr.market.terms import loads_kw
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
    bus = np.array([prosumer.bus - 1 for prosumer in scenario.prosumers], dtype=np.int64)
    factor = np.array([prosumer.power_factor for prosumer in scenario.prosumers], dtype=np.float64)
    np.subtract.at(p_kw.T, bus, injection_kw.T)
    np.add.at(q_kvar.T, bus, loads_kw(scenario).T * np.tan(np.arccos(factor))[:, None])
    if reactive_kvar is not None:
        np.subtract.at(q_kvar.T, bus, reactive_kvar.T)
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
