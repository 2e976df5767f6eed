"""Pages and docstrings, written for code hosts and editors, as the site needs them. Standard library alone."""

from __future__ import annotations

import posixpath
import re
import textwrap
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PACKAGE = ROOT / "p2pdnr"
LINK = re.compile(r"(\]\(|(?:src|href|srcset)=\")([^)\s\"#]+)")
LIST = re.compile(r"^(?=\S)(?![-|]|\d+\. )(.*)\n(?=- )", re.MULTILINE)
"""A line that is no item of a list, directly before one."""

ROLE = re.compile(r":(?:mod|func|class|meth|attr|data):`~?([^`]+)`")


def place(source: Path) -> str:
    """Where a file of the project is among the sources of the site.

    Markdown becomes a page, a module of the package its reference, anything else a file.
    """
    inside = source.relative_to(ROOT).as_posix()
    if source.is_relative_to(DOCS):
        return source.relative_to(DOCS).as_posix()
    if source.suffix == ".md":
        return f"project/{inside}"
    return reference(source) if source.is_relative_to(PACKAGE) and source.suffix == ".py" else f"files/{inside}"


def reference(module: Path) -> str:
    """The page of a module; that of a package is the index of its folder."""
    inside = module.relative_to(ROOT).with_suffix("")
    return f"reference/{(inside.parent / 'README' if inside.name == '__init__' else inside).as_posix()}.md"


def outside(page: Path) -> set[Path]:
    """Files beside docs/ and the package that a page links to: the site holds a copy of them."""
    linked = {(page.parent / target).resolve() for _, target in LINK.findall(page.read_text(encoding="utf8"))}
    files = {path for path in linked if path.is_file() and path.is_relative_to(ROOT) and not path.is_relative_to(DOCS)}
    return {path for path in files if not place(path).startswith("reference/")}


def markdown(text: str, home: Path, here: str) -> str:
    """A page for the site: links to where things are there, an empty line before lists, details that may hold Markdown.

    ``home`` is the folder of the page in the project, ``here`` its folder on the site.
    """

    def moved(link: re.Match[str]) -> str:
        start, target = link.groups()
        source = (home / target).resolve()
        if "://" in target or target.startswith("mailto:") or not source.is_relative_to(ROOT):
            return link[0]
        found = source / "README.md" if source.is_dir() else source
        return start + (posixpath.relpath(place(found), here or ".") if found.is_file() else target)

    parts = re.split(r"(^```.*?^```)", LINK.sub(moved, text), flags=re.MULTILINE | re.DOTALL)
    parts[::2] = [LIST.sub(r"\1\n\n", part) for part in parts[::2]]
    return "".join(parts).replace("<details>", '<details markdown="1">')


def docstring(text: str) -> str:
    """Paragraphs whose lines are all indented become blocks of code; roles such as ``:mod:`` give way to plain code."""
    parts = re.split(r"\n\s*\n", ROLE.sub(r"`\1`", text))
    return "\n\n".join(_as_code(part) if _is_set_apart(part) else part for part in parts)


def _as_code(paragraph: str) -> str:
    return textwrap.indent(textwrap.dedent(paragraph), " " * 4)


def _is_set_apart(paragraph: str) -> bool:
    return all(line.startswith("  ") for line in paragraph.splitlines())
