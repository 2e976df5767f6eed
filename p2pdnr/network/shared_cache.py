"""numba's cache of compiled functions, shared by processes that run at the same time: one compiles, the others wait.

Who finds nothing in the cache takes the function's lock, a file beside what is cached, and looks again. The operating
system lets go of the lock when its process ends, however it ends.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import IO, Any

from numba.core import event

from p2pdnr.network.kernel_cache import KernelCache

PATIENCE_S = 120.0
"""After which a process no longer waits for another, which may have been stopped, and compiles by itself."""

WAITED = "p2pdnr:waited"
"""The event of numba's listeners while another process compiles; its data name the ``function``."""

_AGAIN_S = 0.05


class SharedCache(KernelCache):
    """The cache of one entry point."""

    def __init__(self, py_func: Any) -> None:
        super().__init__(py_func)
        self._lock: IO[bytes] | None = None

    @property
    def lock_path(self) -> Path:
        """The file that stands for the right to compile the function."""
        return Path(self.cache_path) / f"{self._impl.filename_base}.lock"

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """What is cached, or what another process is compiling once it is done; None where this process is to
        compile it."""
        self._let_go()
        found = super().load_overload(sig, target_context)
        if found is None and self._enabled:
            self._take()
            found = super().load_overload(sig, target_context)
            if found is not None:
                self._let_go()
        return found

    def save_overload(self, sig: Any, data: Any) -> None:
        """Cache what was compiled, for everybody who waits."""
        try:
            super().save_overload(sig, data)
        finally:
            self._let_go()

    def _take(self) -> None:
        """Wait for the lock; without one where the place is not for writing."""
        try:
            self._impl.locator.ensure_cache_path()
            self._lock = self.lock_path.open("ab")
        except OSError:
            return
        if not try_lock(self._lock):
            with event.trigger_event(WAITED, data={"function": self._py_func.__name__}):
                self._wait()

    def _wait(self) -> None:
        assert self._lock is not None
        last = time.monotonic() + PATIENCE_S
        while not try_lock(self._lock) and time.monotonic() < last:
            time.sleep(_AGAIN_S)

    def _let_go(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None


if sys.platform == "win32":
    import msvcrt

    def try_lock(file: IO[bytes]) -> bool:
        """Whether the lock of an open file is ours now; closing the file lets go of it."""
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:
    import fcntl

    def try_lock(file: IO[bytes]) -> bool:
        """Whether the lock of an open file is ours now, or there are no locks where it stands; closing the file lets go
        of it."""
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            return True
        return True
