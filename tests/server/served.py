"""A served app as a process of its own, and how to ask it."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.server.asking import body, until

ROOT = Path(__file__).parents[2]


class Served:
    """A served app in its own process group, with its own folder for temporary files."""

    def __init__(self, folder: Path, port: int = 0) -> None:
        self.folder = folder
        environment = {**os.environ, "TMPDIR": str(folder)}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.server.app_for_tests", str(port)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            start_new_session=True,
        )
        assert self.process.stdout is not None
        self.line = self.process.stdout.readline().decode()
        self.port = int(self.line.split("127.0.0.1:")[1].split("/")[0])

    def ask(self, method: str, path: str, content: Any = None, **headers: str) -> tuple[int, Any]:
        """Status and decoded JSON of a request."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=600)
        sent = None if content is None else json.dumps(content)
        connection.request(method, path, sent, {"Content-Type": "application/json", **headers} if sent else headers)
        response = connection.getresponse()
        data = response.read()
        connection.close()
        return response.status, json.loads(data) if data.startswith(b"{") else data

    def solving(self, name: str) -> str:
        """A job that a worker is at."""
        job = self.ask("POST", "/jobs", body(name))[1]["job"]
        until(lambda: self.ask("GET", f"/jobs/{job}")[1]["state"] == "solving")
        return str(job)

    def children(self) -> list[int]:
        """Process ids of workers and whatever else the server started."""
        text = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        tasks = Path(f"/proc/{self.process.pid}/task").glob("*/children")
        return sorted(
            {int(pid) for pid in text.split()} | {int(pid) for task in tasks for pid in task.read_text().split()}
        )
