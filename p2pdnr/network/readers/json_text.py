"""JSON files of networks: read, or refused with a reason."""

from __future__ import annotations

import codecs
import json
from pathlib import Path
from typing import Any

from p2pdnr.errors import NetworkError, Problem

_PACKED = {
    b"\x1f\x8b": ("is packed by gzip", "Unpack it first"),
    b"PK\x03\x04": ("is a workbook or a ZIP archive", "Give it the suffix .xlsx if it is one, or unpack it"),
    b"gAAAAA": ("is encrypted", "Save it again with to_json without a key"),
}
"""How files begin that are no JSON yet, and what is said of them."""


def load(path: Path) -> Any:
    """What a JSON file holds; raises :class:`NetworkError` where it cannot be read."""
    try:
        content = path.read_bytes()
    except OSError as error:
        reason = error.strerror or "cannot be opened"
        raise _refused(f"cannot be read: {reason}", "Check the file's name", path.name) from None
    return parsed(content, path.name)


def parsed(content: bytes, name: str) -> Any:
    """What the bytes of a JSON file hold, in UTF-8, or in UTF-16 with a byte order mark."""
    for start, told in _PACKED.items():
        if content.startswith(start):
            raise _refused(*told, name)
    encoding = "utf-16" if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
    try:
        return json.loads(content.decode(encoding))
    except (ValueError, RecursionError) as error:
        raise _refused(f"is not JSON: {error}"[:200], "Correct the file", name) from None


def _refused(message: str, remedy: str, name: str) -> NetworkError:
    return NetworkError([Problem("network", "source", (name,), message, remedy)])
