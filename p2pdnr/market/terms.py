"""What a prosumer knows of itself: the private numbers of its problem, one value per hour where it matters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from p2pdnr.scenario.schema import Prosumer, Scenario

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


def windows(hours: int, steps: int, gone: int = 0) -> Ints:
    """(T,) number of the stretch of ``steps`` hours that each of ``hours`` hours is in; 0 = all are in one. Of
    the first stretch ``gone`` hours were before."""
    return (np.arange(hours, dtype=np.int64) + (gone if steps else 0)) // (steps or max(hours, 1))


@dataclass(frozen=True, eq=False)
class ProsumerTerms:
    """Private data of one prosumer over ``T`` hours; powers in kW, energies in kWh, prices in EUR/kWh.

    Shapes: ``load_kw``, ``pv_kw`` (largest PV output), ``buy_eur_per_kwh``, ``sell_eur_per_kwh`` are (T,);
    everything else is a number. A device that is not there has capacity zero. Limits that are not set are ``inf``.
    ``low_kw`` and ``high_kw`` (T,), or one number, are the least and the most that may be injected, ``discharge_kw``
    what an inverter leaves to the battery beside the sun. Shifted load sums to zero within windows of
    ``window_steps`` steps counted from the first, 0 = over the horizon; ``cycle_steps`` likewise, after which the
    battery holds again what it held at the start; at the last it holds ``battery_end_kwh`` where that is a number.
    Where the horizon is what is left of another, ``cycle_gone`` steps of the first cycle are over, and it holds
    ``cycle_kwh`` where a cycle ends.
    """

    name: str
    step_h: float
    load_kw: Floats
    pv_kw: Floats
    buy_eur_per_kwh: Floats
    sell_eur_per_kwh: Floats
    import_limit_kw: float
    export_limit_kw: float
    unserved_eur_per_kwh: float
    flexible_share: float = 0.0
    window_steps: int = 0
    discomfort_eur_per_kw2h: float = 0.0
    battery_kwh: float = 0.0
    battery_kw: float = 0.0
    battery_efficiency: float = 1.0
    battery_initial_kwh: float = 0.0
    battery_end_kwh: float = np.nan
    battery_min_kwh: float = 0.0
    cycle_steps: int = 0
    cycle_gone: int = 0
    cycle_kwh: float = np.nan
    wear_eur_per_kwh: float = 0.0
    elastic_kw: float = 0.0
    utility_eur_per_kwh: float = 0.0
    elastic_slope_eur_per_kw2h: float = 0.0
    generator_kw: float = 0.0
    generation_eur_per_kwh: float = 0.0
    generator_slope_eur_per_kw2h: float = 0.0
    discharge_kw: Floats | float = np.inf
    low_kw: Floats | float = -np.inf
    high_kw: Floats | float = np.inf

    @property
    def hours(self) -> int:
        """Number of hours T."""
        return len(self.load_kw)

    @property
    def injection_bounds_kw(self) -> tuple[Floats, Floats]:
        """(T,) each: the least and the most that may be injected, infinite where there is no bound."""
        return np.broadcast_to(self.low_kw, self.hours), np.broadcast_to(self.high_kw, self.hours)

    @property
    def most_discharge_kw(self) -> Floats:
        """(T,) the most that the battery may give."""
        return np.broadcast_to(
            np.minimum(self.discharge_kw, self.battery_kw if self.battery_kwh > 0 else 0.0), self.hours
        )

    @property
    def is_bounded(self) -> bool:
        """Whether the injection has bounds besides those of the devices."""
        return bool(np.isfinite(self.low_kw).any() or np.isfinite(self.high_kw).any())

    @property
    def reach_kw(self) -> tuple[Floats, Floats]:
        """(T,) each: the least and the most that its devices could inject in an hour, load not served included."""
        shift_kw = self.shift_kw
        battery_kw = self.battery_kw if self.battery_kwh > 0 else 0.0
        least = -(self.load_kw + shift_kw + self.elastic_kw + battery_kw)
        return least, self.pv_kw + battery_kw + self.generator_kw + shift_kw

    @property
    def window(self) -> Ints:
        """(T,) in which window of shifted load each hour is, counted from 0."""
        return windows(self.hours, self.window_steps)

    @property
    def shift_kw(self) -> Floats:
        """(T,) how far the load may deviate from plan; not at all where a window has a single hour."""
        alone = np.bincount(self.window)[self.window] == 1
        return np.asarray(np.where(alone, 0.0, self.flexible_share * self.load_kw))

    @property
    def returns(self) -> Bools:
        """(T,) after which hours the battery holds :attr:`returned_kwh`: the last, and where a cycle ends."""
        cycle = windows(self.hours + 1, self.cycle_steps, self.cycle_gone)
        return np.asarray((np.diff(cycle) > 0) | (np.arange(self.hours) == self.hours - 1))

    @property
    def returned_kwh(self) -> Floats:
        """(T,) what the battery holds after the hours that :attr:`returns` names."""
        start, last = self.battery_initial_kwh, np.arange(self.hours) == self.hours - 1
        cycle, end = (start if np.isnan(kwh) else kwh for kwh in (self.cycle_kwh, self.battery_end_kwh))
        return np.where(last, end, cycle)

    @cached_property
    def largest_injection_kw(self) -> float:
        """The most power it could ever inject."""
        return float(_injection_kw(self.pv_kw, self.battery_kw, self.generator_kw))

    @cached_property
    def largest_withdrawal_kw(self) -> float:
        """The most power it could ever withdraw."""
        return float(_withdrawal_kw(self.load_kw, self.flexible_share, self.battery_kw, self.elastic_kw))

    @cached_property
    def largest_power_kw(self) -> float:
        """Largest possible |injection|: what bounds its trades when the market states no limit."""
        return max(self.largest_injection_kw, self.largest_withdrawal_kw)


class Everybody(tuple[ProsumerTerms, ...]):
    """Terms of several prosumers that remember, name by name, what was once gathered of all of them."""

    def number(self, name: str) -> Floats:
        """(K,) a number of every prosumer, read-only."""
        return self._gathered((name, "number"), lambda: gathered(self, name))

    def series(self, name: str) -> Floats:
        """(K, T) a series of every prosumer, or its one number for all hours; read-only."""
        return self._gathered((name, "series"), lambda: gathered_by_hour(self, name))

    @cached_property
    def largest_powers_kw(self) -> Floats:
        """(K,) :attr:`ProsumerTerms.largest_power_kw`, read-only."""
        return _kept(_largest_powers_kw(self))

    def part(self, first: int, last: int) -> Everybody:
        """Prosumers ``first`` to ``last`` - 1, with what is known of them."""
        some = Everybody(self[first:last])
        some._known.update({what: values[first:last] for what, values in self._known.items()})
        return some

    @cached_property
    def _known(self) -> dict[tuple[str, str], Floats]:
        return {}

    def _gathered(self, what: tuple[str, str], gather: Callable[[], Floats]) -> Floats:
        if what not in self._known:
            self._known[what] = _kept(gather())
        return self._known[what]


def _kept(values: Floats) -> Floats:
    values.setflags(write=False)
    return values


def gathered(terms: Sequence[ProsumerTerms], name: str) -> Floats:
    """(K,) a number of every prosumer."""
    return np.array([getattr(item, name) for item in terms], dtype=np.float64)


def gathered_by_hour(terms: Sequence[ProsumerTerms], name: str) -> Floats:
    """(K, T) a series of every prosumer, or its one number for all hours."""
    values = np.empty((len(terms), terms[0].hours))
    for k, item in enumerate(terms):
        values[k] = getattr(item, name)
    return values


@dataclass(frozen=True, eq=False)
class _Series:
    """Series of a scenario as arrays (T,), shared by all prosumers: profiles by name, the retailer's two prices."""

    profiles: dict[str, Floats]
    buy_eur_per_kwh: Floats
    sell_eur_per_kwh: Floats
    window_steps: int


