"""Certificates of the role validate: limits are kept, nothing is curtailed without need, the market cleared first."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from p2pdnr.coordination.problem import build_problem
from p2pdnr.coordination.roles.cleared_market import regret_eur
from p2pdnr.coordination.roles.least_curtailment import Least, least_curtailment
from p2pdnr.coordination.schedule.levers import GridHour, Levers
from p2pdnr.errors import P2pdnrError
from p2pdnr.network.arrays import Floats, Ints
from p2pdnr.network.topology import orient
from p2pdnr.results.summary import matrix
from p2pdnr.verification import market
from p2pdnr.verification.finding import Finding, not_shown, worst
from p2pdnr.verification.judge import judge
from p2pdnr.verification.roles.asked import Asked, read_asked
from p2pdnr.verification.roles.examined import Examined
from p2pdnr.verification.roles.rules import ROLE_RULES

NEGLIGIBLE_KW = 1e-4
"""Curtailment below this is none."""

LEAST_VALUE_SHARE = 1e-3
"""Of the violation price: what a kWh not fed in is worth at least (docs/model.md)."""

KEPT = 1e-6
"""p.u. of a voltage, or share of a current limit: rounding of a limit that binds."""

LESS_SHARE = 1e-2
"""By so much less is curtailed where the need for it is tested in proportion."""

FRACTIONS = np.array([0.02, 0.05, 0.1, 0.2, 0.4, 0.7])
"""Of the way from a plan to what is cheaper, at which the limits are looked at."""


def findings(examined: Examined) -> dict[str, Finding]:
    """The certificates of validate by name."""
    asked, paid = read_asked(examined), _paid(examined)
    own: dict[str, Finding] = {"budget_eur": market.budget(examined.plan, examined.result.tables, _sum(paid))}
    if asked is None:
        missing = Finding(None, "role.csv or warm.npz does not say what the market asked for")
        return own | dict.fromkeys(("limits_kept", "curtailment", "market_first", "compensation"), missing)
    with np.errstate(divide="ignore", invalid="ignore"):
        return own | {
            "limits_kept": _limits_kept(examined, asked),
            "curtailment": _curtailment(asked),
            "market_first": _market_first(examined, asked),
            "compensation": _compensation(asked, paid),
        }


def _paid(examined: Examined) -> Floats | None:
    """(T, K) EUR of compensation that role.csv states, None where it states none."""
    if examined.result.role is None or examined.result.role["compensation_eur"].isna().all():
        return None
    return matrix(examined.result.role, "compensation_eur", examined.plan.scenario)


def _sum(paid: Floats | None) -> Floats | None:
    return None if paid is None else paid.sum(axis=0)


# -- limits


def _limits_kept(examined: Examined, asked: Asked) -> Finding:
    """Largest violation in pandapower's state. Hours in which a limit is broken must be stated as such; it holds
    all the same where the cone programme shows that nothing keeps their limits."""
    beyond = _beyond(asked, examined.judged.vm_pu, examined.judged.current_a)
    if not np.isfinite(beyond).all():
        return not_shown("pandapower found no power flow of some hour")
    broken = np.flatnonzero(beyond > KEPT)
    stated = (examined.result.summary.get("role") or {}).get("hours_broken")
    value = float(beyond.max(initial=0.0))
    if stated != len(broken):
        return Finding(value, f"limits are broken in {len(broken)} hours, {stated} are stated", holds=False)
    if not len(broken):
        return Finding(value)
    levers = {hour: _levers(asked, hour) for hour in broken.tolist()}
    proved = [
        np.inf == least_curtailment(_grid(asked, hour), item, np.inf).least_eur_per_h for hour, item in levers.items()
    ]
    hours = ", ".join(map(str, broken))
    if all(proved):
        return Finding(value, f"nothing that the operator may curtail keeps the limits of hours {hours}", holds=True)
    return not_shown(f"limits are broken in hours {hours}; that nothing keeps them is not proved", value)


def _beyond(asked: Asked, vm_pu: Floats, current_a: Floats) -> Floats:
    """(T,) largest violation of each row of voltages (T, n) and currents (T, m), in p.u. or as a share."""
    network = asked.plan.network
    over = np.where(np.isfinite(network.limit_a), current_a / network.limit_a - 1.0, 0.0)
    voltage = np.maximum(vm_pu - network.vm_max_pu, network.vm_min_pu - vm_pu)
    voltage[:, network.substations] = 0.0
    return np.asarray(np.maximum(over.max(axis=1), voltage.max(axis=1)).clip(min=0.0))


# -- curtailment


def _grid(asked: Asked, hour: int) -> GridHour:
    plan = asked.plan
    tree = orient(plan.network, plan.closed[hour])
    return GridHour(plan.network, tree, asked.withdrawal_kw[hour], plan.withdrawal_kvar[hour])


def _levers(asked: Asked, hour: int) -> Levers:
    """What the operator may take in an hour: feeding in at what it earned on the mean, loads at the violation price."""
    plan = asked.plan
    sold, earned = (values[hour] for values in asked.sales(asked.traded_kw, asked.injection_kw))
    price = plan.scenario.dso.violation_price_eur_per_kwh
    value = np.divide(earned, sold, out=np.zeros_like(earned), where=sold > NEGLIGIBLE_KW)
    return Levers(
        bus=np.tile(plan.prosumer_bus, 2),
        sign=np.repeat([-1.0, 1.0], len(value)),
        most_kw=np.concatenate([asked.most_curtailed_kw[hour], asked.most_shed_kw[hour]]),
        eur_per_kwh=np.concatenate([np.maximum(value, LEAST_VALUE_SHARE * price), np.full(len(value), price)]),
    )


@dataclass(frozen=True, eq=False)
class _Need:
    """An hour in which something is curtailed: what is used (J,), and what the cone programme says."""

    hour: int
    levers: Levers
    used_kw: Floats
    least: Least | None = None

    @property
    def cost(self) -> float:
        return float(self.used_kw @ self.levers.eur_per_kwh)


def _curtailment(asked: Asked) -> Finding:
    """What is curtailed beyond need: by cost against the cone programme, in proportion by curtailing a little less."""
    final = asked.plan.day["injection_kw"]
    off = worst({"curtailment": asked.injection_kw - asked.curtailed_kw + asked.shed_kw - final}, _names(asked))
    if off.value is None or off.value > 1e-3 or min(asked.curtailed_kw.min(), asked.shed_kw.min()) < -NEGLIGIBLE_KW:
        return Finding(None, f"injections are not what was asked for less what was curtailed: {off.detail}")
    used = np.concatenate([asked.curtailed_kw, asked.shed_kw], axis=1)
    needs = [
        _Need(int(hour), _levers(asked, int(hour)), np.maximum(used[hour], 0.0))
        for hour in np.flatnonzero(used.max(axis=1) > NEGLIGIBLE_KW)
    ]
    if not needs:
        return Finding(0.0, "nothing is curtailed")
    in_proportion = asked.plan.scenario.dso.curtailment == "proportional"
    found = _in_proportion(asked, needs) if in_proportion else _at_least_cost(asked, needs)
    forced = _forced(asked)
    if found.holds is False and forced:
        return not_shown(
            f"{forced} stands at a limit of its retailer and gives up more for it; {found.detail}", found.value
        )
    return found


def _names(asked: Asked) -> tuple[str, ...]:
    return tuple(item.name for item in asked.plan.terms)


def _forced(asked: Asked) -> str:
    """Somebody who is curtailed or shed and stands at a limit of its retailer, empty if none."""
    for k, item in enumerate(asked.plan.terms):
        touched = (asked.curtailed_kw[:, k] > NEGLIGIBLE_KW) | (asked.shed_kw[:, k] > NEGLIGIBLE_KW)
        day = asked.plan.day
        at_limit = (day["import_kw"][:, k] > item.import_limit_kw - 1e-3) | (
            day["export_kw"][:, k] > item.export_limit_kw - 1e-3
        )
        if (touched & at_limit).any():
            return item.name
    return ""


def _at_least_cost(asked: Asked, needs: list[_Need]) -> Finding:
    limit = ROLE_RULES["curtailment"].limit or 0.0
    judged = [
        _Need(item.hour, item.levers, item.used_kw, least_curtailment(_grid(asked, item.hour), item.levers, item.cost))
        for item in needs
    ]
    worst_one = max(judged, key=_gap)
    detail = f"hour {worst_one.hour}, {worst_one.cost * asked.plan.scenario.step_h:.3f} EUR given up"
    if _gap(worst_one) <= limit:
        return Finding(_gap(worst_one), detail)
    for item in judged:
        spared = _spared(asked, item)
        if spared > limit * item.cost:
            detail = f"hour {item.hour}: giving up {spared / item.cost:.2%} less keeps every limit"
            return Finding(_gap(item), detail, holds=False)
    return not_shown(f"{detail}; nothing cheaper was found that keeps the limits", _gap(worst_one))


def _gap(item: _Need) -> float:
    """What may be given up without need in an hour, as a share."""
    return 1.0 - _least(item) / item.cost


def _least(item: _Need) -> float:
    bound = item.least.least_eur_per_h if item.least else None
    return bound if bound is not None and np.isfinite(bound) else 0.0


def _spared(asked: Asked, item: _Need) -> float:
    """EUR/h by which something near the plan is cheaper and keeps every limit by pandapower; 0 where nothing was
    found."""
    goals = [np.zeros_like(item.used_kw)]
    if item.least is not None and item.least.used_kw is not None:
        goals.append(item.least.used_kw)
    tried = np.concatenate([item.used_kw + FRACTIONS[:, None] * (goal - item.used_kw) for goal in goals])
    good = _tried(asked, item, tried) <= KEPT
    cost = tried @ item.levers.eur_per_kwh
    return max(0.0, item.cost - float(cost[good].min())) if good.any() else 0.0


def _tried(asked: Asked, item: _Need, used_kw: Floats) -> Floats:
    """(R,) largest violation in pandapower's state when R times (J,) is used in the hour; infinite without a state."""
    plan = asked.plan
    load = np.tile(asked.withdrawal_kw[item.hour], (len(used_kw), 1))
    np.subtract.at(load.T, item.levers.bus, (item.levers.sign * used_kw).T)
    rows: Ints = np.full(len(used_kw), item.hour)
    found = judge(plan.network, plan.closed[rows], load, plan.withdrawal_kvar[rows])
    return np.nan_to_num(_beyond(asked, found.vm_pu, found.current_a), nan=np.inf)


