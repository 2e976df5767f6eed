"""Settings of the bounds by weak duality. None of them can make a bound wrong: they say how close it comes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class BoundSettings:
    """How multipliers are found."""

    by_tangent: bool = False
    """Of a plan: hold the upper voltage limit by its tangent at the plan's power flow."""

    resistance_eur_per_kw2: float = 1e-5
    """Of a plan: holds the operator near the plan's injections while it prices its limits."""

    adjoint_sweeps: int = 6
    """Of a plan: each takes away nineteen parts in twenty of what is missing from the multipliers, and the bound lacks
    the square of it."""

    power_flow_tolerance: float = 1e-6
    """Of all trees: on the squared voltages. Multipliers need not be exact to give a bound."""

    power_flow_sweeps: int = 100
    """Of all trees: at most."""

    trees_at_once: int = 128
    """Of all trees: that a thread takes at a time."""

    backed_off_shares: tuple[float, ...] = (0.0, 1e-7, 1e-5, 1e-3)
    """Of one tree: by which given multipliers are drawn towards zero, where the price of every squared current is
    positive. A solver's multipliers are only so exact."""
