"""A secure plan on days that the planner has not seen, and the certificate ``secure``.

The days are drawn from the scenario's errors of forecasts with the seed of the test, or come from the file that the
result was made with, prosumers do on them what
:mod:`p2pdnr.forecasts.on_the_day` says, and power flows are those of the bus admittance matrix, in which nothing of the
planner has a part. How many of the days break a true limit says by Clopper and Pearson's bounds whether the share that
was asked for is kept, is not, or neither can be told.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from p2pdnr.forecasts.binomial import lower_share, upper_share
from p2pdnr.forecasts.given_days import draw_of
from p2pdnr.forecasts.on_the_day import Agreed, Turned, turned
from p2pdnr.network.arrays import Bools, Floats, Network
from p2pdnr.reconfiguration.days.many_days import NOTICEABLE_PU, NOTICEABLE_SHARE, in_blocks
from p2pdnr.results.given_days import stored_days
from p2pdnr.results.study_result import StudyResult
from p2pdnr.results.true_limits import true_network
from p2pdnr.scenario import assembly
from p2pdnr.scenario.schema import Security
from p2pdnr.verification.finding import Finding, not_shown
from p2pdnr.verification.plan import Plan, read_plan
from p2pdnr.verification.roles.operating_points import operating_points

CONFIDENCE = 0.95
"""One-sided, of the bounds on the share of days."""

MOST_CELLS = 40_000_000
"""Days times steps times buses up to which days are drawn, to plan with and to test."""

WORST = 3
"""Days that are shown: those whose limits are broken most."""

QUANTILES = {"p01": 0.01, "p05": 0.05, "p25": 0.25, "p50": 0.5, "p75": 0.75, "p95": 0.95, "p99": 0.99}
FANS = ("vm_min_pu", "vm_max_pu", "max_loading_percent")


@dataclass(frozen=True, eq=False)
class Tested:
    """N unseen days: ``fans`` of every hour (N, T) by name; whether the ``low`` or the ``high`` voltage limit (N, T) or
    a ``line``'s (N, m) breaks; ``beyond`` (N,) by how much limits break at most, in shares of themselves; ``sums``
    (3, N) of a day: kWh that retailers balance, kWh of PV that its limits keep back, and what the retailer would have
    paid for these in EUR."""

    fans: dict[str, Floats]
    low: Bools
    high: Bools
    line: Bools
    line_hours: Bools
    beyond: Floats
    sums: Floats

    @property
    def hours(self) -> Bools:
        """(N, T) whether any limit breaks."""
        return np.asarray(self.low | self.high | self.line_hours)

    @property
    def violated(self) -> int:
        """Days that break a limit."""
        return int(self.hours.any(axis=1).sum())

    @property
    def worst(self) -> list[int]:
        """The days, by number, whose limits are broken most."""
        return [int(day) for day in np.argsort(-self.beyond, kind="stable")[:WORST]]


def tested(result: StudyResult, limited: Bools, days: int, seed: int) -> Tested:
    """The result's plan on unseen days, PV limited to what was planned in the hours ``limited`` (T,)."""
    plan, network = read_plan(result), true_network(result)
    draw, mine = draw_of(result.scenario, network, stored_days(result)), agreed(plan, limited)
    sell = np.column_stack([item.sell_eur_per_kwh for item in plan.terms])

    def look(block: range) -> tuple[Floats, ...]:
        factors = draw(seed, block)
        out, free = turned(mine, factors), turned(mine.with_limits(np.zeros_like(limited)), factors)
        step_h = result.scenario.step_h
        back_kw = free.pv_kw - out.pv_kw
        sums = (out.balanced_kw.sum(axis=1), back_kw.sum(axis=(1, 2)), (back_kw * sell).sum(axis=(1, 2)))
        return (*_measured(network, plan.closed, out), *(step_h * values for values in sums))

    low, high, loading, line, beyond, *sums = in_blocks(days, plan.withdrawal_kw.size, look)
    fans = dict(zip(FANS, (low, high, 100.0 * loading), strict=True))
    unsolved = np.isnan(low)
    return Tested(
        fans=fans,
        low=unsolved | (low < network.vm_min_pu - NOTICEABLE_PU),
        high=unsolved | (high > network.vm_max_pu + NOTICEABLE_PU),
        line=line > 0.5,
        line_hours=unsolved | (loading > 1.0 + NOTICEABLE_SHARE),
        beyond=beyond,
        sums=np.array(sums),
    )


