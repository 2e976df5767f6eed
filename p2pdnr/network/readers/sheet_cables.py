"""Types of cables, overhead lines and transformers: those of a sheet, and those of pandapower's standard library."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from p2pdnr.errors import Problem
from p2pdnr.network.readers.pandapower_tables import standard_types
from p2pdnr.network.readers.sheet_kinds import OHM
from p2pdnr.sheets.columns import Table, fold

_HZ = 50.0
MOST_LOOKED_FOR, _MOST_COMPARED = 20, 2_000
"""Names that are not known for which similar ones are looked for, and names that these are compared with."""
_CORES = re.compile(r"^(na?yy|na?ycwy)[jo](?=\d)")
"""NAYY-J and NAYY-O are NAYY."""
_SECTION = re.compile(r"\d{2}")
_OTHERWISE = "Give a sheet of types with r and x per km, or columns r and x at the lines"


@dataclass(frozen=True)
class CableType:
    """Per km: resistance and reactance in ohm, charging in microsiemens, and the current limit in A (nan: none)."""

    r_ohm: float
    x_ohm: float
    b_us: float = 0.0
    limit_a: float = math.nan


@dataclass(frozen=True)
class TransformerType:
    """Values of pandapower's library: MVA, kV of both sides, percent, kW."""

    sn_mva: float
    vn_hv_kv: float
    vn_lv_kv: float
    vk_percent: float
    vkr_percent: float
    pfe_kw: float = 0.0
    i0_percent: float = 0.0

    def row(self) -> dict[str, float | bool]:
        """The fields of a network table's line, seen from the upper side."""
        ohm = self.vn_hv_kv**2 / self.sn_mva
        r = self.vkr_percent / 100.0 * ohm
        iron = self.pfe_kw / 1000.0 / self.vn_hv_kv**2
        whole = self.i0_percent / 100.0 * self.sn_mva / self.vn_hv_kv**2
        row: dict[str, float | bool] = {"transformer": True, "switchable": False, "r_ohm": r}
        row["x_ohm"] = math.sqrt(max((self.vk_percent / 100.0 * ohm) ** 2 - r**2, 0.0))
        row["limit_a"] = 1000.0 * self.sn_mva / (math.sqrt(3.0) * self.vn_hv_kv)
        if whole:
            row |= {"g_us": 1e6 * iron, "b_us": -1e6 * math.sqrt(max(whole**2 - iron**2, 0.0))}
        return row


@dataclass
class Types:
    """Cable types by folded name, of a sheet first; those of the library are only looked up where one is asked for."""

    own: dict[str, CableType] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    """Types of the library that were used, as it calls them."""
    _library: dict[str, tuple[str, CableType | TransformerType]] | None = None
    _asked: int = 0

    def find(self, name: str) -> CableType | TransformerType | None:
        """The type of this name, None where there is none."""
        if (mine := self.own.get(fold(name))) is not None:
            return mine
        found = self._all().get(fold(name)) or self._of_part(fold(name))
        if found is not None:
            self.used.add(found[0])
        return found[1] if found else None

    def _of_part(self, key: str) -> tuple[str, CableType | TransformerType] | None:
        """The one type of the library that begins so, a letter for cores with or without protective conductor aside."""
        plain = _CORES.sub(r"\1", key)
        begun = [title for title in self._all() if title.startswith(plain)] if _SECTION.search(plain) else []
        return self._all()[begun[0]] if len(begun) == 1 else None

    def similar(self, name: str) -> str:
        """Types whose names are nearest, as a remedy; looked for a few times only, as that takes long."""
        self._asked += 1
        if self._asked > MOST_LOOKED_FOR:
            return _OTHERWISE
        known = {key: title for key, (title, _) in self._all().items()} | {key: key for key in self.own}
        near = difflib.get_close_matches(fold(name)[:100], list(known)[:_MOST_COMPARED], n=3, cutoff=0.5)
        said = f"Did you mean {' or '.join(known[key] for key in near)}? " if near else ""
        return f"{said}{_OTHERWISE}"

    def _all(self) -> dict[str, tuple[str, CableType | TransformerType]]:
        if self._library is None:
            self._library = _library()
        return self._library


def _library() -> dict[str, tuple[str, CableType | TransformerType]]:
    """pandapower's standard types by folded name."""
    types = standard_types()
    found: dict[str, tuple[str, CableType | TransformerType]] = {}
    for name, values in types["line"].items():
        found[fold(name)] = (name, _line_type(values))
    for name, values in types["trafo"].items():
        fields = TransformerType.__dataclass_fields__
        found[fold(name)] = (name, TransformerType(**{key: float(values[key]) for key in fields if key in values}))
    return found


def _line_type(values: Mapping[str, float]) -> CableType:
    b_us = 2e-3 * math.pi * _HZ * float(values["c_nf_per_km"])
    return CableType(
        float(values["r_ohm_per_km"]), float(values["x_ohm_per_km"]), b_us, 1e3 * float(values["max_i_ka"])
    )


def microsiemens(value: float, unit: str) -> float:
    """Charging in microsiemens from what a column in ``unit`` gives in nanofarad, or in microsiemens."""
    return value if unit.startswith("us") else 2e-3 * math.pi * _HZ * value


def own_types(table: Table, problems: list[Problem]) -> dict[str, CableType]:
    """The types of a sheet; notes what is wrong."""
    found = dict[str, CableType]()
    unit = table.columns["c"].unit if "c" in table.columns else ""
    for row in range(len(table.rows)):
        name = table.text(row, "type")
        values = {key: _value(table, row, key, problems) for key in ("r", "x", "c", "limit")}
        r, x, c, limit = values.values()
        if r is None or x is None:
            ids, remedy = (table.row(row, name),), "Give r and x in ohm per km"
            problems.append(
                Problem(table.sheet.name, table.column("r"), ids, "has no resistance or no reactance", remedy)
            )
            continue
        found[fold(name)] = CableType(r, x, microsiemens(c or 0.0, unit), math.nan if limit is None else limit)
    return found


def _value(table: Table, row: int, key: str, problems: list[Problem]) -> float | None:
    """A number of a type, None where there is none; a wrong one is noted, and nan."""
    ids = (table.row(row, table.text(row, "type")),)
    try:
        value = table.number(row, key)
    except ValueError as error:
        remedy = "Write the unit behind the column's name, as in r_ohm_per_km"
        problems.append(Problem(table.sheet.name, table.column(key), ids, str(error), remedy))
        return math.nan
    if key in ("r", "x") and key in table.columns and table.columns[key].unit in OHM:
        said = "is in ohm, and a type needs ohm per km"
        problems.append(Problem(table.sheet.name, table.column(key), ids, said, "Write r_ohm_per_km"))
    return value
