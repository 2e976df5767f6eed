// Convex quadratic programmes with a diagonal Hessian in milliseconds: minimise c'x + x' diag(q) x / 2 where A x = b
// and lower <= x <= upper, by Mehrotra's predictor and corrector on the normal equations. Pure: arrays in, arrays out.
// The solution is in the middle of what is optimal, so that it moves evenly where several plans cost the same.

import { analysed, backsolve, factorise } from "./cholesky.js";

const MOST_STEPS = 60;
const STEP = 0.995;
// A bound that is not there is so far away that it never counts; no branch in the loops then.
const FAR = 1e30;
// Where a look that follows another one begins: as far from the end as this share of the value, from bounds at least
// this distance, with prices of bounds of at least this much.
const HALF_WAY = 3e-3;
const EDGE = 0.03;
const LEAST_PRICE = 3e-4;

/**
 * @typedef {object} Programme
 * @property {import("./cholesky.js").Sparse} a
 * @property {Float64Array} b
 * @property {Float64Array} c
 * @property {Float64Array} q
 * @property {Float64Array} lower  may be -Infinity
 * @property {Float64Array} upper  may be Infinity; a variable that is free both ways needs q > 0
 */

/** @param {import("./cholesky.js").Sparse} a */
function times({ columns, start, row, value }, x, into) {
  into.fill(0);
  for (let j = 0; j < columns; j += 1) for (let s = start[j]; s < start[j + 1]; s += 1) into[row[s]] += value[s] * x[j];
}

/** @param {import("./cholesky.js").Sparse} a */
function transposed({ columns, start, row, value }, y, into) {
  for (let j = 0; j < columns; j += 1) {
    let total = 0;
    for (let s = start[j]; s < start[j + 1]; s += 1) total += value[s] * y[row[s]];
    into[j] = total;
  }
}

const COLUMNS = ["x", "above", "below", "toLow", "toHigh", "dual", "weight", "right", "dx", "dBelow", "dAbove", "dz"];

// Inside all bounds, with prices of bounds as high as costs are. `toLow` and `toHigh` are distances to bounds, `below`
// and `above` their prices.
/**
 * @param {Programme} problem
 * @returns {Record<string, Float64Array>}
 */
function beginning({ a, c, lower, upper }) {
  const at = Object.fromEntries(COLUMNS.map((name) => [name, new Float64Array(a.columns)]));
  for (let j = 0; j < a.columns; j += 1) {
    const price = 0.1 + Math.abs(c[j]);
    const [low, high] = [lower[j] > -Infinity, upper[j] < Infinity];
    const away = high ? Math.min(100, (upper[j] - lower[j]) / 2) : 100;
    at.x[j] = low ? lower[j] + away : 0;
    at.toLow[j] = low ? away : FAR;
    at.toHigh[j] = high ? upper[j] - at.x[j] : FAR;
    at.below[j] = low ? price : 0;
    at.above[j] = high ? price : 0;
  }
  return { ...at, y: new Float64Array(a.rows), primal: new Float64Array(a.rows), dy: new Float64Array(a.rows) };
}

// Moves the beginning to where a similar programme stood half way; what lies outside the bounds now is put inside.
/**
 * @param {Programme} problem
 * @param {Record<string, Float64Array>} at
 * @param {Iterate} before
 */
function continued({ a, lower, upper }, at, before) {
  at.y.set(before.y);
  for (let j = 0; j < a.columns; j += 1) {
    const [low, high] = [lower[j] > -Infinity, upper[j] < Infinity];
    const edge = low && high ? Math.min(EDGE, (upper[j] - lower[j]) / 4) : EDGE;
    at.x[j] = Math.min(Math.max(before.x[j], lower[j] + edge), upper[j] - edge);
    at.toLow[j] = low ? at.x[j] - lower[j] : FAR;
    at.toHigh[j] = high ? upper[j] - at.x[j] : FAR;
    at.below[j] = low ? Math.max(before.below[j], LEAST_PRICE) : 0;
    at.above[j] = high ? Math.max(before.above[j], LEAST_PRICE) : 0;
  }
}

/** @typedef {{x: Float64Array, y: Float64Array, below: Float64Array, above: Float64Array}} Iterate */

/** @returns {Iterate} */
const halfWay = ({ x, y, below, above }) => ({
  x: x.slice(),
  y: y.slice(),
  below: below.slice(),
  above: above.slice(),
});

// What is missing from being a solution: A x = b, stationarity, and the products of distances and prices of bounds.
/** @param {Programme} problem */
function measured({ a, b, c, q }, at) {
  const { x, primal, dual, below, above, toLow, toHigh } = at;
  times(a, x, primal);
  transposed(a, at.y, dual);
  let [missing, slope, gap, value] = [0, 0, 0, 0];
  for (let i = 0; i < a.rows; i += 1) {
    primal[i] = b[i] - primal[i];
    if (primal[i] > missing) missing = primal[i];
    else if (-primal[i] > missing) missing = -primal[i];
  }
  for (let j = 0; j < a.columns; j += 1) {
    const left = c[j] + q[j] * x[j] - dual[j] - below[j] + above[j];
    dual[j] = left;
    if (left > slope) slope = left;
    else if (-left > slope) slope = -left;
    gap += below[j] * toLow[j] + above[j] * toHigh[j];
    value += x[j] * (c[j] + (q[j] * x[j]) / 2);
  }
  return { missing, slope, gap, value, mean: gap / (2 * a.columns) };
}

