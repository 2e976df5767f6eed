// Radial topologies: all of them where they can be counted out, else those that exchanges of lines lead to; ranked by
// what losses and broken limits cost at given withdrawals. Pure; runs in the worker.

import { orient, priced, sweep, workspace } from "./powerflow.js";

const ROUGH = 1e-8;

// Marks the lines among `active` whose opening would cut something off; substations are one bus.
/** @param {Grid} grid */
export function bridges(grid, active, room) {
  const { bridge, seen, low, stack, came, next } = room;
  const root = grid.sources[0];
  const at = (bus) => (room.source[bus] ? root : bus);
  bridge.fill(0);
  seen.fill(0);
  let time = 1;
  let depth = 0;
  stack[0] = root;
  came[0] = -1;
  next[0] = 0;
  seen[root] = low[root] = time;
  while (depth >= 0) {
    const bus = stack[depth];
    const lines = room.lines[bus];
    if (next[depth] < lines.length) {
      const e = lines[next[depth]++];
      if (!active[e] || e === came[depth]) continue;
      const other = at(grid.from[e]) === bus ? at(grid.to[e]) : at(grid.from[e]);
      if (seen[other]) {
        low[bus] = Math.min(low[bus], seen[other]);
        continue;
      }
      time += 1;
      seen[other] = low[other] = time;
      depth += 1;
      stack[depth] = other;
      came[depth] = e;
      next[depth] = 0;
      continue;
    }
    depth -= 1;
    if (depth < 0) break;
    low[stack[depth]] = Math.min(low[stack[depth]], low[bus]);
    if (low[bus] > seen[stack[depth]]) bridge[came[depth + 1]] = 1;
  }
  return time === grid.n - grid.sources.length + 1;
}

/** @param {Grid} grid */
function searchRoom(grid) {
  const ints = () => new Int32Array(grid.n + 1);
  const source = new Uint8Array(grid.n);
  grid.sources.forEach((bus) => {
    source[bus] = 1;
  });
  const lines = Array.from({ length: grid.n }, (_, bus) =>
    Array.from(grid.at.subarray(grid.start[bus], grid.start[bus + 1])),
  );
  lines[grid.sources[0]] = grid.sources.flatMap((bus) => lines[bus]);
  return {
    bridge: new Uint8Array(grid.m),
    seen: ints(),
    low: ints(),
    stack: ints(),
    came: ints(),
    next: ints(),
    source,
    lines,
  };
}

// Calls `found(closed)` for every radial topology: open lines are taken in ascending order, never one that would cut
// something off. A line without switch stays as it is.
/** @param {Grid} grid */
export function everyTree(grid, found) {
  const room = searchRoom(grid);
  const closed = Uint8Array.from(grid.closed, (value, line) => (grid.switchable[line] ? 1 : value));
  const loops = closed.reduce((sum, value) => sum + value, 0) - (grid.n - grid.sources.length);
  const visit = (first, left) => {
    if (!left) {
      found(closed);
      return;
    }
    bridges(grid, closed, room);
    const bridge = room.bridge.slice();
    for (let line = first; line < grid.m; line += 1) {
      if (!closed[line] || bridge[line] || !grid.switchable[line]) continue;
      closed[line] = 0;
      visit(line + 1, left - 1);
      closed[line] = 1;
    }
  };
  if (loops >= 0 && bridges(grid, closed, room)) visit(0, loops);
}

// The lines of the loop that closing `line` makes, in their order around it, `line` last.
/** @param {Grid} grid */
export function loopOf(grid, closed, line) {
  const room = workspace(grid);
  const without = Uint8Array.from(closed);
  without[line] = 0;
  orient(grid, without, room);
  let [a, b] = [room.place[grid.from[line]], room.place[grid.to[line]]];
  const [left, right] = [[], []];
  while (a !== b && a >= 0 && b >= 0 && (room.line[a] >= 0 || room.line[b] >= 0)) {
    if (a > b) {
      left.push(room.line[a]);
      a = room.parent[a];
    } else {
      right.push(room.line[b]);
      b = room.parent[b];
    }
  }
  return [...left.filter((e) => e >= 0), ...right.filter((e) => e >= 0).reverse(), line];
}

