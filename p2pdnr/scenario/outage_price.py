"""What a price on energy not supplied does not go with: told before anything is solved."""

from __future__ import annotations

from p2pdnr.errors import Problem
from p2pdnr.scenario.schema import Scenario


def unpriced(scenario: Scenario) -> list[Problem]:
    """Why a scenario that prices energy not supplied cannot be solved so; nothing where it prices none."""
    dso = scenario.dso
    if dso.outage_price is None or dso.role == "welfare":
        return []
    message = f"energy not supplied has a price in the role welfare alone, and the role is {dso.role}"
    return [Problem("dso", "outage_price", (), message, "Leave it out, or choose the role welfare")]
