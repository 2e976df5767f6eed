"""Tap changers of transformers and switched capacitors of a pandapower net, as the fields of a network table.

A transformer's ratio, impedance and admittance are those at its present position; the fields of a table hold at the
neutral one. Tap changers that shift the phase, those without a range, those whose higher positions lower the voltage
and those of transformers with three windings stay as they are. A capacitor is a shunt without active power that gives
reactive power, and of which more than one step may be on.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

_ADMITTANCES = ("g_us", "b_us", "g_from_us", "b_from_us", "g_to_us", "b_to_us")


def with_tap(row: dict[str, Any], trafo: Any) -> dict[str, Any]:
    """The row of a transformer (an element of ``net.trafo``) with its tap changer, if it has one that can be moved."""
    tap = _tap(trafo)
    if tap is None:
        return row
    factor = 1.0 + (tap["position"] - tap["neutral"]) * tap["step_percent"] / 100.0
    return _at_neutral(row, tap["side"], factor) | {"tap": tap} if factor > 0.0 else row


def capacitor_fields(shunt: Any, vn_kv: float) -> dict[str, Any] | None:
    """The capacitor that a shunt (an element of ``net.shunt``) is, on a bus of ``vn_kv``; None where it is none."""
    steps, on, kvar = _number(shunt, "max_step"), _number(shunt, "step"), -1e3 * float(shunt.q_mvar)
    if steps is None or on is None or steps < 2 or not 0 <= on <= steps or shunt.p_mw != 0.0 or kvar <= 0.0:
        return None
    return {"step_kvar": kvar * (vn_kv / float(shunt.vn_kv)) ** 2, "steps": int(steps), "on": int(on)}


def switched_capacitors(net: Any) -> Iterator[tuple[int, dict[str, Any]]]:
    """Bus and fields of every switched capacitor in service."""
    for shunt in net.shunt[net.shunt.in_service.astype(bool)].itertuples():
        fields = capacitor_fields(shunt, float(net.bus.vn_kv[shunt.bus]))
        if fields is not None:
            yield int(shunt.bus), fields


def _tap(trafo: Any) -> dict[str, Any] | None:
    """Range, step, side and position of a transformer's tap changer."""
    names = ("tap_min", "tap_max", "tap_neutral", "tap_pos", "tap_step_percent")
    numbers = [_number(trafo, name) for name in names]
    if any(number is None for number in numbers):
        return None
    least, most, neutral, position, step = (float(number or 0.0) for number in numbers)
    whole = all(number == int(number) for number in (least, most, neutral, position))
    side = {"hv": "from", "lv": "to"}.get(str(getattr(trafo, "tap_side", None)))
    kind = getattr(trafo, "tap_changer_type", "Ratio")
    turned = _number(trafo, "tap_step_degree") or getattr(trafo, "tap_phase_shifter", False) is True
    if not whole or side is None or turned or kind != "Ratio" or not (step > 0.0 and least <= position <= most):
        return None
    steps = {"min": int(least), "max": int(most), "neutral": int(neutral), "position": int(position)}
    return {**steps, "step_percent": step, "side": side} if least < most else None


def _at_neutral(row: dict[str, Any], side: str, factor: float) -> dict[str, Any]:
    """The row with its values at the neutral position, from those at ``factor`` times the voltage."""
    if factor == 1.0:
        return row
    ratio = row.get("ratio", 1.0)
    if side == "from":
        return row | {"ratio": ratio / factor}
    seen = {name: row[name] / factor**2 for name in ("r_ohm", "x_ohm")}
    drawn = {name: row[name] * factor**2 for name in _ADMITTANCES if name in row}
    return row | seen | drawn | {"ratio": ratio * factor}


def _number(element: Any, name: str) -> float | None:
    """A finite number of an element, None where it has none."""
    try:
        value = float(getattr(element, name, np.nan))
    except (TypeError, ValueError):
        return None
    return value if np.isfinite(value) else None
