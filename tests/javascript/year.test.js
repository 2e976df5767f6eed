// A kept horizon on the page: what is read, what is said of it, and where it is drawn.
import assert from "node:assert/strict";
import { test } from "node:test";

import { curveScales, range, shade } from "../../assets/charts/year_drawing.js";
import { called, lasts, lossesOf, openByDay, readYear, saves, yearWords } from "../../assets/charts/year_plans.js";

const ROWS = 48;
const plan = (cost, operations, changes, loss) => ({
  cost_eur: cost,
  losses_kwh: 100,
  violations_eur: 0,
  switching_eur: 1,
  operations,
  proved: true,
  changes,
  loss_kw: new Array(ROWS).fill(loss),
});
const told = (more = {}) =>
  JSON.stringify({
    kind: "p2pdnr horizon",
    network: { name: "ring", lines: [{}, { id: "K7" }, {}] },
    terms: { step_h: 1 },
    rows: ROWS,
    plans: {
      initial: plan(1000, 0, [[0, [3]]], 50),
      hourly: plan(
        600,
        400,
        [
          [0, [2]],
          [6, [1]],
          [24, [2]],
        ],
        30,
      ),
      daily: plan(630, 40, [[0, [2]]], 32),
      fixed: plan(700, 2, [[0, [2]]], 35),
    },
    ...more,
  });

test("other files are no horizons, and one that does not hold together is refused", () => {
  assert.equal(readYear(JSON.stringify({ name: "a scenario" })), null);
  const change = (name, more) => told({ plans: { [name]: { ...plan(1, 1, [[0, [2]]], 3), ...more } } });
  [
    change("hourly", { loss_kw: [1, 2] }),
    change("hourly", { changes: [[3, [2]]] }),
    change("hourly", {
      changes: [
        [0, [2]],
        [48, [1]],
      ],
    }),
    change("elsewhere", {}),
    told({ rows: 47 }),
  ].forEach((text) => assert.throws(() => readYear(text), /do not fit its rows/));
});

test("plans are ordered by how often they switch, and every row has its open lines", () => {
  const year = readYear(told());
  assert.deepEqual(
    year.plans.map(({ name }) => name),
    ["hourly", "daily", "fixed"],
  );
  const [hourly] = year.plans;
  assert.deepEqual([hourly.open[0], hourly.open[6], hourly.open[23], hourly.open[47]], [[2], [1], [1], [2]]);
  assert.equal(saves(year, hourly), 400);
  assert.equal(year.names.get(2), "K7");
  assert.deepEqual([lossesOf(year, hourly, false)[0], lossesOf(year, hourly, true)[0]], [30, 20]);
});

test("a line is open for its share of each day", () => {
  const year = readYear(told());
  assert.deepEqual(openByDay(year, year.plans[0]), [
    { line: 1, days: [0.75, 0] },
    { line: 2, days: [0.25, 1] },
  ]);
});

test("the words name the most that is saved, and the fewest operations that save nearly as much", () => {
  const words = yearWords(readYear(told()));
  assert.match(words, /Over 2 days switching saves 400\u00a0€, 40\.0 % of all costs, with 400 operations\./);
  assert.match(words, /Every day: 92\.5 % of that with 40\./);
  assert.equal(lasts({ rows: 35040, step: 0.25 }), "a whole year");
  assert.equal(lasts({ rows: 30, step: 0.5 }), "15 hours");
  assert.equal(called("seasonal"), "Every season");
});

test("without a power flow of the initial topology nothing is said to be saved", () => {
  const { plans } = JSON.parse(told());
  delete plans.initial;
  const year = readYear(told({ plans }));
  assert.equal(saves(year, year.plans[0]), null);
  assert.match(yearWords(year), /has no power flow in some hour; At every row costs 600\u00a0€/);
});

test("savings rise upwards, operations to the right, and few are told from none", () => {
  const { x, y, left, base } = curveScales([{ operations: 4266, saved: 28715 }], 600, 250);
  assert.equal(x(0), left);
  assert.equal(y(0), base);
  assert.ok(x(4266) <= 580 && y(28715) >= 30);
  assert.ok(x(100) - x(0) > 60);
});

test("colours end at the hundredths, and losses that grow have a colour of their own", () => {
  const values = Array.from({ length: 201 }, (_, i) => i);
  const { low, high, least, most } = range(values);
  assert.deepEqual([low, high, least, most], [2, 198, 0, 200]);
  const inks = { none: "#000000", more: "#00ff00", less: "#ff0000" };
  assert.equal(shade({ low: 0, high: 10 }, inks)(10), "rgb(0,255,0)");
  const both = shade({ low: -5, high: 10 }, inks);
  assert.deepEqual([both(-10), both(0), both(5)], ["rgb(255,0,0)", "rgb(0,0,0)", "rgb(0,128,0)"]);
});
