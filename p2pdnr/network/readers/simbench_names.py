"""Grids of SimBench by their code, where the Python package ``simbench`` is installed: its data stay in it."""

from __future__ import annotations

import re
from importlib.util import find_spec

from p2pdnr.errors import NetworkError, Problem
from p2pdnr.network.arrays import Network
from p2pdnr.network.readers.pandapower import from_pandapower

_CODE = re.compile(r"1-[A-Za-z]+-[\w.-]*-[012]-(sw|no_sw)")
"""Version, grid, scenario of the future, and whether switches are in it: 1-MV-rural--0-sw."""


def is_simbench_code(name: str) -> bool:
    """Whether a name has the form of a SimBench code."""
    return _CODE.fullmatch(name) is not None


def read_simbench(code: str) -> Network:
    """A grid of SimBench; raises :class:`NetworkError` where the package is not installed or knows no such code.
    Importing it takes seconds."""
    if find_spec("simbench") is None:
        message = "comes with the Python package simbench, which is not installed"
        raise _refused(code, message, "pip install 'p2pdnr[simbench]'")
    import simbench

    if code not in simbench.collect_all_simbench_codes():
        raise _refused(code, "is no code of SimBench", "Write one such as 1-MV-rural--0-sw or 1-LV-rural1--0-sw")
    return from_pandapower(simbench.get_simbench_net(code), code)


def _refused(code: str, message: str, remedy: str) -> NetworkError:
    return NetworkError([Problem("network", "source", (code[:100],), message, remedy)])
