"""How large a document from a browser may be: seen before it is judged, so that judging it is a matter of tenths of a
second. Files on the command line have no such limits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from p2pdnr.errors import Problem, ScenarioError

MAX_PROSUMERS, MAX_PROFILES, MAX_PAIRS, MAX_BUSES, MAX_LINES = 1_500, 1_000, 20_000, 3_000, 4_000
"""Entries of the lists of a document; pairs are partners, and preferences."""

MAX_VALUES = 300_000
"""Values of a document in all: 1,500 prosumers with tariffs of their own for a day have a third of that."""


def limit(document: object) -> None:
    """Raise ScenarioError where a document as JSON gives it is larger than a browser's may be."""
    if problems := [*_problems(document)]:
        raise ScenarioError(problems)


def _problems(document: object) -> Iterator[Problem]:
    root = _object(document)
    network, market = _object(root.get("network")), _object(root.get("market"))
    table = _object(network.get("source")) or (root if "buses" in root else {})
    for what, entries, most in (
        ("prosumers", root.get("prosumers"), MAX_PROSUMERS),
        ("profiles", root.get("profiles"), MAX_PROFILES),
        ("partners", market.get("partners"), MAX_PAIRS),
        ("preferences", market.get("preferences"), MAX_PAIRS),
        ("buses", table.get("buses"), MAX_BUSES),
        ("lines", table.get("lines"), MAX_LINES),
    ):
        if isinstance(entries, list | dict) and len(entries) > most:
            yield _too_large(what, f"has more than {most:,} {what}")
    if _has_more_values(document, MAX_VALUES):
        yield _too_large("", f"has more than {MAX_VALUES:,} values")


def _has_more_values(document: object, most: int) -> bool:
    count, left = 0, [document]
    while left and count <= most:
        item = left.pop()
        inner = list(item.values()) if isinstance(item, dict) else item if isinstance(item, list) else []
        count += len(inner)
        left += [value for value in inner if isinstance(value, dict | list)]
    return count > most


def _too_large(field: str, message: str) -> Problem:
    return Problem("document", field, (), message, "Use the command line for such a size")


def _object(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}
