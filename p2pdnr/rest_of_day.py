"""The rest of a day as a problem of its own: what is known by now, batteries and switches as they stand.

Before a step the hours from it on are solved with the factors on sun and loads that are expected then. Batteries hold
what they hold, and at the end what the scenario asks for; switches are where they are; pairs are those of the plan made
the day before, and shifted load stays as agreed then: who shifts has to know it in time.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from p2pdnr.coordination.admm.settings import AdmmSettings
from p2pdnr.coordination.held_voltages import at_generators, held_kvar, opened, with_held_voltages
from p2pdnr.coordination.lever_modes import planned
from p2pdnr.coordination.messages import Blocks
from p2pdnr.coordination.modes import Earlier
from p2pdnr.coordination.plans.dispatch import Dispatch
from p2pdnr.coordination.problem import CoordinationProblem, build_problem
from p2pdnr.coordination.schedule.context import Context, Settings
from p2pdnr.coordination.schedule.tree_costs import every_tree
from p2pdnr.coordination.warm_start import NAMES, Before, pack, unpack
from p2pdnr.errors import PowerFlowError
from p2pdnr.execution import Backend
from p2pdnr.forecasts.error_model import DayFactors
from p2pdnr.market.prosumer import QUANTITIES
from p2pdnr.market.responses import prosumer_block
from p2pdnr.market.terms import prosumer_terms
from p2pdnr.network.arrays import Bools, Floats, Network
from p2pdnr.network.generators import held_again, is_held
from p2pdnr.reconfiguration.not_supplied import OutagePrice
from p2pdnr.reconfiguration.operator.problem import OperatorProblem
from p2pdnr.reconfiguration.terms import outage_price
from p2pdnr.reconfiguration.topologies.ranking import TreeSet
from p2pdnr.results.study_result import StudyResult
from p2pdnr.scenario.assembly import background_kw
from p2pdnr.scenario.schema import Prosumer, Scenario
from p2pdnr.verification.plan import Plan

KEPT = (*QUANTITIES, "injection_kw")


@dataclass(frozen=True, eq=False)
class Course:
    """What was decided for every hour by the last plan that had it: ``closed`` (T, m); ``day``, of
    :data:`KEPT` (T, K) each; ``trade_kw``, ``price_eur_per_kwh`` (T, E); ``load_kw``, ``sun_kw`` (T, K) fixed load and
    PV available as that plan saw them; ``arrays`` where its negotiation ended, for the hours from its own first on."""

    closed: Bools
    day: dict[str, Floats]
    trade_kw: Floats
    price_eur_per_kwh: Floats
    load_kw: Floats
    sun_kw: Floats
    arrays: dict[str, Floats]

    def at(self, step: int) -> Course:
        """The hours from a step on."""
        day = {name: values[step:] for name, values in self.day.items()}
        return Course(
            closed=self.closed[step:],
            day=day,
            trade_kw=self.trade_kw[step:],
            price_eur_per_kwh=self.price_eur_per_kwh[step:],
            load_kw=self.load_kw[step:],
            sun_kw=self.sun_kw[step:],
            arrays=self.arrays,
        )

    def followed_by(self, step: int, rest: Course) -> Course:
        """The hours before a step as they were, those from it on as another has them."""

        def joined(own: Floats, other: Floats) -> Floats:
            return np.concatenate([own[:step], other])

        return Course(
            closed=np.concatenate([self.closed[:step], rest.closed]),
            day={name: joined(self.day[name], rest.day[name]) for name in KEPT},
            trade_kw=joined(self.trade_kw, rest.trade_kw),
            price_eur_per_kwh=joined(self.price_eur_per_kwh, rest.price_eur_per_kwh),
            load_kw=joined(self.load_kw, rest.load_kw),
            sun_kw=joined(self.sun_kw, rest.sun_kw),
            arrays=rest.arrays,
        )


@dataclass(frozen=True, eq=False)
class Known:
    """What is known before a step: the ``network`` with the state of its switches and the limits to plan with, energy
    in the batteries (K,), what is left of the operations of the day (None without limit), factors on sun and loads of
    the whole day, and whether load is shifted as ``held`` (T, K) says, None where it is chosen anew."""

    step: int
    network: Network
    energy_kwh: Floats
    operations: int | None
    factors: DayFactors
    held_kw: Floats | None


@dataclass(frozen=True, eq=False)
class Morning:
    """The day as it was planned the day before."""

    result: StudyResult
    plan: Plan
    backend: Backend

    @property
    def scenario(self) -> Scenario:
        """What was solved."""
        return self.result.scenario

    @cached_property
    def base(self) -> tuple[Floats, Floats, Floats, Floats]:
        """As forecast the day before: fixed load and sun of prosumers (T, K), the network's own loads (T, n) in kW and
        kvar."""
        load_kw = np.column_stack([item.load_kw for item in self.plan.terms])
        sun_kw = np.column_stack([item.pv_kw for item in self.plan.terms])
        return load_kw, sun_kw, *background_kw(self.scenario, self.plan.network)

    @cached_property
    def trees(self) -> TreeSet | None:
        """All radial topologies where they are few enough for the whole day."""
        network = held_again(self.plan.network, self.scenario.hours)
        return every_tree(build_problem(self.scenario, network, bool(self.result.summary["p2p"])))

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Who trades with whom, by name."""
        names = [item.id for item in self.scenario.prosumers]
        return tuple((names[a], names[b]) for a, b in self.plan.pairs.tolist())

    def sun_kw(self, factors: DayFactors) -> Floats:
        """(T, K) PV available under factors of one day, at most the nominal power or the highest forecast."""
        base_kw = self.base[1]
        most_kw = np.maximum([item.pv_kw for item in self.scenario.prosumers], base_kw.max(axis=0, initial=0.0))
        return np.asarray(np.minimum(factors.sun[0][:, self.plan.prosumer_bus] * base_kw, most_kw))

    def course(self) -> Course:
        """The plan itself."""
        plan, (load_kw, sun_kw, *_) = self.plan, self.base
        day = {name: plan.day[name] for name in KEPT}
        arrays = dict(self.result.arrays)
        return Course(plan.closed, day, plan.trade_kw, plan.price_eur_per_kwh, load_kw, sun_kw, arrays)

    def replanned(self, known: Known, before: Course, arrays_from: int) -> Course:
        """The hours from a step on, solved with what is known; ``before`` is what was decided for them, and the arrays
        of its negotiation begin with step ``arrays_from``."""
        held, step = known.held_kw, known.step
        load_kw, sun_kw = self.base[0] * known.factors.load[0], self.sun_kw(known.factors)
        used_kw = load_kw if held is None else np.maximum(load_kw + held, 0.0)
        problem = self._problem(known, used_kw[step:], sun_kw[step:])
        tolerance_kw = float(self.result.summary.get("tolerance_kw", AdmmSettings.primal_kw))
        context = _begun(Context(problem, Settings(AdmmSettings(primal_kw=tolerance_kw))), before)
        mode = self.mode(step)
        earlier = self._earlier(context, before, step - arrays_from, mode)
        found = planned(context, self.trees, earlier, mode)[mode]
        if is_held(problem.network):
            problem, found = with_held_voltages(context, self.trees, mode, found)
        rest = _course(problem, found, used_kw[step:], sun_kw[step:])
        if held is not None:  # what is shifted was a part of the load that was solved
            rest.day["flexible_kw"] = held[step:].copy()
            rest = replace(rest, load_kw=rest.load_kw - held[step:])
        return rest

    def _problem(self, known: Known, load_kw: Floats, sun_kw: Floats) -> CoordinationProblem:
        """Both levels of the hours from a step on; ``load_kw``, ``sun_kw`` (H, K)."""
        scenario = self._scenario(known, load_kw, sun_kw)
        network = held_again(known.network, len(load_kw))
        made = build_problem(scenario, network, bool(self.result.summary["p2p"]), self.backend)
        ends = [item.battery_initial_kwh for item in self.plan.terms]
        terms = tuple(
            replace(prosumer_terms(scenario, item), battery_end_kwh=end)
            for item, end in zip(scenario.prosumers, ends, strict=True)
        )
        part, factors = slice(known.step, None), known.factors.background[0]
        own_kw, own_kvar = (values[part] * factors[part] for values in self.base[2:])
        tangent = np.tan(np.arccos([item.power_factor for item in self.scenario.prosumers]))
        fixed_kw = load_kw if known.held_kw is None else load_kw - known.held_kw[part]
        np.add.at(own_kvar.T, self.plan.prosumer_bus, (fixed_kw * tangent).T)
        operator = OperatorProblem(network, made.operator.terms, own_kw, own_kvar, made.operator.buses)
        block = prosumer_block(terms, made.trades)
        outages = None if self.outages is None else self.outages.at(part)
        return replace(made, block=block, blocks=Blocks(block, self.backend), operator=operator, outages=outages)

    def mode(self, step: int) -> str:
        """The mode of a solve from a step on: one topology all day is held once the day has begun."""
        mode = str(self.result.summary["mode"])
        return "fixed" if mode == "static" and step else mode

    @cached_property
    def outages(self) -> OutagePrice | None:
        """The price of energy not supplied, at the loads as forecast the day before."""
        return outage_price(self.scenario, self.plan.network)

    def _scenario(self, known: Known, load_kw: Floats, sun_kw: Floats) -> Scenario:
        """The scenario of the hours from a step on, with a load and a sun of its own for each prosumer."""
        told, part = self.scenario, slice(known.step, None)
        people = tuple(_prosumer(item, k, known) for k, item in enumerate(told.prosumers))
        shapes = {f"load {k}": tuple(values) for k, values in enumerate(load_kw.T.tolist())}
        shapes |= {f"sun {k}": tuple(values) for k, values in enumerate(sun_kw.T.tolist())}
        tariff = told.tariff.model_copy(update=_from(told.tariff, part))
        network = told.network.model_copy(update={"background_profile": None, "background_scale": 0.0})
        dso = told.dso.model_copy(update={"max_switching_per_day": known.operations, "outage_price": None})
        market = told.market.model_copy(update={"partners": self.pairs or "none"})
        new = {"profiles": shapes, "tariff": tariff, "prosumers": people, "network": network, "dso": dso}
        return told.model_copy(update=new | {"market": market, "flexible_window_h": None})

    def _earlier(self, context: Context, before: Course, skipped: int, mode: str) -> Earlier | None:
        """Where the negotiation of the last plan ended, and its schedule, for the hours that are left."""
        if any(name not in before.arrays for name in NAMES):
            return None
        arrays = {
            name: before.arrays[name][..., skipped:] if before.arrays[name].ndim == 2 else before.arrays[name][skipped:]
            for name in NAMES
        }
        names = tuple(item.id for item in self.scenario.prosumers)
        state = unpack(context.problem, Before(arrays, names, self.pairs), context.settings.admm)
        return Earlier(mode, before.closed, state)


