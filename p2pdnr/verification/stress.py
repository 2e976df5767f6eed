"""When the forecast is wrong: the agreed plan on days whose sun and loads are not the expected ones.

Schedule, trades, batteries, shifted and elastic load and generators stay as agreed; the retailer at each bus delivers
or takes what is missing or left over. Every day is judged by exact AC power flow.

Factors on PV and loads are lognormal with mean one: exp(s - var(s) / 2), where s is a sum of independent parts,
    PV of prosumer k in hour t   s = pv_day D + pv_hour H_t + pv_own O_kt        (weather that all share, and clouds)
    load i in hour t             s = load_day D' + load_own O'_it                (prosumers' and the network's own)
and D standard normal, H and O stationary first-order autoregressive with standard normal margins and the correlation
``per_hour`` of neighbouring hours. PV never exceeds its nominal power; where the plan curtails, the inverter keeps to
what was agreed on as long as the sun gives it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from p2pdnr.errors import InputError, Problem
from p2pdnr.network.arrays import Bools, Floats, Network
from p2pdnr.network.cut_loops import cut
from p2pdnr.network.joints import with_joints
from p2pdnr.network.powerflow import Flow, solve_tree
from p2pdnr.network.topology import orient
from p2pdnr.reconfiguration.terms import OperatorTerms, from_scenario, violation_eur
from p2pdnr.results.generators import with_held_voltages
from p2pdnr.results.limits import MAX_STRESS_DAYS
from p2pdnr.results.study_result import StudyResult
from p2pdnr.results.true_limits import true_network
from p2pdnr.scenario import assembly
from p2pdnr.verification.plan import Plan, read_plan

QUANTILES = {"p05": 0.05, "p50": 0.5, "p95": 0.95}
FREE_SHARE, FREE_KW = 1e-3, 0.01
"""PV used within this of what was available is not curtailed, and follows the sun."""

NOTICEABLE_PU, NOTICEABLE_SHARE = 1e-4, 1e-3
"""A voltage or current counts as violated beyond this: limits that bind in the plan are met to rounding only."""

CELLS = 4_000_000
"""Days times hours times buses of one block of power flows, which bounds the memory."""


@dataclass(frozen=True)
class Disturbance:
    """Standard deviations of the logarithms (shares, roughly), and the correlation from one hour to the next."""

    pv_day: float = 0.20
    pv_hour: float = 0.10
    pv_own: float = 0.05
    load_day: float = 0.05
    load_own: float = 0.10
    per_hour: float = 0.7


@dataclass(frozen=True, eq=False)
class Outcome:
    """What N days come to, (N, T) each: loss, extreme voltages, highest loading (NaN where no line has a limit), price
    of violations, whether (1 or 0) a limit is broken, and the power the retailers balance; NaN in hours without a power
    flow solution, which count as broken."""

    loss_kw: Floats
    vm_min_pu: Floats
    vm_max_pu: Floats
    max_loading_percent: Floats
    violations_eur: Floats
    violated: Floats
    balanced_kw: Floats


MEASURED = ("loss_kw", "vm_min_pu", "vm_max_pu", "max_loading_percent", "violations_eur", "violated")
"""The quantities of an outcome that come from the power flow."""


def stressed(result: StudyResult, days: int, seed: int, model: Disturbance | None = None) -> StudyResult:
    """``result`` with ``summary["stress"]`` and the table ``stress``: its plan on ``days`` perturbed days.

    Raises InputError for more days than anybody should draw again.
    """
    if not 1 <= days <= MAX_STRESS_DAYS:
        remedy = f"Give a whole number from 1 to {MAX_STRESS_DAYS:,}"
        raise InputError([Problem("stress", "days", (), f"{days} is out of range", remedy)])
    model = model or Disturbance()
    there = with_held_voltages(result)
    plan = replace(read_plan(there), network=true_network(there))
    nominal, perturbed = outcome(plan, *expected(plan)), _days(plan, days, seed, model)
    said = {"days": days, "seed": seed, "model": asdict(model), **figures(plan.scenario.step_h, nominal, perturbed)}
    return replace(result, summary=result.summary | {"stress": said}, stress=hourly(nominal, perturbed))


def expected(plan: Plan) -> tuple[Floats, Floats, Floats]:
    """The plan itself as one day: withdrawals (1, T, n) in kW and kvar, and what the retailers balance (1, T)."""
    return plan.withdrawal_kw[None], plan.withdrawal_kvar[None], np.zeros((1, len(plan.closed)))


def perturbed_day(plan: Plan, rng: np.random.Generator, model: Disturbance) -> tuple[Floats, Floats, Floats]:
    """Withdrawals (T, n) in kW and kvar of one day drawn by ``rng``, and the power (T,) that the retailers balance."""
    background_kw, background_kvar = assembly.background_kw(plan.scenario, plan.network)
    people, buses = len(plan.terms), plan.network.n_buses
    sun, load, own = factors(rng, model, (len(plan.closed), people, buses), plan.scenario.step_h)
    forecast_kw, consumed_kw = _forecast(plan)
    nameplate_kw = np.maximum([item.pv_kw for item in plan.scenario.prosumers], forecast_kw.max(axis=0, initial=0.0))
    available_kw = np.minimum(sun * forecast_kw, nameplate_kw)
    free = plan.day["pv_kw"] >= forecast_kw * (1.0 - FREE_SHARE) - FREE_KW
    pv_kw = np.where(free, available_kw, np.minimum(available_kw, plan.day["pv_kw"]))
    served_kw = np.maximum(consumed_kw * load - plan.day["unserved_kw"], 0.0)
    planned_kw = consumed_kw - plan.day["unserved_kw"]
    more_kw = (served_kw - planned_kw) - (pv_kw - plan.day["pv_kw"])
    p_kw = plan.withdrawal_kw + (own - 1.0) * background_kw
    tangent = np.tan(np.arccos([item.power_factor for item in plan.scenario.prosumers]))
    q_kvar = plan.withdrawal_kvar + (own - 1.0) * background_kvar
    np.add.at(p_kw.T, plan.prosumer_bus, more_kw.T)
    np.add.at(q_kvar.T, plan.prosumer_bus, ((load - 1.0) * consumed_kw * tangent).T)
    return p_kw, q_kvar, np.abs(more_kw).sum(axis=1)


def factors(
    rng: np.random.Generator, model: Disturbance, shape: tuple[int, int, int], step_h: float
) -> tuple[Floats, Floats, Floats]:
    """Factors on PV (T, K), prosumers' loads (T, K) and the network's own loads (T, n); ``shape`` is (T, K, n)."""
    hours, people, buses = shape
    weather, temperature = rng.standard_normal(2)
    correlation = model.per_hour**step_h
    shared = autoregressive(rng, (hours, 1), correlation)
    clouds, use = (autoregressive(rng, (hours, count), correlation) for count in (people, people + buses))
    sun = model.pv_day * weather + model.pv_hour * shared + model.pv_own * clouds
    load = model.load_day * temperature + model.load_own * use
    sun_variance = model.pv_day**2 + model.pv_hour**2 + model.pv_own**2
    of_load = np.exp(load - (model.load_day**2 + model.load_own**2) / 2)
    return np.exp(sun - sun_variance / 2), of_load[:, :people], of_load[:, people:]


def autoregressive(rng: np.random.Generator, shape: tuple[int, int], correlation: float) -> Floats:
    """(T, count) independent stationary series of standard normal margins."""
    series = rng.standard_normal(shape)
    for t in range(1, shape[0]):
        series[t] = correlation * series[t - 1] + np.sqrt(1.0 - correlation**2) * series[t]
    return series


def outcome(plan: Plan, p_kw: Floats, q_kvar: Floats, balanced_kw: Floats) -> Outcome:
    """Exact power flow of N days on the plan's schedule; withdrawals (N, T, n), balanced power (N, T)."""
    terms = from_scenario(plan.scenario, plan.network)
    days, into = len(p_kw), {name: np.full(balanced_kw.shape, np.nan) for name in MEASURED}
    for hours in plan.alike():
        network, closed = cut(plan.hourly.at(int(hours[0]))), plan.closed[hours[0]]
        flow = _flow(network, closed, p_kw[:, hours], q_kvar[:, hours])
        for name, values in zip(MEASURED, _measure(network, terms, flow), strict=True):
            into[name][:, hours] = values.reshape(days, -1)
    return Outcome(**into, balanced_kw=balanced_kw)


