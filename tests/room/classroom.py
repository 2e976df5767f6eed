"""A room with a clock that stands still, a referee in the same process, and a market that is solved at once."""

from __future__ import annotations

import json
import shutil
from concurrent.futures import Future
from functools import cached_property
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from p2pdnr import study
from p2pdnr.results import folder as folders
from p2pdnr.room import routes
from p2pdnr.room.hall import Hall, Outside
from p2pdnr.room.market import Mode, Solve
from p2pdnr.room.referee import Referee
from p2pdnr.room.referee_process import Refused
from p2pdnr.room.settings import RoomSettings
from p2pdnr.scenario import document
from p2pdnr.server import headers
from p2pdnr.server.protocol import describe, encode
from tests.small_scenario import small_document

KEY = "a-key-that-nobody-guesses"
WORDS = {"en": "word", "de": "Wort"}
SWITCH = {"game": "switch", "scenario": "small", "hour": 2, "seconds": 60}
TRADE = {"game": "trade", "scenario": "small", "seconds": 60, "equipment": {"battery_h": 2.0, "flexible_share": 0.2}}
HAND = TRADE | {"by_hand": True, "equipment": {"battery_h": 2.0, "flexible_share": 0.0}}


def data_folder(place: Path) -> Path:
    """A data folder with the small day and three sets of rounds."""
    data = place / "data"
    (data / "scenarios").mkdir(parents=True)
    (data / "scenarios" / "small.json").write_text(json.dumps(small_document()), encoding="utf-8")
    words = {"title": WORDS, "teaches": WORDS, "task": WORDS}
    sets = {"lines": [SWITCH, SWITCH | {"hour": 1}], "market": [TRADE, HAND], "broken": [SWITCH | {"hour": 99}]}
    told = [
        {"key": key, "title": WORDS, "description": WORDS, "minutes": 5, "rounds": [row | words for row in rounds]}
        for key, rounds in sets.items()
    ]
    (data / "rooms.json").write_text(json.dumps({"sets": told}), encoding="utf-8")
    return data


class Sitting:
    """A referee of this process that may be away."""

    def __init__(self, data: Path) -> None:
        self.referee = Referee(data)
        self.away = False

    def ask(self, kind: str, **asked: Any) -> Future[dict[str, Any]]:
        """The answer, through JSON as through a pipe."""
        future: Future[dict[str, Any]] = Future()
        if self.away:
            future.set_exception(OSError("away"))
            return future
        try:
            future.set_result(json.loads(encode(self.referee.answer(kind, **json.loads(encode(asked))))))
        except Exception as exception:
            future.set_exception(Refused(describe(exception)))
        return future


class SolvedAtOnce:
    """A market whose days are solved when they are ordered; results stand in folders."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.jobs: dict[str, Solve] = {}

    def order(self, room: str, day: str, mode: Mode, p2p: bool) -> str:
        """Solve a day."""
        job = f"{room}-{len(self.jobs)}"
        result = study.run(document.parse(day), study.Options(mode=mode, p2p=p2p))
        folders.save(result, self.place / job)
        self.jobs[job] = Solve(True, job)
        return job

    def look(self, job: str) -> Solve | None:
        """A day that was ordered."""
        return self.jobs.get(job)

    def folder(self, result: str) -> Path | None:
        """Where its result is."""
        return self.place / result if (self.place / result).is_dir() else None

    def discard(self, result: str) -> None:
        """Remove it."""
        shutil.rmtree(self.place / result)


class Classroom:
    """A hall and its app; ``now`` is the clock in seconds."""

    def __init__(self, place: Path, **bounds: Any) -> None:
        self.now = 1_000_000.0
        self.place = place
        self.data = place / "data" if (place / "data").is_dir() else data_folder(place)
        self.sitting, self.market = Sitting(self.data), SolvedAtOnce(place / "results")
        self.bounds = bounds
        self.begin()

    def begin(self) -> None:
        """Start the server, anew where it was started before."""
        if "app" in self.__dict__:
            self.hall.close()
            del self.app
        settings = RoomSettings(KEY, self.place / "rooms.sqlite", self.data, **self.bounds)
        self.hall = Hall(settings, Outside(self.sitting.ask, self.market, lambda: self.now))

    @cached_property
    def app(self) -> Flask:
        """The app, with the guards of the real one."""
        app = Flask("room")
        routes.register(app, self.hall, lambda: "http://class.example/", lambda address: address.encode())
        headers.apply(app, (), headers.LOOPBACK)
        return app

    @property
    def client(self) -> FlaskClient:
        """A browser without anything."""
        return self.app.test_client()

    def ask(self, method: str, path: str, body: Any = None, secret: str = "") -> tuple[int, Any]:
        """Status and answer of a request."""
        shown = {"Authorization": f"Bearer {secret}"} if secret else {}
        answer = self.client.open(path, method=method, json=body, headers=shown)
        return answer.status_code, answer.get_json(silent=True)

    def lead(self, code: str, do: str, **more: Any) -> tuple[int, Any]:
        """A command of the lecturer."""
        return self.ask("POST", f"/rooms/{code}/command", {"do": do, **more}, KEY)

    def opened(self, rounds: str = "lines") -> str:
        """The code of a new room."""
        status, told = self.ask("POST", "/rooms", {"set": rounds}, KEY)
        assert status == 201, told
        return str(told["code"])

    def joined(self, code: str, name: str) -> str:
        """The token of a new player."""
        status, told = self.ask("POST", f"/rooms/{code}/players", {"name": name})
        assert status == 201, told
        return str(told["token"])

    def started(self, rounds: str = "lines", names: tuple[str, ...] = ("Ada", "Bo")) -> tuple[str, list[str]]:
        """A room whose first round runs, and the tokens of its players."""
        code = self.opened(rounds)
        tokens = [self.joined(code, name) for name in names]
        status, told = self.lead(code, "start")
        assert status == 200, told
        assert told["state"]["phase"] == "running", told
        return code, tokens

    def state(self, code: str, secret: str = KEY, after: str = "") -> tuple[int, Any]:
        """What somebody sees."""
        return self.ask("GET", f"/rooms/{code}/state?after={after}", secret=secret)

    def move(self, code: str, token: str, move_id: str, move: Any, number: int = 1) -> tuple[int, Any]:
        """A player's move."""
        return self.ask("POST", f"/rooms/{code}/moves", {"id": move_id, "round": number, "move": move}, token)
