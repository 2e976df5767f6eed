"""Guards and headers: hosts, origins, JSON, content security."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from p2pdnr.server import headers


@pytest.fixture
def client() -> FlaskClient:
    app = Flask("test")
    app.add_url_rule("/", view_func=lambda: "page", methods=["GET", "POST", "DELETE", "PUT"])
    headers.apply(app, ["'sha256-abc'", "sha256-def"], headers.trusted_hosts("grid.example", ["192.168.1.5"]))
    return app.test_client()


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1:8050", "[::1]:8050", "[::1]", "LOCALHOST:80", "grid.example", "192.168.1.5:1"]
)
def test_own_names_are_served(host: str, client: FlaskClient) -> None:
    assert client.get("/", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8050",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "localhost:8050.evil.example",
        "10.0.0.1",
        "",
        "localhost@evil.example",
        "grid.example.",
    ],
)
def test_foreign_names_are_refused(host: str, client: FlaskClient) -> None:
    for path in ("/", "/no-such-page"):
        assert client.get(path, headers={"Host": host}).status_code == 400


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({}, 200),
        ({"Origin": "http://localhost"}, 200),
        ({"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "none"}, 200),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://localhost:9999"}, 403),
        ({"Origin": "http://localhost", "Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
    ],
)
@pytest.mark.parametrize("method", ["post", "delete", "put"])
def test_changes_come_from_the_same_origin(method: str, sent: dict[str, str], status: int, client: FlaskClient) -> None:
    assert getattr(client, method)("/", json={}, headers=sent).status_code == status


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""]
)
def test_changes_are_json(kind: str, client: FlaskClient) -> None:
    assert client.post("/", data="{}", content_type=kind).status_code == 415


def test_reading_needs_no_origin(client: FlaskClient) -> None:
    assert client.get("/", headers={"Origin": "http://evil.example", "Sec-Fetch-Site": "cross-site"}).status_code == 200


@pytest.mark.parametrize("host", ["localhost", "evil.example"])
def test_every_answer_has_the_headers(host: str, client: FlaskClient) -> None:
    sent = client.get("/", headers={"Host": host}).headers
    assert sent["X-Content-Type-Options"] == "nosniff" and sent["X-Frame-Options"] == "DENY"
    assert sent["Referrer-Policy"] == "no-referrer" and sent["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "Access-Control-Allow-Origin" not in sent


def test_the_policy_allows_own_scripts_and_no_eval(client: FlaskClient) -> None:
    rules = dict(rule.split(" ", 1) for rule in client.get("/").headers["Content-Security-Policy"].split("; "))
    assert rules["script-src"] == "'self' 'sha256-abc' 'sha256-def'"
    assert rules["default-src"] == "'self'" and rules["connect-src"] == "'self'"
    assert rules["object-src"] == rules["base-uri"] == rules["frame-ancestors"] == "'none'"
    assert "unsafe-eval" not in str(rules) and "unsafe-inline" not in rules["script-src"]


def test_hosts_of_a_bound_address() -> None:
    assert headers.trusted_hosts("127.0.0.1") == headers.LOOPBACK
    assert headers.trusted_hosts("fe80::1")[-1] == "[fe80::1]"
    everywhere = headers.trusted_hosts("0.0.0.0", ["grid.example"])
    assert set(headers.LOOPBACK) < set(everywhere) and everywhere[-1] == "grid.example"
    assert "0.0.0.0" not in everywhere


def test_a_frame_is_allowed_for_named_sites_alone() -> None:
    app = Flask("test")
    app.add_url_rule("/", view_func=lambda: "page")
    headers.apply(app, (), headers.LOOPBACK, ("https://learn.example",))
    answer = app.test_client().get("/")
    assert "frame-ancestors https://learn.example" in answer.headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in answer.headers


def test_no_frame_is_allowed_otherwise(client: FlaskClient) -> None:
    answer = client.get("/", headers={"Host": "localhost"})
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Frame-Options"] == "DENY"
