"""Lessons as HTML: what docs/lessons uses and nothing that runs."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from p2pdnr.dashboard.lesson_text import as_html, title
from p2pdnr.resources import LESSONS

PAGES = sorted(LESSONS.glob("[0-9]-*.md"))

TEXT = """# 7. A <b>title</b>

**Aim.** One *word* and `a < b`,
over two lines. See [the case](../cases/a.md).

<!-- link -->
[Open the lesson](http://127.0.0.1:8050/#s=x)
<!-- end of link --> It is the default day.

1. First <script>alert(1)</script>
   goes on.
3. to 5. Third.

<details><summary>What should be found</summary>

<!-- results -->
|  | figure | found |
| --- | --- | --- |
| 1 | Cost | -40 EUR |
<!-- end of results -->

</details>
"""


class Balanced(HTMLParser):
    """Fails where an element is closed that is not open."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.stack: list[str] = []
        self.tags: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.stack.append(tag)
        self.tags.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.stack.pop() == tag


def test_what_a_lesson_uses_becomes_html() -> None:
    assert title(TEXT) == "7. A <b>title</b>"
    assert as_html(TEXT).split("\n") == [
        "<p><strong>Aim.</strong> One <em>word</em> and <code>a &lt; b</code>, over two lines. See the case.</p>",
        '<p class="item"><span>1.</span>First &lt;script&gt;alert(1)&lt;/script&gt; goes on.</p>',
        '<p class="item"><span>3.</span>to 5. Third.</p>',
        "<details><summary>What should be found</summary>",
        '<table class="plain tight"><thead><tr><td></td><th scope="col">figure</th>'
        '<th scope="col">found</th></tr></thead>'
        "<tbody><tr><td>1</td><td>Cost</td><td>-40 EUR</td></tr></tbody></table>",
        "</details>",
    ]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_every_lesson_is_told_whole_and_in_order(path: object) -> None:
    text = path.read_text(encoding="utf8")  # type: ignore[attr-defined]
    told = as_html(text)
    parsed = Balanced(told)
    assert parsed.stack == []
    assert parsed.tags == {"p", "strong", "span", "details", "summary", "table", "thead", "tbody", "tr", "td", "th"} | (
        parsed.tags & {"em", "code"}
    )
    assert "127.0.0.1" not in told and "](" not in told and "**" not in told and "<!--" not in told
    items = re.findall(r"^\d+\. ", text, re.MULTILINE)
    assert [item.strip() for item in items] == re.findall(r'<p class="item"><span>(\d+\.)</span>', told)
    for words in ("Aim.", "Do.", "Questions.", "What should be found"):
        assert told.count(words) == 1
