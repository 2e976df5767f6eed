"""The index of docs/decisions, read off the pages beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from scripts.docs.pages import DOCS, fill, filled, markdown

FOLDER = DOCS / "decisions"
INDEX = FOLDER / "README.md"
_ENTRY = re.compile(
    r"^## (?P<title>[^\n]+)\n(?P<text>.*?)"
    r"^- Date: (?P<date>\S+)\n- Status: (?P<status>.+?)\n- Evidence: (?P<evidence>.+?)\n- Tried: (?P<tried>.+?)\s*\Z",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Decision:
    """What was decided on which page, when, whether it holds, what shows that it was right, and what else was tried."""

    page: Path
    title: str
    text: str
    date: date
    status: str
    evidence: str
    tried: str

    @property
    def anchor(self) -> str:
        """Where it stands on its page."""
        return re.sub(r"[^\w\- ]", "", self.title.lower()).replace(" ", "-")

    @property
    def short_status(self) -> str:
        """ "in force" or "superseded", without what else the status says."""
        return re.split(r"[ ,;]", self.status)[0] if self.status.startswith("superseded") else self.status[:8]


def topics() -> list[Path]:
    """The pages of decisions, in the order of their names."""
    return sorted(FOLDER.glob("[a-z]*.md"))


def decisions(page: Path) -> Iterator[Decision]:
    """The decisions of one page; raises ValueError where one lacks date, status, evidence or what was tried."""
    for entry in re.split(r"^(?=## )", page.read_text(encoding="utf8"), flags=re.MULTILINE)[1:]:
        found = _ENTRY.match(entry)
        if found is None:
            raise ValueError(f"{page.name}: not a decision: {entry.splitlines()[0]}")
        fields = {name: " ".join(value.split()) for name, value in found.groupdict().items()}
        yield Decision(page, **{**fields, "date": date.fromisoformat(fields["date"])})  # type: ignore[arg-type]


def index() -> str:
    """A table of every decision."""
    rows = [
        [f"[{item.title}]({page.name}#{item.anchor})", item.date.isoformat(), item.short_status]
        for page in topics()
        for item in decisions(page)
    ]
    return markdown(["decision", "date", "status"], rows, numbers=False)


def page() -> str:
    """The index page as it should be."""
    return filled(INDEX.read_text(encoding="utf8"), index(), "decisions")


def write() -> None:
    """Renew the index."""
    fill(INDEX, index(), "decisions")
