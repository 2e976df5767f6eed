"""A process beside the server: started with a pipe, leaves Ctrl-C to the server, and ends when the server is gone."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any


def start(body: Callable[..., None], arguments: tuple[Any, ...], name: str) -> tuple[BaseProcess, Connection]:
    """Start ``body(pipe, *arguments)`` as a process and return it with the server's end of its pipe."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=True)
    process = context.Process(target=body, args=(theirs, *arguments), name=name, daemon=True)
    process.start()
    theirs.close()
    return process, ours


def settle(memory_limit_mb: int | None) -> None:
    """What such a process does first."""
    _leave_interrupts_to_server()
    _end_with_server()
    _limit_memory(memory_limit_mb)


def _leave_interrupts_to_server() -> None:
    """Ctrl-C reaches every process of the terminal; the server alone decides what it means."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def _end_with_server() -> None:
    """Ask the kernel for a signal when the server's end of the start pipe closes.

    The reading thread notices too, but only when compiled code lets Python's lock go, which a long solve may not do.
    """
    parent = multiprocessing.parent_process()
    if sys.platform != "linux" or parent is None:
        return
    import fcntl

    descriptor = parent.sentinel
    signal.signal(signal.SIGIO, signal.SIG_DFL)
    fcntl.fcntl(descriptor, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(descriptor, fcntl.F_SETFL, fcntl.fcntl(descriptor, fcntl.F_GETFL) | os.O_ASYNC)


def _limit_memory(megabytes: int | None) -> None:
    if megabytes is None or sys.platform != "linux":
        return
    import resource

    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    limit = megabytes * 1024 * 1024
    limit = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))


def hold_interrupts() -> None:
    """Keep Ctrl-C from processes that this thread starts until they can ignore it: they inherit its signal mask.

    The helper process of multiprocessing comes first, because starting it resets the mask.
    """
    if hasattr(signal, "pthread_sigmask"):
        from multiprocessing import resource_tracker

        resource_tracker.ensure_running()
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
