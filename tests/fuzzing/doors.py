"""The doors through which documents come in, each with good documents that belong there.

A door takes bytes and returns how it ended: ``"read"``, or the name of an error of ours. Any other error is let out.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from p2pdnr.errors import InputError
from p2pdnr.network import readers
from p2pdnr.network.readers.matpower import from_matpower
from p2pdnr.scenario import document, patch
from p2pdnr.scenario.assembly import build_network
from p2pdnr.server.admission import read_order
from p2pdnr.server.settings import Settings
from tests.fuzzing.mutations import broken
from tests.small_scenario import small_document

DATA = Path(__file__).resolve().parents[2] / "data"
CORPUS = Path(__file__).resolve().parent / "corpus"

MATPOWER = b"""function mpc = small
%SMALL  three buses, two feeders and a tie line
mpc.version = '2';
mpc.baseMVA = 10;
mpc.bus = [
  1 3 0 0 0 0 1 1 0 12.66 1 1 1;
  2 1 100 60 0 0 1 1 0 12.66 1 1.1 0.9;
  3 1 90 40 0 0 1 1 0 12.66 1 1.1 0.9;
];
mpc.gen = [1 0 0 10 -10 1 100 1 10 0 0 0 0 0 0 0 0 0 0 0 0];
mpc.branch = [
  1 2 0.0922 0.0470 0 0 0 0 0 0 1 -360 360;
  2 3 0.4930 0.2511 0 0 0 0 0 0 1 -360 360;
  1 3 0.3660 0.1864 0 0 0 0 0 0 0 -360 360;
];
%% convert branch impedances from Ohms to p.u.
Vbase = mpc.bus(1, 10) * 1e3;
Sbase = mpc.baseMVA * 1e6;
mpc.branch(:, [3 4]) = mpc.branch(:, [3 4]) / (Vbase^2 / Sbase);
%% convert loads from kW to MW
mpc.bus(:, [3 4]) = mpc.bus(:, [3 4]) / 1e3;
"""


@dataclass(frozen=True)
class Door:
    """A way in: its name, what reads the bytes, and good documents."""

    name: str
    enter: Callable[[bytes], object]
    good: tuple[bytes, ...]

    def given(self, seed: int) -> bytes:
        """A broken document: two of three are of those that work, the others of the corpus as well."""
        whole = self.good[: 1 + (seed % 2) * (len(self.good) > 1)] if seed % 3 else self.good
        return broken(whole[seed % len(whole)], seed)

    def outcome(self, given: bytes) -> str:
        """``"read"`` or the name of our error; every other error goes on its way."""
        try:
            self.enter(given)
        except InputError as refusal:
            if not refusal.problems or not str(refusal):
                raise AssertionError("refused without a reason") from refusal
            return type(refusal).__name__
        return "read"


def scenario_of_a_browser(given: bytes) -> None:
    """A scenario that may not name files, against its network."""
    build_network(document.parse(given), None)


def scenario_file(given: bytes) -> None:
    """A scenario in a file of its own."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "scenario.json"
        path.write_bytes(given)
        build_network(document.load(path), path.parent)


def network_table(given: bytes) -> None:
    """A network table in a file."""
    with TemporaryDirectory() as folder:
        (Path(folder) / "feeder.json").write_bytes(given)
        readers.read("feeder.json", Path(folder))


def matpower_text(given: bytes) -> None:
    """A MATPOWER case, as text and as a file."""
    from_matpower(given.decode("utf-8", "replace"), "fuzzed")
    with TemporaryDirectory() as folder:
        (Path(folder) / "feeder.m").write_bytes(given)
        readers.read("feeder.m", Path(folder))


def request(given: bytes) -> None:
    """The body of a request to solve, decoded as the server decodes it."""
    try:
        body = json.loads(given)
    except (ValueError, RecursionError):
        return
    read_order(body, Settings())


def changes(given: bytes) -> None:
    """A patch from somebody else, onto the default scenario."""
    try:
        told = json.loads(given)
    except (ValueError, RecursionError):
        return
    patch.apply(document.from_dict(small_document()), told)


def a_result(place: Path, name: str) -> Callable[[bytes], None]:
    """A result folder at ``place``, whole but for the file ``name``."""
    from p2pdnr.results import folder

    whole = (place / name).read_bytes()

    def enter(given: bytes) -> None:
        (place / name).write_bytes(given)
        try:
            folder.load(place)
        finally:
            (place / name).write_bytes(whole)

    return enter


def result_doors(place: Path) -> tuple[Door, ...]:
    """Doors of a result folder, which is made at ``place``: of every kind one of its files."""
    from p2pdnr.results import folder
    from tests.sample_result import sample_result

    folder.save(sample_result(2), place)
    names = ("summary.json", "network.json", "lines.csv", "trades.csv", "warm.npz")
    return tuple(Door(f"a result's {name}", a_result(place, name), ((place / name).read_bytes(),)) for name in names)


def doors() -> tuple[Door, ...]:
    """Every door for documents."""
    small = small_document()
    shipped = (DATA / "scenarios" / "ieee33-solar.json").read_bytes()
    table = readers.to_table(build_network(document.from_dict(small), None))
    edited = {"prosumers": {small["prosumers"][0]["id"]: {"pv_kw": 7.0}}, "dso": {"switching_cost_eur": 2.0}}
    scenarios = (json.dumps(small).encode(), shipped, *_corpus("*.scenario.json"))
    return (
        Door("scenario from a browser", scenario_of_a_browser, scenarios),
        Door("scenario file", scenario_file, scenarios),
        Door("network table", network_table, (json.dumps(table).encode(), *_corpus("*.network.json"))),
        Door("MATPOWER case", matpower_text, (MATPOWER, *_corpus("*.m"))),
        Door("request to solve", request, (json.dumps({"scenario": small, "mode": "hourly"}).encode(),)),
        Door("patch", changes, (json.dumps(edited).encode(),)),
    )


def _corpus(pattern: str) -> tuple[bytes, ...]:
    """Documents that once broke something, or are broken in a way nobody would draw at random."""
    return tuple(path.read_bytes() for path in sorted(CORPUS.glob(pattern)))
