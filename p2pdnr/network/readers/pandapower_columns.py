"""Which columns of pandapower's tables a power flow needs, and what stands where a file has none.

The tables of :mod:`.pandapower_file` become a net: columns that pandapower's empty one has
(:mod:`.pandapower_tables`), and a few more, each of its own type. A cell that does not fit its column, a bus that does
not exist and so on are problems by table, index and name.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from p2pdnr.errors import NetworkError, Problem
from p2pdnr.network.names import tidy
from p2pdnr.network.readers.pandapower_file import Table, Tables, bad_index, column
from p2pdnr.network.readers.pandapower_tables import blank_net, columns_of
from p2pdnr.network.readers.report import Note

_NEEDED: dict[str, tuple[str, ...]] = {
    "bus": ("vn_kv",),
    "ext_grid": ("bus",),
    "line": ("from_bus", "to_bus", "length_km", "r_ohm_per_km", "x_ohm_per_km"),
    "trafo": ("hv_bus", "lv_bus", "sn_mva", "vn_hv_kv", "vn_lv_kv", "vk_percent", "vkr_percent"),
    "trafo3w": (
        *(f"{side}_bus" for side in ("hv", "mv", "lv")),
        *(f"{name.format(side)}" for name in ("sn_{}_mva", "vn_{}_kv", "vk_{}_percent", "vkr_{}_percent")
          for side in ("hv", "mv", "lv")),
    ),
    "impedance": ("from_bus", "to_bus", "rft_pu", "xft_pu", "sn_mva"),
    "switch": ("bus", "element", "et"),
    "load": ("bus", "p_mw"),
    "sgen": ("bus", "p_mw"),
    "storage": ("bus", "p_mw"),
    "asymmetric_load": ("bus",),
    "asymmetric_sgen": ("bus",),
    "shunt": ("bus", "q_mvar"),
    "ward": ("bus", "ps_mw", "qs_mvar", "pz_mw", "qz_mvar"),
    "xward": ("bus", "ps_mw", "qs_mvar", "pz_mw", "qz_mvar", "r_ohm", "x_ohm", "vm_pu"),
    "motor": ("bus", "pn_mech_mw", "cos_phi"),
    "gen": ("bus", "p_mw"),
    "dcline": ("from_bus", "to_bus", "p_mw"),
}  # fmt: skip
"""Columns that must be there, every row with a value, by table; all tables that are read."""

DEFAULTS: dict[str, float] = {
    "in_service": True, "closed": True, "scaling": 1.0, "parallel": 1.0, "df": 1.0, "vm_pu": 1.0, "va_degree": 0.0,
    "c_nf_per_km": 0.0, "g_us_per_km": 0.0, "pfe_kw": 0.0, "i0_percent": 0.0, "shift_degree": 0.0, "z_ohm": 0.0,
    "shift_mv_degree": 0.0, "shift_lv_degree": 0.0, "q_mvar": 0.0, "step": 1.0, "max_step": 1.0,
    "loading_percent": 100.0,
    "efficiency_percent": 100.0, "slack": False, "slack_weight": 1.0, "tap_at_star_point": False, "loss_percent": 0.0,
    "loss_mw": 0.0, "vm_from_pu": 1.0, "vm_to_pu": 1.0, "tap_dependency_table": False, "step_dependency_table": False,
    **{f"{part}_{phase}_{unit}": 0.0 for part, unit in (("p", "mw"), ("q", "mvar")) for phase in "abc"},
    **{f"{part}{end}_pu": 0.0 for part in "gb" for end in "ft"},
    **{f"const_{kind}_{part}_percent": 0.0 for kind in "zi" for part in "pq"},
}  # fmt: skip
_MORE = {
    "bus": ("min_vm_pu", "max_vm_pu"),
    "line": ("max_loading_percent",),
    "trafo": ("max_loading_percent", "leakage_resistance_ratio_hv", "leakage_reactance_ratio_hv", "tap2_pos",
              "tap2_neutral", "tap2_step_percent", "tap2_step_degree"),
    "trafo3w": ("max_loading_percent",),
}  # fmt: skip
_TEXTS_MORE = {"trafo": ("tap2_side", "tap2_changer_type")}
_OLD_NAMES = {"load": {"const_z_percent": ("const_z_p_percent", "const_z_q_percent"),
                       "const_i_percent": ("const_i_p_percent", "const_i_q_percent")}}  # fmt: skip
_BUSES = ("bus", "from_bus", "to_bus", "hv_bus", "mv_bus", "lv_bus")
_SWITCHED = {"l": "line", "t": "trafo", "t3": "trafo3w", "b": "bus"}
_SIDES = ("hv", "mv", "lv")
_ABOVE_ZERO = {
    "bus": ("vn_kv",),
    "ext_grid": ("vm_pu",),
    "line": ("parallel", "df"),
    "trafo": ("sn_mva", "vn_hv_kv", "vn_lv_kv", "vk_percent", "parallel", "df"),
    "trafo3w": tuple(name.format(side) for name in ("sn_{}_mva", "vn_{}_kv", "vk_{}_percent") for side in _SIDES),
    "impedance": ("sn_mva",),
    "motor": ("efficiency_percent", "cos_phi"),
}
"""Columns in which no row in service may have anything else."""
_SHARES = {
    "trafo": (("vkr_percent", "vk_percent"),),
    "trafo3w": tuple((f"vkr_{side}_percent", f"vk_{side}_percent") for side in _SIDES),
}
"""Columns of which one is a part of the other."""
_SAID_IF_MISSING = ("q_mvar", "vm_pu", "scaling", "in_service", "closed", "c_nf_per_km", "parallel")
"""Columns of which a missing cell is told, where others of its table have one."""
_TAP_TABLE = ("id_characteristic", "step", "voltage_ratio", "angle_deg")
_FLAGS = {"true": True, "false": False, "1": True, "0": False, "1.0": True, "0.0": False}
_TYPES = {"uint32": "int64"}
_LARGEST, _LONGEST = 1e15, 200
_CHARACTERISTICS = "trafo_characteristic_table"


def net_of(found: Tables) -> Any:
    """The tables that a power flow needs, as a pandapower net has them, of a file's.

    Raises :class:`NetworkError` with every problem.
    """
    others = _unknown(found)
    net = blank_net((*_NEEDED, *others))
    net.sn_mva = _setting(found.settings, "sn_mva", 1.0)
    net.f_hz = _setting(found.settings, "f_hz", 50.0)
    problems = list[Problem]()
    for name in [*_NEEDED, *others]:
        if name in found.tables and found.tables[name].index:
            problems += _fill(net, name, _renamed(name, found.tables[name]))
    if problems or (problems := [*_references(net), *_values(net)]):
        raise NetworkError(problems)
    _finish(net, found)
    return net


def _setting(settings: Mapping[str, Any], name: str, default: float) -> float:
    value = settings.get(name)
    fine = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value > 0
    return float(value) if fine and value is not None else default


def _unknown(found: Tables) -> list[str]:
    """Tables of elements that are not modelled, for the reader to name what is in service in them."""
    others = [name for name in found.tables if name in columns_of() and name not in _NEEDED and name != "controller"]
    return [name for name in others if "in_service" in found.tables[name].columns]


def _renamed(name: str, table: Table) -> Table:
    """The table with columns under the names that they have today."""
    new = _OLD_NAMES.get(name, {})
    places = [(here, place) for place, old in enumerate(table.columns) for here in new.get(old, (old,))]
    rows = tuple(tuple(row[place] for _, place in places) for row in table.rows)
    return Table(tuple(here for here, _ in places), table.index, rows)


def assumed(found: Tables) -> Iterator[Note]:
    """What is taken for cells without a value in columns that say something elsewhere or must say something."""
    for name in (name for name in _NEEDED if name in found.tables and found.tables[name].index):
        table = found.tables[name]
        for key in (key for key in _SAID_IF_MISSING if key in table.columns):
            cells = zip(_called(name, table), column(table, key), strict=True)
            missing = tuple(called for called, cell in cells if _is_missing(cell))
            if missing and (len(missing) < len(table.index) or key == "vm_pu"):
                yield Note("approximated", name, missing, f"{key} has no value, {DEFAULTS[key]:g} was taken")


def _fill(net: Any, name: str, table: Table) -> Iterator[Problem]:
    """Give a table of the net the rows of a file's; yields what is wrong."""
    import pandas as pd

    broken = [*bad_index(name, table)]
    if broken:
        yield from broken
        return
    schema = dict(net[name].dtypes.astype(str)) | dict.fromkeys(_MORE.get(name, ()), "float64")
    schema |= dict.fromkeys(_TEXTS_MORE.get(name, ()), "object")
    columns, called = dict[str, Any](), _called(name, table)
    for key, kind in schema.items():
        if key in table.columns:
            read = _cells(key, kind, column(table, key), key in _NEEDED.get(name, ()))
            columns[key] = read.values
            if read.wrong:
                yield Problem(name, key, tuple(called[place] for place in read.wrong), read.said, read.remedy)
        elif key in _NEEDED.get(name, ()):
            yield Problem(name, key, (), "is missing", f"Give the table {name} this column")
        elif key in net[name].columns:
            columns[key] = _cells(key, kind, [None] * len(table.index), needed=False).values
    index = pd.Index(list(table.index), dtype="int64")
    kinds: dict[str, Any] = {key: _TYPES.get(kind, kind) for key, kind in schema.items()}
    net[name] = pd.DataFrame({key: pd.Series(cells, index, kinds[key]) for key, cells in columns.items()}, index)


