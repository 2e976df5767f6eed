"""``python -m p2pdnr`` and the console command ``p2pdnr``: the command line."""

import gc
import os
import sys
from typing import NoReturn

from p2pdnr.cli.main import main

LOADED = 100_000
"""New objects after which Python looks for garbage. What a command loads stays, and is looked through too often by the
700 that Python begins with: a ninth of what a short command takes."""


def run() -> NoReturn:
    """Run the command line and end the process with its status."""
    gc.set_threshold(LOADED, 20, 50)
    status = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # what an interrupt left at work in compiled threads would be torn down under them by an orderly end
    os._exit(status)


if __name__ == "__main__":
    run()
