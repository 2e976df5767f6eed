"""The web server's side of a solve: worker processes, the job table, stored results, HTTP routes and headers.

The server process serves files and forwards events; everything that computes runs in worker processes.
Names load on first use: a worker process imports this package too and has no need of Flask.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from p2pdnr.server.admission import BusyError
    from p2pdnr.server.server import Server, create_server
    from p2pdnr.server.settings import Settings

__all__ = ["BusyError", "Server", "Settings", "create_server"]

_HOME = {
    "BusyError": "admission",
    "Server": "server",
    "Settings": "settings",
    "create_server": "server",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
