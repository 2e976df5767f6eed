"""The state of all rooms in one SQLite file: whatever is answered has been written first.

Write-ahead logging lets a server that is killed lose nothing; ``secure_delete`` overwrites what is deleted. One
connection serves all threads, under the lock of the hall. No other process may open the file, so that rooms, players
and rounds, which every phone asks for each second, are answered from memory: as they were read or written.
"""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from p2pdnr.errors import InputError, Problem
from p2pdnr.room.records import Move, Player, Room, Round

_FORMAT = 1
_TABLES = """
CREATE TABLE IF NOT EXISTS room (code TEXT PRIMARY KEY, set_key TEXT, phase TEXT, created_ms INTEGER,
    touched_ms INTEGER, number INTEGER, started_ms INTEGER, deadline_ms INTEGER, left_ms INTEGER,
    revealed INTEGER, replay INTEGER, players INTEGER, moved INTEGER, version INTEGER, phase_version INTEGER);
CREATE TABLE IF NOT EXISTS player (code TEXT REFERENCES room ON DELETE CASCADE, number INTEGER, name TEXT,
    token_hash TEXT UNIQUE, joined_ms INTEGER, removed INTEGER, version INTEGER, round INTEGER, moves INTEGER,
    last TEXT, best TEXT, PRIMARY KEY (code, number));
CREATE TABLE IF NOT EXISTS round (code TEXT REFERENCES room ON DELETE CASCADE, number INTEGER, task TEXT, jobs TEXT,
    result TEXT, board TEXT, error TEXT, PRIMARY KEY (code, number));
CREATE TABLE IF NOT EXISTS move (code TEXT REFERENCES room ON DELETE CASCADE, round INTEGER, player INTEGER, id TEXT,
    at_ms INTEGER, sent TEXT, outcome TEXT, PRIMARY KEY (code, round, player, id));
CREATE TABLE IF NOT EXISTS sheet (code TEXT REFERENCES room ON DELETE CASCADE, round INTEGER, name TEXT, body TEXT,
    PRIMARY KEY (code, round, name));
"""


