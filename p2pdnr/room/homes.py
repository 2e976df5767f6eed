"""The homes of a *trade* round: one for each player, made of the prosumers of a stored day.

The day stays as large as it was. A prosumer that n players share is cut into n equal parts: loads, sun and devices are
divided by n, and slopes of costs multiplied by n, so that n parts that do the same cost what the whole did. The parts
stand at the prosumer's bus and at the two buses that are electrically next to it. Prosumers without a player stay whole
and act as usual.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from p2pdnr.errors import Problem, ScenarioError
from p2pdnr.network.arrays import Network
from p2pdnr.scenario import assembly, document
from p2pdnr.scenario.schema import Scenario

BUSES_OF_PARTS = 3
"""A prosumer's own bus and the next ones, over which its parts are spread."""

BLOCK_H = 4
"""Hours of a block of a battery plan."""

_DIVIDED = ("load_kw", "pv_kw", "inverter_kva", "import_limit_kw", "export_limit_kw")
_DIVIDED_IN = {
    "battery": ("capacity_kwh", "power_kw", "initial_kwh", "min_kwh"),
    "elastic": ("max_kw",),
    "generator": ("max_kw",),
}
_MULTIPLIED_IN = {"elastic": "slope_eur_per_kw2h", "generator": "slope_eur_per_kw2h"}


@dataclass(frozen=True)
class Equipment:
    """What every player's home has, whatever the prosumer it is a part of has: a battery of ``battery_h`` hours of its
    highest load that is filled in one block, and ``flexible_share`` of its load; None leaves it as it is."""

    battery_h: float | None = None
    flexible_share: float | None = None
    wear_eur_per_kwh: float = 0.004
    discomfort_eur_per_kwh: float = 0.02
    """Of moving all the load that may be moved: discomfort per kW and kWh is so much over that power."""


def home_name(player: int) -> str:
    """The id of a player's home; a nickname stands in no scenario."""
    return f"Home {player}"


def with_homes(scenario: Scenario, network: Network, players: Sequence[int], equipment: Equipment) -> Scenario:
    """The day with one home for each of ``players`` (their numbers).

    Raises :class:`ScenarioError` where no prosumer of the day has a load or sun that could be shared.
    """
    rows = document.to_dict(scenario)["prosumers"]
    shared = [k for k, row in enumerate(rows) if row.get("load_kw", 0.0) > 0.0]
    if not shared:
        message, remedy = "has no prosumer with a load", "Choose another day for this round"
        raise ScenarioError([Problem("scenario", "prosumers", (scenario.name,), message, remedy)])
    who = {k: players[place :: len(shared)] for place, k in enumerate(shared)}
    made = [part for k, row in enumerate(rows) for part in _parts(row, who.get(k, ()), network, equipment)]
    document_ = document.to_dict(scenario) | {"prosumers": made}
    kept = {row["id"] for row in made}
    market = dict(document_.get("market", {}))
    market["preferences"] = [
        item for item in market.get("preferences", ()) if item["from"] in kept and item["to"] in kept
    ]
    return document.from_dict(document_ | {"market": market})


def _parts(row: Mapping[str, Any], players: Sequence[int], network: Network, equipment: Equipment) -> list[Any]:
    """A prosumer's row, or those of the homes that it is cut into."""
    if not players:
        return [row]
    distance = assembly.electrical_distance_pu(network, np.array([row["bus"] - 1], dtype=np.int64))[:, 0]
    distance[network.substations] = np.inf
    buses = np.argsort(distance, kind="stable")[:BUSES_OF_PARTS]
    return [
        _part(row, len(players), equipment) | {"id": home_name(player), "bus": int(buses[place % len(buses)]) + 1}
        for place, player in enumerate(players)
    ]


def _part(row: Mapping[str, Any], count: int, equipment: Equipment) -> dict[str, Any]:
    part: dict[str, Any] = {
        name: value / count if name in _DIVIDED and value is not None else value for name, value in row.items()
    }
    for device, fields in _DIVIDED_IN.items():
        if row.get(device) is not None:
            part[device] = {
                name: value / count if name in fields and value is not None else value
                for name, value in row[device].items()
            }
    for device, slope in _MULTIPLIED_IN.items():
        if part.get(device) and slope in part[device]:
            part[device][slope] *= count
    if "discomfort_eur_per_kw2h" in part:
        part["discomfort_eur_per_kw2h"] *= count
    return part | _equipped(part, equipment) | {"power_factor": 1.0}


def _equipped(part: Mapping[str, Any], equipment: Equipment) -> dict[str, Any]:
    """Devices that every home has."""
    load_kw: float = part["load_kw"]
    own: dict[str, Any] = {}
    if equipment.battery_h is not None:
        capacity_kwh = round(equipment.battery_h * load_kw, 3)
        own["battery"] = {
            "capacity_kwh": capacity_kwh,
            "power_kw": round(capacity_kwh / BLOCK_H, 3),
            "efficiency": 0.95,
            "initial_kwh": capacity_kwh / 2.0,
            "wear_eur_per_kwh": equipment.wear_eur_per_kwh,
        }
    if equipment.flexible_share is not None:
        own["flexible_share"] = equipment.flexible_share
        most_kw = equipment.flexible_share * load_kw
        own["discomfort_eur_per_kw2h"] = equipment.discomfort_eur_per_kwh / most_kw if most_kw > 0.0 else 0.0
    return own
