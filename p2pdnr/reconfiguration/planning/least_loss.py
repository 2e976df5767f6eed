"""What is known about the radial topology of least loss: the topology, the proof, and the state the network is in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from p2pdnr.network.arrays import Bools, Network
from p2pdnr.network.bundles import through_couplers
from p2pdnr.network.names import together
from p2pdnr.network.powerflow import Flow
from p2pdnr.reconfiguration.planning.present_state import Present, lines_changed
from p2pdnr.reconfiguration.planning.voltage_generators import generator_rows


@dataclass(frozen=True, eq=False)
class Reconfiguration:
    """A radial topology with little loss, and what is known about it.

    Attributes
    ----------
    network : the network it is about
    closed : (m,) state of every line
    loss_kw, flow : losses and power flow (one hour) of that topology
    within_limits : whether it keeps the network's limits of voltage and current
    present : the state the network is in today
    together : numbers of closed lines between the same two buses, which stay together
    initial_rank : place of the initial topology among all, from 1; None where not all were evaluated
    lower_bound_kw : no radial topology that keeps the limits as well as this one has less loss; None without a bound
    bound_by : "enumeration", "perspective relaxation" or "branch and bound"; None without a bound
    proved : whether no other radial topology of the switchable lines is better, in losses to a share of 1e-6; a state
        with loops may be, also one in which lines are in parallel through a closed coupler (``searched`` names them)
    topologies : number of radial topologies of the switchable lines
    operations : (line number, "close" or "open") in an order from the initial state in which whoever has supply keeps
        it; loops that stand today are opened first, then one more loop is closed at a time
    ended : "done", "time limit" or "interrupted"
    seconds : taken
    meshed : numbers of the lines on loops that nothing can open, which stay closed in every topology
    """

    network: Network
    closed: Bools
    loss_kw: float
    flow: Flow
    within_limits: bool
    present: Present
    together: tuple[tuple[int, ...], ...]
    initial_rank: int | None
    lower_bound_kw: float | None
    bound_by: str | None
    proved: bool
    topologies: int
    operations: tuple[tuple[int, str], ...]
    ended: str
    seconds: float
    meshed: tuple[int, ...] = ()

    def __repr__(self) -> str:
        proved = "proved least" if self.proved else f"{self.ended}, not proved"
        opened = " ".join(map(str, self.open_lines[:12]))
        return f"<Reconfiguration of {self.network.name!r}: {self.loss_kw:,.3f} kW, open {opened}, {proved}>"

    @property
    def open_lines(self) -> tuple[int, ...]:
        """Numbers (from 1) of the open lines."""
        return tuple(int(line) + 1 for line in np.flatnonzero(~self.closed))

    @property
    def initial_loss_kw(self) -> float | None:
        """Losses of the initial state, radial or not, of all that has supply; None where it has no power flow."""
        return self.present.loss_kw

    @property
    def saving_kw(self) -> float | None:
        """What the topology loses less than the initial state, negative where that loses less; None where the initial
        state leaves buses without supply or has no power flow."""
        return None if self.present.loss_kw is None or self.present.dead_buses else self.present.loss_kw - self.loss_kw

    @property
    def lines_to_close(self) -> tuple[int, ...]:
        """Numbers (from 1) of the lines that are open or out of service today and closed in the topology."""
        return lines_changed(self.network, self.closed)[0]

    @property
    def lines_to_open(self) -> tuple[int, ...]:
        """Numbers (from 1) of the lines that are closed today and open in the topology."""
        return lines_changed(self.network, self.closed)[1]

    @property
    def searched(self) -> str:
        """The set of topologies that ``proved`` is about."""
        count = f"{self.topologies:,} radial topologies" if self.topologies > 1 else "1 radial topology"
        if self.meshed:
            count = count.replace("radial ", "") + " that are radial but for the meshed part,"
        able, lines = int(self.network.switchable.sum()), self.network.n_lines
        which = "all" if able == lines else f"{able} of"
        return f"{count} of {which} {lines} lines{self._coupled}"

    @property
    def _coupled(self) -> str:
        """Lines that are in parallel through a coupler, which no topology of those keeps together."""
        groups = through_couplers(self.network)
        named = ["; ".join(together(map(self.network.line_name, group.tolist())) for group in groups)] if groups else []
        return "".join(f"; not kept together, though in parallel through a closed coupler: {text}" for text in named)

    @property
    def max_loading_percent(self) -> float | None:
        """The highest current in percent of its limit; None where no line has a limit."""
        return max_loading_percent(self.network, self.flow)

    @property
    def generators(self) -> list[dict[str, Any]]:
        """What generators that hold a voltage give, and whether they hold it."""
        return generator_rows(self.network, self.flow)

    def as_dict(self) -> dict[str, Any]:
        """Figures as JSON can hold them."""
        return {
            "network": self.network.name,
            "loss_kw": self.loss_kw,
            "open_lines": list(self.open_lines),
            "open_line_ids": self.network.line_names(self.open_lines),
            "initial_loss_kw": self.initial_loss_kw,
            "initial_rank": self.initial_rank,
            "lower_bound_kw": self.lower_bound_kw,
            "bound_by": self.bound_by,
            "proved": self.proved,
            "topologies": self.topologies,
            "within_limits": self.within_limits,
            "vm_min_pu": float(self.flow.vm_pu.min()),
            "vm_max_pu": float(self.flow.vm_pu.max()),
            "max_loading_percent": self.max_loading_percent,
            "operations": [list(step) for step in self.operations],
            "operation_ids": self.network.line_names(line for line, _ in self.operations),
            **({"generators": self.generators} if self.generators else {}),
            **self._beside_today(),
            "ended": self.ended,
            "seconds": round(self.seconds, 3),
        }

    def _beside_today(self) -> dict[str, Any]:
        """What changes against the present state, and which lines the answer is about."""
        present, network = self.present, self.network
        return {
            "initial_state": present.state,
            "initial_dead_buses": list(present.dead_buses),
            "initial_within_limits": present.within_limits,
            "initial_reason": present.reason,
            "saving_kw": self.saving_kw,
            "lines_to_close": list(self.lines_to_close),
            "lines_to_open": list(self.lines_to_open),
            "lines_to_close_ids": network.line_names(self.lines_to_close),
            "lines_to_open_ids": network.line_names(self.lines_to_open),
            "meshed_lines": list(self.meshed),
            "lines_together": [list(lines) for lines in self.together],
            "lines": network.n_lines,
            "switchable_lines": int(network.switchable.sum()),
            "switchable_by": network.switchable_by,
            "remarks": list(network.remarks),
            "searched": self.searched,
        }


def max_loading_percent(network: Network, flow: Flow) -> float | None:
    """The highest current of any hour in percent of its limit; None where no line has a limit."""
    limited = np.isfinite(network.limit_a)
    if not limited.any():
        return None
    return float(100.0 * (flow.current_a[:, limited] / network.limit_a[limited]).max())
