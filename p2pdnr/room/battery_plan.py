"""What a battery makes of a plan that was drawn by hand: power within its limits, energy at the end as at the start.

Pure arithmetic on a few numbers, so that the server can tell at once and the phone the same way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Planned:
    """Per step: ``power_kw`` taken (negative: given), and ``energy_kwh`` afterwards."""

    power_kw: list[float]
    energy_kwh: list[float]


def planned_kw(battery: Mapping[str, float], blocks: Sequence[float], hours: int, step_h: float) -> Planned:
    """The plan of ``blocks``, shares of the power from -1 to 1 over equal stretches of the day, as a battery can do it.

    What does not fit into the battery is cut off. A step may not leave it so full or empty that the rest of the day
    could not bring it back: the last steps then do that, whatever was planned.
    """
    power, efficiency = battery["power_kw"], battery["efficiency"]
    start = battery["initial_kwh"]
    energy, powers, energies = start, [], []
    most_in, most_out = power * step_h * efficiency, power * step_h / efficiency  # kWh inside the battery in a step
    for hour in range(hours):
        wanted = power * blocks[min(len(blocks) - 1, hour * len(blocks) // hours)]
        change = wanted * step_h * (efficiency if wanted > 0.0 else 1.0 / efficiency)
        left = hours - hour - 1
        low = max(battery.get("min_kwh", 0.0), start - left * most_in, energy - most_out)
        high = min(battery["capacity_kwh"], start + left * most_out, energy + most_in)
        after = min(max(energy + change, low), high)
        change = after - energy
        powers.append(change / step_h / (efficiency if change > 0.0 else 1.0 / efficiency))
        energies.append(after)
        energy = after
    return Planned(powers, energies)


def told(home: Mapping[str, Any], move: Mapping[str, Any]) -> dict[str, Any]:
    """What a home makes of a move at once: the plan of its battery where the move has one, else nothing."""
    blocks = move.get("battery_plan")
    if blocks is None or not home.get("battery"):
        return {}
    made = planned_kw(home["battery"], blocks, len(home["load_kw"]), home["step_h"])
    return {
        "plan_kw": [round(value, 3) for value in made.power_kw],
        "energy_kwh": [round(value, 3) for value in made.energy_kwh],
    }
