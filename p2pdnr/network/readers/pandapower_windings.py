"""Transformers of a pandapower net as pi circuits: impedances as seen from the low side, ratios, shifts.

The formulas are those of pandapower 3.5 (docs/elements/trafo_par, trafo3w_par): short-circuit voltages and no-load
losses to a T or pi circuit, the T turned into a pi; tap changers change the voltage of their side; a transformer with
three windings is three that meet in a star.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from p2pdnr.network.admittance import Complexes
from p2pdnr.network.arrays import Bools, Floats

_SIDES = ("hv", "mv", "lv")


@dataclass(frozen=True, eq=False)
class Windings:
    """Transformers (m,): series impedance ``z_ohm``, admittance to earth ``y_s`` in siemens, half of it at each end,
    and how much more there is at the low end, ``y_more_s``, in halves too, all as seen from the low side; rated
    voltages at the present taps, ``hv_kv`` and ``lv_kv``; ``shift_degree``."""

    z_ohm: Complexes
    y_s: Complexes
    y_more_s: Complexes
    hv_kv: Floats
    lv_kv: Floats
    shift_degree: Floats


@dataclass(frozen=True, eq=False)
class _Rated:
    """What nameplates say (m,): ``vk`` and ``vkr`` as shares, ``sn_mva`` of one of ``parallel`` units, ``pfe_mw``,
    ``i0`` as a share; ``split`` the shares of resistance and reactance on the high side."""

    vk: Floats
    vkr: Floats
    sn_mva: Floats
    pfe_mw: Floats
    i0: Floats
    parallel: Floats
    split: tuple[Floats, Floats]


@dataclass(frozen=True, eq=False)
class _Taps:
    """Tap changers (m,): whether at the ``high`` or the ``low`` side, whether they only turn (``ideal``) or ``change``
    the voltage, ``steps`` from neutral, ``percent`` and ``degree`` of a step."""

    high: Bools
    low: Bools
    ideal: Bools
    change: Bools
    steps: Floats
    percent: Floats
    degree: Floats


def two_windings(net: Any) -> Windings:
    """The transformers of ``net.trafo``."""
    rows = net.trafo
    split = tuple(_filled(rows, f"leakage_{part}_ratio_hv", 0.5) for part in ("resistance", "reactance"))
    rated = _Rated(
        _floats(rows, "vk_percent") / 100.0,
        _floats(rows, "vkr_percent") / 100.0,
        _floats(rows, "sn_mva"),
        _floats(rows, "pfe_kw") / 1e3,
        _floats(rows, "i0_percent") / 100.0,
        _floats(rows, "parallel"),
        (split[0], split[1]),
    )
    sides = rows.tap_side.to_numpy(dtype=object)
    taps = _taps(rows, sides == "hv", sides == "lv")
    kv = _floats(rows, "vn_hv_kv"), _floats(rows, "vn_lv_kv")
    return _circuit(net, rated, _turned(taps, kv, _floats(rows, "shift_degree")), kv[1])


def three_windings(net: Any) -> Windings:
    """The legs of ``net.trafo3w``: those to the high side first, then to the medium, then to the low one."""
    rows = net.trafo3w
    sn = np.stack([_floats(rows, f"sn_{side}_mva") for side in _SIDES])
    whole, active = (_delta(rows, name, sn) for name in ("vk_{}_percent", "vkr_{}_percent"))
    vki, vkr = _wye(np.sqrt(whole**2 - active**2), sn), _wye(active, sn)
    vk = np.sign(vki) * np.hypot(vki, vkr)
    place = rows.loss_side.to_numpy(dtype=object) if "loss_side" in rows else np.full(len(rows), "hv", dtype=object)
    lost = np.concatenate([place == side for side in _SIDES])
    ones = np.ones(3 * len(rows))
    rated = _Rated(
        vk.ravel() / 100.0,
        vkr.ravel() / 100.0,
        sn.ravel(),
        np.where(lost, np.tile(_floats(rows, "pfe_kw") / 1e3, 3), 0.0),
        np.where(lost, np.tile(_floats(rows, "i0_percent") / 100.0, 3), 0.0),
        ones,
        (0.5 * ones, 0.5 * ones),
    )
    kv = np.tile(_floats(rows, "vn_hv_kv"), 3), np.concatenate([_floats(rows, f"vn_{side}_kv") for side in _SIDES])
    none = np.zeros(len(rows))
    shift = np.concatenate([none, _floats(rows, "shift_mv_degree"), _floats(rows, "shift_lv_degree")])
    return _circuit(net, rated, _turned(_leg_taps(rows), kv, shift), kv[1])


def _floats(rows: Any, name: str) -> Floats:
    return np.asarray(rows[name].to_numpy(dtype=np.float64), dtype=np.float64)


def _filled(rows: Any, name: str, default: float) -> Floats:
    return (
        np.asarray(rows[name].fillna(default).to_numpy(dtype=np.float64))
        if name in rows
        else np.full(len(rows), default)
    )


def _delta(rows: Any, name: str, sn: Floats) -> Floats:
    """Short-circuit voltages between high-medium, medium-low and high-low winding at the power of the first; they are
    given at the smaller power of each pair."""
    given = np.stack([_floats(rows, name.format(side)) for side in _SIDES])
    return np.asarray(
        sn[0] * given / np.stack([np.minimum(sn[0], sn[1]), np.minimum(sn[1], sn[2]), np.minimum(sn[0], sn[2])])
    )


def _wye(delta: Floats, sn: Floats) -> Floats:
    """The legs of a star, each at its own power."""
    hm, ml, hl = delta
    return np.asarray(0.5 * sn / sn[0] * np.stack([hm + hl - ml, ml + hm - hl, hl + ml - hm]))


def _taps(rows: Any, high: Bools, low: Bools) -> _Taps:
    kind = rows.tap_changer_type.to_numpy(dtype=object)
    steps = np.nan_to_num(_filled(rows, "tap_pos", np.nan) - _filled(rows, "tap_neutral", np.nan))
    percent, degree = (_filled(rows, f"tap_step_{unit}", 0.0) for unit in ("percent", "degree"))
    changes = np.array([one in ("Ratio", "Symmetrical") for one in kind], dtype=bool)
    return _Taps(high, low, kind == "Ideal", changes, steps, percent, degree)


def _leg_taps(rows: Any) -> _Taps:
    """Tap changers of the legs: at the terminal, or at the star, where the same step has the opposite sense."""
    own, star = rows.tap_side.to_numpy(dtype=object), rows.tap_at_star_point.to_numpy(dtype=bool)
    found = []
    for side in _SIDES:
        here, outer = own == side, "hv" if side == "hv" else "lv"
        high = here & (star if outer == "lv" else ~star)
        found.append(_taps(rows, high, here & ~high))
    high, low, ideal, change, steps, percent, degree = (
        np.concatenate([getattr(one, name) for one in found]) for name in _Taps.__dataclass_fields__
    )
    at_star = np.tile(star, 3) & (high | low)
    percent = np.where(at_star & np.tile(without_angle(rows), 3), 0.0, percent)
    step = percent * np.exp(1j * np.radians(degree))
    turned = 100.0 * step / (100.0 + step * steps)
    percent = np.where(at_star, np.abs(turned), percent)
    degree = np.where(at_star, np.degrees(np.angle(turned)) - 180.0, degree)
    return _Taps(high, low, ideal, change, steps, percent, degree)


def without_angle(rows: Any) -> Bools:
    """Tap changers at star points whose ``tap_step_degree`` is not stated: pandapower makes no number of these and has
    them change nothing."""
    degree = rows["tap_step_degree"] if "tap_step_degree" in rows else rows.tap_pos * np.nan
    return np.asarray(rows.tap_at_star_point.to_numpy(dtype=bool) & degree.isna().to_numpy(dtype=bool))


def _turned(taps: _Taps, kv: tuple[Floats, Floats], shift: Floats) -> tuple[Floats, Floats, Floats]:
    """Rated voltages and shift at the present taps."""
    added = taps.percent * taps.steps / 100.0 * np.exp(1j * np.radians(taps.degree))
    found = []
    for voltage, here, sense in ((kv[0], taps.high, 1.0), (kv[1], taps.low, -1.0)):
        factor = np.where(here & taps.change, 1.0 + added, 1.0)
        found.append(voltage * np.abs(factor))
        shift = shift + sense * np.degrees(np.arctan(factor.imag / factor.real))
        by_percent = 2.0 * np.degrees(np.arcsin(np.clip(taps.steps * taps.percent / 200.0, -1.0, 1.0)))
        alone = np.where(taps.degree != 0.0, taps.steps * taps.degree, by_percent)
        shift = shift + np.where(here & taps.ideal, sense * alone, 0.0)
    return found[0], found[1], shift


def _circuit(net: Any, rated: _Rated, turned: tuple[Floats, Floats, Floats], rated_lv_kv: Floats) -> Windings:
    """The pi circuit of transformers at their taps."""
    hv_kv, lv_kv, shift = turned
    ohm = lv_kv**2 / rated.sn_mva / rated.parallel
    size, r = rated.vk * ohm, rated.vkr * ohm
    z = r + 1j * np.sign(size) * np.sqrt(size**2 - r**2)
    magnetising = np.sqrt(np.maximum((rated.i0 * rated.sn_mva) ** 2 - rated.pfe_mw**2, 0.0))
    y = (rated.pfe_mw - 1j * magnetising) * rated.parallel / lv_kv**2
    none = np.zeros_like(y)
    if net.get("user_pf_options", {}).get("trafo_model", "t") == "pi":
        return Windings(z, y, none, hv_kv, lv_kv, shift)
    return Windings(*_pi_of_t(z, y, rated.split), hv_kv, lv_kv, shift)


def _pi_of_t(z: Complexes, y: Complexes, split: tuple[Floats, Floats]) -> tuple[Complexes, Complexes, Complexes]:
    """A T circuit, its impedance split in shares of resistance and reactance on the high side, as a pi circuit."""
    high = z.real * split[0] + 1j * z.imag * split[1]
    low = z - high
    whole = z + high * low * y  # the sum of products of the three legs, over that to earth
    at_high, at_low = y * low / whole, y * high / whole
    return whole, 2.0 * at_high, 2.0 * (at_low - at_high)
