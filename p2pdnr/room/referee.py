"""What computes for rooms: power flows of moves, the best topology of an hour, homes of a market and its bills.

It stands in a process of its own (:mod:`.referee_process`), because the server's must not load kernels or solvers.
Requests and answers are JSON.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from p2pdnr.errors import InputError, P2pdnrError, Problem
from p2pdnr.market.terms import prosumer_terms
from p2pdnr.results import folder as folders
from p2pdnr.results.claims import HOLDS, state_of
from p2pdnr.results.grid_payload import unsolved
from p2pdnr.room import trade_game
from p2pdnr.room.homes import Equipment, home_name, with_homes
from p2pdnr.room.moves import MARGINS
from p2pdnr.room.switch_game import Hour, hour_of, judged, prepared
from p2pdnr.scenario import assembly, document
from p2pdnr.scenario.schema import Prosumer, Scenario

HOURS_KEPT = 16
"""Hours that are kept ready for moves: more than rooms have rounds at a time."""


class Referee:
    """Answers requests; ``data_dir`` has the scenarios. To "wake" it is to have it load what it needs."""

    def __init__(self, data_dir: Path) -> None:
        self._scenarios = data_dir / "scenarios"
        self._hours: OrderedDict[tuple[str, int], Hour] = OrderedDict()

    def answer(self, kind: str, **asked: Any) -> dict[str, Any]:
        """The answer to a request of one kind; raises :class:`p2pdnr.errors.P2pdnrError`."""
        kinds: dict[str, Callable[..., dict[str, Any]]] = {
            "wake": dict,
            "prepare_switch": self.prepare_switch,
            "judge": self.judge,
            "prepare_trade": self.prepare_trade,
            "order_trade": self.order_trade,
            "settle": self.settle,
        }
        return kinds[kind](**asked)

    def prepare_switch(self, scenario: str, hour: int) -> dict[str, Any]:
        """A round of *switch*: see :func:`p2pdnr.room.switch_game.prepared`."""
        found = prepared(self._hour(scenario, hour))
        return found | {"about": found["about"] | {"hour": hour}}

    def judge(self, scenario: str, hour: int, opened: list[int], scale: tuple[float, float]) -> dict[str, Any]:
        """The outcome of a move; ``scale`` is what the initial and the best topology cost."""
        return judged(self._hour(scenario, hour), opened, *scale)

    def prepare_trade(
        self, scenario: str, players: list[int], equipment: Mapping[str, Any], by_hand: bool
    ) -> dict[str, Any]:
        """A round of *trade*: the day with homes as JSON text (``day``), the day in which they offer nothing
        (``idle``), ``about``, what every home is by player number, and the ``grid``."""
        base = self._scenario(scenario)
        network = assembly.build_network(base)
        day = with_homes(base, network, players, Equipment(**equipment))
        homes = {str(number): _home(day, item) for number in players for item in day.prosumers if _is(item, number)}
        shares = ["battery_plan"] if by_hand else ["battery_share", "flexible_share"]
        about = {
            "scenario": base.name,
            "hours": day.hours,
            "step_h": day.step_h,
            "controls": [*shares, *MARGINS],
            "margins_apart_eur_per_kwh": round(2.0 * max(0.0, min(day.tariff.sell_eur_per_kwh)), 6),
            "blocks": trade_game.blocks_of(day),
            "homes": len(homes),
            "tariff": day.tariff.model_dump(mode="json"),
            "trade_fee_eur_per_kwh": day.market.trade_fee_eur_per_kwh,
        }
        grid = unsolved(day, network)
        idle = trade_game.idle(day, players)
        texts = {"day": document.dumps(day), "idle": document.dumps(idle)}
        return texts | {"about": about, "homes": homes, "grid": grid}

    def order_trade(self, day: str, moves: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
        """The day as the players want it, as JSON text to be solved; ``moves`` by player number."""
        return {"day": document.dumps(trade_game.played(document.parse(day), _numbered(moves)))}

    def settle(
        self, day: str, moves: Mapping[str, Mapping[str, Any]], played: str, best: str | None, idle: str | None
    ) -> dict[str, Any]:
        """Bills and figures of the class; ``played``, ``best`` and ``idle`` are result folders, the latter None where
        there is no such result."""
        result = folders.load(Path(played))
        found = trade_game.settled(document.parse(day), result, _numbered(moves))
        other = {name: self._objective_eur(folder) for name, folder in (("best", best), ("idle", idle))}
        told = asdict(found)
        return told | {
            "class_best_eur": other["best"][0],
            "class_idle_eur": other["idle"][0],
            "proved": other["best"][1],
        }

    def _objective_eur(self, folder: str | None) -> tuple[float | None, bool]:
        """What a day costs all together, and whether that is proved to be the least of its schedule."""
        if folder is None:
            return None, False
        try:
            summary = folders.load(Path(folder)).summary
        except (P2pdnrError, OSError):
            return None, False
        claim = summary.get("certificates", {}).get("gap_central")
        return float(summary["objective_eur"]), claim is not None and state_of(claim) == HOLDS

    def _scenario(self, name: str) -> Scenario:
        path = self._scenarios / f"{name}.json"
        if not path.is_file():
            remedy = "Name one of data/scenarios"
            raise InputError([Problem("round", "scenario", (name[:60],), "is no stored scenario", remedy)])
        return document.load(path)

    def _hour(self, name: str, hour: int) -> Hour:
        key = (name, hour)
        if key not in self._hours:
            self._hours[key] = hour_of(self._scenario(name), hour)
            if len(self._hours) > HOURS_KEPT:
                self._hours.popitem(last=False)
        return self._hours[key]


def _numbered(moves: Mapping[str, Mapping[str, Any]]) -> dict[int, Mapping[str, Any]]:
    return {int(player): move for player, move in moves.items()}


def _is(prosumer: Prosumer, number: int) -> bool:
    return prosumer.id == home_name(number)


def _home(day: Scenario, prosumer: Prosumer) -> dict[str, Any]:
    """What a player sees of its home."""
    terms = prosumer_terms(day, prosumer)
    return {
        "id": prosumer.id,
        "bus": prosumer.bus,
        "step_h": day.step_h,
        "load_kw": [round(value, 3) for value in terms.load_kw.tolist()],
        "pv_kw": [round(value, 3) for value in terms.pv_kw.tolist()],
        "battery": None if prosumer.battery is None else json.loads(prosumer.battery.model_dump_json()),
        "flexible_share": prosumer.flexible_share,
        "discomfort_eur_per_kw2h": prosumer.discomfort_eur_per_kw2h,
    }
