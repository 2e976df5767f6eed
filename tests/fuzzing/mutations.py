"""Broken documents from good ones: seeded changes of values, of structure and of bytes.

A document is damaged once to four times. Half of the damage to JSON keeps it JSON, with a value, a key or a row that
does not belong there; the rest, and all damage to text, is of bytes.
"""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable
from typing import Any

Json = Any
Place = tuple[Any, Any]

STRANGE: tuple[Json, ...] = (
    None,
    True,
    "",
    "0",
    "1,5",
    "NaN",
    "=1+1",
    "../../etc/passwd",
    "/dev/zero",
    "case33bw.json",
    "file:///etc/passwd",
    "<script>alert(1)</script>",
    "\ud83d\ude00" * 3,
    "\u202e\u0000",
    "A" * 5000,
    0,
    -1,
    1e308,
    -1e308,
    5e-324,
    1e-300,
    2**63,
    10**400,
    0.1,
    float("inf"),
    float("nan"),
    [],
    {},
    [[]],
    [None] * 24,
    [0.0] * 169,
    {"id": {}},
    {"__proto__": 1},
)
"""Values that stand where others belong."""

PIECES: tuple[bytes, ...] = (
    b"\x00",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\xc3(",
    b"{",
    b"}",
    b"[" * 2000,
    b'"',
    b"\\",
    b"\n",
    b"1e999",
    b"-",
    b"%",
    b"%{\n",
    b";",
    b"'",
    b"...",
    b"mpc.branch = [",
    b"mpc.bus(:, 3) = mpc.bus(:, 3) / 0;",
    b"(" * 500,
    b"9" * 400,
    b"system('touch /tmp/fuzzed')",
    b"1e308 * 1e308",
)
"""Bytes that are pushed in anywhere."""


def broken(document: bytes, seed: int) -> bytes:
    """The document with one to four damages; the same for the same seed."""
    chance = random.Random(seed)
    tree = _parsed(document)
    damage = _break_value if tree is not None and chance.random() < 0.5 else None
    for _ in range(chance.choice((1, 1, 1, 2, 3, 4))):
        if damage is not None:
            tree = damage(tree, chance)
        else:
            document = chance.choice(BYTE_DAMAGE)(document, chance)
    if damage is None:
        return document
    return json.dumps(tree).encode("utf-8", "surrogatepass")


def _parsed(document: bytes) -> Json:
    try:
        return json.loads(document)
    except (ValueError, RecursionError):
        return None


def _break_value(tree: Json, chance: random.Random) -> Json:
    """A copy with one place changed: another value, gone, twice, renamed, or one from elsewhere in the document."""
    tree = copy.deepcopy(tree)
    places = list(_places(tree))
    if not places:
        return chance.choice(STRANGE)
    holder, key = chance.choice(places)
    chance.choice((_replace, _replace, _remove, _rename, _repeat, _borrow))(holder, key, places, chance)
    return tree


def _places(value: Json) -> list[Place]:
    """Every (container, key) of a document."""
    found: list[Place] = []
    waiting = [value]
    while waiting:
        holder = waiting.pop()
        keys = list(holder) if isinstance(holder, dict) else range(len(holder)) if isinstance(holder, list) else ()
        for key in keys:
            found.append((holder, key))
            waiting.append(holder[key])
    return found


def _replace(holder: Any, key: Any, places: list[Place], chance: random.Random) -> None:
    value = holder[key]
    near = [-value, 1e6 * value, value + 0.5] if isinstance(value, float) or abs(_whole(value)) < 1e300 else []
    holder[key] = chance.choice((*STRANGE, *near))


def _whole(value: Json) -> int:
    return value if isinstance(value, int) else 10**400


def _remove(holder: Any, key: Any, places: list[Place], chance: random.Random) -> None:
    del holder[key]


def _rename(holder: Any, key: Any, places: list[Place], chance: random.Random) -> None:
    if isinstance(holder, dict):
        holder[chance.choice((f"{key} ", str(key).upper(), "", "__class__"))] = holder.pop(key)


def _repeat(holder: Any, key: Any, places: list[Place], chance: random.Random) -> None:
    if isinstance(holder, list):
        holder[key:key] = [copy.deepcopy(holder[key])] * chance.choice((1, 1, 200))


def _borrow(holder: Any, key: Any, places: list[Place], chance: random.Random) -> None:
    other, name = chance.choice(places)
    holder[key] = copy.deepcopy(other[name])


def _flip(text: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(text) + 1)
    return text[:at] + bytes([chance.randrange(256)]) + text[at + 1 :]


def _cut(text: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(text) + 1)
    return text[:at] + text[at + chance.choice((1, 7, 100, len(text))) :]


def _push(text: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(text) + 1)
    return text[:at] + chance.choice(PIECES) + text[at:]


def _double(text: bytes, chance: random.Random) -> bytes:
    first, last = sorted(chance.randrange(len(text) + 1) for _ in range(2))
    return text[:last] + text[first:last][:20_000] + text[last:]


def _swap(text: bytes, chance: random.Random) -> bytes:
    words = text.split(b" ")
    first, second = chance.randrange(len(words)), chance.randrange(len(words))
    words[first], words[second] = words[second], words[first]
    return b" ".join(words)


BYTE_DAMAGE: tuple[Callable[[bytes, random.Random], bytes], ...] = (_flip, _cut, _push, _double, _swap)
"""Ways to damage bytes."""
