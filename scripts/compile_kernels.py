"""Compile every kernel once, on two cores: python scripts/compile_kernels.py [grid | everything].

A new copy of the project has none compiled, and processes that start together would each compile all of them.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def grid() -> None:
    """Kernels that know nothing of prosumers: the operator's hours, the search, the exchange."""
    import numpy as np

    from p2pdnr.network import readers
    from p2pdnr.network.arrays import Network
    from p2pdnr.reconfiguration.operator.problem import OperatorProblem
    from p2pdnr.reconfiguration.planning import snapshot

    network: Network = readers.from_text("S1 2, 2 3, 3 1 open")
    load_kw, load_kvar = snapshot.own_load(network)
    buses = np.array([1, 2])
    operator = OperatorProblem(network, snapshot.loss_terms(network), load_kw, load_kvar, buses)
    wanted_kw = np.ones((1, len(buses)))
    operator.solve(network.closed[None, :], (wanted_kw, wanted_kw), np.array([0]))
    snapshot.warm_up()
    snapshot.warm_up(plain=False)


def everything() -> None:
    """The same after those of the market."""
    from p2pdnr import study

    study.warm_up()


PARTS = {"grid": grid, "everything": everything}


def main() -> int:
    """The command line; without a part both run side by side."""
    if len(sys.argv) > 1:
        PARTS[sys.argv[1]]()
        return 0
    running = [subprocess.Popen([sys.executable, __file__, part], cwd=ROOT) for part in PARTS]
    return max(process.wait() for process in running)


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    raise SystemExit(main())