def prosumer_terms(scenario: Scenario, prosumer: Prosumer) -> ProsumerTerms:
    """The numbers of one prosumer of a scenario; the tariff is its own where it has one."""
    return _terms(scenario, prosumer, _series(scenario, {prosumer.load_profile, prosumer.pv_profile}))


def all_terms(scenario: Scenario) -> Everybody:
    """Those of every prosumer, in order; prices that are the same are the same array."""
    series = _series(scenario, set(scenario.profiles))
    return Everybody(_terms(scenario, prosumer, series) for prosumer in scenario.prosumers)


def loads_kw(scenario: Scenario) -> Floats:
    """(T, K) the fixed loads of all prosumers."""
    series = _series(scenario, {prosumer.load_profile for prosumer in scenario.prosumers})
    every = [_shape(series, item.load_kw, item.load_profile) for item in scenario.prosumers]
    return np.array(every, dtype=np.float64).reshape(len(every), scenario.hours).T


def _series(scenario: Scenario, names: set[str]) -> _Series:
    profiles = {name: np.array(scenario.profiles[name], dtype=float) for name in names if name in scenario.profiles}
    prices = (scenario.tariff.buy_eur_per_kwh, scenario.tariff.sell_eur_per_kwh)
    buy, sell = (np.array(values, dtype=float) for values in prices)
    return _Series(profiles, buy, sell, _steps(scenario.flexible_window_h, scenario))


