"""Connections that are slow or silent, many of them: nobody else waits for them. On loopback, counted and short."""

from __future__ import annotations

import socket
from dataclasses import dataclass, field
from typing import Any

import pytest

from p2pdnr.server import connections
from p2pdnr.server.connections import Connection, close_late, make_room
from tests.server.asking import until
from tests.server.served import Served

HALF_OPEN = connections.LIMIT + 60


@dataclass
class Fake:
    """What the rules look at of a connection."""

    since: float
    host: str = "10.0.0.1"
    request: Any = None
    requests: list[Any] = field(default_factory=list)
    total_outbufs_len: int = 0
    will_close: bool = False
    last_activity: float = 0.0

    waits = Connection.waits
    is_late = Connection.is_late

    @property
    def addr(self) -> tuple[str, int]:
        return self.host, 1


@dataclass
class Sent:
    """A request under way."""

    content_length: int = 0


@pytest.mark.parametrize(
    ("item", "late_s"),
    [
        (Fake(0.0), connections.IDLE_S),
        (Fake(0.0, request=Sent()), connections.REQUEST_S),
        (Fake(0.0, request=Sent(4_000_000)), connections.REQUEST_S + 40.0),
    ],
)
def test_a_request_has_its_time(item: Fake, late_s: float) -> None:
    close_late([item], late_s - 0.1)
    assert not item.will_close
    close_late([item], late_s + 0.1)
    assert item.will_close


@pytest.mark.parametrize("item", [Fake(0.0, requests=[1]), Fake(0.0, total_outbufs_len=5)])
def test_who_is_served_or_takes_an_answer_is_not_late(item: Fake) -> None:
    close_late([item], 1e9)
    assert not item.will_close


def test_the_oldest_of_the_address_with_most_gives_way() -> None:
    served = [Fake(-9.0, "10.0.0.9", requests=[1]) for _ in range(40)]
    few = [Fake(float(number), "10.0.0.2") for number in range(100)]
    many = [Fake(50.0 + number) for number in range(connections.LIMIT - connections.ROOM - 140)]
    make_room([*served, *few, *many])
    assert not any(item.will_close for item in [*served, *few, *many]), "there is room yet"
    make_room([*served, *few, *many, Fake(999.0)])
    assert [item for item in [*served, *few, *many] if item.will_close] == [many[0]]


def half_open(port: int, text: bytes) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=600)
    connection.sendall(text)
    return connection


@pytest.mark.parametrize(
    "text",
    [b"GET / HTTP/1.1\r\nHost: 127", b"POST /jobs HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 999999\r\n\r\n{"],
    ids=["head", "body"],
)
def test_half_open_connections_do_not_block_the_others(served: Served, text: bytes) -> None:
    taken = [half_open(served.port, text) for _ in range(HALF_OPEN)]
    try:
        assert [served.ask("GET", "/jobs/none")[0] for _ in range(5)] == [404] * 5
        until(lambda: closed(taken[0]))
        assert not closed(taken[-1]), "nobody waited for them to be given up"
    finally:
        for item in taken:
            item.close()


def closed(connection: socket.socket) -> bool:
    """Whether the server has closed its end."""
    connection.setblocking(False)
    try:
        return connection.recv(1) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True
