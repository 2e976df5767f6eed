// Geometry of the drawing: scales, places, numbers, arcs, the panel. Pure functions on a made-up day.
import assert from "node:assert/strict";
import { test } from "node:test";

import { busTrades, clearBow, obstacles } from "../../assets/diagram/arcs.js";
import { panelSpot, prosumerRows } from "../../assets/diagram/panel.js";
import { along, bow, fitPlaces, pathData, placeNumbers, toPath } from "../../assets/diagram/routes.js";
import { nameAt, placeNames } from "../../assets/diagram/prosumer_names.js";
import { scales, strongTrades, topologyRuns } from "../../assets/diagram/scales.js";
import { ramps } from "../../assets/page/colours.js";
import { vectors } from "./vectors.js";

const day = vectors("day");
const FEEDERS = vectors("feeders");
const placed = (fit, routes) => routes.map((route) => route.map(([x, y]) => fit.put(x, y)));

test("scales hold for the whole day", () => {
  const tokens = { low: "#0000ff", mid: "#ffffff", high: "#ff0000", over: "over" };
  const ends = { "load-low": "#ffffff", "load-high": "#000000", "trade-low": "#ffffff", "trade-high": "#000000" };
  const [scale, colours] = [scales(day), ramps((name) => ({ ...tokens, ...ends })[name])];
  assert.equal(scale.voltage(1, colours), "rgb(255,255,255)");
  assert.equal(scale.voltage(1 - scale.span, colours), "rgb(0,0,255)");
  assert.equal(scale.voltage(1 + scale.span, colours), "rgb(255,0,0)");
  assert.equal(scale.load(100.2, 1, colours), "over");
  assert.equal(scale.load(100, 1, colours), "rgb(0,0,0)");
  assert.equal(scale.load(0, 1, colours), "rgb(255,255,255)");
  assert.equal(scale.load(null, scale.flow, colours), "rgb(0,0,0)");
  assert.ok(scale.width(0) < scale.width(scale.flow));
  assert.equal(scale.width(scale.flow), scale.width(-scale.flow));
  assert.equal(scale.flow, Math.max(...day.lines.p_kw.flat().map(Math.abs)));
});

test("arcs are as wide as what is traded between buses, of however many prosumers there", () => {
  const hour = { seller: [0, 1, 0], buyer: [2, 3, 1], power_kw: [5, 5, 50], price_eur_per_kwh: [0.1, 0.1, 0.1] };
  const crowded = { ...day, trades: [hour], prosumers: { ...day.prosumers, bus: [2, 2, 3, 3] } };
  assert.equal(scales(crowded).trade, 10);
  assert.equal(scales(crowded).arcWidth(10), 4.5);
});

test("equal topologies in a row are one run", () => {
  const runs = topologyRuns([[1, 2], [1, 2], [3], [1, 2]]).map(({ start, end, parity }) => [start, end, parity]);
  assert.deepEqual(runs, [
    [0, 1, 0],
    [2, 2, 1],
    [3, 3, 0],
  ]);
});

test("strong trades carry most of the power", () => {
  assert.deepEqual(strongTrades([50, 30, 10, 5, 5], 6), [true, true, false, false, false]);
  assert.deepEqual(strongTrades([1, 1, 1, 1], 2), [true, true, false, false]);
  assert.deepEqual(strongTrades([], 6), []);
});

test("trades of one bus pair are summed, and a prosumer filters", () => {
  const trades = { seller: [0, 1, 2, 0], buyer: [2, 2, 0, 1], power_kw: [5, 4, 3, 9] };
  const all = { ...trades, price_eur_per_kwh: [0.25, 0.5, 0.5, 1] };
  assert.deepEqual(busTrades(all, [4, 4, 7], null), [
    { from: 3, to: 6, kw: 9, eur: 3.25 },
    { from: 6, to: 3, kw: 3, eur: 1.5 },
  ]);
  assert.deepEqual(busTrades(all, [4, 4, 7], 1), [{ from: 3, to: 6, kw: 4, eur: 2 }]);
});

