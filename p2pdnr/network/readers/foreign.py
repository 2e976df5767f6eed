"""Files of other programs, known by their suffix or their content: what they are, and the way in for each."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

PAGE = "docs/own-feeder.md"
_TAKEN = (
    "Load it in Python and take it over: from p2pdnr.network import readers; readers.from_pandapower(net, 'name'), "
    f"then readers.to_table for a file of ours ({PAGE})"
)
_TABLE = f"Write its buses and lines as a network table, with the names they have there ({PAGE})"
KINDS_READ = (
    "Read are network tables and pandapower nets (.json), MATPOWER cases (.m), and sheets of lines and buses "
    f"(.csv, .xlsx): {PAGE}"
)
_KINDS: dict[tuple[str, ...], tuple[str, str]] = {
    (".xls", ".ods"): (
        "is a workbook of a kind that is not read",
        "Save it as .xlsx or as CSV in a spreadsheet program",
    ),
    (".gz", ".bz2", ".xz", ".7z"): ("is packed", "Unpack it, and give what is in it"),
    (".p", ".pkl", ".pickle"): (
        "is a pickle, which runs code when it is opened",
        f"If you made it with pandapower yourself: pandapower.from_pickle. {_TAKEN}",
    ),
    (".mat",): (
        "is a MATLAB data file",
        "Save it as text in MATLAB or Octave with MATPOWER: savecase('case.m', loadcase('case.mat'))",
    ),
    (".dss",): ("is an OpenDSS script, which is not read", _TABLE),
    (".pos",): ("is a network of the REDS repository, which is not read", _TABLE),
    (".xml", ".cim", ".zip", ".uct", ".ucte", ".raw", ".rawx", ".epc", ".cdf", ".dgs", ".pfd", ".sqlite", ".db"): (
        "is a file of another program, which is not read",
        f"Where pandapower.converter or pandapower.from_sqlite reads it: {_TAKEN[0].lower()}{_TAKEN[1:]}",
    ),
}


def by_suffix(name: str) -> tuple[str, str] | None:
    """What a file of this name is, and the way in; None where the suffix tells nothing."""
    suffix = Path(name).suffix.lower()
    return next((told for suffixes, told in _KINDS.items() if suffix in suffixes), None)


def by_content(document: object) -> tuple[str, str] | None:
    """What a JSON document is that is no network table, and the way in; None where it says nothing about itself."""
    if not isinstance(document, Mapping):
        return None
    if _is_pandapower(document):
        return "is a pandapower net inside another document", "Save it as a file of its own and name that file"
    if "prosumers" in document and "network" in document:
        return "is a scenario, not a network", "Use what its network.source names, or solve the scenario"
    if {"attributes", "data", "is_batch"} <= set(document):
        return "holds data of power-grid-model, which are not read", _TABLE
    return None


def _is_pandapower(document: Mapping[Any, Any]) -> bool:
    return document.get("_class") == "pandapowerNet" or str(document.get("_module", "")).startswith("pandapower")


def no_scenario(name: str, document: object = None) -> tuple[str, str] | None:
    """What is given where a scenario should be, and the way in."""
    made = "Make a day on it: python -m p2pdnr generate --network FILE day.json"
    if isinstance(document, Mapping) and "buses" in document and "prosumers" not in document:
        return "is a network table, not a scenario", made
    if isinstance(document, Mapping) and _is_pandapower(document):
        return "holds a pandapower net, not a scenario", made
    told = by_content(document) if isinstance(document, Mapping) and "prosumers" not in document else None
    if told is not None:
        return told
    if Path(name).suffix.lower() in (".csv", ".tsv", ".txt", ".xlsx", ".xls", ".ods"):
        way = "Meter readings become a scenario with python -m p2pdnr scenario from-meters FILE"
        return "is a table, not a scenario (JSON)", f"{way} ({PAGE})"
    return by_suffix(name) or (("is a network, not a scenario", _day(name)) if name.lower().endswith(".m") else None)


def _day(name: str) -> str:
    return f"Make a day on it: python -m p2pdnr generate --network {Path(name).name[:80]} day.json"


def similar(name: str, known: Iterable[str]) -> str:
    """A question after the names that are nearest; empty where none is near."""
    near = difflib.get_close_matches(name.strip()[:60].lower(), list(known), n=3, cutoff=0.6)
    return f"Did you mean {' or '.join(near)}? " if near else ""
