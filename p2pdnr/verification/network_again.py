"""network.json against the network that the scenario asks for, built again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any

import numpy as np

from p2pdnr.errors import InputError
from p2pdnr.network import readers
from p2pdnr.network.arrays import Generators, HeldHours, Lever, Levers, Network
from p2pdnr.scenario import assembly, document
from p2pdnr.scenario.schema import Scenario
from p2pdnr.verification.finding import same, same_arrays

RELATIVE = 1e-9
"""Numbers are written with all their digits; what is read from ohms and divided again differs by rounding."""

ROUNDING = 1e-12
HELD_BACK = ("vm_min_pu", "vm_max_pu", "limit_a")
"""What a secure plan holds back."""

BUSES = {"vn_kv", "p_kw", "q_kvar", "coordinates", "shunt_g_pu", "shunt_b_pu"}


def lies_elsewhere(scenario: Scenario) -> bool:
    """Whether the network came from a file of its own, which is not in a result folder."""
    return readers.is_file(scenario.network.source)


def differences(scenario: Scenario, network: Network, secure: Mapping[str, Any] | None = None) -> Iterator[str]:
    """What of ``network`` is not as ``scenario`` has it. A ``secure`` plan (as summary.json tells of it) states the
    true limits, and holds those of ``network`` back. Where the network came from a file of its own, its limits,
    switches, initial state and root voltage are compared as far as the scenario sets them."""
    try:
        again = _built(scenario, network)
    except InputError as error:
        yield f"network.json cannot be compared ({error.problems[0].message})"
        return
    if secure is not None:
        yield from _limits(secure["limits"], network, again, lies_elsewhere(scenario))
        again = again.with_(**{name: getattr(network, name) for name in HELD_BACK})
    for item in fields(Network):
        stated, true = getattr(network, item.name), getattr(again, item.name)
        if not _equal(stated, true):
            said = f"network.json has another {item.name} than the scenario's network"
            place = _place(item.name, stated, true)
            yield f"{said} at {place}" if place else said


def _limits(stated: Mapping[str, Any], network: Network, again: Network, elsewhere: bool) -> Iterator[str]:
    """What a secure plan says of limits and is not so: true ones are the scenario's, and held back is no wider."""
    limit_a = np.array([np.inf if limit is None else limit for limit in stated["limit_a"]])
    true = {"vm_min_pu": stated["vm_min_pu"], "vm_max_pu": stated["vm_max_pu"], "limit_a": limit_a}
    for name in HELD_BACK if not elsewhere else ():
        if not _equal(true[name], getattr(again, name)):
            yield f"summary.json states another {name} under secure.limits than the scenario's network has"
    wider = (
        network.vm_min_pu < true["vm_min_pu"] - ROUNDING
        or network.vm_max_pu > true["vm_max_pu"] + ROUNDING
        or (network.limit_a > limit_a * (1.0 + ROUNDING)).any()
    )
    if wider:
        yield "network.json has wider limits than summary.json states under secure.limits"


def _built(scenario: Scenario, network: Network) -> Network:
    if not lies_elsewhere(scenario):
        return assembly.build_network(scenario)
    told = document.to_dict(scenario)
    told["network"]["source"] = readers.to_table(network)
    return assembly.build_network(document.from_dict(told))


def _equal(stated: object, true: object) -> bool:
    if isinstance(true, HeldHours):  # older results have their generators as fixed injections alone
        return stated is None or (isinstance(stated, HeldHours) and _same_generators(stated, true))
    if isinstance(stated, Levers) and isinstance(true, Levers):
        return stated.positions == true.positions and _same_items(stated.items, true.items)
    if not (isinstance(stated, np.ndarray) and isinstance(true, np.ndarray)):
        return same(stated, true, rel=RELATIVE)
    return stated.shape == true.shape and bool(_entries(stated, true).all())


def _same_generators(stated: HeldHours, true: HeldHours) -> bool:
    """Whether the same generators hold the same voltages, whatever they give in a day."""
    pairs = [[getattr(item.generators, field.name) for item in (stated, true)] for field in fields(Generators)]
    return all(_equal(*pair) for pair in pairs)


def _same_items(stated: Sequence[Lever], true: Sequence[Lever]) -> bool:
    """Whether levers stand at the same places, with the same ranges and steps."""
    if len(stated) != len(true):
        return False
    pairs = zip(stated, true, strict=True)
    return all(
        same(getattr(one, item.name), getattr(other, item.name), rel=RELATIVE)
        for one, other in pairs
        for item in fields(Lever)
    )


def _entries(stated: np.ndarray, true: np.ndarray) -> np.ndarray:
    if stated.dtype.kind != "f":
        return np.asarray(stated == true)
    return same_arrays(stated, true, rel=RELATIVE)


def _place(name: str, stated: object, true: object) -> str:
    """Where the first difference stands, if it has a place."""
    if not (isinstance(stated, np.ndarray) and isinstance(true, np.ndarray) and stated.shape == true.shape):
        return ""
    if name.startswith("substation"):
        return ""
    first = int(np.argwhere(~_entries(stated, true))[0][0])
    return f"{'bus' if name in BUSES else 'line'} {first + 1}"
