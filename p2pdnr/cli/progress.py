"""A line of progress on a terminal, rewritten in place; silent where stderr is no terminal."""

from __future__ import annotations

import math
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self, TextIO, TypeVar

from p2pdnr.errors import Cancelled

if TYPE_CHECKING:
    from p2pdnr.study import Progress

Step = TypeVar("Step")


def progress_line(stream: TextIO | None = None) -> Callable[[Progress], None] | None:
    """What a study may report to (on stderr unless said), or None where nobody looks."""
    stream = stream or sys.stderr
    if not stream.isatty():
        return None

    def show(progress: Progress) -> None:
        width = shutil.get_terminal_size().columns - 1
        stream.write(f"\r{_text(progress)[:width]:<{width}}")
        stream.flush()

    return show


class Line:
    """A line of text on stderr that is rewritten in place on a terminal; elsewhere silent, or, ``always``, a new line
    when a second has passed or the work has come to another stage. Used in a ``with``, it takes the line away."""

    def __init__(self, stream: TextIO | None = None, *, always: bool = False) -> None:
        self._stream = stream or sys.stderr
        self._always = always
        self._told_s = -math.inf
        self._stage = ""

    def show(self, text: str, stage: str = "") -> None:
        """Show a text about a stage of the work."""
        if self._stream.isatty():
            width = shutil.get_terminal_size().columns - 1
            self._stream.write(f"\r{text[:width]:<{width}}")
        elif self._always and (stage != self._stage or time.monotonic() - self._told_s >= 1.0):
            self._told_s, self._stage = time.monotonic(), stage
            self._stream.write(f"{text}\n")
        self._stream.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        clear(self._stream)


@dataclass
class Interrupt:
    """Whether somebody has ``pressed`` Ctrl-C, and whether that also raises KeyboardInterrupt, for work that does not
    look but keeps what it has when that comes out."""

    pressed: bool = False
    raises: bool = False


@contextmanager
def interruptible() -> Iterator[Interrupt]:
    """Inside, the first Ctrl-C is only noted, for work that looks for it and keeps what it has; the second ends all.

    Outside of the main thread nothing is caught.
    """
    interrupt = Interrupt()

    def note(*_: object) -> None:
        interrupt.pressed = True
        signal.signal(signal.SIGINT, signal.default_int_handler)
        if interrupt.raises:
            raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield interrupt
        return
    before = signal.signal(signal.SIGINT, note)
    try:
        yield interrupt
    finally:
        signal.signal(signal.SIGINT, before)


def observer(line: Line, text: Callable[[Step], str], interrupt: Interrupt) -> Callable[[Step], None]:
    """Shows every step of a piece of work in words, and ends it when somebody has pressed Ctrl-C."""

    def observe(step: Step) -> None:
        stage = str(getattr(step, "stage", ""))
        line.show(text(step), stage)
        interrupt.raises = stage == "bound"
        if interrupt.pressed:
            raise Cancelled("interrupted")

    return observe


def clear(stream: TextIO | None = None) -> None:
    """Take the line away again."""
    stream = stream or sys.stderr
    if stream.isatty():
        stream.write("\r" + " " * (shutil.get_terminal_size().columns - 1) + "\r")


def _text(progress: Progress) -> str:
    parts = [f"{progress.seconds:6.1f} s  {progress.stage}", f"iteration {progress.iteration}"]
    if progress.primal_kw is not None:
        parts.append(f"residual {progress.primal_kw:.3g} kW")
    if progress.free_binaries:
        parts.append(f"{progress.free_binaries} free switches")
    if progress.objective_eur is not None:
        parts.append(f"{progress.objective_eur:,.2f} EUR")
    return ", ".join(parts)
