"""What ``reconfigure`` tells people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from p2pdnr.network.arrays import Network
    from p2pdnr.reconfiguration.planning.least_loss import Reconfiguration
    from p2pdnr.reconfiguration.planning.progress import Progress
    from p2pdnr.reconfiguration.planning.single_exchanges import Swaps


PREPARING = "loading kernels (compiled once, then kept)"
"""Shown until the work begins."""
_TOLD_KW = 5e-5
"""Differences that four decimals show."""


def progress(step: Progress) -> str:
    """One line: time, stage, incumbent and bound."""
    parts = [f"{step.seconds:6.1f} s  {step.stage}"]
    if step.incumbent_kw is not None:
        parts.append(f"least loss so far {step.incumbent_kw:.3f} kW")
    if step.bound_kw is not None:
        parts.append(f"bound {step.bound_kw:.3f} kW")
    if step.incumbent_kw is not None and step.bound_kw is not None:
        parts.append(f"gap {_gap_percent(step.incumbent_kw, step.bound_kw):.2f} %")
    if step.gap is not None:
        parts.append(f"no schedule is more than {100.0 * step.gap:.2f} % cheaper")
    return ", ".join(parts)


def minimum_loss(found: Reconfiguration) -> str:
    """The topology, what it saves, what is proved, and how to get there."""
    told = [
        f"{found.network.name}: least loss {found.loss_kw:.4f} kW ({_initial(found)})",
        f"open lines: {lines(found.network, found.open_lines)}",
        _state(found),
        _proof(found),
        *_generators(found),
        *_switchable(found),
        *_today(found),
        f"lines to close: {lines(found.network, found.lines_to_close)}; "
        f"lines to open: {lines(found.network, found.lines_to_open)}",
    ]
    if found.operations:
        told.append(f"operations: {_operations(found.network, found.operations)}")
    told += [f"read: {remark}" for remark in found.network.remarks]
    if found.ended != "done":
        told.append(f"ended early ({found.ended}): the best so far")
    return "\n".join(told)


def swaps(network: Network, found: Swaps) -> str:
    """A table of exchanges."""
    broken = "" if found.initial_within_limits else ", which breaks limits"
    initial = f"{found.initial_loss_kw:.4f} kW in the initial topology{broken}"
    head = f"{network.name}: {initial}; {found.possible} exchanges possible"
    if not found.swaps:
        return head
    rows = [("close", "open", "saves kW", "loss kW", "lowest p.u.", "loading %", "limits")]
    rows += [
        (
            line(network, swap.close),
            line(network, swap.open),
            f"{swap.saving_kw:.4f}",
            f"{swap.loss_kw:.4f}",
            f"{swap.vm_min_pu:.4f}",
            "-" if swap.max_loading_percent is None else f"{swap.max_loading_percent:.1f}",
            "kept" if swap.within_limits else "broken",
        )
        for swap in found.swaps
    ]
    return "\n".join([head, *table(rows)])


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows as lines of text, columns to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]


def sums_row(name: str, sums: Mapping[str, Any], more: Sequence[str] = ()) -> tuple[str, ...]:
    """A plan's row of a table: losses, violations, operations and what they cost, ``more`` cells, and the total."""
    return (
        name,
        f"{sums['losses_kwh']:,.2f}",
        f"{sums['violations_eur']:,.2f}",
        str(sums["operations"]),
        f"{sums['switching_eur']:,.2f}",
        *more,
        f"{sums['cost_eur']:,.2f}",
    )


def _initial(found: Reconfiguration) -> str:
    """The loss of the present state, and what it has to do with the least."""
    initial, saving = found.initial_loss_kw, found.saving_kw
    if initial is None:
        return f"present state {found.present.state}, loss not known: {found.present.reason}"
    where = "in the initial topology" if found.present.radial else f"today, not radial: {found.present.state}"
    rank = f", number {found.initial_rank:,}" if found.initial_rank is not None else ""
    saved = f", saves {saving:.4f} kW" if saving is not None and saving > _TOLD_KW else ""
    return f"{initial:.4f} kW {where}{rank}{saved}"


