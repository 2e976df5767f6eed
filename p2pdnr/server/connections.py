"""Connections of the web server: slow and silent ones give way, so that nobody who asks has to wait for them.

Waitress takes no new connection beyond its limit until an old one has been silent for its time-out. Here a request has
to be there in time, whole, and where connections are many the oldest of those that nobody is working for goes first,
from the address that holds most of them: a browser that was only resting opens another.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from waitress.channel import HTTPChannel

LIMIT = 500
"""Connections at once, those included that are being served."""

ROOM = 100
"""Of them are kept free for whoever comes next."""

REQUEST_S, SLOWEST_BYTES_PER_S = 20.0, 100_000.0
"""Time for the head of a request, and beyond it for a body at this speed."""

IDLE_S = 60.0
"""A connection without any request is closed after so long."""

SWEEP_S = 1
"""How often that is looked at."""


class Connection(HTTPChannel):  # type: ignore[misc]  # waitress has no types
    """A connection that knows since when the request under way is being sent."""

    since: float

    def __init__(self, server: Any, *arguments: Any, **options: Any) -> None:
        self.since = time.time()
        super().__init__(server, *arguments, **options)
        make_room(server.active_channels.values())

    def received(self, data: bytes) -> bool:
        """More of a request, or the first of one, whose time begins now."""
        if self.request is None and data and not self.requests:
            self.since = time.time()
        return bool(super().received(data))

    @property
    def waits(self) -> bool:
        """Whether no work is being done for it: it is silent, sends a request, or takes its answer slowly."""
        return not self.requests and not self.will_close

    def is_late(self, now: float) -> bool:
        """Whether its request should have been here by now, or it has rested for too long."""
        if not self.waits or self.total_outbufs_len:
            return False
        if self.request is None:
            return bool(now - self.last_activity > IDLE_S)
        body_s = (self.request.content_length or 0) / SLOWEST_BYTES_PER_S
        return bool(now - self.since > REQUEST_S + body_s)


def watch(server: Any) -> None:
    """Give a waitress server such connections."""
    clean: Callable[[float], None] = getattr(server, "maintenance", lambda _: None)

    def maintain(now: float) -> None:
        clean(now)
        close_late(server.active_channels.values(), now)

    server.channel_class = Connection
    server.maintenance = maintain


def end_first(server: Any, end: Callable[[], None]) -> None:
    """Have ``end`` called before a waitress server waits for its threads: it ends what streams wait for."""
    threads = server.task_dispatcher
    wait: Callable[..., object] = threads.shutdown

    def shutdown(*arguments: Any, **options: Any) -> object:
        end()
        return wait(*arguments, **options)

    threads.shutdown = shutdown


def close_late(connections: Iterable[Connection], now: float) -> None:
    """Close those that are late."""
    for item in connections:
        if item.is_late(now):
            item.will_close = True


def make_room(connections: Iterable[Connection]) -> None:
    """Where connections are many, close the one that has waited longest of the address that has most of them."""
    every = [item for item in connections if not item.will_close]
    waiting = [item for item in every if item.waits]
    if len(every) <= LIMIT - ROOM or not waiting:
        return
    held = Counter(_host(item) for item in waiting)
    host = held.most_common(1)[0][0]
    min((item for item in waiting if _host(item) == host), key=lambda item: item.since).will_close = True


def _host(item: Connection) -> str:
    return str(item.addr[0]) if item.addr else ""
