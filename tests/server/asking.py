"""The smallest scenario, and how a browser session asks for its solve."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from flask.testing import FlaskClient

FAKE = "tests.server.fake_runner"


def scenario(name: str) -> dict[str, Any]:
    """The smallest scenario document; the fake runner obeys its name."""
    return {
        "name": name,
        "network": {"source": "case33bw"},
        "profiles": {"load": [1.0, 1.0], "pv": [0.0, 1.0]},
        "tariff": {"buy_eur_per_kwh": [0.3, 0.3], "sell_eur_per_kwh": [0.05, 0.05]},
        "prosumers": [{"id": "P1", "bus": 6, "load_kw": 10}, {"id": "P2", "bus": 7, "load_kw": 5, "pv_kw": 20}],
    }


def body(name: str, **fields: Any) -> dict[str, Any]:
    """What the page posts, and that it is solved whatever was solved before."""
    return {"scenario": scenario(name), "references": False, "anew": True, **fields}


def until(condition: Callable[[], Any], seconds: float = 1200.0) -> Any:
    """The condition's value once it is true; fails when it stays false."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.01)
    return value


class Browser:
    """A browser session of a test: posts, waits, cancels."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def solve(self, name: str, **fields: Any) -> str:
        """Submit; the job's id."""
        response = self.client.post("/jobs", json=body(name, **fields))
        assert response.status_code == 202, response.text
        return str(response.json["job"])

    def state(self, job: str) -> dict[str, Any]:
        """What polling says."""
        return dict(self.client.get(f"/jobs/{job}").json)

    def ended(self, job: str) -> dict[str, Any]:
        """The state once the job has ended."""
        return until(lambda: (state := self.state(job))["ended"] and state)

    def reached(self, job: str, *states: str) -> dict[str, Any]:
        """The state once it is one of these."""
        return until(lambda: (state := self.state(job))["state"] in states and state)

    def events(self, job: str, after: int = 0) -> list[tuple[int, str, dict[str, Any]]]:
        """All events of the stream, which must come to its end."""
        text = self.client.get(f"/jobs/{job}/events", headers={"Last-Event-ID": str(after)}).text
        blocks = [
            dict(line.split(": ", 1) for line in block.split("\n")) for block in text.split("\n\n") if "data: " in block
        ]
        return [(int(block["id"]), block["event"], json.loads(block["data"])) for block in blocks]
