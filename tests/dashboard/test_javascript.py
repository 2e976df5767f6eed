"""The page's pure JavaScript, run by Node where it is installed: numbers, scales, geometry, trades, progress."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from p2pdnr.network import drawing, readers
from tests.dashboard import synthetic
from tests.dashboard.test_cells import SERIES

ASSETS = Path(__file__).parents[2] / "assets"
FILES = (
    "state.js",
    "scales.js",
    "routes.js",
    "arcs.js",
    "earth.js",
    "powerflow.js",
    "panel.js",
    "story.js",
    "headline.js",
    "live.js",
    "trial.js",
    "landscape.js",
    "bar.js",
    "pairs.js",
    "table.js",
    "preferences.js",
    "series.js",
    "profiles.js",
    "hours.js",
    "runs.js",
    "compare.js",
    "reports.js",
)
HARNESS = """
const vm = require("vm"), fs = require("fs");
const [files, call, args] = JSON.parse(fs.readFileSync(0, "utf8"));
const [window, document] = [{addEventListener() {}}, {addEventListener() {}}];
const context = vm.createContext({ window, document, console, Math, JSON });
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
      'load-low': '#ffffff', 'load-high': '#000000', 'trade-low': '#ffffff', 'trade-high': '#000000'},
      c = p.ramps((name) => tokens[name]);
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


def test_a_day_opens_where_prosumers_feed_in_most_while_lines_switch() -> None:
    day = {"worst_hour": 0, "prosumers": {"day": {"injection_kw": [[9, 5, 7, 6], [9, -8, -1, 3]]}}}
    switched = [[[1], [2], [], [3]], [[1], [], [], []]]
    days = [day | {"series": {"switched": hours}} for hours in switched]
    assert run("a[0].map((day) => p.startHour(day))", days) == [3, 0]


def test_remarks_stand_under_the_checks() -> None:
    """A violation price below the tariff lets every check hold; the page says so there."""
    summary = {"certificates": {"radial": {"state": "holds"}}, "remarks": ["violation_price_eur_per_kwh is 10"]}
    head, text = run("p.checksCaption({ summary: a[0] })", summary)
    assert head == "1 of 1 checks hold. "
    assert text.endswith("Note: violation_price_eur_per_kwh is 10.")


def test_strong_trades_carry_most_of_the_power() -> None:
    assert run("p.strongTrades([50, 30, 10, 5, 5], 6)") == [True, True, False, False, False]
    assert run("p.strongTrades([1, 1, 1, 1], 2)") == [True, True, False, False]
    assert run("p.strongTrades([], 6)") == []


def test_trades_of_one_bus_pair_are_summed_and_a_prosumer_filters() -> None:
    trades = {"seller": [0, 1, 2, 0], "buyer": [2, 2, 0, 1], "power_kw": [5, 4, 3, 9]}
    trades["price_eur_per_kwh"] = [0.25, 0.5, 0.5, 1.0]
    buses = [4, 4, 7]
    assert run("p.busTrades(a[0], a[1], null)", trades, buses) == [
        {"from": 3, "to": 6, "kw": 9, "eur": 3.25},
        {"from": 6, "to": 3, "kw": 3, "eur": 1.5},
    ]
    assert run("p.busTrades(a[0], a[1], 1)", trades, buses) == [{"from": 3, "to": 6, "kw": 4, "eur": 2.0}]


@pytest.mark.parametrize("width", [320, 390, 730, 1100])
def test_the_drawing_fits_its_width(width: int) -> None:
    diagram = synthetic.payload()["diagram"]
    fit = run("(() => { const f = p.fitPlaces(a[0].x, a[0].y, a[1]); return {...f, put: null}; })()", diagram, width)
    assert all(0 < x < width and 0 < y < fit["height"] for x, y in fit["places"])
    assert fit["turned"] == (width < 520)
    if fit["turned"]:
        assert fit["height"] > width


def test_the_drawing_leaves_room_for_lines_that_reach_beyond_all_buses() -> None:
    call = "(() => { const f = p.fitPlaces(...a); return [f.height, f.put(0, 5)]; })()"
    height, (_, low) = run(call, [0, 1, 2], [0, 1, 0], 730, None, [[[0, 0], [0, 5], [1, 1]]])
    assert 0 < low < height


