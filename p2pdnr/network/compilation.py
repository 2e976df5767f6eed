"""How kernels are compiled: entry points, whose cache knows every file they are made of, and their parts.

numba keeps a compiled function until the file it stands in changes, and copies what it calls into it. A kernel of
several files therefore caches its entry point alone, as a closure over the :func:`fingerprint` of the other files,
which numba counts among the things a cached function depends on.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numba

from p2pdnr.network.shared_cache import SharedCache

_ENTRY: dict[str, Any] = {"nogil": True, "error_model": "numpy", "no_cfunc_wrapper": True}
_PART: dict[str, Any] = {**_ENTRY, "no_cpython_wrapper": True}


def _compiled_by(name: str) -> dict[str, Any]:
    """The compiler of :mod:`p2pdnr.network.part_compiler` of that name; numba's own where it does not let us."""
    try:
        from p2pdnr.network import part_compiler
    except (ImportError, AttributeError):  # a numba to come
        return {}
    return {"pipeline_class": getattr(part_compiler, name)}


_entry = numba.njit(cache=True, **_ENTRY, **_compiled_by("EntryCompiler"))


def entry_point(function: Callable[..., Any]) -> Any:
    """For the one function of a kernel that Python calls; what is compiled is cached for every process."""
    dispatcher = _entry(function)
    if hasattr(dispatcher, "_cache"):  # kernels may run interpreted
        dispatcher._cache = SharedCache(function)
    return dispatcher


inner = numba.njit(_nrt=False, **_PART, **_compiled_by("PartCompiler"))  # type: ignore[call-overload]
"""For what an entry point is made of; not cached, and not callable from outside of compiled code. Without counting of
references, which makes more instructions than most kernels: such a function works on arrays that its caller holds,
makes none and returns none."""

allocating = numba.njit(_nrt=True, **_PART, **_compiled_by("PartCompiler"))  # type: ignore[call-overload]
"""The same for a part that makes or returns arrays, or calls one that does; it counts references."""


def by_types(function: Callable[..., Any], counts: bool = False) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """For a function that chooses, by the numba types of the arguments of ``function``, what compiled code runs in its
    place: what is not chosen is not compiled. ``counts``: it counts references, as :data:`allocating` does."""
    how: Any = {"_nrt": counts, **_PART, **_compiled_by("PartCompiler")}
    chosen: Any = numba.extending.overload(function, jit_options=how, strict=False)
    return chosen  # type: ignore[no-any-return]


def fingerprint(*modules: ModuleType) -> int:
    """A checksum of the sources of ``modules`` and of the files that say how kernels are compiled, never 0."""
    how = (Path(__file__).with_name(name) for name in ("compilation.py", "part_compiler.py", "lanes_llvm.py"))
    text = b"".join(Path(str(path)).read_bytes() for path in (*how, *(module.__file__ for module in modules)))
    return zlib.crc32(text) or 1
