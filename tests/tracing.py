"""Where coverage's tracer looks: it makes Python half as dear again, so it rests where it would learn little.

It looks at the first cases of every test function and at the first examples of every property. What comes after them
runs without the tracer, as do tests marked ``untraced``, the imports of large libraries, and tests marked
``interpreted``: those run once more with kernels as plain Python, all of it seen. What is seen depends on no clock.
"""

from __future__ import annotations

import gc
import importlib
import os
import pkgutil
from collections import Counter
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

import pytest
from coverage import Coverage

import p2pdnr

CASES, EXAMPLES = 2, 10
"""Of each test function, and of each property, that the tracer looks at."""

INTERPRETED = bool(os.environ.get("NUMBA_DISABLE_JIT"))

LIBRARIES = ("numba", "scipy.optimize", "pandas", "cvxpy", "pandapower.networks", "plotly.graph_objects", "dash")
"""Slow to import, and all of them needed by whoever runs the whole stage."""


@contextmanager
def unseen_children() -> Iterator[None]:
    """Processes started meanwhile record no coverage: what they run is covered here."""
    told = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("COVERAGE_PROCESS_")}
    try:
        yield
    finally:
        os.environ.update(told)


class Tracing:
    """Stops the tracer and starts it again, where there is one."""

    def __init__(self) -> None:
        self.cases: Counter[str] = Counter()

    @pytest.hookimpl(trylast=True)
    def pytest_sessionstart(self) -> None:
        """Import what is slow before the tracer looks on, and the package while it does."""
        measured = Coverage.current()
        if measured is None or "PYTEST_XDIST_WORKER" not in os.environ:
            return
        measured.stop()
        for name in LIBRARIES:
            importlib.import_module(name)
        measured.start()
        for module in pkgutil.walk_packages(p2pdnr.__path__, "p2pdnr."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)

    @pytest.hookimpl
    def pytest_collection_finish(self) -> None:
        """What is there now stays: it need not be looked through at every collection of garbage."""
        gc.collect()
        gc.freeze()
        gc.set_threshold(50_000, 20, 50)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """A test with the tracer or without it."""
        measured = Coverage.current()
        if measured is None:
            return (yield)
        if self.is_worth_it(item):
            with resting(item, measured):
                return (yield)
        measured.stop()
        try:
            with unseen_children():
                return (yield)
        finally:
            measured.start()

    def is_worth_it(self, item: pytest.Item) -> bool:
        """Whether the tracer would learn something from a test."""
        function = item.nodeid.partition("[")[0]
        self.cases[function] += 1
        if item.get_closest_marker("untraced"):
            return False
        return INTERPRETED or (self.cases[function] <= CASES and not item.get_closest_marker("interpreted"))


@contextmanager
def resting(item: pytest.Item, measured: Coverage) -> Iterator[None]:
    """A property is tried without the tracer after its first examples."""
    property_ = getattr(getattr(item, "obj", None), "hypothesis", None)
    if property_ is None or INTERPRETED:
        yield
        return
    inner, tried = property_.inner_test, 0

    @wraps(inner)
    def example(*arguments: Any, **named: Any) -> Any:
        nonlocal tried
        tried += 1
        if tried == EXAMPLES + 1:
            measured.stop()
        return inner(*arguments, **named)

    property_.inner_test = example
    try:
        yield
    finally:
        property_.inner_test = inner
        if tried > EXAMPLES:
            measured.start()
