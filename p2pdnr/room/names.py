"""Codes of rooms, tokens of players, and what a nickname may be."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import unicodedata
from collections.abc import Collection

from p2pdnr.errors import InputError, Problem

LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Of codes: without those that are taken for each other on a projector (I, O, 0, 1)."""

CODE_LENGTH = 4
LONGEST_NAME = 20


def new_code(taken: Collection[str]) -> str:
    """A code that no open room has."""
    while True:
        code = "".join(secrets.choice(LETTERS) for _ in range(CODE_LENGTH))
        if code not in taken:
            return code


def new_token() -> str:
    """What a player shows instead of a password."""
    return secrets.token_urlsafe(18)


def hashed(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def is_same(given: str, secret: str) -> bool:
    """Whether two secrets are equal, in a time that does not tell how far they are."""
    return hmac.compare_digest(hashed(given), hashed(secret))


def nickname(text: object, taken: Collection[str]) -> str:
    """The name as it is shown; raises InputError for what is no plain name, or taken.

    Letters of any language with their marks, digits, blanks and ``_ . - '``: nothing that hides, turns or looks like
    markup. Names that read alike are the same name.
    """
    name = unicodedata.normalize("NFC", " ".join(text.split())) if isinstance(text, str) and len(text) <= 200 else ""
    if not 1 <= len(name) <= LONGEST_NAME or not all(map(_is_plain, name)) or _stacked(name):
        message = "has to be 1 to 20 letters, digits, blanks or _ . - '"
        raise InputError([Problem("player", "name", (), message, "Choose a plain, short nickname")])
    if alike(name) in {alike(other) for other in taken}:
        message = "is taken in this room"
        raise InputError([Problem("player", "name", (name,), message, "Choose another nickname")])
    return name


def alike(name: str) -> str:
    """What two names have in common that read alike."""
    return unicodedata.normalize("NFKC", name).casefold()


def _is_plain(character: str) -> bool:
    kind = unicodedata.category(character)
    return character in " _.-'" or kind[0] == "L" or kind in ("Mn", "Mc", "Nd")


def _stacked(name: str) -> bool:
    """Whether marks stand alone or are piled up."""
    marks = [unicodedata.category(character) in ("Mn", "Mc") for character in name]
    return (
        marks[0]
        or any(all(marks[place : place + 3]) for place in range(len(marks) - 2))
        or not any(map(str.isalnum, name))
    )