def meshed(network: Network, numbers: Sequence[int]) -> str:
    """The lines on loops that nothing can open."""
    return f"meshed, as nothing can open it: {lines(network, numbers)}"


def _today(found: Reconfiguration) -> list[str]:
    """What has to be said about a present state that is not radial, or that is better than the answer."""
    told, present = [], found.present
    if present.dead_buses:
        dead = f"without supply today: bus {_buses(found.network, present.dead_buses)} ({present.dead_kw:,.1f} kW)"
        told.append(f"{dead}; what is to be closed is open or out of service today")
    if found.saving_kw is not None and found.saving_kw < -_TOLD_KW:
        how = "meshed" if present.meshed else "beyond limits"
        less = f"{-found.saving_kw:.4f} kW less than this radial topology"
        told.append(f"today {how}: {found.initial_loss_kw:.4f} kW, {less}")
    if found.meshed:
        told.append(meshed(found.network, found.meshed))
    if found.together:
        groups = ", ".join(" with ".join(line(found.network, one) for one in group) for group in found.together)
        told.append(f"parallel lines that stay together: {groups}")
    return told


def _switchable(found: Reconfiguration) -> list[str]:
    """How it was decided which lines may be operated, where the reader had to decide."""
    return [f"switchable: {found.network.switchable_by}"] if found.network.switchable_by else []


def _generators(found: Reconfiguration) -> list[str]:
    """What those that hold a voltage give, and what is not shown because of them."""
    from p2pdnr.reconfiguration.planning.voltage_generators import no_bound, told_rows

    if not found.generators:
        return []
    unknown = no_bound(found.network) if found.lower_bound_kw is None else ""
    return [told_rows(found.generators), *([unknown] if unknown else [])]


def _state(found: Reconfiguration) -> str:
    """Voltages and loading, and whether they keep the limits."""
    text = f"voltages {found.flow.vm_pu.min():.4f} to {found.flow.vm_pu.max():.4f} p.u."
    if found.max_loading_percent is not None:
        text += f", highest loading {found.max_loading_percent:.1f} %"
    if found.within_limits:
        return text
    broken = "no topology keeps the network's limits" if found.proved else "no topology met keeps the network's limits"
    return f"{text}; {broken}, this one breaks them"


def _proof(found: Reconfiguration) -> str:
    count = found.searched
    if found.bound_by == "enumeration":
        how = "proved: all of them evaluated"
    elif found.lower_bound_kw is None:
        how = "not proved: found by exchange search"
    elif found.proved:
        how = f"proved by {found.bound_by}"
    else:
        gap = _gap_percent(found.loss_kw, found.lower_bound_kw)
        how = f"not proved: none is below {found.lower_bound_kw:.4f} kW by {found.bound_by}, a gap of {gap:.2f} %"
    return f"least loss over {count}, {how}, {found.seconds:.2f} s"


def _gap_percent(incumbent_kw: float, bound_kw: float) -> float:
    return 100.0 * (incumbent_kw - bound_kw) / max(abs(incumbent_kw), 1e-9)


def line(network: Network, number: int) -> str:
    """The number of a line (from 1), and in square brackets what its owner calls it, where that is something else."""
    name = network.line_name(number - 1)
    return str(number) if name == str(number) else f"{number} [{name}]"


def lines(network: Network, numbers: Sequence[int]) -> str:
    """Numbers of lines with their names, or "none"."""
    return " ".join(line(network, number) for number in numbers) or "none"


def _buses(network: Network, numbers: Sequence[int]) -> str:
    """Names of buses, or their numbers."""
    return ", ".join(network.bus_name(number - 1).removeprefix("bus ") for number in numbers)


def started(network: Network, operations: Sequence[tuple[int, str]]) -> str:
    """What makes a state radial that is not, on a line of its own."""
    if not operations:
        return ""
    return (
        f"the initial state is not radial: {_operations(network, operations)} first; what follows starts from there\n"
    )


def _operations(network: Network, operations: Sequence[tuple[int, str]]) -> str:
    """Close 3, open 5; ..."""
    text, before = "", ""
    for number, action in operations:
        joint = "; " if (before, action) == ("open", "close") else ", " if before else ""
        text, before = f"{text}{joint}{action} {line(network, number)}", action
    return text
