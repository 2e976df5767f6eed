"""The operator's terms: what losses, violations and switching cost, and what switching is allowed."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np

from p2pdnr.network.arrays import Floats, Network
from p2pdnr.network.joints import pairs
from p2pdnr.network.lever_names import NONE
from p2pdnr.reconfiguration.not_supplied import OutagePrice, OutageTerms
from p2pdnr.scenario.assembly import background_kw, profile
from p2pdnr.scenario.schema import Scenario


@dataclass(frozen=True, eq=False)
class OperatorTerms:
    """Prices and limits of the distribution system operator.

    One operation is one line changing its state; hour 0 counts against the initial state. A day has ``24 / step_h``
    steps.

    Attributes
    ----------
    switching_cost_eur : (m,) of one operation of each line
    step_h : length of a step in hours
    max_per_hour, max_per_day : most operations in a step and in a day, None without limit
    min_dwell_steps : a line that was operated keeps its state for at least so many steps, None without limit
    return_to_initial : whether the initial state is restored after the last step, at the usual cost
    """

    switching_cost_eur: Floats
    loss_price_eur_per_kwh: float = 0.12
    violation_price_eur_per_kwh: float = 10.0
    step_h: float = 1.0
    max_per_hour: int | None = None
    max_per_day: int | None = None
    min_dwell_steps: int | None = None
    return_to_initial: bool = False

    @property
    def limits_switching(self) -> bool:
        """Whether there are limits on operations, of whatever kind."""
        return any(limit is not None for limit in (self.max_per_hour, self.max_per_day, self.min_dwell_steps))

    @property
    def loss_eur_per_kw(self) -> float:
        """EUR for a kW of losses over a step."""
        return self.loss_price_eur_per_kwh * self.step_h

    @property
    def half_violation_eur_per_kw(self) -> float:
        """Half of the EUR for a kW of violation over a step: what stands before differences of squares
        (:func:`violation_eur`)."""
        return self.violation_price_eur_per_kwh * self.step_h / 2.0

    @property
    def steps_per_day(self) -> int:
        """Number of steps in 24 hours."""
        return max(1, round(24.0 / self.step_h))


@dataclass(frozen=True)
class LeverTerms:
    """What it costs to move tap changers and capacitors: ``step_eur`` for one step of one of them, and the most steps
    of all of them together in a day, None without limit."""

    step_eur: float = 0.0
    max_per_day: int | None = None


@dataclass(frozen=True, eq=False)
class LoadCase:
    """T steps of a network without a market: net withdrawals ``load_kw``, ``load_kvar`` (T, n), the operator's terms,
    and what energy that faults leave unsupplied costs, None where it has no price."""

    network: Network
    load_kw: Floats
    load_kvar: Floats
    terms: OperatorTerms
    outages: OutagePrice | None = None

    @property
    def steps(self) -> int:
        """T."""
        return len(self.load_kw)


def from_scenario(scenario: Scenario, network: Network) -> OperatorTerms:
    """The terms a scenario states, for its network."""
    dso = scenario.dso
    cost = np.full(network.n_lines, dso.switching_cost_eur)
    for number, value in dso.line_switching_costs_eur.items():
        cost[int(number) - 1] = value
    return OperatorTerms(
        switching_cost_eur=cost,
        loss_price_eur_per_kwh=dso.loss_price_eur_per_kwh,
        violation_price_eur_per_kwh=dso.violation_price_eur_per_kwh,
        step_h=scenario.step_h,
        max_per_hour=dso.max_switching_per_hour,
        max_per_day=dso.max_switching_per_day,
        min_dwell_steps=None if dso.min_dwell_h is None else ceil(dso.min_dwell_h / scenario.step_h - 1e-9),
        return_to_initial=dso.return_to_initial,
    )


def outage_price(scenario: Scenario, network: Network) -> OutagePrice | None:
    """What a scenario states about energy not supplied, None where it has no price. What is lost are the network's own
    loads and the prosumers' fixed ones, as forecast."""
    price = scenario.dso.outage_price
    if price is None:
        return None
    load_kw = np.maximum(background_kw(scenario, network)[0], 0.0)
    for item in (one for one in scenario.prosumers if one.load_kw):  # others may name no profile that there is
        load_kw[:, item.bus - 1] += item.load_kw * profile(scenario, item.load_profile)
    terms = OutageTerms(price.eur_per_kwh, price.faults_per_line_year, price.repair_h, price.operation_h)
    return OutagePrice(terms, load_kw, scenario.step_h)


def lever_terms(scenario: Scenario) -> LeverTerms | None:
    """What a scenario states about levers that move, None where none does."""
    dso = scenario.dso
    return None if dso.levers.strip() == NONE else LeverTerms(dso.lever_cost_eur, dso.max_lever_steps)


def violation_eur(network: Network, terms: OperatorTerms, vm_pu: Floats, current_a: Floats) -> Floats:
    """(...) price of broken limits, from voltages (..., n) and currents (..., m).

    violation price x step x [1000 kW x sum over buses of max(0, v - vmax^2, vmin^2 - v) / 2
    + sum over lines of sqrt(3) Vn Imax (kVA) x max(0, (i / Imax)^2 - 1) / 2], v the squared voltage. Substations have
    no limits of their own, nor has the first bus of a joint, which is its second.
    """
    buses = np.delete(np.arange(network.n_buses), np.concatenate([network.substations, pairs(network)[:, 0]]))
    v = vm_pu[..., buses] ** 2
    voltage = np.maximum(np.maximum(v - network.vm_max_pu**2, network.vm_min_pu**2 - v), 0.0).sum(axis=-1)
    overload = np.maximum((current_a / network.limit_a) ** 2 - 1.0, 0.0) @ limit_kva(network)
    return np.asarray(terms.half_violation_eur_per_kw * (1000.0 * voltage + overload))


def limit_kva(network: Network) -> Floats:
    """(m,) apparent power of a line at its current limit, sqrt(3) Vn Imax; 0 where there is no limit."""
    kva = np.sqrt(3.0) * network.vn_kv[network.from_bus] * network.limit_a
    return np.where(np.isfinite(kva), kva, 0.0)
