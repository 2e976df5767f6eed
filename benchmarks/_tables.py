"""Tables of benchmarks: printed, and kept in docs/benchmarks/ with the machine and the versions."""

from __future__ import annotations

import math
import os
import platform
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "benchmarks"


def table(
    name: str,
    title: str,
    rows: Sequence[Sequence[str]],
    peers: Sequence[str] = (),
    *,
    kept: bool = True,
    note: str = "",
) -> None:
    """Print a table, the first row its head, and where it is ``kept`` write it to docs/benchmarks/NAME.md; ``peers``
    are packages that took part, ``note`` says how to read it."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    print(f"\n{title}")
    for row in rows:
        cells = [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        print("  ".join([row[0].ljust(widths[0]), *cells]))
    if kept:
        _keep(name, title, rows, " ".join([_circumstances(peers), note]).strip())


def kept_rows(name: str, title: str) -> list[list[str]]:
    """The rows below the head of a kept table, empty where there is none of this ``title``."""
    path = FOLDER / f"{name}.md"
    lines = path.read_text().splitlines() if path.exists() else [""]
    if lines[0] != f"# {title}":
        return []
    return [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in lines if line.startswith("|")][2:]


def _keep(name: str, title: str, rows: Sequence[Sequence[str]], circumstances: str) -> None:
    bars = ["---", *["---:"] * (len(rows[0]) - 1)]
    lines = ["| " + " | ".join(row) + " |" for row in (rows[0], bars, *rows[1:])]
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / f"{name}.md").write_text(f"# {title}\n\n{circumstances}\n\n" + "\n".join(lines) + "\n")


def shown(row: Sequence[str]) -> Sequence[str]:
    """Print a row while others are still to come; returns it."""
    print("  ".join(row), flush=True)
    return row


def ratio(value: float, base: float) -> str:
    """How many times the base a value is, to three digits or all before the point; a dash where either is unknown."""
    if not value > 0.0 or not base > 0.0:
        return "-"
    times = value / base
    return f"{times:,.{max(0, min(2, 2 - math.floor(math.log10(times))))}f}"


def against_first(rows: Sequence[tuple[str, float]]) -> list[tuple[str, str, str]]:
    """Names, times, and their ratios to the first."""
    return [(name, f"{value:.2f}", ratio(value, rows[0][1])) for name, value in rows]


def _circumstances(peers: Sequence[str]) -> str:
    packages = ", ".join(f"{peer} {_version(peer)}" for peer in ("numpy", "numba", *peers))
    machine = f"{_processor()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    return f"{machine}, {packages}. Ratios count; absolute times hang on the machine."


def _processor() -> str:
    """What the machine calls its processor."""
    described = Path("/proc/cpuinfo")
    lines = described.read_text(encoding="utf8").splitlines() if described.exists() else []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.processor() or platform.machine()


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "missing"
