"""Tap changers and capacitors as a scenario has them, put into its network; and whether they fit it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from p2pdnr.errors import Problem
from p2pdnr.network.arrays import Kind, Lever, Network
from p2pdnr.network.levers import factor_fault, range_fault, with_levers, with_substation_voltage, without
from p2pdnr.scenario.network_schema import Capacitor, LineTap, Tap
from p2pdnr.scenario.schema import NetworkSettings


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
