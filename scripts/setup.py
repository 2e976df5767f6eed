"""Set up .venv beside the project: python scripts/setup.py [--dev | --site].

Standard library alone. Installs the pinned requirements when they differ from what is installed, with --dev those
of the tests, a browser, and Node with what checks the page's scripts, with --site those of the documentation site.
Says nothing when there is nothing to do.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scripts import browser, node

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "installed.json"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
FILES = {"app": "requirements.txt", "dev": "requirements-dev.txt", "site": "requirements-site.txt"}
ALONG = {"app": ("app",), "dev": ("app", "dev"), "site": ("site",)}
"""What else is installed with a kind: the requirements of "dev" include those of "app"."""
OLDEST = (3, 11)


def say(text: str) -> None:
    """One line for the person who waits, at once."""
    print(f"[set-up] {text}", flush=True)


def fingerprint(kind: str) -> str:
    """What ``kind`` (of ``FILES``) needs, as a hash of its requirement files and the interpreter's version."""
    names = ["constraints.txt", *(FILES[name] for name in ALONG[kind])]
    parts = [(ROOT / name).read_bytes() for name in names]
    return hashlib.sha256(b"\0".join([sys.version.encode(), *parts])).hexdigest()


def installed() -> dict[str, str]:
    """The fingerprints of what .venv holds; empty when it is missing, torn or its interpreter is gone."""
    try:
        subprocess.run([PYTHON, "-c", ""], check=True, capture_output=True)
        found: dict[str, str] = json.loads(STAMP.read_text(encoding="utf8"))
    except (OSError, ValueError, subprocess.CalledProcessError):
        return {}
    return found


def may_use_apt() -> bool:
    """Debian's package manager is there and this person may use it."""
    return shutil.which("apt-get") is not None and hasattr(os, "geteuid") and os.geteuid() == 0


def apt(*packages: str) -> list[list[str]]:
    """The two commands that install Debian packages without asking anything."""
    return [["apt-get", "update"], ["apt-get", "install", "-y", "--no-install-recommends", *packages]]


def venv_command() -> list[str]:
    """A command that creates a virtual environment; installs Debian's missing half of ``venv`` where allowed."""
    if works("import venv, ensurepip"):
        return [sys.executable, "-m", "venv"]
    if may_use_apt():
        say("this Python has no venv: installing Debian's python3-venv")
        for command in apt("python3-venv"):
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        if works("import venv, ensurepip"):
            return [sys.executable, "-m", "venv"]
    if works("import virtualenv"):
        return [sys.executable, "-m", "virtualenv"]
    raise SystemExit("[set-up] this Python cannot create virtual environments: install python3-venv or virtualenv.")


def works(statement: str) -> bool:
    """Whether this interpreter, started anew, runs the statement."""
    return subprocess.run([sys.executable, "-c", statement], capture_output=True).returncode == 0


def create_environment() -> None:
    """A new, empty .venv in place of whatever is there."""
    say(f"creating {VENV.name} with Python {sys.version.split()[0]}")
    shutil.rmtree(VENV, ignore_errors=True)
    subprocess.run([*venv_command(), str(VENV)], check=True)


def renew_installer() -> None:
    """The pinned pip in place of Python's own, and no setuptools: old ones have known holes, and nothing here needs
    it."""
    pip = [PYTHON, "-m", "pip"]
    quiet = ["--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "install", *quiet, "--upgrade", "pip", "-c", ROOT / "constraints.txt"], check=True)
    subprocess.run([*pip, "uninstall", *quiet, "--yes", "setuptools"], check=True)


def start_apt_install() -> subprocess.Popen[bytes] | None:
    """Debian's Chromium and Node, installed while pip downloads; None when both are there or apt may not be used."""
    wanted = [name for name, found in (("chromium", browser.find()), ("nodejs", node.find())) if found is None]
    if not wanted or not may_use_apt():
        return None
    packages = [*wanted, "npm"] if "nodejs" in wanted else wanted
    say(f"installing Debian's {' and '.join(wanted)} for tests and checks of the page")
    script = " && ".join(" ".join(command) for command in apt(*packages))
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    with (VENV / "apt.log").open("wb") as log:
        return subprocess.Popen(["sh", "-c", script], stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment)


def prepare_node() -> None:
    """What package-lock.json says into node_modules; a missing Node is told, and a failure where all must run."""
    if node.find() is None:
        say(node.MISSING)
        if node.needed():
            raise SystemExit("[set-up] failed: Node is missing, and CI is set")
    elif not node.modules_current(ROOT):
        say("installing what checks the page's scripts (package-lock.json)")
        node.install_modules(ROOT)


def finish_browser_install(running: subprocess.Popen[bytes] | None) -> None:
    """Wait for Debian's; where there is still no browser, try Playwright's own and say so when that fails too."""
    if running is not None and running.wait() != 0:
        say(f"apt-get could not install all it should, see {VENV.name}/apt.log")
    if browser.find() is not None:
        return
    say("no Chromium, Chrome or Edge found: downloading Playwright's")
    if subprocess.run([PYTHON, "-m", "playwright", "install", "chromium"]).returncode != 0:
        say("no browser: install Chromium or set CHROMIUM to one; until then browser tests and pictures cannot run")


def install(kind: str) -> None:
    """Install what ``kind`` needs and remember it."""
    command = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    command += ["-r", ROOT / FILES[kind], "-c", ROOT / "constraints.txt"]
    say(f"installing {FILES[kind]}")
    renew_installer()
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    kept = {name: mark for name, mark in installed().items() if mark == fingerprint(name)}
    STAMP.write_text(json.dumps(kept | {name: fingerprint(name) for name in ALONG[kind]}), encoding="utf8")


def prepare(kind: str) -> None:
    """Bring .venv to what ``kind`` needs; a repeated call only reads a stamp."""
    began, held = time.monotonic(), installed()
    if not held:
        create_environment()
    running = start_apt_install() if kind == "dev" else None
    stale = held.get(kind) != fingerprint(kind)
    if stale:
        install(kind)
    if kind == "dev":
        finish_browser_install(running)
        prepare_node()
    if stale or running is not None:
        say(f"ready after {time.monotonic() - began:.0f} s")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Create .venv and install what the project needs.")
    parser.add_argument(
        "--dev", action="store_const", const="dev", help="what tests and checks need, with a browser and Node, too"
    )
    parser.add_argument("--site", action="store_const", const="site", help="what the documentation site needs")
    chosen = parser.parse_args()
    if sys.version_info < OLDEST:
        raise SystemExit(
            f"[set-up] Python {'.'.join(map(str, OLDEST))} or newer is needed, this is {sys.version.split()[0]}."
        )
    try:
        prepare(chosen.dev or chosen.site or "app")
    except subprocess.CalledProcessError as error:
        raise SystemExit(f"[set-up] failed: {' '.join(map(str, error.cmd))}") from error


if __name__ == "__main__":
    main()
