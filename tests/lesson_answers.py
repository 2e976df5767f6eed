"""What is right of every question of the lessons, read off solved days by code of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

Payload = Mapping[str, Any]


def traded(payload: Payload, hour: int) -> tuple[float, float]:
    """kWh and EUR of an hour's trades."""
    trades, step_h = payload["trades"][hour], payload["step_h"]
    power = np.array(trades["power_kw"])
    return step_h * float(power.sum()), step_h * float(power @ np.array(trades["price_eur_per_kwh"]))


def gain(payload: Payload, other: Payload) -> dict[str, float]:
    """How much less each prosumer pays than in the other day."""
    saved = np.array(other["bills"]["total_eur"]) - np.array(payload["bills"]["total_eur"])
    return dict(zip(payload["prosumers"]["id"], saved.tolist(), strict=True))


def turns(payload: Payload, of: Mapping[str, Any]) -> bool:
    """Whether the flow of a line has turned round between two hours."""
    early, late = (payload["lines"]["p_kw"][hour][of["line"] - 1] for hour in of["hours"])
    return bool(early * late < 0.0)


def operator_eur(payload: Payload) -> float:
    """What the operator pays for losses, broken limits and switching."""
    return float(sum(payload["summary"]["costs_eur"][name] for name in ("losses", "violations", "switching")))


def without_switching(payload: Payload) -> float:
    """All costs but those of operations."""
    return float(payload["summary"]["objective_eur"] - payload["summary"]["costs_eur"]["switching"])


ANSWERS: Mapping[str, Callable[[Payload, Payload, Mapping[str, Any]], float | int | str]] = {
    "open_lines": lambda day, _, of: len(day["network"]["from"]) - len(day["buses"]["vm_pu"][0]) + 1,
    "topologies": lambda day, _, of: day["summary"]["topologies"],
    "hours_at_rank_1": lambda day, _, of: sum(rank == 1 for rank in day["series"]["rank"]),
    "worst_rank": lambda day, _, of: max(day["series"]["rank"]),
    "bills_eur": lambda day, _, of: round(sum(day["bills"]["total_eur"])),
    "traded_mwh": lambda day, _, of: round(sum(traded(day, hour)[0] for hour in range(24)) / 1000.0, 2),
    "mean_price_eur_per_kwh": lambda day, _, of: round(traded(day, of["hour"])[1] / traded(day, of["hour"])[0], 4),
    "gains_most": lambda day, other, of: max(gain(day, other), key=lambda name: gain(day, other)[name]),
    "gains_least": lambda day, other, of: min(gain(day, other), key=lambda name: gain(day, other)[name]),
    "curtailed_kwh": lambda day, _, of: round(day["summary"]["curtailed_kwh"]),
    "objective_eur": lambda day, _, of: round(day["summary"]["objective_eur"]),
    "operations": lambda day, _, of: day["summary"]["operations"],
    "vm_min_pu": lambda day, _, of: round(day["summary"]["vm_min_pu"], 3),
    "vm_max_pu": lambda day, _, of: round(day["summary"]["vm_max_pu"], 3),
    "other_costs_eur": lambda day, other, of: round(without_switching(day) - without_switching(other), 1),
    "trading_saves_eur": lambda day, other, of: round(
        other["summary"]["objective_eur"] - day["summary"]["objective_eur"]
    ),
    "above_tariff": lambda day, _, of: day["summary"]["above_tariff"],
    "worst_off": lambda day, _, of: day["summary"]["above_tariff_ids"][0],
    "charges_collected_eur": lambda day, _, of: round(day["summary"]["charges_collected_eur"]),
    "operator_pays_eur": lambda day, _, of: round(operator_eur(day)),
    "line_turns": lambda day, other, of: [[3, 1], [2, 0]][turns(day, of)][turns(other, of)],
}

SENTENCES = {
    "why": "At night: moving a switch costs more than it saves",
    "sum": "Zero: what one pays another earns",
    "limit": "PV behind the limit is curtailed",
    "kept": "They keep limits and spare PV",
    "last": "Switching",
    "who": "Whoever sits behind the limit; who relieves it earns them",
}
"""What is right of questions that no figure answers."""


def right(step: Mapping[str, Any], payload: Callable[[str, str], Payload]) -> float | int | str:
    """What the days say of a step that asks for a figure, a name or a place; ``payload`` has the result of a day in a
    mode."""
    of = step["check"]["of"]
    first, *second = of.get("days") or [of["day"], *([of["beside"]] if "beside" in of else [])]
    day = payload(first, of["mode"])
    other = payload(second[0], of.get("beside_mode", of["mode"])) if second else day
    return ANSWERS[of["measure"]](day, other, of)
