// The market of a day on the plan's topologies as one quadratic programme (docs/model.md): everybody's devices, trades,
// the retailer, losses as they grow with injections, limits that are near. Rows come hour by hour, so that factors stay
// sparse. Pure.

const SIGN = { sun: 1, charge: -1, discharge: 1, flexible: -1, elastic: -1, generator: 1, unserved: 1 };

// Columns and rows as they are named, put together at the end.
function builder() {
  const columns = { row: [], value: [], start: [0], c: [], q: [], lower: [], upper: [] };
  const b = [];
  return {
    columns,
    b,
    row(right) {
      b.push(right);
      return b.length - 1;
    },
    column(entries, [lower, upper], cost = 0, curve = 0) {
      entries.forEach(([row, value]) => {
        columns.row.push(row);
        columns.value.push(value);
      });
      columns.start.push(columns.row.length);
      columns.c.push(cost);
      columns.q.push(curve);
      columns.lower.push(lower);
      columns.upper.push(upper);
      return columns.c.length - 1;
    },
  };
}

/**
 * @param {ReturnType<typeof builder>} made
 * @returns {import("./quadratic.js").Programme}
 */
function programmeOf({ columns, b }) {
  return {
    a: {
      rows: b.length,
      columns: columns.c.length,
      start: Int32Array.from(columns.start),
      row: Int32Array.from(columns.row),
      value: Float64Array.from(columns.value),
    },
    b: Float64Array.from(b),
    c: Float64Array.from(columns.c),
    q: Float64Array.from(columns.q),
    lower: Float64Array.from(columns.lower),
    upper: Float64Array.from(columns.upper),
  };
}

// Rows of the grid in an hour: power of each stretch is that of those below it and at its end, as a change against the
// point; losses are its square. Returns where rows and columns are, and the row of each prosumer's injection.
function gridRows(made, market, around, t) {
  const { hour, limits, point } = around;
  const rows = hour.found.map(({ own }) =>
    made.row(own.reduce((sum, k) => sum - market.terms[k].load[t] - point[k], 0)),
  );
  const limited = limits.map((limit) => made.row(limit.room));
  const above = new Map();
  hour.found.forEach(({ children }, g) => children.forEach((child) => above.set(child, rows[g])));
  const powers = hour.found.map(({ weight }, g) => {
    const entries = [[rows[g], 1]];
    if (above.has(g)) entries.push([above.get(g), -1]);
    limits.forEach(({ terms }, i) => terms.has(g) && entries.push([limited[i], terms.get(g)]));
    return made.column(entries, [-Infinity, Infinity], 0, 2 * market.step * market.lossPrice * weight + 1e-12);
  });
  // What a limit is exceeded by, with what that costs.
  const over = limits.map(({ price }, i) => {
    made.column([[limited[i], 1]], [0, Infinity]);
    return [made.column([[limited[i], -1]], [0, Infinity], market.step * price), market.step * price];
  });
  const of = new Map();
  hour.found.forEach(({ own }, g) => own.forEach((k) => of.set(k, rows[g])));
  return { of, powers, limited, over };
}

// Columns of one prosumer's devices in an hour by name; `rows.slope` is what its injection costs in losses (EUR/kW).
function deviceColumns(made, market, k, t, rows) {
  const [terms, step] = [market.terms[k], market.step];
  const found = {};
  // A device's power enters the balance, the grid, and, what is used or produced, the rules against resale.
  const device = (name, bounds, cost, curve, more = []) => {
    const entries = [[rows.balance, SIGN[name]], ...more];
    if (rows.grid !== undefined) entries.push([rows.grid, -SIGN[name]]);
    const ruled = SIGN[name] > 0 ? rows.made : rows.used;
    if (ruled !== undefined && name !== "unserved") entries.push([ruled, -1]);
    found[name] = made.column(entries, bounds, step * cost + SIGN[name] * rows.slope, step * curve);
  };
  if (terms.sun[t] > 0) device("sun", [0, terms.sun[t]], 0, 0);
  if (terms.load[t] > 0) device("unserved", [0, terms.load[t]], market.violationPrice, 0);
  const shift = terms.flexible * terms.load[t];
  if (shift > 0 && rows.shifted !== undefined)
    device("flexible", [-shift, shift], 0, terms.discomfort, [[rows.shifted, 1]]);
  if (terms.elastic && terms.elastic.kw > 0)
    device("elastic", [0, terms.elastic.kw], -terms.elastic.utility, terms.elastic.slope);
  if (terms.generator && terms.generator.kw > 0)
    device("generator", [0, terms.generator.kw], terms.generator.cost, terms.generator.slope);
  if (terms.battery && terms.battery.kw > 0) {
    const { kw, efficiency, wear } = terms.battery;
    device("charge", [0, kw], wear, 0, [[rows.state, -step * efficiency]]);
    device("discharge", [0, kw], wear, 0, [[rows.state, step / efficiency]]);
  }
  return found;
}