def agreed(plan: Plan, limited: Bools) -> Agreed:
    """A plan of a result as the days meet it."""
    own_kw, own_kvar = assembly.background_kw(plan.scenario, plan.network)
    return Agreed(
        withdrawal_kw=plan.withdrawal_kw,
        withdrawal_kvar=plan.withdrawal_kvar,
        background_kw=own_kw,
        background_kvar=own_kvar,
        pv_kw=plan.day["pv_kw"],
        unserved_kw=plan.day["unserved_kw"],
        forecast_kw=np.column_stack([item.pv_kw for item in plan.terms]),
        load_kw=np.column_stack([item.load_kw for item in plan.terms]),
        nominal_kw=np.array([item.pv_kw for item in plan.scenario.prosumers]),
        tangent=np.tan(np.arccos([item.power_factor for item in plan.scenario.prosumers])),
        bus=plan.prosumer_bus,
        limited=limited,
    )


def _measured(network: Network, closed: Bools, days: Turned) -> tuple[Floats, ...]:
    """Lowest and highest voltage and highest loading (N, T), lines that break their limit (N, m), and by how much a
    limit breaks at most (N,), infinite in days without a power flow."""
    count, hours, n = days.p_kw.shape
    fed = np.setdiff1d(np.arange(n), network.substations)
    low, high, loading = (np.empty((count, hours)) for _ in range(3))
    line = np.zeros((count, network.n_lines))
    for row in np.unique(closed, axis=0):
        here = np.flatnonzero((closed == row).all(axis=1))
        loads = (part[:, here].reshape(-1, n) for part in (days.p_kw, days.q_kvar))
        with np.errstate(all="ignore"):
            found = operating_points(network, row, *loads)
        shape = (count, len(here))
        low[:, here] = found.vm_pu[:, fed].min(axis=1).reshape(shape)
        high[:, here] = found.vm_pu[:, fed].max(axis=1).reshape(shape)
        loading[:, here] = found.loading.max(axis=1).reshape(shape)
        over = (found.loading > 1.0 + NOTICEABLE_SHARE).reshape(*shape, -1)
        line = np.maximum(line, over.any(axis=1))
    beyond = np.max([network.vm_min_pu - low, high - network.vm_max_pu, loading - 1.0], axis=(0, 2))
    return low, high, loading, line, np.nan_to_num(beyond, nan=np.inf)


def tested_with(result: StudyResult, limited: Bools, told: dict[str, Any]) -> StudyResult:
    """The result with what the test says, in summary.json under "secure" beside what is ``told`` (share, limits, test's
    days and seed, what the planner saw), and as the table secure.csv."""
    result = replace(result, summary=result.summary | {"secure": told})
    found = tested(result, limited, told["test"]["days"], told["test"]["seed"])
    worst = [worst_of(result, limited, day, told["test"]["seed"]) for day in found.worst]
    test = told["test"] | test_figures(found) | {"worst": worst}
    return replace(
        result, summary=result.summary | {"secure": told | {"test": test}}, secure=table(result, limited, found)
    )


def test_figures(found: Tested) -> dict[str, Any]:
    """What the test comes to: days that break a limit, and which; what a mean day costs beside."""
    lines, means = found.line.sum(axis=0), found.sums.mean(axis=1)
    return {
        "violated": found.violated,
        "low": int(found.low.any(axis=1).sum()),
        "high": int(found.high.any(axis=1).sum()),
        "lines": {str(line + 1): int(lines[line]) for line in np.flatnonzero(lines)},
        "worst_days": found.worst,
        "balanced_kwh": float(means[0]),
        "forgone_kwh": float(means[1]),
        "forgone_eur": float(means[2]),
    }