// Newton's direction towards products of `aim`, less the products that the first direction, where there was one, makes.
/** @param {import("./cholesky.js").Sparse} a */
function direction(a, at, factor, aim, again) {
  const { dual, weight, right, dx, dBelow, dAbove, dz, below, above, toLow, toHigh, primal, dy } = at;
  for (let j = 0; j < a.columns; j += 1) {
    const step = again * dx[j];
    dBelow[j] = (aim - step * dBelow[j]) / toLow[j] - below[j];
    dAbove[j] = (aim + step * dAbove[j]) / toHigh[j] - above[j];
    right[j] = dBelow[j] - dAbove[j] - dual[j];
    dx[j] = weight[j] * right[j];
  }
  times(a, dx, dy);
  for (let i = 0; i < a.rows; i += 1) dy[i] = primal[i] - dy[i];
  backsolve(factor, dy);
  transposed(a, dy, dz);
  for (let j = 0; j < a.columns; j += 1) {
    const step = weight[j] * (right[j] + dz[j]);
    dx[j] = step;
    dBelow[j] -= (below[j] * step) / toLow[j];
    dAbove[j] += (above[j] * step) / toHigh[j];
  }
}

// The part of the direction that keeps distances and prices above zero: one for both, as with a quadratic cost
// different ones would not reduce what is missing.
function reach(columns, { dx, dBelow, dAbove, below, above, toLow, toHigh }) {
  let most = 1 / STEP;
  for (let j = 0; j < columns; j += 1) {
    const step = dx[j];
    if (-step * most > toLow[j]) most = -toLow[j] / step;
    if (step * most > toHigh[j]) most = toHigh[j] / step;
    if (-dBelow[j] * most > below[j]) most = -below[j] / dBelow[j];
    if (-dAbove[j] * most > above[j]) most = -above[j] / dAbove[j];
  }
  return STEP * most;
}

function gapAfter(columns, { dx, dBelow, dAbove, below, above, toLow, toHigh }, step) {
  let gap = 0;
  for (let j = 0; j < columns; j += 1)
    gap +=
      (below[j] + step * dBelow[j]) * (toLow[j] + step * dx[j]) +
      (above[j] + step * dAbove[j]) * (toHigh[j] - step * dx[j]);
  return gap;
}

function move(columns, rows, at, step) {
  const { x, y, dx, dy, dBelow, dAbove, below, above, toLow, toHigh } = at;
  for (let j = 0; j < columns; j += 1) {
    x[j] += step * dx[j];
    toLow[j] += step * dx[j];
    toHigh[j] -= step * dx[j];
    below[j] += step * dBelow[j];
    above[j] += step * dAbove[j];
  }
  for (let i = 0; i < rows; i += 1) y[i] += step * dy[i];
}

/** @param {Programme} problem */
function advance({ a, q }, at, factor, now) {
  const { weight, below, above, toLow, toHigh } = at;
  for (let j = 0; j < a.columns; j += 1) weight[j] = 1 / (q[j] + below[j] / toLow[j] + above[j] / toHigh[j] + 1e-12);
  factorise(factor, weight);
  direction(a, at, factor, 0, 0);
  const left = now.gap > 0 ? gapAfter(a.columns, at, reach(a.columns, at)) / now.gap : 0;
  direction(a, at, factor, Math.min(1, left * left * left) * now.mean, 1);
  move(a.columns, a.rows, at, Math.min(1, reach(a.columns, at)));
}

/**
 * @typedef {object} Effort
 * @property {ReturnType<typeof analysed>} [factor]  of `problem.a`, kept by whoever solves one structure often
 * @property {number} [accuracy]  share of its value by which the cost may be above the least
 * @property {Iterate | null} [before]  `middle` of a programme of the same structure
 */

// The solution `x`, the prices `y` of the rows (what one more of b costs), whether it was reached, and where it stood
// half way.
/**
 * @param {Programme} problem
 * @param {Effort} [effort]
 */
export function solveQuadratic(problem, { factor = analysed(problem.a), accuracy = 1e-6, before = null } = {}) {
  const at = beginning(problem);
  if (before) continued(problem, at, before);
  const [largest, dearest] = [problem.b, problem.c].map((values) =>
    values.reduce((most, value) => Math.max(most, Math.abs(value)), 1),
  );
  /** @type {Iterate | null} */
  let middle = null;
  for (let steps = 0; ; steps += 1) {
    const now = measured(problem, at);
    const size = 1 + Math.abs(now.value);
    const solved = now.missing <= 1e-6 * largest && now.slope <= 1e-6 * dearest && now.gap <= accuracy * size;
    if (!middle && now.gap <= HALF_WAY * size) middle = halfWay(/** @type {any} */ (at));
    if (solved || steps >= MOST_STEPS || !Number.isFinite(now.gap))
      return { x: at.x, y: at.y, value: now.value, solved, steps, middle };
    advance(problem, at, factor, now);
  }
}
