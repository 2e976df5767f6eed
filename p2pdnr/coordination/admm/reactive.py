"""Reactive power in the negotiation: copies of what an inverter does, drawn together like those of injections.

An inverter has one circle for active and reactive power. The prosumer decides what PV and battery do, the operator what
reactive power it would like; neither knows the other's part. Between them stands the circle, with copies of both:
  A  prosumers answer with their devices, and every inverter's reactive power is the mean of the two copies of it,
  B  the circle's copies go to the nearest point that the inverter can run, and the operator answers.
Prices join the copies as in :mod:`.iterations`; one weight for all of them.

Under a Volt-VAR curve nobody decides: reactive power follows the voltage of the operator's last answer, a part of the
way in every iteration.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from p2pdnr.coordination.problem import CoordinationProblem, given
from p2pdnr.coordination.volt_var import voltages
from p2pdnr.market.inverters import DEVICES, SIGNS, headroom_kvar, nearest_within, on_curve_kvar
from p2pdnr.market.prosumer_blocks import Reply
from p2pdnr.reconfiguration.operator.problem import OperatorAnswer

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

PINNED_EUR_PER_KVAR2 = 1e3
"""Weight by which the operator's hours are held to reactive power that it does not choose."""

TOWARDS_CURVE = 0.3
"""Share of the way to the curve in an iteration: voltages answer to what many inverters do together."""

LEAST_PRICE, RATIO, FACTOR = 1e-3, 4.0, 2.5


@dataclass(frozen=True, eq=False)
class Reactive:
    """Where the copies of inverters stand, all (K, T) but the devices' (K, T, 3).

    ``devices_kw``, ``circle_kvar`` what the circle would run and ``operator_kvar`` what the operator would like, with
    the prices at which they were asked for in EUR per kW or kvar and step; ``weight`` in EUR per kW2. ``apart_kw`` how
    far copies are apart, ``moved_kw`` how far they moved in the last iteration, ``off_curve_kvar`` how far reactive
    power is from a curve that it follows, all the largest.
    """

    devices_kw: Floats
    device_eur: Floats
    circle_kvar: Floats
    circle_eur: Floats
    operator_kvar: Floats
    operator_eur: Floats
    weight: float
    apart_kw: float = 0.0
    moved_kw: float = 0.0
    off_curve_kvar: float = 0.0

    @property
    def copies(self) -> tuple[Floats, ...]:
        """What the next iteration starts from: copies and their prices by turns."""
        return (
            self.devices_kw,
            self.device_eur,
            self.circle_kvar,
            self.circle_eur,
            self.operator_kvar,
            self.operator_eur,
        )

    def with_copies(self, copies: tuple[Floats, ...]) -> Reactive:
        """The same with other copies and prices."""
        devices_kw, device_eur, circle_kvar, circle_eur, operator_kvar, operator_eur = copies
        return replace(
            self,
            devices_kw=devices_kw,
            device_eur=device_eur,
            circle_kvar=circle_kvar,
            circle_eur=circle_eur,
            operator_kvar=operator_kvar,
            operator_eur=operator_eur,
        )

    @property
    def agreed_kvar(self) -> Floats:
        """(K, T) what the copies say together."""
        return (self.circle_kvar + self.operator_kvar) / 2.0


def opening(problem: CoordinationProblem, weight: float) -> Reactive | None:
    """No reactive power and no prices; None where nobody has an inverter that is asked for it."""
    if not problem.inverters.used:
        return None
    nothing = np.zeros((len(problem.inverters.kva), problem.hours))
    devices = np.zeros((*nothing.shape, len(DEVICES)))
    return Reactive(devices, devices, nothing, nothing, nothing, nothing, weight)


def device_pull(
    problem: CoordinationProblem, state: Reactive | None, times: float = 1.0
) -> tuple[Floats | None, Floats | None]:
    """Linear costs (K, T, 3) and weights (K,) that draw devices to the circle's copies, by so many ``times`` the
    weight; None where nothing does."""
    if state is None:
        return None, None
    if not problem.inverters.dispatched:
        return np.zeros_like(state.devices_kw), np.zeros(len(state.devices_kw))
    there, weight = problem.inverters.devices[:, None, :], times * state.weight
    linear = np.where(there, -state.device_eur - weight * state.devices_kw, 0.0)
    return linear, np.where(problem.inverters.kva > 0.0, weight, 0.0)


def operator_pull(problem: CoordinationProblem, state: Reactive, relaxation: float) -> tuple[Floats, Floats]:
    """Reactive power (T, ni) at the inverters' buses that the operator is drawn to, and how hard."""
    inverters = problem.inverters
    if not inverters.dispatched:
        ask = inverters.at_buses(state.operator_kvar)
        return ask, np.full(ask.shape, PINNED_EUR_PER_KVAR2)
    ask = inverters.at_buses(_operator_ask(state, relaxation))
    return ask, np.broadcast_to(state.weight / inverters.per_bus, ask.shape)


