"""Node for the checks and tests of the page's scripts; the page itself needs none.

``python -m scripts.node check`` lints them, checks their layout and their types. Standard library alone: set-up asks
before anything is installed.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OLDEST = (18, 18)
"""Of Node, for the linter."""

MISSING = (
    f"no Node {OLDEST[0]}.{OLDEST[1]} or newer with npm: the page's scripts are neither tested nor checked until it is "
    "installed"
)
CHECKS = (
    ("eslint", "--max-warnings=0", "assets", "tests/javascript", "eslint.config.js"),
    ("prettier", "--check", "assets", "tests/javascript/*.js", "eslint.config.js"),
    ("tsc", "-p", "jsconfig.json"),
)
"""Commands of node_modules, each with its arguments."""


def find() -> Path | None:
    """Node, when it is new enough and npm is there, too."""
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        return None
    told = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    version = tuple(int(part) for part in re.findall(r"\d+", told)[:2])
    return Path(node) if version >= OLDEST else None


def needed() -> bool:
    """Whether a missing Node is a failure, as a missing browser is: where everything must run."""
    return bool(os.environ.get("CI"))


def modules_current(root: Path = ROOT) -> bool:
    """Whether node_modules is what package-lock.json says."""
    stamp = root / "node_modules" / "installed.txt"
    return stamp.is_file() and stamp.read_text(encoding="utf8") == _fingerprint(root)


def install_modules(root: Path = ROOT) -> None:
    """``npm ci``, and a note of what it installed."""
    command = [str(shutil.which("npm")), "ci", "--no-audit", "--no-fund", "--loglevel=error"]
    subprocess.run(command, cwd=root, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    (root / "node_modules").mkdir(exist_ok=True)
    (root / "node_modules" / "installed.txt").write_text(_fingerprint(root), encoding="utf8")


def _fingerprint(root: Path) -> str:
    return hashlib.sha256((root / "package-lock.json").read_bytes()).hexdigest()


def tests() -> list[str]:
    """The test files of JavaScript, from the project's folder."""
    return sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "tests" / "javascript").glob("*.test.js"))


def commands(node: Path) -> Iterator[list[str]]:
    """The checks as command lines."""
    for name, *arguments in CHECKS:
        folder = ROOT / "node_modules" / ("typescript" if name == "tsc" else name)
        programs = {"eslint": "bin/eslint.js", "prettier": "bin/prettier.cjs", "tsc": "bin/tsc"}
        yield [str(node), str(folder / programs[name]), *arguments]


def check() -> int:
    """Run the checks; 1 when one complains, or when Node is missing where it may not be."""
    node = find()
    if node is None:
        print(MISSING)
        return int(needed())
    return max(subprocess.run(command, cwd=ROOT, check=False).returncode != 0 for command in commands(node))


if __name__ == "__main__":
    if sys.argv[1:] != ["check"]:
        raise SystemExit("usage: python -m scripts.node check")
    raise SystemExit(check())
