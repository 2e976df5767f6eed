"""The game *trade*, as the referee sets it up and settles it: the market of a whole day with all players in it.

A player decides what its home offers, and the market is negotiated for real. What a move can say is what the model can
express (docs/room.md): shares of the battery and of the load that may move, or a plan of the battery hour by hour,
which the market then takes as it is; and two margins, by how much a kWh has to be better than the retailer's to be
bought from a neighbour, and to be sold to one. A preference of their mean on every trade, with a tariff that is half
their difference lower, says just that: see :func:`_limited`.

A bill is what the player really pays: margins are no cost of anybody, the retailer takes its own prices, and a planned
battery wears. It is held against two others at the prices and charges that came out: the least that the home could
have paid with all it has (:mod:`p2pdnr.market.best_bill`), and what it would have paid with nothing offered, with the
retailer alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from p2pdnr.market.best_bill import least_bills_eur
from p2pdnr.market.kernel_arrays import CHARGE, DISCHARGE, ELASTIC, EXPORTED, GENERATOR, IMPORTED
from p2pdnr.market.private_columns import linear
from p2pdnr.market.responses import ProsumerBlock, prosumer_block
from p2pdnr.market.settlement import retail_only_eur
from p2pdnr.market.terms import ProsumerTerms, all_terms, prosumer_terms, trade_terms
from p2pdnr.network.arrays import Floats
from p2pdnr.results.claims import HOLDS, state_of
from p2pdnr.results.study_result import StudyResult
from p2pdnr.room.battery_plan import planned_kw
from p2pdnr.room.homes import BLOCK_H, home_name
from p2pdnr.room.moves import margins_of
from p2pdnr.room.scores import share_percent
from p2pdnr.scenario import assembly, document
from p2pdnr.scenario.schema import Battery, Prosumer, Scenario, Tariff
from p2pdnr.verification.plan import Plan, read_plan

_WEIGHED = {
    CHARGE: "charge_kw",
    DISCHARGE: "discharge_kw",
    ELASTIC: "elastic_kw",
    GENERATOR: "generator_kw",
    IMPORTED: "import_kw",
    EXPORTED: "export_kw",
}
_PRICES = ("buy_eur_per_kwh", "sell_eur_per_kwh")

Moves = Mapping[int, Mapping[str, Any]]
"""What the players decided, by their numbers; who decided nothing is not in it."""


def idle(scenario: Scenario, players: Sequence[int]) -> Scenario:
    """The day in which players' homes offer nothing; without trading it is what the class begins from."""
    nothing = {player: {"battery_share": 0.0, "flexible_share": 0.0} for player in players}
    return played(scenario, nothing)


def played(scenario: Scenario, moves: Moves) -> Scenario:
    """The day as the players want their homes to act."""
    content = document.to_dict(scenario)
    profiles = dict(content["profiles"])
    by_name = {home_name(player): (player, move) for player, move in moves.items()}
    rows = []
    for row, prosumer in zip(content["prosumers"], scenario.prosumers, strict=True):
        if prosumer.id not in by_name:
            rows.append(row)
            continue
        move = by_name[prosumer.id][1]
        by_hand = "battery_plan" in move
        made = _by_hand(row, scenario, prosumer, move["battery_plan"], profiles) if by_hand else _offered(row, move)
        rows.append(_limited(made, scenario.tariff_of(prosumer), move))
    market = dict(content.get("market", {}))
    market["preferences"] = [*market.get("preferences", ()), *_margins(scenario, by_name)]
    return document.from_dict(content | {"profiles": profiles, "prosumers": rows, "market": market})


def _offered(row: Mapping[str, Any], move: Mapping[str, Any]) -> dict[str, Any]:
    """A home that offers shares of what it has."""
    made = dict(row)
    if row.get("battery") is not None:
        part = ("capacity_kwh", "power_kw", "initial_kwh", "min_kwh")
        made["battery"] = {
            name: value * move["battery_share"] if name in part else value for name, value in row["battery"].items()
        }
    made["flexible_share"] = row.get("flexible_share", 0.0) * move["flexible_share"]
    return made


def _by_hand(
    row: Mapping[str, Any],
    scenario: Scenario,
    prosumer: Prosumer,
    blocks: Sequence[float],
    profiles: dict[str, Any],
) -> dict[str, Any]:
    """A home whose battery does what was planned: it is part of the load where it takes more than the load needs less,
    else more sun. Homes have a power factor of 1, so that reactive power stays as it is."""
    terms = prosumer_terms(scenario, prosumer)
    plan_kw = plan_of(prosumer.battery, blocks, scenario.hours, scenario.step_h)
    net_kw = terms.load_kw + plan_kw
    made = {name: value for name, value in row.items() if name not in ("battery", "pv_profile", "load_profile")}
    for quantity, values in (("load", np.maximum(net_kw, 0.0)), ("pv", terms.pv_kw + np.maximum(-net_kw, 0.0))):
        peak = float(values.max())
        made[f"{quantity}_kw"] = peak
        made[f"{quantity}_profile"] = name = f"{prosumer.id} {quantity}"
        profiles[name] = (values / peak if peak > 0.0 else values).tolist()
    made["flexible_share"] = 0.0
    return made


