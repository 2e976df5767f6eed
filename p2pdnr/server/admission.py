"""What a browser asks for, judged before anything is queued: the body of POST /jobs becomes an :class:`Order`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from p2pdnr.errors import InputError, P2pdnrError, Problem
from p2pdnr.server.settings import Settings

if TYPE_CHECKING:
    from p2pdnr.scenario.schema import Scenario

MODES = ("hourly", "static", "fixed")
"""Modes of a solve, as study.Options names them."""

REFERENCES = ("fixed", "static")
"""Modes that a job fills in after its answer, in this order."""

_FIELDS = {"scenario", "mode", "p2p", "warm", "references"}
_UNKNOWN_NETWORK_BUSES = 600


class BusyError(P2pdnrError):
    """The server has enough to do; ``retry_after_s`` says when to ask again."""

    def __init__(self, message: str, retry_after_s: int = 5) -> None:
        self.retry_after_s = retry_after_s
        super().__init__(message)

    def __reduce__(self) -> tuple[type[BusyError], tuple[str, int]]:
        return type(self), (str(self), self.retry_after_s)


@dataclass(frozen=True)
class Order:
    """A solve that may be queued: scenario as JSON text, mode, stored result to start from, references or not."""

    scenario: str
    mode: str = "hourly"
    p2p: bool = True
    warm: str | None = None
    references: bool = True

    @property
    def modes(self) -> tuple[str, ...]:
        """The modes to solve, the answer's first."""
        later = REFERENCES if self.references else ()
        return (self.mode, *(mode for mode in later if mode != self.mode))


def read_order(body: Any, settings: Settings) -> Order:
    """The order in a decoded JSON body; raises InputError with every problem of the request or of its scenario."""
    from p2pdnr.scenario import document

    if not isinstance(body, Mapping):
        refuse("", "the body is no JSON object", 'Send {"scenario": {...}, "mode": "hourly"}')
    _raise(_request_problems(body))
    scenario = document.from_dict(body["scenario"])
    _raise(_scenario_problems(scenario, settings))
    wishes = {name: body[name] for name in ("mode", "p2p", "warm", "references") if name in body}
    return Order(document.dumps(scenario), **wishes)


def refuse(field: str, message: str, remedy: str) -> NoReturn:
    """Raise InputError for one thing that is wrong with a request itself."""
    raise InputError([_problem(field, message, remedy)])


def work(scenario: Scenario) -> int:
    """Size of a scenario: prosumers x hours x buses (lines where there are more); built-in names state their buses."""
    source = scenario.network.source
    if isinstance(source, str):
        number = re.search(r"(\d+)", source)
        buses = int(number.group(1)) if number else _UNKNOWN_NETWORK_BUSES
    else:
        buses = max(len(source.buses), len(source.lines))
    return len(scenario.prosumers) * scenario.hours * buses


def _request_problems(body: Mapping[str, Any]) -> list[Problem]:
    problems = [_problem(str(name), "is no field of a request", "Leave it out") for name in body if name not in _FIELDS]
    if not isinstance(body.get("scenario"), Mapping):
        problems.append(_problem("scenario", "is missing or no JSON object", "Send the scenario document"))
    if body.get("mode", "hourly") not in MODES:
        problems.append(_problem("mode", "is none of the modes", f"Use one of {', '.join(MODES)}"))
    problems += [
        _problem(name, "is neither true nor false", "Send true or false")
        for name in ("p2p", "references")
        if not isinstance(body.get(name, True), bool)
    ]
    if not isinstance(body.get("warm"), str | None):
        problems.append(_problem("warm", "is no result id", "Send the id of a result, or null"))
    return problems


def _scenario_problems(scenario: Scenario, settings: Settings) -> list[Problem]:
    problems = []
    source = scenario.network.source
    if isinstance(source, str) and not re.fullmatch(r"[A-Za-z0-9_]{1,64}", source):
        message = "is no name of a built-in network"
        remedy = "Use a built-in name or an inline table; the command line also reads files"
        problems.append(Problem("network", "source", (), message, remedy))
    if (size := work(scenario)) > settings.work_limit:
        message = f"has prosumers x hours x buses = {size:,}, the limit is {settings.work_limit:,}"
        remedy = "Use fewer prosumers or hours here, or solve it on the command line"
        problems.append(Problem("document", "", (), message, remedy))
    return problems


def _raise(problems: list[Problem]) -> None:
    if problems:
        raise InputError(problems)


def _problem(field: str, message: str, remedy: str) -> Problem:
    return Problem("request", field, (), message, remedy)
