"""The text of a lesson as HTML, from the part of Markdown that docs/lessons uses.

Headings, paragraphs, numbered lists, tables, ``details``, strong and emphasised words, code. Text is escaped before
anything else. Links lead to pages that are not in a file: their words stay. What the page says of opening the lesson on
a server goes.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

_COMMENT = re.compile(r"<!-- link -->.*?<!-- end of link -->[^\n]*|<!--.*?-->", re.DOTALL)
_ITEM = re.compile(r"(\d+)\. ")
_INLINE = (
    (re.compile(r"\[([^\]]*)\]\([^)]*\)"), r"\1"),
    (re.compile(r"\*\*([^*]+)\*\*"), r"<strong>\1</strong>"),
    (re.compile(r"\*([^*]+)\*"), r"<em>\1</em>"),
    (re.compile(r"`([^`]+)`"), r"<code>\1</code>"),
)
_OPENING = re.compile(r"<details><summary>([^<]*)</summary>")


def title(text: str) -> str:
    """The first heading of a lesson, as plain text."""
    return next(line.lstrip("# ").strip() for line in text.splitlines() if line.startswith("# "))


def as_html(text: str) -> str:
    """What stands below the first heading of a lesson."""
    bare = _COMMENT.sub("", text)
    return "\n".join(_block(block) for block in _blocks(bare) if not block.startswith("# "))


def _blocks(text: str) -> Iterator[str]:
    """Parts between empty lines; an item of a list begins a part of its own."""
    for part in re.split(r"\n\s*\n", text):
        block: list[str] = []
        for line in part.strip("\n").splitlines():
            if block and _ITEM.match(line) and _ITEM.match(block[0]):
                yield "\n".join(block)
                block = []
            block.append(line)
        if block:
            yield "\n".join(block)


def _block(block: str) -> str:
    if opening := _OPENING.fullmatch(block.strip()):
        return f"<details><summary>{_words(opening[1])}</summary>"
    if block.strip() == "</details>":
        return "</details>"
    if block.startswith("|"):
        return _table(block)
    if item := _ITEM.match(block):
        # Numbers as they are written: "2. to 5." is followed by 6.
        return f'<p class="item"><span>{item[1]}.</span>{_words(block[item.end() :])}</p>'
    return f"<p>{_words(block)}</p>"


def _table(block: str) -> str:
    rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in block.splitlines()]
    cells = ["".join(f"<td>{_words(cell)}</td>" for cell in row) for row in rows[2:]]
    head = "".join(f'<th scope="col">{_words(cell)}</th>' if cell else "<td></td>" for cell in rows[0])
    body = "".join(f"<tr>{row}</tr>" for row in cells)
    return f'<table class="plain tight"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def _words(text: str) -> str:
    text = html.escape(" ".join(text.split()), quote=False)
    for pattern, with_tags in _INLINE:
        text = pattern.sub(with_tags, text)
    return text
