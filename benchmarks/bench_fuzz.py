"""Broken documents at every door, many of them: how each ended, the slowest, and the memory it took.

Usage: python benchmarks/bench_fuzz.py [--inputs 12000] [--first 1000]

``--first`` is the first seed. The exit status is 1 when anything but an answer or a refusal came out, when one document
took longer than ``SLOWEST_S``, or when memory grew by more than ``MEMORY_MB``.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
import traceback
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.fuzzing.doors import Door, doors, result_doors

SLOWEST_S = 2.0
MEMORY_MB = 500.0


@dataclass
class Tally:
    """What came out of one door."""

    outcomes: Counter[str] = field(default_factory=Counter)
    failures: list[tuple[int, str]] = field(default_factory=list)
    slowest_s: float = 0.0
    slowest_seed: int = 0

    def note(self, door: Door, seed: int) -> None:
        """Send one broken document in."""
        given = door.given(seed)
        started = time.process_time()
        try:
            self.outcomes[door.outcome(given)] += 1
        except Exception:
            self.failures.append((seed, traceback.format_exc(limit=-3)))
        took = time.process_time() - started
        if took > self.slowest_s:
            self.slowest_s, self.slowest_seed = took, seed


def memory_mb() -> float:
    """The most memory this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> int:
    """Send, count, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--inputs", type=int, default=12_000)
    parser.add_argument("--first", type=int, default=1_000)
    options = parser.parse_args()
    with TemporaryDirectory() as place:
        return judged((*doors(), *result_doors(Path(place) / "result")), options)


def judged(every: tuple[Door, ...], options: argparse.Namespace) -> int:
    """Send broken documents to every door and print what came out; returns the exit status."""
    for door in every:
        door.outcome(door.good[0])
    before, bad = memory_mb(), False
    print(f"{'door':26}{'inputs':>8}{'read':>8}{'refused':>9}{'slowest':>10}{'failed':>8}")
    for door in every:
        tally = Tally()
        count = options.inputs // len(every)
        for seed in range(options.first, options.first + count):
            tally.note(door, seed)
        read = tally.outcomes.pop("read", 0)
        refused = sum(tally.outcomes.values())
        print(
            f"{door.name:26}{count:8}{read:8}{refused:9}{tally.slowest_s:9.2f}s{len(tally.failures):8}"
            f"   (slowest: seed {tally.slowest_seed})",
            flush=True,
        )
        for seed, text in tally.failures[:3]:
            print(f"seed {seed}:\n{text}")
        bad |= bool(tally.failures) or tally.slowest_s > SLOWEST_S
    grown = memory_mb() - before
    print(f"memory grew by at most {grown:.0f} MB")
    return int(bad or grown > MEMORY_MB)


if __name__ == "__main__":
    sys.exit(main())
