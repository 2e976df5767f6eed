"""A class in a room: phones that join, play both games to the end, drop out, come back and repeat themselves, and a
server that is killed in the middle of a round.

    python -m scripts.load_room [--players 100] [--seconds 40] [--switch-alone] [--no-kill]

On loopback, against the production start. A move is on the board when the lecturer's screen, which asks four times a
second, shows it. Every answered move must count once, whatever was cut off, repeated or lost with the server. The exit
status is 1 where one does not, where a request failed for another reason than a server that is away, or where the board
is later than half a second for one move in twenty.
"""

from __future__ import annotations

import argparse
import gzip
import http.client
import json
import os
import random
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scripts.load_test import memory_mb

ROOT = Path(__file__).resolve().parent.parent
KEY = "load-test-of-a-room"
SET = "neighbours"
BOARD_S, JOIN_S, REJOIN_S = 0.5, 10.0, 3.0
PAUSE_S = (1.5, 5.5)
"""Between two moves of a player."""


@dataclass
class Record:
    """What the whole class has seen; appending is safe from threads."""

    join_s: list[float] = field(default_factory=list)
    rejoin_s: list[float] = field(default_factory=list)
    answer_s: list[float] = field(default_factory=list)
    sent: dict[tuple[int, int], float] = field(default_factory=dict)
    shown: dict[tuple[int, int], float] = field(default_factory=dict)
    moves: dict[int, set[str]] = field(default_factory=dict)
    repeated: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    polls: list[float] = field(default_factory=list)
    memory_mb: list[float] = field(default_factory=list)


