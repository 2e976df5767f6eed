"""The page in another language: which one a request asks for, its HTML, its table, its charts, its file."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from p2pdnr import languages
from p2pdnr.dashboard import create_app, days, one_file, page, wording
from p2pdnr.dashboard.layout import column_definitions
from p2pdnr.figures import catalogue
from p2pdnr.figures.theme import read_themes
from p2pdnr.server import Settings
from p2pdnr.server.store import RESULT, write_payload
from tests.dashboard import synthetic

ROOT = Path(__file__).parents[2]
GERMAN = languages.known()["de"]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    root = tmp_path_factory.mktemp("languages")
    scenarios = root / "data" / "scenarios"
    scenarios.mkdir(parents=True)
    (scenarios / "day.json").write_bytes((ROOT / "data/scenarios/ieee33-solar.json").read_bytes())
    app = create_app(Settings(data_dir=root / "data", store_dir=root / "store"))
    server = app.server.extensions["p2pdnr"]
    (root / "store" / "hourly" / RESULT).mkdir(parents=True)
    write_payload(synthetic.payload("hourly"), root / "store" / "hourly")
    server.store.adopt("hourly")
    yield app.server.test_client()
    server.close()


def asked(client: FlaskClient, address: str, accepts: str = "") -> str:
    return client.get(address, headers={"Accept-Language": accepts} if accepts else {}).get_data(as_text=True)


@pytest.mark.parametrize(
    ("address", "accepts", "language"),
    [
        ("/", "", "en"),
        ("/", "en-US,en;q=0.9,de;q=0.5", "en"),
        ("/", "de-AT,de;q=0.9,en;q=0.5", "de"),
        ("/", "fi", "en"),
        ("/?lang=de", "en-US", "de"),
        ("/?lang=en", "de", "en"),
        ("/?lang=xx", "", "en"),
    ],
)
def test_the_address_asks_for_a_language_else_the_browser_does(
    client: FlaskClient, address: str, accepts: str, language: str
) -> None:
    text = asked(client, address, accepts)
    assert f'<html lang="{language}">' in text
    assert ('id="words"' in text) == (language != "en")
    assert f'<option value="{language}" lang="{language}" selected>' in text
    assert ("Berechnen</button>" in text) == (language == "de")


def test_dash_is_asked_for_the_table_in_the_language_of_the_page(client: FlaskClient) -> None:
    text = asked(client, "/?lang=de")
    (prefix,) = re.findall(r'"requests_pathname_prefix":\s*("[^"]*")', text)
    assert json.loads(prefix) == "/in/de/"
    layout = asked(client, "/in/de/_dash-layout")
    assert "Profile und Tarif" in layout.encode().decode("unicode_escape") and "Knoten" in layout
    assert client.get("/in/de/_dash-dependencies").get_json() == client.get("/_dash-dependencies").get_json()
    assert "Prosumers" in asked(client, "/_dash-layout")


def test_a_request_of_the_table_is_guarded_whatever_its_language(client: FlaskClient) -> None:
    for address in ("/_dash-update-component", "/in/de/_dash-update-component"):
        answer = client.post(address, json={"output": "none.none"})
        assert answer.status_code == 400


def test_texts_of_the_template_are_said_and_the_rest_stays() -> None:
    english = page.template(with_server=True)
    german = page.template(with_server=True, language=GERMAN)
    tags = re.compile(r"<[^>]*>")
    bare = [re.sub(r'(aria-label|title)="[^"]*"|lang="\w+"', "", tag) for tag in tags.findall(english)]
    assert bare == [re.sub(r'(aria-label|title)="[^"]*"|lang="\w+"', "", tag) for tag in tags.findall(german)]
    for text in wording.sentences(english):
        assert html.escape(GERMAN(text), quote=False) in german
    assert page.template(with_server=True, language=languages.ENGLISH) == english


def test_columns_have_headers_in_the_language_and_room_for_them() -> None:
    def leaves(columns: list[dict[str, object]]) -> list[dict[str, object]]:
        return [leaf for one in columns for leaf in leaves(one.get("children", [])) or [one]]  # type: ignore[arg-type]

    english, german = (leaves(column_definitions(language)) for language in (languages.ENGLISH, GERMAN))
    assert [one["field"] for one in english] == [one["field"] for one in german]
    assert german[1]["headerName"] == "Knoten"
    assert all(int(str(two["width"])) >= int(str(one["width"])) for one, two in zip(english, german, strict=True))


def test_charts_say_everything_in_the_language() -> None:
    payload = synthetic.payload("hourly")
    theme = read_themes()["light"]
    english = catalogue.draw("losses", [payload], theme).to_dict()["layout"]
    german = catalogue.draw("losses", [payload], theme.saying(GERMAN)).to_dict()["layout"]
    assert english["yaxis"]["title"]["text"] == "losses, kW"
    assert german["yaxis"]["title"]["text"] == "Netzverluste, kW"
    assert "separators" not in english and german["separators"] == ",."
    assert german["meta"]["caption"][0].startswith("Stündlich: ")


def test_the_figures_of_a_result_are_asked_for_in_a_language(client: FlaskClient) -> None:
    figures = [
        client.get(f"/results/hourly/figures/voltages.json{query}").get_json() for query in ("", "?lang=de", "?lang=en")
    ]
    assert figures[0] == figures[2]
    assert figures[1]["layout"]["yaxis"]["title"]["text"] == "Knoten"


def test_a_day_in_one_file_is_in_one_language() -> None:
    day = days.stored_day("quiet", "A day", {"hourly": "ieee33-quiet-hourly"}, None)
    content = one_file.OneFile((day,))
    english, german = (one_file.written(replace(content, language=one)) for one in (languages.ENGLISH, GERMAN))
    assert '<html lang="en">' in english and 'id="words"' not in english
    assert '<html lang="de">' in german
    (words,) = re.findall(r'<script type="application/json" id="words">(.*?)</script>', german)
    assert json.loads(words)["script"]["Play"] == "Abspielen"


def test_words_end_no_script() -> None:
    sly = replace(GERMAN, script={"a": "</script><script>alert(1)</script>"})
    assert wording.block(sly).count("</script>") == 1
