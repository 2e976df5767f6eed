"""Inverters that PV and battery of a prosumer share: active power p and reactive power q with p^2 + q^2 <= kva^2.

p is PV output plus discharge less charge; q is positive where it is fed into the grid. The operator chooses q, or a
Volt-VAR curve does; a prosumer's own problem knows nothing of it but what its inverter leaves to p.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from p2pdnr.market.kernel_arrays import CHARGE, DISCHARGE, PV
from p2pdnr.market.responses import ProsumerBlock
from p2pdnr.scenario.reactive import inverters_kva, volt_var_curve
from p2pdnr.scenario.schema import Scenario

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

DEVICES = (PV, DISCHARGE, CHARGE)
"""Columns of a prosumer that stand behind its inverter."""

SIGNS = np.array([1.0, 1.0, -1.0])
"""How each of them counts in the inverter's active power."""

NEWTON_STEPS = 60


@dataclass(frozen=True, eq=False)
class Inverters:
    """Inverters of K prosumers: ``mode`` none, dispatch or volt_var; ``kva`` (K,), zero where there is none; ``curve``
    (2, n) of volt_var; ``who`` (I,) has one, at place ``place`` (I,) of the ``buses`` (ni,) that have some, and
    ``per_bus`` (ni,) how many each has; ``devices`` (K, 3) which of :data:`DEVICES` are there."""

    mode: str
    kva: Floats
    curve: Floats
    who: Ints
    place: Ints
    buses: Ints
    per_bus: Floats
    devices: Bools

    @property
    def used(self) -> bool:
        """Whether somebody gives reactive power."""
        return len(self.who) > 0

    @property
    def dispatched(self) -> bool:
        """Whether the operator chooses it."""
        return self.used and self.mode == "dispatch"

    @property
    def follows_voltage(self) -> bool:
        """Whether a curve does."""
        return self.used and self.mode == "volt_var"

    def at_buses(self, per_prosumer: Floats) -> Floats:
        """(T, ni) sums over the inverters of a bus of a quantity (K, T)."""
        total = np.zeros((len(self.buses), per_prosumer.shape[1]))
        np.add.at(total, self.place, per_prosumer[self.who])
        return total.T

    def of_prosumers(self, at_buses: Floats) -> Floats:
        """(K, T) for everybody with an inverter what stands at its bus (T, ni), zero for the others."""
        values = np.zeros((len(self.kva), len(at_buses)))
        values[self.who] = at_buses.T[self.place]
        return values


def inverters(scenario: Scenario, bus: Ints) -> Inverters:
    """The inverters of a scenario whose prosumers stand at the bus indices ``bus`` (K,)."""
    kva = inverters_kva(scenario)
    who = np.flatnonzero(kva > 0.0)
    buses, place, count = np.unique(bus[who], return_inverse=True, return_counts=True)
    sun = [item.pv_kw > 0.0 for item in scenario.prosumers]
    store = [item.battery is not None and item.battery.capacity_kwh > 0.0 for item in scenario.prosumers]
    devices = np.array([sun, store, store]).T & (kva > 0.0)[:, None]
    curve = volt_var_curve(scenario)
    return Inverters(
        scenario.dso.reactive, kva, curve, who, place.astype(np.int64), buses, count.astype(float), devices
    )


def active_kw(columns: Floats) -> Floats:
    """(K, T) active power of inverters, from columns (K, T, ..) of prosumers."""
    return np.asarray(columns[:, :, list(DEVICES)] @ SIGNS)


def headroom_kvar(kva: Floats, active: Floats) -> Floats:
    """(K, T) what is left for reactive power beside active power (K, T)."""
    return np.sqrt(np.maximum(kva[:, None] ** 2 - active**2, 0.0))


def on_curve_kvar(inverters: Inverters, vm_pu: Floats, most_kvar: Floats) -> Floats:
    """(K, T) reactive power by the Volt-VAR curve at the voltages (K, T), active power going first: at most
    ``most_kvar`` (K, T)."""
    wanted = inverters.kva[:, None] * np.interp(vm_pu, *inverters.curve)
    return np.clip(wanted, -most_kvar, most_kvar)


def price_of_active(inverters: Inverters, device_eur: Floats) -> Floats:
    """(K, T) what active power in an inverter's circle costs per kW, from what its devices are paid (K, T, 3)."""
    count = np.maximum(inverters.devices.sum(axis=1), 1)[:, None]
    return np.asarray(-(device_eur @ SIGNS) / count)


def priced(block: ProsumerBlock, active_eur: Floats) -> ProsumerBlock:
    """The prosumers when active power of their inverters costs ``active_eur`` (K, T) per kW over a step."""
    linear = block.linear.copy()
    for column, sign in zip(DEVICES, SIGNS, strict=True):
        linear[:, :, column] += sign * active_eur
    return replace(block, linear=linear)


def orders_eur(inverters: Inverters, kvar: Floats, active_eur: Floats) -> Floats:
    """(K,) the most that a price (K, T) on active power can bring a prosumer whose inverter has to give ``kvar`` (K,
    T), over the horizon: active power is then at most what that leaves."""
    return np.asarray((np.abs(active_eur) * headroom_kvar(inverters.kva, kvar)).sum(axis=1))


def nearest_within(inverters: Inverters, devices_kw: Floats, kvar: Floats) -> tuple[Floats, Floats]:
    """The nearest point to device powers (K, T, 3) and reactive powers (K, T) that every inverter can run.

    With n devices, sum s and reactive power r it is s / (1 + n m), r / (1 + m), the m at which the circle is met found
    by Newton's method, which comes from one side as the equation is convex in m.
    """
    count = np.maximum(inverters.devices.sum(axis=1), 1)[:, None].astype(float)
    total, kva = devices_kw @ SIGNS, np.maximum(inverters.kva, 1e-12)[:, None]
    one, other, m = (total / kva) ** 2, (kvar / kva) ** 2, np.zeros_like(total)
    for _ in range(NEWTON_STEPS):
        first, second = one / (1.0 + count * m) ** 2, other / (1.0 + m) ** 2
        slope = 2.0 * (count * first / (1.0 + count * m) + second / (1.0 + m))
        step = np.where(first + second > 1.0, (first + second - 1.0) / np.maximum(slope, 1e-300), 0.0)
        m = m + step
        if not np.any(step > 1e-14 * (1.0 + m)):
            break
    moved = (total / (1.0 + count * m) - total) / count
    devices = devices_kw + moved[:, :, None] * SIGNS * inverters.devices[:, None, :]
    return np.asarray(devices), np.asarray(kvar / (1.0 + m))
