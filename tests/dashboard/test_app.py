"""The app as a browser asks for it: page, assets, fonts, cases, results and figures."""

from __future__ import annotations

import gzip
import html
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import brotli
import pytest
from flask.testing import FlaskClient

from p2pdnr.dashboard import assets, create_app, routes
from p2pdnr.dashboard.cases import read_cases
from p2pdnr.dashboard.columns import COLUMNS
from p2pdnr.dashboard.layout import column_definitions
from p2pdnr.figures import catalogue
from p2pdnr.scenario.schema import Scenario
from p2pdnr.server import Settings
from p2pdnr.server.store import RESULT, write_payload
from tests.dashboard import synthetic

ROOT = Path(__file__).parents[2]
NO_SOLVERS = """
import sys
from p2pdnr.dashboard import create_app
create_app()
print(sorted({"pandapower", "cvxpy", "numba", "scipy"} & sys.modules.keys()))
"""


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """A browser's view of an app that has one case and stored results of three modes."""
    root = tmp_path_factory.mktemp("page")
    scenarios = root / "data" / "scenarios"
    scenarios.mkdir(parents=True)
    (scenarios / "day.json").write_bytes((ROOT / "data/scenarios/ieee33-solar.json").read_bytes())
    app = create_app(Settings(data_dir=root / "data", store_dir=root / "store"))
    server = app.server.extensions["p2pdnr"]
    for mode in ("hourly", "static", "fixed"):
        (root / "store" / mode / RESULT).mkdir(parents=True)
        write_payload(synthetic.payload(mode), root / "store" / mode)
        server.store.adopt(mode)
    yield app.server.test_client()
    server.close()


def test_the_first_answer_holds_diagram_bar_and_drawer(client: FlaskClient) -> None:
    text = client.get("/").get_data(as_text=True)
    for part in ("diagram", "timeline", "headlines", "solve", "drawer", "react-entry-point", "case"):
        assert f'id="{part}"' in text
    assert "__" not in text.replace("__doc", "").split("<footer>")[0]
    assert text.index("dash_callbacks.js") < text.index("dash_renderer")


def test_the_first_answer_carries_nothing_that_is_not_used(client: FlaskClient) -> None:
    text = client.get("/").get_data(as_text=True)
    assert "polyfill" not in text and "dash_table/bundle" not in text
    assert '"load_kw"' not in text, "the drawer comes once, as Dash's layout"


def test_everything_the_page_names_is_there_for_good(client: FlaskClient) -> None:
    text = client.get("/").get_data(as_text=True).split("<footer>")[0]
    named = re.findall(r'(?:src|href)="(/assets/[^"]*)"', text)
    assert len(named) > 50
    for address in named:
        answer = client.get(address, headers={"Accept-Encoding": "br"})
        assert answer.status_code == 200, address
        assert "immutable" in answer.headers["Cache-Control"], address
        name = address.split("/", 3)[3]
        assert brotli.decompress(answer.data) == (ROOT / "assets" / name).read_bytes()


def test_an_address_of_other_content_is_none(client: FlaskClient) -> None:
    text = client.get("/").get_data(as_text=True)
    (entry,) = re.findall(r'<script type="module" async src="([^"]*)"', text)
    digest = entry.split("/")[2]
    assert client.get(entry.replace(digest, "0" * len(digest))).status_code == 404
    assert client.get(entry.replace("main.js", "nothing.js")).status_code == 404


