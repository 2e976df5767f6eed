"""What the page is made of, as it is served: scripts and styles below an address that names their content.

A module imports others by relative paths, so nothing can be added to the address of one file: the hash of the whole
tree stands in the path, and a browser may keep everything below it for ever.
"""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path, PurePosixPath

from flask import Flask, Response, abort, request

ENTRY = "app/main.js"
"""The module that the page runs; all others are found from it."""

CLASSIC = ("app/theme.js", "app/dash_callbacks.js")
"""Scripts that are no modules, since they must run before what follows them: the first paint, and Dash."""

WORKERS = ("powerflow/ranking_worker.js",)
"""Modules that run beside the page."""

DOOR = "app/door.js"
"""The module that the page never loads: tests and scripts do."""

IN_FILE = "app/one_file.js"
"""The module that runs instead of ENTRY where the page is one file (one_file.py)."""

ROOM = "room/main.js"
"""The module that the pages of rooms run (room_pages.py)."""
LONG = 31_536_000
_TYPES = {".js": "text/javascript", ".css": "text/css"}
_IMPORT = re.compile(r'^(?:import|export)\b[^"\';]*?\bfrom\s*"(\.[^"]+)"|^import\s*"(\.[^"]+)"', re.MULTILINE)


@dataclass(frozen=True)
class Assets:
    """The files by their path below assets/, as they were when the server started, and the hash of them all."""

    files: Mapping[str, bytes]
    digest: str

    def address(self, name: str) -> str:
        """The path of a file below Dash's assets; KeyError where there is none."""
        if name not in self.files:
            raise KeyError(name)
        return f"{self.digest}/{name}"


def read(folder: Path) -> Assets:
    """Every script and style below a folder."""
    paths = sorted(path for path in folder.rglob("*") if path.suffix in _TYPES)
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
    parts = [hashlib.sha256(name.encode() + b"\0" + data).digest() for name, data in files.items()]
    return Assets(files, hashlib.sha256(b"".join(parts)).hexdigest()[:16])


def imported(assets: Assets, name: str) -> Iterator[str]:
    """The modules that a module imports, by path below assets/."""
    for found in _IMPORT.finditer(assets.files[name].decode()):
        yield resolved(PurePosixPath(name).parent / (found.group(1) or found.group(2)))


def needed(assets: Assets, entry: str = ENTRY) -> tuple[str, ...]:
    """A module with all that it imports, directly or not, what is imported before what imports it."""
    order: dict[str, None] = {}

    def visit(name: str, above: tuple[str, ...]) -> None:
        if name in above:
            raise ValueError(f"These modules import each other: {' -> '.join((*above, name))}")
        if name not in order:
            for other in imported(assets, name):
                visit(other, (*above, name))
            order[name] = None

    visit(entry, ())
    return tuple(order)


def register(app: Flask, assets: Assets, prefix: str) -> None:
    """Serve the files below ``prefix`` (with its slashes at both ends), packed once per encoding."""
    pack = lru_cache(maxsize=4 * len(assets.files))(_pack)

    def serve(name: str) -> Response:
        if name not in assets.files:
            abort(404)
        encoding = _accepted()
        response = Response(pack(assets.files[name], encoding), mimetype=_TYPES[PurePosixPath(name).suffix])
        response.headers["Cache-Control"] = f"private, max-age={LONG}, immutable"
        response.headers["Vary"] = "Accept-Encoding"
        if encoding:
            response.headers["Content-Encoding"] = encoding
        return response

    app.add_url_rule(f"{prefix}{assets.digest}/<path:name>", "page_assets", serve)


def resolved(path: PurePosixPath) -> str:
    """A path below assets/ without steps upward."""
    parts: list[str] = []
    for part in path.parts:
        if part == "..":
            parts.pop()
        else:
            parts.append(part)
    return "/".join(parts)


def package_folder(name: str) -> Path:
    """Where an installed package lies; raises ModuleNotFoundError where it is not installed."""
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"The package {name} is not installed.")
    return Path(spec.origin).parent


def _accepted() -> str:
    offered = request.accept_encodings
    return next((encoding for encoding in ("br", "gzip") if offered.quality(encoding) > 0), "")


def _pack(data: bytes, encoding: str) -> bytes:
    if encoding == "br":
        return bytes(import_module("brotli").compress(data, quality=6))  # comes with dash[compress]
    return gzip.compress(data, compresslevel=6, mtime=0) if encoding == "gzip" else data
