"""How a room goes from phase to phase: what the lecturer commands, what the clock does, what the referee and the market
have ready. The caller holds the lock of the hall; nothing here waits.

    lobby -> preparing -> running <-> paused
                             |
                 (trade: settling) -> closed -> revealed -> preparing ... -> ended
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import asdict, replace
from typing import Any

from p2pdnr.errors import InputError, Problem
from p2pdnr.room import refusals, scores
from p2pdnr.room.market import Market
from p2pdnr.room.records import Json, Room, Round
from p2pdnr.room.referee_process import Ask, Refused
from p2pdnr.room.sets import RoundPlan, RoundSet
from p2pdnr.room.store import Store
from p2pdnr.server.protocol import error

UNDER_WAY = ("preparing", "running", "paused", "settling")
"""Phases in which a round may still become whatever it will."""

EXTENSION_S = (5, 600)
_SHEETS = ("day", "idle")
"""Days of a *trade* round that are solved while the class still thinks: all offered, nothing offered."""


class Conductor:
    """Rooms of one store; ``clock`` gives seconds since 1970."""

    def __init__(
        self, store: Store, sets: Mapping[str, RoundSet], ask: Ask, market: Market, clock: Callable[[], float]
    ) -> None:
        self._store, self._sets, self._ask, self._market, self._clock = store, sets, ask, market, clock
        self._asked: dict[tuple[str, int, str], Future[dict[str, Any]]] = {}

    @property
    def now_ms(self) -> int:
        """The server's clock."""
        return round(1000.0 * self._clock())

    def plan(self, room: Room, number: int | None = None) -> RoundPlan | None:
        """The round under way, or the one of that number; None where there is none."""
        rounds = self._sets[room.set_key].rounds
        number = room.number if number is None else number
        return rounds[number - 1] if 1 <= number <= len(rounds) else None

    def command(self, room: Room, do: str, body: Mapping[str, Any]) -> None:
        """Do what the lecturer wants; raises :class:`Refusal` where it does not fit the phase, InputError where it is
        nothing that can be wanted."""
        commands: dict[str, Callable[[Room], None]] = {
            "start": self._start,
            "next": self._start,
            "pause": self._pause,
            "resume": self._resume,
            "close": self._close,
            "reveal": self._reveal,
            "replay": self._replay,
            "end": self._end,
            "delete": self.delete,
        }
        if do == "extend":
            self._extend(room, body.get("seconds"))
        elif do == "remove":
            self._remove(room, body.get("player"))
        elif do in commands:
            commands[do](room)
        else:
            known = ", ".join([*commands, "extend", "remove"])
            raise InputError([Problem("command", "do", (str(do)[:40],), "is no command", f"Use one of {known}")])

    def tick(self) -> None:
        """What time and others have brought: deadlines, preparations, markets."""
        for room in self._store.rooms():
            self._tick(room)

    def changed(self, room: Room, **changes: Any) -> Room:
        """The room with changes that everybody sees."""
        room = replace(room, **changes, version=room.version + 1, phase_version=room.phase_version + 1)
        self._store.put_room(room)
        return room

    def told_lecturer(self, code: str) -> None:
        """Something changed that the lecturer alone sees."""
        if (room := self._store.room(code)) is not None:
            self._store.put_room(replace(room, version=room.version + 1))

    def delete(self, room: Room) -> None:
        """Forget a room with everything."""
        for item in self._store.rounds(room.code):
            for job in item.jobs.values():
                if job.get("result"):
                    self._market.discard(job["result"])
        self._store.delete_room(room.code)
        self._asked = {key: future for key, future in self._asked.items() if key[0] != room.code}

    # -- commands -------------------------------------------------------------------------------------

    def _start(self, room: Room) -> None:
        _expect(room, "lobby", "revealed")
        if self.plan(room, room.number + 1) is None:
            raise refusals.not_now("This was the last round of the set.")
        room = self.changed(
            room, phase="preparing", number=room.number + 1, started_ms=None, deadline_ms=None, moved=0, replay=False
        )
        self._tick(room)

    def _pause(self, room: Room) -> None:
        _expect(room, "running")
        self.changed(room, phase="paused", left_ms=max(0, (room.deadline_ms or 0) - self.now_ms), deadline_ms=None)

    def _resume(self, room: Room) -> None:
        _expect(room, "paused")
        self.changed(room, phase="running", deadline_ms=self.now_ms + (room.left_ms or 0), left_ms=None)

    def _extend(self, room: Room, seconds: Any) -> None:
        _expect(room, "running", "paused")
        low, high = EXTENSION_S
        if isinstance(seconds, bool) or not isinstance(seconds, int) or not low <= seconds <= high:
            message, remedy = f"is no whole number from {low} to {high}", 'Send {"do": "extend", "seconds": 30}'
            raise InputError([Problem("command", "seconds", (), message, remedy)])
        if room.phase == "running":
            self.changed(room, deadline_ms=(room.deadline_ms or 0) + 1000 * seconds)
        else:
            self.changed(room, left_ms=(room.left_ms or 0) + 1000 * seconds)

    def _close(self, room: Room) -> None:
        _expect(room, "running", "paused")
        plan = self.plan(room)
        phase = "settling" if plan is not None and plan.game == "trade" else "closed"
        self.changed(room, phase=phase, deadline_ms=None, left_ms=None)

    def _reveal(self, room: Room) -> None:
        _expect(room, "closed")
        if self._store.unjudged(room.code, room.number):
            raise refusals.not_now("The last moves are still being judged. Try again in a second.")
        item, plan = self._store.round(room.code, room.number), self.plan(room)
        players = [player.in_round(room.number) for player in self._store.players(room.code)]
        bills = (item.result or {}).get("bills", {}) if plan is not None and plan.game == "trade" else None
        rows = scores.board(scores.rows(players, room.started_ms or 0, bills))
        with self._store.together():
            self._store.put_round(replace(item, board={"rows": rows}))
            self.changed(room, phase="revealed", revealed=room.number)

    def _replay(self, room: Room) -> None:
        _expect(room, "revealed")
        self.changed(room, replay=not room.replay)

    def _end(self, room: Room) -> None:
        if room.phase != "ended":
            self.changed(room, phase="ended", deadline_ms=None, left_ms=None, replay=False)

    def _remove(self, room: Room, number: Any) -> None:
        player = self._store.player(room.code, number) if isinstance(number, int) else None
        if player is None:
            remedy = "Send the number that stands on the board"
            raise InputError([Problem("command", "player", (str(number)[:40],), "is nobody in this room", remedy)])
        with self._store.together():
            self._store.remove_player(player)
            had_moved = player.in_round(room.number).moves > 0
            self.changed(room, players=room.players - 1, moved=room.moved - had_moved)
        self._store.forget()

    # -- the clock ------------------------------------------------------------------------------------

    def _tick(self, room: Room) -> None:
        if room.phase == "preparing":
            self._prepare(room)
        elif room.phase == "running" and self.now_ms >= (room.deadline_ms or 0):
            self._close(room)
        elif room.phase == "settling":
            self._settle(room)
        if room.phase in ("running", "paused") and (plan := self.plan(room)) and plan.game == "trade":
            self._solve_ahead(room, plan)
        if room.phase in ("lobby", "running", "paused", "closed", "revealed"):
            self._prepare_ahead(room)

    def _prepare(self, room: Room) -> None:
        item, plan = self._store.round(room.code, room.number), self.plan(room)
        if plan is None:
            return
        if item.task is None:
            told = self._answer(room, "prepare", *self._preparation(room, plan))
            if told is None:
                return
            item = self._keep(item, plan, told)
        if item.error is not None:
            self.changed(room, phase="closed")
            return
        now_ms = self.now_ms
        self.changed(room, phase="running", started_ms=now_ms, deadline_ms=now_ms + 1000 * plan.seconds)

    def _prepare_ahead(self, room: Room) -> None:
        """The next round of *switch*, which does not depend on who plays."""
        plan, number = self.plan(room, room.number + 1), room.number + 1
        if plan is None or plan.game != "switch":
            return
        item = self._store.round(room.code, number)
        if item.task is None and item.error is None:
            told = self._answer(replace(room, number=number), "prepare", *self._preparation(room, plan))
            if told is not None:
                self._keep(item, plan, told)
                self.told_lecturer(room.code)

    def _preparation(self, room: Room, plan: RoundPlan) -> tuple[str, dict[str, Any]]:
        """What the referee is asked before a round."""
        if plan.game == "switch":
            return "prepare_switch", {"scenario": plan.scenario, "hour": plan.hour}
        players = [player.number for player in self._store.players(room.code)]
        asked = {"players": players, "equipment": dict(plan.equipment), "by_hand": plan.by_hand}
        return "prepare_trade", {"scenario": plan.scenario, **asked}

    def _keep(self, item: Round, plan: RoundPlan, told: Json) -> Round:
        """Write down what the referee has prepared, or why it could not."""
        with self._store.together():
            if "failed" in told:
                item = replace(item, task={}, error=told["failed"])
            elif plan.game == "switch":
                item = replace(item, task={name: told[name] for name in ("about", "initial", "optimum")})
            else:
                item = replace(item, task={"about": told["about"]})
                for name in _SHEETS:
                    self._store.put_sheet(item, name, told[name])
                for player, home in told["homes"].items():
                    self._store.put_sheet(item, f"home {player}", json.dumps(home))
            if "grid" in told:
                self._store.put_sheet(item, "grid", json.dumps(told["grid"], separators=(",", ":")))
            self._store.put_round(item)
        return item

    # -- the market -----------------------------------------------------------------------------------

    def _solve_ahead(self, room: Room, plan: RoundPlan) -> None:
        """Have the two days solved that the class's is held against."""
        item = self._store.round(room.code, room.number)
        for name in _SHEETS:
            item = self._follow(item, name, plan, self._store.sheet(room.code, room.number, name) or "")

    def _settle(self, room: Room) -> None:
        plan = self.plan(room)
        if plan is None:
            return
        item = self._store.round(room.code, room.number)
        moves = self._last_moves(room)
        day = self._store.sheet(room.code, room.number, "day") or ""
        played = self._store.sheet(room.code, room.number, "played")
        if played is None:
            told = self._answer(room, "order", "order_trade", {"day": day, "moves": moves})
            if told is None:
                return
            if "failed" in told:
                self._fail(room, item, told["failed"])
                return
            played = told["day"]
            self._store.put_sheet(item, "played", played)
        item = self._follow(item, "played", plan, played)
        for name in _SHEETS:
            item = self._follow(item, name, plan, self._store.sheet(room.code, room.number, name) or "")
        failed = item.jobs.get("played", {}).get("error")
        if failed is not None:
            self._fail(room, item, failed)
        elif all(item.jobs.get(name, {}).get("ended") for name in ("played", *_SHEETS)):
            self._reckon(room, item, {"day": day, "moves": moves})

    def _last_moves(self, room: Room) -> dict[str, Any]:
        """What the homes are to do, by player number."""
        players = [player.in_round(room.number) for player in self._store.players(room.code)]
        return {str(player.number): player.best["move"] for player in players if player.best}

    def _follow(self, item: Round, name: str, plan: RoundPlan, day: str) -> Round:
        """Order a day, or see how far it is; a job or a result that a new server does not know is ordered anew."""
        job: dict[str, Any] = dict(item.jobs.get(name, {}))
        if job.get("ended") and (job.get("error") is not None or self._market.folder(job["result"])):
            return item
        before = dict(job)
        found = self._market.look(job["job"]) if job.get("job") and not job.get("ended") else None
        if found is None:
            order = self._market.order(item.code, day, plan.mode, name != "idle")
            job = {"job": order}
        elif found.ended:
            job |= {"ended": True, "result": found.result, "error": None if found.result else found.error or {}}
        if job != before:
            item = replace(item, jobs={**item.jobs, name: job})
            self._store.put_round(item)
        return item

    def _reckon(self, room: Room, item: Round, asked: Mapping[str, Any]) -> None:
        """The bills of the class, once all three days are there."""
        results = {name: item.jobs[name].get("result") for name in ("played", *_SHEETS)}
        folders = {name: str(self._market.folder(result)) if result else None for name, result in results.items()}
        places = {"played": folders["played"], "best": folders["day"], "idle": folders["idle"]}
        told = self._answer(room, "settle", "settle", {**asked, **places})
        if told is None:
            return
        if "failed" in told:
            self._fail(room, item, told["failed"])
            return
        with self._store.together():
            self._store.put_round(replace(item, result={**told, "result": results["played"]}))
            self.changed(room, phase="closed")

    def _fail(self, room: Room, item: Round, why: Json) -> None:
        with self._store.together():
            self._store.put_round(replace(item, error=why))
            self.changed(room, phase="closed")

    def _answer(self, room: Room, name: str, kind: str, asked: Mapping[str, Any]) -> dict[str, Any] | None:
        """The referee's answer to what is asked once per round; None while it works, ``failed`` where it cannot.

        Where its process has ended it is asked again.
        """
        key = (room.code, room.number, name)
        future = self._asked.get(key)
        if future is None:
            future = self._asked[key] = self._ask(kind, **asked)
        if not future.done():
            return None
        del self._asked[key]
        try:
            return future.result()
        except Refused as refused:
            return {"failed": dict(refused.told)}
        except OSError:
            return None
        except Exception as exception:  # an answer that is no answer must not stop the clock of other rooms
            return {"failed": error(type(exception).__name__, "The referee could not do that. See the server's log.")}


def _expect(room: Room, *phases: str) -> None:
    if room.phase not in phases:
        raise refusals.not_now(f"The room is {room.phase} now.")


def task_of(item: Round) -> dict[str, Any]:
    """What was prepared for a round, empty before."""
    return dict(item.task or {})


def plain(plan: RoundPlan) -> dict[str, Any]:
    """A round as the page knows it beforehand."""
    told = asdict(plan)
    return {name: told[name] for name in ("game", "title", "teaches", "task", "seconds")}