class Serving:
    """The app, which may be killed and started again at the same port with the same file."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self.folder = folder
        self.cpu_s = {"server": 0.0, "all": 0.0}
        self.down: tuple[float, float] = (0.0, 0.0)
        self.start()

    def start(self) -> None:
        """Start it, and return when it answers."""
        words = [
            "--no-browser",
            "--port",
            str(self.port),
            "--room-key",
            KEY,
            "--room-file",
            str(self.folder / "r.sqlite"),
        ]
        self.process = subprocess.Popen(
            [sys.executable, "app.py", *words], cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        assert self.process.stdout is not None
        told = self.process.stdout.readline()
        assert f":{self.port}/" in told, f"the port was taken meanwhile: {told}"

    def kill(self) -> None:
        """End it as a power cut would."""
        self.count()
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def count(self) -> None:
        """Add what its processes have worked."""
        every = processes(self.process.pid)
        self.cpu_s["server"] += cpu_s(self.process.pid)
        self.cpu_s["all"] += sum(map(cpu_s, every))

    def end(self) -> None:
        """End it."""
        self.count()
        self.process.terminate()
        self.process.wait(20)


def processes(first: int) -> list[int]:
    """A process and all its descendants (Linux)."""
    found, waiting = [], [first]
    while waiting:
        one = waiting.pop()
        found.append(one)
        for task in Path(f"/proc/{one}/task").glob("*/children"):
            waiting += map(int, task.read_text(encoding="ascii").split())
    return found


def cpu_s(process: int) -> float:
    """Processor time that a process has used (Linux)."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Phone:
    """One browser: one connection that may break, a token, a clock of its own."""

    def __init__(self, number: int, port: int, record: Record) -> None:
        self.number, self.port, self.record = number, port, record
        self.chance = random.Random(number)
        self.connection: http.client.HTTPConnection | None = None
        self.secret, self.version, self.state = "", "", {}  # type: tuple[str, str, dict[str, Any]]

    def ask(self, method: str, path: str, content: Any = None, cut_off: bool = False) -> tuple[int, Any]:
        """Status and answer; 0 where nobody answers, or where the answer was not waited for (``cut_off``)."""
        headers = {
            "Authorization": f"Bearer {self.secret}",
            "Content-Type": "application/json",
            "Accept-Encoding": "gzip",
        }
        try:
            if self.connection is None:
                self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
            self.connection.request(method, path, None if content is None else json.dumps(content), headers)
            if cut_off:
                self.hang_up()
                return 0, None
            response = self.connection.getresponse()
            body = response.read()
            body = gzip.decompress(body) if response.getheader("Content-Encoding") == "gzip" else body
            return response.status, json.loads(body) if body.startswith(b"{") else body
        except (OSError, http.client.HTTPException):
            self.hang_up()
            return 0, None

    def hang_up(self) -> None:
        """Lose the connection."""
        if self.connection is not None:
            self.connection.close()
        self.connection = None

    def insist(self, method: str, path: str, content: Any = None, patience_s: float = 60.0) -> tuple[int, Any]:
        """Ask until somebody answers."""
        until = time.monotonic() + patience_s
        while True:
            status, told = self.ask(method, path, content)
            if status not in (0, 503) or time.monotonic() > until:
                return status, told
            time.sleep(0.3)

    def look(self, code: str) -> dict[str, Any]:
        """The newest state."""
        started = time.perf_counter()
        status, told = self.insist("GET", f"/rooms/{code}/state?after={self.version}")
        self.record.polls.append(time.perf_counter() - started)
        if status == 200:
            self.state, self.version = told, told["version"]
        elif status != 204:
            self.record.failures.append(f"state: {status} {told}")
        return self.state

    def join(self, code: str) -> None:
        """Take part, and have everything that the page draws."""
        started = time.perf_counter()
        status, told = self.insist("POST", f"/rooms/{code}/players", {"name": f"Player {self.number}"})
        if status != 201:
            self.record.failures.append(f"join: {status} {told}")
            return
        self.secret, self.player = told["token"], told["player"]
        self.record.moves[self.player] = set()
        self.look(code)
        self.record.join_s.append(time.perf_counter() - started)

    def play(self, code: str, number: int, move: Callable[[Phone], Any], until: float) -> None:
        """Make moves until the time is up, as people with bad connections do."""
        self.state = {}
        self.version = ""
        self.look(code)
        status, self.grid = self.insist("GET", f"/rooms/{code}/rounds/{number}/grid.json")
        if status != 200:
            self.record.failures.append(f"grid: {status}")
            return
        self.made = 0
        while time.monotonic() < until:
            pause_until = time.monotonic() + self.chance.uniform(*PAUSE_S)
            while time.monotonic() < pause_until:
                time.sleep(min(1.5, max(0.05, pause_until - time.monotonic())))
                self.look(code)
            if time.monotonic() < until:
                self.send(code, number, move(self))

    def send(self, code: str, number: int, move: Any) -> None:
        """A move that arrives, is cut off and sent again, or is sent twice; some phones then go away for a while."""
        self.made += 1
        body = {"id": f"{self.player}-{number}-{self.made:04d}", "round": number, "move": move}
        path, luck = f"/rooms/{code}/moves", self.chance.random()
        key = (self.player, self.made)
        self.record.sent[key] = time.perf_counter()
        if luck < 0.1:
            self.ask("POST", path, body, cut_off=True)
        status, told = self.insist("POST", path, body)
        if luck > 0.9:
            again_status, again = self.insist("POST", path, body)
            if again_status != 200 or not again["again"] or again["at"] != told["at"]:
                self.record.failures.append(f"the same move again: {again_status} {again}")
            self.record.repeated.append(body["id"])
        self.record.answer_s.append(time.perf_counter() - self.record.sent[key])
        if status != 200:
            self.record.failures.append(f"move: {status} {told}")
            return
        self.record.moves[self.player].add(body["id"])
        if 0.8 < luck <= 0.9:
            self.go_away(code)

    def go_away(self, code: str) -> None:
        """Lose everything but the token, and come back."""
        self.hang_up()
        self.version, self.state = "", {}
        time.sleep(self.chance.uniform(1.0, 3.0))
        started = time.perf_counter()
        self.look(code)
        self.record.rejoin_s.append(time.perf_counter() - started)


class Lecturer(Phone):
    """The screen of the room."""

    def __init__(self, port: int, record: Record) -> None:
        super().__init__(0, port, record)
        self.secret = KEY
        self.code = ""
        self.watching = False

    def open(self) -> str:
        """A room."""
        status, told = self.insist("POST", "/rooms", {"set": SET})
        assert status == 201, told
        self.code = told["code"]
        return self.code

    def lead(self, do: str) -> dict[str, Any]:
        """A command; tried again while the room is not so far."""
        screen = Phone(-1, self.port, self.record)
        screen.secret = KEY
        for _ in range(600):
            status, told = screen.insist("POST", f"/rooms/{self.code}/command", {"do": do})
            if status == 200:
                return dict(told["state"])
            time.sleep(0.2)
        raise AssertionError(f"{do}: {status} {told}")

    def watch(self) -> None:
        """Look at the board as the page does, and write down when which move is there."""
        self.watching = True
        while self.watching:
            state = self.look(self.code)
            now = time.perf_counter()
            for row in state.get("board", ()):
                for count in range(row["moves"], 0, -1):
                    if (row["player"], count) in self.record.shown:
                        break
                    self.record.shown[row["player"], count] = now
            time.sleep(0.25)

    def until(self, phase: str, patience_s: float = 300.0) -> dict[str, Any]:
        """Wait for a phase."""
        waited = time.monotonic()
        while self.state.get("phase") != phase:
            if time.monotonic() - waited > patience_s:
                raise AssertionError(f"still {self.state.get('phase')}: {self.state.get('round')}")
            if not self.watching:
                self.look(self.code)
            time.sleep(0.1)
        return self.state


