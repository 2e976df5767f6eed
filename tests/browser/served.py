"""The page with a runner that answers with stored results: ``python -m tests.browser.served PORT``."""

from __future__ import annotations

import sys
from functools import partial

from p2pdnr.dashboard import create_app
from p2pdnr.resources import DATA
from p2pdnr.server import Settings
from p2pdnr.server.serve import serve

SETTINGS = Settings(data_dir=DATA, runner="tests.browser.stored_runner", workers=2, spares=0)

if __name__ == "__main__":
    serve(create_app(SETTINGS).server, "127.0.0.1", int(sys.argv[1]), ready=partial(print, flush=True))
