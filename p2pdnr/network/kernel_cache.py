"""The kernels' cache on disk. What another version of the project has left there counts as nothing.

numba reads the whole index of a cached function before it looks at whether the function's file has changed since. The
index names the classes of what the function was called with. Where one of them has another name or place today, reading
it fails, and the function would not run until somebody deletes the cache by hand.
"""

from __future__ import annotations

from typing import Any

from numba.core.caching import FunctionCache


class KernelCache(FunctionCache):
    """numba's cache of one function, emptied where its index cannot be read."""

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """What was compiled for a signature, None where there is nothing to be had."""
        try:
            return super().load_overload(sig, target_context)
        except (AttributeError, ImportError):
            self.flush()
            return None
