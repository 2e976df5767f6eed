"""``network import FILES``: a network table out of other people's files; ``network template``: sheets to fill in."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from p2pdnr.cli import options
from p2pdnr.errors import InputError, Problem

if TYPE_CHECKING:
    from p2pdnr.network.arrays import Network
    from p2pdnr.network.readers.agreement import Agreement
    from p2pdnr.network.readers.report import Imported
    from p2pdnr.network.state import State

_TEMPLATES = "Name a workbook (grid.xlsx), or a folder that gets one CSV file for each sheet"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``network``."""
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    read = actions.add_parser("import", help="read a network and tell what became of it", allow_abbrev=False)
    read.add_argument(
        "files",
        metavar="FILE",
        nargs="+",
        type=options.place,
        help="pandapower net (.json, .xlsx), MATPOWER case (.m), network table, or sheets of lines, buses and types",
    )
    read.add_argument("--out", metavar="TABLE.json", type=options.place, help="network table to write")
    read.add_argument("--name", default="", help="of the network (default: that of the file)")
    read.add_argument(
        "--kv", metavar="KV", type=options.positive, help="sheets: nominal voltage of buses without one of their own"
    )
    read.add_argument(
        "--substation",
        metavar="BUS",
        action="append",
        default=[],
        help="sheets: a bus that is a substation (repeatable)",
    )
    read.add_argument(
        "--substation-voltage",
        metavar="PU",
        type=options.positive,
        default=1.0,
        help="sheets: voltage of substations that state none (default 1.0)",
    )
    read.add_argument(
        "--check", action="store_true", help="compare its power flow with pandapower's; 1 where voltages differ"
    )
    read.add_argument("--json", action="store_true", help="print the report as one JSON object")
    read.set_defaults(action=_import)
    template = actions.add_parser("template", help="write sheets of lines and buses to fill in", allow_abbrev=False)
    template.add_argument(
        "file", metavar="FILE.xlsx", type=options.place, help="workbook to write, or a folder for CSV"
    )
    template.set_defaults(action=_template)


def run(arguments: argparse.Namespace) -> int:
    """Do what is asked for."""
    return int(arguments.action(arguments))


def _import(arguments: argparse.Namespace) -> int:
    from p2pdnr.network import readers
    from p2pdnr.network.readers import importing
    from p2pdnr.network.readers.two_sheets import Choices
    from p2pdnr.network.state import state_of

    choices = Choices(arguments.kv, tuple(arguments.substation), arguments.substation_voltage)
    found = importing.read_files(arguments.files, choices, arguments.name)
    state = state_of(found.network)
    if arguments.out:
        with options.writing(arguments.out):
            arguments.out.parent.mkdir(parents=True, exist_ok=True)
            arguments.out.write_text(json.dumps(readers.to_table(found.network), indent=1) + "\n", encoding="utf-8")
    checked = _checked(found) if arguments.check else None
    if arguments.json:
        print(json.dumps(_as_dict(found, state) | ({"check": checked.as_dict()} if checked else {})))
    else:
        print("\n".join([_text(found, state, arguments.out), *([_check_row(checked)] if checked else [])]))
    return 0 if checked is None or checked.holds else 1


def _checked(found: Imported) -> Agreement:
    from p2pdnr.network.readers.agreement import agreement

    return agreement(found)


def _check_row(checked: Agreement) -> str:
    from p2pdnr.network.readers.agreement import OWN

    if checked.reason:
        return f"check: not shown: {checked.reason}"
    said = "agrees with" if checked.holds else "DIFFERS from"
    losses = f"{checked.loss_kw:,.4f} kW lost here, {checked.their_loss_kw:,.4f} kW there"
    own = (
        "" if checked.own == OWN else f" ({checked.own}: the state has more loops than are solved here, or dead parts)"
    )
    return f"check: {said} {checked.by}: {checked.vm_pu:.1e} p.u. at most, at {checked.bus}; {losses}{own}"


def _template(arguments: argparse.Namespace) -> int:
    from p2pdnr.network.readers import sheet_template
    from p2pdnr.sheets import writing

    if arguments.file.suffix.lower() not in ("", ".xlsx"):
        raise InputError([Problem("file", "", (arguments.file.name,), "is no workbook and no folder", _TEMPLATES)])
    with options.writing(arguments.file):
        if arguments.file.suffix.lower() == ".xlsx":
            arguments.file.parent.mkdir(parents=True, exist_ok=True)
            arguments.file.write_bytes(writing.workbook(sheet_template.SHEETS))
            written = [arguments.file]
        else:
            arguments.file.mkdir(parents=True, exist_ok=True)
            written = [arguments.file / f"{title}.csv" for title in sheet_template.SHEETS]
            for path, rows in zip(written, sheet_template.SHEETS.values(), strict=True):
                path.write_text(writing.csv_text(rows), encoding="utf-8", newline="")
    print(f"wrote {', '.join(map(str, written))}; fill it in, then: python -m p2pdnr network import {_list(written)}")
    return 0


def _list(paths: list[Path]) -> str:
    return " ".join(map(str, paths))


def _as_dict(found: Imported, state: State) -> dict[str, Any]:
    network = found.network
    return {
        "name": network.name,
        "buses": network.n_buses,
        "lines": network.n_lines,
        "report": [note.as_dict() for note in found.notes],
        "switchable_by": network.switchable_by,
        "radial": state.is_radial,
        "loops": [{"lines": list(loop.lines), "can_open": list(loop.can_open)} for loop in state.loops],
        "n_loops": state.n_loops,
        "without_supply": list(state.dark),
        "can_supply": list(state.can_supply),
    }


def _text(found: Imported, state: State, out: Path | None) -> str:
    network = found.network
    rows = [f"{network.name}: {network.n_buses} buses, {network.n_lines} lines", *map(str, found.notes)]
    rows += [f"switchable: {network.switchable_by}"] if network.switchable_by else []
    rows += [*_state_rows(state), *_meshed_rows(network)]
    if state.dark or any(loop.can_open for loop in state.loops):
        rows.append(f"a radial start: python -m p2pdnr reconfigure {out or 'TABLE.json'}")
    return "\n".join([*rows, f"wrote {out}" if out else "nothing written; --out TABLE.json writes a network table"])


def _meshed_rows(network: Network) -> list[str]:
    """What can be done with loops that nothing can open."""
    from p2pdnr.network.bundles import bundled
    from p2pdnr.network.cuts import fixed_loop
    from p2pdnr.reconfiguration.topologies.meshed_parts import cut_places

    bundle = bundled(network)
    lines = fixed_loop(bundle.network)
    if not len(lines):
        return []
    where = cut_places(bundle, lines)
    more = f"; to plan days with prosumers, {where}" if where else ""
    return [f"state: meshed where nothing can be opened: reconfigure solves it as it is{more}"]


def _state_rows(state: State) -> list[str]:
    from p2pdnr.network.readers.report import some

    if state.is_radial:
        return ["state: radial"]
    rows = []
    for loop in state.loops:
        opened = f"can be opened by {some(loop.can_open)}" if loop.can_open else "nothing in it can be opened"
        rows.append(f"state: a loop of {some(loop.lines)}; {opened}")
    if state.n_loops > len(state.loops):
        rows.append(f"state: {state.n_loops - len(state.loops)} more loops")
    if state.dark:
        close = f"closing one of {some(state.can_supply)} supplies" if state.can_supply else "no single switch supplies"
        rows.append(f"state: without supply: {some(state.dark)}; {close} more of them")
    return rows