def plan_of(battery: Battery | None, blocks: Sequence[float], hours: int, step_h: float) -> Floats:
    """(T,) kW that a planned battery takes, negative where it gives."""
    if battery is None:
        return np.zeros(hours)
    return np.array(planned_kw(battery.model_dump(), blocks, hours, step_h).power_kw)


def _limited(row: Mapping[str, Any], tariff: Tariff, move: Mapping[str, Any]) -> dict[str, Any]:
    """A home as two price limits have it act: all that it weighs against a trade is half their difference d lower.

    With a fee f and margins b to buy and s to sell, a trade is dearer by f + (b + s) / 2 a kWh, and the retailer's
    prices are lower by d = (b - s) / 2: a home then buys from a neighbour up to the tariff less f + b, and sells from
    the tariff plus f + s. What elastic load is worth and what generation costs falls as well, and what a battery loses
    is made up for by its wear. The rest of a day's net energy is given, but for curtailed sun, which there is no reason
    for while the retailer still pays something. Where the wear cannot fall so far, losses count d less.
    """
    buy, sell = margins_of(move)
    made, lower = dict(row), (buy - sell) / 2.0
    if not lower:
        return made
    made["tariff"] = {name: [price - lower for price in getattr(tariff, name)] for name in _PRICES}
    for device, field in (("elastic", "utility_eur_per_kwh"), ("generator", "cost_eur_per_kwh")):
        if row.get(device) is not None:
            made[device] = {**row[device], field: row[device][field] - lower}
    if row.get("battery") is not None:
        kept = row["battery"]["efficiency"] ** 2
        wear = row["battery"]["wear_eur_per_kwh"] + lower * (1.0 - kept) / (1.0 + kept)
        made["battery"] = {**row["battery"], "wear_eur_per_kwh": max(0.0, wear)}
    return made


def _margins(scenario: Scenario, by_name: Mapping[str, tuple[int, Mapping[str, Any]]]) -> list[dict[str, Any]]:
    """Preferences of homes with margins: the mean of both."""
    mean = {name: sum(margins_of(move)) / 2.0 for name, (_, move) in by_name.items()}
    if not any(mean.values()):
        return []
    pairs = assembly.partner_pairs(scenario, assembly.build_network(scenario))
    names = [prosumer.id for prosumer in scenario.prosumers]
    found = []
    for one, other in pairs.tolist():
        for mine, partner in ((names[one], names[other]), (names[other], names[one])):
            margin = mean.get(mine, 0.0)
            if margin > 0.0:
                found.append({"from": mine, "to": partner, "eur_per_kwh": margin})
    return found


@dataclass(frozen=True, eq=False)
class Settled:
    """What a round came to: bills by player number, and figures of the class."""

    bills: dict[str, dict[str, Any]]
    prices_eur_per_kwh: list[float | None]
    class_eur: float
    gap_holds: bool


def settled(scenario: Scenario, result: StudyResult, moves: Moves) -> Settled:
    """The bills of the players' homes in a negotiated day; ``scenario`` is the day with all that the homes have."""
    plan, names = read_plan(result), [prosumer.id for prosumer in scenario.prosumers]
    wear = {names.index(home_name(player)): _wear_eur(scenario, player, move) for player, move in moves.items()}
    extra = np.zeros(len(names))
    extra[list(wear)] = list(wear.values())
    bills_eur = _true_bills_eur(scenario, plan, result) + extra
    least, nothing = _least_eur(scenario, plan, moves), _idle_eur(scenario, plan, moves)
    bills = {}
    for player in moves:
        k = names.index(home_name(player))
        own, best, alone = float(bills_eur[k]), float(min(least[k], bills_eur[k])), float(nothing[k])
        bills[str(player)] = {
            "eur": round(own, 4),
            "best_eur": round(best, 4),
            "idle_eur": round(alone, 4),
            "regret_eur": round(own - best, 4),
            "share": share_percent(alone, best, own),
        }
    margins_eur = float(_preferred_eur(plan).sum())
    certificate = result.summary.get("certificates", {}).get("gap_central")
    limits_eur = float(_limits_eur(scenario, plan).sum())
    total_eur = float(result.summary["objective_eur"]) - margins_eur + limits_eur + float(extra.sum())
    return Settled(bills, _mean_prices(plan), total_eur, certificate is not None and state_of(certificate) == HOLDS)