// Every tree one exchange away: one open line closed, one line of the loop it makes opened.
/** @param {Grid} grid */
export function exchanges(grid, closed) {
  return Array.from(closed.keys())
    .filter((line) => !closed[line] && grid.switchable[line])
    .flatMap((line) =>
      loopOf(grid, closed, line)
        .filter((other) => other !== line && grid.switchable[other])
        .map((other) => {
          const next = Uint8Array.from(closed);
          next[line] = 1;
          next[other] = 0;
          return next;
        }),
    );
}

const openLines = (closed) => Array.from(closed.keys()).filter((line) => !closed[line]);

// Keeps costs and losses of every tree, those within all limits, the open lines of the cheapest and of the least loss.
/**
 * @param {Grid} grid
 * @param {Withdrawals} taken
 */
function collector(grid, taken, most) {
  const room = workspace(grid);
  const [costs, losses, within] = [[], [], []];
  let best = [];
  let bound = Infinity;
  let least = null;
  return {
    costs,
    losses,
    add(closed) {
      const { count } = orient(grid, closed, room);
      if (count < grid.n || !sweep(grid, taken, count, room, ROUGH)) {
        costs.push(Infinity);
        losses.push(NaN);
        return Infinity;
      }
      const { cost, loss, breach } = priced(grid, count, room);
      costs.push(cost);
      losses.push(loss);
      if (breach < 1e-6) within.push(loss);
      if (!least || loss < least.loss) least = { cost, loss, breach, open: openLines(closed) };
      if (cost < bound) best.push({ cost, loss, breach, open: openLines(closed) });
      if (best.length > 3 * most) {
        best = best.sort((a, b) => a.cost - b.cost).slice(0, most);
        bound = best[most - 1].cost;
      }
      return cost;
    },
    done: (all) => ({
      all,
      count: costs.length,
      costs: Float64Array.from(costs).sort(),
      losses: Float64Array.from(losses.filter((loss) => loss === loss)).sort(),
      within: Float64Array.from(within).sort(),
      least,
      best: best.sort((a, b) => a.cost - b.cost).slice(0, most),
    }),
  };
}

/**
 * @param {Grid} grid
 * @param {Withdrawals} taken
 */
export function rankAll(grid, taken, total, tell) {
  const kept = collector(grid, taken, 60);
  everyTree(grid, (closed) => {
    kept.add(closed);
    if (kept.costs.length % 2000 === 0) tell(Math.min(1, kept.costs.length / total));
  });
  return kept.done(true);
}

// Where there are too many: the exchanges of the cheapest trees met so far, until time or room runs out.
/**
 * @param {Grid} grid
 * @param {Withdrawals} taken
 * @param {any} starts
 * @param {{ seconds: number, most: number }} limits
 * @param {any} tell
 */
export function rankPool(grid, taken, starts, { seconds, most }, tell) {
  const kept = collector(grid, taken, 60);
  const met = new Set();
  const front = [];
  const meet = (closed) => {
    const key = openLines(closed).join();
    if (met.has(key)) return;
    met.add(key);
    front.push({ closed, cost: kept.add(closed) });
  };
  starts.forEach((closed) => meet(Uint8Array.from(closed)));
  const end = Date.now() + 1000 * seconds;
  while (front.length && met.size < most && Date.now() < end) {
    front.sort((a, b) => b.cost - a.cost);
    exchanges(grid, front.pop().closed).forEach(meet);
    tell(Math.max(met.size / most, 1 - (end - Date.now()) / (1000 * seconds)));
  }
  return kept.done(false);
}

// How many topologies are cheaper, plus one; ranking is rougher than one power flow, and equals share a place.
export function rankOf(costs, cost) {
  const least = cost - 1e-6 * Math.max(1, Math.abs(cost));
  let [low, high] = [0, costs.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (costs[middle] < least) low = middle + 1;
    else high = middle;
  }
  return low + 1;
}