def _in_proportion(asked: Asked, needs: list[_Need]) -> Finding:
    """Largest difference of the shares of those curtailed in an hour; and with a hundredth less of what is curtailed,
    or of what is shed, a limit must break."""
    apart, count = 0.0, len(asked.plan.terms)
    for item in needs:
        for half in (slice(None, count), slice(count, None)):
            used, most = item.used_kw[half], item.levers.most_kw[half]
            who = used > NEGLIGIBLE_KW
            if not who.any():
                continue
            shares = used[who] / most[who]
            apart = max(apart, float(np.ptp(shares)))
            less = item.used_kw.copy()
            less[half] *= 1.0 - LESS_SHARE
            if _tried(asked, item, less[None])[0] <= KEPT:
                return Finding(LESS_SHARE, f"hour {item.hour}: a hundredth less keeps every limit", holds=False)
    detail = (
        "shares of those curtailed differ" if apart > 1e-3 else "with a hundredth less a limit breaks in every hour"
    )
    return Finding(apart, detail, holds=False if apart > 1e-3 else None)


# -- market


def _market_first(examined: Examined, asked: Asked) -> Finding:
    """What all prosumers could have saved at the market's prices before the operator acted, as a share of all they
    turned over in trades and with the retailer."""
    plan = asked.plan
    problem = build_problem(plan.scenario, plan.network, p2p=len(plan.pairs) > 0)
    price = np.ascontiguousarray(plan.scenario.step_h * plan.price_eur_per_kwh.T)
    try:
        regret = regret_eur(
            problem, np.ascontiguousarray(asked.injection_kw.T), np.ascontiguousarray(asked.traded_kw.T), price
        )
    except P2pdnrError as error:
        return Finding(None, str(error))
    bills = examined.result.tables.bills
    turned = float(bills[["retail_eur", "trades_eur", "own_costs_eur"]].abs().to_numpy().sum())
    return Finding(regret / max(1.0, turned), f"{regret:.4f} EUR could be saved at the market's prices without charges")