def figures(step_h: float, nominal: Outcome, perturbed: Outcome) -> dict[str, Any]:
    """The stress test in numbers: nominal values, quantiles over the days, how many days and hours break a limit.

    Days with an hour without a power flow solution count as violated and are left out of the quantiles.
    """
    solved = ~np.isnan(perturbed.loss_kw).any(axis=1)
    expected_day, over_days = _per_day(step_h, nominal), _per_day(step_h, perturbed)
    return {
        "nominal": {name: float(values[0]) for name, values in expected_day.items()},
        "quantiles": {name: _quantiles(values[solved]) for name, values in over_days.items()},
        "days_violated": int(perturbed.violated.any(axis=1).sum()),
        "hours_violated_share": float(perturbed.violated.mean()),
        "hours_violated_nominal": int(nominal.violated.sum()),
        "hours_without_solution": int(np.isnan(perturbed.loss_kw).sum()),
    }


def hourly(nominal: Outcome, perturbed: Outcome) -> pd.DataFrame:
    """stress.csv: for every hour the nominal value and the quantiles over the days."""
    columns: dict[str, Any] = {"hour": np.arange(nominal.loss_kw.shape[1])}
    for name in ("loss_kw", "vm_min_pu", "vm_max_pu", "max_loading_percent"):
        columns[f"{name}_nominal"] = getattr(nominal, name)[0]
        for label, share in QUANTILES.items():
            columns[f"{name}_{label}"] = _over_days(getattr(perturbed, name), share)
    return pd.DataFrame(columns | {"days_violated": perturbed.violated.sum(axis=0).astype(np.int64)})


