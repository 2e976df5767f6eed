"""Compile every kernel once, on two cores: python scripts/compile_kernels.py [shunts | everything].

A new copy of the project has none compiled, and processes that start together would each compile all of them.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def shunts() -> None:
    """The search and the exchange, for networks of series impedances and for those with ratios and admittances."""
    from p2pdnr.reconfiguration.planning import snapshot

    snapshot.warm_up()
    snapshot.warm_up(plain=False)


def everything() -> None:
    """What a first solve needs; this divides its work between two processes itself."""
    from p2pdnr import preparation

    preparation.prepare(say)


def say(done: int, of: int, share: float, left_s: float) -> None:
    """One line for the person who waits."""
    print(f"[kernels] {done} of {of} compiled, {share:.0%} of the work, about {left_s:.0f} s left", flush=True)


PARTS = {"everything": everything, "shunts": shunts}


def main() -> int:
    """The command line; without a part all run one after the other, what a first solve needs first."""
    if len(sys.argv) > 1:
        PARTS[sys.argv[1]]()
        return 0
    began, command = time.monotonic(), [sys.executable, __file__]
    status = max(subprocess.run([*command, part], cwd=ROOT).returncode for part in PARTS)
    print(f"[kernels] ready after {time.monotonic() - began:.0f} s", flush=True)
    return status


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    raise SystemExit(main())
