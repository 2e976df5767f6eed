"""What people call buses and lines: ids of their own beside the numbers.

Everything has a number, its place in the list from 1; an id is a text that its owner gave it. Where one of the two may
be written (``--locked``, columns of a load profile) a text is an id first: the whole of one, or, for ids such as
``line 12 (Mill Road)``, the part before the brackets or in them. A text of digits that is nobody's id is a number, and
``#12`` is always one. What fits several is refused. In JSON there is no doubt: a number is a number, a text is an id.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

MOST_CHARACTERS = 200
JOINT = " with "
"""Between the ids of things that were made one."""
_PARTS = re.compile(r"(.+?) \((.+)\)")


def unprintable(text: str) -> bool:
    """Whether a text holds characters that show nothing or steer a terminal or the direction of writing."""
    if text.isascii() and text.isprintable():
        return False
    return any(unicodedata.category(one) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") for one in text)


def tidy(text: object) -> str:
    """A name from a file of somebody else's as an id: one line, composed characters, none that steers a terminal."""
    plain = str(text)
    if not (plain.isascii() and plain.isprintable()):  # nearly all are, and there are thousands
        plain = "".join(" " if unprintable(one) else one for one in unicodedata.normalize("NFC", plain))
    return " ".join(plain.split())[:MOST_CHARACTERS]


def together(ids: Iterable[str]) -> str:
    """The id of what several became; as many are named as fit, the others counted."""
    kept = list(ids)
    text, count = JOINT.join(kept), len(kept)
    while len(text) > MOST_CHARACTERS and len(kept) > 1:
        kept.pop()
        text = f"{JOINT.join(kept)}{JOINT}{count - len(kept)} more"
    return text[:MOST_CHARACTERS]


class Register:
    """The ids of all buses, or of all lines ("" for those without), to look texts up in."""

    def __init__(self, component: str, ids: Sequence[str], count: int) -> None:
        self._component, self._count = component, count
        self._places: dict[str, list[int]] = {}
        self._parts: dict[str, list[int]] = {}
        for place, own in enumerate(ids):
            if own:
                self._places.setdefault(unicodedata.normalize("NFC", own), []).append(place)
                for part in _parts(own):
                    self._parts.setdefault(part, []).append(place)

    def by_id(self, text: str) -> int | None:
        """Index (from 0) of what has this id, None when nothing has; raises ValueError when several have."""
        sought = unicodedata.normalize("NFC", text.strip())
        found = self._places.get(sought) or self._parts.get(sought) or []
        if len(set(found)) > 1:
            numbers = ", ".join(str(place + 1) for place in found[:12])
            raise ValueError(f"is the id of {self._component}s {numbers}")
        return found[0] if found else None

    def find(self, text: str) -> int:
        """Index (from 0) of what an id or a number means; raises ValueError, with what is wrong, when that is none or
        not one alone."""
        found, number = self.by_id(text), self._number(text.strip())
        if found is None and number is None:
            raise ValueError("does not exist")
        if found is not None and number not in (None, found):
            raise ValueError(f"is the id of {self._component} {found + 1} and the number of another (write #{text})")
        return int(number if found is None else found)  # type: ignore[arg-type]

    def _number(self, text: str) -> int | None:
        digits = text.removeprefix("#")
        fits = digits.isascii() and digits.isdigit() and len(digits) < 10 and 1 <= int(digits) <= self._count
        return int(digits) - 1 if fits else None


def _parts(own: str) -> set[str]:
    """What an id may be shortened to: those it was joined of, and of each what stands before brackets and in them."""
    each = own.split(JOINT)
    parts = {part for one in each if (match := _PARTS.fullmatch(one)) for part in match.groups()}
    return parts | set(each) - {own}


MOST_NAMED = 8
"""Names that a sentence lists; the others are counted."""


def enumerated(names: Sequence[str]) -> str:
    """Names as a sentence has them: "3, 5 and 8", the first few of them and how many more there are."""
    shown = [*names[:MOST_NAMED], *([f"{len(names) - MOST_NAMED} more"] if len(names) > MOST_NAMED else [])]
    return ", ".join(shown[:-1]) + (" and " if len(shown) > 1 else "") + "".join(shown[-1:])