def _called(name: str, table: Table) -> list[str]:
    """What messages call the rows: index and name."""
    names = column(table, "name") if "name" in table.columns else [None] * len(table.index)
    return [f"{name} {key}" + (f" ({tidy(own)})" if own not in (None, "") and own == own else "")
            for key, own in zip(table.index, names, strict=True)]  # fmt: skip


@dataclass(frozen=True)
class _Cells:
    """A column as its type has it, the places of cells that are wrong, what these are, and the remedy."""

    values: list[Any]
    wrong: list[int] = field(default_factory=list)
    said: str = ""
    remedy: str = ""


def _cells(key: str, kind: str, cells: list[Any], needed: bool) -> _Cells:
    if kind == "object":
        return _Cells([None if _is_missing(cell) else str(cell)[:_LONGEST] for cell in cells])
    if kind == "bool":
        return _flags(key, cells)
    default = None if needed else float(DEFAULTS.get(key, math.nan))
    values = [default if _is_missing(cell) else _float(cell) for cell in cells]
    wrong = [place for place, value in enumerate(values) if value is None or (needed and math.isinf(value))]
    if kind == "float64":
        return _Cells([math.nan if value is None else value for value in values], wrong, "is no number", "Give one")
    whole = [value is not None and math.isfinite(value) and value.is_integer() for value in values]
    if kind == "Int64":  # may be missing
        return _Cells(
            [int(value) if fine and value is not None else None for value, fine in zip(values, whole, strict=True)]
        )
    wrong = [place for place, fine in enumerate(whole) if not fine]
    counts = [int(value) if fine and value is not None else 0 for value, fine in zip(values, whole, strict=True)]
    return _Cells(counts, wrong, "is no whole number", "Give one")


