"""Stored results to take away: spreadsheets made here, pandapower networks by the command line beside the server.

pandapower takes seconds to import and must not enter the server process; its files are made one at a time.
"""

from __future__ import annotations

import io
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from p2pdnr.errors import Problem, ResultError
from p2pdnr.resources import HOME
from p2pdnr.server.admission import BusyError

_TIMEOUT_S = 60.0


def csv_zip(folder: Path) -> bytes:
    """All tables of a result folder as CSV files that are harmless in a spreadsheet, in one archive.

    Raises ResultError when the folder is gone or torn.
    """
    from p2pdnr.results import exports
    from p2pdnr.results import folder as folders

    archive = io.BytesIO()
    exports.write_csv_zip(folders.load(folder), archive)
    return archive.getvalue()


def pandapower_json(folder: Path, hour: int, turn: threading.Semaphore) -> bytes:
    """One hour of a result folder as pandapower JSON; ``turn`` bounds how many are made at once.

    Raises ResultError when there is no such hour or result, BusyError when it is not this one's turn.
    """
    if not turn.acquire(blocking=False):
        raise BusyError("Another export is being made. Try again in a few seconds.")
    try:
        with tempfile.TemporaryDirectory(prefix="p2pdnr-download-") as place:
            return _exported(folder, hour, Path(place) / "hour.json")
    finally:
        turn.release()


def _exported(folder: Path, hour: int, target: Path) -> bytes:
    command = [sys.executable, "-m", "p2pdnr", "export", str(folder.resolve()), "--pandapower", str(hour), str(target)]
    try:
        done = subprocess.run(command, cwd=HOME, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False)
    except subprocess.TimeoutExpired:
        raise BusyError("The export took too long. Try again when no solve is running.") from None
    if done.returncode != 0:
        told = done.stderr.strip().replace(str(folder.resolve()), "result").replace(str(target), target.name)
        message = f"cannot be exported ({told[-300:]})"
        raise ResultError([Problem("result", "hour", (str(hour),), message, "Choose another hour, or solve again")])
    return target.read_bytes()