def worst_of(result: StudyResult, limited: Bools, day: int, seed: int) -> dict[str, Any]:
    """One unseen day by its number: when (``hour``) and where (``at``, a bus or line number) it goes furthest beyond a
    ``limit`` ("low", "high", "line"), or nearest to one, what the ``value`` is there (p.u. or %), and in how many
    ``hours`` any limit breaks; "power flow" where an hour has none."""
    plan, network = read_plan(result), true_network(result)
    draw = draw_of(result.scenario, network, stored_days(result))
    out = turned(agreed(plan, limited), draw(seed, range(day, day + 1)))
    points = [
        operating_points(network, closed, p_kw[None], q_kvar[None])
        for closed, p_kw, q_kvar in zip(plan.closed, out.p_kw[0], out.q_kvar[0], strict=True)
    ]
    vm_pu, loading = (np.array([getattr(item, name)[0] for item in points]) for name in ("vm_pu", "loading"))
    vm_pu[:, network.substations] = 0.5 * (network.vm_min_pu + network.vm_max_pu)  # held, whatever the limits
    beyond = {"low": network.vm_min_pu - vm_pu, "high": vm_pu - network.vm_max_pu, "line": loading - 1.0}
    least = {"low": NOTICEABLE_PU, "high": NOTICEABLE_PU, "line": NOTICEABLE_SHARE}
    unsolved = np.isnan(vm_pu).any(axis=1)
    broken = unsolved | np.any([(beyond[name] > least[name]).any(axis=1) for name in beyond], axis=0)
    told = {"day": day, "hours": int(broken.sum())}
    if unsolved.any():
        return told | {"hour": int(unsolved.argmax()), "limit": "power flow", "at": None, "value": None}
    limit = max(beyond, key=lambda name: float(beyond[name].max(initial=-np.inf)))
    hour, at = divmod(int(beyond[limit].argmax()), beyond[limit].shape[1])
    value = 100.0 * loading[hour, at] if limit == "line" else vm_pu[hour, at]
    return told | {"hour": hour, "limit": limit, "at": at + 1, "value": float(value)}


def table(result: StudyResult, limited: Bools, found: Tested) -> pd.DataFrame:
    """secure.csv: for every hour quantiles over the unseen days, the worst days, and on how many a limit breaks."""
    columns: dict[str, Any] = {"hour": np.arange(len(limited)), "limited": limited.astype(np.int64)}
    for name in FANS:
        values = found.fans[name]
        solved = np.where(np.isfinite(values), values, np.nan)
        for label, share in QUANTILES.items():
            columns[f"{name}_{label}"] = np.nanquantile(solved, share, axis=0)
        for place, day in enumerate(found.worst, 1):
            columns[f"{name}_worst{place}"] = solved[day]
    return pd.DataFrame(columns | {"days_violated": found.hours.sum(axis=0).astype(np.int64)})


def limited_hours(result: StudyResult) -> Bools:
    """(T,) the hours in which PV is limited, as secure.csv says; none of a plan that is no secure one."""
    if result.secure is None:
        return np.zeros(result.scenario.hours, dtype=np.bool_)
    return np.asarray(result.secure["limited"].to_numpy() > 0)


def too_many(result: StudyResult) -> str:
    """Why the days of a secure plan are not drawn again, empty where they are."""
    stated, security = result.summary.get("secure"), result.scenario.dso.security
    if stated is None or security is None:
        return ""
    cells, days = result.scenario.hours * result.network.n_buses, max(stated["test"]["days"], security.days)
    if days * cells <= MOST_CELLS:
        return ""
    return f"{days:,} days of a secure plan are more than are drawn again ({max(1, MOST_CELLS // cells):,})"


def secure(result: StudyResult) -> Finding:
    """Share of unseen days that break a limit; the days are drawn again."""
    stated = result.summary["secure"]
    if result.secure is None:
        return Finding(None, "secure.csv is missing")
    if told := too_many(result):
        return not_shown(told)
    test, share = stated["test"], (result.scenario.dso.security or Security()).share
    found = tested(result, limited_hours(result), test["days"], test["seed"])
    return verdict(found.violated, test["days"], 1.0 - share)


def verdict(count: int, days: int, most: float) -> Finding:
    """What ``count`` of so many days say about a share of at most ``most``."""
    upper, lower = upper_share(count, days, CONFIDENCE), lower_share(count, days, CONFIDENCE)
    told = f"{count} of {days:,} unseen days; with {CONFIDENCE:.0%} confidence at most {upper:.1%} of all"
    if upper <= most:
        return Finding(count / days, told, limit=most)
    if lower > most:
        said = f"{count} of {days:,} unseen days; with {CONFIDENCE:.0%} confidence more than {lower:.1%} of all"
        return Finding(count / days, said, holds=False, limit=most)
    return Finding(count / days, told, limit=most, unshown=True)
