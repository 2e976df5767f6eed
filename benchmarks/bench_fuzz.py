"""Broken documents at every door, many of them: how each ended, the slowest, and the memory it took.

Usage: PYTHONPATH=. python benchmarks/bench_fuzz.py [--inputs 12000] [--first 1000]

``--first`` is the first seed. The exit status is 1 when anything but an answer or a refusal came out, when one document
took longer than ``SLOWEST_S``, or when memory grew by more than ``MEMORY_MB``. The default takes a minute; a longer run
is asked for by more inputs. The table goes to docs/benchmarks/fuzz.md.
"""

from __future__ import annotations

import argparse
import resource
import sys
import traceback
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks._tables import shown, table
from benchmarks._timing import timed
from tests.fuzzing.doors import Door, doors, result_doors

SLOWEST_S = 2.0
MEMORY_MB = 500.0
HEAD = ("door", "inputs", "read", "refused", "slowest, CPU s", "its seed", "failed")


@dataclass
class Tally:
    """What came out of one door."""

    outcomes: Counter[str] = field(default_factory=Counter)
    failures: list[tuple[int, str]] = field(default_factory=list)
    slowest_s: float = 0.0
    slowest_seed: int = 0

    def note(self, door: Door, seed: int) -> None:
        """Send one broken document in."""
        sent = timed(lambda: self._sent(door, door.given(seed), seed))
        if sent.cpu_s > self.slowest_s:
            self.slowest_s, self.slowest_seed = sent.cpu_s, seed

    def _sent(self, door: Door, given: bytes, seed: int) -> None:
        try:
            self.outcomes[door.outcome(given)] += 1
        except Exception:
            self.failures.append((seed, traceback.format_exc(limit=-3)))

    @property
    def bad(self) -> bool:
        """Whether anything but an answer or a refusal came out, or too late."""
        return bool(self.failures) or self.slowest_s > SLOWEST_S

    def cells(self) -> list[str]:
        """Figures of the table."""
        read, sent = self.outcomes["read"], sum(self.outcomes.values())
        counts = [str(sent + len(self.failures)), str(read), str(sent - read)]
        return [*counts, f"{self.slowest_s:.2f}", str(self.slowest_seed), str(len(self.failures))]


def memory_mb() -> float:
    """The most memory this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> int:
    """Send, count, keep."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--inputs", type=int, default=12_000)
    parser.add_argument("--first", type=int, default=1_000)
    options = parser.parse_args()
    with TemporaryDirectory() as place:
        return judged((*doors(), *result_doors(Path(place) / "result")), options)


def judged(every: tuple[Door, ...], options: argparse.Namespace) -> int:
    """Send broken documents to every door and keep what came out; returns the exit status."""
    for door in every:
        door.outcome(door.good[0])
    before, bad = memory_mb(), False
    rows: list[Sequence[str]] = [HEAD]
    seeds = range(options.first, options.first + options.inputs // len(every))
    for door in every:
        tally = tallied(door, seeds)
        rows.append(shown((door.name, *tally.cells())))
        bad |= tally.bad
        for seed, text in tally.failures[:3]:
            print(f"seed {seed}:\n{text}")
    grown = memory_mb() - before
    table("fuzz", f"Broken documents at {len(every)} doors; memory grew by at most {grown:.0f} MB", rows)
    return int(bad or grown > MEMORY_MB)


def tallied(door: Door, seeds: range) -> Tally:
    """What came out of one door."""
    tally = Tally()
    for seed in seeds:
        tally.note(door, seed)
    return tally


if __name__ == "__main__":
    sys.exit(main())
