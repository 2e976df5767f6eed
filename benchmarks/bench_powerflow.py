"""Tree power flow against pandapower and power-grid-model on the 33-bus feeder, side by side in one process.

Usage: python benchmarks/bench_powerflow.py [--trees 2000] [--repeats 5]
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from p2pdnr.network import readers
from p2pdnr.network.arrays import Network
from p2pdnr.network.kernel import rank
from p2pdnr.network.kernel_arrays import Ranking, new_state
from p2pdnr.network.powerflow import withdrawals_pu
from p2pdnr.reconfiguration.search import FINAL, all_trees, kernel_grid
from p2pdnr.reconfiguration.terms import OperatorTerms

Floats = np.ndarray[Any, np.dtype[np.float64]]


def least(repeats: int, work: Callable[[], Any]) -> tuple[float, Any]:
    """Shortest time of several runs in seconds, and what the last gave."""
    seconds, answer = [], None
    for _ in range(repeats):
        started = time.perf_counter()
        answer = work()
        seconds.append(time.perf_counter() - started)
    return min(seconds), answer


def ours(network: Network, open_lines: np.ndarray[Any, Any], scale: Floats) -> Callable[[], Floats]:
    """Loss of every tree and hour on one core, orientation included."""
    grid = kernel_grid(network, OperatorTerms(np.zeros(network.n_lines)))
    withdrawals, hours = withdrawals_pu(network, np.outer(scale, network.p_kw), np.outer(scale, network.q_kvar))
    shape = (len(open_lines), hours)
    room = Ranking(np.empty(shape), np.empty(shape), np.empty(shape, dtype=np.bool_)), new_state(network.n_buses, hours)

    def run() -> Floats:
        rank(grid, open_lines, withdrawals, room, FINAL)
        return network.base_kw * room[0].loss

    return run


def pandapower(network: Network, open_lines: np.ndarray[Any, Any]) -> Callable[[], Floats]:
    """Loss of every tree by Newton's method, numba on."""
    import pandapower as pp
    import pandapower.networks

    net = pandapower.networks.case33bw()

    def run() -> Floats:
        losses = []
        for row in open_lines:
            net.line["in_service"] = ~np.isin(np.arange(network.n_lines), row)
            pp.runpp(net)
            losses.append(1000.0 * net.res_line.pl_mw.sum())
        return np.array(losses)

    return run


def power_grid_model(network: Network, open_lines: np.ndarray[Any, Any]) -> Callable[[], Floats]:
    """Loss of every tree as one batch of topologies on one thread, by Newton's method."""
    import power_grid_model as pgm

    model = pgm.PowerGridModel(_pgm_input(pgm, network))
    update = pgm.initialize_array("update", "line", (len(open_lines), network.n_lines))
    update["id"] = network.n_buses + np.arange(network.n_lines)
    closed = np.ones((len(open_lines), network.n_lines), dtype=np.int8)
    np.put_along_axis(closed, open_lines.astype(np.int64), 0, axis=1)
    update["from_status"], update["to_status"] = closed, closed

    def run() -> Floats:
        answer = model.calculate_power_flow(
            update_data={"line": update}, threading=-1, output_component_types=["line"],
            calculation_method=pgm.CalculationMethod.newton_raphson,
        )  # fmt: skip
        line = answer["line"]
        return np.asarray((line["p_from"] + line["p_to"]).sum(axis=1) / 1000.0)

    return run


def _pgm_input(pgm: Any, network: Network) -> dict[str, Any]:
    n, m = network.n_buses, network.n_lines
    node = pgm.initialize_array("input", "node", n)
    node["id"], node["u_rated"] = np.arange(n), 1000.0 * network.vn_kv
    line = pgm.initialize_array("input", "line", m)
    ohm = network.vn_kv[network.from_bus] ** 2 / network.base_mva
    line["id"], line["from_node"], line["to_node"] = n + np.arange(m), network.from_bus, network.to_bus
    line["from_status"] = line["to_status"] = network.closed
    line["r1"], line["x1"] = network.r_pu * ohm, network.x_pu * ohm
    line["c1"], line["tan1"], line["i_n"] = 0.0, 0.0, 1e3
    load = pgm.initialize_array("input", "sym_load", n)
    load["id"], load["node"], load["status"], load["type"] = n + m + np.arange(n), np.arange(n), 1, 0
    load["p_specified"], load["q_specified"] = 1000.0 * network.p_kw, 1000.0 * network.q_kvar
    source = pgm.initialize_array("input", "source", len(network.substations))
    source["id"], source["node"], source["status"] = 2 * n + m, network.substations, 1
    source["u_ref"], source["sk"] = network.substation_vm_pu, 1e20
    return {"node": node, "line": line, "sym_load": load, "source": source}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trees", type=int, default=2000)
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    network = readers.read("case33bw", None)
    trees = all_trees(network)
    # every tree equally likely, but only such as a Newton solver handles: the worst would stop it
    healthy = ours(network, trees.open_lines, np.ones(1))()[:, 0] < 1000.0
    rows = np.random.default_rng(0).choice(np.flatnonzero(healthy), arguments.trees, replace=False)
    some = trees.open_lines[rows].copy()
    report(network, some, arguments.repeats)


def report(network: Network, some: np.ndarray[Any, Any], repeats: int) -> None:
    """Print times per tree and ratios, and how far the losses differ."""
    ours(network, some[:1], np.ones(1))()
    mine, loss = least(repeats, ours(network, some, np.ones(1)))
    day, _ = least(repeats, ours(network, some, np.linspace(0.3, 1.2, 24)))
    few = some[:50]
    pandapower(network, few[:1])()
    newton, newton_loss = least(repeats, pandapower(network, few))
    batch, batch_loss = least(repeats, power_grid_model(network, some))
    per = mine / len(some)
    print(f"{'one 33-bus tree, one core':34} {'us':>10} {'ratio':>8} {'loss differs by (kW)':>22}")
    print(f"{'this package':34} {1e6 * per:10.2f} {1.0:8.0f}")
    print(f"{'this package, 24 hours':34} {1e6 * day / len(some):10.2f} {day / mine:8.1f}")
    differs = np.abs(newton_loss - loss[: len(few), 0]).max()
    print(f"{'pandapower runpp':34} {1e6 * newton / len(few):10.1f} {newton / len(few) / per:8.0f} {differs:22.1e}")
    differs = np.abs(batch_loss - loss[:, 0]).max()
    print(f"{'power-grid-model topology batch':34} {1e6 * batch / len(some):10.1f} {batch / mine:8.1f} {differs:22.1e}")


if __name__ == "__main__":
    main()
