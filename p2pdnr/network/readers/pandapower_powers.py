"""What stands at the buses of a pandapower net: fixed powers, motors, constant admittances.

Loads, static generators, storages and the phases of asymmetric ones are fixed powers. A motor draws what pandapower
makes of its rating, load and efficiency. The part of a load that is a constant impedance becomes an admittance with the
same power at nominal voltage, as do shunts and the impedance of wards.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

POWERS = {"load": 1.0, "sgen": -1.0, "storage": 1.0, "asymmetric_load": 1.0, "asymmetric_sgen": -1.0}
"""Tables of fixed powers, and which way they count."""
TABLES = {"shunt", "ward", "motor", *POWERS}
"""All tables that are read here."""
_PHASES = (("p", "mw"), ("q", "mvar"))


def bus_powers(net: Any) -> Iterator[tuple[int, dict[str, float]]]:
    """Bus, and fields of a network table to be added there, of every element in service."""
    for table, sign in POWERS.items():
        for element in _running(net, table):
            p_kw, q_kvar = (1e3 * sign * value for value in _power(element))
            z_p, z_q = impedance_shares(element)
            if z_p or z_q:
                yield int(element.bus), {"shunt_kw": z_p * p_kw, "shunt_kvar": z_q * q_kvar}
            yield int(element.bus), {"p_kw": (1.0 - z_p) * p_kw, "q_kvar": (1.0 - z_q) * q_kvar}
    for motor in _running(net, "motor"):
        p_kw = 1e5 * motor.pn_mech_mw / motor.efficiency_percent * motor.loading_percent / 100.0 * motor.scaling
        yield int(motor.bus), {"p_kw": p_kw, "q_kvar": float(p_kw * np.tan(np.arccos(motor.cos_phi)))}
    for shunt in _running(net, "shunt"):
        scale = 1e3 * shunt.step * (net.bus.vn_kv[shunt.bus] / shunt.vn_kv) ** 2
        yield int(shunt.bus), {"shunt_kw": scale * shunt.p_mw, "shunt_kvar": scale * shunt.q_mvar}
    for ward in _running(net, "ward"):
        yield int(ward.bus), {"p_kw": 1e3 * ward.ps_mw, "q_kvar": 1e3 * ward.qs_mvar}
        yield int(ward.bus), {"shunt_kw": 1e3 * ward.pz_mw, "shunt_kvar": 1e3 * ward.qz_mvar}


def impedance_shares(element: Any) -> tuple[float, float]:
    """Shares of a load's active and reactive power that are a constant impedance."""
    shares = (getattr(element, f"const_z_{part}percent", np.nan) for part in ("", "p_", "q_"))
    both, p, q = (float(share) / 100.0 if share == share else 0.0 for share in shares)
    return both + p, both + q


def constant_current(load: Any) -> Any:
    """(loads,) whether some of a load's power follows the voltage as that of a constant current does."""
    columns = [column for column in load.columns if column.startswith("const_i_")]
    return (load[columns].fillna(0.0) != 0.0).any(axis=1).to_numpy(dtype=bool)


def _running(net: Any, table: str) -> Any:
    return net[table][net[table].in_service.astype(bool)].itertuples() if table in net else ()


def _power(element: Any) -> tuple[float, float]:
    """Active and reactive power of an element in MW and Mvar, the sum of its phases where it has any."""
    if hasattr(element, "p_mw"):
        p_mw, q_mvar = element.p_mw, element.q_mvar
    else:
        p_mw, q_mvar = (sum(getattr(element, f"{part}_{phase}_{unit}") for phase in "abc") for part, unit in _PHASES)
    return float(element.scaling * p_mw), float(element.scaling * q_mvar)
