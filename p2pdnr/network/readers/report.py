"""What became of a file: what was taken as it is, what approximated, what left out, by element and in its own names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from p2pdnr.network.arrays import Network

Fate = Literal["taken", "approximated", "left out"]
_MOST_NAMES = 12


@dataclass(frozen=True)
class Note:
    """What became of some elements: their ``component`` (line, load, ...), ``ids`` as their owner calls them (none: all
    of the kind), and what is ``said`` about them."""

    fate: Fate
    component: str
    ids: tuple[str, ...]
    said: str

    def __str__(self) -> str:
        return f"{self.fate}: {self.text}"

    @property
    def text(self) -> str:
        """The elements and what is said; as many names as can be read."""
        return f"{some(self.ids)}: {self.said}" if self.ids else f"{self.component}: {self.said}"

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {"fate": self.fate, "component": self.component, "ids": list(self.ids), "message": self.said}


@dataclass(frozen=True, eq=False)
class Imported:
    """A network from somewhere else, and what became of the parts of its file; the pandapower ``net`` where it is one,
    to compare with, and the index in the network of those of its ``buses`` that are there."""

    network: Network
    notes: tuple[Note, ...]
    net: Any = None
    buses: Mapping[int, int] = field(default_factory=dict)

    @property
    def remarks(self) -> tuple[str, ...]:
        """What is not as the file has it."""
        return remarks(self.notes)


def remarks(notes: Iterable[Note]) -> tuple[str, ...]:
    """What is not as the file has it, one text for each note."""
    return tuple(map(str, (note for note in notes if note.fate != "taken")))


def some(ids: Iterable[str], most: int = _MOST_NAMES) -> str:
    """As many names as can be read, the others counted."""
    given = list(ids)
    shown = ", ".join(given[:most])
    return f"{shown} and {len(given) - most} more" if len(given) > most else shown
