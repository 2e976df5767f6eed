"""Tree power flow against pandapower, lightsim2grid and power-grid-model on the 33-bus feeder, in one process.

Usage: PYTHONPATH=. python benchmarks/bench_powerflow.py [--trees 2000] [--repeats 5]
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks._tables import table
from benchmarks._timing import least
from p2pdnr.network import readers
from p2pdnr.network.arrays import Network
from p2pdnr.network.kernel import rank
from p2pdnr.network.kernel_arrays import Ranking, new_state
from p2pdnr.network.powerflow import withdrawals_pu
from p2pdnr.reconfiguration.terms import OperatorTerms
from p2pdnr.reconfiguration.topologies.ranking import FINAL, all_trees, kernel_grid

Floats = np.ndarray[Any, np.dtype[np.float64]]


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


def pandapower(network: Network, open_lines: np.ndarray[Any, Any], start: str) -> Callable[[], Floats]:
    """Loss of every tree by Newton's method, numba on, from the start that runpp takes by itself or a flat one."""
    import pandapower as pp
    import pandapower.networks

    net = pandapower.networks.case33bw()

    def run() -> Floats:
        losses = []
        for row in open_lines:
            net.line["in_service"] = ~np.isin(np.arange(network.n_lines), row)
            pp.runpp(net, tolerance_mva=1e-10, init=start)
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

    return _batch_losses(pgm, model, {"line": update})


def _batch_losses(pgm: Any, model: Any, update: dict[str, Any]) -> Callable[[], Floats]:
    """Loss in kW of every case of a batch, on one thread."""

    def run() -> Floats:
        answer = model.calculate_power_flow(
            update_data=update, threading=-1, output_component_types=["line"],
            calculation_method=pgm.CalculationMethod.newton_raphson,
        )  # fmt: skip
        line = answer["line"]
        return np.asarray((line["p_from"] + line["p_to"]).sum(axis=1) / 1000.0)

    return run


def loads_batch(network: Network, row: np.ndarray[Any, Any], scale: Floats) -> Callable[[], Floats]:
    """Loss of one tree at several loads as one batch on one thread."""
    import power_grid_model as pgm

    closed = np.ones(network.n_lines, dtype=np.bool_)
    closed[row] = False
    data = _pgm_input(pgm, network.with_(closed=closed))
    model = pgm.PowerGridModel(data)
    update = pgm.initialize_array("update", "sym_load", (len(scale), network.n_buses))
    update["id"] = data["sym_load"]["id"]
    update["p_specified"] = np.outer(scale, data["sym_load"]["p_specified"])
    update["q_specified"] = np.outer(scale, data["sym_load"]["q_specified"])

    return _batch_losses(pgm, model, {"sym_load": update})


def lightsim(network: Network, open_lines: np.ndarray[Any, Any]) -> Callable[[], Floats]:
    """Loss of every tree by Newton's method in C++, lines switched on the model."""
    import pandapower.networks
    from lightsim2grid.network import init_from_pandapower

    net = pandapower.networks.case33bw()
    net.line["in_service"] = True
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = init_from_pandapower(net)
    start = np.ones(network.n_buses, dtype=complex)

    def run() -> Floats:
        losses = []
        for row in open_lines.tolist():
            for line in row:
                model.deactivate_powerline(line)
            model.ac_pf(start, 30, 1e-11)
            losses.append(1000.0 * (model.get_line_res1()[0].sum() + model.get_line_res2()[0].sum()))
            for line in row:
                model.reactivate_powerline(line)
        return np.array(losses)

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
    """Times per tree and hour, ratios, and how far the losses differ."""
    scale, one = np.linspace(0.3, 1.2, 24), np.ones(1)
    few = some[:50]
    runs: list[tuple[str, Callable[[], Callable[[], Floats]], int, str | None]] = [
        ("this package", lambda: ours(network, some, one), len(some), None),
        ("this package, 24 hours at once", lambda: ours(network, some, scale), 24 * len(some), None),
        ("power-grid-model, batch of topologies", lambda: power_grid_model(network, some), len(some), "trees"),
        ("power-grid-model, batch of loads", lambda: loads_batch(network, some[0], scale), 24, "hours"),
        ("lightsim2grid, one line out at a time", lambda: lightsim(network, few), len(few), "trees"),
        ("pandapower runpp", lambda: pandapower(network, few, "auto"), len(few), "trees"),
        ("pandapower runpp, flat start", lambda: pandapower(network, few, "flat"), len(few), "trees"),
    ]
    trees, hours = ours(network, some, one)()[:, 0].copy(), ours(network, some[:1], scale)()[0].copy()
    rows = [("one 33-bus power flow, one core", "us", "ratio", "loss differs by kW")]
    base = 0.0
    for name, make, count, against in runs:
        try:
            run = make()
        except ImportError as error:
            rows.append((name, f"{error.name} is missing", "", ""))
            continue
        run()
        seconds, loss = least(repeats, run)
        base = base or seconds / count
        differs = 0.0 if against is None else np.abs(loss - (hours if against == "hours" else trees[: len(loss)])).max()
        told = "" if against is None else f"{differs:.1e}"
        rows.append((name, f"{1e6 * seconds / count:.2f}", f"{seconds / count / base:,.1f}", told))
    table("powerflow", "Tree power flow", rows, ("pandapower", "power-grid-model", "lightsim2grid"))


if __name__ == "__main__":
    main()