for (const width of [320, 390, 730, 1100]) {
  test(`the drawing fits ${width} px`, () => {
    const fit = fitPlaces(day.diagram.x, day.diagram.y, width);
    assert.ok(fit.places.every(([x, y]) => x > 0 && x < width && y > 0 && y < fit.height));
    assert.equal(fit.turned, width < 520);
    if (fit.turned) assert.ok(fit.height > width);
  });
}

test("the drawing leaves room for lines that reach beyond all buses", () => {
  const beyond = [
    [
      [0, 0],
      [0, 5],
      [1, 1],
    ],
  ];
  const fit = fitPlaces([0, 1, 2], [0, 1, 0], 730, { routes: beyond });
  const [, low] = fit.put(0, 5);
  assert.ok(low > 0 && low < fit.height);
});

test("of many numbers those are left out that would touch", () => {
  const places = Array.from({ length: 64 }, (_, i) => [20 * (i % 8) + 20, 9 * Math.floor(i / 8) + 20]);
  const routes = Array.from({ length: 8 }, (_, row) => [
    [20, 9 * row + 20],
    [160, 9 * row + 20],
  ]);
  assert.ok(placeNumbers(places, routes, [], [0, 0, 200, 120]).includes(null));
  assert.ok(!placeNumbers(places.slice(0, 16), routes, [], [0, 0, 200, 120]).includes(null));
  const two = [
    [20, 20],
    [60, 20],
  ];
  const [first, second] = placeNumbers(two, [], [], [0, 0, 200, 120], { only: (bus) => bus === 1 });
  assert.equal(first, null);
  assert.notEqual(second, null);
});

for (const width of [390, 730, 1100]) {
  test(`numbers touch no other bus or number at ${width} px`, () => {
    const fit = fitPlaces(day.diagram.x, day.diagram.y, width);
    const routes = placed(fit, day.diagram.routes);
    const spots = placeNumbers(fit.places, routes, [], fit.box);
    spots.forEach(([x, y], number) => {
      assert.ok(fit.places.every(([bx, by]) => Math.abs(x - bx) > 8 || Math.abs(y - by) > 8));
      const others = spots.filter((_, index) => index !== number);
      assert.ok(others.every(([ox, oy]) => Math.abs(x - ox) >= 13 || Math.abs(y - oy) >= 11));
    });
    const lines = spots.map((spot) => Math.min(...routes.map((route) => toPath(spot, route))));
    assert.ok(lines.filter((distance) => distance < 6).length <= 2);
  });
}

for (const name of Object.keys(FEEDERS)) {
  for (const width of [390, 690, 1090]) {
    test(`numbers of ${name} touch no line and no bus at ${width} px`, () => {
      const { x, y, routes } = FEEDERS[name];
      const fit = fitPlaces(x, y, width, { most: 480, routes });
      const drawn = placed(fit, routes);
      const box = ([left, top], i) => [-1, 0, 1].map((side) => [left + side * 3.4 * String(i + 1).length, top]);
      const near = (points, path) => Math.min(...points.map((point) => toPath(point, path)));
      const found = placeNumbers(fit.places, drawn, [], fit.box)
        .map((spot, i) => spot && box(spot, i))
        .filter(Boolean);
      assert.ok(found.length > 20);
      found.forEach((ends) => {
        assert.ok(Math.min(...drawn.map((path) => near(ends, path))) > 4.5);
        assert.ok(Math.min(...fit.places.map((place) => near([place], [ends[0], ends[2]]))) > 7);
      });
    });
  }
}

test("half-way along a path", () => {
  const path = [
    [0, 0],
    [0, 10],
    [30, 10],
  ];
  assert.deepEqual(along(path, 0.5), { x: 10, y: 10, angle: 0 });
});

test("path data rounds corners", () => {
  const path = [
    [0, 0],
    [0, 30],
    [30, 30],
  ];
  assert.equal(pathData(path), "M0.0 0.0L0.0 20.0Q0.0 30.0 10.0 30.0L30.0 30.0");
});

