"""How kernels are compiled: entry points, whose cache knows every file they are made of, and their parts.

numba keeps a compiled function until the file it stands in changes, and copies what it calls into it. A kernel of
several files therefore caches its entry point alone, as a closure over the :func:`fingerprint` of the other files,
which numba counts among the things a cached function depends on.
"""

from __future__ import annotations

import zlib
from pathlib import Path
from types import ModuleType
from typing import Any

import numba

from p2pdnr.network import kernel_cache

_entry_point = numba.njit(nogil=True, cache=True, error_model="numpy")


def entry_point(function: Any) -> Any:
    """For the one function of a kernel that Python calls."""
    return kernel_cache.renewable(_entry_point(function))


def _options() -> dict[str, Any]:
    """Parts are optimised with the entry point they are copied into; by themselves, too, where numba does not let us
    leave that out."""
    options = {"nogil": True, "error_model": "numpy", "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    try:
        from p2pdnr.network.part_compiler import PartCompiler
    except (ImportError, AttributeError):  # a numba to come
        return options
    return {**options, "pipeline_class": PartCompiler}


inner = numba.njit(_nrt=False, **_options())  # type: ignore[call-overload]
"""For what an entry point is made of; not cached, and not callable from outside of compiled code. Without counting of
references, which makes more instructions than most kernels: such a function works on arrays that its caller holds,
makes none and returns none."""

allocating = numba.njit(_nrt=True, **_options())  # type: ignore[call-overload]
"""The same for a part that makes or returns arrays, or calls one that does; it counts references."""


def fingerprint(*modules: ModuleType) -> int:
    """A checksum of the sources of ``modules`` and of the files that say how kernels are compiled, never 0."""
    how = (Path(__file__).with_name(name) for name in ("compilation.py", "part_compiler.py", "lanes_llvm.py"))
    text = b"".join(Path(str(path)).read_bytes() for path in (*how, *(module.__file__ for module in modules)))
    return zlib.crc32(text) or 1
