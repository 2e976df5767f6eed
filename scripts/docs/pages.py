"""Pages of which a part is made: what stands between two marks is replaced, the rest is written by hand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
SCENARIOS = ROOT / "data" / "scenarios"
RESULTS = ROOT / "data" / "results"


def marks(name: str) -> tuple[str, str]:
    """The marks around a part."""
    return f"<!-- {name} -->", f"<!-- end of {name} -->"


def part(text: str, name: str = "results") -> str:
    """What stands between the marks of a part."""
    start, end = marks(name)
    return text.split(start)[1].split(end)[0].strip()


def filled(text: str, content: str, name: str = "results") -> str:
    """``text`` with other content between the marks of a part."""
    start, end = marks(name)
    before, rest = text.split(start)
    return f"{before}{start}\n{content}\n{end}{rest.split(end)[1]}"


def fill(page: Path, content: str, name: str = "results") -> None:
    """Renew a part of a page."""
    page.write_text(filled(page.read_text(encoding="utf8"), content, name), encoding="utf8")


def markdown(head: Sequence[str], rows: Iterable[Sequence[str]], numbers: bool = True) -> str:
    """A table; with ``numbers`` all columns but the first stand to the right."""
    bars = ["---", *["---:" if numbers else "---"] * (len(head) - 1)]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, bars, *rows))
