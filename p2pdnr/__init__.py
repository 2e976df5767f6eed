"""Peer-to-peer energy trading on a distribution grid that re-switches itself every hour.

    import p2pdnr

    result = p2pdnr.solve("data/scenarios/ieee33-solar.json")
    result.summary["objective_eur"], result.tables.hours

    found = p2pdnr.reconfigure("case33bw")
    found.loss_kw, found.open_lines, found.proved

The names below are loaded when they are first used, so that importing the package costs nothing; docs/python.md is a
tour of them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from p2pdnr.api import (
        compare,
        compare_roles,
        figure,
        load_result,
        load_scenario,
        picture,
        read_network,
        save_result,
        solve,
        table,
        vary,
    )
    from p2pdnr.errors import InputError, P2pdnrError
    from p2pdnr.network.arrays import Network
    from p2pdnr.reconfiguration.planning.least_loss import Reconfiguration
    from p2pdnr.reconfiguration.planning.snapshot import reconfigure
    from p2pdnr.results.role_rows import RoleComparison
    from p2pdnr.results.study_result import StudyResult
    from p2pdnr.scenario.schema import Scenario
    from p2pdnr.study import Options

__version__ = "1.0.0"

_HOME = {
    "InputError": "errors",
    "Network": "network.arrays",
    "Options": "study",
    "P2pdnrError": "errors",
    "Reconfiguration": "reconfiguration.planning.least_loss",
    "RoleComparison": "results.role_rows",
    "Scenario": "scenario.schema",
    "StudyResult": "results.study_result",
    "compare": "api",
    "compare_roles": "api",
    "figure": "api",
    "load_result": "api",
    "load_scenario": "api",
    "picture": "api",
    "read_network": "api",
    "reconfigure": "reconfiguration.planning.snapshot",
    "save_result": "api",
    "solve": "api",
    "table": "api",
    "vary": "api",
}

__all__ = [
    "InputError",
    "Network",
    "Options",
    "P2pdnrError",
    "Reconfiguration",
    "RoleComparison",
    "Scenario",
    "StudyResult",
    "compare",
    "compare_roles",
    "figure",
    "load_result",
    "load_scenario",
    "picture",
    "read_network",
    "reconfigure",
    "save_result",
    "solve",
    "table",
    "vary",
]


def __getattr__(name: str) -> Any:
    """A name of the public face, from the module it lives in."""
    if name not in _HOME:
        raise AttributeError(f"module 'p2pdnr' has no attribute {name!r}")
    return getattr(import_module(f"p2pdnr.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME])
