"""Peer-to-peer energy trading on a distribution grid that re-switches itself every hour.

    import p2pdnr
    scenario = p2pdnr.load("data/scenarios/ieee33-solar.json")
    result = p2pdnr.run(scenario)
    result.summary["objective_eur"], result.tables.hours

    found = p2pdnr.reconfigure("case33bw")
    found.loss_kw, found.open_lines, found.proved

The names below are loaded when they are first used, so that importing the package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from p2pdnr.network.arrays import Network
    from p2pdnr.network.readers import read as read_network
    from p2pdnr.reconfiguration.minimum_loss import Reconfiguration, reconfigure
    from p2pdnr.results.study_result import StudyResult
    from p2pdnr.scenario.document import load
    from p2pdnr.scenario.schema import Scenario
    from p2pdnr.study import Options, compare, run

__version__ = "0.1.0"

__all__ = [
    "Network",
    "Options",
    "Reconfiguration",
    "Scenario",
    "StudyResult",
    "compare",
    "load",
    "read_network",
    "reconfigure",
    "run",
]

_HOME = {
    "Network": "p2pdnr.network.arrays",
    "Options": "p2pdnr.study",
    "Reconfiguration": "p2pdnr.reconfiguration.minimum_loss",
    "Scenario": "p2pdnr.scenario.schema",
    "StudyResult": "p2pdnr.results.study_result",
    "compare": "p2pdnr.study",
    "load": "p2pdnr.scenario.document",
    "read_network": "p2pdnr.network.readers",
    "reconfigure": "p2pdnr.reconfiguration.minimum_loss",
    "run": "p2pdnr.study",
}

_NAMED = {"read_network": "read"}


def __getattr__(name: str) -> Any:
    """A name of the public face, from the module it lives in."""
    if name not in _HOME:
        raise AttributeError(f"module 'p2pdnr' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), _NAMED.get(name, name))


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME])
