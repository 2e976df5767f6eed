"""What a browser asks for, judged before anything is queued: the body of POST /jobs becomes an :class:`Order`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn, get_args

from p2pdnr.errors import InputError, P2pdnrError, Problem
from p2pdnr.server.protocol import ROLES, SHARES, Mode, share_name
from p2pdnr.server.settings import Settings

if TYPE_CHECKING:
    from p2pdnr.network.arrays import Network
    from p2pdnr.scenario.schema import Scenario

MODES: tuple[Mode, ...] = get_args(Mode)
"""The modes a browser may ask for."""

REFERENCES: tuple[Mode, ...] = ("fixed", "static")
"""Modes that a job fills in after its answer, in this order."""

UNTRADED = "fixed-no-p2p"
"""Name of the last reference of a job with trades: the initial topology without any."""

_FIELDS = {"scenario", "mode", "p2p", "warm", "references", "roles", "shares", "anew"}


class BusyError(P2pdnrError):
    """The server has enough to do; ``retry_after_s`` says when to ask again."""

    def __init__(self, message: str, retry_after_s: int = 5) -> None:
        self.retry_after_s = retry_after_s
        super().__init__(message)

    def __reduce__(self) -> tuple[type[BusyError], tuple[str, int]]:
        return type(self), (str(self), self.retry_after_s)


@dataclass(frozen=True)
class Order:
    """A solve that may be queued: scenario as JSON text, mode, stored result to start from, references or not; or, with
    ``roles``, the same mode under every role of the operator, or with ``shares`` secure for so many shares of days.
    ``anew``: also where a stored result would answer."""

    scenario: str
    mode: Mode = "hourly"
    p2p: bool = True
    warm: str | None = None
    references: bool = True
    roles: bool = False
    shares: bool = False
    anew: bool = False

    @property
    def stages(self) -> tuple[tuple[str, Mode, bool], ...]:
        """Name, mode and trades (yes or no) of what is to be solved, the answer first."""
        if self.roles:
            return tuple((role, self.mode, self.p2p) for role in ROLES)
        if self.shares:
            return tuple((share_name(share), self.mode, self.p2p) for share in SHARES)
        later = [mode for mode in REFERENCES if self.references and mode != self.mode]
        alone: list[tuple[str, Mode, bool]] = [(UNTRADED, "fixed", False)] if self.references and self.p2p else []
        return (*((mode, mode, self.p2p) for mode in (self.mode, *later)), *alone)


def read_order(body: Any, settings: Settings) -> Order:
    """The order in a decoded JSON body; raises InputError with every problem of the request or of its scenario.

    The scenario is judged against its network here, so that what can be seen at once is not seen after queueing; one
    that takes seconds to read is left to the worker. No folder stands behind it: a network is a built-in name or an
    inline table, never a path.
    """
    from p2pdnr.network import readers
    from p2pdnr.scenario import assembly, document, size

    if not isinstance(body, Mapping):
        refuse("", "the body is no JSON object", 'Send {"scenario": {...}, "mode": "hourly"}')
    _raise(_request_problems(body))
    size.limit(body["scenario"])
    scenario = document.from_dict(body["scenario"])
    if readers.is_quick(scenario.network.source):
        limit_work(scenario, assembly.build_network(scenario, None, parsed=True), settings.work_limit)
    wishes = {name: body[name] for name in _FIELDS - {"scenario"} if name in body}
    return Order(document.dumps(scenario), **wishes)


def refuse(field: str, message: str, remedy: str) -> NoReturn:
    """Raise InputError for one thing that is wrong with a request itself."""
    raise InputError([_problem(field, message, remedy)])


def limit_work(scenario: Scenario, network: Network, limit: int) -> None:
    """Raise InputError where a solve is larger than the limit."""
    _raise(_work_problems(work(scenario, network), limit))


def work(scenario: Scenario, network: Network) -> int:
    """Size of a solve: prosumers x hours x buses, or lines where there are more of them."""
    return len(scenario.prosumers) * scenario.hours * max(network.n_buses, network.n_lines)


def _request_problems(body: Mapping[str, Any]) -> list[Problem]:
    problems = [_problem(str(name), "is no field of a request", "Leave it out") for name in body if name not in _FIELDS]
    if not isinstance(body.get("scenario"), Mapping):
        problems.append(_problem("scenario", "is missing or no JSON object", "Send the scenario document"))
    if body.get("mode", "hourly") not in MODES:
        problems.append(_problem("mode", "is none of the modes", f"Use one of {', '.join(MODES)}"))
    problems += [
        _problem(name, "is neither true nor false", "Send true or false")
        for name in ("p2p", "references", "roles", "shares", "anew")
        if not isinstance(body.get(name, True), bool)
    ]
    if body.get("roles") is True and body.get("shares") is True:
        problems.append(_problem("shares", "stands beside roles", "Ask for one of the two"))
    if not isinstance(body.get("warm"), str | None):
        problems.append(_problem("warm", "is no result id", "Send the id of a result, or null"))
    return problems


def _work_problems(size: int, limit: int) -> list[Problem]:
    if size <= limit:
        return []
    message = f"has prosumers x hours x buses = {size:,}, the limit is {limit:,}"
    return [Problem("document", "", (), message, "Use fewer prosumers or hours here, or solve it on the command line")]


def _raise(problems: list[Problem]) -> None:
    if problems:
        raise InputError(problems)


def _problem(field: str, message: str, remedy: str) -> Problem:
    return Problem("request", field, (), message, remedy)
