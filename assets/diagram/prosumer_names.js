// Names of prosumers beside their squares, where a name has room: it touches no line, mark, number or other name. The
// others are told by the panel.

import { svg } from "../page/elements.js";
import { smallPx } from "../page/type_size.js";
import { middleOf, standOff } from "./routes.js";

// A longer name is cut; a bus with several prosumers says how many more it has.
const MOST = 16;
const [WIDE, HIGH, STEP] = [0.52, 1.1, 5];
const SPOTS = [
  [0, -1.5],
  [0, 1.5],
  [0, -2.6],
  [0, 2.6],
  [1, 0],
  [-1, 0],
];

const cut = (name) =>
  [...name].length > MOST
    ? `${[...name]
        .slice(0, MOST - 1)
        .join("")
        .trimEnd()}\u2026`
    : name;

/** @param {string[]} names  of the prosumers at one bus */
export const nameAt = (names) => cut(names[0]) + (names.length > 1 ? ` +${names.length - 1}` : "");

/** @typedef {[number, number]} Spot */

// Points along a polyline, a few px apart.
const along = (path) =>
  path.slice(1).flatMap((end, i) => {
    const start = path[i];
    const count = Math.max(1, Math.ceil(Math.hypot(end[0] - start[0], end[1] - start[1]) / STEP));
    return Array.from({ length: count + 1 }, (_, k) =>
      start.map((value, axis) => value + (k / count) * (end[axis] - value)),
    );
  });

// A sign or a ring stands on the middle of a line.
const SIGN = 12;

/** @param {number[]} box @param {number[]} place */
const inside = (box, [x, y], by) => x > box[0] - by && x < box[2] + by && y > box[1] - by && y < box[3] + by;
const apart = (a, b) => a[2] <= b[0] || b[2] <= a[0] || a[3] <= b[1] || b[3] <= a[1];
/** @param {number[]} place */
const around = ([x, y], half, high) => [x - half, y - high / 2, x + half, y + high / 2];

// A box for each name that has room, by bus; `px` is the size of the type, `texts` what already stands.
/**
 * @param {{places: Spot[], routes: number[][][], texts: {spot: Spot, letters: number}[], frame: number[]}} given
 * @param {[number, string][]} names  [bus, name]
 * @param {number} px
 */
export function placeNames({ places, routes, texts, frame }, names, px) {
  const [points, signs] = [routes.flatMap(along), routes.map(middleOf).map(({ x, y }) => [x, y])];
  const taken = texts.map(({ spot, letters }) => around(spot, 0.32 * px * letters, HIGH * px));
  const found = new Map();
  names.forEach(([bus, name]) => {
    const [x, y] = places[bus];
    const half = (WIDE * px * name.length) / 2;
    const spots = SPOTS.map(([dx, dy]) => /** @type {Spot} */ ([x + dx * (half + 11), y + dy * px * 1.15]));
    const spot = spots.find((one) => {
      const box = around(one, half, HIGH * px);
      const free = taken.every((other) => apart(box, other)) && !points.some((point) => inside(box, point, 1.5));
      const clear = !places.some((place) => inside(box, place, 8)) && !signs.some((place) => inside(box, place, SIGN));
      return free && clear && box[0] >= frame[0] && box[1] >= frame[1] && box[2] <= frame[2] && box[3] <= frame[3];
    });
    if (!spot) return;
    taken.push(around(spot, half, HIGH * px));
    found.set(bus, spot);
  });
  return found;
}

// Writes them into the drawing; each stays beside its square at any zoom, as numbers do.
/**
 * @param {any} group
 * @param {Payload} payload
 * @param {{at: Record<string, number[]>, fit: any, routes: number[][][], texts: any[]}} drawn
 */
export function writeNames(group, payload, { at, fit, routes, texts }) {
  const px = 0.92 * smallPx();
  const names = Object.entries(at).map(
    ([bus, all]) => /** @type {[number, string]} */ ([Number(bus), nameAt(all.map((k) => payload.prosumers.id[k]))]),
  );
  const found = placeNames({ places: fit.places, routes, texts, frame: fit.box }, names, px);
  return names
    .filter(([bus]) => found.has(bus))
    .map(([bus, name]) => {
      const node = svg("text", { class: "name" });
      node.textContent = name;
      group.numbers.append(node);
      const spot = found.get(bus);
      return {
        node,
        spot,
        letters: name.length,
        ...standOff(fit.places[bus], spot, { radius: 7 * fit.scale, zoom: 1 }),
      };
    });
}
