"""The rooms of one server: who may do what, joining, moving, leading. All of its methods may be called from any thread.

A move is written down before anything is computed: it came in time whatever happens next. Its power flow is then waited
for outside the lock, and where that takes too long, or the server is started again meanwhile, the clock sees to it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from concurrent.futures import TimeoutError as TooLate
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from p2pdnr.errors import InputError, Problem
from p2pdnr.room import battery_plan, moves, names, refusals, scores
from p2pdnr.room.conductor import Conductor, task_of
from p2pdnr.room.market import Market
from p2pdnr.room.records import Move, Player, Room
from p2pdnr.room.referee_process import Ask, Refused
from p2pdnr.room.sets import RoundSet, read_sets
from p2pdnr.room.settings import RoomSettings
from p2pdnr.room.sheets import home_of
from p2pdnr.room.store import Store
from p2pdnr.room.tempo import Tempo

TOUCHED_MS = 60_000
"""How fine the time of last use is kept."""

ONLINE_MS = 10_000
"""Who asked for anything within that time is there."""

TICK_S = 0.1
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Outside:
    """What a hall asks: the referee, the market, and the clock (seconds since 1970)."""

    ask: Ask
    market: Market
    clock: Callable[[], float] = time.time


class Hall:
    """Rooms, kept in the settings' file."""

    def __init__(self, settings: RoomSettings, outside: Outside) -> None:
        self.settings = settings
        self.sets: Mapping[str, RoundSet] = read_sets(settings.data_dir)
        self.store = Store(settings.file)
        self.lock = threading.RLock()
        self._ask = outside.ask
        self.conductor = Conductor(self.store, self.sets, outside.ask, outside.market, outside.clock)
        self._moving = Tempo(settings.moves_per_s, settings.burst, outside.clock)
        self._joining = Tempo(settings.joins_per_s, settings.join_burst, outside.clock)
        self._judging: dict[tuple[str, int, str], Future[dict[str, Any]]] = {}
        self._seen: dict[tuple[str, int], int] = {}
        self._stop = threading.Event()

    @property
    def now_ms(self) -> int:
        """The server's clock."""
        return self.conductor.now_ms

    # -- who ------------------------------------------------------------------------------------------

    def is_lecturer(self, secret: str) -> bool:
        """Whether somebody shows the lecturer's key."""
        return bool(secret) and names.is_same(secret, self.settings.key)

    def room(self, code: str) -> Room:
        """The room of a code; raises :class:`Refusal` where there is none."""
        room = self.store.room(code)
        if room is None:
            raise refusals.no_room()
        return room

    def player(self, code: str, token: str) -> Player:
        """Who shows a token in a room, marked as seen; raises :class:`Refusal` where it is nobody's (any more)."""
        room = self.room(code)
        player = self.store.player_of(code, names.hashed(token)) if token else None
        if player is None:
            raise refusals.not_allowed()
        if player.removed:
            raise refusals.removed()
        self._seen[code, player.number] = self.now_ms
        return player.in_round(room.number)

    def is_online(self, player: Player) -> bool:
        """Whether a player asked for anything in the last seconds."""
        return self.now_ms - self._seen.get((player.code, player.number), 0) < ONLINE_MS

    def online(self, code: str) -> int:
        """How many players of a room did."""
        now_ms = self.now_ms
        return sum(key[0] == code and now_ms - at < ONLINE_MS for key, at in list(self._seen.items()))

    # -- doing ----------------------------------------------------------------------------------------

    def open(self, set_key: Any) -> Room:
        """A new room for a set of rounds."""
        if not isinstance(set_key, str) or set_key not in self.sets:
            remedy = f"Choose one of {', '.join(self.sets)}"
            raise InputError([Problem("room", "set", (str(set_key)[:40],), "is no set of rounds", remedy)])
        with self.lock:
            open_rooms = self.store.rooms()
            if len(open_rooms) >= self.settings.rooms:
                raise refusals.full("There are as many rooms as this server takes. End and delete one of them.")
            code, now_ms = names.new_code({room.code for room in open_rooms}), self.now_ms
            room = Room(code, set_key, "lobby", now_ms, now_ms)
            self.store.put_room(room)
            return room

    def join(self, code: str, name: Any) -> tuple[Player, str]:
        """A new player and its token."""
        with self.lock:
            room = self.room(code)
            if not self._joining.take(code):
                raise refusals.too_fast()
            if room.phase == "ended":
                raise refusals.not_now("This room has ended.")
            players = self.store.players(code)
            if len(players) >= self.settings.players:
                raise refusals.full("This room is full.")
            plain, token = names.nickname(name, [player.name for player in players]), names.new_token()
            number, now_ms = self.store.next_player(code), self.now_ms
            player = Player(code, number, plain, names.hashed(token), now_ms)
            with self.store.together():
                self.store.put_player(player)
                many, version = len(players) + 1, room.version + 1
                self.store.put_room(replace(room, players=many, version=version, touched_ms=now_ms))
            self._seen[code, number] = now_ms
            return player.in_round(room.number), token

    def command(self, code: str, do: Any, body: Mapping[str, Any]) -> None:
        """Do what the lecturer wants."""
        with self.lock:
            room = replace(self.room(code), touched_ms=self.now_ms)
            self.conductor.command(room, do if isinstance(do, str) else "", body)

    def touch(self, room: Room) -> None:
        """Note that a room is in use."""
        if self.now_ms - room.touched_ms > TOUCHED_MS:
            with self.lock:
                if (fresh := self.store.room(room.code)) is not None:
                    self.store.put_room(replace(fresh, touched_ms=self.now_ms))

    def move(self, player: Player, body: Mapping[str, Any]) -> tuple[Move, bool]:
        """A player's move as it stands now, and whether it was sent before; see the module's docstring."""
        move_id = moves.move_id(body.get("id"))
        with self.lock:
            known = self.store.move(player, move_id)
            if known is not None:
                return self._stands(known), True
            move = self._accepted(player, move_id, body)
        if move.outcome is None:
            self._wait(move)
        return self._stands(self.store.move(player, move_id) or move), False

    def _stands(self, move: Move) -> Move:
        """The move; raises InputError with what is wrong with it, and forgets one that was none."""
        if move.outcome is None or "problems" not in move.outcome:
            return move
        with self.lock:
            self.store.delete_move(move)
        raise InputError([Problem(**item | {"ids": tuple(item["ids"])}) for item in move.outcome["problems"]])

    # -- the clock ------------------------------------------------------------------------------------

    def start(self) -> None:
        """Let time pass."""
        threading.Thread(target=self._run, name="p2pdnr-rooms", daemon=True).start()

    def close(self) -> None:
        """Let it stop, and close the file."""
        self._stop.set()
        with self.lock:
            self.store.close()

    def tick(self) -> None:
        """One moment: rooms go on, moves are judged, rooms grow old."""
        with self.lock:
            if self._stop.is_set():
                return
            self.conductor.tick()
            for room in self.store.rooms():
                self._judge_late(room)
                self._grow_old(room)

    def _run(self) -> None:
        while not self._stop.wait(TICK_S):
            try:
                self.tick()
            except Exception:  # whatever it is, every room waits for this thread
                _log.exception("unexpected error in the rooms")
                self._stop.wait(1.0)

    def _grow_old(self, room: Room) -> None:
        """End and delete what nobody uses, or what is too old."""
        idle_s, age_s = ((self.now_ms - then) / 1000.0 for then in (room.touched_ms, room.created_ms))
        if idle_s > self.settings.idle_s or age_s > self.settings.age_s:
            self.conductor.delete(room)
            self._seen = {key: at for key, at in self._seen.items() if key[0] != room.code}

    # -- moves ----------------------------------------------------------------------------------------

    def _accepted(self, player: Player, move_id: str, body: Mapping[str, Any]) -> Move:
        """Write a move down that fits the phase and has the right shape; a *trade* move is thereby judged."""
        room, now_ms = self.room(player.code), self.now_ms
        plan, item = self.conductor.plan(room), self.store.round(room.code, room.number)
        if room.phase != "running" or now_ms > (room.deadline_ms or 0) or body.get("round") != room.number:
            raise refusals.not_now("No move of this round is taken now.")
        if not self._moving.take(f"{room.code} {player.number}"):
            raise refusals.too_fast()
        if player.moves >= self.settings.moves_per_round:
            raise refusals.full("You have made as many moves as a round takes.")
        about, told = task_of(item)["about"], None
        if plan is not None and plan.game == "trade":
            home = home_of(self.store, room, player)
            if home is None:
                raise refusals.not_now("You have no home in this round: you joined after it began.")
            sent = moves.trade_move(body.get("move"), about)
            told = battery_plan.told(home, sent)
        else:
            sent = moves.switch_move(body.get("move"), about["n_open"])
        move = Move(room.code, room.number, player.number, move_id, now_ms, sent)
        with self.store.together():
            self.store.put_move(move)
            if told is not None:
                move = self._stand(move, told)
        return move

    def _stand(self, move: Move, outcome: Mapping[str, Any]) -> Move:
        """Write down what is said of a move: it counts from now on, unless that is what is wrong with it."""
        move = replace(move, outcome=outcome)
        self.store.put_move(move)
        room, player = self.store.room(move.code), self.store.player(move.code, move.player)
        plan = self.conductor.plan(room, move.round) if room is not None else None
        if room is None or player is None or plan is None or "problems" in outcome:
            return move
        told = {"id": move.id, "at": move.at_ms, "move": move.sent, "outcome": outcome}
        before = player.in_round(move.round)
        best, last = scores.better(before.best, told, plan.game), scores.better(before.last, told, "trade")
        now = replace(before, moves=before.moves + 1, best=best, last=last, version=player.version + 1)
        self.store.put_player(now)
        self.store.put_room(replace(room, version=room.version + 1, moved=room.moved + (before.moves == 0)))
        return move

    def _wait(self, move: Move) -> None:
        """Let the referee judge a move, and wait for that a little."""
        with self.lock:
            future = self._judge(move)
        with suppress(TooLate, Refused, OSError):
            future.result(self.settings.evaluate_s)
        with self.lock:
            self._hear(move)

    def _judge(self, move: Move) -> Future[dict[str, Any]]:
        key = (move.code, move.player, move.id)
        if key not in self._judging:
            plan = self.conductor.plan(self.room(move.code), move.round)
            task = task_of(self.store.round(move.code, move.round))
            scale = [task[name]["eur_per_h"] for name in ("initial", "optimum")]
            assert plan is not None, "a move belongs to a round"
            self._judging[key] = self._ask(
                "judge", scenario=plan.scenario, hour=plan.hour, opened=move.sent["open"], scale=scale
            )
        return self._judging[key]

    def _hear(self, move: Move) -> None:
        """Write down the referee's word on a move, if it has come."""
        future = self._judging.get((move.code, move.player, move.id))
        if future is None or not future.done():
            return
        del self._judging[move.code, move.player, move.id]
        try:
            told: Mapping[str, Any] = future.result()
        except Refused as refused:
            told = {"problems": refused.told.get("problems", [])}
        except OSError:
            return  # the clock asks again
        with self.store.together():
            if self.store.room(move.code) is not None:
                self._stand(move, told)

    def _judge_late(self, room: Room) -> None:
        """Moves whose judgement nobody waits for any longer; those that were none are forgotten."""
        for move in self.store.unjudged(room.code, room.number):
            if self.now_ms - move.at_ms > 1000.0 * self.settings.evaluate_s:
                self._judge(move)
                self._hear(move)
