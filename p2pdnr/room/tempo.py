"""How often somebody may do something: so many a second in the long run, and some at once before that counts."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable


class Tempo:
    """Allowances by name; the caller holds the lock. ``clock`` gives seconds."""

    def __init__(self, per_s: float, burst: int, clock: Callable[[], float], most: int = 5000) -> None:
        self._per_s, self._burst, self._clock, self._most = per_s, float(burst), clock, most
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, name: str) -> bool:
        """Whether one more is allowed now; counts it where it is."""
        now = self._clock()
        left, at = self._left.pop(name, (self._burst, now))
        left = min(self._burst, left + (now - at) * self._per_s)
        allowed = left >= 1.0
        self._left[name] = (left - 1.0 if allowed else left, now)
        if len(self._left) > self._most:
            self._left.popitem(last=False)
        return allowed