def _terms(scenario: Scenario, prosumer: Prosumer, series: _Series) -> ProsumerTerms:
    own = prosumer.tariff
    pv_kw = _shape(series, prosumer.pv_kw, prosumer.pv_profile)
    pv_kw, discharge_kw = _through_inverter(scenario, prosumer, pv_kw)
    return ProsumerTerms(
        name=prosumer.id,
        step_h=scenario.step_h,
        load_kw=_shape(series, prosumer.load_kw, prosumer.load_profile),
        pv_kw=pv_kw,
        buy_eur_per_kwh=series.buy_eur_per_kwh if own is None else np.array(own.buy_eur_per_kwh, dtype=float),
        sell_eur_per_kwh=series.sell_eur_per_kwh if own is None else np.array(own.sell_eur_per_kwh, dtype=float),
        import_limit_kw=_limit(prosumer.import_limit_kw),
        export_limit_kw=_limit(prosumer.export_limit_kw),
        unserved_eur_per_kwh=scenario.dso.violation_price_eur_per_kwh,
        discharge_kw=discharge_kw,
        flexible_share=prosumer.flexible_share,
        window_steps=series.window_steps,
        discomfort_eur_per_kw2h=prosumer.discomfort_eur_per_kw2h,
        **_devices(prosumer, scenario),
    )


def _steps(time_h: float | None, scenario: Scenario) -> int:
    """How many steps a time is, 0 for none and for one that the horizon does not exceed."""
    steps = 0 if time_h is None else round(time_h / scenario.step_h)
    return steps if steps < scenario.hours else 0


def _shape(series: _Series, peak_kw: float, profile: str) -> Floats:
    """Peak times profile; a profile that is not there belongs to a quantity that is zero."""
    values = series.profiles.get(profile)
    return np.zeros(len(series.buy_eur_per_kwh)) if values is None else peak_kw * values


def _through_inverter(scenario: Scenario, prosumer: Prosumer, pv_kw: Floats) -> tuple[Floats, Floats | float]:
    """PV output (T,) that an inverter of reactive power lets through, and what it leaves to the battery beside that.

    Where the operator chooses reactive power the circle of both stands in the negotiation, and a battery may take what
    is too much. On a Volt-VAR curve PV and battery keep within the inverter whatever the other does.
    """
    kva, how = prosumer.inverter_kva, scenario.dso.reactive
    if not kva or how == "none":
        return pv_kw, np.inf
    if how == "dispatch":
        charged_kw = prosumer.battery.power_kw if prosumer.battery else 0.0
        return np.minimum(pv_kw, kva + charged_kw), np.inf
    through_kw = np.minimum(pv_kw, kva)
    return through_kw, kva - through_kw


def _battery_kw(prosumer: Prosumer, scenario: Scenario) -> float:
    """Power of a battery: on a Volt-VAR curve no more than its inverter lets through, charging included."""
    power_kw, kva = prosumer.battery.power_kw if prosumer.battery else 0.0, prosumer.inverter_kva
    return min(power_kw, kva) if kva and scenario.dso.reactive == "volt_var" else power_kw


def _limit(limit_kw: float | None) -> float:
    return np.inf if limit_kw is None else float(limit_kw)