// Columns of what one prosumer buys from the retailer and sells to it.
function retailColumns(made, market, k, t, rows) {
  const [terms, step] = [market.terms[k], market.step];
  const found = {};
  const takes = terms.load.some((kw) => kw > 0) || terms.battery || terms.elastic;
  const gives = terms.sun[t] > 0 || terms.battery || terms.generator;
  if (takes && terms.mostImport > 0)
    found.bought = made.column(
      [[rows.balance, 1], ...(rows.used === undefined ? [] : [[rows.used, 1]])],
      [0, terms.mostImport],
      step * terms.buy[t],
    );
  if (gives && terms.mostExport > 0)
    found.sold = made.column(
      [[rows.balance, -1], ...(rows.made === undefined ? [] : [[rows.made, 1]])],
      [0, terms.mostExport],
      -step * terms.sell[t],
    );
  return found;
}

// Whether a battery holds after hour t what it began with: at the end, and at the end of a cycle.
const returns = ({ cycle }, t, hours) => t === hours - 1 || (t + 1) % cycle === 0;

// What a battery holds from one hour to the next.
function stateColumns(made, market, rows) {
  market.terms.forEach(({ battery }, k) => {
    if (!battery || !(battery.kw > 0)) return;
    for (let t = 0; t + 1 < market.hours; t += 1) {
      if (returns(battery, t, market.hours)) continue;
      const [now, next] = [rows[t][k].state, rows[t + 1][k].state];
      made.column(
        [
          [now, 1],
          [next, -1],
        ],
        [battery.least, battery.kwh],
      );
    }
  });
}

function prosumerRows(made, market, t, grid) {
  return market.terms.map((terms, k) => {
    const own = { balance: made.row(terms.load[t]), grid: grid.get(k) };
    if (!market.resale) return own;
    const rules = { used: made.row(terms.load[t]), made: made.row(0) };
    made.column([[rules.used, 1]], [0, Infinity]);
    made.column([[rules.made, 1]], [0, Infinity]);
    return { ...own, ...rules };
  });
}

function energyRows(made, market, t, rows) {
  market.terms.forEach(({ battery }, k) => {
    if (!battery || !(battery.kw > 0)) return;
    const [first, last] = [t === 0 || returns(battery, t - 1, market.hours), returns(battery, t, market.hours)];
    rows[k].state = made.row((first ? battery.start : 0) - (last ? battery.start : 0));
  });
}

// A row for each window in which one can shift load: there is some, and more than one hour.
function shiftRows(made, market, { flexible, load }) {
  const count = Math.ceil(market.hours / market.window);
  return Array.from({ length: count }, (_, w) => {
    const within = load.slice(w * market.window, (w + 1) * market.window);
    return flexible > 0 && within.length > 1 && within.some((kw) => kw > 0) ? made.row(0) : undefined;
  });
}

// Each link as two columns an hour, the two ways.
function linkColumns(made, market, rows) {
  return market.links.map(({ k, l, limit, fees }) => {
    const cost = market.step * (fees[0] + fees[1]);
    return [1, -1].map((way) =>
      made.column(
        [
          [rows[k].balance, -way],
          [rows[l].balance, way],
        ],
        [0, limit],
        cost,
      ),
    );
  });
}

// The programme, and where its columns and rows are: `devices` (T, K) of columns by name, `links` (T, E) of the two
// ways, `balance` (T, K) rows. `around` holds for each hour its stretches, limits, slopes of losses and the point.
/**
 * @param {MarketTerms} market
 * @param {any[]} around
 */
export function marketProgramme(market, around) {
  const made = builder();
  const count = market.hours;
  const rows = [];
  const grid = [];
  for (let t = 0; t < count; t += 1) {
    grid.push(gridRows(made, market, around[t], t));
    rows.push(prosumerRows(made, market, t, grid[t].of));
    energyRows(made, market, t, rows[t]);
  }
  // Rows of shifted load come last, as they tie all hours of a window.
  const ends = market.terms.map((terms) => shiftRows(made, market, terms));
  rows.forEach((hour, t) => hour.forEach((own, k) => (own.shifted = ends[k][Math.floor(t / market.window)])));
  const devices = rows.map((hour, t) =>
    hour.map((own, k) => ({
      ...deviceColumns(made, market, k, t, { ...own, slope: market.step * around[t].slope[k] }),
      ...retailColumns(made, market, k, t, own),
    })),
  );
  stateColumns(made, market, rows);
  const links = rows.map((hour) => linkColumns(made, market, hour));
  return {
    problem: programmeOf(made),
    devices,
    links,
    grid,
    balance: rows.map((hour) => hour.map((own) => own.balance)),
    key: made.columns.row.length + ":" + made.columns.row.reduce((hash, row) => (31 * hash + row) | 0, 7),
  };
}
