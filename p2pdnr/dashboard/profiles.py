"""Profiles as texts: one per name, a number for each hour, as the drawer's curves and tables edit them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from p2pdnr.dashboard import cells
from p2pdnr.dashboard.cells import CellError
from p2pdnr.scenario.schema import Scenario
from p2pdnr.scenario.size import MAX_PROFILES

PREFIX = "profile:"
"""Before a profile's name in the column of a problem."""


def profiles_of(scenario: Scenario) -> dict[str, str]:
    """The text of every profile."""
    return {name: cells.write(list(values)) for name, values in scenario.profiles.items()}


def read(given: Mapping[str, Any], texts: Mapping[str, str], hours: int) -> tuple[dict[str, Any], dict[str, str]]:
    """Profiles that the texts say, and by column what is wrong; a text that says what is ``given`` changes nothing."""
    profiles: dict[str, Any] = {}
    problems: dict[str, str] = {}
    if len(texts) > MAX_PROFILES:
        return {}, {PREFIX: f"There are more than {MAX_PROFILES:,} profiles."}
    for name, text in texts.items():
        if name in given and cells.write(given[name]) == text and len(given[name]) == hours:
            profiles[name] = given[name]
            continue
        try:
            profiles[name] = of_all_hours(cells.read(cells.series, text), hours)
        except CellError as error:
            problems[f"{PREFIX}{name}"] = str(error)
    return profiles, problems


def of_all_hours(values: list[float | int], hours: int) -> list[float | int]:
    """One value per hour; a single one stands for all. Raises CellError for any other count."""
    values = values * hours if len(values) == 1 else values
    if len(values) != hours:
        raise CellError(f"There are {len(values)} values; give one for each of the {hours} hours, or a single one.")
    return values
