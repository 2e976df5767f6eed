"""Homes out of series: what a home used and what its PV gave, from one meter with a sign or from several."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from p2pdnr.errors import InputError, Problem
from p2pdnr.meters.cells import Floats
from p2pdnr.meters.period import Filled
from p2pdnr.sheets.columns import fold
from p2pdnr.sheets.sheet import Sheet, printable

_LARGEST_KW = 1e6
_ID = re.compile(r"[^\w .-]")
_LONGEST_ID = 40


@dataclass(frozen=True)
class Home:
    """Means in kW (T,) of what a home draws and of what it generates or feeds in; the ``bus`` that its file names."""

    id: str
    load_kw: Floats
    pv_kw: Floats
    bus: str = ""


def homes_of(filled: Sequence[Filled]) -> tuple[list[Home], list[str]]:
    """The homes in their order, and what was decided; raises InputError with every problem.

    A net value above zero is load and below zero feed-in. What is fed in behind a meter of consumption is surplus: with
    a meter of the generation too, load is what was drawn, and generated, and not fed in; beside a net value it is the
    net value and the generation.
    """
    by_home: dict[str, dict[str, Filled]] = {}
    notes, problems, signed = list[str](), list[Problem](), list[str]()
    for one in filled:
        role = one.series.role or ("net" if (one.kw < 0.0).any() else "load")
        parts = by_home.setdefault(one.series.meter, {})
        if role != "net" and (one.kw < 0.0).any() and (one.kw <= 0.0).all():
            one, signed = replace(one, kw=-one.kw), [*signed, f"{one.series.meter} {role}"]
        if role in parts:
            remedy = "Name the columns apart: consumption, feed-in, generation, net"
            problems.append(Problem("meter", role, (one.series.meter,), "has two columns of the same kind", remedy))
        parts[role] = one
    ids = _ids(list(by_home))
    homes = []
    for (meter, parts), own in zip(by_home.items(), ids, strict=True):
        problems += _wrong(meter, parts)
        homes.append(_home(own, parts))
    notes += [f"{_some(signed)}: all values stand below 0, and were taken without their sign"] if signed else []
    notes += _notes(by_home)
    if problems:
        raise InputError(problems)
    return homes, notes


def _ids(meters: list[str]) -> list[str]:
    """An id for each meter, of letters that a scenario takes, each once."""
    found = list[str]()
    for meter in meters:
        plain = " ".join(_ID.sub("-", meter).split()).strip("-. ")[:_LONGEST_ID] or "home"
        own, number = plain, 2
        while own in found:
            own, number = f"{plain[: _LONGEST_ID - 5]} {number}", number + 1
        found.append(own)
    return found


def _wrong(meter: str, parts: Mapping[str, Filled]) -> Iterator[Problem]:
    for role, one in parts.items():
        if role != "net" and (one.kw < -1e-9).any():
            remedy = "Correct it, or call the column net if its sign says the direction"
            yield Problem("meter", role, (meter,), f"is below 0 ({one.kw.min():g} kW)", remedy)
        if np.abs(one.kw).max(initial=0.0) > _LARGEST_KW:
            remedy = "Check the unit: Wh is not kWh"
            yield Problem("meter", role, (meter,), f"is above {_LARGEST_KW:,.0f} kW", remedy)
    if "net" in parts and parts.keys() - {"net", "pv"}:
        others = ", ".join(sorted(parts.keys() - {"net"}))
        yield Problem("meter", "net", (meter,), f"has a net value and {others} besides", "Leave one of the two out")


def _home(own: str, parts: Mapping[str, Filled]) -> Home:
    def kw(role: str) -> Floats:
        some = next(iter(parts.values()))
        return parts[role].kw if role in parts else np.zeros_like(some.kw)

    bus = next((one.series.bus for one in parts.values() if one.series.bus), "")
    if "net" in parts and "pv" in parts:
        return Home(own, np.maximum(kw("net") + kw("pv"), 0.0), np.maximum(kw("pv"), 0.0), bus)
    if "net" in parts:
        return Home(own, np.maximum(kw("net"), 0.0), np.maximum(-kw("net"), 0.0), bus)
    if "pv" in parts and "feed" in parts:
        return Home(own, np.maximum(kw("load") + kw("pv") - kw("feed"), 0.0), np.maximum(kw("pv"), 0.0), bus)
    return Home(own, np.maximum(kw("load"), 0.0), np.maximum(kw("feed") + kw("pv"), 0.0), bus)


def _notes(by_home: Mapping[str, Mapping[str, Filled]]) -> Iterator[str]:
    """What is said about meters of which something was decided."""
    unsaid = [meter for meter, parts in by_home.items() if any(one.series.role is None for one in parts.values())]
    signed = [meter for meter in unsaid if "net" in by_home[meter]]
    if signed:
        yield f"{_some(signed)}: values below 0 were taken as feed-in, those above as load"
    if len(unsaid) > len(signed):
        yield f"{_some([meter for meter in unsaid if meter not in signed])}: taken as consumption, as nothing says it"
    surplus = [meter for meter, parts in by_home.items() if "pv" not in parts and {"net", "feed"} & parts.keys()]
    if surplus:
        yield f"{_some(surplus)}: feed-in is surplus, so what was used of the own PV is neither in load nor in PV"
    gaps = {meter: sum(one.filled for one in parts.values()) for meter, parts in by_home.items()}
    holed = [f"{meter} ({count})" for meter, count in gaps.items() if count]
    if holed:
        yield f"{_some(holed)}: readings that were missing, filled in a straight line between their neighbours"


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")


def places_in(sheets: Sequence[Sheet]) -> dict[str, str]:
    """Folded name of a meter -> bus, from a sheet whose first two columns say so, with a row of names above."""
    found = dict[str, str]()
    for sheet in sheets:
        for row in sheet.rows[1:]:
            if len(row) > 1 and row[0] is not None and row[1] is not None:
                cell = row[1]
                named = str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)
                found[fold(str(row[0]))] = printable(named)
    return found
