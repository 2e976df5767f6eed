"""Preferences between prosumers as texts: what trading with the other costs the one, keyed by the rows of the two.

A key is "@p0>@p3": a name may change, a row stays, so that a renamed prosumer keeps its preferences. A name that was
pasted and belongs to nobody stands in the key as it was typed, without the "@".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import Any

from p2pdnr.dashboard import cells
from p2pdnr.dashboard.cells import CellError
from p2pdnr.dashboard.columns import ROW
from p2pdnr.scenario.schema import Scenario

PREFIX = "preference:"
"""Before a preference's key in the column of a problem."""

_MARK, _TO = "@", ">"


def preferences_of(scenario: Scenario) -> dict[str, str]:
    """The text of every preference, in EUR per kWh."""
    row = {prosumer.id: f"{_MARK}p{index}" for index, prosumer in enumerate(scenario.prosumers)}
    preferences = scenario.market.preferences
    return {f"{row[item.from_]}{_TO}{row[item.to]}": cells.write(item.eur_per_kwh) for item in preferences}


def rekeyed(texts: Mapping[str, str], keys: Mapping[str, str]) -> dict[str, str]:
    """The same preferences where rows have other keys."""

    def renamed(end: str) -> str:
        return _MARK + keys.get(end[1:], end[1:]) if end.startswith(_MARK) else end

    return {_TO.join(map(renamed, key.split(_TO))): text for key, text in texts.items()}


def read(
    texts: Mapping[str, str], rows: Sequence[Mapping[str, str]]
) -> tuple[list[dict[str, Any]], dict[str, str], int]:
    """Preferences of the document, by column what is wrong, and how many went with a row that is no longer there."""
    names = {f"{_MARK}{row[ROW]}": row["id"].strip() for row in rows}
    known = set(names.values())
    found: list[dict[str, Any]] = []
    problems: dict[str, str] = {}
    gone = 0
    for key, text in texts.items():
        ends = key.split(_TO)
        if any(end.startswith(_MARK) and end not in names for end in ends):
            gone += 1
            continue
        try:
            found.append(_preference([names.get(end, end) for end in ends], text, known))
        except CellError as error:
            problems[f"{PREFIX}{key}"] = str(error)
    return found, problems, gone


def _preference(ends: Sequence[str], text: str, known: Set[str]) -> dict[str, Any]:
    if unknown := [end for end in ends if end not in known]:
        raise CellError(f"There is no prosumer {unknown[0][:60]}; choose one of the table.")
    if len(ends) != 2 or ends[0] == ends[1]:
        raise CellError("Choose two different prosumers.")
    return {"from": ends[0], "to": ends[1], "eur_per_kwh": cells.read(cells.not_negative, text)}
