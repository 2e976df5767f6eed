"""What is made of stored results: spreadsheets here, pandapower networks and single faults by the command line beside
the server.

pandapower and kernels take seconds to load and must not enter the server process; that is done one at a time.
"""

from __future__ import annotations

import io
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from p2pdnr.errors import Problem, ResultError
from p2pdnr.languages import ENGLISH, known
from p2pdnr.resources import HOME
from p2pdnr.server.admission import BusyError

_TIMEOUT_S = 120.0


def csv_zip(folder: Path) -> bytes:
    """All tables of a result folder as CSV files that are harmless in a spreadsheet, in one archive.

    Raises ResultError when the folder is gone or torn.
    """
    from p2pdnr.results import exports
    from p2pdnr.results import folder as folders

    archive = io.BytesIO()
    exports.write_csv_zip(folders.load(folder), archive)
    return archive.getvalue()


@dataclass(frozen=True)
class Form:
    """Something that ``export`` makes of a result: its option, the file's name and type, and whether it comes in
    languages."""

    option: str
    file: str
    mimetype: str
    spoken: bool = False


FORMS = (
    Form("--excel", "tables.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    Form("--pandapower-day", "pandapower-day.json", "application/json"),
    Form("--report", "report.html", "text/html", spoken=True),
)
"""What the page offers beside spreadsheets as CSV and single hours."""


def pandapower_json(folder: Path, hour: int, turn: threading.Semaphore) -> bytes:
    """One hour of a result folder as pandapower JSON; ``turn`` bounds how many are made at once.

    Raises ResultError when there is no such hour or result, BusyError when it is not this one's turn.
    """
    return _exported(folder, ("--pandapower", str(hour)), "hour.json", turn)


def made(folder: Path, form: Form, turn: threading.Semaphore, lang: str = ENGLISH.key) -> bytes:
    """A result folder in one of :data:`FORMS`, in the language of a key where it has one and that is known; raises as
    :func:`pandapower_json` does."""
    spoken = ("--lang", lang) if form.spoken and lang in known() else ()
    return _exported(folder, (*spoken, form.option), form.file, turn)


def outage_json(folder: Path, line: int, hour: int, turn: threading.Semaphore) -> bytes:
    """What the fault of a line (number) in an hour takes away and how it is brought back, as ``outages --json`` tells;
    ``turn`` bounds how many are looked for at once.

    Raises ResultError when there is no such line, hour or result, BusyError when it is not this one's turn.
    """
    with _turn(turn, "Another fault is being looked at"):
        return _looked_at("outages", folder, "--line", str(line), "--hour", str(hour))


def outages_json(folder: Path, hour: int, opened: tuple[int, ...], turn: threading.Semaphore) -> bytes:
    """Every single fault of an hour, as ``outages --json`` tells, of the plan's topology or of another with these lines
    ``opened``; ``turn`` as in :func:`outage_json`, and the same errors."""
    with _turn(turn, "Other faults are being looked at"):
        return _looked_at("outages", folder, "--hour", str(hour), *(("--open", *map(str, opened)) if opened else ()))


def rolled_json(folder: Path, how: tuple[str, ...], turn: threading.Semaphore) -> bytes:
    """A day that turns out otherwise, as ``roll --json`` tells with the options ``how``; ``turn`` as in
    :func:`outage_json`, and the same errors."""
    with _turn(turn, "Another day is being looked at"):
        return _looked_at("roll", folder, *how)


def _exported(folder: Path, option: tuple[str, ...], file: str, turn: threading.Semaphore) -> bytes:
    with (
        _turn(turn, "Another export is being made"),
        tempfile.TemporaryDirectory(prefix="p2pdnr-download-") as place,
    ):
        target = Path(place) / file
        words = ["export", str(folder.resolve()), *option, str(target)]
        _told(words, {str(folder.resolve()): "result", str(target): target.name})
        return target.read_bytes()


@contextmanager
def _turn(turn: threading.Semaphore, busy: str) -> Iterator[None]:
    """One of those that may be made at once; raises BusyError, which says what is ``busy``, where none is left."""
    if not turn.acquire(blocking=False):
        raise BusyError(f"{busy}. Try again in a few seconds.")
    try:
        yield
    finally:
        turn.release()


def _looked_at(command: str, folder: Path, *options: str) -> bytes:
    """What a command tells about a result as JSON."""
    place = str(folder.resolve())
    return _told([command, place, "--json", *options], {place: "result"}).encode()


def _told(words: list[str], hidden: Mapping[str, str]) -> str:
    """What a command says; raises ResultError with its complaint, in which paths of the server are ``hidden``."""
    command = [sys.executable, "-m", "p2pdnr", *words]
    try:
        done = subprocess.run(command, cwd=HOME, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False)
    except subprocess.TimeoutExpired:
        raise BusyError("That took too long. Try again when no solve is running.") from None
    if done.returncode != 0:
        complaint = done.stderr.strip()
        for path, name in hidden.items():
            complaint = complaint.replace(path, name)
        message = f"cannot be used for this ({complaint[-300:]})"
        raise ResultError([Problem("result", words[0], (), message, "Choose another hour, or solve again")])
    return str(done.stdout)
