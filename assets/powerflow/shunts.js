// What transformer ratios, line charging and shunts add to the power flow of a tree: impedances and gains as seen from
// the bus that is fed, and one admittance to earth at every bus (p2pdnr/network/admittance.py says the same in Python).
// Per unit throughout; an admittance g + jb draws g v and -b v, v the squared voltage. Plain networks have none of
// this.

const [FROM_END, TO_END] = [1, 2];

/** @type {(one: number[], other: number[]) => number[]} */
const add = ([a, b], [c, d]) => [a + c, b + d];
// y / (1 + z y): an admittance behind an impedance.
/**
 * @param {number[]} admittance
 * @param {number} r
 * @param {number} x
 */
function behind([g, b], r, x) {
  const [re, im] = [1 + r * g - x * b, r * b + x * g];
  const size = re * re + im * im;
  return [(g * re + b * im) / size, (b * re - g * im) / size];
}

// Admittance that a line puts on its from and its to bus, while closed and while open.
/**
 * @param {PayloadNetwork} network
 * @param {number} line
 */
function ends(network, line) {
  const { ratio, g_from_pu: gFrom, b_from_pu: bFrom, g_to_pu: gTo, b_to_pu: bTo, opened_at: at } = network.earth;
  const square = ratio[line] ** 2;
  const [from, to] = [
    [gFrom[line], bFrom[line]],
    [gTo[line], bTo[line]],
  ];
  const [r, x] = [network.r_pu[line], network.x_pu[line]];
  /** @type {(admittance: number[]) => number[]} */
  const scaled = ([g, b]) => [g / square, b / square];
  const none = [0, 0];
  return {
    closed: [...scaled(from), ...to],
    open: [
      ...(at[line] === TO_END ? scaled(add(from, behind(to, r, x))) : none),
      ...(at[line] === FROM_END ? add(to, behind(from, r, x)) : none),
    ],
  };
}

// The shunts of a grid as arrays: by line in fours (from g, b, to g, b), by bus the shunts and all lines as if open.
export function shuntsOf(network) {
  if (!network.earth) return null;
  const { shunt_g_pu: g, shunt_b_pu: b, ratio } = network.earth;
  const [closed, open] = [new Float64Array(4 * network.lines), new Float64Array(4 * network.lines)];
  const alone = { g: Float64Array.from(g), b: Float64Array.from(b) };
  for (let line = 0; line < network.lines; line += 1) {
    const end = ends(network, line);
    closed.set(end.closed, 4 * line);
    open.set(end.open, 4 * line);
    [network.from[line] - 1, network.to[line] - 1].forEach((bus, side) => {
      alone.g[bus] += end.open[2 * side];
      alone.b[bus] += end.open[2 * side + 1];
    });
  }
  return {
    closed,
    open,
    alone,
    shuntG: Float64Array.from(g),
    square: Float64Array.from(ratio, (value) => value * value),
  };
}

// Impedance, gain and admittance of every place of an orientation into `room`.
/**
 * @param {Grid} grid
 * @param {any} count
 * @param {any} room
 */
export function seenFromRoot({ shunts, sources, to, r, x }, count, room) {
  const { order, parent, line } = room;
  for (let k = 0; k < count; k += 1) {
    room.g[k] = shunts.alone.g[order[k]];
    room.b[k] = shunts.alone.b[order[k]];
    room.gain[k] = 1;
  }
  for (let k = sources.length; k < count; k += 1) {
    const e = line[k];
    const forward = to[e] === order[k];
    const seen = forward ? 1 : shunts.square[e];
    room.r[k] = seen * r[e];
    room.x[k] = seen * x[e];
    room.gain[k] = forward ? 1 / shunts.square[e] : shunts.square[e];
    [
      [parent[k], forward ? 0 : 2],
      [k, forward ? 2 : 0],
    ].forEach(([at, side]) => {
      room.g[at] += shunts.closed[4 * e + side] - shunts.open[4 * e + side];
      room.b[at] += shunts.closed[4 * e + side + 1] - shunts.open[4 * e + side + 1];
    });
  }
}

// Squared current of the line that feeds place k, at the larger of its ends, at the base of its from bus.
/**
 * @param {Grid} grid
 * @param {any} k
 * @param {any} workspace
 */
export function endCurrent({ shunts, to }, k, { order, parent, line, p, q, l, v, r, x, gain }) {
  const e = 4 * line[k];
  const [far, near] = to[line[k]] === order[k] ? [e + 2, e] : [e, e + 2];
  const at = (side, sign, pk, qk, square, volts) =>
    square +
    2 * sign * (shunts.closed[side] * pk - shunts.closed[side + 1] * qk) +
    (shunts.closed[side] ** 2 + shunts.closed[side + 1] ** 2) * volts;
  return Math.max(
    at(far, -1, p[k], q[k], l[k], v[k]),
    at(near, 1, p[k] + r[k] * l[k], q[k] + x[k] * l[k], gain[k] * l[k], v[parent[k]]),
  );
}

// What the conductance of lines takes; that of shunts is no loss.
/**
 * @param {Grid} grid
 * @param {any} count
 * @param {any} workspace
 */
export function leak({ shunts }, count, { order, g, v }) {
  let taken = 0;
  for (let k = 0; k < count; k += 1) taken += (g[k] - shunts.shuntG[order[k]]) * v[k];
  return taken;
}

// Takes off withdrawals what buses and the ends of lines draw in a topology.
/**
 * @param {Grid} grid
 * @param {any} closed
 * @param {any} volts
 * @param {any} p
 * @param {any} q
 */
export function takeOffShunts({ n, m, from, to, shunts }, closed, volts, p, q) {
  const [g, b] = [shunts.alone.g.slice(), shunts.alone.b.slice()];
  for (let line = 0; line < m; line += 1) {
    if (!closed[line]) continue;
    [from[line], to[line]].forEach((bus, side) => {
      const at = 4 * line + 2 * side;
      g[bus] += shunts.closed[at] - shunts.open[at];
      b[bus] += shunts.closed[at + 1] - shunts.open[at + 1];
    });
  }
  for (let bus = 0; bus < n; bus += 1) {
    p[bus] -= g[bus] * volts[bus] ** 2;
    q[bus] += b[bus] * volts[bus] ** 2;
  }
}

// Adds to the flows of lines what they draw at their ends, as the result has it; lines open at one end draw there, too.
/**
 * @param {Grid} grid
 * @param {any} closed
 * @param {any} vm
 * @param {any} flows
 */
export function drawAtEnds({ m, from, to, baseKw, baseA, shunts }, closed, vm, { p, q, amperes, lost }) {
  for (let line = 0; line < m; line += 1) {
    const [gFrom, bFrom, gTo, bTo] = (closed[line] ? shunts.closed : shunts.open).subarray(4 * line, 4 * line + 4);
    const [vFrom, vTo] = [(vm[from[line]] || 0) ** 2, (vm[to[line]] || 0) ** 2];
    p[line] += baseKw * gFrom * vFrom;
    q[line] -= baseKw * bFrom * vFrom;
    lost[line] += baseKw * (gFrom * vFrom + gTo * vTo);
    if (!closed[line])
      amperes[line] = baseA[line] * Math.sqrt(Math.max((gFrom ** 2 + bFrom ** 2) * vFrom, (gTo ** 2 + bTo ** 2) * vTo));
  }
}
