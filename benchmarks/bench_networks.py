"""Networks that come with pandapower and SimBench: does this package's power flow do what pandapower's does?

Every function of `pandapower.networks` that makes a network is called, those with variants for each of them; where the
package simbench is installed all of its medium-voltage grids of today and of its two futures, with switches, and its
grids of other levels. The power flow of the state in which a network comes, radial or meshed, is compared with
pandapower's `runpp`. What is not read stands with the reason. The table goes to docs/benchmarks/networks.md; rows of
networks that are not named, and those of SimBench where it is not installed, stay as they are.

Usage: PYTHONPATH=. python benchmarks/bench_networks.py [NAME ...]
"""

from __future__ import annotations

import inspect
import sys
import warnings
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from typing import Any

import pandapower.networks

from benchmarks._tables import kept_rows, shown, table
from p2pdnr.errors import InputError
from p2pdnr.network.arrays import Network
from p2pdnr.network.bundles import bundled
from p2pdnr.network.cuts import fixed_loop
from p2pdnr.network.readers import pandapower as reader
from p2pdnr.network.readers.agreement import OWN, TOLERANCE_PU, agreement
from p2pdnr.network.state import state_of

HEAD = ("network", "buses", "state", "largest difference, p.u.", "losses, kW", "answer")
TITLE = "Networks of pandapower and SimBench"
NOTE = (
    "Voltages of every bus beside pandapower's runpp with angles and the transformer model of the net; *agrees* is "
    f"within {TOLERANCE_PU:g} p.u. A state that is meshed where lines can be opened is solved meshed for the "
    "comparison; `reconfigure` then finds a radial start. *Newton-Raphson*: a state of too many loops for "
    "the power flow of this package; what was read is solved by pandapower and compared with its answer for the file."
)
VARIANTS: dict[str, tuple[dict[str, Any], ...]] = {
    "create_cigre_network_mv": ({}, {"with_der": "pv_wind"}, {"with_der": "all"}),
    "create_dickert_lv_network": (
        {},
        *({"feeders_range": size, "customer": "multiple", "case": "bad"} for size in ("short", "middle", "long")),
        {"feeders_range": "long", "customer": "multiple", "linetype": "C&OHL"},
    ),
    "create_synthetic_voltage_control_lv_network": tuple(
        {"network_class": kind} for kind in ("rural_1", "rural_2", "village_1", "village_2", "suburb_1")
    ),
    "ieee_european_lv_asymmetric": tuple({"scenario": name} for name in ("on_peak_566", "off_peak_1", "off_peak_1440")),
    "lv_schutterwald": ({}, {"include_heat_pumps": True}),
    "mv_oberrhein": tuple(
        {"scenario": name, "include_substations": more} for name in ("load", "generation") for more in (False, True)
    ),
}
"""Calls of makers that have variants."""
HELPERS = ("create_dickert_lv_feeders", "sorted_from_json")
"""Functions that make no network by themselves."""


def makers() -> dict[str, Callable[..., Any]]:
    """Functions of pandapower.networks that make a network, by name."""
    found = inspect.getmembers(pandapower.networks, inspect.isfunction)
    return {
        name: make
        for name, make in found
        if make.__module__.startswith("pandapower.networks") and name not in HELPERS and not name.startswith("_")
    }


def built_in() -> Iterator[tuple[str, Callable[[], Any]]]:
    """All networks of pandapower with what makes them."""
    for name, make in makers().items():
        for choices in VARIANTS.get(name, ({},)):
            said = ", ".join(f"{key}={value}" for key, value in choices.items())
            yield f"{name}({said})" if said else name, lambda make=make, choices=choices: make(**choices)


def simbench_grids() -> Iterator[tuple[str, Callable[[], Any]]]:
    """Grids of SimBench; none where the package is not installed."""
    if find_spec("simbench") is None:
        return
    import simbench

    middle = [f"1-MV-{kind}--{year}-sw" for kind in ("rural", "semiurb", "urban", "comm") for year in range(3)]
    low = [f"1-LV-{kind}--0-sw" for kind in ("rural1", "rural2", "rural3", "semiurb4", "semiurb5", "urban6")]
    both = [
        "1-MVLV-rural-all-0-sw",
        "1-HVMV-urban-2.203-0-sw",
        "1-HVMV-mixed-all-0-sw",
        "1-HV-urban--0-sw",
        "1-HV-mixed--0-sw",
        "1-EHV-mixed--0-sw",
    ]
    for code in (*middle, *low, *both):
        yield code, lambda code=code: simbench.get_simbench_net(code)


def row(name: str, make: Callable[[], Any]) -> tuple[str, ...]:
    """What becomes of one network."""
    net = make()
    try:
        read = reader.imported(net, name)
    except InputError as error:
        return (
            name,
            str(len(net.bus)),
            "",
            "",
            "",
            "refused: " + "; ".join(_short(problem) for problem in error.problems),
        )
    found = agreement(read)
    head = (name, str(read.network.n_buses), _state(read.network))
    if found.reason:
        return (*head, "", "", f"no power flow: {found.reason}")
    said = "agrees" if found.holds else f"DIFFERS at {found.bus}"
    said += "" if found.own == OWN else " (Newton-Raphson)"
    return (*head, f"{found.vm_pu:.0e}", f"{found.loss_kw:,.3f}", said)


def _short(problem: Any) -> str:
    more = f" and {len(problem.ids) - 1} more" if len(problem.ids) > 1 else ""
    return f"{problem.ids[0] if problem.ids else problem.component}{more} {problem.message}"


def _state(network: Network) -> str:
    state = state_of(network)
    fixed = len(fixed_loop(bundled(network).network)) > 0
    loops = f"{state.n_loops} loop{'s' if state.n_loops > 1 else ''}{', some that nothing can open' if fixed else ''}"
    told = [loops] if state.n_loops else []
    return ", ".join([*told, *([f"{len(state.dark)} buses without supply"] if state.dark else [])]) or "radial"


def main() -> int:
    """The command line; returns the exit status, 1 where a network that is read differs."""
    warnings.filterwarnings("ignore")
    asked, kept = sys.argv[1:], {cells[0]: cells for cells in kept_rows("networks", TITLE)}
    both = dict([*built_in(), *simbench_grids()])
    rows = {name: shown(row(name, make)) for name, make in both.items() if not asked or name in asked}
    order = [name for name in dict.fromkeys([*both, *kept]) if name in rows or name in kept]
    known = [HEAD, *(rows.get(name, kept.get(name, ())) for name in order)]
    table("networks", TITLE, known, ("pandapower", "simbench"), note=NOTE)
    return int(any(cells[-1].startswith("DIFFERS") for cells in rows.values()))


if __name__ == "__main__":
    sys.exit(main())
