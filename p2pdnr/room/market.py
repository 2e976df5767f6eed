"""The market of a *trade* round: solved by the server's workers like any other day."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

from p2pdnr.server.admission import BusyError, Order
from p2pdnr.server.clients import Client
from p2pdnr.server.server import Server

Mode = Literal["fixed", "static", "hourly"]


@dataclass(frozen=True)
class Solve:
    """How a day that was ordered stands: ``result`` is the id of its result, ``error`` why there is none."""

    ended: bool
    result: str | None = None
    error: dict[str, Any] | None = None


class Market(Protocol):
    """Who solves days for rooms."""

    def order(self, room: str, day: str, mode: Mode, p2p: bool) -> str | None:
        """Have a day (JSON text) solved; the id of the job, None where it has to wait before it is taken."""

    def look(self, job: str) -> Solve | None:
        """How it stands; None where nobody knows the job (any more)."""

    def folder(self, result: str) -> Path | None:
        """The result folder of an id; None once it is gone."""

    def discard(self, result: str) -> None:
        """Remove a result."""


class ServerMarket:
    """The workers of a server."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def order(self, room: str, day: str, mode: Mode, p2p: bool) -> str | None:
        """See :class:`Market`."""
        try:
            return self._server.jobs.submit(Order(day, mode, p2p, references=False), Client(f"room {room}"))
        except BusyError:
            return None

    def look(self, job: str) -> Solve | None:
        """See :class:`Market`; asking is also what keeps the job from being given up."""
        state = self._server.jobs.snapshot(job)
        if state is None:
            return None
        return Solve(state["ended"], next(iter(state["results"].values()), None), state["error"])

    def folder(self, result: str) -> Path | None:
        """See :class:`Market`."""
        return self._server.store.folder(result)

    def discard(self, result: str) -> None:
        """See :class:`Market`."""
        self._server.store.discard(result)
