"""Cut a release: python scripts/release.py VERSION [--date 2026-11-28].

Writes the version where it stands and moves what is unreleased in CHANGELOG.md under it. A version that is already
there gets the new lines under its headings, so that a release that is not out yet can be cut again.
"""

from __future__ import annotations

import argparse
import re
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PLACES = {
    "p2pdnr/__init__.py": r'(__version__ = ")[^"]+(")',
    "CITATION.cff": r"(^version: )\S+()",
    "README.md": r"(\| p2pdnr )[\d.]+( \|)",
}
"""Files that state the version, and what stands around it."""
HEADINGS = ("", "What to change", "Changed", "Fixed", "Added", "Removed")
Groups = dict[str, str]


def groups(text: str) -> Groups:
    """Lines of a section by heading; what stands above the first heading under ""."""
    first, *parts = re.split(r"^### (.+)$", text, flags=re.MULTILINE)
    return {name: body.strip() for name, body in zip(["", *parts[::2]], [first, *parts[1::2]], strict=True)}


def joined(older: Groups, newer: Groups) -> str:
    """Two sections as one, heading by heading."""
    names = [*HEADINGS, *(name for name in (*older, *newer) if name not in HEADINGS)]
    bodies = {name: "\n".join(part[name] for part in (older, newer) if part.get(name)) for name in names}
    return "\n\n".join(f"### {name}\n\n{body}" if name else body for name, body in bodies.items() if body)


def cut(changelog: str, version: str, date: str) -> str:
    """The changelog with nothing unreleased."""
    head, *parts = re.split(r"^## (.+)$", changelog, flags=re.MULTILINE)
    sections = dict(zip(parts[::2], parts[1::2], strict=True))
    unreleased = groups(sections.pop("Unreleased"))
    same = next((name for name in sections if name.split()[0] == version), None)
    older = groups(sections.pop(same)) if same else {}
    released = f"## {version} - {date}\n\n{joined(older, unreleased)}\n"
    rest = "".join(f"\n## {name}\n\n{body.strip()}\n" for name, body in sections.items())
    return f"{head.rstrip()}\n\n## Unreleased\n\n{released}{rest}"


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Write a version and move what is unreleased under it.")
    parser.add_argument("version")
    parser.add_argument("--date", default=datetime.now(UTC).date().isoformat())
    chosen = parser.parse_args()
    for name, pattern in PLACES.items():
        text = (ROOT / name).read_text(encoding="utf8")
        written = re.sub(pattern, rf"\g<1>{chosen.version}\g<2>", text, count=1, flags=re.MULTILINE)
        (ROOT / name).write_text(written, encoding="utf8")
    page = ROOT / "CHANGELOG.md"
    page.write_text(cut(page.read_text(encoding="utf8"), chosen.version, chosen.date), encoding="utf8")


if __name__ == "__main__":
    main()
