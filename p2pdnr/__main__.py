"""``python -m p2pdnr``: the command line."""

import sys

from p2pdnr.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
