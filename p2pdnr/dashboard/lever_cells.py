"""What a person chooses of tap changers and capacitors: which of them move."""

from __future__ import annotations

from p2pdnr.network.lever_names import NONE

MOVING = {NONE: "none", "taps": "tap changers", "capacitors": "capacitors", "all": "both"}
"""What the page says for groups of ``dso.levers``; names of single ones stand as they are."""


def moving(text: str) -> str:
    """A group as the page says it or as a document does, or names such as "bus:1,line:7"."""
    groups = {words: name for name, words in MOVING.items()}
    return groups.get(text.strip(), text.strip() or NONE)


def write_moving(value: str | None) -> str:
    """What :func:`moving` reads back."""
    return MOVING.get(value or NONE, value or NONE)
