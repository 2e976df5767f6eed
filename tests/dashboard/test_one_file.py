"""A day as one file: nothing asked of anybody, scripts as the policy names them, and names that are never markup."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from functools import cache
from html.parser import HTMLParser
from typing import Any

import pytest

from p2pdnr.dashboard import one_file
from p2pdnr.dashboard.one_file import Day, OneFile
from p2pdnr.dashboard.questions import Question
from tests.dashboard import synthetic

EVIL = "</script><script>alert(1)</script>"


class Elements(HTMLParser):
    """Elements of a page with their attributes, and what stands in scripts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.scripts: list[tuple[dict[str, str], str]] = []
        self.open: str | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        own = {name: value or "" for name, value in attrs}
        self.elements.append((tag, own))
        self.open = tag
        if tag == "script":
            self.scripts.append((own, ""))

    def handle_data(self, data: str) -> None:
        if self.open == "script":
            attributes, text = self.scripts[-1]
            self.scripts[-1] = attributes, text + data

    def handle_endtag(self, tag: str) -> None:
        self.open = None


def payload(mode: str, name: str) -> dict[str, Any]:
    """A day of six hours in which the day and a prosumer bear a name."""
    day = synthetic.payload(mode, hours=6)
    day["name"] = name
    day["prosumers"]["id"][0] = name
    return day


def packed(day: dict[str, Any]) -> bytes:
    return gzip.compress(json.dumps(day).encode())


@cache
def page() -> str:
    payloads = {mode: packed(payload(mode, EVIL)) for mode in ("hourly", "fixed")}
    day = Day("day", EVIL, payloads, {"hourly": packed({"frames": []})}, json.dumps({"name": EVIL}))
    asked = (Question("day", EVIL, EVIL, "fixed", None),)
    return one_file.written(OneFile((day,), asked, lesson="<p>Aim.</p>", view='hour=2&tab=why"'))


@cache
def parsed() -> Elements:
    return Elements(page())


def answers() -> dict[str, str]:
    [text] = [text for attributes, text in parsed().scripts if attributes.get("id") == "answers"]
    found: dict[str, str] = json.loads(text)
    return found


def answer(address: str) -> Any:
    return json.loads(gzip.decompress(base64.b64decode(answers()[address])))


def test_nothing_is_asked_of_anybody() -> None:
    for tag, attributes in parsed().elements:
        addresses = [attributes[name] for name in ("src", "href") if name in attributes]
        assert all(address.startswith(("#", "data:")) for address in addresses), (tag, addresses)
    [styles] = re.findall(r"(?s)<style>(.*?)</style>", page())
    assert set(re.findall(r"url\([\"']?([^\"')]{5})", styles)) == {"data:"}
    assert "{%" not in page() and "__" not in re.sub(r"(?s)<script.*?</script>|<style.*?</style>", "", page())


def test_every_button_with_a_name_does_something() -> None:
    [script] = [text for attributes, text in parsed().scripts if attributes.get("type") == "module"]
    names = [own["id"] for tag, own in parsed().elements if tag == "button" and "id" in own]
    assert len(names) > 5
    assert [name for name in names if f'"{name}"' not in script] == []


def test_the_policy_names_the_scripts_that_are_there_and_allows_no_request() -> None:
    [policy] = [own["content"] for tag, own in parsed().elements if own.get("http-equiv") == "Content-Security-Policy"]
    running = [text for attributes, text in parsed().scripts if attributes.get("type") != "application/json"]
    hashes = {base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in running}
    assert set(re.findall(r"'sha256-([^']*)'", policy)) == hashes and len(hashes) == 2
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "connect-src" not in policy and "unsafe-eval" not in policy and "http" not in policy
    assert [tag for tag, own in parsed().elements if any(name.startswith("on") for name in own)] == []


def test_names_are_never_markup() -> None:
    assert len(parsed().scripts) == 3
    assert "alert(1)</script>" not in page()
    assert answer("/results/day-hourly.json")["prosumers"]["id"][0] == EVIL
    assert answer("/cases/day.json")["draft"]["name"] == EVIL


def test_every_view_of_every_mode_has_its_answer() -> None:
    assert answer("/cases/day.json")["results"] == {"hourly": "day-hourly", "fixed": "day-fixed"}
    for mode in ("hourly", "fixed"):
        assert answer(f"/results/day-{mode}.json") == payload(mode, EVIL)
        for name in ("losses", "voltages", "trades", "prices", "convergence"):
            assert answer(f"/results/day-{mode}/figures/{name}.json")["data"]
        for index in range(len(synthetic.PROSUMERS)):
            assert answer(f"/results/day-{mode}/figures/prosumer.json?prosumer={index}")["data"]
    assert answer("/results/day-hourly/replay.json") == {"frames": []}
    assert "/results/day-fixed/replay.json" not in answers()
    losses = answer("/results/day-fixed/figures/losses.json")
    assert [trace["name"] for trace in losses["data"]][:2] == ["As built", "Hourly"]  # the other mode stands beside


def test_figures_name_colours_of_the_style_sheet_and_none_of_their_own() -> None:
    for address in answers():
        if "/figures/" in address:
            text = json.dumps(answer(address))
            assert not re.search(r"#[0-9a-f]{6}|rgba\((?!0,0,0,0\))", text), address
            assert "var(--" in text


def test_the_view_that_it_opens_with_stands_in_it() -> None:
    [body] = [own for tag, own in parsed().elements if tag == "body"]
    assert body["data-view"] == 'hour=2&tab=why"' and body["data-case"] == "day"
    assert "data-plotly" not in body  # the charts are drawn without the library
    assert "<p>Aim.</p>" in page()


def test_a_prosumer_too_many_has_no_chart_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(one_file, "MOST_PROSUMERS", 2)
    text = one_file.written(OneFile((Day("d", "d", {"hourly": packed(payload("hourly", "A"))}),)))
    assert "prosumer=1" in text and "prosumer=2" not in text


@pytest.mark.parametrize("key", ["", "a b", "../x", '"', "é"])
def test_a_key_that_is_none_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match="key"):
        one_file.written(OneFile((Day(key, "d", {"hourly": b""}),)))