def _true_bills_eur(scenario: Scenario, plan: Plan, result: StudyResult) -> Floats:
    """(K,) bills without what margins make of fees and tariffs, before the wear of planned batteries."""
    table = result.tables.bills
    total = table["total_eur"].to_numpy(dtype=np.float64)
    return np.asarray(total - _preferred_eur(plan) + _given_eur(scenario, plan) + _limits_eur(scenario, plan))


def _preferred_eur(plan: Plan) -> Floats:
    """(K,) EUR that players' margins stand for in a day: prices that nobody pays."""
    traded_kwh = plan.scenario.step_h * np.abs(plan.trade_kw).sum(axis=0)
    preferred = plan.trading.fee_eur_per_kwh - plan.trading.base_fee_eur_per_kwh
    found = np.zeros(len(plan.terms))
    for side in range(2):
        np.add.at(found, plan.pairs[:, side], preferred[:, side] * traded_kwh)
    return found


def _limits_eur(scenario: Scenario, plan: Plan) -> Floats:
    """(K,) EUR that a day costs beyond what homes with two price limits acted on."""
    lower_eur = linear(_terms(scenario)) - linear(plan.terms)
    parts = [(lower_eur[:, :, column] * plan.day[name].T).sum(axis=1) for column, name in _WEIGHED.items()]
    return np.asarray(sum(parts))


def _given_eur(scenario: Scenario, plan: Plan) -> Floats:
    """(K,) EUR of the preferences that the day had before anybody played: these are real."""
    terms = _terms(scenario)
    true = trade_terms(scenario, plan.pairs, terms)
    traded_kwh = plan.scenario.step_h * np.abs(plan.trade_kw).sum(axis=0)
    found = np.zeros(len(terms))
    for side in range(2):
        owed = (true.fee_eur_per_kwh[:, side] - true.base_fee_eur_per_kwh) * traded_kwh
        np.add.at(found, plan.pairs[:, side], owed)
    return found


def _wear_eur(scenario: Scenario, player: int, move: Mapping[str, Any]) -> float:
    """EUR that a battery wears when it is run by hand; in the market's hands it is in the bill already."""
    battery = next(item.battery for item in scenario.prosumers if item.id == home_name(player))
    if battery is None or "battery_plan" not in move:
        return 0.0
    plan_kw = plan_of(battery, move["battery_plan"], scenario.hours, scenario.step_h)
    return float(battery.wear_eur_per_kwh * scenario.step_h * np.abs(plan_kw).sum())


def _least_eur(scenario: Scenario, plan: Plan, moves: Moves) -> Floats:
    """(K,) the least that anybody could have paid with all it has, at the prices and charges of the plan."""
    by_hand = {home_name(player) for player, move in moves.items() if "battery_plan" in move}
    terms = tuple(replace(item, flexible_share=0.0) if item.name in by_hand else item for item in _terms(scenario))
    step_h = scenario.step_h
    price = np.ascontiguousarray(step_h * plan.price_eur_per_kwh.T)
    return least_bills_eur(_block(scenario, plan, terms), price, _charge_eur_per_kw(plan))


def _idle_eur(scenario: Scenario, plan: Plan, moves: Moves) -> Floats:
    """(K,) the same of homes that offer nothing and buy from the retailer alone."""
    names = {home_name(player) for player in moves}
    terms = tuple(
        replace(item, flexible_share=0.0, battery_kwh=0.0, battery_kw=0.0, battery_initial_kwh=0.0, battery_min_kwh=0.0)
        if item.name in names
        else item
        for item in _terms(scenario)
    )
    return retail_only_eur(_block(scenario, plan, terms), _charge_eur_per_kw(plan))


def _terms(scenario: Scenario) -> tuple[ProsumerTerms, ...]:
    return all_terms(scenario)


def _block(scenario: Scenario, plan: Plan, terms: tuple[ProsumerTerms, ...]) -> ProsumerBlock:
    return prosumer_block(terms, trade_terms(scenario, plan.pairs, terms))


def _charge_eur_per_kw(plan: Plan) -> Floats:
    """(K, T) EUR per kW withdrawn over a step at each home's bus."""
    return np.ascontiguousarray(plan.scenario.step_h * plan.charge_eur_per_kwh[:, plan.prosumer_bus].T)


def _mean_prices(plan: Plan) -> list[float | None]:
    """(T,) mean price of an hour's trades by their energy; None where there were hardly any."""
    power = np.abs(plan.trade_kw)
    least_kw = 1e-3 * max(1.0, float(power.sum(axis=1).max(initial=0.0)))
    return [
        round(float((kw * eur).sum() / kw.sum()), 5) if kw.sum() > least_kw else None
        for kw, eur in zip(power, plan.price_eur_per_kwh, strict=True)
    ]


def blocks_of(scenario: Scenario) -> int:
    """Numbers in a battery plan of a day."""
    return max(1, round(scenario.hours * scenario.step_h / BLOCK_H))