_SETTINGS = ("locking_mode=EXCLUSIVE", "journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "secure_delete=ON")
_REMEDY = "Name a file of your own with --room-file that no other server has open"


@dataclass(frozen=True)
class _Known:
    """What the file holds of ``rooms`` by code, ``players`` and ``rounds`` by code and number, and who has a token."""

    rooms: dict[str, Room]
    players: dict[str, dict[int, Player]]
    rounds: dict[str, dict[int, Round]]
    of_token: dict[str, Player]

    def put_player(self, player: Player) -> None:
        self.players.setdefault(player.code, {})[player.number] = player
        self.of_token[player.token_hash] = player

    def forget_room(self, code: str) -> None:
        self.rooms.pop(code, None)
        self.rounds.pop(code, None)
        for player in self.players.pop(code, {}).values():
            self.of_token.pop(player.token_hash, None)


class Store:
    """Rooms, their players, rounds and moves; raises InputError where the file cannot be used."""

    def __init__(self, file: Path) -> None:
        self._lock = threading.RLock()
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
            self._db = _opened(file)
            self._known = self._read()
        except (OSError, sqlite3.Error) as error:
            message = f"cannot be used: {getattr(error, 'strerror', None) or error}"
            raise InputError([Problem("rooms", "file", (file.name,), message, _REMEDY)]) from None

    def close(self) -> None:
        """Close the file; what was in the log is then in it."""
        with self._lock:
            self._db.close()

    @contextmanager
    def together(self) -> Iterator[None]:
        """All that is written inside is written, or nothing."""
        with self._lock:
            if self._db.in_transaction:
                yield
                return
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                self._known = self._read()
                raise
            self._db.execute("COMMIT")

    def rooms(self) -> list[Room]:
        """All rooms, the oldest first."""
        with self._lock:
            return sorted(self._known.rooms.values(), key=lambda room: (room.created_ms, room.code))

    def room(self, code: str) -> Room | None:
        """The room of that code."""
        with self._lock:
            return self._known.rooms.get(code)

    def put_room(self, room: Room) -> None:
        """Write a room, new or changed."""
        with self._lock:
            self._put("room", vars(room), ("code",))
            self._known.rooms[room.code] = room

    def delete_room(self, code: str) -> None:
        """Remove a room with all that belongs to it, from the log too."""
        with self._lock:
            self._db.execute("DELETE FROM room WHERE code = ?", (code,))
            self._known.forget_room(code)
            self.forget()

    def forget(self) -> None:
        """Empty the log, in which what was deleted would be read for a while."""
        with self._lock:
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def players(self, code: str) -> list[Player]:
        """Players of a room who are still in it, in the order of joining."""
        with self._lock:
            everybody = self._known.players.get(code, {})
            return [everybody[number] for number in sorted(everybody) if not everybody[number].removed]

    def player_of(self, code: str, token_hash: str) -> Player | None:
        """Who has that token in that room, also who was removed."""
        with self._lock:
            player = self._known.of_token.get(token_hash)
            return player if player is not None and player.code == code else None

    def player(self, code: str, number: int) -> Player | None:
        """A player who is still in the room."""
        with self._lock:
            player = self._known.players.get(code, {}).get(number)
            return None if player is None or player.removed else player

    def next_player(self, code: str) -> int:
        """The number of who joins next; numbers of those who were removed are not given again."""
        with self._lock:
            return max(self._known.players.get(code, {}), default=0) + 1

    def put_player(self, player: Player) -> None:
        """Write a player, new or changed."""
        with self._lock:
            self._put("player", vars(player), ("code", "number"))
            self._known.put_player(player)

    def remove_player(self, player: Player) -> None:
        """Forget a player's name and moves; the token is kept as one that opens nothing."""
        with self.together():
            self._db.execute("DELETE FROM move WHERE code = ? AND player = ?", (player.code, player.number))
            self.put_player(replace(player, name="", removed=True, last=None, best=None))

    def rounds(self, code: str) -> list[Round]:
        """The rounds of a room of which something is known, in order."""
        with self._lock:
            known = self._known.rounds.get(code, {})
            return [known[number] for number in sorted(known)]

    def round(self, code: str, number: int) -> Round:
        """A round, empty where nothing is known of it."""
        with self._lock:
            return self._known.rounds.get(code, {}).get(number) or Round(code, number)

    def put_round(self, item: Round) -> None:
        """Write a round, new or changed."""
        with self._lock:
            self._put("round", vars(item), ("code", "number"))
            self._known.rounds.setdefault(item.code, {})[item.number] = item

    def put_sheet(self, item: Round, name: str, body: str) -> None:
        """Write a long text that belongs to a round: it is read only when somebody asks for it."""
        row = {"code": item.code, "round": item.number, "name": name, "body": body}
        self._put("sheet", row, ("code", "round", "name"))

    def sheet(self, code: str, number: int, name: str) -> str | None:
        """A text of :meth:`put_sheet`."""
        query = "SELECT body FROM sheet WHERE code = ? AND round = ? AND name = ?"
        return next((str(row["body"]) for row in self._rows(query, code, number, name)), None)

    def moves_of(self, code: str, number: int, player: int) -> list[Move]:
        """A player's moves of a round in the order they came."""
        query = "SELECT * FROM move WHERE code = ? AND round = ? AND player = ? ORDER BY at_ms, rowid"
        return [_move(row) for row in self._rows(query, code, number, player)]

    def unjudged(self, code: str, number: int) -> list[Move]:
        """Moves of a round that nothing is said about yet."""
        query = "SELECT * FROM move WHERE code = ? AND round = ? AND outcome IS NULL ORDER BY at_ms, rowid"
        return [_move(row) for row in self._rows(query, code, number)]

    def move(self, player: Player, move_id: str) -> Move | None:
        """A player's move of that id, of whatever round."""
        query = "SELECT * FROM move WHERE code = ? AND player = ? AND id = ?"
        return next((_move(row) for row in self._rows(query, player.code, player.number, move_id)), None)

    def put_move(self, item: Move) -> None:
        """Write a move, new or judged."""
        self._put("move", vars(item), ("code", "round", "player", "id"))

    def delete_move(self, item: Move) -> None:
        """Forget a move that was none."""
        with self._lock:
            query = "DELETE FROM move WHERE code = ? AND round = ? AND player = ? AND id = ?"
            self._db.execute(query, (item.code, item.round, item.player, item.id))

    def _read(self) -> _Known:
        """All that the file holds of rooms, players and rounds."""
        known = _Known({row["code"]: _room(row) for row in self._rows("SELECT * FROM room")}, {}, {}, {})
        for row in self._rows("SELECT * FROM player"):
            known.put_player(_player(row))
        for row in self._rows("SELECT * FROM round"):
            known.rounds.setdefault(row["code"], {})[row["number"]] = _round(row)
        return known

    def _rows(self, query: str, *values: Any) -> list[dict[str, Any]]:
        with self._lock:
            cursor = self._db.execute(query, values)
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def _put(self, table: str, row: Mapping[str, Any], key: Iterable[str]) -> None:
        names = list(row)
        changes = ", ".join(f"{name} = excluded.{name}" for name in names)
        query = (
            f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))}) "
            f"ON CONFLICT ({', '.join(key)}) DO UPDATE SET {changes}"
        )
        with self._lock:
            self._db.execute(query, [_written(row[name]) for name in names])


def _opened(file: Path) -> sqlite3.Connection:
    """The file with its tables, for this process alone."""
    db = sqlite3.connect(file, check_same_thread=False, isolation_level=None, timeout=1.0)
    for setting in _SETTINGS:
        db.execute(f"PRAGMA {setting}")
    if db.execute("PRAGMA user_version").fetchone()[0] not in (0, _FORMAT):
        raise sqlite3.DatabaseError("it was written by another version")
    db.executescript(_TABLES)
    db.execute(f"PRAGMA user_version={_FORMAT}")
    return db


def _room(row: dict[str, Any]) -> Room:
    return Room(**row | {"replay": bool(row["replay"])})


def _player(row: dict[str, Any]) -> Player:
    return Player(**row | {"removed": bool(row["removed"])} | _cells(row, "last", "best"))


def _round(row: dict[str, Any]) -> Round:
    return Round(**row | _cells(row, "task", "jobs", "result", "board", "error"))


def _move(row: dict[str, Any]) -> Move:
    return Move(**row | _cells(row, "sent", "outcome"))


def _cells(row: dict[str, Any], *names: str) -> dict[str, Any]:
    """Cells that hold JSON, read."""
    return {name: None if row[name] is None else json.loads(row[name]) for name in names}


def _written(value: Any) -> Any:
    """What goes into a cell: JSON of what is no number, text or truth."""
    return value if isinstance(value, str | int | float | None) else json.dumps(value, separators=(",", ":"))
