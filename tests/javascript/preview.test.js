// The preview of an edit: its interior-point method against Clarabel, its predicted days against solved ones.
import assert from "node:assert/strict";
import { test } from "node:test";

import { withdrawals } from "../../assets/powerflow/powerflow.js";
import { gridFor } from "../../assets/powerflow/payload_grid.js";
import { firstPlan } from "../../assets/preview/first_plan.js";
import { asText, dayKnobs, lineKnobs, prosumerKnobs, roundAbove, written } from "../../assets/preview/knobs.js";
import { CAREFUL, hindrance, predict, QUICK } from "../../assets/preview/predict.js";
import { solveQuadratic } from "../../assets/preview/quadratic.js";
import { bills, comparison, headline } from "../../assets/preview/words.js";
import { vectors } from "./vectors.js";

// A matrix by rows as one by columns.
function sparse(matrix) {
  const [start, row, value] = [[0], [], []];
  for (let j = 0; j < matrix[0].length; j += 1) {
    matrix.forEach((line, i) => {
      if (line[j] === 0) return;
      row.push(i);
      value.push(line[j]);
    });
    start.push(row.length);
  }
  const [rows, columns] = [matrix.length, matrix[0].length];
  return {
    rows,
    columns,
    start: Int32Array.from(start),
    row: Int32Array.from(row),
    value: Float64Array.from(value),
  };
}

const programme = ({ matrix, right, cost, curve, lower, upper }) => ({
  a: sparse(matrix),
  b: Float64Array.from(right),
  c: Float64Array.from(cost),
  q: Float64Array.from(curve),
  lower: Float64Array.from(lower),
  upper: Float64Array.from(upper.map((value) => (value === null ? Infinity : value))),
});

vectors("quadratics").forEach((wanted, number) => {
  test(`quadratic programme ${number} costs what Clarabel finds`, () => {
    const problem = programme(wanted);
    const { x, value, solved } = solveQuadratic(problem, { accuracy: 1e-9 });
    assert.ok(solved);
    assert.ok(Math.abs(value - wanted.value) < 1e-5, `${value} is not ${wanted.value}`);
    wanted.matrix.forEach((line, i) => {
      const found = line.reduce((sum, entry, j) => sum + entry * x[j], 0);
      assert.ok(Math.abs(found - wanted.right[i]) < 1e-5);
    });
    x.forEach((one, j) => assert.ok(one > problem.lower[j] - 1e-9 && one < problem.upper[j] + 1e-9));
    wanted.strict.forEach((one, j) => assert.ok(one === null || Math.abs(x[j] - one) < 5e-3));
  });
});

test("a programme that follows another reaches its own least cost in fewer steps", () => {
  const problem = programme(vectors("quadratics")[5]);
  const { middle, steps } = solveQuadratic(problem, { accuracy: 1e-9 });
  const other = { ...problem, c: problem.c.map((cost, j) => cost * (1 + 0.02 * (j % 3))) };
  const anew = solveQuadratic(other, { accuracy: 1e-9 });
  const after = solveQuadratic(other, { accuracy: 1e-9, before: middle });
  assert.ok(after.solved && after.steps < steps);
  near(after.value, anew.value, 1e-6);
  const narrow = { ...other, upper: other.upper.map((value, j) => Math.min(value, other.lower[j] + 9)) };
  near(
    solveQuadratic(narrow, { accuracy: 1e-9, before: middle }).value,
    solveQuadratic(narrow, { accuracy: 1e-9 }).value,
    1e-6,
  );
});

test("the prices of rows are what one more of the right side costs", () => {
  const problem = programme(vectors("quadratics")[2]);
  const { y, value } = solveQuadratic(problem, { accuracy: 1e-10 });
  problem.b.forEach((right, i) => {
    const [up, down] = [1e-3, -1e-3].map(
      (step) =>
        solveQuadratic(
          { ...problem, b: problem.b.map((one, k) => (k === i ? right + step : one)) },
          { accuracy: 1e-10 },
        ).value,
    );
    assert.ok(y[i] >= (value - down) / 1e-3 - 0.02 && y[i] <= (up - value) / 1e-3 + 0.02, `row ${i}`);
  });
});

test("a programme without a solution is not called solved", () => {
  const problem = programme({
    matrix: [[1, 1]],
    right: [5],
    cost: [1, 1],
    curve: [0, 0],
    lower: [0, 0],
    upper: [1, 1],
  });
  assert.equal(solveQuadratic(problem).solved, false);
});

const { payload, edits } = vectors("previews");
const scenarioOf = (name) => edits[name].scenario;
const near = (found, wanted, most) => assert.ok(Math.abs(found - wanted) < most, `${found} is not ${wanted}`);