def test_of_many_numbers_those_are_left_out_that_would_touch() -> None:
    places = [[20 * column + 20, 9 * row + 20] for row in range(8) for column in range(8)]
    routes = [[[20, y], [160, y]] for _, y in places[::8]]
    spots = run("p.placeNumbers(a[0], a[1], [], [0, 0, 200, 120])", places, routes)
    few = run("p.placeNumbers(a[0].slice(0, 16), a[1], [], [0, 0, 200, 120])", places, routes)
    assert None in spots
    assert None not in few
    assert (
        run("p.placeNumbers([[20, 20], [60, 20]], [], [], [0, 0, 200, 120], { only: (bus) => bus === 1 })")[0] is None
    )


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
    assert run("p.pathData([[0, 0], [0, 30], [30, 30]])") == "M0.0 0.0L0.0 20.0Q0.0 30.0 10.0 30.0L30.0 30.0"


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
    assert run("p.progressText(a[0], a[1])", events[6], {"objective_eur": 1920.6}).endswith("best so far 1,921 €")


def test_differences_to_the_solve_before_are_told() -> None:
    before = {"losses_kwh": 100.0, "vm_min_pu": 0.95, "vm_max_pu": 1.04, "community_saving_eur": 50.0, "operations": 8}
    before |= {"objective_eur": 10.0, "curtailed_kwh": 0.0}
    after = before | {"losses_kwh": 90.0, "operations": 10}
    call = "p.sinceBefore(a[0], a[1])"
    assert run(call, after, before) == "losses −10.0 kWh, operations +2, by your edit"
    assert run(call, before | {"vm_min_pu": 0.96}, before) == "voltages were 0.950–1.040, by your edit"
    assert run(call, before, before) == "Nothing changed by your edit"
    assert run(call, after, None) is None


@pytest.mark.parametrize(
    ("opened", "hour", "told"),
    [
        ([[1, 2]] * 4, 2, "The initial topology, all day."),
        ([[1, 2], [1, 2], [1, 3], [1, 3]], 1, "The initial topology, from the start of the day."),
        ([[1, 2], [1, 2], [1, 3], [1, 3]], 3, "Since 02:00, line 3 is open instead of 2."),
        ([[3, 4]] * 4, 0, "All day, lines 3 and 4 are open instead of 1 and 2."),
        ([[1, 3], [1, 3], [1, 2], [1, 2]], 0, "From the start of the day, line 3 is open instead of 2."),
        ([[1], [1], [1, 2], [1, 2]], 1, "From the start of the day, line 2 is closed."),
    ],
)
def test_why_these_lines_are_open(opened: list[list[int]], hour: int, told: str) -> None:
    day = {"series": {"open_lines": opened}, "network": {"initially_open": [1, 2]}, "step_h": 1}
    assert run("p.since(a[0], a[1])", day, hour) == told


def day_of(mode: str, opened: list[int], loss: float, used: float, lowest: float = 1.0) -> dict[str, Any]:
    """One hour of a mode, 100 kW of PV to use."""
    return {
        "mode": mode,
        "hours": 1,
        "network": {"vm_min_pu": 0.95, "vm_max_pu": 1.05},
        "series": {
            "open_lines": [opened],
            "loss_kw": [loss],
            "vm_min_pu": [lowest],
            "vm_max_pu": [1.0],
            "max_loading_percent": [None],
        },
        "prosumers": {"day": {"pv_available_kw": [[100.0]], "pv_kw": [[used]]}},
        "summary": {"curtailed_kwh": 100.0 - used, "objective_eur": loss},
    }


def test_another_mode_is_told_apart_at_the_same_hour() -> None:
    shown = day_of("hourly", [1], 10.0, 100.0)
    call = "p.contrast(a[0], a[1], 0)"
    worse = day_of("static", [2], 12.0, 70.0, 0.94)
    assert run(call, shown, worse) == (
        "At this hour the best fixed topology curtails 30.0 kW more PV, loses 2.00 kW more and breaks a limit."
    )
    assert run(call, worse, shown) == (
        "At this hour hourly switching curtails 30.0 kW less PV, loses 2.00 kW less and keeps the limits."
    )
    assert run(call, shown, day_of("fixed", [2], 10.0, 100.0)) == "The initial topology does as well at this hour."
    assert run(call, shown, day_of("fixed", [1], 10.0, 100.0)) == "The initial topology is the same at this hour."
    assert run(call, shown, day_of("fixed", [1], 9.0, 100.0)) == (
        "The initial topology is the same at this hour, and loses 1.00 kW less."
    )


def test_the_days_gain_is_told_both_ways() -> None:
    hourly, fixed = day_of("hourly", [1], 10.0, 95.0), day_of("fixed", [2], 20.0, 55.0)
    assert run("p.gain(a[0], a[1]).text", hourly, fixed) == (
        "40 kWh more PV is used and all costs fall by 50 % against the initial topology"
    )
    assert run("p.gain(a[0], a[1])", fixed, fixed) is None
    assert run("p.gain(a[0], null)", hourly) is None
    assert run("p.beside(a[0], a[1]).mode", hourly, {"hourly": hourly, "fixed": fixed}) == "fixed"


