"""XML of workbooks, read as a stream: no part is held as a tree, and no entity is defined."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import IO
from xml.etree.ElementTree import XMLParser

_CHUNK = 1 << 16
_LONGEST = 1_000_000
"""Characters of one text that are kept."""
Attributes = Mapping[str, str]


class EntityError(ValueError):
    """The XML has a document type, as no spreadsheet program writes: entities could make it grow without end."""


class Reader:
    """What hears the elements of a part as they begin and end; names are without their namespace."""

    def begin(self, name: str, attributes: Attributes) -> None:
        """An element begins."""

    def finish(self, name: str, text: str) -> None:
        """An element ends; ``text`` is what stood directly before its end."""


class _Target:
    """Between the parser and a :class:`Reader`."""

    def __init__(self, reader: Reader) -> None:
        self._begin: Callable[[str, Attributes], None] = reader.begin
        self._finish: Callable[[str, str], None] = reader.finish
        self._text: list[str] = []
        self._length = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._text.clear()
        self._length = 0
        self._begin(tag.rpartition("}")[2], attributes)

    def end(self, tag: str) -> None:
        text = "".join(self._text)
        self._text.clear()
        self._length = 0
        self._finish(tag.rpartition("}")[2], text)

    def data(self, text: str) -> None:
        self._length += len(text)
        if self._length <= _LONGEST:
            self._text.append(text)

    def doctype(self, _name: str, _public: str | None, _system: str | None) -> None:
        raise EntityError("a document type")

    def close(self) -> None:
        """Nothing is left."""


def parse(stream: IO[bytes], reader: Reader) -> None:
    """Give a reader the elements of a stream; raises ParseError or :class:`EntityError`."""
    parser = XMLParser(target=_Target(reader))
    while chunk := stream.read(_CHUNK):
        parser.feed(chunk)
    parser.close()


class Elements(Reader):
    """Attributes of the elements of a small part whose parent and name are among ``paths``."""

    def __init__(self, *paths: str) -> None:
        self._found: dict[str, list[Attributes]] = {path: [] for path in paths}
        self._above: list[str] = []

    def begin(self, name: str, attributes: Attributes) -> None:
        """Keep it."""
        path = f"{self._above[-1]}/{name}" if self._above else name
        self._above.append(name)
        if path in self._found:
            self._found[path].append(attributes)

    def finish(self, name: str, text: str) -> None:
        """One level up."""
        self._above.pop()

    def named(self, path: str) -> list[Attributes]:
        """Those of one path, in their order."""
        return self._found[path]