def _devices(prosumer: Prosumer, scenario: Scenario) -> dict[str, Any]:
    devices: dict[str, Any] = {}
    if battery := prosumer.battery:
        devices |= {
            "battery_kwh": battery.capacity_kwh,
            "battery_kw": _battery_kw(prosumer, scenario),
            "battery_efficiency": battery.efficiency,
            "battery_initial_kwh": battery.initial_kwh,
            "battery_min_kwh": battery.min_kwh,
            "cycle_steps": _steps(battery.cycle_h, scenario),
            "wear_eur_per_kwh": battery.wear_eur_per_kwh,
        }
    if elastic := prosumer.elastic:
        devices |= {
            "elastic_kw": elastic.max_kw,
            "utility_eur_per_kwh": elastic.utility_eur_per_kwh,
            "elastic_slope_eur_per_kw2h": elastic.slope_eur_per_kw2h,
        }
    if generator := prosumer.generator:
        devices |= {
            "generator_kw": generator.max_kw,
            "generation_eur_per_kwh": generator.cost_eur_per_kwh,
            "generator_slope_eur_per_kw2h": generator.slope_eur_per_kw2h,
        }
    return devices


@dataclass(frozen=True, eq=False)
class TradeTerms:
    """What belongs to the ``E`` pairs of the partner graph of ``K`` prosumers.

    ``pairs`` (E, 2) prosumer indices; ``limit_kw`` (E,) largest trade; ``fee_eur_per_kwh`` (E, 2) what the first and
    the second of the pair pay per kWh traded either way: the trade fee, and on top the preference, which only its
    owner pays.
    ``base_fee_eur_per_kwh`` is the trade fee alone.
    """

    pairs: Ints
    limit_kw: Floats
    fee_eur_per_kwh: Floats
    base_fee_eur_per_kwh: float

    @property
    def n_pairs(self) -> int:
        """Number of pairs E."""
        return len(self.pairs)


def trade_terms(scenario: Scenario, pairs: Ints, prosumers: tuple[ProsumerTerms, ...]) -> TradeTerms:
    """Limits and fees of the pairs; without a limit in the scenario the smaller partner's largest power bounds the
    trade."""
    market = scenario.market
    largest = largest_powers_kw(prosumers)
    limit_kw = largest[pairs].min(axis=1) if len(pairs) else np.zeros(0)
    if market.trade_limit_kw is not None:
        limit_kw = np.minimum(limit_kw, market.trade_limit_kw)
    base = market.trade_fee_eur_per_kwh
    return TradeTerms(pairs, limit_kw, base + _preferred(scenario, pairs, prosumers), base)


def largest_powers_kw(prosumers: Sequence[ProsumerTerms]) -> Floats:
    """(K,) :attr:`ProsumerTerms.largest_power_kw` of all of them."""
    return prosumers.largest_powers_kw if isinstance(prosumers, Everybody) else _largest_powers_kw(prosumers)


def _largest_powers_kw(prosumers: Sequence[ProsumerTerms]) -> Floats:
    of_device = [(item.battery_kw, item.generator_kw, item.elastic_kw, item.flexible_share) for item in prosumers]
    battery, generator, elastic, share = np.array(of_device, dtype=np.float64).reshape(-1, 4).T
    pv, load = (np.array([getattr(item, name) for item in prosumers]) for name in ("pv_kw", "load_kw"))
    return np.maximum(_injection_kw(pv, battery, generator), _withdrawal_kw(load, share, battery, elastic))


def _injection_kw(pv_kw: Floats, battery_kw: float | Floats, generator_kw: float | Floats) -> Floats:
    """The most power ever injected; ``pv_kw`` (T,) of one prosumer, or (K, T) with (K,) of each of the others."""
    return np.asarray(pv_kw.max(axis=-1) + battery_kw + generator_kw)


def _withdrawal_kw(
    load_kw: Floats, flexible_share: float | Floats, battery_kw: float | Floats, elastic_kw: float | Floats
) -> Floats:
    """The most power that is ever withdrawn, shapes as of :func:`_injection_kw`."""
    return np.asarray(load_kw.max(axis=-1) * (1.0 + flexible_share) + battery_kw + elastic_kw)


def _preferred(scenario: Scenario, pairs: Ints, prosumers: tuple[ProsumerTerms, ...]) -> Floats:
    """(E, 2) what the first and the second of every pair pay more because of whom they trade with."""
    if not scenario.market.preferences:
        return np.zeros((len(pairs), 2))
    index = {terms.name: k for k, terms in enumerate(prosumers)}
    preference = {(index[item.from_], index[item.to]): item.eur_per_kwh for item in scenario.market.preferences}
    fee = [[preference.get((a, b), 0.0), preference.get((b, a), 0.0)] for a, b in pairs.tolist()]
    return np.array(fee, dtype=float).reshape(-1, 2)
