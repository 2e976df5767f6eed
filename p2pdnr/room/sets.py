"""Sets of rounds, as ``data/rooms.json`` has them: what is played, for how long, and what it teaches."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

Words = Mapping[str, str]
"""A text by language: "en", "de"."""

Game = Literal["switch", "trade"]


@dataclass(frozen=True)
class RoundPlan:
    """One round of a set. ``hour`` is that of *switch*; ``mode``, ``by_hand`` and ``equipment`` belong to *trade*: how
    the market is solved, whether batteries are run by hand, what every home has (:mod:`p2pdnr.room.homes`)."""

    game: Game
    title: Words
    teaches: Words
    task: Words
    seconds: int
    scenario: str
    hour: int = 0
    mode: Literal["fixed", "static", "hourly"] = "fixed"
    by_hand: bool = False
    equipment: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class RoundSet:
    """Rounds for a lesson of ``minutes``."""

    key: str
    title: Words
    description: Words
    minutes: int
    rounds: tuple[RoundPlan, ...]

    def told(self) -> dict[str, Any]:
        """What a lecturer chooses from."""
        rounds = [
            {"game": item.game, "title": item.title, "teaches": item.teaches, "seconds": item.seconds}
            for item in self.rounds
        ]
        return {
            "key": self.key,
            "title": self.title,
            "description": self.description,
            "minutes": self.minutes,
            "rounds": rounds,
        }


def read_sets(data_dir: Path) -> dict[str, RoundSet]:
    """The sets of a data folder by their keys."""
    content = json.loads((data_dir / "rooms.json").read_text(encoding="utf-8"))
    found = {}
    for row in content["sets"]:
        rounds = tuple(RoundPlan(**item) for item in row["rounds"])
        found[row["key"]] = RoundSet(**row | {"rounds": rounds})
    return found
