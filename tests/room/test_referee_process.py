"""The referee as a process of its own, and the market of a server."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from p2pdnr.room.market import ServerMarket
from p2pdnr.room.referee_process import RefereeProcess, Refused
from p2pdnr.server import Settings, create_server
from tests.room.classroom import data_folder

PATIENCE_S = 120


def test_a_referee_answers_refuses_and_comes_back_after_it_was_killed(tmp_path: Path) -> None:
    referee = RefereeProcess(data_folder(tmp_path))
    try:
        ready = referee.ask("prepare_switch", scenario="small", hour=1).result(PATIENCE_S)
        scale = [ready["initial"]["eur_per_h"], ready["optimum"]["eur_per_h"]]
        opened = ready["optimum"]["open"]
        asked = {"scenario": "small", "hour": 1, "opened": opened, "scale": scale}
        assert referee.ask("judge", **asked).result(PATIENCE_S)["share"] == 100.0
        with pytest.raises(Refused) as refused:
            referee.ask("judge", **asked | {"opened": [1, 4]}).result(PATIENCE_S)
        assert refused.value.told["problems"][0]["field"] == "open"
        assert referee._process is not None
        killed = referee._process
        waiting = referee.ask("prepare_switch", scenario="small", hour=0)
        killed.kill()
        killed.join()
        with pytest.raises(OSError):
            waiting.result(PATIENCE_S)
        referee.ask("judge", **asked)
        assert referee._process is not None and referee._process.pid != killed.pid and referee._process.is_alive()
    finally:
        referee.close()
    with pytest.raises(OSError):
        referee.ask("judge", **asked).result(PATIENCE_S)


def test_a_market_is_a_job_of_the_server(tmp_path: Path) -> None:
    server = create_server(Flask("room"), Settings(runner="tests.server.fake_runner", jobs_per_session=2))
    market = ServerMarket(server)
    try:
        jobs = [market.order("KQ7M", '{"name": "a day"}', "fixed", True) for _ in range(3)]
        assert jobs[:2] != [None, None] and jobs[2] is None, "a third one waits until there is a place"
        found = market.look(str(jobs[0]))
        assert found is not None and not found.ended
        assert market.look("another server's") is None and market.folder("another server's") is None
    finally:
        server.close()
