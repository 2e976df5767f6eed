"""What a lecturer and a player see of a room, as JSON values (docs/room.md).

Of other players a player sees two numbers until the scores are revealed, and never a move but the class's best. Nobody
sees the best topology before.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from p2pdnr.room import scores
from p2pdnr.room.conductor import plain, task_of
from p2pdnr.room.hall import Hall
from p2pdnr.room.records import Json, Player, Room, Round
from p2pdnr.room.sheets import home_of

LECTURER_POLL_MS = 250
LEAST_POLL_MS, POLL_MS_PER_PLAYER = 1000, 5
_KEPT = 32


@dataclass(frozen=True)
class _Shared:
    """What all who ask see of a room in one phase: ``round``, ``reveal`` (without anybody's own row), ``total``."""

    round: dict[str, Any] | None
    reveal: dict[str, Any] | None
    total: list[dict[str, Any]] | None


class Views:
    """States of a hall's rooms; what everybody sees is made once per phase."""

    def __init__(self, hall: Hall) -> None:
        self._hall = hall
        self._shared: OrderedDict[tuple[str, int, int], _Shared] = OrderedDict()

    def lecturer_version(self, room: Room) -> str:
        """Changes with anything that the lecturer sees."""
        return f"l{room.version}.{self._hall.online(room.code)}"

    def player_version(self, room: Room, player: Player) -> str:
        """Changes with anything that this player sees."""
        return f"p{room.phase_version}.{player.version}.{room.players}.{room.moved}"

    def lecturer(self, room: Room) -> dict[str, Any]:
        """The lecturer's state."""
        hall = self._hall
        players = [player.in_round(room.number) for player in hall.store.players(room.code)]
        plan, following = hall.conductor.plan(room), hall.conductor.plan(room, room.number + 1)
        ready = following is not None and (
            following.game == "trade" or hall.store.round(room.code, room.number + 1).task is not None
        )
        return {
            **self._common(room, "lecturer", self.lecturer_version(room), LECTURER_POLL_MS),
            "qr": f"/rooms/{room.code}/join.svg",
            "next": following and plain(following) | {"number": room.number + 1, "ready": ready},
            "board": [self._on_board(player) for player in players],
            "live": scores.live_shares(players) if plan is not None and plan.game == "switch" else None,
            "progress": {"share": None} if room.phase == "settling" else None,
        }

    def player(self, room: Room, player: Player) -> dict[str, Any]:
        """A player's state."""
        poll_ms = LEAST_POLL_MS + POLL_MS_PER_PLAYER * room.players
        told = self._common(room, "player", self.player_version(room, player), poll_ms)
        if told["reveal"]:
            rows = (row for row in told["reveal"]["board"] if row["player"] == player.number)
            told["reveal"] = {**told["reveal"], "me": next(rows, None)}
        return told | {"me": self._me(room, player)}

    def _me(self, room: Room, player: Player) -> dict[str, Any]:
        plan = self._hall.conductor.plan(room)
        home = home_of(self._hall.store, room, player) if plan is not None and plan.game == "trade" else None
        return {
            "player": player.number,
            "name": player.name,
            "playing": plan is not None and (plan.game == "switch" or home is not None),
            "home": home,
            "moves": player.moves,
            "last": player.last,
            "best": player.best,
        }

    def _on_board(self, player: Player) -> dict[str, Any]:
        hall = self._hall
        return {
            "player": player.number,
            "name": player.name,
            "online": hall.is_online(player),
            "moves": player.moves,
            "moved": player.moves > 0,
            "moved_at": player.last["at"] if player.last else None,
        }

    def _common(self, room: Room, role: str, version: str, poll_ms: int) -> dict[str, Any]:
        hall = self._hall
        shared = self._of_phase(room)
        rounds = hall.sets[room.set_key]
        return {
            "role": role,
            "version": version,
            "now": hall.now_ms,
            "code": room.code,
            "phase": room.phase,
            "poll_ms": poll_ms,
            "set": {"key": rounds.key, "title": rounds.title},
            "rounds": len(rounds.rounds),
            "players": room.players,
            "moved": room.moved,
            "round": shared.round,
            "reveal": shared.reveal,
            "total": shared.total,
        }

    def _of_phase(self, room: Room) -> _Shared:
        key = (room.code, room.created_ms, room.phase_version)
        if key not in self._shared:
            self._shared[key] = self._made(room)
            while len(self._shared) > _KEPT:
                self._shared.popitem(last=False)
        return self._shared[key]

    def _made(self, room: Room) -> _Shared:
        hall = self._hall
        is_shown = room.phase in ("revealed", "ended") and room.revealed == room.number > 0
        item = hall.store.round(room.code, room.number)
        boards: list[list[Json]] = []
        players = hall.store.players(room.code)
        if room.phase in ("revealed", "ended"):
            known = {player.number for player in players}
            rounds = [one for one in hall.store.rounds(room.code) if one.board and one.number <= room.revealed]
            boards = [[row for row in one.board["rows"] if row["player"] in known] for one in rounds if one.board]
        return _Shared(
            round=self._round(room, item),
            reveal=self._reveal(room, item, boards[-1]) if is_shown and boards else None,
            total=scores.total(boards, players) if room.phase in ("revealed", "ended") else None,
        )

    def _round(self, room: Room, item: Round) -> dict[str, Any] | None:
        plan = self._hall.conductor.plan(room)
        if plan is None:
            return None
        task = task_of(item) if room.phase != "preparing" else {}
        about = task.get("about")
        if about is not None and plan.game == "trade":
            about = about | {"prices_before": self._prices_before(room)}
        return {
            **plain(plan),
            "number": room.number,
            "started": room.started_ms,
            "deadline": room.deadline_ms,
            "left_ms": room.left_ms,
            "error": item.error,
            "grid": f"/rooms/{room.code}/rounds/{room.number}/grid.json" if task else None,
            "initial": task.get("initial"),
            "about": about,
        }

    def _prices_before(self, room: Room) -> Any:
        """Mean prices of the last *trade* round before this one."""
        earlier = [item for item in self._hall.store.rounds(room.code) if item.number < room.number and item.result]
        return earlier[-1].result["prices_eur_per_kwh"] if earlier and earlier[-1].result else None

    def _reveal(self, room: Room, item: Round, board: list[Json]) -> dict[str, Any]:
        plan, first = self._hall.conductor.plan(room), next((row for row in board if row["rank"] == 1), None)
        best = self._hall.store.player(room.code, first["player"]) if first else None
        best = best.in_round(room.number) if best else None
        told = {"player": best.number, "name": best.name, **best.best} if best and best.best else None
        is_trade = plan is not None and plan.game == "trade"
        return {
            "board": board,
            "class_best": told,
            "optimum": _class_figures(item) if is_trade else task_of(item).get("optimum"),
            "me": None,
            "replay": self._replay(room, best) if best and room.replay else None,
        }

    def _replay(self, room: Room, best: Player) -> dict[str, Any]:
        moves = [
            {"at_ms": move.at_ms - (room.started_ms or 0), "move": move.sent, "outcome": move.outcome}
            for move in self._hall.store.moves_of(room.code, room.number, best.number)
            if move.outcome is not None and "problems" not in move.outcome
        ]
        return {"player": best.number, "name": best.name, "moves": moves}


def _class_figures(item: Round) -> Mapping[str, Any] | None:
    """How the class did together in a *trade* round."""
    result = item.result
    if result is None:
        return None
    own, best, idle = (result[name] for name in ("class_eur", "class_best_eur", "class_idle_eur"))
    return {
        "class_eur": own,
        "best_eur": best,
        "idle_eur": idle,
        "share": None if best is None or idle is None else scores.share_percent(idle, best, own),
        "proved": result["proved"],
        "prices_eur_per_kwh": result["prices_eur_per_kwh"],
        "result": result["result"],
    }