def exchange(phone: Phone) -> dict[str, Any]:
    """A topology one branch exchange away from the phone's last one."""
    network = phone.grid["network"]
    lines = list(zip(network["from"], network["to"], strict=True))
    before = phone.state["me"]["last"]
    opened = list(before["move"]["open"] if before else phone.state["round"]["initial"]["open"])
    closing = phone.chance.choice(opened)
    closed = [k + 1 for k in range(len(lines)) if k + 1 not in opened]
    loop = way(lines, closed, *lines[closing - 1])
    opening = phone.chance.choice(loop)
    return {"open": sorted([*(line for line in opened if line != closing), opening])}


def way(lines: list[tuple[int, int]], closed: list[int], start: int, end: int) -> list[int]:
    """The closed lines between two buses of a tree."""
    reached: dict[int, list[int]] = {start: []}
    waiting = [start]
    while waiting:
        bus = waiting.pop()
        for line in closed:
            if bus in lines[line - 1]:
                other = sum(lines[line - 1]) - bus
                if other not in reached:
                    reached[other] = [*reached[bus], line]
                    waiting.append(other)
    return reached[end]


def offer(phone: Phone) -> dict[str, Any]:
    """What a home might offer."""
    shares = {name: phone.chance.choice((0.0, 0.5, 1.0)) for name in ("battery_share", "flexible_share")}
    return shares | {"margin_eur_per_kwh": phone.chance.choice((0.0, 0.0, 0.02, 0.05))}


@dataclass
class Round:
    """Figures of one round."""

    game: str
    board_s: list[float]
    moves: int
    prepared_s: float
    settled_s: float
    missing: list[str]


def play(
    phones: list[Phone], lecturer: Lecturer, number: int, seconds: float, interrupt: Callable[[], None] | None
) -> Round:
    """One round with everybody in it; ``interrupt`` is done in the middle."""
    record = lecturer.record
    record.sent.clear()
    record.shown.clear()
    for own in record.moves.values():
        own.clear()
    started = time.perf_counter()
    lecturer.lead("start")
    state = lecturer.until("running")
    prepared_s, game = time.perf_counter() - started, state["round"]["game"]
    until, deadline = time.monotonic() + seconds, state["round"]["deadline"]
    threads = [
        threading.Thread(
            target=phone.play, args=(lecturer.code, number, exchange if game == "switch" else offer, until)
        )
        for phone in phones
    ]
    watching = threading.Thread(target=lecturer.watch)
    for thread in (*threads, watching):
        thread.start()
    if interrupt is not None:
        time.sleep(seconds / 2)
        interrupt()
    for thread in threads:
        thread.join()
    time.sleep(1.0)
    lecturer.watching = False
    watching.join()
    kept = lecturer.look(lecturer.code)["round"]["deadline"]
    board_s = [record.shown[key] - at for key, at in record.sent.items() if key in record.shown]
    ended = time.perf_counter()
    lecturer.lead("close")
    lecturer.until("closed")
    settled_s = time.perf_counter() - ended
    revealed = lecturer.lead("reveal")
    missing = lost(record, revealed) + ([] if kept == deadline else ["the deadline is another one"])
    return Round(game, board_s, sum(map(len, record.moves.values())), prepared_s, settled_s, missing)


def lost(record: Record, revealed: dict[str, Any]) -> list[str]:
    """What was answered and does not count once."""
    counted = {row["player"]: row["moves"] for row in revealed["reveal"]["board"]}
    found = [
        f"player {player}: {len(own)} moves, {counted.get(player)} counted"
        for player, own in record.moves.items()
        if counted.get(player) != len(own)
    ]
    best = revealed["reveal"]["class_best"]
    return found if best else [*found, f"nobody has a score: {revealed['round']['error']}"]


