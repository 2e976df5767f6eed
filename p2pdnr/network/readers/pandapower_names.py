"""The feeders built into pandapower by name."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from p2pdnr.errors import NetworkError, Problem
from p2pdnr.network.arrays import Network
from p2pdnr.network.readers.pandapower import from_pandapower

_VOLTAGE_CONTROL = "create_synthetic_voltage_control_lv_network"
_SHORT: dict[str, tuple[str, dict[str, Any]]] = {
    "cigre_lv": ("create_cigre_network_lv", {}),
    "cigre_mv": ("create_cigre_network_mv", {}),
    "cigre_mv_pv_wind": ("create_cigre_network_mv", {"with_der": "pv_wind"}),
    "cigre_mv_all": ("create_cigre_network_mv", {"with_der": "all"}),
    "cigre_hv": ("create_cigre_network_hv", {}),
    "mv_oberrhein": ("mv_oberrhein", {}),
    "mv_oberrhein_generation": ("mv_oberrhein", {"scenario": "generation"}),
    "mv_open_ring": ("simple_mv_open_ring_net", {}),
    **{
        f"synthetic_lv_{kind}": (_VOLTAGE_CONTROL, {"network_class": kind})
        for kind in ("rural_1", "rural_2", "village_1", "village_2", "suburb_1")
    },
}
_MAKERS: tuple[str, ...] = (
    "create_cigre_network_hv",
    "create_cigre_network_lv",
    "create_cigre_network_mv",
    "create_dickert_lv_network",
    "create_kerber_dorfnetz",
    "create_kerber_landnetz_freileitung_1",
    "create_kerber_landnetz_freileitung_2",
    "create_kerber_landnetz_kabel_1",
    "create_kerber_landnetz_kabel_2",
    "create_kerber_vorstadtnetz_kabel_1",
    "create_kerber_vorstadtnetz_kabel_2",
    "create_synthetic_voltage_control_lv_network",
    "kb_extrem_dorfnetz",
    "kb_extrem_dorfnetz_trafo",
    "kb_extrem_landnetz_freileitung",
    "kb_extrem_landnetz_freileitung_trafo",
    "kb_extrem_landnetz_kabel",
    "kb_extrem_landnetz_kabel_trafo",
    "kb_extrem_vorstadtnetz_1",
    "kb_extrem_vorstadtnetz_2",
    "kb_extrem_vorstadtnetz_trafo_1",
    "kb_extrem_vorstadtnetz_trafo_2",
    "lv_schutterwald",
    "ieee_european_lv_asymmetric",
    "four_loads_with_branches_out",
    "panda_four_load_branch",
    "simple_four_bus_system",
    "simple_mv_open_ring_net",
    "example_simple",
    "example_multivoltage",
    "case4gs",
    "case5",
    "case6ww",
    "case9",
    "case14",
    "case24_ieee_rts",
    "case30",
    "case_ieee30",
    "case39",
    "case57",
    "case118",
)
PANDAPOWER_NETWORKS: tuple[str, ...] = (*_SHORT, *(name.removeprefix("create_") for name in _MAKERS))
"""Names on our side: short ones, and pandapower's own with or without create_."""


def is_pandapower_name(name: str) -> bool:
    """Whether a name is that of a feeder built into pandapower."""
    return name.removeprefix("create_") in PANDAPOWER_NETWORKS


def read_built_in(name: str) -> Network:
    """A feeder built into pandapower; importing pandapower takes seconds."""
    try:
        from pandapower import networks
    except ImportError:
        message = "comes with the Python package pandapower, which is not installed"
        raise NetworkError([Problem("network", "source", (name,), message, "pip install pandapower")]) from None
    plain = name.removeprefix("create_")
    maker = plain if hasattr(networks, plain) else f"create_{plain}"
    maker, choices = _SHORT.get(plain, (maker, {}))
    with _same_draw():
        net = getattr(networks, maker)(**choices)
    return from_pandapower(net, plain)


@contextmanager
def _same_draw() -> Iterator[None]:
    """Python's random numbers from seed 0, undisturbed outside: a few feeders draw the types of some lines."""
    state = random.getstate()
    random.seed(0)
    try:
        yield
    finally:
        random.setstate(state)