def test_below_a_path_the_modules_are_below_it_too(
    default_scenario: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DASH_URL_BASE_PATHNAME", "/day/")
    app = create_app(Settings(data_dir=tmp_path, store_dir=tmp_path / "store"), default_scenario)
    browser = app.server.test_client()
    named = re.findall(r'(?:src|href)="(/[^"]*/assets/[^"]*)"', browser.get("/day/").get_data(as_text=True))
    assert len(named) > 50
    assert all(address.startswith("/day/assets/") for address in named)
    assert browser.get(named[-1]).status_code == 200
    app.server.extensions["p2pdnr"].close()


def test_every_module_is_fetched_at_once(client: FlaskClient) -> None:
    text = client.get("/").get_data(as_text=True)
    asked = [address.split("/", 3)[3] for address in re.findall(r'rel="modulepreload" href="([^"]*)"', text)]
    classic = re.findall(r'<script src="/assets/\w+/([^"]*)"', text)
    styles = re.findall(r'rel="stylesheet" href="/assets/\w+/([^"]*)"', text)
    of_rooms = {*assets.needed(assets.read(ROOT / "assets"), assets.ROOM), "styles/rooms.css"}
    assert set(asked).isdisjoint({assets.ROOM})
    beside = {*assets.WORKERS, assets.DOOR, assets.IN_FILE, *of_rooms}
    files = {path.relative_to(ROOT / "assets").as_posix() for path in (ROOT / "assets").rglob("*.[jc]s*")}
    assert asked[-1] == assets.ENTRY
    assert {*asked, *classic, *styles} | beside == files


def test_fonts_and_charts_come_from_their_packages(client: FlaskClient) -> None:
    font = client.get("/fonts/HankenGrotesk-Regular.otf")
    assert font.data[:4] == b"OTTO"
    assert "max-age" in font.headers["Cache-Control"]
    assert client.get("/fonts/nothing.otf").status_code == 404
    library = client.get("/vendor/plotly.min.js", headers={"Accept-Encoding": "gzip"})
    assert library.headers["Content-Encoding"] == "gzip"
    assert b"plotly" in gzip.decompress(library.data)[:400].lower()


def test_a_case_comes_with_its_draft(client: FlaskClient) -> None:
    case = client.get("/cases/day.json").get_json()
    assert case["draft"]["rows"][0]["row"] == "p0"
    assert case["results"] == {}
    assert case["draft"]["imported"]
    assert client.get("/cases/none.json").status_code == 404


@pytest.mark.parametrize("name", [name for name in catalogue.NAMES if name not in ("secure", "levers")])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_figures_of_stored_results_are_served(client: FlaskClient, name: str, theme: str) -> None:
    figure = client.get(f"/results/hourly/figures/{name}.json?theme={theme}&with=static&with=fixed").get_json()
    assert figure["data"]
    assert len(figure["layout"]["meta"]["caption"]) == 2


@pytest.mark.parametrize(
    "address",
    [
        "/results/gone/figures/losses.json",
        "/results/hourly/figures/nothing.json",
        "/results/hourly/figures/secure.json",  # the day is not a secure plan
        "/results/hourly/figures/levers.json",  # no lever moves
        "/results/hourly/figures/losses.json?theme=pink",
        "/results/hourly/figures/prosumer.json?prosumer=99",
        "/results/hourly/figures/prosumer.json?prosumer=-1",
    ],
)
def test_figures_that_are_none_say_so(client: FlaskClient, address: str) -> None:
    assert client.get(address).status_code == 404


def test_a_reference_that_expired_is_left_out(client: FlaskClient) -> None:
    figure = client.get("/results/hourly/figures/losses.json?with=gone&with=fixed").get_json()
    assert {trace["name"] for trace in figure["data"]} == {"Hourly", "As built"}


def test_dash_serves_its_part(client: FlaskClient) -> None:
    layout = json.dumps(client.get("/_dash-layout").get_json())
    assert '"id": "prosumers"' in layout
    assert len(client.get("/_dash-dependencies").get_json()) == 8


def test_every_column_is_text_with_a_flat_key() -> None:
    def leaves(definitions: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [leaf for item in definitions for leaf in (leaves(item["children"]) if "children" in item else [item])]

    fields = [leaf["field"] for leaf in leaves(column_definitions())]
    assert fields == [column.key for column in COLUMNS]
    assert len(set(fields)) == len(fields)
    assert not any("." in field for field in fields)


def test_strange_hosts_are_refused(client: FlaskClient) -> None:
    assert client.get("/", headers={"Host": "evil.example"}).status_code == 400


@pytest.mark.slow
def test_the_server_starts_without_the_solvers() -> None:
    done = subprocess.run(
        [sys.executable, "-c", NO_SOLVERS], cwd=ROOT, capture_output=True, text=True, timeout=1200, check=True
    )
    assert done.stdout.strip().endswith("[]")


def test_the_first_result_is_asked_for_in_the_head(client: FlaskClient) -> None:
    payload = client.get("/results/hourly.json").get_json()
    assert client.get("/first/hourly.json").get_json() == payload
    assert client.get("/first/gone.json").status_code == 404
    for encoding, unpack in (("gzip", gzip.decompress), ("br", brotli.decompress)):
        packed = client.get("/first/hourly.json", headers={"Accept-Encoding": encoding})
        assert packed.headers["Content-Encoding"] == encoding
        assert json.loads(unpack(packed.data)) == payload


def test_the_chart_library_is_packed_for_each_browser(client: FlaskClient) -> None:
    best = client.get("/vendor/plotly.min.js", headers={"Accept-Encoding": "gzip, br"})
    assert best.headers["Content-Encoding"] == "br"
    plain = client.get("/vendor/plotly.min.js", headers={"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in plain.headers
    assert len(best.data) < len(plain.data) / 3
    assert brotli.decompress(best.data) == plain.data


def test_what_the_first_page_asks_for_is_made_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    monkeypatch.setattr(routes, "_plotly", lambda encoding: made.append(encoding) or encoding.encode())
    app = create_app(Settings(data_dir=ROOT / "data", store_dir=tmp_path))
    server, browser = app.server.extensions["p2pdnr"], app.server.test_client()
    try:
        for task in server.first:
            task()
        monkeypatch.setattr(catalogue, "draw", None)  # a chart that is not there yet cannot be drawn from here on
        text = browser.get("/").get_data(as_text=True)
        results = json.loads(html.unescape(re.search(r'data-results="([^"]*)"', text)[1]))  # type: ignore[index]
        shown, *others = (results[mode] for mode in ("hourly", "static", "fixed"))
        for theme in ("light", "dark"):
            query = "&".join([f"theme={theme}", *(f"with={other}" for other in others)])
            assert browser.get(f"/results/{shown}/figures/losses.json?{query}").status_code == 200
        assert browser.get("/vendor/plotly.min.js", headers={"Accept-Encoding": "br"}).data == b"br"
    finally:
        server.close()
    assert made == ["br"], "once, however many ask"


def test_a_case_knows_its_stored_results(tmp_path: Path) -> None:
    (tmp_path / "day.json").write_bytes((ROOT / "data/scenarios/ieee33-solar.json").read_bytes())
    case = read_cases(tmp_path, ["day-static", "day-fixed-no-p2p", "day-hourly", "other-fixed"])["day"]
    assert case.results == {"hourly": "day-hourly", "static": "day-static", "fixed-no-p2p": "day-fixed-no-p2p"}
    assert "imported" not in case.draft


def test_a_result_folder_can_be_opened(tmp_path: Path) -> None:
    app = create_app(
        Settings(data_dir=ROOT / "data", store_dir=tmp_path), result=ROOT / "data/results/ieee33-solar-static"
    )
    try:
        case = app.server.test_client().get("/cases/given.json").get_json()
        assert list(case["results"]) == ["static"]
        assert "imported" not in case["draft"]
        shown = app.server.test_client().get(f"/results/{case['results']['static']}.json").get_json()
        assert shown["mode"] == "static"
    finally:
        app.server.extensions["p2pdnr"].close()
