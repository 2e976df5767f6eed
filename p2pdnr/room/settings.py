"""What rooms may use: all bounds in one place."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class RoomSettings:
    """Bounds of the rooms of one server.

    Attributes
    ----------
    key : what the lecturer has to know to open and lead rooms
    file : SQLite file with all of their state
    data_dir : folder with ``rooms.json`` and ``scenarios/``
    rooms, players : rooms at a time; players of a room
    idle_s, age_s : a room that nobody has used for so long, or that is so old, ends and is deleted
    body_limit_bytes : largest body of a request
    moves_per_s, burst : moves of a player: so many a second, and so many at once before that counts
    joins_per_s, join_burst : the same of a room's new players
    moves_per_round : most moves of a player in a round
    evaluate_s : how long an answer to a move waits for its power flow; later it is in the state
    """

    key: str
    file: Path
    data_dir: Path
    rooms: int = 8
    players: int = 200
    idle_s: float = 2 * 3600.0
    age_s: float = 8 * 3600.0
    body_limit_bytes: int = 4096
    moves_per_s: float = 4.0
    burst: int = 8
    joins_per_s: float = 50.0
    join_burst: int = 200
    moves_per_round: int = 400
    evaluate_s: float = 1.0