def test_an_arc_keeps_off_a_line_it_would_run_along() -> None:
    call = """(() => { const line = [[100, 100], [300, 100]], spots = p.obstacles([line], []);
      const near = (path) => path.slice(2, -2).filter(([, y]) => Math.abs(y - 100) < 8).length;
      const flat = p.bow([100, 100], [300, 100], 4);
      return [near(flat), near(p.clearBow([100, 100], [300, 100], 4, [0, 0, 400, 200], spots)), spots.length]; })()"""
    before, after, count = run(call)
    assert (before, count) == (13, 22)
    assert after < before


def test_an_arc_stays_inside_the_drawing() -> None:
    path = run("p.clearBow([50, 20], [350, 20], -40, [8, 8, 392, 192], [])")
    assert all(8 <= x <= 392 and 8 <= y <= 192 for x, y in path)


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


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("1\t2\r\n3\t4\r\n", [["1", "2"], ["3", "4"]]),
        ("a", [["a"]]),
        ("1,5\t", [["1,5", ""]]),
        ('"a\tb"\t"say ""x"""\n"two\nlines"', [["a\tb", 'say "x"'], ["two lines"]]),
        ('5" pipe\t7', [['5" pipe', "7"]]),
        ("\n\n", []),
        ("1\n\n2", [["1"], [""], ["2"]]),
    ],
)
def test_a_spreadsheet_is_read_cell_by_cell(text: str, rows: list[list[str]]) -> None:
    assert run("p.readSheet(a[0])", text) == rows


def test_pasted_cells_fill_rows_and_add_new_ones() -> None:
    draft = {"rows": [{"row": "p0", "id": "A", "bus": "2"}, {"row": "p1", "id": "B", "bus": "3"}], "next": 2}
    blank = "(draft, key) => ({row: key, id: 'new', bus: ''})"
    call = f"p.pasted(a[0], [['7'], ['8', 'lost'], ['9']], {{row: 1, column: 1}}, ['id', 'bus'], {blank})"
    answer = run(call, draft)
    rows = [(row["row"], row["id"], row["bus"]) for row in answer["changes"]["rows"]]
    assert rows == [("p0", "A", "2"), ("p1", "B", "7"), ("n2", "new", "8"), ("n3", "new", "9")]
    assert (answer["added"], answer["beyond"], answer["changes"]["next"]) == (2, 1, 4)
    assert draft["rows"][1]["bus"] == "3"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("6", "nearest"),
        ("", "nearest"),
        (" All ", "all"),
        ("none", "none"),
        ("A + B, C + D", "pairs"),
        ("most", "nearest"),
    ],
)
def test_partners_are_of_four_kinds(text: str, kind: str) -> None:
    assert run("p.kindOfPartners(a[0])", text) == kind
    if kind == "pairs":
        assert run("p.writePairs(p.pairsOf(a[0]))", text) == text


def test_pairs_are_found_and_pasted_once() -> None:
    assert run("p.freePair([['B', 'A'], ['A', 'C']], ['A', 'B', 'C'])") == ["B", "C"]
    assert run("p.freePair([['B', 'A']], ['A', 'B'])") is None
    pasted = run("p.pastedPairs([['A', 'B']], [['B', 'A'], ['B', ' C '], ['C', ''], ['C', 'B', 'x'], ['D+E', 'A']])")
    assert pasted == [["A", "B"], ["B", "C"], ["D E", "A"]]


@pytest.mark.parametrize(
    ("text", "hours", "values"),
    [
        ("1 2 3", 3, [1, 2, 3]),
        ("3 x 0.5", 3, [0.5] * 3),
        ("0.5", 2, [0.5] * 2),
        ("1; 2, 3", 3, [1, 2, 3]),
        ("1 2", 3, None),
        *((text, 3, None if values is None or len(values) != 3 else values) for text, values in SERIES),
    ],
)
def test_a_curve_reads_what_the_server_reads(text: str, hours: int, values: list[float] | None) -> None:
    assert run("p.readSeries(a[0], a[1])", text, hours) == values
    if values is not None:
        assert run("p.readSeries(p.writeSeries(a[0]), a[1])", values, hours) == values


@pytest.mark.parametrize("most", [0, 0.085, 0.34, 1, 1.2, 7.3, 640])
def test_a_curve_fits_its_axis(most: float) -> None:
    scale = run("p.curveScale([0, a[0]])", most)
    assert most < scale["top"] <= 10 * max(most, 0.1)
    assert 0 < scale["step"] <= scale["top"] / 20