def _begun(context: Context, before: Course) -> Context:
    """The context with what generators that hold a voltage give in the last plan, as it is known now."""
    problem = context.problem
    if not is_held(problem.network):
        return context
    try:
        kvar = held_kvar(problem, before.closed, before.day["injection_kw"].T)
    except PowerFlowError:
        return opened(context)
    return replace(context, problem=at_generators(problem, kvar))


def _from(tariff: object, part: slice) -> dict[str, tuple[float, ...]]:
    return {name: tuple(getattr(tariff, name)[part]) for name in ("buy_eur_per_kwh", "sell_eur_per_kwh")}


def _prosumer(item: Prosumer, k: int, known: Known) -> Prosumer:
    """One prosumer from a step on."""
    part = slice(known.step, None)
    new: dict[str, object] = {"load_kw": 1.0, "load_profile": f"load {k}", "pv_kw": 1.0, "pv_profile": f"sun {k}"}
    if known.held_kw is not None:
        new["flexible_share"] = 0.0
    if item.battery is not None:
        energy = float(np.clip(known.energy_kwh[k], item.battery.min_kwh, item.battery.capacity_kwh))
        new["battery"] = item.battery.model_copy(update={"initial_kwh": energy})
    if item.tariff is not None:
        new["tariff"] = item.tariff.model_copy(update=_from(item.tariff, part))
    return item.model_copy(update=new)


def _course(problem: CoordinationProblem, found: Dispatch, load_kw: Floats, sun_kw: Floats) -> Course:
    day = {name: found.response.quantity(name).copy() for name in QUANTITIES}
    day["injection_kw"] = found.response.injection_kw.T.copy()
    price = found.agreement.trading.price_eur_per_kw.T / problem.step_h
    return Course(found.closed, day, found.traded_kw.T.copy(), price.copy(), load_kw, sun_kw, pack(found))
