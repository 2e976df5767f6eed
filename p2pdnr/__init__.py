"""Peer-to-peer energy trading on a distribution grid that re-switches itself every hour.

    import p2pdnr
    scenario = p2pdnr.load("data/scenarios/ieee33-solar.json")
    result = p2pdnr.run(scenario)
    result.summary["objective_eur"], result.tables.hours

The names below are loaded when they are first used, so that importing the package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from p2pdnr.network.arrays import Network
    from p2pdnr.results.study_result import StudyResult
    from p2pdnr.scenario.document import load
    from p2pdnr.scenario.schema import Scenario
    from p2pdnr.study import Options, compare, run

__version__ = "0.1.0"

__all__ = ["Network", "Options", "Scenario", "StudyResult", "compare", "load", "run"]

_HOME = {
    "Network": "p2pdnr.network.arrays",
    "Options": "p2pdnr.study",
    "Scenario": "p2pdnr.scenario.schema",
    "StudyResult": "p2pdnr.results.study_result",
    "compare": "p2pdnr.study",
    "load": "p2pdnr.scenario.document",
    "run": "p2pdnr.study",
}


def __getattr__(name: str) -> Any:
    """A name of the public face, from the module it lives in."""
    if name not in _HOME:
        raise AttributeError(f"module 'p2pdnr' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME])
