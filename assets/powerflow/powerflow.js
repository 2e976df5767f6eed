// Exact AC power flow of a tree in the browser: the branch flow equations of the solver, swept from the leaves to the
// root and back until the voltages settle. Pure: arrays in, arrays out; also runs in the worker that ranks topologies.
// Zero-based buses and lines, per unit on the grid side, kW and EUR in what is told. All substations are one root.

import { drawAtEnds, endCurrent, leak, seenFromRoot, shuntsOf, takeOffShunts } from "./shunts.js";

const TOLERANCE = 1e-10;
const MOST_SWEEPS = 200;

// The network of a payload as arrays; what a worker gets is this object.
/**
 * @param {Payload} payload
 * @returns {Grid}
 */
export function gridOf({ network, dso, step_h: step }) {
  const [n, m] = [network.buses, network.lines];
  const open = new Set(network.initially_open);
  const sources = network.substations.map((bus) => bus - 1);
  const grid = {
    n,
    m,
    step,
    sources,
    from: Int32Array.from(network.from, (bus) => bus - 1),
    to: Int32Array.from(network.to, (bus) => bus - 1),
    r: Float64Array.from(network.r_pu),
    x: Float64Array.from(network.x_pu),
    baseA: Float64Array.from(network.base_current_a),
    limitA: Float64Array.from(network.limit_a, (limit) => (limit === null ? Infinity : limit)),
    baseKw: network.base_kw,
    closed: Uint8Array.from({ length: m }, (_, line) => (open.has(line + 1) ? 0 : 1)),
    switchable: Uint8Array.from(network.switchable),
    low: network.vm_min_pu ** 2,
    high: network.vm_max_pu ** 2,
    lossPrice: dso.loss_price_eur_per_kwh,
    breachPrice: dso.violation_price_eur_per_kwh,
  };
  const held = network.substation_vm_pu;
  return Object.assign(grid, neighbours(grid), {
    shunts: shuntsOf(network),
    root: held ? Float64Array.from(held, (volts) => volts * volts) : null,
  });
}

// Lines at each bus, as start and list.
/** @param {Pick<Grid, "n" | "m" | "from" | "to">} grid */
function neighbours({ n, m, from, to }) {
  const start = new Int32Array(n + 1);
  for (let line = 0; line < m; line += 1) {
    start[from[line] + 1] += 1;
    start[to[line] + 1] += 1;
  }
  for (let bus = 0; bus < n; bus += 1) start[bus + 1] += start[bus];
  const [at, next] = [new Int32Array(2 * m), start.slice()];
  for (let line = 0; line < m; line += 1) {
    at[next[from[line]]++] = line;
    at[next[to[line]]++] = line;
  }
  return { start, at };
}

// What each bus takes in an hour, per unit: what arrives through the impedances of the result's closed lines less what
// leaves there, less what stands between the bus and earth.
/**
 * @param {Grid} grid
 * @param {Payload} payload
 * @param {number} hour
 * @returns {Withdrawals}
 */
export function withdrawals(grid, { lines, buses }, hour) {
  const { shunts, baseKw, from, to, r, x } = grid;
  const [p, q, volts] = [new Float64Array(grid.n), new Float64Array(grid.n), buses.vm_pu[hour]];
  for (let line = 0; line < grid.m; line += 1) {
    if (lines.closed[hour][line] !== 1) continue;
    const v = volts[from[line]] ** 2;
    const kw = lines.p_kw[hour][line] / baseKw - (shunts ? shunts.closed[4 * line] * v : 0);
    const kvar = lines.q_kvar[hour][line] / baseKw + (shunts ? shunts.closed[4 * line + 1] * v : 0);
    const square = ((kw * kw + kvar * kvar) * (shunts ? shunts.square[line] : 1)) / v;
    p[from[line]] -= kw;
    q[from[line]] -= kvar;
    p[to[line]] += kw - r[line] * square;
    q[to[line]] += kvar - x[line] * square;
  }
  if (shunts) takeOffShunts(grid, lines.closed[hour], volts, p, q);
  return { p, q, root: grid.root || Float64Array.from(grid.sources, (bus) => volts[bus] ** 2) };
}

/** @param {Grid} grid */
export function workspace({ n, m }) {
  const floats = () => new Float64Array(n);
  return {
    order: new Int32Array(n),
    parent: new Int32Array(n),
    line: new Int32Array(n),
    place: new Int32Array(n).fill(-1),
    used: new Uint8Array(m),
    p: floats(),
    q: floats(),
    l: floats(),
    v: floats(),
    drop: floats(),
    r: floats(),
    x: floats(),
    gain: floats(),
    g: floats(),
    b: floats(),
  };
}

