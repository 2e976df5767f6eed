"""What travels between the server and a worker: JSON messages over one pipe, never a pickle.

Server to worker: one :class:`Task`. Worker to server: ``{"type": ...}`` with the types ``ready``, ``unready`` (error),
``progress`` (number of the stage, then the fields of study.Progress), ``result`` (number), ``first_plan`` (number:
it was left there), ``stage_failed`` (number, error), ``finished``.
"""

from __future__ import annotations

import errno
import json
import logging
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, Protocol, get_args

from p2pdnr.errors import InputError, P2pdnrError, Problem

Mode = Literal["hourly", "static", "fixed"]
"""Modes of a solve, as study.Options names them."""

Role = Literal["welfare", "validate", "envelopes", "leader"]
"""What the operator may do, as study.Options names it."""

ROLES: tuple[Role, ...] = get_args(Role)

SHARES = (0.95, 0.8, 0.99, 0.9, 0.65, 0.5)
"""Shares of days for which secure plans are set side by side, in the order in which they are solved."""


def share_name(share: float) -> str:
    """What the page calls a secure plan of that share."""
    return f"secure-{100 * share:g}"


_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Stage:
    """One solve of a job: its mode, with or without trades, and the id under which its result is stored.

    ``name`` is what the page calls it: the mode, "fixed-no-p2p" for the reference without trades, the role of the
    operator where roles are compared, or "secure-95" where shares of days are.
    """

    mode: Mode
    p2p: bool
    result_id: str
    name: str

    @property
    def role(self) -> Role | None:
        """The role that is asked for instead of the scenario's."""
        return next((role for role in ROLES if role == self.name), None)

    @property
    def share(self) -> float | None:
        """The share of days that a secure plan is asked for instead of what the scenario says."""
        return next((share for share in SHARES if share_name(share) == self.name), None)


@dataclass(frozen=True)
class Task:
    """A job as a worker gets it; the first stage is the answer, the others are the references shown beside it.

    ``scenario`` is the document's JSON text, ``warm`` the result folder to start from, ``store`` the folder that takes
    the results, ``time_limit_s`` what the solver is told so that it can answer before the job's deadline,
    ``work_limit`` the bound on a solve whose network only the worker reads, ``due`` the numbers of the stages to solve
    now (all where it is empty), ``first_plan`` whether to leave the answer once there is a plan that could be run,
    because others wait for theirs.
    """

    job: str
    scenario: str
    stages: tuple[Stage, ...]
    store: str
    warm: str | None = None
    time_limit_s: float | None = None
    work_limit: int | None = None
    due: tuple[int, ...] = ()
    first_plan: bool = False

    def has_free_market(self, stage: Stage) -> bool:
        """Whether what bills would be without an operator comes with ``stage``: it takes its time, so with the first
        reference, after the answer."""
        return stage in self.stages[1:2] and stage.role is None and stage.share is None and stage.p2p

    def encode(self) -> bytes:
        """The task as JSON."""
        return encode(asdict(self))

    @classmethod
    def decode(cls, data: bytes) -> Task:
        """The task from :meth:`encode`."""
        fields = json.loads(data)
        fields["stages"] = tuple(Stage(**stage) for stage in fields["stages"])
        fields["due"] = tuple(fields["due"])
        return cls(**fields)


class FirstPlan(Exception):
    """There is a plan that could be run, and that is all that was asked for now; no error."""


class Report(Protocol):
    """How a runner and a worker speak to the server: a message type and its fields."""

    def __call__(self, kind: str, **fields: Any) -> None:
        """Send one message."""


def finite(value: Any) -> Any:
    """The value with every NaN and infinity replaced by None, all the way down: JSON has neither."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [finite(item) for item in value]
    return value


def encode(message: Mapping[str, Any]) -> bytes:
    """A message as compact JSON; numbers of numpy become numbers."""
    return json.dumps(finite(message), separators=(",", ":"), allow_nan=False, default=_number).encode()


def _number(value: Any) -> float | None:
    number: float | None = finite(float(value))
    return number


def error(kind: str, message: str, problems: tuple[Problem, ...] = ()) -> dict[str, Any]:
    """An error as the page gets it: ``kind``, ``message`` and ``problems`` (component, field, ids, message, remedy)."""
    return {"kind": kind, "message": message, "problems": [asdict(problem) for problem in problems]}


def describe(exception: BaseException) -> dict[str, Any]:
    """What went wrong as data for the page: our own errors in full, others without their traceback, which is logged."""
    if _is_behind(exception, errno.ENOSPC, errno.EDQUOT):
        _log.error("the disk is full", exc_info=exception)
        return error(
            "DiskFull", "The server's disk is full: the result could not be saved. Earlier results are intact."
        )
    if _is_behind(exception, errno.EROFS, errno.EACCES, errno.EPERM):
        _log.error("the disk cannot be written", exc_info=exception)
        return error(
            "NotWritable",
            "The server may not write to its disk: the result could not be saved. Others are intact.",
        )
    if isinstance(exception, InputError):
        return error(type(exception).__name__, str(exception), exception.problems)
    if isinstance(exception, P2pdnrError):
        return error(type(exception).__name__, str(exception))
    _log.error("unexpected error", exc_info=exception)
    if isinstance(exception, MemoryError):
        return error("MemoryError", "The solve needs more memory than the server allows. Use fewer prosumers or hours.")
    return error(
        "InternalError",
        "Something unexpected went wrong in this solve. The server's log has the details; "
        "your edits and earlier results are intact.",
    )


def _is_behind(exception: BaseException | None, *numbers: int) -> bool:
    """Whether an error of one of these numbers is what happened, or lies behind it: saving a result names its folder,
    not the cause."""
    while exception is not None:
        if isinstance(exception, OSError) and exception.errno in numbers:
            return True
        exception = exception.__cause__ or exception.__context__
    return False