def run(options: argparse.Namespace, folder: Path) -> tuple[Record, list[Round], Serving, float]:
    """Both games; the server is killed in the middle of the first."""
    record, serving = Record(), Serving(folder)
    lecturer = Lecturer(serving.port, record)
    code = lecturer.open()
    phones = [Phone(number, serving.port, record) for number in range(1, options.players + 1)]
    try:
        while not lecturer.look(code)["next"]["ready"]:
            time.sleep(0.2)
        joining = time.perf_counter()
        threads = [threading.Thread(target=phone.join, args=(code,)) for phone in phones]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        joined_s = time.perf_counter() - joining

        def restart() -> None:
            record.memory_mb.append(memory_mb(serving.process.pid))
            down = time.perf_counter()
            serving.kill()
            serving.start()
            serving.down = (down, time.perf_counter())

        rounds = [play(phones, lecturer, 1, options.seconds, None if options.no_kill else restart)]
        if not options.switch_alone:
            rounds.append(play(phones, lecturer, 2, options.seconds, None))
        record.memory_mb.append(memory_mb(serving.process.pid))
        lecturer.lead("end")
    finally:
        serving.end()
    return record, rounds, serving, joined_s


def percentile(values: list[float], share: float) -> float:
    """The value that this share of the values is not above, 0 of nothing."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def summary(record: Record, rounds: list[Round], serving: Serving, joined_s: float) -> tuple[str, bool]:
    """The figures as text, and whether all is well."""
    players, away_s = len(record.join_s), serving.down[1] - serving.down[0]
    missing = [text for item in rounds for text in item.missing]
    later = [percentile(item.board_s, 0.95) for item in rounds]
    lines = [
        f"players                         {players:8}",
        f"all joined after                {joined_s:8.2f} s   (one: median {statistics.median(record.join_s):.2f}, "
        f"slowest {max(record.join_s):.2f} s)",
        f"server killed, away for         {away_s:8.2f} s",
        f"state again for who comes back  {percentile(record.rejoin_s, 0.95):8.3f} s   (95 %, slowest "
        f"{max(record.rejoin_s, default=0.0):.3f} s of {len(record.rejoin_s)})",
        f"a poll                          {1e3 * statistics.median(record.polls):8.1f} ms  (median; 95 % "
        f"{1e3 * percentile(record.polls, 0.95):.1f} ms of {len(record.polls):,})",
        f"processor time                  {serving.cpu_s['server']:8.1f} s   of the server's process, "
        f"{serving.cpu_s['all']:.1f} s of all",
        f"memory                          {max(record.memory_mb):8.0f} MB  of all processes",
        f"moves sent twice on purpose     {len(record.repeated):8}",
        "",
        "| round | moves | prepared, s | move to board, median / 95 % / slowest, s | settled, s | lost or doubled |",
        "|---|---|---|---|---|---|",
    ]
    for item in rounds:
        board = " / ".join(f"{percentile(item.board_s, share):.2f}" for share in (0.5, 0.95, 1.0))
        cells = (item.game, item.moves, f"{item.prepared_s:.1f}", board, f"{item.settled_s:.1f}", len(item.missing))
        lines.append(f"| {' | '.join(map(str, cells))} |")
    lines += ["", f"failed requests: {len(record.failures)}", *record.failures[:10], *missing[:10]]
    within = [away_s if item is rounds[0] else 0.0 for item in rounds]
    good = not record.failures and not missing and joined_s <= JOIN_S and max(later) <= BOARD_S + away_s
    good = good and percentile(record.rejoin_s, 0.95) <= REJOIN_S + max(within)
    return "\n".join(lines), good


def main() -> int:
    """Run and tell."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--players", type=int, default=100, choices=range(3, 201), metavar="3-200")
    parser.add_argument("--seconds", type=float, default=40.0, help="of play in each of the two rounds (at most 100)")
    parser.add_argument("--switch-alone", action="store_true", help="play the first game only")
    parser.add_argument("--no-kill", action="store_true", help="leave the server alone")
    options = parser.parse_args()
    options.seconds = min(100.0, options.seconds)
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="p2pdnr-room-") as folder:
        text, good = summary(*run(options, Path(folder)))
    print(f"load of the machine before      {load:8.1f}\n{text}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
