"""What a room does not do, as errors with a kind for the page."""

from __future__ import annotations

from p2pdnr.errors import P2pdnrError


class Refusal(P2pdnrError):
    """``kind`` is what the page knows it by; where there is ``retry_after_s``, the same may be asked again then."""

    def __init__(self, kind: str, message: str, retry_after_s: int | None = None) -> None:
        self.kind, self.retry_after_s = kind, retry_after_s
        super().__init__(message)

    def __reduce__(self) -> tuple[type[Refusal], tuple[str, str, int | None]]:
        return type(self), (self.kind, str(self), self.retry_after_s)


def not_allowed() -> Refusal:
    """Wrong or no key or token."""
    return Refusal("NotAllowed", "This needs the lecturer's link, or to have joined the room.")


def removed() -> Refusal:
    """A player whom the lecturer has removed."""
    return Refusal("Removed", "The lecturer has taken this nickname out of the room. Join again with another one.")


def no_room() -> Refusal:
    """A code that no open room has."""
    return Refusal("NoRoom", "There is no such room, or it has ended and was deleted.")


def not_now(message: str) -> Refusal:
    """What does not fit the phase."""
    return Refusal("NotNow", message)


def too_fast() -> Refusal:
    """More moves or players in a moment than are taken."""
    return Refusal("TooFast", "That was too fast. Try again in a second.", 1)


def full(message: str) -> Refusal:
    """No place for another room, player or move."""
    return Refusal("Full", message, 60)


def busy() -> Refusal:
    """The server closes down or starts."""
    return Refusal("Busy", "The server is busy. The same is tried again in a moment.", 2)
