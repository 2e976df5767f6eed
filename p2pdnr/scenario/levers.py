"""Tap changers and capacitors as a scenario has them, put into its network; and whether they fit it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from p2pdnr.errors import Problem, ScenarioError
from p2pdnr.network.arrays import Kind, Lever, Network
from p2pdnr.network.lever_names import NONE, chosen, strangers
from p2pdnr.network.levers import factor_fault, held, range_fault, with_levers, with_substation_voltage, without
from p2pdnr.scenario.network_schema import Capacitor, LineTap, Tap
from p2pdnr.scenario.schema import Dso, NetworkSettings


def leveled(network: Network, settings: NetworkSettings) -> Network:
    """The network with the substation voltage and the levers of the settings, which replace its own at their places."""
    if settings.substation_voltage_pu is not None:
        held = np.full(len(network.substations), settings.substation_voltage_pu)
        network = with_substation_voltage(network, held)
    own = list(_own(settings))
    if not own:
        return network
    levers = network.levers
    kept = zip(levers.items, levers.positions, strict=True) if levers else ()
    pairs = {(item.kind, item.place): (item, position) for item, position in (*kept, *own)}.values()
    return with_levers(without(network), [item for item, _ in pairs], [position for _, position in pairs])


def _own(settings: NetworkSettings) -> Iterator[tuple[Lever, int]]:
    """The levers of the settings, and where they stand."""
    for number, tap in settings.bus_taps.items():
        yield _of_tap("substation tap", number - 1, tap)
    for number, line_tap in settings.line_taps.items():
        yield _of_tap("line tap", number - 1, line_tap)
    for number, capacitor in settings.capacitors.items():
        yield Lever("capacitor", number - 1, 0, capacitor.steps, capacitor.step_kvar), capacitor.on


def _of_tap(kind: Kind, place: int, tap: Tap | LineTap) -> tuple[Lever, int]:
    side = tap.side if isinstance(tap, LineTap) else "from"
    item = Lever(kind, place, tap.min, tap.max, tap.step_percent / 100.0, tap.neutral, side)
    return item, tap.neutral if tap.position is None else tap.position


def lever_problems(settings: NetworkSettings, network: Network) -> Iterator[Problem]:
    """What is wrong with the levers of the settings; numbers beyond the network are told elsewhere."""
    substations = set(network.substations.tolist())
    for number, tap in settings.bus_taps.items():
        if 1 <= number <= network.n_buses and number - 1 not in substations:
            told = "is no substation", "Put the tap changer on a line, in line_taps"
            yield Problem("network", "bus_taps", (f"bus {number}",), *told)
        yield from _tap_problems("bus_taps", f"bus {number}", *_of_tap("substation tap", number - 1, tap))
    for number, line_tap in settings.line_taps.items():
        yield from _tap_problems("line_taps", f"line {number}", *_of_tap("line tap", number - 1, line_tap))
    for number, capacitor in settings.capacitors.items():
        yield from _capacitor_problems(f"bus {number}", capacitor)


def _tap_problems(field: str, name: str, item: Lever, position: int) -> Iterator[Problem]:
    wrong_range, wrong_factor = range_fault(item.least, item.most), factor_fault(item)
    if wrong_range:
        yield Problem("network", field, (name,), *wrong_range)
    elif not item.least <= position <= item.most:
        message = f"stands at {position}, beyond {item.least} to {item.most}"
        yield Problem("network", field, (name,), message, "Give a position within the range")
    if wrong_factor:
        yield Problem("network", field, (name,), *wrong_factor)


def _capacitor_problems(name: str, capacitor: Capacitor) -> Iterator[Problem]:
    if capacitor.on > capacitor.steps:
        message = f"has {capacitor.on} steps on, and {capacitor.steps} in all"
        yield Problem("network", "capacitors", (name,), message, "Give at most as many as there are")


def freed(network: Network, dso: Dso) -> Network:
    """The network whose levers are just those that the operator moves; the others stay where they are.

    Raises :class:`ScenarioError` for names that mean no lever, and where there is none to move.
    """
    free, strange = chosen(network, dso.levers.strip())
    if strange:
        raise ScenarioError(strangers(network, strange, ("dso", "levers")))
    if dso.levers.strip() != NONE and not any(free):
        told = "no tap changer or capacitor of this kind is there to move"
        remedy = "Give a bus or a line a tap or a capacitor (network.bus_taps, line_taps, capacitors), or set none"
        raise ScenarioError([Problem("dso", "levers", (dso.levers[:60],), told, remedy)])
    return held(network, free) if any(free) else network.with_(levers=None)


def setting_problems(dso: Mapping[str, Any]) -> Iterator[Problem]:
    """What contradicts levers that move among the operator's settings, as a document has them."""
    which, role, dwell = dso.get("levers", NONE), dso.get("role", "welfare"), dso.get("min_dwell_h")
    if not isinstance(which, str) or which.strip() == NONE:
        return
    if role in ("validate", "envelopes", "leader"):
        message = f"move in the role welfare alone, and the role is {role}"
        yield Problem("dso", "levers", (), message, "Choose the role welfare, or levers none")
    if dso.get("security") is not None:
        remedy = "Leave out dso.security, or set dso.levers to none"
        yield Problem("dso", "levers", (), "are not moved by plans for days that are not as forecast", remedy)
    if isinstance(dwell, int | float) and dwell > 0:
        remedy = "Leave out dso.min_dwell_h, or set dso.levers to none"
        yield Problem("dso", "levers", (), "move where lines need not rest, and min_dwell_h asks for that", remedy)
