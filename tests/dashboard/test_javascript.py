"""The page's pure JavaScript, run by Node where it is installed: numbers, scales, geometry, trades, progress."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.dashboard import synthetic

ASSETS = Path(__file__).parents[2] / "assets"
FILES = ("state.js", "scales.js", "routes.js", "arcs.js", "panel.js", "headline.js", "live.js", "bar.js")
HARNESS = """
const vm = require("vm"), fs = require("fs");
const [files, call, args] = JSON.parse(fs.readFileSync(0, "utf8"));
const context = vm.createContext({ window: {}, document: {}, console, Math, JSON });
files.forEach((file) => vm.runInContext(fs.readFileSync(file, "utf8"), context));
context.args = args;
process.stdout.write(JSON.stringify(vm.runInContext(`((p, a) => ${call})(window.p2pdnr, args)`, context)) || "null");
"""

pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="Node is not installed")


def run(call: str, *args: Any) -> Any:
    """The value of a JavaScript expression of ``p`` (window.p2pdnr) and ``a`` (the arguments)."""
    sent = json.dumps([[str(ASSETS / name) for name in FILES], call, args])
    done = subprocess.run(["node", "-e", HARNESS], input=sent, capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    ("call", "text"),
    [
        ("p.format.number(-1234.56, 1)", "−1,234.6"),
        ("p.format.number(-0.001, 2)", "0.00"),
        ("p.format.number(null, 1)", "–"),
        ("p.format.signed(2, 0)", "+2"),
        ("p.format.share(-0.494)", "−49 %"),
        ("p.format.share(0.012)", "+1.2 %"),
        ("p.format.kw(3.456)", "3.46 kW"),
        ("p.format.cents(0.1234)", "12.34 ct/kWh"),
        ("p.format.clock(9, 1)", "09:00"),
        ("p.format.clock(5, 0.5)", "02:30"),
        ("p.format.clock(25, 1)", "day 2, 01:00"),
    ],
)
def test_numbers_as_people_read_them(call: str, text: str) -> None:
    assert run(call) == text


def test_scales_hold_for_the_whole_day() -> None:
    day = synthetic.payload()
    call = """(() => {
      const s = p.scales(a[0]), tokens = {low: '#0000ff', mid: '#ffffff', high: '#ff0000', over: 'over',
      'load-low': '#ffffff', 'load-high': '#000000'}, c = p.ramps((name) => tokens[name]);
      return [s.voltage(1, c), s.voltage(1 - s.span, c), s.voltage(1 + s.span, c),
        s.load(100.2, 1, c), s.load(100, 1, c),
        s.load(0, 1, c), s.load(null, s.flow, c), s.width(0), s.width(s.flow), s.width(-s.flow), s.flow]; })()"""
    answer = run(call, day)
    assert answer[:3] == ["rgb(255,255,255)", "rgb(0,0,255)", "rgb(255,0,0)"]
    assert answer[3:7] == ["over", "rgb(0,0,0)", "rgb(255,255,255)", "rgb(0,0,0)"]
    assert answer[7] < answer[8] == answer[9]
    assert answer[10] == max(abs(kw) for row in day["lines"]["p_kw"] for kw in row)


def test_equal_topologies_in_a_row_are_one_run() -> None:
    runs = run("p.topologyRuns([[1, 2], [1, 2], [3], [1, 2]])")
    assert [(item["start"], item["end"], item["parity"]) for item in runs] == [(0, 1, 0), (2, 2, 1), (3, 3, 0)]


def test_strong_trades_carry_most_of_the_power() -> None:
    assert run("p.strongTrades([50, 30, 10, 5, 5], 6)") == [True, True, False, False, False]
    assert run("p.strongTrades([1, 1, 1, 1], 2)") == [True, True, False, False]
    assert run("p.strongTrades([], 6)") == []


def test_trades_of_one_bus_pair_are_summed_and_a_prosumer_filters() -> None:
    trades = {"seller": [0, 1, 2, 0], "buyer": [2, 2, 0, 1], "power_kw": [5, 4, 3, 9]}
    buses = [4, 4, 7]
    assert run("p.busTrades(a[0], a[1], null)", trades, buses) == [
        {"from": 3, "to": 6, "kw": 9},
        {"from": 6, "to": 3, "kw": 3},
    ]
    assert run("p.busTrades(a[0], a[1], 1)", trades, buses) == [{"from": 3, "to": 6, "kw": 4}]


@pytest.mark.parametrize("width", [320, 390, 730, 1100])
def test_the_drawing_fits_its_width(width: int) -> None:
    diagram = synthetic.payload()["diagram"]
    fit = run("(() => { const f = p.fitPlaces(a[0].x, a[0].y, a[1]); return {...f, put: null}; })()", diagram, width)
    assert all(0 < x < width and 0 < y < fit["height"] for x, y in fit["places"])
    assert fit["turned"] == (width < 520)
    if fit["turned"]:
        assert fit["height"] > width


@pytest.mark.parametrize("width", [390, 730, 1100])
def test_numbers_touch_no_other_bus_or_number(width: int) -> None:
    diagram = synthetic.payload()["diagram"]
    call = """(() => { const f = p.fitPlaces(a[0].x, a[0].y, a[1]);
      const routes = a[0].routes.map((route) => route.map(([x, y]) => f.put(x, y)));
      const spots = p.placeNumbers(f.places, routes, [], f.box);
      return {spots, places: f.places, lines: spots.map((s) => Math.min(...routes.map((r) => p.toPath(s, r))))}; })()"""
    found = run(call, diagram, width)
    for number, (x, y) in enumerate(found["spots"]):
        assert all(abs(x - bx) > 8 or abs(y - by) > 8 for bx, by in found["places"])
        others = [spot for index, spot in enumerate(found["spots"]) if index != number]
        assert all(abs(x - ox) >= 13 or abs(y - oy) >= 11 for ox, oy in others)
    assert sum(distance < 6 for distance in found["lines"]) <= 2


def test_half_way_along_a_path() -> None:
    middle = run("p.along([[0, 0], [0, 10], [30, 10]], 0.5)")
    assert (middle["x"], middle["y"], middle["angle"]) == (10, 10, 0)


def test_path_data_rounds_corners() -> None:
    assert run("p.pathData([[0, 0], [0, 20], [20, 20]], 5)") == "M0.0 0.0L0.0 15.0Q0.0 20.0 5.0 20.0L20.0 20.0"


def test_a_panel_never_covers_its_element() -> None:
    places = [[x, y] for x in range(20, 700, 40) for y in (60, 160, 260)]
    for place in places:
        x, y = run("p.panelSpot([236, 190], [700, 360], a[0], a[1])", place, places)
        assert 0 <= x <= 700 - 236 and 0 <= y <= 360 - 190
        assert not (x < place[0] < x + 236 and y < place[1] < y + 190)


def test_progress_only_grows_with_the_stage_and_the_residual() -> None:
    events = [
        {"stage": "reading"},
        {"stage": "search"},
        {"stage": "binary", "primal_kw": 50.0, "free_binaries": 400, "iteration": 3},
        {"stage": "binary", "primal_kw": 5.0},
        {"stage": "convex", "primal_kw": 1.0},
        {"stage": "convex", "primal_kw": 0.05},
        {"stage": "polish"},
        {"stage": "verification"},
    ]
    shares = run("a[0].map(p.progressShare)", events)
    assert shares == sorted(shares)
    assert 0 <= shares[0] and shares[-1] < 1
    assert (
        run("p.progressText(a[0])", events[2])
        == "choosing topologies · iteration 3 · residual 50.0 kW · 400 switches undecided"
    )


def test_differences_to_the_solve_before_are_told() -> None:
    before = {"losses_kwh": 100.0, "vm_min_pu": 0.95, "vm_max_pu": 1.04, "community_saving_eur": 50.0, "operations": 8}
    after = before | {"losses_kwh": 90.0, "operations": 10}
    assert run("p.sinceBefore(a[0], a[1])", after, before) == ["−10.0 kWh by your edit", None, None, "+2 by your edit"]
    assert run("p.sinceBefore(a[0], null)", after) == [None, None, None, None]


def test_decades_hold_all_residuals() -> None:
    assert run("p.decades([80, 5, 0.02])") == [-2, 2]
    assert run("p.decades([])") == [-3, 0]
    assert run("p.decades([null, 0, 50])") == [-1, 2]


def test_the_store_tells_only_who_listens() -> None:
    call = """(() => { const heard = [], s = p.createStore({x: 1, y: 1});
      s.on('x', (now, old) => heard.push([now.x, old.x])); s.set({y: 2}); s.set({x: 1});
      s.set({x: 3}); return heard; })()"""
    assert run(call) == [[3, 1]]


def test_no_script_is_long() -> None:
    lengths = {path.name: len(path.read_text().splitlines()) for path in ASSETS.glob("*.js")}
    assert max(lengths.values()) <= 300, lengths
