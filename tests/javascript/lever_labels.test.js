// Labels of tap changers and capacitors: what they say, and that they stand clear of numbers, buses and each other.
import assert from "node:assert/strict";
import { test } from "node:test";

import { isThere } from "../../assets/charts/tabs.js";
import { placeLabels, textBox } from "../../assets/diagram/lever_labels.js";
import { leverLabel, leverRows, leverTitle, leversAt } from "../../assets/diagram/lever_words.js";
import { fitPlaces, middleOf, placeNumbers } from "../../assets/diagram/routes.js";
import { vectors } from "./vectors.js";

const day = vectors("day");
const levers = {
  kind: ["substation tap", "line tap", "capacitor", "line tap"],
  number: [1, 6, 30, 20],
  min: [-4, 1, 0, -16],
  max: [4, 17, 3, 16],
  position: [
    [0, 5, 0, 0],
    [-2, 5, 2, 16],
  ],
  steps: [
    [0, 0, 0, 0],
    [2, 0, 1, 16],
  ],
  which: [0, 0],
  networks: [],
};
const payload = { ...day, levers };

test("a label says the position, its title the range and the steps at the hour", () => {
  const said = (hour) => levers.kind.map((_, i) => leverLabel(levers, i, hour));
  assert.deepEqual(said(0), ["tap 0", "tap 5", "cap 0 of 3", "tap 0"]);
  assert.deepEqual(said(1), ["tap \u22122", "tap 5", "cap 2 of 3", "tap +16"]);
  assert.equal(leverTitle(payload, 0, 1), "Tap changer of bus 1: \u22122 of \u22124 to +4, moves 2 steps at 01:00");
  assert.equal(leverTitle(payload, 1, 1), "Tap changer of line 6: 5 of 1 to 17, does not move");
  assert.equal(leverTitle(payload, 2, 1), "Capacitor of bus 30: 2 of 3 steps, moves 1 step at 01:00");
});

test("the panel of a bus or a line has its own levers", () => {
  assert.deepEqual(leversAt(levers, "bus", 29), [2]);
  assert.deepEqual(leversAt(levers, "line", 29), []);
  assert.deepEqual(leverRows(payload, "line", 5, 0), [["Tap changer", "5 of 1 to 17"]]);
  assert.deepEqual(leverRows({ levers: null }, "bus", 0, 0), []);
});

for (const width of [366, 530, 690, 1090]) {
  test(`labels touch no number, no bus, no edge and no other label at ${width} px`, () => {
    const { x, y, routes } = day.diagram;
    const fit = fitPlaces(x, y, width, { most: 480, routes });
    const drawn = routes.map((route) => route.map(([left, top]) => fit.put(left, top)));
    const signs = drawn.map(middleOf).map((middle) => [middle.x, middle.y]);
    const taken = placeNumbers(fit.places, drawn, signs, fit.box).map((spot, i) => textBox(spot, String(i + 1).length));
    const labels = [fit.places[0], signs[5], fit.places[29], signs[19]].map((anchor) => ({ anchor, letters: 10 }));
    const boxes = placeLabels(labels, { places: fit.places, signs, routes: drawn, taken, box: fit.box });
    const touch = (a, b) => Math.abs(a.x - b.x) < a.wide + b.wide && Math.abs(a.y - b.y) < a.tall + b.tall;
    boxes.forEach((own, i) => {
      assert.ok(!taken.some((other) => touch(own, other)), "a number");
      assert.ok(!fit.places.some(([left, top]) => touch(own, { x: left, y: top, wide: 6, tall: 6 })), "a bus");
      assert.ok(!boxes.some((other, j) => j !== i && touch(own, other)), "a label");
      assert.ok(own.x - own.wide >= fit.box[0] && own.x + own.wide <= fit.box[2], "an edge");
      assert.ok(Math.hypot(own.x - labels[i].anchor[0], own.y - labels[i].anchor[1]) < 80, "far from its element");
    });
  });
}

test("the chart of levers is there only where something moves", () => {
  const { prosumers } = day;
  const giving = (kvar) => ({
    ...prosumers,
    day: {
      ...prosumers.day,
      reactive_kvar: [
        [0, 0],
        [0, kvar],
      ],
    },
  });
  assert.equal(isThere("levers", null), false);
  assert.equal(isThere("levers", { ...day, levers: null }), false);
  assert.equal(isThere("levers", payload), true);
  assert.equal(isThere("levers", { ...day, prosumers: giving(0) }), false);
  assert.equal(isThere("levers", { ...day, prosumers: giving(-3) }), true);
  assert.equal(isThere("losses", null), true);
});
