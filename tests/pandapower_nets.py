"""Nets of pandapower for tests, each made once: its tables take pandapower a quarter of a second, a copy a tenth."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from functools import cache, wraps
from typing import Any, ParamSpec

P = ParamSpec("P")


def copied(make: Callable[P, Any]) -> Callable[P, Any]:
    """The function, which makes a net once for what it is asked with and gives a copy every time."""

    @cache
    def packed(*given: Any, **named: Any) -> bytes:
        return pickle.dumps(make(*given, **named))

    @wraps(make)
    def copy(*given: P.args, **named: P.kwargs) -> Any:
        return pickle.loads(packed(*given, **named))

    return copy


@copied
def empty(**settings: Any) -> Any:
    """A net without anything."""
    import pandapower as pp

    return pp.create_empty_network(**settings)
