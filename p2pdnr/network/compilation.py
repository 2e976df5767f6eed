"""Compiled entry points whose cache knows every file they are made of.

numba keeps a compiled function until the file it stands in changes, and copies what it calls into it. A kernel of
several files therefore caches its entry point alone, as a closure over the :func:`fingerprint` of the other files,
which numba counts among the things a cached function depends on.
"""

from __future__ import annotations

import zlib
from pathlib import Path
from types import ModuleType

import numba

entry_point = numba.njit(nogil=True, cache=True, error_model="numpy")
"""For the one function of a kernel that Python calls."""

inner = numba.njit(nogil=True, error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True)  # type: ignore[call-overload]
"""For what an entry point is made of; not cached, and not callable from outside of compiled code."""


def fingerprint(*modules: ModuleType) -> int:
    """A checksum of the sources of ``modules`` and of this file, never 0."""
    text = b"".join(Path(str(path)).read_bytes() for path in (__file__, *(module.__file__ for module in modules)))
    return zlib.crc32(text) or 1
