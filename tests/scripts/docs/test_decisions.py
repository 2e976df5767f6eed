"""Every decision says when, whether it holds, what shows it and what else was tried."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.docs import decisions


@pytest.mark.parametrize("page", decisions.topics(), ids=lambda page: page.stem)
def test_decisions_are_complete(page: Path) -> None:
    found = list(decisions.decisions(page))
    assert found
    assert len({item.title for item in found}) == len(found)
    states = {item.title: item.short_status for item in found}
    assert set(states.values()) <= {"in force", "superseded"}
    assert [item.title for item in found if item.short_status == "superseded" and "](" not in item.status] == []


def test_the_index_names_all() -> None:
    assert decisions.INDEX.read_text(encoding="utf8") == decisions.page(), 'make docs ARGS="references" renews it'
    text = decisions.INDEX.read_text(encoding="utf8")
    assert [page.name for page in decisions.topics() if f"]({page.name})" not in text] == []


def test_an_incomplete_decision_is_refused(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Topic\n\n## Decided\n\nWhy.\n\n- Date: 2026-11-22\n- Status: in force\n- Tried: nothing\n")
    with pytest.raises(ValueError, match="Decided"):
        list(decisions.decisions(page))
