"""What is known of a room, as it stands in its file: frozen records, times in milliseconds of the server's clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

Json = Mapping[str, Any]
Phase = Literal["lobby", "preparing", "running", "paused", "settling", "closed", "revealed", "ended"]


@dataclass(frozen=True)
class Room:
    """One room. ``number`` is the round under way (0 before the first); ``deadline_ms`` stands while it runs,
    ``left_ms`` while it is paused. ``revealed`` is the last round whose scores all may see; ``players`` and ``moved``
    count who is in the room and who has moved in this round. ``version`` counts every change, ``phase_version`` those
    that all see."""

    code: str
    set_key: str
    phase: Phase
    created_ms: int
    touched_ms: int
    number: int = 0
    started_ms: int | None = None
    deadline_ms: int | None = None
    left_ms: int | None = None
    revealed: int = 0
    replay: bool = False
    players: int = 0
    moved: int = 0
    version: int = 0
    phase_version: int = 0


@dataclass(frozen=True)
class Player:
    """One player; ``number`` counts from 1 in the order of joining. ``moves``, ``last`` and ``best`` are those of
    ``round``: how many, the last one, and the one that counts, each {"id", "at", "move", "outcome"}. Of one who was
    removed nothing but the mark is left that its token opens nothing more."""

    code: str
    number: int
    name: str
    token_hash: str
    joined_ms: int
    removed: bool = False
    version: int = 0
    round: int = 0
    moves: int = 0
    last: Json | None = None
    best: Json | None = None

    def in_round(self, number: int) -> Player:
        """The player as it stands in a round: without what it did in another."""
        return self if self.round == number else replace(self, round=number, moves=0, last=None, best=None)


@dataclass(frozen=True)
class Round:
    """What is known of a round: ``task`` from its preparation, ``jobs`` of its market by name, what came out as
    ``result``, ``board`` once it is revealed, ``error`` where it could not be done."""

    code: str
    number: int
    task: Json | None = None
    jobs: Json = field(default_factory=dict)
    result: Json | None = None
    board: Json | None = None
    error: Json | None = None


@dataclass(frozen=True)
class Move:
    """One move as it was sent, with what the referee says about it: None until it has."""

    code: str
    round: int
    player: int
    id: str
    at_ms: int
    sent: Json
    outcome: Json | None = None
