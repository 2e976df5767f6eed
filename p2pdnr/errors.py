"""Every error this package raises on purpose.

    P2pdnrError
    +-- InputError              what was given cannot be used: exit status 2
    |   +-- ScenarioError       the scenario document, alone or against its network
    |   +-- NetworkError        the network document, file or built-in name
    |   +-- ProfileError        a file with the load of a day
    |   +-- ResultError         a result folder that is missing, torn or altered
    +-- TopologyError           a set of closed lines that is no spanning tree
    +-- PowerFlowError          the power flow has no solution, or none was found
    +-- SolverError             a solver ended without an answer
    +-- Cancelled               the caller asked to stop
    +-- TimeLimitError          the time limit passed before a first answer

An :class:`InputError` carries all problems of a document at once, as data: which component, which field, which ids,
what is wrong, what to do.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with an input.

    ``component`` is the kind of thing ("prosumer", "profile", "network", "line", "tariff", "document" ...), ``ids``
    names the instances, ``field`` the field as it stands in the document (dots for nested ones), ``message`` what is
    wrong with the value found, ``remedy`` what to do.
    """

    component: str
    field: str
    ids: tuple[str, ...]
    message: str
    remedy: str

    def __str__(self) -> str:
        told = all(own.startswith(f"{self.component} ") for own in self.ids) and self.ids
        where = " ".join(part for part in ("" if told else self.component, ", ".join(self.ids)) if part)
        field = f" {self.field}" if self.field else ""
        return f"{where}{field}: {self.message}. {self.remedy}"


class P2pdnrError(Exception):
    """Root of all errors of this package."""


class InputError(P2pdnrError):
    """Input that cannot be used; ``problems`` holds every reason, none is hidden behind the first."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    def __reduce__(self) -> tuple[type[InputError], tuple[tuple[Problem, ...]]]:
        return type(self), (self.problems,)


class ScenarioError(InputError):
    """The scenario document is wrong, by itself or against its network."""


class NetworkError(InputError):
    """The network cannot be read, or holds something that is not modelled."""


class ProfileError(InputError):
    """A load profile cannot be read, or does not fit its network."""


class ResultError(InputError):
    """A result folder is missing, incomplete or inconsistent."""


class TopologyError(P2pdnrError):
    """The closed lines are no spanning tree: a loop, or buses without supply.

    ``loop_lines`` are the lines of one closed loop, ``dark_buses`` the buses that no substation reaches; both number
    from 1. The message calls them by ``loop_names`` and ``dark_names``, the user's own, where these are given.
    """

    def __init__(
        self,
        loop_lines: tuple[int, ...] = (),
        dark_buses: tuple[int, ...] = (),
        loop_names: tuple[str, ...] = (),
        dark_names: tuple[str, ...] = (),
    ) -> None:
        self.loop_lines, self.dark_buses = loop_lines, dark_buses
        self.loop_names = loop_names or tuple(map(str, loop_lines))
        self.dark_names = dark_names or tuple(map(str, dark_buses))
        loop = f"lines {', '.join(self.loop_names)} form a loop" if loop_lines else ""
        dark = f"buses {', '.join(self.dark_names)} are without supply" if dark_buses else ""
        super().__init__("; ".join(text for text in (loop, dark) if text) or "the closed lines are no spanning tree")

    def __reduce__(self) -> tuple[type[TopologyError], tuple[tuple[int | str, ...], ...]]:
        return type(self), (self.loop_lines, self.dark_buses, self.loop_names, self.dark_names)


class PowerFlowError(P2pdnrError):
    """The power flow did not converge at the hours named in the message."""


class SolverError(P2pdnrError):
    """A solver ended without an answer."""


class Cancelled(P2pdnrError):
    """The caller asked to stop."""


class TimeLimitError(P2pdnrError):
    """The time limit passed before a first answer was there."""
