"""What stands at the buses of a pandapower net: fixed powers, motors, constant admittances.

Loads, static generators, storages and the phases of asymmetric ones are fixed powers. A motor draws what pandapower
makes of its rating, load and efficiency. The part of a load that is a constant impedance becomes an admittance with the
same power at nominal voltage, as do shunts and the impedance of wards. Constant currents and the sources of extended
wards are taken as they are today (:mod:`.pandapower_today`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

POWERS = {"load": 1.0, "sgen": -1.0, "storage": 1.0, "asymmetric_load": 1.0, "asymmetric_sgen": -1.0}
"""Tables of fixed powers, and which way they count."""
TABLES = {"shunt", "ward", "xward", "motor", *POWERS}
"""All tables that are read here."""
_PHASES = (("p", "mw"), ("q", "mvar"))


@dataclass(frozen=True)
class Today:
    """Voltage of buses in p.u., and what the source of every extended ward draws and every generator that holds a
    voltage gives, in MW and Mvar, by index."""

    vm_pu: dict[int, float]
    sources: dict[int, tuple[float, float]]
    generators: dict[int, tuple[float, float]] = field(default_factory=dict)


def bus_powers(net: Any, today: Today) -> Iterator[tuple[int, dict[str, float]]]:
    """Bus, and fields of a network table to be added there, of every element in service."""
    for table, sign in POWERS.items():
        for element in _running(net, table):
            drawn = tuple(1e3 * sign * value for value in _power(element))
            yield from ((int(element.bus), part) for part in _parts(element, drawn, today))
    for motor in _running(net, "motor"):
        p_kw = 1e5 * motor.pn_mech_mw / motor.efficiency_percent * motor.loading_percent / 100.0 * motor.scaling
        yield int(motor.bus), {"p_kw": p_kw, "q_kvar": float(p_kw * np.tan(np.arccos(motor.cos_phi)))}
    for shunt in _running(net, "shunt"):
        rated_kv = shunt.vn_kv if shunt.vn_kv == shunt.vn_kv else net.bus.vn_kv[shunt.bus]
        scale = 1e3 * shunt.step * (net.bus.vn_kv[shunt.bus] / rated_kv) ** 2
        yield int(shunt.bus), {"shunt_kw": scale * shunt.p_mw, "shunt_kvar": scale * shunt.q_mvar}
    for table in ("ward", "xward"):
        for ward in _running(net, table):
            yield int(ward.bus), {"p_kw": 1e3 * power(ward.ps_mw), "q_kvar": 1e3 * power(ward.qs_mvar)}
            yield int(ward.bus), {"shunt_kw": 1e3 * power(ward.pz_mw), "shunt_kvar": 1e3 * power(ward.qz_mvar)}
            if table == "xward":
                p_mw, q_mvar = today.sources.get(int(ward.Index), (0.0, 0.0))
                yield int(ward.bus), {"p_kw": 1e3 * p_mw, "q_kvar": 1e3 * q_mvar}


def _parts(element: Any, drawn: tuple[float, ...], today: Today) -> Iterator[dict[str, float]]:
    """The fixed powers and the admittances that make up an element which draws so much at nominal voltage."""
    vm = today.vm_pu.get(int(element.bus), 1.0)
    shares = zip(impedance_shares(element), current_shares(element), strict=True)
    for value, (z, i), name in zip(drawn, shares, (("p_kw", "shunt_kw"), ("q_kvar", "shunt_kvar")), strict=True):
        yield {name[0]: (1.0 - z - i + i * vm / 2.0) * value}
        if z or i:
            yield {name[1]: (z + i / (2.0 * vm)) * value}


def impedance_shares(element: Any) -> tuple[float, float]:
    """Shares of a load's active and reactive power that are a constant impedance."""
    return _shares(element, "z")


def current_shares(element: Any) -> tuple[float, float]:
    """Shares of a load's active and reactive power that follow the voltage, as those of a constant current do."""
    return _shares(element, "i")


def _shares(element: Any, kind: str) -> tuple[float, float]:
    shares = (getattr(element, f"const_{kind}_{part}percent", np.nan) for part in ("", "p_", "q_"))
    both, p, q = (float(share) / 100.0 if share == share else 0.0 for share in shares)
    return both + p, both + q


def power(value: float) -> float:
    """A power of a table; nothing where the table has none."""
    return float(value) if value == value else 0.0


def _running(net: Any, table: str) -> Any:
    return net[table][net[table].in_service.astype(bool)].itertuples() if table in net else ()


def _power(element: Any) -> tuple[float, float]:
    """Active and reactive power of an element in MW and Mvar, the sum of its phases where it has any."""
    if hasattr(element, "p_mw"):
        p_mw, q_mvar = element.p_mw, element.q_mvar
    else:
        p_mw, q_mvar = (sum(getattr(element, f"{part}_{phase}_{unit}") for phase in "abc") for part, unit in _PHASES)
    return float(element.scaling * power(p_mw)), float(element.scaling * power(q_mvar))
