"""Stored results: a folder and a compressed payload each, by unguessable id, bounded in count, bytes and age.

Precomputed results stand under fixed names, are read only and never expire.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import re
import secrets
import shutil
import tempfile
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from p2pdnr.server.protocol import encode
from p2pdnr.server.settings import Settings

RESULT = "result"
"""Name of the result folder inside a stored result's place."""

PAYLOAD = "payload.json.gz"
"""Name of the compressed payload inside a stored result's place."""

REPLAY = "replay.json.gz"
"""Name of the compressed replay of the negotiation beside the payload."""

_PREFIX = "p2pdnr-server-"


@dataclass(frozen=True)
class Stored:
    """One result as it is served: its folder, its compressed payload, and the payload's entity tag."""

    id: str
    folder: Path
    payload: Path
    etag: str
    bytes: int
    fixed: bool


def write_payload(payload: Mapping[str, Any], place: Path, name: str = PAYLOAD) -> None:
    """Write the page's JSON below ``place``, compressed, whole or not at all."""
    place.mkdir(parents=True, exist_ok=True)
    draft = place / f"{name}.tmp"
    draft.write_bytes(gzip.compress(encode(payload), compresslevel=6, mtime=0))
    draft.replace(place / name)


class Store:
    """Results on disk; safe to use from several threads."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._temporary = settings.store_dir is None
        self.root = _temporary_root() if settings.store_dir is None else settings.store_dir.resolve()
        self.root.mkdir(parents=True, exist_ok=True)
        self._precomputed = settings.data_dir / "results" if settings.data_dir else None
        self._lock = threading.Lock()
        self._results: dict[str, Stored] = {}
        self._used: dict[str, float] = {}
        self._fixed_lock = threading.Lock()
        self._fixed_results: dict[str, Stored] = {}

    def reserve(self) -> str:
        """A new id nobody can guess; the worker writes below ``root/id``."""
        return secrets.token_urlsafe(16)

    def adopt(self, result_id: str) -> Stored:
        """Take over what a worker has written whole; raises OSError when it is not there."""
        stored = _stored(result_id, self.root / result_id / RESULT, self.root / result_id, fixed=False)
        with self._lock:
            self._results[result_id] = stored
            self._used[result_id] = time.monotonic()
        self.sweep()
        return stored

    def open(self, folder: Path) -> str:
        """Serve a result folder from elsewhere, which stays as it is; returns its id. Raises ResultError."""
        result_id = self.reserve()
        _make_payload(folder, self.root / result_id)
        with self._lock:
            self._results[result_id] = _stored(result_id, folder.resolve(), self.root / result_id, fixed=False)
        return result_id

    def discard(self, result_id: str) -> None:
        """Remove a result, or the beginnings of one, from disk."""
        with self._lock:
            self._results.pop(result_id, None)
            self._used.pop(result_id, None)
        shutil.rmtree(self.root / result_id, ignore_errors=True)

    def get(self, result_id: str) -> Stored | None:
        """The result of that id or fixed name, or None when it never was or has expired."""
        with self._lock:
            stored = self._results.get(result_id)
            if stored is not None:
                self._used[result_id] = time.monotonic()
        return stored if stored is not None else self._fixed(result_id)

    def folder(self, result_id: str) -> Path | None:
        """The result folder of that id or fixed name, or None: also for fixed names that have a payload alone."""
        if self._precomputed is not None and result_id in self.fixed_names():
            folder = self._precomputed / result_id
            return folder if (folder / "summary.json").is_file() else None
        stored = self.get(result_id)
        return stored.folder if stored else None

    def fixed_names(self) -> tuple[str, ...]:
        """Names of the precomputed results."""
        if self._precomputed is None or not self._precomputed.is_dir():
            return ()
        kept = (path.parent.name for name in ("summary.json", PAYLOAD) for path in self._precomputed.glob(f"*/{name}"))
        return tuple(sorted(set(kept)))

    def sweep(self) -> None:
        """Drop what is too old, then the least recently used until count and bytes fit."""
        with self._lock:
            dropped = self._surplus()
        for result_id in dropped:
            self.discard(result_id)

    def close(self) -> None:
        """Remove the temporary folder; of a folder that was given, only the results, which nobody can name any more."""
        for result_id in list(self._results):
            self.discard(result_id)
        if self._temporary:
            shutil.rmtree(self.root, ignore_errors=True)

    def _surplus(self) -> list[str]:
        limits, surplus = self._settings, []
        oldest = time.monotonic() - limits.result_age_s
        order = sorted(self._used, key=lambda key: self._used[key])
        left, size = len(order), sum(self._results[key].bytes for key in order)
        for key in order:
            crowded = left > 1 and (left > limits.result_limit or size > limits.result_limit_bytes)
            if crowded or self._used[key] < oldest:
                surplus.append(key)
                left, size = left - 1, size - self._results[key].bytes
        return surplus

    def _fixed(self, name: str) -> Stored | None:
        """A precomputed result; a payload that does not lie in its folder is made on first use."""
        if name not in self.fixed_names() or self._precomputed is None:
            return None
        with self._fixed_lock:
            if name not in self._fixed_results:
                folder = place = self._precomputed / name
                if not (folder / PAYLOAD).is_file():
                    place = self.root / f"fixed.{name}"
                    _make_payload(folder, place)
                self._fixed_results[name] = _stored(name, folder, place, fixed=True)
            return self._fixed_results[name]


def _stored(result_id: str, folder: Path, place: Path, *, fixed: bool) -> Stored:
    payload = place / PAYLOAD
    digest = hashlib.sha256(payload.read_bytes()).hexdigest()[:32]
    size = sum(path.stat().st_size for path in place.rglob("*") if path.is_file())
    return Stored(result_id, folder, payload, digest, size, fixed)


def _make_payload(folder: Path, place: Path) -> None:
    from p2pdnr.results import folder as folders
    from p2pdnr.results.payload import payload

    write_payload(payload(folders.load(folder)), place)


def _temporary_root() -> Path:
    """A private folder that names its process, so that a later server can clear up after one that was killed."""
    if os.name == "posix":
        for path in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
            owner = re.fullmatch(rf"{_PREFIX}(\d+)-.*", path.name)
            if owner and not _alive(int(owner.group(1))):
                shutil.rmtree(path, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-"))


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError as exception:
        return not isinstance(exception, ProcessLookupError)
    return True