// Orders what the closed lines supply, roots first; returns how many buses that are and whether a line closes a loop.
/** @param {Grid} grid */
export function orient(grid, closed, room) {
  const { order, parent, line, place, used } = room;
  place.fill(-1);
  used.fill(0);
  let count = 0;
  let loop = false;
  grid.sources.forEach((bus) => {
    order[count] = bus;
    place[bus] = count;
    line[count] = -1;
    count += 1;
  });
  for (let k = 0; k < count; k += 1) {
    const bus = order[k];
    for (let i = grid.start[bus]; i < grid.start[bus + 1]; i += 1) {
      const e = grid.at[i];
      if (!closed[e] || used[e]) continue;
      used[e] = 1;
      const other = grid.from[e] === bus ? grid.to[e] : grid.from[e];
      if (place[other] >= 0) {
        loop = true;
        continue;
      }
      order[count] = other;
      parent[count] = k;
      line[count] = e;
      place[other] = count;
      room.r[count] = grid.r[e];
      room.x[count] = grid.x[e];
      count += 1;
    }
  }
  if (grid.shunts) seenFromRoot(grid, count, room);
  return { count, loop };
}

// Power flow of the first `count` buses of an orientation into `room`; false where there is none.
/**
 * @param {Grid} grid
 * @param {Withdrawals} taken
 * @param {number} count
 * @param {any} room
 * @param {number} [tolerance]
 */
export function sweep(grid, { p: takenP, q: takenQ, root }, count, room, tolerance) {
  const { order, parent, p, q, l, v, drop, r: roomR, x: roomX, gain, g, b } = room;
  const [roots, shunts] = [grid.sources.length, grid.shunts !== null];
  for (let k = 0; k < count; k += 1) v[k] = k < roots ? root[k] : root[0];
  for (let turn = 0; turn < MOST_SWEEPS; turn += 1) {
    for (let k = 0; k < count; k += 1) {
      p[k] = takenP[order[k]];
      q[k] = takenQ[order[k]];
    }
    for (let k = count - 1; k >= roots; k -= 1) {
      const r = roomR[k];
      const x = roomX[k];
      if (shunts) {
        p[k] += g[k] * v[k];
        q[k] -= b[k] * v[k];
      }
      l[k] = (p[k] * p[k] + q[k] * q[k]) / v[k];
      drop[k] = 2 * (r * p[k] + x * q[k]) + (r * r + x * x) * l[k];
      p[parent[k]] += p[k] + r * l[k];
      q[parent[k]] += q[k] + x * l[k];
    }
    let change = 0;
    for (let k = roots; k < count; k += 1) {
      const next = (shunts ? gain[k] * v[parent[k]] : v[parent[k]]) - drop[k];
      if (!(next > 0)) return false;
      if (next - v[k] > change) change = next - v[k];
      else if (v[k] - next > change) change = v[k] - next;
      v[k] = next;
    }
    if (change <= (tolerance || TOLERANCE)) return true;
  }
  return false;
}

// Loss in kW of a swept tree, and what it costs in the hour with limits that are broken.
/** @param {Grid} grid */
export function priced(grid, count, room) {
  const { v, l, line, order, r } = room;
  let loss = grid.shunts ? leak(grid, count, room) : 0;
  let volts = 0;
  let overload = 0;
  for (let k = grid.sources.length; k < count; k += 1) {
    const e = line[k];
    loss += r[k] * l[k];
    if (v[k] > grid.high) volts += v[k] - grid.high;
    else if (v[k] < grid.low) volts += grid.low - v[k];
    if (grid.limitA[e] < Infinity)
      overload +=
        (grid.limitA[e] / grid.baseA[e]) *
        Math.max(0, (grid.shunts ? endCurrent(grid, k, room) : l[k]) * (grid.baseA[e] / grid.limitA[e]) ** 2 - 1);
  }
  const kw = grid.baseKw * loss;
  const breach = (grid.breachPrice * grid.step * (1000 * volts + grid.baseKw * overload)) / 2;
  return { loss: kw, breach, cost: grid.lossPrice * grid.step * kw + breach, order };
}

// The state of one hour by bus and line, in the payload's units; buses that nothing supplies are null.
/**
 * @param {Grid} grid
 * @param {Withdrawals} taken
 * @returns {Flow}
 */
export function flowOf(grid, taken, closed) {
  const room = workspace(grid);
  const { count, loop } = orient(grid, closed, room);
  if (loop || !sweep(grid, taken, count, room)) return { solved: false, loop, whole: count === grid.n };
  const vm = new Array(grid.n).fill(null);
  const [p, q, amperes, lost] = Array.from({ length: 4 }, () => new Array(grid.m).fill(0));
  for (let k = 0; k < count; k += 1) vm[room.order[k]] = Math.sqrt(room.v[k]);
  for (let k = grid.sources.length; k < count; k += 1) {
    const e = room.line[k];
    const forward = grid.to[e] === room.order[k];
    p[e] = grid.baseKw * (forward ? room.p[k] + room.r[k] * room.l[k] : -room.p[k]);
    q[e] = grid.baseKw * (forward ? room.q[k] + room.x[k] * room.l[k] : -room.q[k]);
    amperes[e] = grid.baseA[e] * Math.sqrt(grid.shunts ? endCurrent(grid, k, room) : room.l[k]);
    lost[e] = grid.baseKw * room.r[k] * room.l[k];
  }
  if (grid.shunts) drawAtEnds(grid, closed, vm, { p, q, amperes, lost });
  return { solved: true, loop: false, whole: count === grid.n, vm, p, q, amperes, lost, ...priced(grid, count, room) };
}