Object.entries(edits).forEach(([name, wanted]) => {
  test(`the day predicted for "${name}" is the one that is solved`, () => {
    const { summary, bills: told, series, prosumers } = predict(payload, wanted.scenario);
    near(summary.objective_eur, wanted.cost, 0.03);
    near(summary.losses_kwh, wanted.losses, 0.05);
    told.total_eur.forEach((bill, k) => near(bill, wanted.bills[k], 0.2));
    assert.equal(series.loss_kw.length, payload.hours);
    prosumers.day.pv_kw.forEach((row, k) =>
      row.forEach((kw, t) => assert.ok(kw <= prosumers.day.pv_available_kw[k][t] + 1e-6)),
    );
  });
});

test("a look while a slider moves is close to the careful one", () => {
  const careful = predict(payload, scenarioOf("more sun"), CAREFUL).summary;
  const quick = predict(payload, scenarioOf("more sun"), QUICK).summary;
  near(quick.objective_eur, careful.objective_eur, 0.01);
});

test("a predicted day is not the solved one: the edits change its costs", () => {
  const base = payload.summary.objective_eur;
  const changed = Object.keys(edits).filter((name) => Math.abs(edits[name].cost - base) > 0.5);
  assert.ok(changed.length >= 5);
  changed.forEach((name) => {
    const predicted = predict(payload, scenarioOf(name)).summary.objective_eur;
    near((predicted - base) / (edits[name].cost - base), 1, 0.02);
  });
});

test("what cannot be predicted says why", () => {
  const solved = scenarioOf("nothing");
  assert.equal(hindrance(payload, scenarioOf("more load"), solved), "");
  assert.match(hindrance(payload, solved, null), /not solved yet/);
  const other = { ...solved, prosumers: solved.prosumers.slice(1) };
  assert.match(hindrance(payload, other, solved), /not solved yet/);
  const cloudy = { ...solved, profiles: { ...solved.profiles, pv: [0, 0.5, 0.3, 0] } };
  assert.match(hindrance(payload, cloudy, solved), /not solved yet/);
  const role = { ...payload, dso: { ...payload.dso, role: "leader" } };
  assert.match(hindrance(role, solved, solved), /operator/);
  const inverters = { ...solved, dso: { ...solved.dso, reactive: "dispatch" } };
  assert.match(hindrance(payload, inverters, inverters), /reactive power/);
  const secure = { ...solved, dso: { ...solved.dso, security: { share: 0.95 } } };
  assert.match(hindrance(payload, secure, secure), /margins/);
  const large = { ...payload, hours: 8760 };
  assert.match(hindrance(large, solved, solved), /too large/);
});

const DRAFT = { rows: [{ row: "1", id: "Home" }], settings: {}, profiles: {}, preferences: {}, trading: "on" };

test("a knob writes its number into the scenario and into the table", () => {
  const scenario = scenarioOf("nothing");
  const knobs = prosumerKnobs(scenario, "Home");
  assert.deepEqual(
    knobs.map(({ key }) => key),
    ["load_kw", "pv_kw", "battery_capacity", "battery_power", "flexible_share"],
  );
  const values = { load_kw: 90, battery_capacity: 30, flexible_share: 35 };
  const changed = written(scenario, knobs, values);
  const home = changed.prosumers[0];
  assert.deepEqual([home.load_kw, home.flexible_share], [90, 0.35]);
  assert.deepEqual(home.battery, { capacity_kwh: 30, power_kw: 10 });
  assert.equal(scenario.prosumers[0].load_kw, 80);
  const [row] = asText(DRAFT, changed, knobs, values).rows;
  assert.deepEqual(
    [row.load_kw, row.battery_capacity, row.battery_power, row.flexible_share],
    ["90", "30", "10", "0.35"],
  );
});

test("knobs of the day keep the retailer from paying more than it asks", () => {
  const scenario = scenarioOf("nothing");
  const knobs = dayKnobs(scenario, payload);
  const [buy, sell] = knobs;
  const cheap = written(scenario, knobs, { buy: buy.min, sell: sell.max });
  written(scenario, [buy], { buy: buy.min }).tariff.buy_eur_per_kwh.forEach((price) => assert.ok(price >= 0.05 - 1e-9));
  assert.deepEqual(Object.keys(cheap).sort(), Object.keys(scenario).sort());
  const fee = knobs.find(({ key }) => key === "trade_fee");
  const dear = written(scenario, [fee], { trade_fee: 1 });
  near(dear.market.trade_fee_eur_per_kwh, 0.01, 1e-12);
  assert.equal(asText(DRAFT, dear, [fee], { trade_fee: 1 }).settings.trade_fee, "0.01");
});

