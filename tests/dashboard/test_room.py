"""Rooms beside the page: only where they are asked for, with the sets of rounds that come along."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from p2pdnr.cli.app import announcement
from p2pdnr.dashboard import create_app, room
from p2pdnr.resources import DATA
from p2pdnr.room.sets import read_sets
from p2pdnr.room.settings import RoomSettings
from p2pdnr.scenario import document
from p2pdnr.server import Settings
from tests.small_scenario import small_document

KEY = "a-key-that-nobody-guesses"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """A browser's view of an app with rooms."""
    rooms = RoomSettings(KEY, tmp_path_factory.mktemp("room") / "rooms.sqlite", DATA)
    app = create_app(Settings(), document.from_dict(small_document()), host="192.0.2.7")
    room.register(app.server, rooms, "192.0.2.7")
    yield app.server.test_client()
    app.server.extensions["p2pdnr"].close()


def test_without_being_asked_for_there_are_no_rooms() -> None:
    app = create_app(Settings(), document.from_dict(small_document()))
    assert not [rule for rule in app.server.url_map.iter_rules() if rule.endpoint.startswith("p2pdnr_room")]
    app.server.extensions["p2pdnr"].close()


def test_a_lecturer_opens_a_room_and_phones_are_told_where_it_is(client: FlaskClient) -> None:
    shown = {"Authorization": f"Bearer {KEY}"}
    assert client.post("/rooms", json={"set": "first-lesson"}).status_code == 403
    answer = client.post("/rooms", json={"set": "first-lesson"}, headers=shown)
    told = answer.get_json()
    assert answer.status_code == 201 and told["url"] == f"http://192.0.2.7:80/room/{told['code']}"
    picture = client.get(f"/rooms/{told['code']}/join.svg")
    assert picture.mimetype == "image/svg+xml" and b"<path" in picture.data


def test_sets_of_rounds_say_all_in_both_languages_and_name_what_is_there() -> None:
    sets = read_sets(DATA)
    assert len(sets) == 3
    for item in sets.values():
        assert 5 <= len(item.rounds) <= 6 and item.minutes == 45
        assert sum(plan.seconds for plan in item.rounds) < 0.5 * 60 * item.minutes, "half of it is talk"
        for words in (
            item.title,
            item.description,
            *(text for plan in item.rounds for text in (plan.title, plan.teaches, plan.task)),
        ):
            assert words["en"] and words["de"] and words["en"] != words["de"]
        for plan in item.rounds:
            assert (DATA / "scenarios" / f"{plan.scenario}.json").is_file()


def test_the_lecturers_link_is_printed_behind_the_address(capsys: pytest.CaptureFixture[str]) -> None:
    ready = announcement(with_browser=False, room_key=KEY)
    ready("p2pdnr is at http://127.0.0.1:8050/")
    ready("On the local network it is at http://192.0.2.7:8050/.")
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == f"Rooms are led at http://127.0.0.1:8050/room#key={KEY}" and len(lines) == 3
