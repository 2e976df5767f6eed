// The grid around a point of the plan, hour by hour, as a market sees it: where injections add up on the way to the
// substation, what power there loses, and how voltages and currents follow. From the exact power flow at the point; in
// between as without losses. Pure.

import { orient, sweep, workspace } from "../powerflow/powerflow.js";

// A stretch of lines that the same prosumers' power passes: `children` below it, `own` prosumers at its lower end,
// `weight` (kW lost per kW^2).
/** @typedef {{children: number[], own: number[], weight: number}} Stretch */

// Stretches of a tree, those below first, and the stretch of each place in its order (-1: nobody's power passes).
/**
 * @param {Grid} grid
 * @param {number} count
 * @param {any} room
 * @param {number[][]} at  prosumers by bus
 */
function stretches(grid, count, room, at) {
  /** @type {Stretch[]} */
  const found = [];
  const of = new Int32Array(grid.n).fill(-1);
  const below = Array.from({ length: grid.n }, () => []);
  for (let k = count - 1; k >= grid.sources.length; k -= 1) {
    const own = at[room.order[k]] || [];
    if (!own.length && !below[k].length) continue;
    if (!own.length && below[k].length === 1) of[k] = below[k][0];
    else {
      of[k] = found.length;
      found.push({ children: below[k], own, weight: 0 });
    }
    found[of[k]].weight += room.r[k] / (room.v[k] * grid.baseKw);
    if (room.parent[k] >= grid.sources.length) below[room.parent[k]].push(of[k]);
  }
  return { found, of };
}

// How the squared voltage at a place rises with the power of each stretch on its way, per kW.
function rises(grid, room, of, place) {
  const found = new Map();
  for (let k = place; k >= grid.sources.length; k = room.parent[k])
    if (of[k] >= 0) found.set(of[k], (found.get(of[k]) || 0) + (2 * room.r[k]) / grid.baseKw);
  return found;
}

// The power flow of an hour as the sweep leaves it, and its stretches; null without one.
/**
 * @param {Grid} grid
 * @param {Withdrawals} taken
 * @param {Uint8Array} closed
 * @param {number[][]} at
 */
export function hourAround(grid, taken, closed, at) {
  const room = workspace(grid);
  const { count, loop } = orient(grid, closed, room);
  if (loop || !sweep(grid, taken, count, room)) return null;
  return { room, count, ...stretches(grid, count, room, at) };
}

/**
 * @typedef {{key: string, limit: string, terms: Map<number, number>, room: number, price: number, near: number}} Limit
 *   A limit as a row: the sum of `terms` times powers of stretches is at most `room`, else `price` for each unit above.
 */

const SCALE = 1e4;

// Limits of voltage that are near or broken, as rows; broken ones first.
/**
 * @param {Grid} grid
 * @param {any} hour
 * @param {{low: number, high: number}} squares
 */
function voltageLimits(grid, { room, count, of }, { low, high }, price, wanted) {
  /** @type {Limit[]} */
  const found = [];
  for (let k = grid.sources.length; k < count; k += 1) {
    const bus = room.order[k];
    [
      { key: `high ${bus}`, sign: 1, slack: high - room.v[k] },
      { key: `low ${bus}`, sign: -1, slack: room.v[k] - low },
    ].forEach(({ key, sign, slack }) => {
      if (!wanted(key, slack)) return;
      const terms = new Map([...rises(grid, room, of, k)].map(([g, rise]) => [g, SCALE * sign * rise]));
      if (terms.size)
        found.push({
          key,
          limit: "voltage",
          terms,
          room: SCALE * slack,
          price: (1000 * price) / 2 / SCALE,
          near: slack,
        });
    });
  }
  return found;
}

/**
 * @param {Grid} grid
 * @param {any} hour
 */
function currentLimits(grid, { room, count, of }, limitA, price, wanted) {
  /** @type {Limit[]} */
  const found = [];
  for (let k = grid.sources.length; k < count; k += 1) {
    const line = room.line[k];
    if (of[k] < 0 || !(limitA[line] < Infinity)) continue;
    const square = (grid.baseA[line] / limitA[line]) ** 2;
    const slack = 1 - room.l[k] * square;
    // As near to its limit as a voltage that is a tenth of its reach away.
    if (!wanted(`line ${line}`, slack / 20)) continue;
    found.push({
      key: `line ${line}`,
      limit: "current",
      terms: new Map([[of[k], (-100 * 2 * square * room.p[k]) / (room.v[k] * grid.baseKw)]]),
      room: 100 * slack,
      price: (price * grid.baseKw * limitA[line]) / grid.baseA[line] / 2 / 100,
      near: slack / 20,
    });
  }
  return found;
}

// Limits of an hour that are near, at most `most` besides those that are `known` to matter; prices in EUR an hour.
/**
 * @param {Grid} grid
 * @param {NonNullable<ReturnType<typeof hourAround>>} hour
 * @param {{low: number, high: number, limitA: ArrayLike<number>}} limits
 * @param {number} price
 * @param {Set<string>} known
 */
export function limitsNear(grid, hour, limits, price, known, reach = 0.012, most = 4) {
  const wanted = (key, slack) => known.has(key) || slack < reach;
  const all = [
    ...voltageLimits(grid, hour, limits, price, wanted),
    ...currentLimits(grid, hour, limits.limitA, price, wanted),
  ].sort((a, b) => a.near - b.near);
  return all
    .filter((one, i) => known.has(one.key) || i < most || one.near < 0)
    .sort((a, b) => (a.key < b.key ? -1 : 1));
}
