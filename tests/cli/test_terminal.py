"""Names that hold commands for a terminal are printed as what they are."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2pdnr.cli.main import main
from p2pdnr.cli.terminal import plain

ESCAPES = "\x1b]0;title\x07 \x1b[2J \x9b31m \u202e \u2066 \u200b \x08 \x7f"


@settings(deadline=None, derandomize=True, max_examples=200)
@given(st.text())
def test_what_is_printed_steers_nothing(text: str) -> None:
    told = plain(text).strip("\r")
    assert {unicodedata.category(sign) for sign in told if sign not in "\n\t"}.isdisjoint({"Cc", "Cf", "Zl", "Zp"})
    assert not set(told) & set("\x1b\x07\x08\x9b\x7f\u202e\u2066\r")


@pytest.mark.parametrize("text", ["Größe 1 € ≤ 2\n", "\r  1.0 s  convex", "\r     \r", "a\tb", "漢字 é"])
def test_what_is_ours_is_printed_as_it_is(text: str) -> None:
    assert plain(text) == text


def test_escapes_are_written_out() -> None:
    assert plain("a\x1b[2Jb\rc\u202e") == "a\\x1b[2Jb\\rc\\u202e"


def test_a_name_in_a_file_reaches_no_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    network = {
        "name": ESCAPES,
        "buses": [{"vn_kv": 20}, {"vn_kv": 20, "p_kw": 100}, {"vn_kv": 20}],
        "lines": [{"from": a, "to": b, "r_ohm": 1, "x_ohm": 1, "closed": a != 3} for a, b in ((1, 2), (2, 3), (3, 1))],
    }
    path = tmp_path / "feeder.json"
    path.write_text(json.dumps(network))
    assert main(["reconfigure", str(path), "--swaps", "1"]) == 0
    assert main(["reconfigure", "\x1b[2Jnowhere"]) == 2
    assert main(["solve", "\x1b]0;x\x07.json"]) == 2
    printed = capsys.readouterr()
    assert "title" in printed.out
    assert not set(printed.out + printed.err) & set("\x1b\x07\x9b\u202e")