def test_differences_of_two_drafts_in_words() -> None:
    before = {
        "rows": [{"row": "p0", "id": "A", "pv_kw": "5"}, {"row": "p1", "id": "B", "pv_kw": ""}],
        "settings": {"fee": "1"},
        "profiles": {"home": "1 1"},
        "trading": "on",
    }
    after = {
        "rows": [{"row": "p0", "id": "A", "pv_kw": "7"}, {"row": "n2", "id": "C", "pv_kw": "1"}],
        "settings": {"fee": "2"},
        "profiles": {"home": "1 0"},
        "trading": "off",
    }
    names = {"pv_kw": "PV Peak", "fee": "Trade fee"}
    told = ["A: PV Peak 5 → 7", "C added", "B deleted", "Trade fee 1 → 2", "profile home", "trading off"]
    assert run("p.differences(a[0], a[1], a[2])", before, after, names) == told
    assert run("p.differences(a[0], a[0], a[1])", before, names) == []


def test_topologies_that_differ_are_found_hour_by_hour() -> None:
    first, second = [[1, 2], [1, 2], [3, 4], [5]], [[1, 2], [1, 3], [3, 5], [5]]
    found = run("p.topologyDifferences(a[0], a[1])", first, second)
    assert found == [{"hour": 1, "first": [2], "second": [3]}, {"hour": 2, "first": [4], "second": [5]}]
    again = run("p.spans(p.topologyDifferences(a[0], a[1]))", [[1], [1], [2], [1]], [[3], [3], [3], [1]])
    assert [(item["hour"], item["last"]) for item in again] == [(0, 1), (2, 2)]


@pytest.mark.parametrize("width", [390, 690, 1090])
@pytest.mark.parametrize("name", ["case70da", "case118zh", "case136ma"])
def test_numbers_of_large_feeders_touch_no_line_and_no_bus(name: str, width: int) -> None:
    drawn = drawing.draw(readers.read(name, None))
    top = drawn.places[:, 1].max()
    routes = [[[x, top - y] for x, y in route.sampled().tolist()] for route in drawn.routes]
    call = """(() => { const f = p.fitPlaces(a[0], a[1], a[2], 480, a[3]);
      const routes = a[3].map((route) => route.map(([x, y]) => f.put(x, y)));
      const spots = p.placeNumbers(f.places, routes, [], f.box);
      const box = ([x, y], i) => [-1, 0, 1].map((side) => [x + side * 3.4 * String(i + 1).length, y]);
      const near = (points, path) => Math.min(...points.map((point) => p.toPath(point, path)));
      return spots.map((spot, i) => spot && [Math.min(...routes.map((path) => near(box(spot, i), path))),
        Math.min(...f.places.map((place) => near([place], [box(spot, i)[0], box(spot, i)[2]])))]); })()"""
    shown = [
        found
        for found in run(call, drawn.places[:, 0].tolist(), (top - drawn.places[:, 1]).tolist(), width, routes)
        if found
    ]
    assert len(shown) > 20
    assert min(line for line, _ in shown) > 4.5
    assert min(bus for _, bus in shown) > 7


@pytest.mark.parametrize(
    ("other", "row", "sentence"),
    [
        ([4, 9], "open 5, close 2", "opens line 5 and closes line 2"),
        ([2, 4], "open 3 and 5, close 2 and 10", "opens lines 3 and 5 and closes lines 2 and 10"),
        ([1, 9], "as shown", None),
    ],
)
def test_another_topology_is_told_as_what_to_switch(other: list[int], row: str, sentence: str | None) -> None:
    assert run("p.changeText(a[0], a[1])", other, [1, 9]) == row
    if sentence:
        assert run("p.changeWords(a[0], a[1])", other, [1, 9]) == sentence


def test_topologies_far_apart_are_counted() -> None:
    call = "[p.changeText(a[0], a[1]), p.changeWords(a[0], a[1])]"
    assert run(call, list(range(9)), list(range(10, 19))) == [
        "9 lines open, 9 others close",
        "opens 9 lines and closes 9 others",
    ]


def test_the_days_first_words_say_who_takes_part() -> None:
    day = {"prosumers": {"id": ["a", "b"]}, "p2p": True, "mode": "hourly", "summary": {"operations": 16}}
    assert run("p.cast(a[0])", day) == "2 prosumers trade, the grid switches 16 times"
    alone = {**day, "p2p": False, "mode": "fixed"}
    assert run("p.cast(a[0])", alone) == (
        "2 prosumers deal with the retailer alone, the initial topology holds all day"
    )
