"""Make what docs/ and README.md hold of figures, tables and pictures again: python -m scripts.docs [NAME ...]

NAME is a case (docs/cases), "readme", "references", "lessons", "convergence", "picture", "room-pictures",
"two-commands", or "pages", which writes the pages again from stored figures and solves nothing. Without a name
everything is made, which takes some minutes.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from functools import partial

from scripts.docs import (
    cases,
    convergence,
    decisions,
    lessons,
    picture,
    readme,
    references,
    room_pictures,
    two_commands,
)


def read_off() -> None:
    """What stands in the code and in other pages."""
    references.write()
    decisions.write()


def pages() -> None:
    """Everything that stored figures are enough for."""
    readme.write()
    read_off()
    for name in cases.CASES:
        cases.show(name)
    lessons.write()


PARTS: dict[str, Callable[[], None]] = {
    **{name: partial(cases.solve, name) for name in cases.CASES},
    "readme": readme.write,
    "references": read_off,
    "lessons": lessons.write,
    "convergence": convergence.write,
    "picture": picture.write,
    "room-pictures": room_pictures.write,
    "two-commands": two_commands.write,
}


def main() -> None:
    """Make the parts asked for, or all."""
    parser = argparse.ArgumentParser(
        prog="make docs", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    known = {**PARTS, "pages": pages}
    parser.add_argument("names", nargs="*", metavar="NAME", choices=[[], *known], help="what to make; default all")
    for name in parser.parse_args().names or PARTS:
        started = time.perf_counter()
        known[name]()
        print(f"{name}: {time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