def _operator_ask(state: Reactive, relaxation: float) -> Floats:
    """(K, T) reactive power that the operator is asked for."""
    relaxed = relaxation * _mean(state) + (1.0 - relaxation) * state.operator_kvar
    return np.asarray(relaxed - state.operator_eur / state.weight)


def _mean(state: Reactive) -> Floats:
    """(K, T) every inverter's reactive power between its two copies and their prices."""
    return state.agreed_kvar + (state.operator_eur + state.circle_eur) / (2.0 * state.weight)


def updated(
    problem: CoordinationProblem, state: Reactive, reply: Reply, answer: OperatorAnswer, relaxation: float
) -> Reactive:
    """After an iteration: the prosumers' ``reply`` to ``state``, and the operator's answer to what
    :func:`operator_pull` said of it."""
    inverters, weight = problem.inverters, state.weight
    assert answer.reactive_kvar is not None
    assert reply.devices_kw is not None
    mean, devices_kw = _mean(state), reply.devices_kw
    ask_devices = relaxation * devices_kw + (1.0 - relaxation) * state.devices_kw - state.device_eur / weight
    ask_circle = relaxation * mean + (1.0 - relaxation) * state.circle_kvar - state.circle_eur / weight
    ask_operator = _operator_ask(state, relaxation)
    there = inverters.devices[:, None, :]
    circle_kw, circle_kvar = nearest_within(inverters, np.where(there, ask_devices, 0.0), ask_circle)
    share = (answer.reactive_kvar - inverters.at_buses(ask_operator)) / inverters.per_bus
    operator_kvar = ask_operator + inverters.of_prosumers(share)
    has = inverters.kva[:, None] > 0.0
    copies = (circle_kw, circle_kvar, np.where(has, operator_kvar, 0.0))
    asked = (ask_devices, ask_circle, ask_operator)
    price = [weight * (copy - ask) for copy, ask in zip(copies, asked, strict=True)]
    price = [np.where(there, price[0], 0.0), np.where(has, price[1], 0.0), np.where(has, price[2], 0.0)]
    apart = (np.where(there, devices_kw, 0.0) - copies[0], mean - copies[1], np.where(has, mean, 0.0) - copies[2])
    before = (state.devices_kw, state.circle_kvar, state.operator_kvar)
    moved = (copy - then for copy, then in zip(copies, before, strict=True))
    return Reactive(
        copies[0], price[0], copies[1], price[1], copies[2], price[2], weight, _largest(apart), _largest(moved)
    )


def _largest(parts: Iterable[Floats]) -> float:
    return max(float(np.abs(part).max(initial=0.0)) for part in parts)


def followed(
    problem: CoordinationProblem, closed: Bools, state: Reactive, reply: Reply, answer: OperatorAnswer
) -> Reactive:
    """After an iteration under a Volt-VAR curve: reactive power a part of the way to what the curve says at the
    voltages of the operator's answer."""
    assert reply.devices_kw is not None
    inverters = problem.inverters
    injection_kw = answer.injection_kw / problem.prosumers_per_bus
    at = given(problem, state.operator_kvar)
    vm_pu = voltages(at, closed, np.ascontiguousarray(injection_kw.T[problem.place]))
    most_kvar = headroom_kvar(inverters.kva, reply.devices_kw @ SIGNS)
    wanted = on_curve_kvar(inverters, vm_pu[:, problem.prosumer_bus].T, most_kvar)
    off = wanted - state.operator_kvar
    kvar = state.operator_kvar + TOWARDS_CURVE * off
    return replace(state, operator_kvar=kvar, circle_kvar=kvar, off_curve_kvar=_largest([off]))


def balanced(before: Reactive, after: Reactive, devices_kw: Floats | None) -> Reactive:
    """Another weight where copies lag behind prices or prices behind copies (as :mod:`.penalties` does it)."""
    if devices_kw is None:
        return after
    moved = _norm(after.devices_kw - before.devices_kw, after.operator_kvar - before.operator_kvar)
    apart = _norm(
        np.where(after.devices_kw != 0.0, devices_kw - after.devices_kw, 0.0), _mean(before) - after.operator_kvar
    )
    power = max(_norm(after.devices_kw, after.operator_kvar), 1.0)
    price = max(_norm(after.device_eur, after.operator_eur), LEAST_PRICE)
    ratio = (apart / power + 1e-9) / (after.weight * moved / price + 1e-9)
    if 1.0 / RATIO <= ratio <= RATIO:
        return after
    return replace(after, weight=after.weight * float(np.clip(np.sqrt(ratio), 1.0 / FACTOR, FACTOR)))


def _norm(*parts: Floats) -> float:
    return float(np.sqrt(sum(float((part**2).sum()) for part in parts)))
