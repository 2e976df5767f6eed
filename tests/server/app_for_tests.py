"""An app served as in production with the fake runner: ``python -m tests.server.app_for_tests PORT``."""

from __future__ import annotations

import signal
import sys
from functools import partial

from flask import Flask

from p2pdnr.server import Settings, create_server, headers
from p2pdnr.server.serve import serve


def loaded() -> dict[str, list[str]]:
    """Names of the modules in this process."""
    return {"modules": sorted(sys.modules)}


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # as in a terminal, wherever tests run
    app = Flask("served")
    app.add_url_rule("/modules", view_func=loaded)
    create_server(app, Settings(runner="tests.server.fake_runner", heartbeat_s=0.5))
    headers.apply(app, (), headers.trusted_hosts("127.0.0.1"))
    serve(app, "127.0.0.1", int(sys.argv[1]), ready=partial(print, flush=True))
