"""How much of what is drawn at random is tried: a few of it always, all of it by ``make thorough``.

What is drawn is the same in every run, so that the many examples of a dear property find nothing new until the code
they judge is changed. The few are chosen so that faults planted in that code are noticed; the many are for whoever
changes a method.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TypeVar

from hypothesis import settings

Drawn = TypeVar("Drawn")

ASKED = "P2PDNR_THOROUGH"
"""Name of the environment's variable that ``scripts/run_tests.py --thorough`` sets."""


def asked() -> bool:
    """Whether all is to be tried."""
    return bool(os.environ.get(ASKED))


def examples(few: int, many: int) -> settings:
    """Settings of a property whose examples take tens of milliseconds or more each."""
    return settings(max_examples=many if asked() else few, deadline=None, derandomize=True)


def of(few: Sequence[Drawn], more: Sequence[Drawn]) -> list[Drawn]:
    """Parameters of a test: the few, and with ``make thorough`` those that follow them as well."""
    return [*few, *more] if asked() else list(few)
