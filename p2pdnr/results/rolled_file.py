"""A day as it came, beside the result whose plan it had: rolled.json (docs/formats.md)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError

from p2pdnr.errors import Problem, ResultError
from p2pdnr.forecasts.error_model import DayFactors, drawn, error_model
from p2pdnr.results import files
from p2pdnr.results.study_result import StudyResult

NAME = "rolled.json"
QUANTITIES = (
    "charge_kw",
    "discharge_kw",
    "energy_kwh",
    "flexible_kw",
    "elastic_kw",
    "generator_kw",
    "pv_kw",
    "unserved_kw",
    "retail_kw",
)
"""Of prosumers by hour; retail_kw is what the retailer delivers, negative where it takes."""
WAYS = ("rolled", "once", "foresight")
COSTS = ("retail", "own", "fees", "unserved", "losses", "violations", "switching")
UNSUPPLIED = "outages"
"""One part more where energy not supplied has a price."""
LEVERS = "levers"
"""One more where tap changers or capacitors move."""
REMEDY = "Roll the day again with roll RESULT_DIR --keep DIR"


@dataclass(frozen=True)
class Asked:
    """The day that came, by its seed or exactly as forecast, and the steps between two plans."""

    every: int
    seed: int
    exact_forecast: bool


class RolledHour(BaseModel):
    """One hour of the film."""

    model_config = ConfigDict(strict=True, extra="forbid")

    hour: int
    open_lines: list[int]
    positions: list[int] | None = None
    seen_kw: FiniteFloat
    came_kw: FiniteFloat
    seen_eur: FiniteFloat
    came_eur: FiniteFloat
    once_eur: FiniteFloat


class RolledTurn(BaseModel):
    """One planning."""

    model_config = ConfigDict(strict=True, extra="forbid")

    step: int
    seen_eur: FiniteFloat
    came_eur: FiniteFloat
    operations: int
    balanced_kwh: FiniteFloat
    lever_steps: int | None = None


class RolledMarket(BaseModel):
    """What prosumers did where market and batteries were planned anew."""

    model_config = ConfigDict(strict=True, extra="forbid")

    prosumers: list[str]
    hourly: dict[str, list[list[FiniteFloat]]]
    trades: list[tuple[int, str, str, FiniteFloat, FiniteFloat]]
    costs_eur: dict[str, dict[str, FiniteFloat]]


class Rolled(BaseModel):
    """What rolled.json says."""

    model_config = ConfigDict(strict=True, extra="forbid")

    every: int = Field(ge=1)
    seed: int = Field(ge=0)
    exact_forecast: bool
    turns: list[RolledTurn]
    rolled_eur: FiniteFloat
    once_eur: FiniteFloat
    foresight_eur: FiniteFloat
    regret_eur: FiniteFloat
    regret_of_once_eur: FiniteFloat
    balancing_eur: FiniteFloat
    foresight_proved: bool
    hours: list[RolledHour]
    market: RolledMarket | None = None


def day_of(result: StudyResult, asked: Asked) -> DayFactors:
    """The day that came."""
    found = drawn(error_model(result.scenario, result.network), asked.seed, range(1))
    if not asked.exact_forecast:
        return found
    return DayFactors(np.ones_like(found.sun), np.ones_like(found.load), np.ones_like(found.background))


def save(told: Mapping[str, Any], asked: Asked, folder: Path) -> None:
    """Write what came of a day into the folder of its plan."""
    (folder / NAME).write_text(json.dumps(asdict(asked) | dict(told), indent=1) + "\n", encoding="utf-8")


def load(folder: Path, result: StudyResult) -> Rolled | None:
    """The day beside a result, None where there is none; raises ResultError for one that does not fit."""
    if not (folder / NAME).is_file():
        return None
    try:
        found = Rolled.model_validate_json(files.read_text(folder / NAME))
    except (ValidationError, OSError, UnicodeDecodeError) as error:
        raise ResultError([Problem("file", "", (NAME,), f"cannot be read ({str(error)[:200]})", REMEDY)]) from None
    lines, steps = set(range(1, result.network.n_lines + 1)), list(range(0, result.scenario.hours, found.every))
    hours = [item.hour for item in found.hours] == list(range(result.scenario.hours))
    if not hours or [turn.step for turn in found.turns] != steps or any(set(h.open_lines) - lines for h in found.hours):
        message = "tells of other hours, plannings or lines than its result has"
        raise ResultError([Problem("file", "", (NAME,), message, REMEDY)])
    if not _fits_levers(found, result):
        message = "tells of other positions of tap changers and capacitors than its result may have"
        raise ResultError([Problem("file", "", (NAME,), message, REMEDY)])
    if found.market is not None and not _fits(found.market, result):
        message = "tells of other hours, prosumers or quantities than its result has"
        raise ResultError([Problem("file", "", (NAME,), message, REMEDY)])
    return found


def _fits_levers(found: Rolled, result: StudyResult) -> bool:
    """Whether positions and steps stand just where levers move, each within its range."""
    moving = result.tables.levers is not None
    items = result.network.levers.items if moving and result.network.levers is not None else ()
    if not moving:
        return all(hour.positions is None for hour in found.hours) and all(t.lever_steps is None for t in found.turns)
    return all(turn.lever_steps is not None for turn in found.turns) and all(
        hour.positions is not None
        and len(hour.positions) == len(items)
        and all(item.least <= at <= item.most for item, at in zip(items, hour.positions, strict=True))
        for hour in found.hours
    )


def _fits(market: RolledMarket, result: StudyResult) -> bool:
    """Whether a market has every quantity of every prosumer in every hour, and trades between them."""
    names, hours = [item.id for item in result.scenario.prosumers], result.scenario.hours
    rows = [row for table in market.hourly.values() for row in table]
    costs = set(COSTS) | (set() if result.scenario.dso.outage_price is None else {UNSUPPLIED})
    costs |= set() if result.tables.levers is None else {LEVERS}
    parts = all(set(market.costs_eur.get(way, {})) == costs for way in WAYS)
    return (
        market.prosumers == names
        and set(market.hourly) == set(QUANTITIES)
        and all(len(table) == hours for table in market.hourly.values())
        and all(len(row) == len(names) for row in rows)
        and all(0 <= hour < hours and {seller, buyer} <= set(names) for hour, seller, buyer, *_ in market.trades)
        and parts
    )