def _flags(key: str, cells: list[Any]) -> _Cells:
    default = bool(DEFAULTS.get(key, False))
    read = [default if _is_missing(cell) else _FLAGS.get(str(cell).lower()) for cell in cells]
    wrong = [place for place, flag in enumerate(read) if flag is None]
    return _Cells([bool(flag) for flag in read], wrong, "is neither true nor false", "Write true or false")


def _is_missing(cell: Any) -> bool:
    return cell is None or (isinstance(cell, float) and math.isnan(cell))


def _float(cell: Any) -> float | None:
    """A number of a file, which may be written as a text such as "inf"; None where it is none."""
    if isinstance(cell, bool) or not isinstance(cell, int | float | str):
        return None
    try:
        value = float(cell)
    except (ValueError, OverflowError):
        return None
    return None if math.isnan(value) or _LARGEST < abs(value) < math.inf else value


def _references(net: Any) -> Iterator[Problem]:
    """Elements at buses that do not exist, and switches of elements that do not."""
    buses = set(net.bus.index)
    for name in _NEEDED:
        for end in _BUSES:
            if end in net[name].columns:
                wrong = net[name][~net[name][end].isin(buses)]
                if len(wrong):
                    ids = tuple(f"{name} {index} ({end} {bus})" for index, bus in wrong[end].items())
                    yield Problem(name, end, ids[:50], "is no bus of the file", "Correct it, or add the bus")
    for kind, table in _SWITCHED.items():
        switches = net.switch[net.switch.et == kind]
        wrong = switches[~switches.element.isin(net[table].index)]
        if len(wrong):
            ids = tuple(f"switch {index} ({table} {element})" for index, element in wrong.element.items())
            yield Problem("switch", "element", ids[:50], f"belongs to no {table} of the file", "Remove it")
        yield from _misplaced(net, table, switches[switches.element.isin(net[table].index)])
    odd = net.switch[~net.switch.et.isin(_SWITCHED)]
    if len(odd):
        ids = tuple(f"switch {index}" for index in odd.index[:50])
        yield Problem("switch", "et", ids, f"is none of {', '.join(_SWITCHED)}", "Say what the switch is at")


