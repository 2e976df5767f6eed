"""``python -m p2pdnr``: the command line."""

import os
import sys

from p2pdnr.cli.main import main

if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # what an interrupt left at work in compiled threads would be torn down under them by an orderly end
    os._exit(status)
