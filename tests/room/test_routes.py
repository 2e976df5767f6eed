"""What rooms do not do: for strangers, for the curious, for bodies that are none, for too much of anything."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from p2pdnr.room import views
from tests.room.classroom import KEY, Classroom

LECTURERS = [
    ("GET", "/rooms/sets", None),
    ("GET", "/rooms", None),
    ("POST", "/rooms", {"set": "lines"}),
    ("POST", "/rooms/CODE/command", {"do": "start"}),
    ("GET", "/rooms/CODE/results.csv", None),
]


@pytest.mark.parametrize(("method", "path", "body"), LECTURERS)
def test_only_the_key_opens_what_is_the_lecturers(room: Classroom, method: str, path: str, body: Any) -> None:
    code, (ada, _) = room.started()
    path = path.replace("CODE", code)
    for secret in ("", "wrong", KEY[:-1], KEY + "x", ada, "ä"):
        status, told = room.ask(method, path, body, secret)
        assert status == 403 and told["error"]["kind"] == "NotAllowed", secret
    assert room.state(code)[1]["phase"] == "running"


@pytest.mark.parametrize("path", ["state", "rounds/1/grid.json"])
def test_a_room_shows_itself_to_its_members_alone(room: Classroom, path: str) -> None:
    code, (ada, _) = room.started()
    other, (eve, _) = room.started()
    for secret in ("", "wrong", eve):
        assert room.ask("GET", f"/rooms/{code}/{path}", secret=secret)[0] == 403
    assert room.ask("GET", f"/rooms/{code}/{path}", secret=ada)[0] == 200
    assert room.move(code, eve, "eve-move-1", {"open": [3, 6]})[0] == 403
    assert room.ask("GET", f"/rooms/ZZZZ/{path}", secret=KEY)[0] == 404
    assert room.state(other, eve)[1]["code"] == other


@pytest.mark.parametrize("phase", ["running", "paused", "closed"])
def test_nobody_learns_others_moves_or_scores_before_the_reveal(room: Classroom, phase: str) -> None:
    code, tokens = room.started(names=("Ada", "Bo", "Cy", "Di"))
    told = room.move(code, tokens[0], "ada-move-1", {"open": [3, 6]})[1]["outcome"]
    for name, token in zip(("bo", "cy"), tokens[1:3], strict=True):
        room.move(code, token, f"{name}-move-1", {"open": [2, 6]})
    if phase != "running":
        room.lead(code, {"paused": "pause", "closed": "close"}[phase])
    seen = room.state(code, tokens[3])[1]
    assert (seen["players"], seen["moved"], seen["reveal"], seen["total"]) == (4, 3, None, None)
    addresses = [f"/rooms/{code}/state", f"/rooms/{code}/rounds/1/grid.json", f"/rooms/{code}/join.svg"]
    texts = [room.client.get(path, headers={"Authorization": f"Bearer {tokens[3]}"}).text for path in addresses]
    for text in texts:
        for secret in ("Ada", "ada-move-1", str(told["loss_kw"]), str(told["eur_per_h"]), "optimum", "board"):
            assert secret not in text
    lecturer = json.dumps(room.state(code)[1])
    assert str(told["eur_per_h"]) not in lecturer and "ada-move-1" not in lecturer and "optimum" not in lecturer
    assert room.ask("GET", f"/rooms/{code}/rounds/2/grid.json", secret=tokens[3])[0] == 404, "nor the next round"


def test_shares_are_shown_without_names_once_several_have_moved(room: Classroom) -> None:
    code, tokens = room.started(names=("Ada", "Bo", "Cy"))
    for place, token in enumerate(tokens):
        assert room.state(code)[1]["live"] is None
        room.move(code, token, f"move-of-{place}", {"open": [3, 6]})
    live = room.state(code)[1]["live"]
    assert len(live["shares"]) == 3 and live["best_share"] == max(live["shares"])


def test_what_does_not_change_is_not_sent_again(room: Classroom) -> None:
    code, (ada, bo) = room.started()
    for secret in (KEY, ada):
        version = room.state(code, secret)[1]["version"]
        answer = room.client.get(f"/rooms/{code}/state?after={version}", headers={"Authorization": f"Bearer {secret}"})
        assert answer.status_code == 204 and int(answer.headers["X-Room-Now"]) == 1000 * room.now
    version = room.state(code, ada)[1]["version"]
    room.move(code, bo, "bo-move-1", {"open": [3, 6]})
    assert room.state(code, ada, version)[1]["moved"] == 1


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        "x" * 21,
        "<b>",
        "a\u202eb",
        "a\nb\u0000",
        "=1+1",
        "\u0301a",
        "a\u0301\u0301\u0301\u0301",
        "__",
        7,
        None,
        ["a"],
        "😀",
    ],
)
def test_a_nickname_is_plain_text(room: Classroom, name: Any) -> None:
    code = room.opened()
    status, told = room.ask("POST", f"/rooms/{code}/players", {"name": name})
    assert status == 422 and told["error"]["problems"][0]["field"] == "name"


def test_names_that_read_alike_are_one(room: Classroom) -> None:
    code = room.opened()
    for name in ("Ada", "Jürgen Ö.", "李", "O'Neil"):
        room.joined(code, name)
    for name in ("ADA", " ada ", "Ａｄａ"):
        assert room.ask("POST", f"/rooms/{code}/players", {"name": name})[0] == 422


def test_there_is_an_end_to_everything(tmp_path: Path) -> None:
    bounds = {"rooms": 2, "players": 2, "moves_per_round": 10, "join_burst": 3, "joins_per_s": 1.0}
    room = Classroom(tmp_path, **bounds)
    code, (ada, _) = room.started()
    room.now += 10
    assert room.ask("POST", f"/rooms/{code}/players", {"name": "Cy"})[0] == 429
    room.opened()
    assert room.ask("POST", "/rooms", {"set": "lines"}, KEY)[1]["error"]["kind"] == "Full"
    found = [room.move(code, ada, f"ada-move-{k}", {"open": [3, 6]}) for k in range(9)]
    assert [status for status, _ in found] == 8 * [200] + [429] and found[-1][1]["error"]["kind"] == "TooFast"
    room.now += 5
    for k in range(10, 14):
        found.append(room.move(code, ada, f"ada-move-{k}", {"open": [3, 6]}))
    assert found[-1][1]["error"]["kind"] == "Full"
    for _ in range(3):
        assert room.ask("POST", f"/rooms/{code}/players", {"name": "<"})[0] in (422, 429)
    assert room.ask("POST", f"/rooms/{code}/players", {"name": "<"})[1]["error"]["kind"] == "TooFast"
    room.hall.close()


POSTS = ["/rooms", "/rooms/CODE/players", "/rooms/CODE/moves", "/rooms/CODE/command"]


@pytest.mark.parametrize("path", POSTS)
def test_what_changes_something_is_json_from_the_same_origin(room: Classroom, path: str) -> None:
    code, (ada, _) = room.started()
    shown = {"Authorization": f"Bearer {ada if 'moves' in path else KEY}"}
    path, client = path.replace("CODE", code), room.client
    assert client.post(path, data="{}", headers=shown, content_type="text/plain").status_code == 415
    foreign = {"Origin": "http://evil.example", "Sec-Fetch-Site": "cross-site"}
    assert client.post(path, json={}, headers=shown | foreign).status_code == 403
    assert client.post(path, json={}, headers=shown, base_url="http://evil.example").status_code == 400
    for body in ("", "[]", "{", '{"set": NaN}', "[" * 3000):
        answer = client.post(path, data=body, headers=shown, content_type="application/json")
        assert answer.status_code == 422 and answer.get_json()["error"]["problems"]
    long = client.post(path, data='{"name": "' + "x" * 5000 + '"}', headers=shown, content_type="application/json")
    assert long.status_code == 413
    assert room.state(code)[1]["players"] == 2 and room.state(code)[1]["moved"] == 0


def test_scores_are_harmless_in_a_spreadsheet(room: Classroom) -> None:
    code, (ada, _) = room.started(names=("-Ada", "Bo"))
    room.move(code, ada, "ada-move-1", {"open": [3, 6]})
    room.lead(code, "close")
    answer = room.client.get(f"/rooms/{code}/results.csv", headers={"Authorization": f"Bearer {KEY}"})
    assert len(answer.text.splitlines()) == 1, "nothing before the reveal"
    room.lead(code, "reveal")
    answer = room.client.get(f"/rooms/{code}/results.csv", headers={"Authorization": f"Bearer {KEY}"})
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["player"] for row in rows] == ["'-Ada", "Bo"] and rows[0]["rank"] == "1" and rows[1]["rank"] == ""
    assert "attachment" in answer.headers["Content-Disposition"]


def test_the_join_address_is_drawn_for_phones(room: Classroom) -> None:
    code = room.opened()
    assert room.client.get(f"/rooms/{code}/join.svg").text == f"http://class.example/room/{code}"
    assert room.client.get("/rooms/ZZZZ/join.svg").status_code == 404


def test_what_all_see_is_made_once_per_phase(room: Classroom, monkeypatch: pytest.MonkeyPatch) -> None:
    code, tokens = room.started()
    made: list[str] = []
    original = views.Views._made
    monkeypatch.setattr(views.Views, "_made", lambda self, item: (made.append(item.phase), original(self, item))[1])
    room.lead(code, "close")
    room.lead(code, "reveal")
    for token in tokens:
        room.state(code, token)
    assert made == ["closed", "revealed"]
