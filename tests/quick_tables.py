"""pandapower as the judge it is, without what it does anew for every net.

A net without anything is 160 empty tables, each of which pandapower lays out column by column: here a table is laid out
once and copied. Its power flow compiles kernels in every process that asks for one, far longer than the small nets of
tests take without them.
"""

from __future__ import annotations

import sys
from collections.abc import Generator
from typing import Any

import pytest


class QuickTables:
    """Looks for pandapower before every test: it is imported where something asks for it, and by whole runs."""

    def __init__(self) -> None:
        self.done = False

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self) -> Generator[None, object, object]:
        """Once, before the fixtures of the first test after the import."""
        auxiliary = None if self.done else sys.modules.get("pandapower.auxiliary")
        if auxiliary is not None and "pandapower.create" in sys.modules:
            self.done = True
            auxiliary.NUMBA_INSTALLED = False
            auxiliary.pandapowerNet.create_dataframes = classmethod(Tables(auxiliary.pandapowerNet))
        return (yield)


class Tables:
    """What stands in for ``pandapowerNet.create_dataframes``."""

    def __init__(self, net: Any) -> None:
        self.lay_out = net.create_dataframes
        self.known: dict[tuple[Any, ...], Any] = {}

    def __call__(self, _: Any, told: dict[str, Any]) -> dict[str, Any]:
        """Empty tables by name, where columns and their kinds are told; the rest as it is."""
        for name, columns in told.items():
            if isinstance(columns, dict):
                shape = tuple((column, repr(kind)) for column, kind in columns.items())
                if shape not in self.known:
                    self.known[shape] = self.lay_out({name: columns})[name]
                told[name] = self.known[shape].copy()
        return told
