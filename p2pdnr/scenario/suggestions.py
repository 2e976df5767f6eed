"""What somebody may have meant by a word that is not known: few comparisons, however many words and names there are."""

from __future__ import annotations

import difflib
import heapq
from collections.abc import Iterable
from itertools import islice

MAX_WORDS, MAX_NAMES, MAX_COMPARED, MAX_LENGTH = 10, 2_000, 30, 40
"""Words of one document that get a suggestion; known names that are looked at for each, those of them that are compared
in earnest, and the characters of either."""


class Suggestions:
    """Suggestions for the words of one document; after :data:`MAX_WORDS` of them there are no more."""

    def __init__(self) -> None:
        self._left = MAX_WORDS

    def similar(self, word: object, known: Iterable[str]) -> str:
        """A question after the nearest of the known names; empty when none is near, or enough has been asked."""
        if self._left == 0:
            return ""
        self._left -= 1
        short = str(word)[:MAX_LENGTH].lower()
        names = {name.lower(): name for name in islice(known, MAX_NAMES) if len(name) <= MAX_LENGTH}
        likely = heapq.nlargest(MAX_COMPARED, names, key=lambda name: _shared_ends(short, name))
        close = difflib.get_close_matches(short, likely, n=1, cutoff=0.6)
        return f"Did you mean {names[close[0]]}?" if close else ""


def _shared_ends(one: str, other: str) -> int:
    """How many characters two words have in common at their beginnings and ends: all but one or two after a slip."""
    return _shared(one, other) + _shared(one[::-1], other[::-1])


def _shared(one: str, other: str) -> int:
    pairs = zip(one, other, strict=False)
    return next((place for place, (here, there) in enumerate(pairs) if here != there), min(len(one), len(other)))