test("a line's limit is a knob where there is one", () => {
  const [knob] = lineKnobs(scenarioOf("nothing"), payload, 2);
  assert.equal(knob.value, 150);
  const changed = written(scenarioOf("nothing"), [knob], { line_limits: 90 });
  assert.deepEqual(changed.network.line_limits_a, { 3: 90 });
  assert.equal(asText(DRAFT, changed, [knob], { line_limits: 90 }).settings.line_limits, "3: 90");
  const free = { ...payload, network: { ...payload.network, limit_a: payload.network.limit_a.map(() => null) } };
  assert.deepEqual(lineKnobs(scenarioOf("nothing"), free, 2), []);
});

test("sliders end at round numbers", () => {
  assert.deepEqual([3, 50, 51, 630].map(roundAbove), [5, 50, 100, 1000]);
});

test("predicted is never called solved", () => {
  const day = predict(payload, scenarioOf("more sun"));
  const moving = { base: payload, day, why: "", phase: "moving", solved: null };
  assert.match(headline(moving), /^Predicted, not solved: all costs fall by/);
  assert.ok(comparison(moving, 0).every(({ solved, error }) => solved === "" && error === ""));
  const answer = { ...payload, summary: { ...payload.summary, objective_eur: edits["more sun"].cost } };
  const over = { ...moving, phase: "solved", solved: answer };
  assert.match(headline(over), /^Predicted 40\.7.€, solved 40\.7.€: 0\.0\d.€ off, .* of the change\.$/);
  assert.equal(comparison(over, 1).at(-1).name, "Bill of Sun");
  const { summary } = day;
  const broken = { ...day, summary: { ...summary, costs_eur: { ...summary.costs_eur, violations: 9 } } };
  assert.match(headline({ ...moving, day: broken }), /as it breaks limits unless the grid switches otherwise\.$/);
  const rows = bills(moving);
  assert.equal(rows[0].name, "Sun");
  near(rows[0].now, day.bills.total_eur[1], 1e-12);
  near(rows[0].before + rows[0].change, rows[0].now, 1e-9);
  assert.ok(Math.abs(rows[0].change) >= Math.abs(rows[1].change));
  assert.equal(headline({ ...moving, day: null, why: "No preview." }), "No preview. A solve will show it.");
});

// What a solve would have offered on the way to a payload.
function offerOf(day) {
  const grid = gridFor(day);
  const taken = Array.from({ length: day.hours }, (_, t) => withdrawals(grid, day, t));
  const told = (name) => taken.map((row) => Array.from(row[name], (kw) => kw * grid.baseKw));
  const open = day.series.open_lines;
  return { mode: "hourly", objective_eur: 0, open_lines: open, net_kw: told("p"), net_kvar: told("q") };
}

test("a first plan is drawn with the voltages, flows and losses of its own power flow", () => {
  const offer = offerOf(payload);
  const day = firstPlan(payload, offer);
  day.buses.vm_pu.forEach((row, t) => row.forEach((vm, bus) => near(vm, payload.buses.vm_pu[t][bus], 1e-5)));
  day.lines.p_kw.forEach((row, t) => row.forEach((kw, line) => near(kw, payload.lines.p_kw[t][line], 1e-2)));
  day.series.loss_kw.forEach((kw, t) => near(kw, payload.series.loss_kw[t], 1e-2));
  assert.deepEqual(day.lines.closed, payload.lines.closed);
  assert.deepEqual(day.series.switched, payload.series.switched);
  assert.ok(
    day.trades.every(({ power_kw: kw }) => kw.length === 0),
    "trades of the day before are not its own",
  );
});

test("a plan of another grid, in sums alone or without a power flow is not drawn", () => {
  const offer = offerOf(payload);
  assert.equal(firstPlan(payload, { ...offer, net_kw: [] }), null);
  assert.equal(firstPlan(payload, { ...offer, net_kw: undefined }), null);
  assert.equal(firstPlan(payload, { ...offer, net_kw: offer.net_kw.slice(1) }), null);
  assert.equal(firstPlan(payload, { ...offer, net_kw: offer.net_kw.map((row) => row.slice(1)) }), null);
  assert.equal(firstPlan(payload, { ...offer, open_lines: offer.open_lines.map(() => [999]) }), null);
  assert.equal(firstPlan(payload, { ...offer, open_lines: offer.open_lines.map(() => []) }), null);
  assert.equal(firstPlan(payload, { ...offer, net_kw: offer.net_kw.map((row) => row.map((kw) => 1e5 + kw)) }), null);
});