test("a panel never covers its element", () => {
  const places = Array.from({ length: 17 }, (_, i) => 20 + 40 * i).flatMap((x) => [60, 160, 260].map((y) => [x, y]));
  places.forEach((place) => {
    const [x, y] = panelSpot([236, 190], [700, 360], place, places);
    assert.ok(x >= 0 && x <= 700 - 236 && y >= 0 && y <= 360 - 190);
    assert.ok(!(x < place[0] && place[0] < x + 236 && y < place[1] && place[1] < y + 190));
  });
});

test("an arc keeps off a line it would run along", () => {
  const line = [
    [100, 100],
    [300, 100],
  ];
  const spots = obstacles([line], []);
  const near = (path) => path.slice(2, -2).filter(([, y]) => Math.abs(y - 100) < 8).length;
  assert.equal(near(bow([100, 100], [300, 100], 4)), 13);
  assert.equal(spots.length, 22);
  assert.ok(near(clearBow([100, 100], [300, 100], 4, [0, 0, 400, 200], spots)) < 13);
});

test("an arc stays inside the drawing", () => {
  const path = clearBow([50, 20], [350, 20], -40, [8, 8, 392, 192], []);
  assert.ok(path.every(([x, y]) => x >= 8 && x <= 392 && y >= 8 && y <= 192));
});

test("the panel says what an inverter gives or takes, where results have it", () => {
  const day = Object.fromEntries(
    "load_kw flexible_kw unserved_kw pv_available_kw pv_kw charge_kw discharge_kw energy_kwh net_trade_kw"
      .concat(" import_kw export_kw")
      .split(" ")
      .map((name) => [name, [[0, 0]]]),
  );
  const names = (values) =>
    prosumerRows({ prosumers: { day: { ...day, ...values } } }, 0, 1)
      .filter(Boolean)
      .map(([name, text]) => `${name}: ${text}`.replaceAll("\u00a0", " "));
  assert.ok(!names({}).some((text) => text.startsWith("Inverter")));
  assert.ok(names({ reactive_kvar: [[0, 12.34]] }).includes("Inverter: gives 12.3 kvar"));
  assert.ok(names({ reactive_kvar: [[0, -5]] }).includes("Inverter: takes 5.0 kvar"));
});

test("names stand where nothing else does, and a bus with several says so", () => {
  const places = [
    [100, 100],
    [130, 100],
    [400, 100],
    [400, 128],
  ];
  const given = {
    places,
    routes: [
      [places[0], places[1]],
      [places[2], places[3]],
    ],
    texts: [{ spot: [100, 83], letters: 1 }],
    frame: [8, 8, 700, 300],
  };
  const names = [
    [0, "Bakery"],
    [1, "Row houses North"],
    [2, "Mill"],
  ];
  const found = placeNames(given, names, 11);
  const boxes = [...found].map(([bus, [x, y]]) => {
    const half = 2.86 * names.find(([at]) => at === bus)[1].length;
    return [x - half, y - 6, x + half, y + 6];
  });
  assert.ok(found.has(0) && found.has(2));
  boxes.forEach((box, i) => {
    boxes
      .slice(i + 1)
      .forEach((other) =>
        assert.ok(box[2] <= other[0] || other[2] <= box[0] || box[3] <= other[1] || other[3] <= box[1]),
      );
    places.forEach(([x, y]) => assert.ok(x < box[0] || x > box[2] || y < box[1] || y > box[3]));
  });
  assert.notDeepEqual(found.get(0), [100, 83]);
  assert.equal(nameAt(["A", "B", "C"]), "A +2");
  assert.equal(nameAt(["Stra\u00dfenbahnbetriebshof"]), "Stra\u00dfenbahnbetr\u2026");
});

test("a phone's drawing is no higher than it may be", () => {
  const fit = fitPlaces(day.diagram.x, day.diagram.y, 330, { most: 464 });
  assert.ok(fit.turned && fit.height <= 464.001);
  assert.ok(fit.scale >= 0.75, "signs and arrows are drawn");
});