def _days(plan: Plan, days: int, seed: int, model: Disturbance) -> Outcome:
    """All days, a block at a time; every day has random numbers of its own, whatever the blocks."""
    block = max(1, CELLS // max(1, plan.withdrawal_kw.size))
    blocks = []
    for first in range(0, days, block):
        numbers = range(first, min(first + block, days))
        drawn = [perturbed_day(plan, np.random.default_rng([seed, day]), model) for day in numbers]
        blocks.append(outcome(plan, *(np.array(part) for part in zip(*drawn, strict=True))))
    names = list(Outcome.__dataclass_fields__)
    return Outcome(*(np.concatenate([getattr(item, name) for item in blocks]) for name in names))


def _forecast(plan: Plan) -> tuple[Floats, Floats]:
    """(T, K) expected PV and fixed load of every prosumer."""
    return np.column_stack([item.pv_kw for item in plan.terms]), np.column_stack([item.load_kw for item in plan.terms])


def _flow(network: Network, closed: Bools, p_kw: Floats, q_kvar: Floats) -> Flow:
    drawn = (with_joints(network, values.reshape(-1, values.shape[-1])) for values in (p_kw, q_kvar))
    return solve_tree(network, orient(network, closed), *drawn)


def _measure(network: Network, terms: OperatorTerms, flow: Flow) -> tuple[Floats, ...]:
    """:data:`MEASURED` of every power flow."""
    limited = np.isfinite(network.limit_a)
    loading = (flow.current_a[:, limited] / network.limit_a[limited]).max(axis=1, initial=0.0)
    fed = np.delete(flow.vm_pu, network.substations, axis=1)
    highest, lowest = fed.max(axis=1, initial=-np.inf), fed.min(axis=1, initial=np.inf)
    beyond = np.maximum(highest - network.vm_max_pu, network.vm_min_pu - lowest)
    violated = ~flow.converged | (beyond > NOTICEABLE_PU) | (loading > 1.0 + NOTICEABLE_SHARE)
    price = violation_eur(network, terms, flow.vm_pu, np.nan_to_num(flow.current_a))
    percent = 100.0 * loading if limited.any() else np.full(len(loading), np.nan)
    low, high = flow.vm_pu.min(axis=1), flow.vm_pu.max(axis=1)
    solved = (flow.loss_kw.sum(axis=1), low, high, percent, price)
    return (*(np.where(flow.converged, values, np.nan) for values in solved), violated.astype(float))


def _per_day(step_h: float, days: Outcome) -> dict[str, Floats]:
    return {
        "losses_kwh": step_h * days.loss_kw.sum(axis=1),
        "vm_min_pu": days.vm_min_pu.min(axis=1),
        "vm_max_pu": days.vm_max_pu.max(axis=1),
        "max_loading_percent": days.max_loading_percent.max(axis=1),
        "violations_eur": days.violations_eur.sum(axis=1),
        "balanced_kwh": step_h * days.balanced_kw.sum(axis=1),
    }


def _quantiles(values: Floats) -> dict[str, float | None]:
    if not len(values):
        return dict.fromkeys(QUANTILES)
    return {label: float(np.quantile(values, share)) for label, share in QUANTILES.items()}


def _over_days(values: Floats, share: float) -> Floats:
    """(T,) quantile over the days that have a solution in the hour; NaN where none has."""
    solved = ~np.isnan(values)
    columns = zip(values.T, solved.T, strict=True)
    return np.array([np.quantile(column[here], share) if here.any() else np.nan for column, here in columns])
