"""Numbers that the page's JavaScript and the Python it copies are both held against, as JSON files beside this one.

``python -m tests.javascript.vectors`` writes them; test_vectors.py makes them again and compares. The power flows are
pandapower's (voltages, currents, losses); what a line carries at its from end is the solver's own sweep, which is held
against the same voltages.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from p2pdnr.network import drawing, readers
from p2pdnr.network.arrays import Lever, Network
from p2pdnr.network.levers import at, with_levers
from p2pdnr.network.newton import solve_meshed
from p2pdnr.network.powerflow import Flow, solve_tree
from p2pdnr.network.topology import orient
from p2pdnr.reconfiguration.terms import OperatorTerms
from p2pdnr.reconfiguration.topologies import ranking, tree_set
from p2pdnr.results import grid_payload, payload
from p2pdnr.room.scores import share_percent
from tests import random_networks
from tests.dashboard import synthetic
from tests.dashboard.test_cells import SERIES
from tests.javascript import preview_vectors

FOLDER = Path(__file__).parent / "vectors"
ENDS = [(0, 1), (1, 2), (2, 3), (4, 3), (1, 5), (6, 5), (6, 7), (3, 7), (2, 5), (4, 7)]
SEEDS = (3, 4, 5, 6)
LOSS_PRICE, VIOLATION_PRICE, STEP_H = 0.2, 7.0, 0.5
FEEDERS = ("case70da", "case118zh", "case136ma")


def network_of(seed: int) -> Network:
    """Eight buses, three loops, ratios, charging and shunts everywhere; odd seeds have two substations."""
    drawn = random_networks.earthed(random_networks.build(ENDS, 8, seed, 1 + seed % 2), seed, 0.7)
    return drawn.with_(limit_a=np.full(drawn.n_lines, 6.0), vm_min_pu=0.9, vm_max_pu=1.01)


def closed_in(opened: np.ndarray) -> np.ndarray:
    """(m,) the lines that are closed where those ``opened`` are not."""
    return ~np.isin(np.arange(len(ENDS)), opened)


def flow_of(network: Network, closed: np.ndarray) -> Flow:
    """The solver's power flow at the network's own load."""
    return solve_tree(network, orient(network, closed), network.p_kw[None], network.q_kvar[None])


def shown(network: Network, closed: np.ndarray) -> dict[str, Any]:
    """What the page holds of one hour, rounded as it is."""
    flow = flow_of(network, closed)
    lines = {"p_kw": flow.p_kw, "q_kvar": flow.q_kvar, "i_a": flow.current_a, "loss_kw": flow.loss_kw}
    return {
        "step_h": STEP_H,
        "dso": {"loss_price_eur_per_kwh": LOSS_PRICE, "violation_price_eur_per_kwh": VIOLATION_PRICE},
        "network": grid_payload.network_of(network),
        "lines": {name: grid_payload.rounded(values, name) for name, values in lines.items()}
        | {"closed": [closed.astype(int).tolist()]},
        "buses": {"vm_pu": grid_payload.rounded(flow.vm_pu, "vm_pu")},
    }


def expected(network: Network, closed: np.ndarray) -> dict[str, Any]:
    """The power flow of one topology, and what its losses and broken limits cost."""
    judged, flow = solve_meshed(network, closed), flow_of(network, closed)
    terms = OperatorTerms(np.zeros(network.n_lines), LOSS_PRICE, VIOLATION_PRICE, STEP_H)
    priced = ranking.evaluate(network, [np.flatnonzero(~closed)], network.p_kw[None], network.q_kvar[None], terms)
    found = {
        "vm_pu": judged.vm_pu[0],
        "current_a": judged.current_a[0],
        "line_loss_kw": judged.loss_kw[0],
        "p_kw": flow.p_kw[0],
        "q_kvar": flow.q_kvar[0],
    }
    return {
        "closed": closed.astype(int).tolist(),
        **{name: np.round(values, 9).tolist() for name, values in found.items()},
        "loss_kw": round(float(priced.loss_kw[0, 0]), 9),
        "violation_eur": round(float(priced.violation_eur[0, 0]), 9),
    }


def power_flow(seed: int) -> dict[str, Any]:
    """A network as the page has it, and the power flows of some of its trees."""
    network = network_of(seed)
    opened = tree_set.all_trees(network).open_lines
    return {
        "shown": shown(network, closed_in(opened[0])),
        "cases": [expected(network, closed_in(row)) for row in opened[:: max(1, len(opened) // 6)]],
    }


def levers(seed: int) -> dict[str, Any]:
    """Three hours of a network whose tap changers and capacitor move and whose inverters feed in reactive power: what
    the page holds of the day, and the power flows of other trees with levers where they stand."""
    items = [
        Lever("substation tap", 0, -4, 4, 0.0125),
        Lever("line tap", 1, -8, 8, 0.00625),
        Lever("line tap", 4, -8, 8, 0.00625, side="to"),
        Lever("capacitor", 3, 0, 3, 25.0),
    ]
    network = with_levers(network_of(seed), items, (0, 0, 0, 0))
    network = network.with_(q_kvar=network.q_kvar - 20.0 * (np.arange(8) % 3 == 1))
    positions = np.array([[0, 0, 0, 0], [3, -7, 5, 3], [-2, 4, -6, 1]])
    opened, stood = tree_set.all_trees(network).open_lines, [at(network, where) for where in positions]
    hours = [shown(one, closed_in(opened[0])) for one in stood]
    day = hours[0] | {
        part: {name: [hour[part][name][0] for hour in hours] for name in hours[0][part]} for part in ("lines", "buses")
    }
    day |= {"levers": payload._networks_at(network, positions), "prosumers": {"bus": [], "day": {"pv_kw": []}}}
    few = opened[:: max(1, len(opened) // 4)]
    return {"shown": day, "hours": [[expected(one, closed_in(row)) for row in few] for one in stood]}


def feeder(name: str) -> dict[str, Any]:
    """Places and routes of a large feeder as the page draws it, y downward."""
    drawn = drawing.draw(readers.read(name, None))
    top = drawn.places[:, 1].max()
    routes = [[[round(x, 4), round(top - y, 4)] for x, y in route.sampled().tolist()] for route in drawn.routes]
    return {
        "x": drawn.places[:, 0].round(4).tolist(),
        "y": (top - drawn.places[:, 1]).round(4).tolist(),
        "routes": routes,
    }


def shares() -> list[dict[str, Any]]:
    """What the server of a room says of costs in EUR/h that a phone has reckoned to more digits than the server tells:
    of savings large, small and none, at the best, just beside it, and anywhere."""
    random, found = np.random.default_rng(5), []
    for possible in (41.236914, 0.820417, 0.0041, 3e-5, 2e-6, 0.0):
        initial = round(float(random.uniform(1.0, 90.0)), 6)
        best = round(initial - possible, 6)
        for place in (0.0, 4e-7, 6e-7, 1.4e-6, 3e-6, 1e-4, *(possible * random.uniform(-0.1, 1.3, 30)), possible):
            own = best + float(place)
            share = share_percent(initial, best, round(own, 6))
            found.append({"initial": initial, "own": own, "possible": round(initial - best, 6), "share": share})
    return found


def vectors() -> dict[str, Any]:
    """All of them, by the name of their file."""
    return {
        "powerflow": [power_flow(seed) for seed in SEEDS],
        "levers": [levers(seed) for seed in SEEDS[:2]],
        "day": synthetic.payload(),
        "feeders": {name: feeder(name) for name in FEEDERS},
        "quadratics": preview_vectors.quadratics(),
        "previews": preview_vectors.previews(),
        "shares": shares(),
        "series": [{"text": text, "values": values} for text, values in SERIES],
    }


def main() -> None:
    """Write the files."""
    FOLDER.mkdir(exist_ok=True)
    for name, value in vectors().items():
        (FOLDER / f"{name}.json").write_text(json.dumps(value, separators=(",", ":")) + "\n", encoding="utf8")


if __name__ == "__main__":
    main()