def _misplaced(net: Any, table: str, switches: Any) -> Iterator[Problem]:
    """Switches at a bus at which their element does not end."""
    ends = [end for end in _BUSES[1:] if end in net[table].columns]
    if not ends or switches.empty:
        return
    away = (net[table].loc[switches.element, ends].to_numpy() != switches.bus.to_numpy()[:, None]).all(axis=1)
    rows = zip(switches.index[away], switches.element[away], switches.bus[away], strict=True)
    if ids := tuple(f"switch {index} ({table} {element}, bus {bus})" for index, element, bus in rows):
        yield Problem("switch", "bus", ids[:50], f"is at a bus at which its {table} does not end", "Correct it")


def _values(net: Any) -> Iterator[Problem]:
    """Numbers that no power flow can take."""
    for name, keys in _ABOVE_ZERO.items():
        for key in keys if len(net[name]) else ():
            wrong = net[name][~(net[name][key].astype(float) > 0.0) & net[name].in_service.astype(bool)]
            if len(wrong):
                ids = tuple(f"{name} {index}" for index in wrong.index[:50])
                yield Problem(name, key, ids, "is not above 0", "Correct it")
    for name, pairs in _SHARES.items():
        for part, whole in pairs:
            wrong = net[name][(net[name][part].abs() > net[name][whole].abs()) & net[name].in_service.astype(bool)]
            if len(wrong):
                ids = tuple(f"{name} {index}" for index in wrong.index[:50])
                yield Problem(name, part, ids, f"is above {whole}, of which it is the active part", "Correct it")


def _finish(net: Any, found: Tables) -> None:
    """Places on the map, tap changers of older files, tables of tap positions."""
    _give_places(net, found)
    net.shunt["vn_kv"] = net.shunt.vn_kv.fillna(net.shunt.bus.map(net.bus.vn_kv)).astype(float)
    for name in ("trafo", "trafo3w"):
        if name in found.tables and "tap_changer_type" not in found.tables[name].columns:
            net[name]["tap_changer_type"] = [_changer(row) for row in net[name].itertuples()]
    if _CHARACTERISTICS in found.tables:
        _give_characteristics(net, found.tables[_CHARACTERISTICS])
    elif len(net.trafo):
        net.trafo["tap_dependency_table"] = False
    if "trafo_model" in found.settings:
        net.user_pf_options = {"trafo_model": found.settings["trafo_model"]}


def _changer(row: Any) -> str | None:
    """The kind of tap changer of a file before version 3, which says it by its steps alone."""
    degree, percent = row.tap_step_degree, row.tap_step_percent
    in_degrees, in_percent = degree == degree and degree != 0, percent == percent and percent != 0
    if in_percent:
        return "Symmetrical" if degree == 90 else "Ratio"
    return "Ideal" if in_degrees else None


def _give_characteristics(net: Any, table: Table) -> None:
    """Ratios and impedances by tap position, as numbers."""
    import pandas as pd

    keys = [key for key in table.columns if key.endswith("_percent") or key in _TAP_TABLE]
    frame = {key: pd.to_numeric(pd.Series(column(table, key), dtype="object"), errors="coerce") for key in keys}
    net[_CHARACTERISTICS] = pd.DataFrame(frame)


def _give_places(net: Any, found: Tables) -> None:
    """Points of buses as GeoJSON, from the column ``geo`` or the table ``bus_geodata`` of older files."""
    old = found.tables.get("bus_geodata")
    if old is not None and {"x", "y"} <= set(old.columns) and "geo" not in found.tables["bus"].columns:
        places = dict(zip(old.index, zip(column(old, "x"), column(old, "y"), strict=True), strict=True))
        net.bus["geo"] = [_point(places.get(bus)) for bus in net.bus.index]


def _point(place: tuple[Any, Any] | None) -> str | None:
    x, y = (_float(value) for value in place or (None, None))
    return None if x is None or y is None else json.dumps({"type": "Point", "coordinates": [x, y]})
