"""Whether a network that was read does what its owner's program says: its own power flow beside pandapower's.

Its own power flow is the package's, radial or with compensated loops; of states that have too many loops for that, or
dead parts, Newton-Raphson on what was read, which says whether the reading is right. Of a pandapower net it stands
beside ``runpp`` of the net as its file has it, generators within their limits of reactive power; of other files beside
Newton-Raphson on the table that was read, which judges the power flow and not the reading.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from p2pdnr.errors import PowerFlowError
from p2pdnr.network import break_points
from p2pdnr.network.arrays import Floats, Network
from p2pdnr.network.bundles import bundled
from p2pdnr.network.held_newton import run_held, solve_held, stuck
from p2pdnr.network.newton import solve_meshed
from p2pdnr.network.readers.pandapower_tables import as_pandapower
from p2pdnr.network.readers.phase_shifts import TURNED
from p2pdnr.network.readers.report import Imported
from p2pdnr.network.topology import dead_buses, orient

TOLERANCE_PU = 1e-6
"""Within which voltages agree."""
OWN = "the power flow of this package"
_NEWTON = "Newton-Raphson on the table that was read"
_ACCURACY_MVA = (1e-10, 1e-9, 1e-8)
_RUNPP = "pandapower's runpp on the file as it stands"
_TABLES = ("line", "trafo", "trafo3w", "impedance")


@dataclass(frozen=True)
class Agreement:
    """The largest difference of voltages ``vm_pu`` and the bus where it is, losses here and there in kW, ``by``, what
    was compared with, and ``own`` what was compared; ``reason`` why nothing could be compared, else ""."""

    vm_pu: float
    bus: str
    loss_kw: float
    their_loss_kw: float
    by: str
    reason: str = ""
    own: str = OWN

    @property
    def holds(self) -> bool:
        """Whether voltages were compared and agree."""
        return not self.reason and self.vm_pu <= TOLERANCE_PU

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {**vars(self), "holds": self.holds} if not self.reason else {"reason": self.reason, "holds": False}


def agreement(read: Imported) -> Agreement:
    """The state of a network as it was read, compared; imports pandapower."""
    network = read.network
    if any(note.said == TURNED for note in read.notes):
        told = "phase shifts do not cancel around loops that are closed today, and networks here hold none"
        return Agreement(np.nan, "", np.nan, np.nan, "", told)
    try:
        found = _compared(read)
        if not found.holds and read.net is not None and network.generators is not None:
            free = _compared(_without_limits(read))
            told = "generators settle at other limits of reactive power than there; voltages agree where they have none"
            return replace(found, reason=told) if free.holds else found
        return found
    except PowerFlowError as error:
        return Agreement(np.nan, "", np.nan, np.nan, "", str(error))


def _compared(read: Imported) -> Agreement:
    """The comparison itself. Raises :class:`PowerFlowError` where no power flow is found."""
    network = read.network
    theirs, their_loss_kw, by = _theirs(read)
    vm_pu, loss_kw, own = own_flow(network)
    differences = {bus: abs(vm_pu[bus] - value) for bus, value in theirs.items() if not np.isnan(value)}
    if not differences:
        return Agreement(np.nan, "", np.nan, np.nan, "", "no bus of the file has a voltage to compare")
    worst = max(differences, key=lambda bus: (np.isnan(differences[bus]), differences[bus]))
    worst_pu = differences[worst]
    most_pu = np.inf if np.isnan(worst_pu) else float(worst_pu)
    return Agreement(most_pu, network.bus_name(worst), loss_kw, their_loss_kw, by, own=own)


def _without_limits(read: Imported) -> Imported:
    """The same with generators that give any reactive power."""
    net, generators = deepcopy(read.net), read.network.generators
    assert generators is not None
    net.gen["min_q_mvar"], net.gen["max_q_mvar"] = np.nan, np.nan
    endless = np.full(len(generators.bus), np.inf)
    free = replace(generators, least_kvar=-endless, most_kvar=endless)
    return replace(read, network=read.network.with_(generators=free), net=net)


def _theirs(read: Imported) -> tuple[dict[int, float], float, str]:
    """Voltages by index of bus, losses in kW, and whose they are."""
    if read.net is not None:
        return _of_net(read.net, read.buses)
    network = read.network
    by = f"pandapower's {_NEWTON}{', generators within their limits' if network.generators is not None else ''}"
    vm_pu, loss_kw = _newton(network)
    return dict(enumerate(vm_pu.tolist())), loss_kw, by


def _newton(network: Network) -> tuple[Floats, float]:
    """Voltages (n,) and losses in kW by Newton-Raphson, generators within their limits."""
    if network.generators is None:
        judge = solve_meshed(network, network.closed)
    else:
        judge = solve_held(network, network.closed)[0]
    return judge.vm_pu[0], float(judge.loss_kw.sum())


def own_flow(network: Network) -> tuple[Floats, float, str]:
    """Voltages (n,), NaN without supply, and losses in kW of the state that a network is in, radial or meshed, at its
    own load, and by what. Raises :class:`PowerFlowError` where no power flow is found."""
    if not dead_buses(network, network.closed):
        one = bundled(network).network
        parts = break_points.broken(one.with_(switchable=one.switchable & ~one.closed))
        if len(parts.breaks) <= break_points.MOST_LOOPS:
            load = network.p_kw[None], network.q_kvar[None]
            flow = break_points.solve(parts, orient(parts.network, parts.network.closed), *load).flow
            if flow.converged[0]:
                return flow.vm_pu[0], float(flow.loss_kw.sum()), OWN
    return (*_newton(network), f"pandapower's {_NEWTON}")


def _of_net(net: Any, buses: Mapping[int, int]) -> tuple[dict[int, float], float, str]:
    """Voltages by index of bus in the network, losses, and whose they are, of a net as it stands."""
    solved, by = _run(as_pandapower(net))
    vm_pu = solved.res_bus.vm_pu
    found = {place: float(vm_pu[bus]) for bus, place in buses.items()}
    loss_mw = sum(float(solved[f"res_{table}"].pl_mw.sum()) for table in _TABLES if len(solved[table]))
    return found, 1e3 * loss_mw, by


def _run(net: Any) -> tuple[Any, str]:
    """As accurately as the net's size lets it, and how. Generators that runpp leaves at a limit though their voltage
    is beyond the set point are taken back."""
    import pandapower as pp

    model = net.get("user_pf_options", {}).get("trafo_model", "t")
    within = {"enforce_q_lims": bool((net.gen.in_service & ~net.gen.slack.astype(bool)).any())}
    for accuracy in _ACCURACY_MVA:
        try:
            pp.runpp(net, numba=False, tolerance_mva=accuracy, max_iteration=50, trafo_model=model, **within)
        except (pp.LoadflowNotConverged, np.linalg.LinAlgError, FloatingPointError):
            continue
        if not within["enforce_q_lims"] or not stuck(net).any():
            return net, _RUNPP
        exact: dict[str, Any] = {"tolerance_mva": accuracy, "max_iteration": 50, "trafo_model": model}
        run_held(net, partial(pp.runpp, numba=False, **exact))
        return net, f"{_RUNPP}, generators taken back from limits that it leaves them at"
    raise PowerFlowError("pandapower finds no power flow of the file as it stands")
