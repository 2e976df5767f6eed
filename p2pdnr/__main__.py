"""``python -m p2pdnr`` and the console command ``p2pdnr``: the command line."""

import os
import sys
from typing import NoReturn

from p2pdnr.cli.main import main


def run() -> NoReturn:
    """Run the command line and end the process with its status."""
    status = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # what an interrupt left at work in compiled threads would be torn down under them by an orderly end
    os._exit(status)


if __name__ == "__main__":
    run()
