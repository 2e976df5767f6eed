"""Whether a scenario fits its network: bus and line numbers, the initial topology, the voltage limits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

from p2pdnr.errors import Problem, ScenarioError, TopologyError
from p2pdnr.network.arrays import Bools, Network
from p2pdnr.network.cut_loops import cut
from p2pdnr.network.topology import orient
from p2pdnr.scenario import document
from p2pdnr.scenario.levers import lever_problems
from p2pdnr.scenario.loops import loop_problems
from p2pdnr.scenario.schema import NetworkSettings, Scenario


def check(scenario: Scenario, network: Network, *, parsed: bool = False) -> None:
    """Raise :class:`ScenarioError` with everything that is wrong, in the scenario itself and against its network.

    ``network`` may be the network as read or as :func:`p2pdnr.scenario.assembly.build_network` returns it. A scenario
    that was changed without being parsed again (``model_copy``) is judged like its document: prices that would leave
    the market without an optimum, batteries fuller than full, series of different length. One that has just been
    ``parsed``, or that has come out of its document as it is, is spared that.
    """
    problems = list(_number_problems(scenario, network))
    if not any(problem.field == "initially_open" for problem in problems):
        problems += _topology_problems(scenario, network)
    problems += _voltage_problems(scenario.network, network)
    problems += lever_problems(scenario.network, network)
    try:
        if not parsed and not scenario.is_judged:
            document.from_dict(document.to_dict(scenario))
    except ScenarioError as error:
        problems = [*error.problems, *problems]
    if problems:
        raise ScenarioError(problems)


def initially_closed(settings: NetworkSettings, network: Network) -> Bools:
    """(m,) closed lines before the first hour; line numbers beyond the network are left out."""
    if settings.initially_open is None:
        return network.closed
    closed = np.ones(network.n_lines, dtype=np.bool_)
    closed[[line - 1 for line in settings.initially_open if line <= network.n_lines]] = False
    return closed


def may_switch(settings: NetworkSettings, network: Network) -> Bools:
    """(m,) lines that may change state."""
    if settings.switchable is None:
        return network.switchable
    named = range(1, network.n_lines + 1) if settings.switchable == "all" else settings.switchable
    return np.isin(np.arange(1, network.n_lines + 1), list(map(int, named)))


def has_wrong_numbers(scenario: Scenario, network: Network) -> bool:
    """Whether the scenario names a bus or a line that the network does not have."""
    return any(_number_problems(scenario, network))


def _number_problems(scenario: Scenario, network: Network) -> Iterator[Problem]:
    for prosumer in scenario.prosumers:
        yield from _beyond(("prosumer", "bus", (prosumer.id,)), "bus", [prosumer.bus], network)
    settings = scenario.network
    background = settings.background_profile
    groups = background.values() if isinstance(background, Mapping) else ()
    buses = [bus for group in groups for bus in group]
    lines = settings.switchable if isinstance(settings.switchable, tuple) else ()
    yield from _beyond(("network", "background_profile", ()), "bus", buses, network)
    yield from _beyond(("network", "switchable", ()), "line", lines, network)
    yield from _beyond(("network", "initially_open", ()), "line", settings.initially_open or (), network)
    yield from _beyond(("network", "line_limits_a", ()), "line", settings.line_limits_a, network)
    yield from _beyond(("network", "bus_taps", ()), "bus", settings.bus_taps, network)
    yield from _beyond(("network", "line_taps", ()), "line", settings.line_taps, network)
    yield from _beyond(("network", "capacitors", ()), "bus", settings.capacitors, network)
    yield from _beyond(("network", "places", ()), "bus", settings.places, network)
    yield from _beyond(("dso", "line_switching_costs_eur", ()), "line", scenario.dso.line_switching_costs_eur, network)


def _beyond(
    where: tuple[str, str, tuple[str, ...]], kind: str, numbers: Iterable[int], network: Network
) -> Iterator[Problem]:
    """One problem for all the numbers that the network does not have."""
    count = network.n_buses if kind == "bus" else network.n_lines
    if missing := [number for number in numbers if not 1 <= number <= count]:
        component, field, ids = where
        message, remedy = _missing(kind, _listed(missing), len(missing) > 1), _there(kind, network.name, count)
        yield Problem(component, field, ids, message, remedy)


def _missing(kind: str, names: str, several: bool) -> str:
    if kind == "bus":
        return f"buses {names} do not exist" if several else f"bus {names} does not exist"
    return f"lines {names} do not exist" if several else f"line {names} does not exist"


def _there(kind: str, network: str, count: int) -> str:
    return f"{network} has buses 1 to {count}" if kind == "bus" else f"{network} has lines 1 to {count}"


def _topology_problems(scenario: Scenario, network: Network) -> list[Problem]:
    settings = scenario.network
    network = network.with_(closed=initially_closed(settings, network), switchable=may_switch(settings, network))
    problems = list(loop_problems(scenario, network))
    try:
        radial = cut(network)
        orient(radial, radial.closed)
    except TopologyError as error:
        faults = [f"lines {_listed(error.loop_names)} form a loop"] if error.loop_lines else []
        faults += [f"buses {_listed(error.dark_names)} are without supply"] if error.dark_buses else []
        remedy = "Open one line of every loop and none that a bus depends on"
        problems.append(Problem("network", "initially_open", (), f"leaves no tree: {'; '.join(faults)}", remedy))
    return problems


def _listed(numbers: Sequence[int | str]) -> str:
    return ", ".join(map(str, numbers[:12])) + (f" and {len(numbers) - 12} more" if len(numbers) > 12 else "")


def _voltage_problems(settings: NetworkSettings, network: Network) -> list[Problem]:
    low = network.vm_min_pu if settings.vm_min_pu is None else settings.vm_min_pu
    high = network.vm_max_pu if settings.vm_max_pu is None else settings.vm_max_pu
    both_given = settings.vm_min_pu is not None and settings.vm_max_pu is not None
    if low < high or both_given:
        return []
    field, other = ("vm_min_pu", "upper") if settings.vm_min_pu is not None else ("vm_max_pu", "lower")
    message = f"with it the lowest voltage allowed is {low:g} and the highest {high:g}"
    return [Problem("network", field, (), message, f"Give the {other} limit too")]
