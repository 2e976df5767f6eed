"""Networks from pandapower files, read as data (:mod:`.pandapower_file`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from p2pdnr.errors import InputError, NetworkError, Problem
from p2pdnr.network.names import tidy
from p2pdnr.network.readers import pandapower
from p2pdnr.network.readers.pandapower_columns import assumed, net_of
from p2pdnr.network.readers.pandapower_file import Tables, tables
from p2pdnr.network.readers.report import Imported, Note, remarks

_LEFT = "not run and not read: taps, powers and steps stay as they stand in the tables"


def from_document(document: Mapping[str, Any], name: str) -> Imported:
    """The network of a pandapower file's JSON, and what became of its parts; ``name`` where the file has none.

    Raises :class:`NetworkError` with every problem, by table, index and name.
    """
    return from_tables(tables(document), name)


def from_tables(found: Tables, name: str) -> Imported:
    """The same from the file's tables."""
    _refuse_without(found, "bus", "ext_grid" if "gen" not in found.tables else "bus")
    net = net_of(found)
    try:
        read = pandapower.imported(net, tidy(found.settings.get("name") or "") or name)
    except InputError:
        raise
    except Exception as error:  # what pandapower makes of tables that fit its columns and yet not its model
        said = f"pandapower makes no model of it ({type(error).__name__}: {' '.join(str(error).split())[:200]})"
        remedy = "Open it with pandapower and run runpp: what fails there has to be mended"
        raise NetworkError([Problem("file", "", (name,), said, remedy)]) from error
    left = (Note("approximated", part.split(":")[0], (), f"{part.split(': ')[1]} {_LEFT}") for part in found.left)
    notes = (*left, *assumed(found))
    network = read.network.with_(remarks=(*read.network.remarks, *remarks(notes)))
    return Imported(network, (*read.notes, *notes), net, read.buses)


def _refuse_without(found: Tables, *names: str) -> None:
    missing = tuple(name for name in dict.fromkeys(names) if name not in found.tables or not found.tables[name].index)
    if missing:
        remedy = "Save a net that has buses and an external grid"
        raise NetworkError(
            [Problem("file", "", missing, "is a table that a pandapower net needs, and is missing or empty", remedy)]
        )
