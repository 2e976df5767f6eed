"""JSON files of networks: read, or refused with a reason."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from p2pdnr.errors import NetworkError, Problem


def load(path: Path) -> Any:
    """What a JSON file holds; raises :class:`NetworkError` where it cannot be read."""
    try:
        content = path.read_bytes()
    except OSError as error:
        reason = error.strerror or "cannot be opened"
        raise _refused(f"cannot be read: {reason}", "Check the file's name", path.name) from None
    return parsed(content, path.name)


def parsed(content: bytes, name: str) -> Any:
    """What the bytes of a JSON file hold, with or without a byte order mark."""
    try:
        return json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise _refused(f"is not JSON: {error}"[:200], "Correct the file", name) from None


def _refused(message: str, remedy: str, name: str) -> NetworkError:
    return NetworkError([Problem("network", "source", (name,), message, remedy)])
