"""The long texts of a round that are read when somebody asks for them."""

from __future__ import annotations

import json
from typing import Any

from p2pdnr.room.records import Player, Room
from p2pdnr.room.store import Store


def home_of(store: Store, room: Room, player: Player) -> dict[str, Any] | None:
    """A player's home in the round under way; None where it has none."""
    text = store.sheet(room.code, room.number, f"home {player.number}")
    return None if text is None else dict(json.loads(text))


def grid_of(store: Store, room: Room, number: int) -> str | None:
    """The grid of a round that has been started, as JSON text; None before."""
    started = number < room.number or (number == room.number and room.phase not in ("lobby", "preparing"))
    return store.sheet(room.code, number, "grid") if started else None
