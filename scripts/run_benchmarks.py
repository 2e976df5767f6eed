"""Run the benchmarks one after another: python scripts/run_benchmarks.py [NAME ...] [-- OPTIONS OF EACH].

Every benchmark runs in a process of its own and is ended when its time is up, so that all of them together take at
most LIMIT_S each. One that fails or is ended does not keep the others from running; the exit status is then 1.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LIMIT_S = 300.0


@dataclass(frozen=True)
class Outcome:
    """What became of a benchmark: "done", "failed" or "ended", and the seconds it took."""

    name: str
    ended: str
    seconds: float


def benchmarks(folder: Path) -> dict[str, Path]:
    """Benchmarks of a folder by their short names: bench_search.py is "search"."""
    return {path.stem.removeprefix("bench_"): path for path in sorted(folder.glob("bench_*.py"))}


def run(name: str, path: Path, options: list[str], limit_s: float = LIMIT_S) -> Outcome:
    """One benchmark, its output passed through."""
    print(f"\n=== {name}", flush=True)
    began = time.monotonic()
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    try:
        status = subprocess.run([sys.executable, str(path), *options], cwd=ROOT, env=environment, timeout=limit_s)
        ended = "done" if status.returncode == 0 else "failed"
    except subprocess.TimeoutExpired:
        ended = "ended"
    return Outcome(name, ended, time.monotonic() - began)


def report(outcomes: list[Outcome], limit_s: float = LIMIT_S) -> str:
    """Seconds by benchmark, and which did not finish."""
    why = {"done": "", "failed": "  failed", "ended": f"  ended after {limit_s:.0f} s"}
    lines = [f"{outcome.name:12} {outcome.seconds:6.1f} s{why[outcome.ended]}" for outcome in outcomes]
    return "\n".join(["", "=== seconds by benchmark", *lines])


def main() -> int:
    """The command line; returns the exit status."""
    arguments = sys.argv[1:]
    cut = arguments.index("--") if "--" in arguments else len(arguments)
    names, options = arguments[:cut], arguments[cut + 1 :]
    known = benchmarks(ROOT / "benchmarks")
    if unknown := set(names) - set(known):
        print(f"no such benchmark: {', '.join(sorted(unknown))}; there are {', '.join(known)}")
        return 2
    outcomes = [run(name, path, options) for name, path in known.items() if not names or name in names]
    print(report(outcomes), flush=True)
    return int(any(outcome.ended != "done" for outcome in outcomes))


if __name__ == "__main__":
    raise SystemExit(main())
