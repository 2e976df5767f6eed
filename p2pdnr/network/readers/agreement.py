"""Whether a network that was read does what its owner's program says: its own power flow beside pandapower's.

Of a pandapower net that is ``runpp`` of the net as its file has it, generators within their limits of reactive power;
of other files Newton-Raphson on the table that was read, which judges the power flow and not the reading.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from p2pdnr.errors import PowerFlowError
from p2pdnr.network import break_points
from p2pdnr.network.arrays import Floats, Network
from p2pdnr.network.bundles import bundled
from p2pdnr.network.held_newton import run_held, solve_held, stuck
from p2pdnr.network.names import Register
from p2pdnr.network.newton import solve_meshed
from p2pdnr.network.readers.pandapower_tables import as_pandapower
from p2pdnr.network.readers.report import Imported
from p2pdnr.network.topology import dead_buses, orient

TOLERANCE_PU = 1e-6
"""Within which voltages agree."""
_ACCURACY_MVA = (1e-10, 1e-9, 1e-8)
_RUNPP = "pandapower's runpp on the file as it stands"
_TABLES = ("line", "trafo", "trafo3w", "impedance")


@dataclass(frozen=True)
class Agreement:
    """The largest difference of voltages ``vm_pu`` and the bus where it is, losses here and there in kW, and ``by``,
    what was compared with; ``reason`` why nothing could be compared, else ""."""

    vm_pu: float
    bus: str
    loss_kw: float
    their_loss_kw: float
    by: str
    reason: str = ""

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
    try:
        theirs, their_loss_kw, by = _theirs(read)
        vm_pu, loss_kw = own_flow(network)
    except PowerFlowError as error:
        return Agreement(np.nan, "", np.nan, np.nan, "", str(error))
    differences = {bus: abs(vm_pu[bus] - value) for bus, value in theirs.items() if not np.isnan(value)}
    worst = max(differences, key=lambda bus: (np.isnan(differences[bus]), differences[bus]))
    worst_pu = differences[worst]
    return Agreement(
        np.inf if np.isnan(worst_pu) else float(worst_pu), network.bus_name(worst), loss_kw, their_loss_kw, by
    )


def _theirs(read: Imported) -> tuple[dict[int, float], float, str]:
    """Voltages by index of bus, losses in kW, and whose they are."""
    if read.net is not None:
        return _of_net(read.net, read.network)
    network, by = read.network, "pandapower's Newton-Raphson on the table that was read"
    if network.generators is None:
        judge = solve_meshed(network, network.closed)
    else:
        judge, by = solve_held(network, network.closed)[0], f"{by}, generators within their limits"
    return dict(enumerate(judge.vm_pu[0].tolist())), float(judge.loss_kw.sum()), by


def own_flow(network: Network) -> tuple[Floats, float]:
    """Voltages (n,), NaN without supply, and losses in kW of the state that a network is in, radial or meshed, at its
    own load. Raises :class:`PowerFlowError` where no power flow is found."""
    if dead_buses(network, network.closed):
        found = solve_meshed(network, network.closed)
        return found.vm_pu[0], float(found.loss_kw.sum())
    one = bundled(network).network
    held = one.with_(switchable=one.switchable & ~one.closed)
    parts = break_points.broken(held)
    if len(parts.breaks) > break_points.MOST_LOOPS:
        told = f"{len(parts.breaks)} loops, more than the {break_points.MOST_LOOPS} that are solved"
        raise PowerFlowError(f"the state that was read has {told}")
    load = network.p_kw[None], network.q_kvar[None]
    flow = break_points.solve(parts, orient(parts.network, parts.network.closed), *load).flow
    if not flow.converged[0]:
        raise PowerFlowError("no power flow of the network that was read was found at its load")
    return flow.vm_pu[0], float(flow.loss_kw.sum())


def _of_net(net: Any, network: Network) -> tuple[dict[int, float], float, str]:
    """Voltages by index of bus in the network, losses, and whose they are, of a net as it stands."""
    solved, by = _run(as_pandapower(net))
    register = Register("bus", network.bus_ids, network.n_buses)
    found = {}
    for bus, vm in solved.res_bus.vm_pu.items():
        place = register.by_id(f"bus {bus}")
        if place is not None:
            found[place] = float(vm)
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
