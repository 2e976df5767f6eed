"""Rooms beside the page: their routes, their referee and clock, tied to a server."""

from __future__ import annotations

from functools import partial

from flask import Flask, request

from p2pdnr.dashboard import addresses, room_pages
from p2pdnr.room import routes
from p2pdnr.room.hall import Hall, Outside
from p2pdnr.room.market import ServerMarket
from p2pdnr.room.referee_process import RefereeProcess
from p2pdnr.room.settings import RoomSettings
from p2pdnr.server.server import EXTENSION, Server


class Rooms:
    """The rooms of one server for as long as it runs."""

    def __init__(self, settings: RoomSettings, server: Server) -> None:
        self.referee = RefereeProcess(settings.data_dir)
        self.hall = Hall(settings, Outside(self.referee.ask, ServerMarket(server)))

    def start(self) -> None:
        """Let time pass in the rooms, and have the referee ready before somebody moves."""
        self.referee.ask("wake")
        self.hall.start()

    def close(self) -> None:
        """End the clock, the file and the referee."""
        self.hall.close()
        self.referee.close()


def register(app: Flask, settings: RoomSettings, host: str) -> Rooms:
    """Add rooms to an app of :func:`p2pdnr.dashboard.create_app`, which has none of their addresses otherwise; ``host``
    is what the server will be bound to."""
    server: Server = app.extensions[EXTENSION]
    rooms = Rooms(settings, server)
    server.beside = (*server.beside, rooms)
    room_pages.register(app)
    routes.register(app, rooms.hall, partial(_origin, host), addresses.code_svg)
    return rooms


def _origin(host: str) -> str:
    """The address under which phones reach the server that answers this request."""
    return addresses.reached(host) or request.host_url
