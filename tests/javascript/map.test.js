// The map: buses moved by hand, areas of substations, large grids painted.

import assert from "node:assert/strict";
import { test } from "node:test";
import { feeders, tintsOf } from "../../assets/diagram/feeding.js";
import { placesOf, stretched, withPlaces } from "../../assets/diagram/moved.js";
import { fitPlaces } from "../../assets/diagram/routes.js";

// Substations 1 and 5 at the ends of a row of five buses, and bus 6 on bus 3; line 3 is open.
const network = /** @type {any} */ ({
  buses: 6,
  from: [1, 2, 3, 4, 3],
  to: [2, 3, 4, 5, 6],
  substations: [1, 5],
  initially_open: [3],
});
const diagram = {
  x: [0, 1, 2, 3, 4, 2],
  y: [1, 1, 1, 1, 1, 0],
  routes: [
    [[0, 1], [1, 1]],
    [[1, 1], [2, 1]],
    Array.from({ length: 33 }, (_, i) => [2 + i / 32, 1]),
    [[3, 1], [4, 1]],
    [[2, 1], [2, 0]],
  ],
  prosumer_buses: [],
}; // prettier-ignore
const payload = /** @type {any} */ ({ network, diagram });

test("a bus is fed by the substation that closed lines lead to, or by none", () => {
  assert.deepEqual([...feeders(network, [1, 1, 0, 1, 1])], [0, 0, 0, 1, 1, 0]);
  assert.deepEqual([...feeders(network, [1, 0, 1, 1, 1])], [0, 0, 1, 1, 1, 1]);
  assert.deepEqual([...feeders(network, [1, 0, 0, 1, 1])], [0, 0, -1, 1, 1, -1]);
});

test("neighbouring areas differ, and colours are used evenly", () => {
  const [first, second] = tintsOf(network, 8);
  assert.notEqual(first, second);
  const many = /** @type {any} */ ({
    buses: 20,
    from: Array.from({ length: 19 }, (_, i) => i + 1),
    to: Array.from({ length: 19 }, (_, i) => i + 2),
    substations: Array.from({ length: 20 }, (_, i) => i + 1),
    initially_open: [],
  });
  const tints = tintsOf(many, 4);
  many.from.forEach((from, line) => assert.notEqual(tints[from - 1], tints[many.to[line] - 1]));
  const uses = [0, 1, 2, 3].map((tint) => tints.filter((one) => one === tint).length);
  assert.ok(Math.max(...uses) - Math.min(...uses) <= 2, uses.join());
});

test("a moved bus takes its lines along, and nothing else", () => {
  const moved = withPlaces(payload, { 3: [2.5, 2] });
  assert.deepEqual([moved.x[2], moved.y[2]], [2.5, -1]);
  [0, 1, 3, 4, 5].forEach((bus) => assert.deepEqual([moved.x[bus], moved.y[bus]], [diagram.x[bus], diagram.y[bus]]));
  moved.routes.forEach((route, line) => {
    const ends = [network.from[line], network.to[line]].map((bus) => [moved.x[bus - 1], moved.y[bus - 1]]);
    assert.deepEqual([route[0], route[route.length - 1]], ends, `line ${line + 1}`);
  });
  assert.equal(moved.routes[0], diagram.routes[0]);
  assert.equal(withPlaces(payload, {}), diagram);
  assert.equal(withPlaces(payload, { 99: [1, 1] }), diagram);
});

test("curves bend with their ends, ways in channels keep their corners", () => {
  const curve = Array.from({ length: 33 }, (_, i) => [i, i * i]);
  const bent = stretched(curve, [0, 10], [0, 0]);
  assert.deepEqual(bent[0], [0, 10]);
  assert.deepEqual(bent[32], curve[32]);
  assert.equal(bent[16][1], 256 + 5);
  const channel = [[0, 0], [0, 2], [5, 2], [5, 0]]; // prettier-ignore
  assert.deepEqual(stretched(channel, [1, 1], [0, 0]), [[1, 1], [0, 2], [5, 2], [5, 0]]); // prettier-ignore
});

test("places are those of the draft of what is on show, else those it was solved with", () => {
  const solved = { ...payload, diagram: { ...diagram, places: { 2: [0, 0] } } };
  const state = (draft, sketch = null) => /** @type {any} */ ({ draft, sketch });
  assert.deepEqual(placesOf(state(null), solved), { 2: [0, 0] });
  assert.deepEqual(placesOf(state({ places: { 3: [1, 1] }, imported: false }), solved), { 3: [1, 1] });
  assert.deepEqual(placesOf(state({ places: { 3: [1, 1] }, imported: true }), solved), { 2: [0, 0] });
  assert.deepEqual(placesOf(state({ places: { 3: [1, 1] }, imported: true }, solved), solved), { 3: [1, 1] });
});

for (const width of [340, 1200]) {
  test(`a plan stands north up with one scale at ${width} px, and leads back from px`, () => {
    const fit = fitPlaces([0, 10, 4], [0, 3, 8], width, { most: 480, plan: true });
    const [a, b, c] = fit.places;
    assert.ok(!fit.turned && b[0] > a[0] && c[1] > b[1]);
    assert.ok(Math.abs((b[0] - a[0]) / 10 - (c[1] - a[1]) / 8) < 1e-9);
    assert.ok(fit.height <= 480 + 1e-9 && Math.max(...fit.places.map(([x]) => x)) <= width);
    const [x, y] = fit.back(b[0], b[1]);
    assert.ok(Math.abs(x - 10) < 1e-9 && Math.abs(y - 3) < 1e-9);
  });
  test(`px lead back to places at ${width} px where the drawing is turned, too`, () => {
    const fit = fitPlaces([0, 10, 4], [0, 3, 8], width, { most: 480 });
    const [x, y] = fit.back(...fit.put(4, 8));
    assert.ok(Math.abs(x - 4) < 1e-9 && Math.abs(y - 8) < 1e-9);
  });
}
