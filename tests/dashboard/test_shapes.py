"""What the page's callbacks answer to those who are not the page."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from p2pdnr.dashboard import create_app, drafts
from p2pdnr.scenario.schema import Scenario
from p2pdnr.server import Settings
from tests.fuzzing.mutations import broken

INPUTS = 60
"""Broken drafts; each takes some milliseconds."""


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, default_scenario: Scenario) -> Iterator[FlaskClient]:
    """An app of one case."""
    app = create_app(Settings(store_dir=tmp_path_factory.mktemp("store")), scenario=default_scenario)
    yield app.server.test_client()
    app.server.extensions["p2pdnr"].close()


@pytest.fixture(scope="module")
def draft(default_scenario: Scenario) -> dict[str, Any]:
    return drafts.opened(default_scenario)


def call(client: FlaskClient, output: str, *inputs: tuple[str, Any]) -> tuple[int, str]:
    """Status and text of a callback's answer."""
    identity, name = output.split(".")
    sent = [{"id": key, "property": "data", "value": value} for key, value in inputs]
    body = {"output": output, "outputs": {"id": identity, "property": name}, "inputs": sent, "state": []}
    answer = client.post("/_dash-update-component", json=body | {"changedPropIds": [f"{inputs[0][0]}.data"]})
    return answer.status_code, answer.get_data(as_text=True)


def test_the_page_is_answered(client: FlaskClient, draft: dict[str, Any]) -> None:
    status, text = call(client, "verdict.data", ("draft", draft), ("told", None))
    assert status == 200 and json.loads(text)["response"]["verdict"]["data"]["problems"] == []


@pytest.mark.parametrize("given", [None, [], "x", 5, {}, {"rows": []}, {"base": {}, "rows": [{}], "settings": {}}])
def test_what_is_no_draft_is_refused(client: FlaskClient, given: Any) -> None:
    status, text = call(client, "verdict.data", ("draft", given), ("told", None))
    assert status == 400 and "not what the page sends" in text


@pytest.mark.parametrize("told", [5, ["x"], [{"component": "x"}], [{"__class__": "x"}]])
def test_what_is_no_problem_is_refused(client: FlaskClient, draft: dict[str, Any], told: Any) -> None:
    assert call(client, "verdict.data", ("draft", draft), ("told", told))[0] == 400


@pytest.mark.parametrize("given", [{"text": 5, "name": "x"}, {"text": "x"}, ["x"], {"name": "../../x"}])
def test_what_is_no_file_is_refused(client: FlaskClient, given: Any) -> None:
    assert call(client, "import-answer.data", ("import-text", given))[0] == 400


@pytest.mark.parametrize("given", [{"at": 1}, {"open": 5}, {"draft": 5}, {"draft": {}}, "x"])
def test_what_asks_for_no_link_is_refused(client: FlaskClient, given: Any) -> None:
    assert call(client, "share-answer.data", ("share-ask", given))[0] == 400


def test_a_broken_draft_is_judged_or_refused(client: FlaskClient, draft: dict[str, Any]) -> None:
    whole, statuses = json.dumps(draft).encode(), set()
    for seed in range(INPUTS):
        try:
            given = json.loads(broken(whole, seed))
        except ValueError:
            continue
        statuses.add(call(client, "verdict.data", ("draft", given), ("told", None))[0])
    assert statuses == {200, 400}


def test_a_draft_of_more_than_can_be_solved_is_refused(
    client: FlaskClient, draft: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    many = draft | {"rows": [draft["rows"][0]] * (drafts.MAX_ROWS + 1)}
    assert call(client, "verdict.data", ("draft", many), ("told", None))[0] == 400


def update(**changes: Any) -> dict[str, Any]:
    """A right request for the import's answer, with some of its fields in another way."""
    asked = {"id": "import-text", "property": "data", "value": None}
    outputs = {"id": "import-answer", "property": "data"}
    right = {"output": "import-answer.data", "outputs": outputs, "inputs": [asked], "changedPropIds": []}
    return right | changes


STRANGE: tuple[Any, ...] = (
    {}, [], None, 5, "x", [{}], {"output": "x.y", "inputs": []},
    update(output="x.y"), update(output=["import-answer.data"]), update(output="heard-draft.data"),
    update(outputs=None), update(outputs=[]), update(outputs={"id": "x", "property": "y"}),
    update(outputs={"id": {"type": "x"}, "property": "data"}),
    update(inputs=None), update(inputs=[]), update(inputs={}), update(inputs=["x"]), update(inputs=[[{}]]),
    update(inputs=[{"id": "draft", "property": "data"}]), update(inputs=[{"id": ["x"], "property": "data"}]),
    update(inputs=2 * update()["inputs"]), update(changedPropIds=5), update(changedPropIds=[{}]),
    update(state=5), update(state=[{"id": "draft", "property": "data"}]),
)  # fmt: skip


def posted(client: FlaskClient, text: str, path: str = "/_dash-update-component") -> Any:
    return client.post(path, data=text, content_type="application/json")


@pytest.mark.parametrize("body", [*map(json.dumps, STRANGE), "", "{", "[" * 100_000, "\x00"])
def test_dash_is_spared_what_is_no_request_of_the_page(
    client: FlaskClient, body: str, caplog: pytest.LogCaptureFixture
) -> None:
    answer = posted(client, body)
    assert answer.status_code == 400
    text = answer.get_data(as_text=True)
    assert "not what the page sends" in text and len(text) < 500
    assert not caplog.records, "nothing of it is worth a traceback in the log"


def test_dash_is_not_spared_what_is_right(client: FlaskClient) -> None:
    assert posted(client, json.dumps(update())).status_code == 200
    assert posted(client, json.dumps(update(parsedChangedPropsIds=["import-text.data"]))).status_code == 200


@pytest.mark.parametrize("name", ["foo/bar.js", "dash/x.js", "dash/../../x"])
def test_files_that_no_library_has_are_not_there(
    client: FlaskClient, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    answer = client.get(f"/_dash-component-suites/{name}")
    assert answer.status_code == 404 and "site-packages" not in answer.get_data(as_text=True)
    assert not caplog.records


def test_a_name_is_text_and_never_markup(default_scenario: Scenario, tmp_path: Path) -> None:
    name = "</script><script>alert(1)</script><img src=x onerror=alert(2)>"
    app = create_app(Settings(store_dir=tmp_path), scenario=default_scenario.model_copy(update={"name": name}))
    try:
        page = app.server.test_client().get("/").get_data(as_text=True)
    finally:
        app.server.extensions["p2pdnr"].close()
    assert "alert(1)" in page, "the name is shown"
    assert "<script>alert(1)" not in page and "<img src=x" not in page
