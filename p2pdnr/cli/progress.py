"""A line of progress on a terminal, rewritten in place; silent where stderr is no terminal."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from p2pdnr.study import Progress


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
