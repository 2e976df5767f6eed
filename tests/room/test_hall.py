"""A room from the lobby to its end: joining, moving, leading, restarts, growing old."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from p2pdnr.errors import InputError
from p2pdnr.room.store import Store
from tests.room.classroom import KEY, Classroom

START = [5, 6]
BEST = 100.0


def shares(told: list[dict[str, object]]) -> dict[object, object]:
    return {row["name"]: row["share"] for row in told}


def kept(room: Classroom) -> bytes:
    """All that is on disk of rooms."""
    return b"".join(path.read_bytes() for path in room.place.glob("rooms.sqlite*"))


def test_a_round_of_switching_from_lobby_to_board(room: Classroom) -> None:
    code, (ada, bo) = room.started()
    state = room.state(code, ada)[1]
    about = state["round"]["about"]
    assert about["proved"] and about["n_open"] == 2 and about["possible_eur_per_h"] > 0
    assert state["round"]["initial"]["open"] == START and state["round"]["initial"]["share"] == 0.0
    assert room.move(code, ada, "ada-move-1", {"open": START})[1]["outcome"]["share"] == 0.0
    better = [room.move(code, bo, f"bo-move-{k}", {"open": opened})[1] for k, opened in enumerate(([2, 6], [3, 6]))]
    best = max(better, key=lambda told: told["outcome"]["share"])
    assert better[-1]["best"]["outcome"] == best["outcome"] and best["outcome"]["share"] > 0.0
    board = room.state(code)[1]["board"]
    assert [(row["name"], row["moves"]) for row in board] == [("Ada", 1), ("Bo", 2)]
    room.now += 61
    room.hall.tick()
    assert room.state(code)[1]["phase"] == "closed"
    told = room.lead(code, "reveal")[1]["state"]
    assert [row["name"] for row in told["reveal"]["board"]] == ["Bo", "Ada"]
    assert told["reveal"]["optimum"]["share"] == BEST
    assert shares(told["reveal"]["board"]) == {"Bo": best["outcome"]["share"], "Ada": 0.0}
    assert room.state(code, ada)[1]["reveal"]["me"]["rank"] == 2
    assert room.lead(code, "next")[1]["state"]["round"]["number"] == 2
    assert room.lead(code, "end")[1]["state"]["total"][0]["name"] == "Bo"


def test_the_optimum_is_the_least_of_all_topologies(room: Classroom) -> None:
    code, (ada, _) = room.started()
    found = []
    for place, opened in enumerate([[a, b] for a in range(1, 7) for b in range(a + 1, 7)]):
        room.now += 1
        status, told = room.move(code, ada, f"every-{place:02d}", {"open": opened})
        assert status in (200, 422)
        if status == 200:
            found.append(told["outcome"]["eur_per_h"])
    room.lead(code, "close")
    optimum = room.lead(code, "reveal")[1]["state"]["reveal"]["optimum"]
    assert optimum["eur_per_h"] == min(found)
    assert len(found) == room.state(code)[1]["round"]["about"]["topologies"]


def test_a_move_that_is_no_topology_says_why_and_does_not_count(room: Classroom) -> None:
    code, (ada, _) = room.started()
    status, told = room.move(code, ada, "ada-move-1", {"open": [1, 4]})
    assert status == 422
    fields = {problem["message"]: problem["ids"] for problem in told["error"]["problems"]}
    assert fields["these buses are without supply"]
    for wrong in (
        {"open": [5]},
        {"open": [5, True]},
        {"open": "5 6"},
        {"open": [5, 6], "more": 1},
        None,
        {"open": [5, 99]},
    ):
        status, told = room.move(code, ada, "ada-move-2", wrong)
        assert status == 422 and told["error"]["problems"][0]["component"] == "move"
    assert room.state(code, ada)[1]["me"]["moves"] == 0


def test_the_same_move_twice_is_one_move(room: Classroom) -> None:
    code, (ada, _) = room.started()
    first = room.move(code, ada, "ada-move-1", {"open": [2, 6]})[1]
    room.now += 3
    again = room.move(code, ada, "ada-move-1", {"open": [3, 6]})[1]
    assert again == first | {"again": True}
    assert room.state(code, ada)[1]["me"]["moves"] == 1
    room.now += 100
    room.hall.tick()
    assert room.move(code, ada, "ada-move-1", {"open": [2, 6]})[1]["again"], "its answer is had after the deadline, too"
    assert room.move(code, ada, "ada-move-2", {"open": [2, 6]})[0] == 409


def test_nothing_is_lost_when_the_server_is_started_again_in_mid_round(room: Classroom) -> None:
    code, (ada, bo) = room.started()
    room.move(code, ada, "ada-move-1", {"open": [2, 6]})
    room.now += 20
    before, of_lecturer = room.state(code, ada)[1], room.state(code)[1]
    room.begin()
    assert room.state(code, ada)[1] == before
    after = room.state(code)[1]
    offline = [row | {"online": False} for row in of_lecturer["board"][1:]]
    assert after["board"] == [of_lecturer["board"][0], *offline] and after["round"] == of_lecturer["round"]
    assert room.move(code, bo, "bo-move-1", {"open": [3, 6]})[0] == 200
    room.now += 40
    room.hall.tick()
    assert room.state(code, ada)[1]["phase"] == "closed"


def test_a_move_in_time_counts_although_its_referee_was_away(room: Classroom) -> None:
    code, (ada, _) = room.started()
    room.now += 59
    room.sitting.away = True
    status, told = room.move(code, ada, "ada-move-1", {"open": [3, 6]})
    assert status == 200 and told["outcome"] is None
    room.now += 10
    room.hall.tick()
    assert room.state(code)[1]["phase"] == "closed"
    assert room.lead(code, "reveal")[0] == 409
    room.begin()
    room.sitting.away = False
    room.hall.tick()
    assert room.lead(code, "reveal")[1]["state"]["reveal"]["board"][0]["share"] > 0.0


def test_paused_time_does_not_run(room: Classroom) -> None:
    code, (ada, _) = room.started()
    room.now += 50
    assert room.lead(code, "pause")[1]["state"]["round"]["left_ms"] == 10_000
    room.now += 500
    room.hall.tick()
    assert room.move(code, ada, "ada-move-1", {"open": [2, 6]})[0] == 409
    room.lead(code, "extend", seconds=20)
    state = room.lead(code, "resume")[1]["state"]
    assert state["round"]["deadline"] - state["now"] == 30_000
    assert room.move(code, ada, "ada-move-1", {"open": [2, 6]})[0] == 200


@pytest.mark.parametrize("do", ["pause", "resume", "close", "reveal", "replay"])
def test_a_command_that_does_not_fit_the_phase_says_so_with_the_state(room: Classroom, do: str) -> None:
    code = room.opened()
    status, told = room.lead(code, do)
    assert status == 409 and told["error"]["kind"] == "NotNow" and told["state"]["phase"] == "lobby"


def test_what_is_no_command_is_refused(room: Classroom) -> None:
    code, _ = room.started()
    assert room.lead(code, "shout")[0] == 422
    assert room.lead(code, ["start"])[0] == 422  # type: ignore[arg-type]
    assert room.lead(code, "extend", seconds=1e9)[0] == 422
    assert room.lead(code, "remove", player=99)[0] == 422


def test_the_class_best_is_replayed_move_by_move(room: Classroom) -> None:
    code, (ada, bo) = room.started()
    for place, opened in enumerate(([5, 6], [2, 6])):
        room.now += 1
        room.move(code, bo, f"bo-move-{place}", {"open": opened})
    room.lead(code, "close")
    room.lead(code, "reveal")
    assert room.state(code, ada)[1]["reveal"]["replay"] is None
    replay = room.lead(code, "replay")[1]["state"]["reveal"]["replay"]
    assert (replay["name"], [move["move"]["open"] for move in replay["moves"]]) == ("Bo", [[5, 6], [2, 6]])
    assert room.lead(code, "replay")[1]["state"]["reveal"]["replay"] is None


def test_a_player_who_is_removed_is_gone_with_name_and_moves(room: Classroom) -> None:
    code, (ada, bo) = room.started(names=("Zebedee", "Bo"))
    room.move(code, ada, "ada-move-1", {"open": [2, 6]})
    told = room.lead(code, "remove", player=1)[1]["state"]
    assert [row["name"] for row in told["board"]] == ["Bo"] and (told["players"], told["moved"]) == (1, 0)
    status, refused = room.state(code, ada)
    assert status == 403 and refused["error"]["kind"] == "Removed"
    assert b"Zebedee" not in kept(room)
    assert room.joined(code, "Zebedee"), "the name is free again"
    assert room.state(code, bo)[1]["players"] == 2


def test_a_round_that_cannot_be_prepared_says_why(room: Classroom) -> None:
    code = room.opened("broken")
    room.lead(code, "start")
    room.hall.tick()
    state = room.state(code)[1]
    assert state["phase"] == "closed" and "hour" in state["round"]["error"]["problems"][0]["field"]
    assert room.lead(code, "reveal")[1]["state"]["reveal"]["board"] == []


def test_rooms_that_nobody_uses_are_deleted_with_everything(room: Classroom) -> None:
    code, _ = room.started(names=("Zebedee",))
    room.now += 7000
    room.hall.tick()
    room.state(code)
    room.now += 7000
    room.hall.tick()
    assert room.state(code)[0] == 200, "it was looked at in between"
    room.now += 7300
    room.hall.tick()
    assert room.state(code)[0] == 404
    assert b"Zebedee" not in kept(room)


def test_a_room_does_not_grow_older_than_it_may(tmp_path: Path) -> None:
    room = Classroom(tmp_path, age_s=100.0)
    code = room.opened()
    room.now += 90
    room.state(code)
    room.now += 11
    room.hall.tick()
    assert room.ask("GET", "/rooms", secret=KEY)[1] == {"rooms": []}
    room.hall.close()


def test_a_file_that_cannot_be_used_is_told_without_a_traceback(room: Classroom, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("Dear class, this is no database at all.\n" * 50)
    (tmp_path / "folder").mkdir()
    for name in ("letter.txt", "folder", "letter.txt/below"):
        with pytest.raises(InputError, match="--room-file"):
            Store(tmp_path / name)
    code = "import sys; from pathlib import Path; from p2pdnr.room.store import Store; Store(Path(sys.argv[1]))"
    told = subprocess.run([sys.executable, "-c", code, str(room.hall.settings.file)], capture_output=True, text=True)
    assert told.returncode and "locked" in told.stderr, "another server has it open"