def _compensation(asked: Asked, paid: Floats | None) -> Finding:
    """Largest difference, in EUR, between what the operator pays somebody in an hour and what was lost by curtailment:
    sales less what a generator saved."""
    wanted = asked.plan.scenario.dso.compensation != "none"
    if paid is None or not wanted:
        same = (paid is None) is not wanted
        return Finding(
            0.0 if same else None, "" if same else "compensation is paid and not agreed on, or the other way"
        )
    plan, step_h = asked.plan, asked.plan.scenario.step_h
    before = asked.sales(asked.traded_kw, asked.injection_kw)[1]
    after = asked.sales(plan.trade_kw, plan.day["injection_kw"])[1]
    burnt = [_burnt(asked, values) for values in (asked.generator_kw, plan.day["generator_kw"])]
    lost = step_h * np.maximum(before - after - (burnt[0] - burnt[1]), 0.0)
    owed = np.where(asked.curtailed_kw > NEGLIGIBLE_KW / 100.0, lost, 0.0)
    return worst({"compensation": paid - owed}, _names(asked))


def _burnt(asked: Asked, generator_kw: Floats) -> Floats:
    """(T, K) EUR that an hour of generation costs."""
    terms = asked.plan.terms
    price = np.array([item.generation_eur_per_kwh for item in terms])
    slope = np.array([item.generator_slope_eur_per_kw2h for item in terms])
    return np.asarray(price * generator_kw + slope / 2.0 * generator_kw**2)
