"""What was taken of a pandapower net, and what was left out because it is out of service or runs by itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from p2pdnr.network.readers.pandapower_branches import element_id
from p2pdnr.network.readers.pandapower_windings import without_angle
from p2pdnr.network.readers.report import Note

_TAKEN = {
    "bus": "as they are", "ext_grid": "substations at their voltage", "line": "with charging and limit",
    "trafo": "at their tap position", "trafo3w": "as three legs, at their tap position", "impedance": "as lines",
    "switch": "by what they operate", "load": "as fixed powers and admittances", "sgen": "as fixed powers",
    "storage": "as fixed powers", "asymmetric_load": "the sum of their phases", "motor": "as fixed powers",
    "asymmetric_sgen": "the sum of their phases", "shunt": "as admittances", "ward": "as power and admittance",
}  # fmt: skip
_BY_THEMSELVES = {"controller": "controllers are not run: taps, powers and steps stay as they stand in the tables"}


def notes_of(net: Any) -> tuple[Note, ...]:
    """What is said about the tables of a net."""
    return (*_taken(net), *_out_of_service(net), *_not_run(net), *_without_angle(net))


def _taken(net: Any) -> Iterator[Note]:
    for table, how in _TAKEN.items():
        count = int(net[table].in_service.astype(bool).sum()) if "in_service" in net[table] else len(net[table])
        if count:
            yield Note("taken", table, (), f"{count} {how}")


def _out_of_service(net: Any) -> Iterator[Note]:
    """Elements that are out of service, but for lines, which may be closed where they can be operated."""
    for table in _TAKEN:
        rows = net[table]
        if table not in ("line", "switch") and "in_service" in rows and not rows.in_service.astype(bool).all():
            out = rows[~rows.in_service.astype(bool)]
            names = out["name"] if "name" in out else [None] * len(out)
            ids = tuple(element_id(table, index, name) for index, name in zip(out.index, names, strict=True))
            yield Note("left out", table, ids, "out of service")


def _without_angle(net: Any) -> Iterator[Note]:
    """Tap changers at a star point that pandapower has change nothing."""
    rows = net.trafo3w[without_angle(net.trafo3w) & (net.trafo3w.tap_pos != net.trafo3w.tap_neutral)]
    if ids := tuple(element_id("trafo3w", index, name) for index, name in zip(rows.index, rows["name"], strict=True)):
        said = "its tap changer at the star point states no tap_step_degree, so that it changes nothing, as in runpp"
        yield Note("approximated", "trafo3w", ids, said)


def _not_run(net: Any) -> Iterator[Note]:
    for table, said in _BY_THEMSELVES.items():
        if table in net and len(net[table]) and net[table].in_service.astype(bool).any():
            yield Note("approximated", table, (), said)
